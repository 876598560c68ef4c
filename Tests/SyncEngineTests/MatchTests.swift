import Directory
import Foundation
import SyncStore
import Testing

@Suite("Hard and soft matches with what the target has")
struct MatchTests {
  private static let rules =
    World.rules.replacing(
      #"conditions = [{ source = "sourceAnchor", target = "externalId" }]"#,
      with: #"""
        match = "hard"
        conditions = [{ source = "sourceAnchor", target = "externalId" }]
        [[rule.join]]
        match = "soft"
        conditions = [{ source = "userPrincipalName", target = "userName" }]
        """#)

  private func world(anchor: String?, options: String = "") async throws -> World {
    let world = try World(rules: Self.rules + "\n" + options)
    var old: AttributeSet = ["userName": ["ANN@contoso.test"], "displayName": ["Old Ann"]]
    if let anchor { old["externalId"] = [.string(anchor)] }
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("old-1"), dn: try DistinguishedName("CN={1}"), objectType: "user",
        attributes: old))
    world.source.put(try world.user("ann"))
    try await world.cycle()
    return world
  }

  private func openErrors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 100)
  }

  @Test("An object without an anchor is taken over by its address")
  func soft() async throws {
    let world = try await world(anchor: nil)
    #expect(world.target.all.map(\.anchor.text) == ["old-1"])
    #expect(world.outcome["g-ann"]?["displayname"] == ["ann"])
    #expect(try openErrors(world).isEmpty)
  }

  @Test("One that belongs to another object is named, and left alone until that is corrected")
  func invalid() async throws {
    let world = try await world(anchor: "g-other")
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "InvalidSoftMatch")
    #expect(error.message.contains("Old Ann") && error.message.contains("g-other"))
    #expect(error.value == "ann@contoso.test" && error.otherDN == "CN={1}")
    #expect(error.rule == "Out - User" && error.dn.hasPrefix("CN=ann,"))
    #expect(world.target.all.count == 1)
    #expect(world.outcome["g-other"]?["displayname"] == ["Old Ann"])
    world.target.change("old-1") { $0["externalId"] = [] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["displayname"] == ["ann"])
    #expect(try openErrors(world).isEmpty)
  }

  @Test("Who takes the address of one who leaves in the same cycle comes with it")
  func leavesAtOnce() async throws {
    let world = try World(rules: Self.rules)
    world.source.put(try world.user("ann"))
    for _ in 0..<2 { try await world.cycle() }
    // A new account of the same name, which is read after the old one is gone.
    world.source.remove("g-ann")
    var again = try world.user("ann")
    again.anchor = Anchor("h-ann")
    again.attributes["employeeNumber"] = ["h-ann"]
    world.source.put(again)
    try await world.cycle()
    #expect(try openErrors(world).isEmpty)
    #expect(world.target.operations.suffix(2).map { $0.prefix(3) } == ["del", "add"])
    #expect(world.outcome.keys.sorted() == ["h-ann"])
    #expect(world.outcome["h-ann"]?["username"] == ["ann@contoso.test"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("The anchor goes before the address")
  func hard() async throws {
    let world = try await world(anchor: "g-ann")
    #expect(world.target.all.map(\.anchor.text) == ["old-1"])
    #expect(world.outcome["g-ann"]?["username"] == ["ann@contoso.test"])
  }

  @Test("Where hard matches are blocked, what has the anchor already is refused")
  func blockedHard() async throws {
    // The inbound join would find it, too.
    let options = "[[matching]]\nconnector = \"target\"\nblock_hard_match = true"
    let world = try World(
      rules: Self.rules.replacing("case_sensitive = true", with: "case_sensitive = false")
        .replacing(
          #"source = "externalId", target = "sourceAnchor""#,
          with: #"source = "none", target = "sourceAnchor""#) + "\n" + options)
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("old-1"), dn: try DistinguishedName("CN={1}"), objectType: "user",
        attributes: ["externalId": ["g-ann"], "userName": ["x"], "displayName": ["Old Ann"]]))
    world.source.put(try world.user("ann"))
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "InvalidHardMatch" && error.rule == "Out - User")
    #expect(error.attribute == "sourceAnchor" && error.value == "g-ann")
    #expect(error.otherDisplay == "Old Ann")
    #expect(world.outcome["g-ann"]?["displayname"] == ["Old Ann"])
  }

  @Test("Nor is what an inbound rule joined taken over once outbound rules have it in scope")
  func blockedAfterJoin() async throws {
    let world = try World(
      rules: Self.rules.replacing(
        """
        [[rule.join]]
        match = "hard"
        """,
        with: """
          [[rule.scope]]
          clauses = [{ attribute = "title", operator = "EQUAL", value = "Boss" }]
          [[rule.join]]
          match = "hard"
          """) + "\n[[matching]]\nconnector = \"target\"\nblock_hard_match = true")
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("old-1"), dn: try DistinguishedName("CN={1}"), objectType: "user",
        attributes: ["externalId": ["g-ann"], "userName": ["x"], "displayName": ["Old Ann"]]))
    world.source.put(try world.user("ann"))
    try await world.cycle()
    #expect(try openErrors(world).isEmpty)
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "InvalidHardMatch" && error.dn.hasPrefix("CN=ann,"))
    #expect(error.otherDisplay == "Old Ann" && error.rule == "Out - User")
    #expect(world.outcome["g-ann"]?["displayname"] == ["Old Ann"])
  }

  @Test("Where soft matches are blocked, nothing is taken over by its address")
  func blockedSoft() async throws {
    let options = "[[matching]]\nconnector = \"target\"\nblock_soft_match = true"
    let world = try await world(anchor: nil, options: options)
    #expect(world.target.all.contains { $0.attributes.text("displayName") == "Old Ann" })
  }

  @Test("Join conditions of two rules that mean different partners are an error that names both")
  func conflict() async throws {
    let inbound = World.rules.components(separatedBy: "[[rule]]\nname = \"Out - User\"")[0]
    let world = try World(
      rules: inbound + """

        [[rule]]
        name = "By name"
        direction = "inbound"
        connector = "target"
        source = "user"
        target = "person"
        link = "join"
        precedence = 7
        [[rule.join]]
        conditions = [{ source = "userName", target = "userPrincipalName" }]
        """)
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("odd"), dn: try DistinguishedName("CN={9}"), objectType: "user",
        attributes: ["externalId": ["g-ann"], "userName": ["bob@contoso.test"]]))
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "sync-rule-inbound-flow-rules-invalid")
    #expect(error.message.contains("By name") && error.message.contains("In from target - User"))
    #expect(error.message.contains("ann (CN=ann,") && error.message.contains("bob (CN=bob,"))
    #expect(error.message.contains("userName = bob@contoso.test"))
    #expect(error.message.contains("externalId = g-ann"))
    #expect(["By name", "In from target - User"].contains(error.rule))
    #expect(error.otherDN.hasPrefix(error.rule == "By name" ? "CN=bob," : "CN=ann,"))
    world.target.change("odd") { $0["userName"] = ["ann@contoso.test"] }
    try await world.cycle()
    #expect(try openErrors(world).isEmpty)
  }
}
