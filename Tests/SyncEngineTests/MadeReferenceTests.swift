import Directory
import Foundation
import SyncStore
import Testing

@Suite("References that an expression makes of text")
struct MadeReferenceTests {
  private static let byName =
    #"IIF(IsPresent([boss]),CRef("CN=" & [boss] & ",OU=Staff,DC=contoso,DC=test"),NULL)"#
  private static let byAnchor = #"IIF(IsPresent([boss]),CRef("g-" & [boss]),NULL)"#

  private func world(_ expression: String = byName) throws -> World {
    let flow = "target = \"manager\"\ndirect = \"manager\"\n\n[[rule]]\nname = \"In - Group\""
    let rules = World.rules.replacingOccurrences(
      of: flow,
      with: "target = \"manager\"\nexpression = '''\(expression)'''\n\n[[rule]]\n"
        + "name = \"In - Group\"")
    try #require(rules != World.rules)
    return try World(rules: rules)
  }

  private func manager(_ world: World, of name: String = "ann") -> [String] {
    world.outcome["g-" + name]?["manager"] ?? []
  }

  private func expectWell(_ world: World, sourceLocation: SourceLocation = #_sourceLocation)
    async throws
  {
    #expect(
      try world.reader.openErrors(connector: nil, after: nil, limit: 9).isEmpty,
      sourceLocation: sourceLocation)
    #expect(try await world.cycle().isQuiet, sourceLocation: sourceLocation)
    #expect(try await world.cycle(.initial).isQuiet, sourceLocation: sourceLocation)
  }

  @Test("It binds late, follows the text, and goes with it", arguments: [byName, byAnchor])
  func follows(expression: String) async throws {
    let world = try world(expression)
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    world.source.put(try world.user("cay"))
    try await world.cycle()
    #expect(manager(world) == [] && world.outcome["g-ann"] != nil)
    try await expectWell(world)
    world.source.put(try world.user("bob"))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    world.source.change("g-ann") { $0["boss"] = ["cay"] }
    try await world.cycle()
    #expect(manager(world) == ["g-cay"])
    try await expectWell(world)
    world.source.change("g-ann") { $0["boss"] = [] }
    try await world.cycle()
    #expect(manager(world) == [])
    try await expectWell(world)
  }

  @Test("The text stays when what it means is deleted, and means whoever comes under the name")
  func successor() async throws {
    let world = try world()
    for name in ["bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    world.source.remove("g-bob")
    try await world.cycle()
    #expect(manager(world) == [])
    try await expectWell(world)
    world.source.rename("g-cay", to: try world.dn("bob", ou: "Staff"))
    try await world.cycle()
    #expect(manager(world) == ["g-cay"])
    world.source.rename("g-cay", to: try world.dn("cay", ou: "Staff"))
    try await world.cycle()
    #expect(manager(world) == [])
    try await expectWell(world)
    world.source.put(try world.user("bob"))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    // Another one under the same name in one import.
    world.source.remove("g-bob")
    var second = try world.user("bob", ["employeeNumber": ["g-second"]])
    second.anchor = Anchor("g-second")
    world.source.put(second)
    try await world.cycle()
    #expect(manager(world) == ["g-second"])
    try await expectWell(world)
  }

  @Test("What the directory tells of the object besides leaves it alone")
  func besides() async throws {
    let world = try world()
    world.source.put(try world.user("bob"))
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["Clerk"] }
    try await world.cycle()
    #expect(manager(world) == ["g-bob"] && world.outcome["g-ann"]?["title"] == ["Clerk"])
    let row = try #require(try world.reader.find("CN=ann,OU=Staff,DC=contoso,DC=test").first)
    let detail = try #require(try world.reader.object(id: row.id, valueLimit: 9))
    #expect(!detail.attributes.contains { $0.name.hasPrefix("=") })
    world.source.change("g-ann") { $0["hidden"] = ["yes"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"] == nil)
    world.source.change("g-ann") { $0["hidden"] = [] }
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
  }

  @Test("A choice of the references that the object has flows, too")
  func choice() async throws {
    let world = try world(#"IIF([title]="Boss",NULL,[manager])"#)
    world.source.put(try world.user("bob"))
    let bob = AttributeValue.reference(try world.dn("bob", ou: "Staff").text)
    world.source.put(try world.user("ann", ["manager": [bob]]))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    try await world.cycle()
    #expect(manager(world) == [])
    world.source.change("g-ann") { $0["title"] = ["Clerk"] }
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
  }
}
