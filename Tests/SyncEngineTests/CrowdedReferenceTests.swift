import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Several references flow to an attribute that takes one")
struct CrowdedReferenceTests {
  private func world() async throws -> World {
    let world = try World(
      rules: World.rules.replacing(
        "direct = \"manager\"", with: "direct = \"bosses\"", maxReplacements: 1),
      sourceAttributes: ["bosses": .init(.reference, isMultiValued: true)])
    for name in ["bob", "cay", "dan"] { world.source.put(try world.user(name)) }
    return world
  }

  private func references(_ names: [String], _ world: World) throws -> [AttributeValue] {
    try names.map { .reference(try world.dn($0, ou: "Staff").text) }
  }

  private func errors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 100)
  }

  @Test("Whoever is new is made without any of them, and that is told as of several values")
  func new() async throws {
    let world = try await world()
    world.source.put(try world.user("ann", ["bosses": references(["bob", "cay"], world)]))
    for _ in 0..<3 { try await world.cycle() }
    #expect(world.outcome["g-ann"] != nil)
    #expect(world.outcome["g-ann"]?["manager"] == nil)
    let error = try #require(try errors(world).first)
    #expect(try errors(world).count == 1)
    #expect(error.type == "ambiguous-export-flow-to-single-valued-attribute")
    #expect(error.dn.hasPrefix("CN=ann") && error.attribute == "manager")
    #expect(error.rule == "Out - User")
    #expect(error.message.contains("bob") && error.message.contains("cay"), "\(error.message)")
    try expectStatisticsAddUp(world.reader)
    world.source.change("g-ann") { $0["bosses"] = [] }
    try await world.cycle()
    #expect(try errors(world) == [])
  }

  @Test("Whoever has one keeps it until the source leaves one again")
  func kept() async throws {
    let world = try await world()
    let one = try references(["cay"], world)
    let both = try references(["bob", "cay"], world)
    world.source.put(try world.user("ann", ["bosses": references(["bob"], world)]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    world.source.change("g-ann") { $0["bosses"] = both }
    let before = world.target.operations.count
    for policy in [CyclePolicy.delta, .delta, .initial] {
      let cycle = try await world.cycle(policy)
      #expect(cycle.steps.contains { $0.result == "completed-sync-errors" })
      #expect(cycle.steps.map(\.errors).reduce(0, +) == 1)
    }
    #expect(world.target.operations.count == before)
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    world.source.change("g-ann") { $0["bosses"] = one }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["manager"] == ["g-cay"])
    #expect(try errors(world) == [])
    #expect(try await world.cycle().isQuiet)
    try expectStatisticsAddUp(world.reader)
  }

  @Test("Whom the target does not have is none of several")
  func notThere() async throws {
    let world = try await world()
    world.source.put(try world.user("eve", ["hidden": ["yes"]]))
    world.source.put(try world.user("ann", ["bosses": references(["bob", "eve"], world)]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    #expect(try errors(world) == [])
    // Who comes makes several of it.
    world.source.change("g-eve") { $0["hidden"] = [] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(try errors(world).map(\.attribute) == ["manager"])
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
  }
}
