import Directory
import SyncEngine
import Synchronization
import Testing

@testable import SyncStore

@Suite("A target that takes an object and shows it late gets it once")
struct LateAddTests {
  /// A directory that shows none of the objects that it hides, whoever asks, and notes what it is sent.
  private final class Hiding: AroundDirectory {
    let inner: MemoryDirectory
    let isHiding = Mutex(true)
    let sent = Mutex<[ExportOperation]>([])

    init(_ inner: MemoryDirectory) { self.inner = inner }

    var capabilities: ConnectorCapabilities {
      var capabilities = inner.capabilities
      capabilities.mayShowWritesLate = true
      return capabilities
    }

    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      let reader = try await inner.openImport(request)
      return isHiding.withLock { $0 } ? Reader(inner: reader) : reader
    }

    func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
      sent.withLock { $0 += operations }
      return try await inner.export(operations)
    }

    private struct Reader: ImportReader {
      let inner: any ImportReader

      func next() async throws -> ImportBatch? {
        guard var batch = try await inner.next() else { return nil }
        batch.changes.removeAll { if case .entry = $0 { true } else { false } }
        return batch
      }
    }
  }

  private let world: World
  private let target: Hiding

  /// A world whose target has taken two people and a group, and shows none of them.
  init() async throws {
    world = try World()
    target = Hiding(world.target)
    world.wrap = { [target] _ in target }
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann"]))
    try await world.cycle(.initial)
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann"] && world.outcome.count == 3)
    target.sent.withLock { $0 = [] }
  }

  private var sent: [ExportOperation] { target.sent.withLock { $0 } }

  private func age(seconds: Int) throws {
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction {
      try $0.execute("UPDATE cs_object SET exported_at = exported_at - ?", [seconds * 1000])
    }
    try store.close()
  }

  private func expectNoErrors() throws {
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
  }

  @Test("A full import that does not show them yet has nothing sent, and none counted as new")
  func again() async throws {
    for _ in 0..<2 { #expect(try await world.cycle(.initial).isQuiet) }
    #expect(sent.isEmpty && world.target.all.count == 3)
    // What is to be changed meanwhile is sent to those that the target has named.
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    try await world.cycle(.initial)
    #expect(
      sent.map(\.anchor) == [world.target.all.first { $0.attributes["title"] == ["Boss"] }?.anchor])
    #expect(sent.allSatisfy { if case .modify = $0.kind { true } else { false } })
    target.isHiding.withLock { $0 = false }
    try await world.cycle(.initial)
    #expect(try await world.cycle().isQuiet)
    try expectNoErrors()
    #expect(world.target.all.count == 3)
  }

  @Test("After an hour they are sent with the anchors by which to ask for them, and are no adds")
  func doubted() async throws {
    try age(seconds: 4000)
    let cycle = try await world.cycle(.initial)
    #expect(sent.count == 3 && sent.allSatisfy(\.isRetry))
    #expect(Set(sent.map(\.anchor)) == Set(world.target.all.map(\.anchor)))
    #expect(sent.allSatisfy { if case .add = $0.kind { true } else { false } })
    let export = try #require(cycle.steps.first { $0.type == .export })
    #expect(export.adds == 0 && export.updates == 3)
    // The group has its member with it, in case that it is to be made anew.
    let group = try #require(sent.first { $0.objectType == "group" })
    guard case .add(let attributes) = group.kind else { return }
    #expect(attributes["members"].count == 1)
    #expect(try await world.cycle(.initial).isQuiet)
    try expectNoErrors()
  }

  @Test("One that is not wanted any more, before it was ever shown, is deleted")
  func unwanted() async throws {
    world.source.remove("g-staff")
    let cycle = try await world.cycle(.initial)
    #expect(cycle.steps.reduce(0) { $0 + $1.deletes } > 0)
    #expect(sent.map(\.kind) == [.delete])
    #expect(world.outcome["g-staff"] == nil && world.outcome.count == 2)
    try expectNoErrors()
  }

  @Test("One that was taken in part is known by its anchor, too")
  func inPart() async throws {
    world.target.state.withLock { $0.withoutReferences = 1 }
    world.source.put(try world.group("board", members: ["bob"]))
    try await world.cycle(.initial)
    target.sent.withLock { $0 = [] }
    try await world.cycle(.initial)
    #expect(world.outcome["g-board"]?["members"] == ["g-bob"] && world.outcome.count == 4)
    #expect(sent.allSatisfy { if case .modify = $0.kind { true } else { false } })
  }
}
