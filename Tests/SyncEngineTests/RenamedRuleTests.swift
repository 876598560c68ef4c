import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Rules that get another name, or are copied")
struct RenamedRuleTests {
  /// Rules by which a title flows once, and a name and a manager stay for whom `frozen` marks.
  private static let rules = World.rules.replacing(
    """
    [[rule.flow]]
    target = "displayName"
    direct = "displayName"
    [[rule.flow]]
    target = "title"
    direct = "title"
    [[rule.flow]]
    target = "manager"
    direct = "manager"

    [[rule]]
    name = "In - Group"
    """,
    with: """
      [[rule.flow]]
      target = "displayName"
      expression = 'IIF(IsPresent([frozen]),IgnoreThisFlow,[displayName])'
      [[rule.flow]]
      target = "title"
      direct = "title"
      apply_once = true
      [[rule.flow]]
      target = "manager"
      expression = 'IIF(IsPresent([frozen]),IgnoreThisFlow,[manager])'

      [[rule]]
      name = "In - Group"
      """)

  private func world() async throws -> World {
    let world = try World(rules: Self.rules)
    let bob = try world.dn("bob", ou: "Staff").text
    world.source.put(try world.user("bob"))
    world.source.put(
      try world.user("ann", ["title": ["Boss"], "manager": [.reference(bob)]]))
    for _ in 0..<2 { try await world.cycle() }
    world.source.change("g-ann") {
      $0["frozen"] = ["yes"]
      $0["title"] = ["Chief"]
      $0["displayName"] = ["Anna"]
      $0["manager"] = []
    }
    for _ in 0..<2 { try await world.cycle() }
    expectKept(world)
    return world
  }

  private func expectKept(_ world: World, sourceLocation: SourceLocation = #_sourceLocation) {
    let ann = world.outcome["g-ann"]
    #expect(ann?["title"] == ["Boss"], sourceLocation: sourceLocation)
    #expect(ann?["displayname"] == ["ann"], sourceLocation: sourceLocation)
    #expect(ann?["manager"] == ["g-bob"], sourceLocation: sourceLocation)
  }

  private func apply(_ rules: String, _ world: World) async throws {
    world.rulesText = rules
    let before = world.target.operations.count
    for _ in 0..<3 { try await world.cycle() }
    #expect(world.target.operations.count == before)
    expectKept(world)
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
    expectKept(world)
  }

  @Test("What a rule gave once, or leaves as it is, stays under its new name")
  func renamed() async throws {
    let world = try await world()
    try await apply(Self.rules.replacing("\"In - User\"", with: "\"In - Users\""), world)
  }

  @Test("It stays by a copy, too, beside which the first one is disabled later")
  func copied() async throws {
    let world = try await world()
    let rule = try #require(Self.rules.split(separator: "\n\n").first).description
    let copy =
      rule.replacing("\"In - User\"", with: "\"In - User 2\"")
      .replacing("precedence = 100", with: "precedence = 90")
    try await apply(Self.rules + "\n\n" + copy, world)
    let disabled = rule.replacing("precedence = 100", with: "precedence = 100\ndisabled = true")
    try await apply(Self.rules.replacing(rule, with: disabled) + "\n\n" + copy, world)
  }

  @Test("With a rule that is no more, and has no heir, goes what it gave")
  func noHeir() async throws {
    let world = try await world()
    let flow = "[[rule.flow]]\ntarget = \"title\"\ndirect = \"title\"\napply_once = true\n"
    world.rulesText = Self.rules.replacing("\"In - User\"", with: "\"In - Users\"")
      .replacing(flow, with: "")
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["title"] == nil)
    #expect(world.outcome["g-ann"]?["displayname"] == ["ann"])
  }
}
