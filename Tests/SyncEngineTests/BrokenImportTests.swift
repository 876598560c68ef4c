import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("What a target took, and no import could look at, is not sent again")
struct BrokenImportTests {
  /// Whether reading breaks off at its beginning.
  private final class Trouble: Sendable {
    let isThere = Mutex(false)
  }

  /// A target that takes what it is sent, and may not be readable.
  private struct Unreadable: AroundDirectory {
    let inner: MemoryDirectory
    let trouble: Trouble

    func openImport(_ request: ImportRequest) async throws -> any ImportReader {
      trouble.isThere.withLock { $0 } ? Broken() : try await inner.openImport(request)
    }
  }

  private struct Broken: ImportReader {
    func next() async throws -> ImportBatch? {
      throw ConnectorFailure(.stoppedImportRead, message: "Size limit exceeded", hint: "Raise it")
    }
  }

  private let trouble = Trouble()
  private let world: World

  init() async throws {
    world = try World()
    let trouble = trouble
    world.wrap = { Unreadable(inner: $0, trouble: trouble) }
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    try await world.cycle()
    try await world.cycle()
    #expect(try await world.cycle().isQuiet)
  }

  private func sent(_ cycle: CycleSummary) -> Int {
    cycle.steps.filter { $0.type == .export }.reduce(0) { $0 + $1.adds + $1.updates + $1.deletes }
  }

  @Test("As long as imports break off it waits, and what changes meanwhile goes")
  func waits() async throws {
    trouble.isThere.withLock { $0 = true }
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    #expect(sent(try await world.cycle()) == 1)
    for _ in 0..<3 { #expect(sent(try await world.cycle()) == 0) }
    world.source.change("g-bob") { $0["title"] = ["Chief"] }
    #expect(sent(try await world.cycle()) == 1)
    world.source.change("g-ann") { $0["title"] = ["Queen"] }
    #expect(sent(try await world.cycle()) == 1)
    #expect(world.outcome["g-ann"]?["title"] == ["Queen"])
    trouble.isThere.withLock { $0 = false }
    #expect(sent(try await world.cycle()) == 0)
    #expect(try await world.cycle().isQuiet)
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
  }

  @Test("The first import that comes to its end finds what was lost, and it is sent again")
  func lost() async throws {
    trouble.isThere.withLock { $0 = true }
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    #expect(sent(try await world.cycle()) == 1)
    #expect(sent(try await world.cycle()) == 0)
    let id = try #require(
      world.target.all.first { $0.attributes.text("externalId") == "g-ann" }?.anchor.text)
    world.target.change(id) { $0["title"] = ["Clerk"] }
    trouble.isThere.withLock { $0 = false }
    try await world.cycle()
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
  }
}
