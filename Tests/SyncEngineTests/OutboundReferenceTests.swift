import Directory
import Foundation
import SyncEngine
import SyncStore
import Testing

@Suite("References that an outbound expression makes")
struct OutboundReferenceTests {
  /// By the name that the target's objects have of their source anchor, and by metaverse object.
  private static let byName =
    #"IIF(IsPresent([boss]),CRef("CN={" & ConvertToUTF8Hex("g-" & [boss]) & "}"),NULL)"#
  private static let choice = #"IIF([boss]="nobody",NULL,[manager])"#

  private func world(_ expression: String = byName, besides: String = "") throws -> World {
    try World(rules: World.rules(outboundManager: expression, besides: besides))
  }

  private func manager(_ world: World, of name: String = "ann") -> [String] {
    world.outcome["g-" + name]?["manager"] ?? []
  }

  private func expectWell(
    _ world: World, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    #expect(
      try world.reader.openErrors(connector: nil, after: nil, limit: 9).map(\.message) == [],
      sourceLocation: sourceLocation)
    let before = world.target.operations.count
    #expect(try await world.cycle().isQuiet, sourceLocation: sourceLocation)
    #expect(try await world.cycle(.initial).isQuiet, sourceLocation: sourceLocation)
    #expect(world.target.operations.count == before, sourceLocation: sourceLocation)
  }

  @Test("It binds when its object comes, follows the text, and goes with it")
  func follows() async throws {
    let world = try world()
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    world.source.put(try world.user("cay"))
    try await world.cycle()
    #expect(manager(world) == [] && world.outcome["g-ann"] != nil)
    try await expectWell(world)
    world.source.put(try world.user("bob"))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
    world.source.change("g-ann") { $0["boss"] = ["cay"] }
    try await world.cycle()
    #expect(manager(world) == ["g-cay"])
    try await expectWell(world)
    world.source.change("g-ann") { $0["boss"] = [] }
    try await world.cycle()
    #expect(manager(world) == [])
    try await expectWell(world)
  }

  @Test("Both may come in one cycle, in either order, and refer to each other")
  func together() async throws {
    let world = try world()
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    world.source.put(try world.user("bob", ["boss": ["ann"]]))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"] && manager(world, of: "bob") == ["g-ann"])
    try await expectWell(world)
  }

  @Test("It outlives the object that it means, and means the one that comes again")
  func comesAgain() async throws {
    let world = try world()
    for name in ["bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    world.source.remove("g-bob")
    try await world.cycle()
    #expect(manager(world) == [] && world.outcome["g-bob"] == nil)
    try await expectWell(world)
    world.source.put(try world.user("bob"))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
  }

  @Test("Who refers may leave and come back; what somebody changed in the target is put right")
  func leavesAndReturns() async throws {
    let world = try world()
    world.source.put(try world.user("bob"))
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    try await world.cycle()
    world.source.change("g-ann") { $0["hidden"] = ["yes"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"] == nil)
    try await expectWell(world)
    world.source.change("g-ann") { $0["hidden"] = [] }
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    let ann = try #require(
      world.target.all.first { $0.attributes["externalId"] == ["g-ann"] }?.anchor.text)
    world.target.change(ann) { $0["manager"] = [] }
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
  }

  @Test("Who leaves before it was ever sent, and comes back, refers to whom it means then only")
  func leavesUnsent() async throws {
    let world = try world()
    for name in ["bob", "cay"] { world.source.put(try world.user(name)) }
    try await world.cycle()
    func take() async throws {
      let engine = try world.engine()
      _ = try await engine.runProfile(connector: "source", .deltaImport)
      _ = try await engine.runProfile(connector: "source", .deltaSynchronization)
    }
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    try await take()
    world.source.change("g-ann") { $0["hidden"] = ["yes"] }
    try await take()
    world.source.change("g-ann") {
      $0["hidden"] = []
      $0["boss"] = ["cay"]
    }
    try await take()
    try await world.cycle()
    #expect(manager(world) == ["g-cay"])
    try await expectWell(world)
  }

  @Test("A choice of the references that the metaverse object has flows, and follows them")
  func choice() async throws {
    let world = try world(Self.choice)
    for name in ["bob", "cay"] { world.source.put(try world.user(name)) }
    func put(boss: String, manager: String) throws {
      world.source.put(
        try world.user(
          "ann",
          [
            "boss": [.string(boss)],
            "manager": [.reference(try world.dn(manager, ou: "Staff").text)],
          ]))
    }
    try put(boss: "x", manager: "bob")
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try put(boss: "nobody", manager: "bob")
    try await world.cycle()
    #expect(manager(world) == [])
    try put(boss: "x", manager: "cay")
    try await world.cycle()
    #expect(manager(world) == ["g-cay"])
    try await expectWell(world)
  }

  private static let weaker = """
    [[rule]]
    name = "Out - Manager"
    direction = "outbound"
    connector = "target"
    source = "person"
    target = "user"
    link = "join"
    precedence = 205
    [[rule.flow]]
    target = "manager"
    direct = "manager"


    """

  @Test(
    "A stronger rule's expression counts before a weaker rule's direct flow, as long as it gives")
  func stronger() async throws {
    let world = try world(besides: Self.weaker)
    for name in ["bob", "cay"] { world.source.put(try world.user(name)) }
    let cay = AttributeValue.reference(try world.dn("cay", ou: "Staff").text)
    world.source.put(try world.user("ann", ["boss": ["bob"], "manager": [cay]]))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
    world.source.change("g-ann") { $0["boss"] = [] }
    try await world.cycle()
    #expect(manager(world) == ["g-cay"])
    try await expectWell(world)
    world.source.change("g-ann") { $0["boss"] = ["bob"] }
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
  }

  @Test("A weaker rule's expression counts while the stronger rule has no reference")
  func weaker() async throws {
    let world = try world(
      besides: Self.weaker.replacing("precedence = 205", with: "precedence = 195"))
    for name in ["bob", "cay"] { world.source.put(try world.user(name)) }
    let cay = AttributeValue.reference(try world.dn("cay", ou: "Staff").text)
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    world.source.change("g-ann") { $0["manager"] = [cay] }
    try await world.cycle()
    #expect(manager(world) == ["g-cay"])
    try await expectWell(world)
    world.source.change("g-ann") { $0["manager"] = [] }
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
  }

  @Test("When the rules change, what they made goes, and what they make comes")
  func rulesChange() async throws {
    let world = try world()
    for name in ["bob", "cay"] { world.source.put(try world.user(name)) }
    let cay = AttributeValue.reference(try world.dn("cay", ou: "Staff").text)
    world.source.put(try world.user("ann", ["boss": ["bob"], "manager": [cay]]))
    let made = world.rulesText
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    world.rulesText = World.rules
    try await world.cycle()
    #expect(manager(world) == ["g-cay"])
    try await expectWell(world)
    world.rulesText = made
    try await world.cycle()
    #expect(manager(world) == ["g-bob"])
    try await expectWell(world)
  }

  @Test("Faces show the attribute, and nothing of how it is kept")
  func shown() async throws {
    let world = try world()
    world.source.put(try world.user("bob"))
    world.source.put(try world.user("ann", ["boss": ["bob"]]))
    try await world.cycle()
    for row in try world.reader.find("ann") {
      let detail = try #require(try world.reader.object(id: row.id, valueLimit: 9))
      #expect(!(detail.attributes + detail.metaverse).contains { $0.name.hasPrefix("=") })
    }
  }

  @Test("Text that is no name, and the name of nobody, stop nothing")
  func nobody() async throws {
    let world = try world(#"CRef([boss])"#)
    world.source.put(try world.user("ann", ["boss": ["not a name at all ,,="]]))
    world.source.put(try world.user("bob", ["boss": ["CN={00}"], "title": ["Clerk"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"] != nil && world.outcome["g-bob"]?["title"] == ["Clerk"])
    #expect(manager(world) == [] && manager(world, of: "bob") == [])
    try await expectWell(world)
  }
}

extension World {
  /// Rules of which an outbound one writes `manager` by an expression; `boss` is in the metaverse.
  static func rules(outboundManager expression: String, besides: String = "") throws -> String {
    let flow = "target = \"manager\"\ndirect = \"manager\"\n\n[[rule]]\nname = \"Out - Group\""
    let title = "target = \"title\"\ndirect = \"title\"\n[[rule.flow]]\n"
    var rules = World.rules.replacingOccurrences(
      of: flow,
      with: "target = \"manager\"\nexpression = '''\(expression)'''\n\n\(besides)[[rule]]\n"
        + "name = \"Out - Group\"")
    try #require(rules != World.rules)
    let inbound = try #require(rules.range(of: title))
    rules.replaceSubrange(
      inbound, with: title + "target = \"boss\"\ndirect = \"boss\"\n[[rule.flow]]\n")
    return rules
  }
}
