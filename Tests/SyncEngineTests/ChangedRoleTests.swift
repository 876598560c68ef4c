import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Connectors that get another role or another name")
struct ChangedRoleTests {
  /// Rules by which users of the target take part as long as they have no title of this kind.
  private static let rules = World.rules.replacing(
    """
    source = "user"
    target = "person"
    link = "join"
    precedence = 120

    """,
    with: """
      source = "user"
      target = "person"
      link = "join"
      precedence = 120
      [[rule.scope]]
      clauses = [{ attribute = "title", operator = "NOTEQUAL", value = "Out" }]

      """)

  @Test("Of a target that becomes a source nobody stays because rules once wrote to him")
  func becomesSource() async throws {
    let world = try World(rules: Self.rules)
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    for _ in 0..<2 { try await world.cycle() }
    let ann = try #require(world.target.all.first { $0.attributes.text("externalId") == "g-ann" })
    world.readsTarget = true
    let cycle = try await world.cycle()
    #expect(cycle.steps.contains { $0.type == .fullSynchronization && $0.connector == "target" })
    world.target.change(ann.anchor.text) { $0["title"] = ["Out"] }
    try await world.cycle()
    let rows = try world.reader.find("ann")
    #expect(rows.filter(\.isConnector).map(\.connector) == ["source"])
    #expect(rows.count == 2)
    #expect(try world.reader.find("bob").filter(\.isConnector).count == 2)
    let sent = world.target.operations.count
    // A target again, it gets what the rules want of it.
    world.readsTarget = false
    try await world.cycle()
    #expect(world.target.operations.count > sent)
    #expect(world.outcome["g-ann"]?["title"] == nil)
    #expect(world.target.all.count == 2)
  }

  @Test("A source that becomes a target gets at once what was synchronized before")
  func becomesTarget() async throws {
    let world = try World()
    world.readsTarget = true
    world.source.put(try world.user("ann"))
    try await world.cycle()
    #expect(world.target.all.isEmpty)
    world.readsTarget = false
    try await world.cycle()
    #expect(Set(world.outcome.keys) == ["g-ann"])
  }

  @Test("A reference that a source gave under its former name goes when it takes it back")
  func renamed() async throws {
    let world = try World()
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(
      try world.user("dan", ["manager": [.reference(try world.dn("ann", ou: "Staff").text)]]))
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    let sent = world.target.operations.count
    world.sourceName = "renamed"
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
    #expect(world.outcome["g-dan"]?["manager"] == ["g-ann"])
    #expect(world.target.operations.count == sent)
    world.source.put(try world.group("team", members: ["ann", "cay"]))
    world.source.put(try world.user("dan"))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-cay"])
    #expect(world.outcome["g-dan"]?["manager"] == nil)
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
  }
}
