import Directory
import SyncStore
import Synchronization
import Testing

/// A target that brings every text into one normal form.
private final class Normalizing: AroundDirectory {
  let inner: MemoryDirectory
  let writes = Mutex(0)
  init(_ inner: MemoryDirectory) { self.inner = inner }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    writes.withLock { $0 += operations.count }
    return try await inner.export(operations)
  }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    Composed(try await inner.openImport(request))
  }

  private actor Composed: ImportReader {
    let all: any ImportReader
    init(_ all: any ImportReader) { self.all = all }

    func next() async throws -> ImportBatch? {
      guard var batch = try await all.next() else { return nil }
      batch.changes = batch.changes.map { change in
        guard case .entry(var entry) = change, entry.attributes.contains("displayName") else {
          return change
        }
        entry.attributes["displayName"] = entry.attributes["displayName"].map {
          .string($0.text.replacing("e\u{301}", with: "\u{E9}"))
        }
        return .entry(entry)
      }
      return batch
    }
  }
}

@Suite("A value that changes only how its letters are composed")
struct ComposedValueTests {
  private func put(_ name: String, _ world: World) throws {
    world.source.put(try world.user("ann", ["displayName": [.string(name)]]))
  }

  private func bytes(_ world: World) -> [UInt8]? {
    world.target.all.first?.attributes.text("displayName").map { Array($0.utf8) }
  }

  @Test(
    "It reaches the target by a delta as by a full cycle, and once",
    arguments: [
      CyclePolicy.delta, .initial,
    ])
  func arrives(_ policy: CyclePolicy) async throws {
    let world = try World()
    let (composed, apart) = ("Jos\u{E9}", "Jose\u{301}")
    try put(apart, world)
    try await world.cycle(.initial)
    #expect(bytes(world) == Array(apart.utf8))
    for name in [composed, apart] {
      try put(name, world)
      let steps = try await world.cycle(policy).steps
      #expect(steps.allSatisfy { $0.result == "success" })
      #expect(steps[0].updates == 1)
      #expect(bytes(world) == Array(name.utf8), "\(policy)")
      let object = try #require(try world.reader.find("ann@contoso.test").first)
      #expect(Array(object.display.utf8) == Array(name.utf8))
      let again = try await world.cycle(policy).steps
      #expect(again.allSatisfy { $0.adds + $0.updates + $0.deletes == 0 })
    }
  }

  @Test("A target that shows another form than it was sent is sent it once, and is no error")
  func normalizing() async throws {
    let world = try World()
    var target: Normalizing?
    world.wrap = { inner in
      let made = target ?? Normalizing(inner)
      target = made
      return made
    }
    try put("Jose\u{301}", world)
    try await world.cycle(.initial)
    try put("Rene\u{301}e", world)
    for _ in 0..<2 {
      for policy in [CyclePolicy.delta, .initial] {
        let steps = try await world.cycle(policy).steps
        #expect(steps.allSatisfy { $0.result == "success" }, "\(steps.map(\.result))")
      }
    }
    #expect(target?.writes.withLock { $0 } == 2)
  }
}
