import Foundation
import Synchronization
import Testing

@testable import Console
@testable import SyncStore
@testable import lockstep

@Suite("A store that comes and goes while the console is open")
struct OpeningStoreTests {
  private final class Starts: Sendable {
    let count = Mutex(0)
  }

  private func inFolder(_ work: (_ file: String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "lockstep-opening-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try work(folder + "/store.sqlite")
  }

  private func opening(_ file: String, startEngine: @escaping @Sendable () throws -> Void = {})
    -> OpeningStore
  {
    OpeningStore(open: { try StoreReader(file: file) }, startEngine: startEngine)
  }

  @Test("One that was removed is told of at each look, and a new one in its place is opened")
  func removed() throws {
    try inFolder { file in
      try SyncStore.open(file: file).close()
      let store = opening(file)
      _ = try store.changeCounter()
      for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + end) }
      let first = #expect(throws: StoreError.self) { try store.changeCounter() }
      #expect(first?.message == "The store \(file) was removed or replaced while it was open")
      let second = #expect(throws: StoreError.self) { try store.changeCounter() }
      #expect(second?.message == "There is no store at \(file)" && second?.hint.isEmpty == false)
      try SyncStore.open(file: file).close()
      _ = try store.changeCounter()
      #expect(try store.commands(limit: 5).isEmpty)
    }
  }

  @Test("A command goes to the store that is there now, made by an engine if there never was one")
  func command() throws {
    try inFolder { file in
      let starts = Starts()
      let store = opening(file) {
        starts.count.withLock { $0 += 1 }
        try SyncStore.open(file: file).close()
      }
      _ = try store.file(.cycle(.initial), requestedBy: "test")
      #expect(starts.count.withLock { $0 } == 1)
      for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + end) }
      try SyncStore.open(file: file).close()
      _ = try store.file(.cycle(.delta), requestedBy: "test")
      #expect(starts.count.withLock { $0 } == 1)
      #expect(try StoreReader(file: file).commands(limit: 5).map(\.command) == [.cycle(.delta)])
    }
  }

  @Test("A command has an engine upgrade a store of an older version, and goes to it")
  func older() throws {
    try inFolder { file in
      let made = try SyncStore.open(file: file)
      let lastOne = "(SELECT MAX(rowid) FROM grdb_migrations)"
      try made.transaction {
        try $0.execute("DELETE FROM grdb_migrations WHERE rowid = \(lastOne)")
      }
      try made.close()
      let starts = Starts()
      let store = opening(file) {
        starts.count.withLock { $0 += 1 }
        for end in ["", "-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: file + end)
        }
        try SyncStore.open(file: file).close()
      }
      let look = #expect(throws: StoreError.self) { try store.changeCounter() }
      #expect(look?.code == .olderVersion)
      _ = try store.file(.cycle(.delta), requestedBy: "test")
      #expect(starts.count.withLock { $0 } == 1)
      #expect(try store.commands(limit: 5).map(\.command) == [.cycle(.delta)])
    }
  }

  @Test("No engine begins with an empty store where the one that was read or handed over is gone")
  func gone() throws {
    for isHandedOver in [false, true] {
      try inFolder { file in
        try SyncStore.open(file: file).close()
        let starts = Starts()
        let store = OpeningStore(
          isHandedOver ? try StoreReader(file: file) : nil, open: { try StoreReader(file: file) },
          startEngine: {
            starts.count.withLock { $0 += 1 }
            try SyncStore.open(file: file).close()
          })
        if !isHandedOver { _ = try store.changeCounter() }
        for end in ["", "-wal", "-shm"] {
          try? FileManager.default.removeItem(atPath: file + end)
        }
        let error = #expect(throws: StoreError.self) {
          try store.file(.cycle(.delta), requestedBy: "test")
        }
        #expect(error?.message.contains("no engine is started on an empty one") == true)
        #expect(error?.hint.contains("lockstep initial") == true)
        #expect(starts.count.withLock { $0 } == 0)
        #expect(!FileManager.default.fileExists(atPath: file))
      }
    }
  }

  @Test("Where no engine can be started the reason is told, and nothing is said to be asked for")
  func noEngine() throws {
    try inFolder { file in
      let store = opening(file) { throw Fault(message: "no lockstepd", hint: "Install it.") }
      let error = #expect(throws: StoreError.self) {
        try store.file(.cycle(.delta), requestedBy: "test")
      }
      #expect(error?.message.contains("no lockstepd") == true)
    }
  }
}
