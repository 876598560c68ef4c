import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Objects that change their names and types")
struct NamesAndTypesTests {
  @Test("Two objects that swap their names in one delta both keep their place in a group")
  func swappedNames() async throws {
    let world = try World()
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: ["ann", "bob", "cay"]))
    try await world.cycle()
    // The directory rewrites the group's values and says nothing of it: they are the same names.
    var ann = try world.user("ann")
    ann.dn = try world.dn("bob", ou: "Staff")
    var bob = try world.user("bob")
    bob.dn = try world.dn("ann", ou: "Staff")
    world.source.put(ann)
    world.source.put(bob)
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob", "g-cay"])
    try await world.cycle(.initial)
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob", "g-cay"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("An object that takes the name of one that is renamed out of its way keeps its manager")
  func chainOfNames() async throws {
    let world = try World()
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    world.source.rename("g-bob", to: try world.dn("robert", ou: "Staff"))
    world.source.rename("g-ann", to: try world.dn("bob", ou: "Staff"))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
    try await world.cycle(.initial)
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
  }

  private static let robots = """

    [[rule]]
    name = "In - Robot"
    direction = "inbound"
    connector = "source"
    source = "user"
    target = "group"
    link = "provision"
    precedence = 90
    scope = [ { clauses = [ { attribute = "robot", operator = "ISNOTNULL" } ] } ]
    flow = [ { target = "sourceAnchor", direct = "employeeNumber" } ]

    """

  @Test(
    "A container with thousands below it gets another name, and nobody leaves the target for it")
  func renamedContainer() async throws {
    let world = try World()
    world.batchSize = 500
    world.source.put(try world.container("ou", named: "Staff"))
    for number in 0..<2000 { world.source.put(try world.user("u\(number)")) }
    world.source.put(try world.group("all", members: (0..<2000).map { "u\($0)" }))
    world.source.put(try world.user("beside", ou: "Staff-2"))
    try await world.cycle()
    let before = world.target.operations.count
    let anchors = Set(world.target.all.map(\.anchor))
    world.source.renameTree("g-ou", to: try DistinguishedName("OU=Crew,OU=Corp,DC=contoso,DC=test"))
    let cycle = try await world.cycle()
    let step = try #require(cycle.steps.first)
    #expect(step.type == .deltaImport && step.updates == 2001 && step.deletes == 0)
    #expect(try await world.cycle(.initial).isQuiet)
    #expect(world.target.operations.count == before)
    #expect(Set(world.target.all.map(\.anchor)) == anchors)
    #expect(world.outcome["g-all"]?["members"]?.count == 2000)
  }

  @Test(
    "Of who is read as another type, and is otherwise as before, the rules for that one hold",
    arguments: [true, false])
  func readAsAnother(hasRules: Bool) async throws {
    let own = """

      [[rule]]
      name = "In - InetOrgPerson"
      direction = "inbound"
      connector = "source"
      source = "inetOrgPerson"
      target = "person"
      link = "provision"
      precedence = 95
      join = [ { conditions = [{ source = "employeeNumber", target = "sourceAnchor" }] } ]
      flow = [
        { target = "sourceAnchor", direct = "employeeNumber" },
        { target = "userPrincipalName", direct = "upn" },
        { target = "displayName", constant = "inetOrgPerson" },
      ]

      """
    let world = try World(rules: World.rules + (hasRules ? own : ""))
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    let before = world.outcome
    var ann = try world.user("ann")
    ann.objectType = "inetOrgPerson"
    world.source.put(ann)
    let cycle = try await world.cycle(.initial)
    let read = try #require(cycle.steps.first { $0.type == .fullImport })
    #expect(read.updates == 1 && read.deletes == 0)
    let found = try world.reader.find("ann").first { $0.connector == "source" }
    #expect(found?.objectType == "inetOrgPerson")
    var expected = before
    if hasRules { expected["g-ann"]?["displayname"] = ["inetOrgPerson"] }
    #expect(world.outcome == expected)
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
  }

  @Test("A person of whom the rules make something else becomes that, and a person again")
  func typeChanges() async throws {
    let world = try World(rules: World.rules + Self.robots)
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    func type(_ name: String) -> [String] {
      world.target.all.filter { $0.attributes.text("externalId") == name }.map(\.objectType)
    }
    #expect(type("g-ann") == ["user"])
    world.source.change("g-ann") { $0["robot"] = ["yes"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(type("g-ann") == ["group"] && type("g-bob") == ["user"])
    world.source.change("g-ann") { $0["robot"] = [] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(type("g-ann") == ["user"])
    #expect(try await world.cycle().isQuiet)
    try expectStatisticsAddUp(world.reader)
  }
}
