import Directory
import Foundation
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Scopes that ask for members of a group")
struct MembershipScopeTests {
  private static let pilot = "CN=pilot,OU=Groups,DC=contoso,DC=test"
  private static let keptOut = "CN=kept out, OU=Groups, DC=contoso, DC=test"

  /// Members of the pilot get a title, and members of another group are kept out.
  ///
  /// Groups need not flow themselves.
  private static func rules(flowsGroups: Bool = true) -> String {
    let rules =
      World.rules.replacingOccurrences(
        of: "clauses = [{ attribute = \"hidden\", operator = \"ISNULL\" }]",
        with: """
          clauses = [{ attribute = "memberOf", operator = "ISNOTMEMBEROF", value = "\(keptOut)" }]
          """) + """


        [[rule]]
        name = "In - Pilot"
        direction = "inbound"
        connector = "source"
        source = "user"
        target = "person"
        link = "join"
        precedence = 90
        [[rule.scope]]
        clauses = [{ attribute = "dn", operator = "ISMEMBEROF", value = "\(pilot)" }]
        [[rule.flow]]
        target = "title"
        constant = "Pilot"
        """
    guard !flowsGroups else { return rules }
    return rules.replacingOccurrences(
      of: "target = \"group\"\nlink = \"provision\"",
      with: "target = \"group\"\ndisabled = true\nlink = \"provision\""
    ).replacingOccurrences(
      of: "[[rule.flow]]\ntarget = \"manager\"\ndirect = \"manager\"\n", with: "")
  }

  private func world(flowsGroups: Bool = true, members: [String] = ["ann"]) async throws -> World {
    let world = try World(rules: Self.rules(flowsGroups: flowsGroups))
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("pilot", members: members))
    try await world.cycle()
    #expect(pilots(world) == members.filter { $0 != "cay" })
    return world
  }

  private func pilots(_ world: World) -> [String] {
    world.outcome.filter { $0.value["title"] == ["Pilot"] }.keys.map { String($0.dropFirst(2)) }
      .sorted()
  }

  private func setMembers(_ names: [String], of group: String = "pilot", _ world: World) throws {
    let members = try names.map { AttributeValue.reference(try world.dn($0, ou: "Staff").text) }
    world.source.change("g-" + group) { $0["member"] = members }
  }

  @Test(
    "Who comes into the group or leaves it is synchronized again, though nothing else of him changed",
    arguments: [true, false], [CyclePolicy.delta, .initial])
  func changes(flowsGroups: Bool, policy: CyclePolicy) async throws {
    let world = try await world(flowsGroups: flowsGroups)
    for members in [["bob"], ["ann", "bob"], [], ["ann"]] {
      try setMembers(members, world)
      try await world.cycle(policy)
      #expect(pilots(world) == members)
      #expect(try await world.cycle().isQuiet)
    }
    #expect(try await world.cycle(.initial).isQuiet)
    #expect(pilots(world) == ["ann"])
  }

  @Test(
    "A single change of the members does the same as the whole group", arguments: [true, false])
  func single(flowsGroups: Bool) async throws {
    let world = try await world(flowsGroups: flowsGroups)
    let bob = AttributeValue.reference(try world.dn("bob", ou: "Staff").text)
    world.source.state.withLock { state in
      guard var group = state.objects[Anchor("g-pilot")] else { return }
      group.attributes["member"] = [bob]
      state.objects[group.anchor] = group
      state.log.append(
        .modify(
          ObjectAddress(anchor: group.anchor, dn: group.dn),
          [AttributeChange("member", .replace([bob]))]))
    }
    try await world.cycle()
    #expect(pilots(world) == ["bob"])
  }

  @Test("A group that gets the name, loses it, goes or comes takes its members with it")
  func names() async throws {
    let world = try await world()
    world.source.rename("g-pilot", to: try world.dn("past pilot", ou: "Groups"))
    try await world.cycle()
    #expect(pilots(world) == [])
    #expect(try await world.cycle().isQuiet)
    world.source.rename("g-pilot", to: try DistinguishedName(Self.pilot))
    try await world.cycle()
    #expect(pilots(world) == ["ann"])
    world.source.remove("g-pilot")
    try await world.cycle()
    #expect(pilots(world) == [])
    var other = try world.group("pilot", members: ["bob"])
    other.anchor = Anchor("g-other")
    other.attributes["employeeNumber"] = ["g-other"]
    world.source.put(other)
    try await world.cycle()
    #expect(pilots(world) == ["bob"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A member that comes after the group is one from the beginning")
  func laterMember() async throws {
    let world = try await world(members: ["ann", "cay"])
    world.source.put(try world.user("cay"))
    try await world.cycle()
    #expect(pilots(world) == ["ann", "cay"])
  }

  @Test("Who is kept out by a group goes, and comes again when he leaves it")
  func keptOut() async throws {
    let world = try await world()
    var group = try world.group("kept out", members: ["bob"])
    group.anchor = Anchor("g-out")
    group.attributes["employeeNumber"] = ["g-out"]
    world.source.put(group)
    try await world.cycle()
    #expect(world.outcome["g-bob"] == nil && world.outcome["g-ann"] != nil)
    try setMembers([], of: "out", world)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-bob"] != nil)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A preview of a member, and a rehearsal, see the membership; to store one loses no other")
  func preview() async throws {
    let world = try await world()
    try setMembers(["bob"], world)
    let rehearsal = try await world.engine().rehearse(.delta)
    let export = try #require(try world.reader.cycle(id: rehearsal)?.steps.last)
    #expect(export.type == .export && export.updates == 3)
    _ = try await world.engine().runProfile(connector: "source", .deltaImport)
    func id(_ name: String) throws -> Int64 {
      try #require(try world.reader.find(name).first { $0.connector == "source" }).id
    }
    let report = try await world.engine().preview(object: try id("bob"), isFull: false)
    #expect(report.inboundRules.first { $0.name == "In - Pilot" }?.isInScope == true)
    #expect(report.exportsAfter.flatMap(\.changes).contains { $0.after == ["Pilot"] })
    let other = try await world.engine().preview(object: try id("ann"), isFull: false)
    #expect(
      other.inboundRules.first { $0.name == "In - Pilot" }?.reason
        == "dn ISMEMBEROF \(Self.pilot) fails (no member)")
    _ = try await world.engine().commitPreview(object: try id("pilot"), isFull: false)
    try await world.cycle()
    #expect(pilots(world) == ["bob"])
  }

  @Test("Why someone did not arrive is told by the groups that hold him")
  func why() async throws {
    let world = try await world()
    let detail = try #require(
      try world.reader.find("ann").first { $0.connector == "source" }.flatMap {
        try world.reader.object(id: $0.id, valueLimit: 5)
      })
    #expect(detail.groups == [Self.pilot])
  }
}
