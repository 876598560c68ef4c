import Directory
import Foundation
import Testing

@testable import SyncEngine
@testable import SyncStore

@Suite("A join finds what was there before the rules asked for it")
struct JoinIndexTests {
  /// The rules of ``World``, with `conditions` as the first join of a rule.
  private func rules(
    joining conditions: String, in rule: String
  ) throws -> String {
    let head = "[[rule]]\nname = \"\(rule)\""
    let parts = World.rules.components(separatedBy: head)
    try #require(parts.count == 2)
    let rest = parts[1].replacing(
      "[[rule.join]]", with: "[[rule.join]]\nconditions = [\(conditions)]\n[[rule.join]]",
      maxReplacements: 1)
    return parts[0] + head + rest
  }

  private func cloudUser(_ id: String, _ attributes: AttributeSet) throws -> DirectoryEntry {
    DirectoryEntry(
      anchor: Anchor(id), dn: try DistinguishedName("CN=\(id),O=cloud"), objectType: "user",
      attributes: attributes)
  }

  private func number(_ world: World, _ sql: String) throws -> Int64? {
    try SyncStore.open(file: world.storeFile).look { [try $0.integer(sql)] }[0]
  }

  @Test("An object of the target is joined by an attribute that a later rule joins by")
  func outbound() async throws {
    let world = try World()
    world.source.put(try world.user("bob"))
    world.target.put(try cloudUser("c1", ["userName": ["ann@cloud"], "title": ["T7"]]))
    try await world.cycle()
    world.rulesText = try rules(
      joining: #"{ source = "title", target = "title" }"#, in: "Out - User")
    world.source.put(try world.user("ann", ["title": ["T7"]]))
    try await world.cycle()
    #expect(world.target.operations.filter { $0.hasPrefix("add") } == ["add g-bob"])
    let joined = try #require(world.target.all.first { $0.anchor == Anchor("c1") })
    #expect(joined.attributes.text("externalId") == "g-ann")
  }

  @Test("Also when only a delta synchronization is run after the change")
  func byDelta() async throws {
    let world = try World()
    world.source.put(try world.user("bob"))
    world.target.put(try cloudUser("c1", ["userName": ["ann@cloud"], "title": ["T7"]]))
    try await world.cycle()
    world.rulesText = try rules(
      joining: #"{ source = "title", target = "title" }"#, in: "Out - User")
    world.source.put(try world.user("ann", ["title": ["T7"]]))
    let engine = try world.engine()
    _ = try await engine.runProfile(connector: "source", .deltaImport)
    _ = try await engine.runProfile(connector: "source", .deltaSynchronization)
    _ = try await engine.runProfile(connector: "target", .export)
    #expect(world.target.operations == ["add g-bob", "modify g-ann"])
  }

  @Test("A metaverse object is joined by an attribute that a later rule joins by")
  func inbound() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["T7"]]))
    try await world.cycle()
    world.rulesText = try rules(
      joining: #"{ source = "title", target = "title" }"#, in: "In - User")
    var successor = try world.user("ann2", ["title": ["T7"]])
    successor.attributes["employeeNumber"] = ["g-ann2"]
    world.source.put(successor)
    let engine = try world.engine()
    _ = try await engine.runProfile(connector: "source", .deltaImport)
    _ = try await engine.runProfile(connector: "source", .deltaSynchronization)
    // One of a connector is a person already: the join is found, and told as ambiguous.
    #expect(try number(world, "SELECT COUNT(*) FROM mv_object") == 1)
    #expect(
      try world.reader.openErrors(connector: nil, after: nil, limit: 5).map(\.type)
        == ["ambiguous-import-flow-from-multiple-connectors"])
  }

  @Test("The indexes hold what rules join by and nothing else, and are made once")
  func contents() async throws {
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["T7"]]))
    try await world.cycle()
    let byTitle = try rules(
      joining: #"{ source = "title", target = "title" }"#, in: "Out - User")
    func indexed(_ attribute: String) throws -> Int64? {
      try number(
        world,
        """
        SELECT COUNT(*) FROM cs_value WHERE attribute_id =
          (SELECT id FROM attribute WHERE name = '\(attribute)')
        """)
    }
    #expect(try indexed("title") == 0 && indexed("externalId") == 1)
    world.rulesText = byTitle
    try await world.cycle()
    #expect(try indexed("title") == 1 && indexed("externalId") == 1)
    world.rulesText = World.rules
    try await world.cycle()
    #expect(try indexed("title") == 0 && indexed("externalId") == 1)
  }

  @Test("Ended in its midst, indexing begins anew")
  func interrupted() async throws {
    struct Ended: Error {}
    let world = try World()
    world.source.put(try world.user("ann", ["title": ["T7"]]))
    try await world.cycle()
    world.rulesText = try rules(
      joining: #"{ source = "title", target = "title" }"#, in: "Out - User")
    let engine = try world.engine()
    let plan = try await engine.makePlan()
    let indexes = JoinIndexes(
      store: engine.store, facts: try engine.store.transaction { try PlanFacts(plan, $0) })
    #expect(throws: Ended.self) { try indexes.update { throw Ended() } }
    let target = plan.connectors[1].id
    func known() throws -> Set<String>? {
      try engine.store.look { [try $0.indexedAttributes(of: .connector(target))] }[0]
    }
    #expect(try known() == ["externalid"])
    try indexes.update {}
    #expect(try known() == ["externalid", "title"])
  }

  @Test("What the first import of a directory indexes is not indexed again")
  func firstImport() async throws {
    let world = try World()
    world.target.put(try cloudUser("c1", ["userName": ["ann@cloud"], "title": ["T7"]]))
    let engine = try world.engine()
    _ = try await engine.runProfile(connector: "target", .fullImport)
    let target = try await engine.makePlan().connectors[1].id
    let known = try engine.store.look { [try $0.indexedAttributes(of: .connector(target))] }[0]
    #expect(known == ["externalid"])
  }

  @Test("An import under other rules leaves nothing out that an index is said to hold")
  func importBetween() async throws {
    let byTitle = try rules(
      joining: #"{ source = "title", target = "title" }"#, in: "Out - User")
    let world = try World()
    world.rulesText = byTitle
    world.source.put(try world.user("bob"))
    try await world.cycle()
    world.rulesText = World.rules
    world.target.put(try cloudUser("c1", ["userName": ["ann@cloud"], "title": ["T7"]]))
    _ = try await world.engine().runProfile(connector: "target", .deltaImport)
    world.rulesText = byTitle
    world.source.put(try world.user("ann", ["title": ["T7"]]))
    try await world.cycle()
    #expect(world.target.operations.filter { $0.hasPrefix("add") } == ["add g-bob"])
  }
}
