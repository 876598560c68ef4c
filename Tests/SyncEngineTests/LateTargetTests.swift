import Directory
import SyncEngine
import Synchronization
import Testing

@testable import SyncStore

@Suite("A target that may show writes late is given time to show them")
struct LateTargetTests {
  /// A directory whose reads may lag behind its writes.
  private struct Late: AroundDirectory {
    let inner: MemoryDirectory
    var capabilities: ConnectorCapabilities {
      var capabilities = inner.capabilities
      capabilities.mayShowWritesLate = true
      return capabilities
    }
  }

  /// A world whose target tells of no write from now on.
  private func silentWorld() async throws -> World {
    let world = try World()
    world.wrap = { Late(inner: $0) }
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann"]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(try await world.cycle().isQuiet)
    world.target.state.withLock { $0.tellsWrites = false }
    return world
  }

  /// Makes what was sent older.
  private func age(_ world: World, seconds: Int) throws {
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction {
      try $0.execute("UPDATE cs_object SET exported_at = exported_at - ?", [seconds * 1000])
    }
    try store.close()
  }

  private func exports(_ cycle: CycleSummary) -> Int {
    cycle.steps.filter { $0.type == .export }.reduce(0) { $0 + $1.adds + $1.updates }
  }

  @Test("What it took is sent once, and after an hour it is told and sent again")
  func value() async throws {
    let world = try await silentWorld()
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    #expect(exports(try await world.cycle()) == 1)
    for _ in 0..<3 { #expect(try await world.cycle().isQuiet) }
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
    // What changes meanwhile is sent.
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    #expect(exports(try await world.cycle()) == 1)
    #expect(world.outcome["g-ann"]?["title"] == ["Chief"])
    try age(world, seconds: 4000)
    #expect(exports(try await world.cycle()) == 1)
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 9)
    #expect(errors.map(\.type) == [SyncErrorType.exportedChangeNotReimported.text])
    #expect(try await world.cycle().isQuiet)
    // A full import shows it.
    try await world.cycle(.initial)
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A member whom it took is sent once, also while others come, and again after an hour")
  func members() async throws {
    let world = try await silentWorld()
    func members(_ cycle: CycleSummary) throws -> [[AttributeValue]] {
      try cycle.steps.filter { $0.type == .export }.flatMap { step in
        try world.reader.changes(
          step: step.id, group: .export, counter: "export-update", after: nil, limit: 9)
      }.flatMap { try world.reader.deltas(change: $0.id).filter { $0.name == "members" } }
        .map(\.after)
    }
    let ids = Dictionary(
      world.target.all.map {
        ($0.attributes.text("externalId") ?? "", $0.attributes.display(dn: $0.dn))
      },
      uniquingKeysWith: { first, _ in first })
    let (bob, cay) = (try #require(ids["g-bob"]), try #require(ids["g-cay"]))
    world.source.put(try world.group("staff", members: ["ann", "bob"]))
    #expect(try members(try await world.cycle()) == [[.reference(bob)]])
    #expect(try await world.cycle().isQuiet)
    world.source.put(try world.group("staff", members: ["ann", "bob", "cay"]))
    #expect(try members(try await world.cycle()) == [[.reference(cay)]])
    #expect(try await world.cycle().isQuiet)
    try age(world, seconds: 4000)
    #expect(
      try members(try await world.cycle()).map(Set.init) == [[.reference(bob), .reference(cay)]])
    #expect(
      try world.reader.openErrors(connector: nil, after: nil, limit: 9).map(\.type)
        == [SyncErrorType.exportedChangeNotReimported.text])
    #expect(try await world.cycle().isQuiet)
    try await world.cycle(.initial)
    #expect(try await world.cycle().isQuiet)
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
  }

  @Test("What it took before imports failed for long is sent again")
  func withoutImports() async throws {
    let world = try await silentWorld()
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    try await world.cycle()
    try age(world, seconds: 8000)
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first?.updates == 1)
  }
}
