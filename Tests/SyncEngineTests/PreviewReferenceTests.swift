import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("A preview shows what becomes of references, too, and what is tried again")
struct PreviewReferenceTests {
  /// Imports both sides and answers with the number of an object of the source.
  private func staged(_ world: World, _ name: String) async throws -> Int64 {
    _ = try await world.engine().runProfile(connector: "source", .deltaImport)
    _ = try await world.engine().runProfile(connector: "target", .deltaImport)
    return try number(world, name)
  }

  private func number(_ world: World, _ name: String) throws -> Int64 {
    try #require(try world.reader.find(name).first { $0.connector == "source" }).id
  }

  /// A world in which ann and bob are synchronized, and admins with `members` of them.
  private func world(members: [String]) async throws -> World {
    let world = try World()
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    world.source.put(try world.group("admins", members: members))
    try await world.cycle()
    try await world.cycle()
    return world
  }

  private func pending(_ world: World) throws -> [Int] {
    try world.reader.connectors().map(\.pendingExports)
  }

  @Test("A group that got a member and lost one: the memberships that the target would be sent")
  func membership() async throws {
    let world = try await world(members: ["ann"])
    world.source.put(try world.group("admins", members: ["bob"]))
    let id = try await staged(world, "admins")
    for isFull in [false, true] {
      let report = try await world.engine().preview(object: id, isFull: isFull)
      let export = try #require(report.exportsAfter.first { $0.connector == "target" })
      #expect(export.operation == "update", "\(report)")
      let members = try #require(export.changes.first { $0.attribute == "members" })
      #expect(members.before.count == 1 && members.after.count == 1)
      #expect(members.before != members.after)
      #expect(report.operations.contains { $0.changes.contains { $0.attribute == "members" } })
    }
    #expect(try pending(world) == [0, 0])
    // What was only looked at goes with the next synchronization.
    try await world.cycle()
    #expect(world.outcome["g-admins"]?["members"] == ["g-bob"])
  }

  @Test("References that stay as they are flow, too: named, or counted where several give some")
  func unchanged() async throws {
    let world = try await world(members: ["ann", "bob"])
    let id = try number(world, "admins")
    let report = try await world.engine().preview(object: id, isFull: true)
    let flow = try #require(report.flows.first { $0.attribute == "member" })
    #expect(flow.values.sorted() == ["ann", "bob"] && flow.loses.isEmpty)
    #expect(flow.rule == "In - Group" && flow.source == "member" && flow.connector == "source")
    #expect(!report.operations.contains { $0.changes.contains { $0.attribute == "member" } })
    world.source.change("g-ann") {
      $0["manager"] = [.reference("CN=bob,OU=Staff,DC=contoso,DC=test")]
    }
    try await world.cycle()
    let ann = try await world.engine().preview(object: try number(world, "ann"), isFull: true)
    #expect(ann.flows.filter { $0.attribute == "manager" }.map(\.values) == [["bob"]])
  }

  @Test("A committed membership goes out with the next export, and is counted as a step counts it")
  func commit() async throws {
    let world = try await world(members: ["ann"])
    world.source.put(try world.group("admins", members: ["ann", "bob"]))
    let id = try await staged(world, "admins")
    let report = try await world.engine().commitPreview(object: id, isFull: false)
    #expect(report.isCommitted && report.failures.isEmpty)
    #expect(try pending(world) == [0, 1])
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(world.outcome["g-admins"]?["members"] == ["g-ann", "g-bob"])
    // Nothing of it is left for the synchronization.
    let before = world.outcome
    try await world.cycle()
    #expect(world.outcome == before)
    #expect(try pending(world) == [0, 0])
  }

