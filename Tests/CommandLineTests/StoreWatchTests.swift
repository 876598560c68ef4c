import Dispatch
import Foundation
import Synchronization
import Testing

@testable import SyncStore
@testable import lockstep

@Suite("A watch on the store")
struct StoreWatchTests {
  /// What a watch has told, and a way to wait for it.
  private final class Told: Sendable {
    private let news = Mutex<[StoreWatch.News]>([])
    private let comes = DispatchSemaphore(value: 0)

    func take(_ new: StoreWatch.News) {
      news.withLock { $0.append(new) }
      comes.signal()
    }

    /// The next news; nil if none comes within some seconds.
    func next(within seconds: Double = 10) -> StoreWatch.News? {
      guard comes.wait(timeout: .now() + seconds) == .success else { return nil }
      return news.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
  }

  private func inFolder(_ work: (_ file: String, _ told: Told) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "lockstep-watch-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try work(folder + "/store.sqlite", Told())
  }

  @Test("tells of what is committed, and again of what is committed later")
  func commits() throws {
    try inFolder { file, told in
      let store = try SyncStore.open(file: file)
      let watch = try #require(StoreWatch(file: file) { told.take($0) })
      for number in 1...3 {
        try store.transaction { try $0.log(.information, code: 904, "number \(number)") }
        #expect(told.next() == .written)
        // What belongs to the same commit may be told in a second piece.
        while told.next(within: 0.3) != nil {}
      }
      withExtendedLifetime(watch) {}
      try store.close()
    }
  }

  @Test("tells of a store that comes to be, and nothing of other files beside it")
  func files() throws {
    try inFolder { file, told in
      let watch = try #require(StoreWatch(file: file) { told.take($0) })
      let folder = (file as NSString).deletingLastPathComponent
      try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/engine.log"))
      #expect(told.next(within: 0.3) == nil)
      try SyncStore.open(file: file).close()
      #expect(told.next() == .written)
      withExtendedLifetime(watch) {}
    }
  }

  @Test("ends with its folder, and can't begin without one")
  func gone() throws {
    try inFolder { file, told in
      let watch = try #require(StoreWatch(file: file) { told.take($0) })
      try FileManager.default.removeItem(atPath: (file as NSString).deletingLastPathComponent)
      #expect(told.next() == .ended)
      #expect(StoreWatch(file: file) { told.take($0) } == nil)
      #expect(StoreWatch(file: "") { told.take($0) } == nil)
      withExtendedLifetime(watch) {}
    }
  }

  @Test("leaves no descriptor open")
  func descriptors() throws {
    try inFolder { file, told in
      for _ in 0..<20 { _ = StoreWatch(file: file) { told.take($0) } }
      // Each lets go on a thread of its own.
      let deadline = Date(timeIntervalSinceNow: 10)
      while Self.watches() > 0, Date() < deadline { usleep(10_000) }
      #expect(Self.watches() == 0)
    }
  }

  /// Open descriptors of inotify in this process, those on folders of other tests left out.
  private static func watches() -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fdinfo")) ?? []
    return names.count { name in
      let info = try? String(contentsOfFile: "/proc/self/fdinfo/" + name, encoding: .utf8)
      return info?.contains("inotify wd:") ?? false
    }
  }
}
