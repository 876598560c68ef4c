import Directory
import Foundation
import SyncEngine
import SyncStore
import Testing

@Suite("Flows that are united")
struct MergedFlowTests {
  private static let titleFlow = """
    [[rule.flow]]
    target = "title"
    direct = "title"
    [[rule.flow]]
    target = "manager"
    direct = "manager"

    [[rule]]
    name = "Out - Group"
    """

  private func outbound(
    _ name: String, _ precedence: Int, type: String = "user", _ flows: String, scope: String = ""
  ) -> String {
    """

    [[rule]]
    name = "\(name)"
    direction = "outbound"
    connector = "target"
    source = "\(type == "user" ? "person" : type)"
    target = "\(type)"
    link = "join"
    precedence = \(precedence)
    \(scope)
    flow = [ \(flows) ]

    """
  }

  /// Rules of which several give a title each, united as `merge` says.
  private func titles(_ merge: String) throws -> World {
    let withoutTitle = World.rules.replacing(
      Self.titleFlow,
      with: """
        [[rule.flow]]
        target = "manager"
        direct = "manager"

        [[rule]]
        name = "Out - Group"
        """)
    let mail =
      #"{ attribute = "userPrincipalName", operator = "CONTAINS", value = "contoso" }"#
    let rest = #"IIF([title]="none",AuthoritativeNull,"Zed")"#
    func flow(_ source: String) -> String {
      "{ target = \"nickNames\", \(source), merge = \"\(merge)\" }"
    }
    let rules =
      withoutTitle
      + outbound("Out - Title", 220, flow(#"direct = "title""#))
      + outbound(
        "Out - Name", 221, flow(#"direct = "displayName""#),
        scope: "scope = [ { clauses = [ \(mail) ] } ]")
      + outbound("Out - Rest", 222, flow("expression = '\(rest)'"))
    return try World(
      rules: rules, targetAttributes: ["nickNames": .init(.string, isMultiValued: true)])
  }

  private func expectSettled(
    _ world: World, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = world.target.operations.count
    #expect(try await world.cycle().isQuiet, sourceLocation: sourceLocation)
    #expect(try await world.cycle(.initial).isQuiet, sourceLocation: sourceLocation)
    #expect(world.target.operations.count == before, sourceLocation: sourceLocation)
  }

  /// Lets a change that somebody made at the target be read, which sends nothing.
  private func expectKept(
    _ world: World, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let before = world.target.operations.count
    try await world.cycle()
    #expect(world.target.operations.count == before, sourceLocation: sourceLocation)
    try await expectSettled(world, sourceLocation: sourceLocation)
  }

  @Test("The target gets the values of all rules in scope, each once")
  func values() async throws {
    let world = try titles("Merge")
    world.source.put(try world.user("ann", ["title": ["Boss"], "displayName": ["boss"]]))
    world.source.put(try world.user("bob", ["displayName": ["Zed"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Boss", "Zed", "boss"])
    #expect(world.outcome["g-bob"]?["nicknames"] == ["Zed"])
    try await expectSettled(world)
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Chief", "Zed", "boss"])
    // What one rule gave goes with it; what the others give stays.
    world.source.change("g-ann") { $0["title"] = [] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Zed", "boss"])
    world.source.change("g-ann") { $0["upn"] = ["ann@fabrikam.test"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Zed"])
    try await expectSettled(world)
  }

  @Test("Where letter case does not count, the strongest rule's spelling stays")
  func caseInsensitive() async throws {
    let world = try titles("MergeCaseInsensitive")
    world.source.put(try world.user("ann", ["title": ["BOSS"], "displayName": ["boss"]]))
    world.source.put(try world.user("bob", ["title": ["ZED"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["BOSS", "Zed"])
    #expect(world.outcome["g-bob"]?["nicknames"] == ["ZED", "bob"])
    try await expectSettled(world)
  }

  @Test("A rule that says that there is no value ends the union below itself")
  func authoritativeNull() async throws {
    let world = try titles("Merge")
    world.source.put(try world.user("ann", ["title": ["none"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["ann", "none"])
  }

  @Test("What the target has of its own stays, and what the rules give no more goes")
  func ownValues() async throws {
    let world = try titles("Merge")
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    let id = try #require(world.target.all.first?.anchor.text)
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Boss", "Zed", "ann"])
    world.target.change(id) { $0["nickNames"].append("Own") }
    try await expectKept(world)
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Boss", "Own", "Zed", "ann"])
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9) == [])
    let run = try await world.engine().verify("target", .stored)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.runID == run)
    let drift = try world.reader.counters(step: step.id).filter { $0.group == .drift }
    #expect(!drift.isEmpty && !drift.contains { $0.hasDetail && $0.count > 0 })
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Chief", "Own", "Zed", "ann"])
    try await expectSettled(world)
    // Somebody took away what the rules give.
    world.target.change(id) { $0["nickNames"] = ["Own"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Chief", "Own", "Zed", "ann"])
    // No rule gives any more.
    world.source.change("g-ann") { $0["title"] = ["none"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Own", "ann", "none"])
    world.source.change("g-ann") { attributes in
      attributes["title"] = []
      attributes["upn"] = ["ann@fabrikam.test"]
    }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Own", "Zed"])
    try await expectSettled(world)
  }

  @Test("What rules took back stays once somebody else gives it")
  func givenAgain() async throws {
    let world = try titles("Merge")
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    try await world.cycle()
    let id = try #require(world.target.all.first?.anchor.text)
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Chief", "Zed", "ann"])
    world.target.change(id) { $0["nickNames"].append("Boss") }
    try await expectKept(world)
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Boss", "Chief", "Zed", "ann"])
  }

  @Test("Who was to be deleted and is wanted again keeps what the target had of its own")
  func wantedAgain() async throws {
    let world = try titles("Merge")
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 0)])
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    try await world.cycle()
    let ann = try #require(world.target.all.first { $0.attributes.text("externalId") == "g-ann" })
    world.target.change(ann.anchor.text) { $0["nickNames"].append("Own") }
    world.source.change("g-ann") { $0["hidden"] = ["1"] }
    try await world.cycle()
    #expect(try world.reader.connectors().map(\.heldDeletes).max() == 1)
    world.source.change("g-ann") { $0["hidden"] = [] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Own", "Zed", "ann"])
    try await expectSettled(world)
  }

  @Test("What an object has that rules take over stays beside what they give")
  func takenOver() async throws {
    let world = try titles("MergeCaseInsensitive")
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("t-ann"), dn: try world.dn("ann", ou: "Cloud"), objectType: "user",
        attributes: ["externalId": ["g-ann"], "nickNames": ["Own", "boss"]]))
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    for _ in 0..<2 { try await world.cycle() }
    // The one that is there already stays as it is written there.
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Own", "Zed", "ann", "boss"])
    try await expectSettled(world)
    world.source.change("g-ann") { $0["title"] = ["Chief"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["nicknames"] == ["Chief", "Own", "Zed", "ann", "boss"])
    try await expectSettled(world)
  }

  @Test("Several values that are united for an attribute that takes one are an error that says so")
  func single() async throws {
    let world = try World(
      rules: World.rules.replacing(
        Self.titleFlow,
        with: Self.titleFlow.replacing(
          "direct = \"title\"", with: "direct = \"title\"\nmerge = \"Merge\""))
        + outbound(
          "Out - Also", 220, #"{ target = "title", direct = "displayName", merge = "Merge" }"#))
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 9)
    #expect(errors.map(\.type) == ["ambiguous-export-flow-to-single-valued-attribute"])
    #expect(errors.map(\.value) == ["Boss; ann"])
    #expect(world.outcome["g-bob"]?["title"] == ["bob"])
  }

  /// Groups whose members come from two attributes.
  private func groups(inbound: Bool, merge: String) throws -> World {
    var rules = World.rules
    if inbound {
      // Both flow to one attribute of the metaverse.
      rules = rules.replacing(
        "direct = \"member\"\n\n[[rule]]\nname = \"In from target - User\"",
        with: "direct = \"member\"\n\(merge)\n\n[[rule]]\nname = \"In from target - User\"")
      rules += """

        [[rule]]
        name = "In - Owners"
        direction = "inbound"
        connector = "source"
        source = "group"
        target = "group"
        link = "join"
        precedence = 111
        [[rule.flow]]
        target = "member"
        direct = "owner"
        \(merge)
        """
    } else {
      rules = rules.replacing(
        "target = \"members\"\ndirect = \"member\"",
        with: "target = \"members\"\ndirect = \"member\"\n\(merge)")
      rules += """

        [[rule]]
        name = "In - Owners"
        direction = "inbound"
        connector = "source"
        source = "group"
        target = "group"
        link = "join"
        precedence = 111
        [[rule.flow]]
        target = "owner"
        direct = "owner"

        [[rule]]
        name = "Out - Owners"
        direction = "outbound"
        connector = "target"
        source = "group"
        target = "group"
        link = "join"
        precedence = 230
        [[rule.flow]]
        target = "members"
        direct = "owner"
        \(merge)
        """
    }
    return try World(
      rules: rules, sourceAttributes: ["owner": .init(.reference, isMultiValued: true)])
  }

  private func team(
    _ world: World, members: [String], owners: [String]
  ) throws -> DirectoryEntry {
    var entry = try world.group("team", members: members)
    entry.attributes["owner"] = try owners.map {
      .reference(try world.dn($0, ou: "Staff").text)
    }
    return entry
  }

  @Test(
    "References, too: one that two flows give stays until both take it back",
    arguments: [true, false])
  func references(inbound: Bool) async throws {
    let world = try groups(inbound: inbound, merge: "merge = \"Merge\"")
    for name in ["ann", "bob", "cay", "dan"] { world.source.put(try world.user(name)) }
    world.source.put(try team(world, members: ["ann", "bob"], owners: ["bob", "cay"]))
    try await world.cycle()
    func members() -> [String] { world.outcome["g-team"]?["members"] ?? [] }
    #expect(members() == ["g-ann", "g-bob", "g-cay"])
    try await expectSettled(world)
    if inbound {
      let row = try #require(try world.reader.find("team").first)
      let detail = try #require(try world.reader.object(id: row.id, valueLimit: 9))
      let shown = try #require(detail.metaverse.first { $0.name == "member" })
      #expect(shown.values.map(\.text).sorted() == ["ann", "bob", "cay"] && shown.valueCount == 3)
      #expect(shown.contributors.count == 2 && shown.contributors.allSatisfy(\.reason.isEmpty))
    }
    let steps: [(members: [String], owners: [String], expected: [String])] = [
      (["ann"], ["bob", "cay"], ["g-ann", "g-bob", "g-cay"]),
      (["ann"], ["cay", "dan"], ["g-ann", "g-cay", "g-dan"]),
      ([], ["cay", "dan"], ["g-cay", "g-dan"]),
      (["cay"], ["dan"], ["g-cay", "g-dan"]),
      (["cay"], [], ["g-cay"]),
      ([], [], []),
      (["bob"], ["bob"], ["g-bob"]),
    ]
    for step in steps {
      world.source.put(try team(world, members: step.members, owners: step.owners))
      try await world.cycle()
      #expect(members() == step.expected)
      try await expectSettled(world)
    }
    world.source.remove("g-bob")
    try await world.cycle()
    #expect(members() == [])
  }

  @Test("Without it the stronger rule's references count, as long as it has any")
  func notUnited() async throws {
    let world = try groups(inbound: true, merge: "")
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    world.source.put(try team(world, members: ["ann"], owners: ["bob"]))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann"])
    world.source.put(try team(world, members: [], owners: ["bob"]))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-bob"])
  }
}