  @Test("A new person: whom he has as manager, and the groups that hold him already")
  func newPerson() async throws {
    let world = try await world(members: ["ann", "carl"])
    world.source.put(
      try world.user("carl", ["manager": [.reference(try world.dn("ann", ou: "Staff").text)]]))
    let id = try await staged(world, "carl")
    let report = try await world.engine().preview(object: id, isFull: false)
    let export = try #require(report.exportsAfter.first { $0.connector == "target" })
    #expect(export.operation == "add")
    #expect(export.changes.contains { $0.attribute == "manager" && $0.after.count == 1 })
    #expect(
      report.operations.contains { operation in
        operation.dn != export.dn && operation.changes.contains { $0.attribute == "members" }
      }, "\(report.operations)")
    _ = try await world.engine().commitPreview(object: id, isFull: false)
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(world.outcome["g-carl"]?["manager"] == ["g-ann"])
    #expect(world.outcome["g-admins"]?["members"] == ["g-ann", "g-carl"])
  }

  @Test("One who leaves is taken out of his groups, as a step does it")
  func leaves() async throws {
    let world = try await world(members: ["ann", "bob"])
    world.source.change("g-bob") { $0["hidden"] = ["yes"] }
    let id = try await staged(world, "bob")
    let report = try await world.engine().commitPreview(object: id, isFull: false)
    #expect(report.exportsAfter.map(\.operation) == ["delete"])
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(world.outcome.keys.sorted() == ["g-admins", "g-ann"])
    #expect(world.outcome["g-admins"]?["members"] == ["g-ann"])
    let before = world.outcome
    try await world.cycle()
    #expect(world.outcome == before)
  }

  @Test("References of others, and between others, are none of its business")
  func others() async throws {
    let world = try await world(members: ["ann"])
    world.source.put(try world.group("admins", members: ["ann", "bob"]))
    world.source.put(try world.group("users", members: ["bob"]))
    let id = try await staged(world, "users")
    let report = try await world.engine().commitPreview(object: id, isFull: false)
    #expect(report.operations.allSatisfy { !$0.dn.contains("admins") }, "\(report.operations)")
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(world.outcome["g-users"]?["members"] == ["g-bob"])
    #expect(world.outcome["g-admins"]?["members"] == ["g-ann"])
    try await world.cycle()
    #expect(world.outcome["g-admins"]?["members"] == ["g-ann", "g-bob"])
  }

  /// Rules by which a boss is another kind of object in the metaverse, and the same in the target.
  private static let bosses = scopes + "\n" + bossRules

  private static let scopes = World.rules.replacing(
    #"clauses = [{ attribute = "hidden", operator = "ISNULL" }]"#,
    with: #"clauses = [{ attribute = "title", operator = "NOTEQUAL", value = "Boss" }]"#)

  private static let bossRules = #"""
    [[rule]]
    name = "In - Boss"
    direction = "inbound"
    connector = "source"
    source = "user"
    target = "boss"
    link = "provision"
    precedence = 101
    [[rule.scope]]
    clauses = [{ attribute = "title", operator = "EQUAL", value = "Boss" }]
    [[rule.join]]
    conditions = [{ source = "employeeNumber", target = "sourceAnchor" }]
    [[rule.flow]]
    target = "sourceAnchor"
    direct = "employeeNumber"
    [[rule.flow]]
    target = "title"
    direct = "title"

    [[rule]]
    name = "Out - Boss"
    direction = "outbound"
    connector = "target"
    source = "boss"
    target = "user"
    link = "provision"
    precedence = 201
    [[rule.join]]
    conditions = [{ source = "sourceAnchor", target = "externalId" }]
    [[rule.flow]]
    target = "externalId"
    direct = "sourceAnchor"
    [[rule.flow]]
    target = "title"
    direct = "title"
    """#

  @Test("Who becomes another kind of object is let go and taken up again, and nobody is deleted")
  func changesKind() async throws {
    let world = try World(rules: Self.bosses)
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    try await world.cycle()
    try await world.cycle()
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    let id = try await staged(world, "ann")
    let report = try await world.engine().preview(object: id, isFull: false)
    #expect(!report.exportsAfter.contains { $0.operation == "delete" }, "\(report.exportsAfter)")
    #expect(
      report.exportsAfter.contains { export in
        export.changes.contains { $0.attribute == "title" && $0.after == ["Boss"] }
      })
    _ = try await world.engine().commitPreview(object: id, isFull: false)
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
  }

  @Test("Who is nobody's, with nothing staged, is passed over by a delta, whatever rules say now")
  func disconnector() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["hidden": ["yes"]]))
    try await world.cycle()
    let id = try number(world, "ann")
    world.rulesText = world.rulesText.replacing(
      #"clauses = [{ attribute = "hidden", operator = "ISNULL" }]"#,
      with: #"clauses = [{ attribute = "hidden", operator = "ISNOTNULL" }]"#)
    let delta = try await world.engine().preview(object: id, isFull: false)
    #expect(delta.operations.isEmpty && delta.note.contains("passes it over"))
    let full = try await world.engine().preview(object: id, isFull: true)
    #expect(full.operations.map(\.what).contains("Projections"))
  }

  @Test("Who agreed to a preview agreed to that: if it would do anything else, nothing is stored")
  func agreed() async throws {
    let world = try await world(members: ["ann", "bob"])
    world.source.change("g-bob") { $0["title"] = ["Chief"] }
    let id = try await staged(world, "bob")
    let seen = try await world.engine().preview(object: id, isFull: true)
    #expect(seen.exportsAfter.map(\.operation) == ["update"])
    // Meanwhile he leaves.
    world.source.change("g-bob") { $0["hidden"] = ["yes"] }
    _ = try await staged(world, "bob")
    let asked = try world.reader.file(.preview(PreviewOrder(storing: seen)), requestedBy: "ann")
    try await world.obeyAll()
    let refused = try #require(try world.reader.command(id: asked))
    #expect(refused.state == .refused && refused.outcome.contains("something else by now"))
    #expect(try pending(world) == [0, 0])
    let now = try await world.engine().preview(object: id, isFull: true)
    #expect(now.digest != seen.digest)
    // A second look at the same says the same.
    #expect(try await world.engine().preview(object: id, isFull: true).digest == now.digest)
    let again = try world.reader.file(.preview(PreviewOrder(storing: now)), requestedBy: "ann")
    try await world.obeyAll()
    #expect(try world.reader.command(id: again)?.state == .finished)
    #expect(try pending(world) == [0, 1])
  }
}
