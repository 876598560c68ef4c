import Directory
import Foundation
import SyncStore
import Synchronization
import Testing

@Suite("References flow by rules that have the object in scope, and by no others")
struct ReferenceScopeTests {
  /// The rules of ``World`` with a rule of its own, bound to a title, for managers and members.
  private static func rules(_ direction: String) -> String {
    let isInbound = direction == "inbound"
    let plain = World.rules
    func part(
      _ name: String, _ source: String, _ target: String, _ flow: (from: String, to: String)
    ) -> String {
      """

      [[rule]]
      name = "\(name)"
      direction = "\(direction)"
      connector = "\(isInbound ? "source" : "target")"
      source = "\(source)"
      target = "\(target)"
      link = "join"
      precedence = \((isInbound ? 1300 : 2300) + source.count)
      [[rule.scope]]
      clauses = [{ attribute = "title", operator = "ISNOTNULL" }]
      [[rule.flow]]
      target = "\(flow.to)"
      direct = "\(flow.from)"
      """
    }
    func without(_ text: String, _ rule: String, _ flow: String) -> String {
      guard let start = text.range(of: "name = \"\(rule)\""),
        let found = text.range(of: flow, range: start.upperBound..<text.endIndex)
      else { return text }
      return text.replacingCharacters(in: found, with: "")
    }
    let manager = "[[rule.flow]]\ntarget = \"manager\"\ndirect = \"manager\"\n"
    if isInbound {
      return without(plain, "In - User", manager)
        + part("In - Manager", "user", "person", ("manager", "manager"))
    }
    let withTitle = plain.replacingOccurrences(
      of: "[[rule.flow]]\ntarget = \"member\"\ndirect = \"member\"\n",
      with: """
        [[rule.flow]]
        target = "member"
        direct = "member"
        [[rule.flow]]
        target = "title"
        direct = "title"

        """)
    return without(
      without(withTitle, "Out - User", manager), "Out - Group",
      "[[rule.flow]]\ntarget = \"members\"\ndirect = \"member\"")
      + part("Out - Manager", "person", "user", ("manager", "manager"))
      + part("Out - Members", "group", "group", ("member", "members"))
  }

  @Test(
    "When the rule that flows a reference leaves scope, the reference goes; it comes back with it",
    arguments: ["inbound", "outbound"])
  func leaves(direction: String) async throws {
    let world = try World(rules: Self.rules(direction))
    world.source.put(try world.user("ann"))
    world.source.put(
      try world.user(
        "bob", ["title": ["Boss"], "manager": [.reference(try world.dn("ann", ou: "Staff").text)]]))
    try await world.cycle()
    #expect(world.outcome["g-bob"]?["manager"] == ["g-ann"])
    world.source.change("g-bob") { $0["title"] = [] }
    try await world.cycle()
    #expect(world.outcome["g-bob"]?["manager"] ?? [] == [])
    #expect(try await world.cycle().isQuiet)
    world.source.change("g-bob") { $0["title"] = ["Chief"] }
    try await world.cycle()
    #expect(world.outcome["g-bob"]?["manager"] == ["g-ann"])
    #expect(try await world.cycle().isQuiet)
    #expect(try await world.cycle(.initial).isQuiet)
  }

  @Test("All members of a group go when their rule leaves scope, and later ones don't come")
  func members() async throws {
    let world = try World(rules: Self.rules("outbound"))
    for name in ["ann", "bob", "cay"] { world.source.put(try world.user(name)) }
    var group = try world.group("staff", members: ["ann", "bob"])
    group.attributes["title"] = ["Shown"]
    world.source.put(group)
    try await world.cycle()
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
    world.source.change("g-staff") { $0["title"] = [] }
    try await world.cycle()
    #expect(world.outcome["g-staff"]?["members"] ?? [] == [])
    world.source.change("g-staff") {
      $0.add([.reference("CN=cay,OU=Staff,DC=contoso,DC=test")], to: "member")
    }
    try await world.cycle()
    #expect(world.outcome["g-staff"]?["members"] ?? [] == [])
    #expect(try await world.cycle().isQuiet)
    world.source.change("g-staff") { $0["title"] = ["Shown"] }
    try await world.cycle()
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob", "g-cay"])
  }

  @Test("A rule that is gone wants no reference any more, and leaves what it wrote")
  func ruleGone() async throws {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("staff", members: ["ann"]))
    try await world.cycle()
    // What was to be sent when the rule went is not sent any more.
    world.target.state.withLock { $0.refuseValue = "staff" }
    world.source.change("g-staff") {
      $0.add([.reference("CN=bob,OU=Staff,DC=contoso,DC=test")], to: "member")
    }
    try await world.cycle()
    world.target.state.withLock { $0.refuseValue = nil }
    let flow = "[[rule.flow]]\ntarget = \"members\"\ndirect = \"member\""
    world.rulesText = World.rules.replacingOccurrences(of: flow, with: "")
    try await world.cycle()
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann"])
    #expect(try await world.cycle().isQuiet)
    #expect(try world.reader.connectors().allSatisfy { $0.pendingExports == 0 })
    world.rulesText = World.rules
    try await world.cycle()
    #expect(world.outcome["g-staff"]?["members"] == ["g-ann", "g-bob"])
  }
}
