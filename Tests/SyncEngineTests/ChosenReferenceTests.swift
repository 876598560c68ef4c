import Directory
import Foundation
import SyncEngine
import SyncStore
import Testing

@Suite("Of several attributes whose references flow to one")
struct ChosenReferenceTests {
  private static let groupFlow = "target = \"members\"\ndirect = \"member\""

  /// Rules by which also a group's owners are in the metaverse, and a person's secretary.
  private static let base =
    World.rules + """


      [[rule]]
      name = "In - Owners"
      direction = "inbound"
      connector = "source"
      source = "group"
      target = "group"
      link = "join"
      precedence = 111
      flow = [ { target = "owner", direct = "owner" }, { target = "kind", direct = "kind" } ]

      [[rule]]
      name = "In - Secretary"
      direction = "inbound"
      connector = "source"
      source = "user"
      target = "person"
      link = "join"
      precedence = 112
      flow = [ { target = "secretary", direct = "secretary" } ]

      """

  private func out(_ name: String, _ precedence: Int, _ flow: String, scope: String = "") -> String
  {
    let isGroup = flow.contains("members")
    return """

      [[rule]]
      name = "\(name)"
      direction = "outbound"
      connector = "target"
      source = "\(isGroup ? "group" : "person")"
      target = "\(isGroup ? "group" : "user")"
      link = "join"
      precedence = \(precedence)
      \(scope)
      flow = [ \(flow) ]

      """
  }

  private func world(_ rules: String) throws -> World {
    try World(
      rules: rules,
      sourceAttributes: [
        "owner": .init(.reference, isMultiValued: true), "secretary": .init(.reference),
      ])
  }

  private func team(
    _ world: World, kind: String? = nil
  ) throws -> DirectoryEntry {
    var entry = try world.group("team", members: ["ann", "cay"])
    entry.attributes["owner"] = [.reference(try world.dn("bob", ou: "Staff").text)]
    entry.attributes["kind"] = kind.map { [.string($0)] } ?? []
    return entry
  }

  private func expectSettled(
    _ world: World, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = world.target.operations
    #expect(try await world.cycle().isQuiet, sourceLocation: sourceLocation)
    #expect(try await world.cycle(.initial).isQuiet, sourceLocation: sourceLocation)
    #expect(world.target.operations == before, sourceLocation: sourceLocation)
  }

  @Test("the one that a changed rule names counts alone, whoever was meant by the other")
  func changedRule() async throws {
    let world = try world(Self.base)
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try team(world))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-cay"])
    world.rulesText = Self.base.replacing(
      Self.groupFlow, with: "target = \"members\"\ndirect = \"owner\"")
    #expect(world.rulesText != Self.base)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-team"]?["members"] == ["g-bob"])
    try await expectSettled(world)
    world.rulesText = Self.base
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-cay"])
    try await expectSettled(world)
  }

  @Test("the one counts whose rule has the object in scope, and with the scope the other")
  func scopes() async throws {
    func scope(_ sign: String) -> String {
      "scope = [ { clauses = [ { attribute = \"kind\", operator = \"\(sign)\", value = \"locked\" } ] } ]"
    }
    let without = Self.base.replacing("\n[[rule.flow]]\n" + Self.groupFlow, with: "")
    #expect(without != Self.base)
    let world = try world(
      without
        + out(
          "Out - Members", 220, #"{ target = "members", direct = "member" }"#,
          scope: scope("NOTEQUAL"))
        + out(
          "Out - Owners", 221, #"{ target = "members", direct = "owner" }"#, scope: scope("EQUAL")))
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try team(world, kind: "open"))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-cay"])
    try await expectSettled(world)
    world.source.put(try team(world, kind: "locked"))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-bob"])
    try await expectSettled(world)
    world.source.put(try team(world, kind: "open"))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-cay"])
    try await expectSettled(world)
  }

  @Test("the stronger one counts while it has any, and then the weaker one again")
  func stronger() async throws {
    let world = try world(
      Self.base
        + out("Out - Secretary", 195, #"{ target = "manager", direct = "secretary" }"#))
    for name in ["bob", "cay"] { world.source.put(try world.user(name)) }
    func reference(_ name: String) throws -> [AttributeValue] {
      [.reference(try world.dn(name, ou: "Staff").text)]
    }
    let cay = try reference("cay")
    world.source.put(try world.user("ann", ["manager": try reference("bob")]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    world.source.change("g-ann") { $0["secretary"] = cay }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-cay"])
    try await expectSettled(world)
    world.source.change("g-ann") { $0["secretary"] = [] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    try await expectSettled(world)
  }
}
