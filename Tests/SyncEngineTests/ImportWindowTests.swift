import Directory
import SyncStore
import Synchronization
import Testing

@Suite("A delta import is read in windows")
struct ImportWindowTests {
  /// A directory whose delta imports end with a look at how much is staged.
  private final class AskingDirectory: AroundDirectory {
    let inner: MemoryDirectory
    let answers = Mutex<[Int]>([])

    init(_ inner: MemoryDirectory) { self.inner = inner }

    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      let reader = try await inner.openImport(request)
      return request.watermark == nil ? reader : Reader(reader, request, self)
    }

    private actor Reader: ImportReader {
      private let inner: any ImportReader
      private let request: ImportRequest
      private let owner: AskingDirectory
      private var left = [true, false]

      init(_ inner: any ImportReader, _ request: ImportRequest, _ owner: AskingDirectory) {
        self.inner = inner
        self.request = request
        self.owner = owner
      }

      func next() async throws -> ImportBatch? {
        if let batch = try await inner.next() { return batch }
        guard let isMark = left.popLast() else { return nil }
        guard !isMark else {
          let count = try await request.stagedCount()
          owner.answers.withLock { $0.append(count) }
          return ImportBatch(changes: [])
        }
        var batch = ImportBatch(changes: [])
        batch.endsWindow = true
        return batch
      }
    }
  }

  @Test("What comes after the end of a window is read when all before it is stored")
  func askedAfterwards() async throws {
    let world = try World.of(users: 3)
    let asking = AskingDirectory(world.source)
    world.otherSource = asking
    try await world.cycle()
    for number in 3..<9 { world.source.put(try world.user("u\(number)")) }
    world.remove(0..<1)
    #expect(try await world.cycle().steps.allSatisfy { $0.result == "success" })
    #expect(asking.answers.withLock(\.self) == [8])
  }

  /// A directory each of whose batches ends a window.
  private struct Windowed: AroundDirectory {
    let inner: MemoryDirectory

    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      Reader(inner: try await inner.openImport(request))
    }

    private struct Reader: ImportReader {
      let inner: any ImportReader

      func next() async throws -> ImportBatch? {
        var batch = try await inner.next()
        batch?.endsWindow = true
        return batch
      }
    }
  }

  @Test("Deletes of later windows wait with those of the first, also where their share got smaller")
  func heldWindows() async throws {
    let world = try World.of(users: 6)
    world.otherSource = Windowed(inner: world.source)
    try world.stopSchedule()
    world.limits["source"] = GuardLimits(importing: [.deletes: GuardLimit(percent: 30)])
    try await world.cycle()
    world.remove(0..<2)
    for number in 6..<11 { world.source.put(try world.user("u\(number)")) }
    world.remove(2..<3)
    let step = try #require(try await world.cycle().steps.first)
    #expect(step.result == "stopped-deletion-limit")
    #expect((step.adds, step.deletes) == (5, 0))
    #expect(world.outcome.count == 11)
    // Of eleven, two are no third, nor is the last one of nine: nothing was forgotten of them.
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.keys.sorted() == (3..<11).map { "g-u\($0)" }.sorted())
    #expect(try world.reader.heldImports().isEmpty)
  }
}
