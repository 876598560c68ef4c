import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

@Suite("Objects of which the rules make another type in a target than before")
struct OtherTargetTypeTests {
  /// People with the title Guest become contacts, all others users.
  private static let rules =
    World.rules + """


      [[rule]]
      name = "Out - Guest"
      direction = "outbound"
      connector = "target"
      source = "person"
      target = "contact"
      link = "provision"
      precedence = 190
      scope = [ { clauses = [ { attribute = "title", operator = "EQUAL", value = "Guest" } ] } ]
      join = [ { conditions = [ { source = "sourceAnchor", target = "externalId" } ] } ]
      flow = [ { target = "externalId", direct = "sourceAnchor" } ]
      """

  private func types(_ world: World) -> [String: [String]] {
    Dictionary(grouping: world.target.all) { $0.attributes.text("externalId") ?? "?" }
      .mapValues { $0.map { $0.objectType.lowercased() } }
  }

  private func cycles(_ world: World, _ count: Int = 2) async throws {
    for _ in 0..<count {
      let cycle = try await world.cycle()
      #expect(cycle.steps.allSatisfy { $0.errors == 0 }, "\(cycle.steps.map(\.result))")
    }
  }

  private func expectSettled(_ world: World) async throws {
    let before = world.target.operations.count
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
    #expect(world.target.operations.count == before)
    try expectStatisticsAddUp(world.reader)
  }

  @Test("The one goes, the other is made in its place, and is referred to as the first was")
  func changes() async throws {
    let world = try World(rules: Self.rules)
    let ann = try world.dn("ann", ou: "Staff").text
    world.source.put(try world.user("ann", ["title": ["Guest"]]))
    world.source.put(try world.user("bob", ["title": ["Clerk"], "manager": [.reference(ann)]]))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await cycles(world)
    #expect(types(world) == ["g-ann": ["contact"], "g-bob": ["user"], "g-team": ["group"]])
    world.source.change("g-ann") { $0["title"] = ["Clerk"] }
    world.source.change("g-bob") { $0["title"] = ["Guest"] }
    try await cycles(world, 3)
    #expect(types(world) == ["g-ann": ["user"], "g-bob": ["contact"], "g-team": ["group"]])
    #expect(world.outcome["g-bob"]?["manager"] == ["g-ann"])
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
    try await expectSettled(world)
  }

  @Test("Whoever changes twice before anything is sent stays who he was")
  func changesBack() async throws {
    let world = try World(rules: Self.rules)
    world.source.put(try world.user("ann", ["title": ["Clerk"]]))
    try await cycles(world)
    let id = try #require(world.target.all.first?.anchor)
    world.isStaging = true
    world.source.change("g-ann") { $0["title"] = ["Guest"] }
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["Clerk"] }
    try await world.cycle()
    world.isStaging = false
    try await cycles(world)
    #expect(world.target.all.map(\.anchor) == [id])
    #expect(world.outcome["g-ann"]?["title"] == ["Clerk"])
    try await expectSettled(world)
  }

  @Test("A rule that makes another type now is followed for all, and that is told before")
  func ruleChanges() async throws {
    let world = try World(rules: Self.rules)
    world.source.put(try world.user("ann", ["title": ["Clerk"]]))
    try await cycles(world)
    world.rulesText = Self.rules.replacing("value = \"Guest\"", with: "value = \"Clerk\"")
    _ = try world.engine()
    let effects = try world.reader.dueSteps().filter { $0.type == .fullSynchronization }
      .flatMap(\.effects)
    #expect(effects.contains { $0.kind == .goes && $0.count == 1 }, "\(effects)")
    try await cycles(world, 3)
    #expect(types(world) == ["g-ann": ["contact"]])
    try await expectSettled(world)
  }

  @Test("What a target calls otherwise than the rules do is made once")
  func calledOtherwise() async throws {
    let world = try World(rules: Self.rules)
    world.target.state.withLock { $0.onApply = { $0.objectType = "inetOrgPerson" } }
    world.source.put(try world.user("ann", ["title": ["Clerk"]]))
    world.source.put(try world.user("bob", ["title": ["Guest"]]))
    for _ in 0..<4 { try await world.cycle() }
    try await world.cycle(.initial)
    world.source.change("g-ann") { $0["title"] = ["Guest"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(types(world).values.allSatisfy { $0 == ["inetorgperson"] }, "\(types(world))")
    #expect(world.target.operations.count { $0.hasPrefix("add") } == 2)
    #expect(!world.target.operations.contains { $0.hasPrefix("delete") })
  }

  @Test("The type of a Join rule that comes before is none to make")
  func joinRule() async throws {
    let world = try World(
      rules: Self.rules + """


        [[rule]]
        name = "Out - More of contacts"
        direction = "outbound"
        connector = "target"
        source = "person"
        target = "contact"
        link = "join"
        precedence = 180
        scope = [ { clauses = [ { attribute = "title", operator = "EQUAL", value = "Clerk" } ] } ]
        flow = [ { target = "displayName", direct = "displayName" } ]
        """)
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await cycles(world)
    world.source.change("g-ann") { $0["title"] = ["Clerk"] }
    try await cycles(world)
    #expect(types(world) == ["g-ann": ["user"]])
  }
}
