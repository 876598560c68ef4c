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
}
