import Directory
import Foundation
import SyncStore
import Testing

@testable import SyncEngine

@Suite("Provision rules that let go while Join rules still flow")
struct ProvisionScopeTests {
  /// The Provision rule leaves out whom `cloudFiltered` marks, as those of Entra Connect do; a Join
  /// rule, that does not ask for it, writes another attribute.
  private static let rules =
    World.rules.replacingOccurrences(
      of: "precedence = 200\n",
      with: """
        precedence = 200
        [[rule.scope]]
        clauses = [{ attribute = "cloudFiltered", operator = "NOTEQUAL", value = "yes" }]

        """) + """


      [[rule]]
      name = "In - Filter"
      direction = "inbound"
      connector = "source"
      source = "user"
      target = "person"
      link = "join"
      precedence = 50
      [[rule.join]]
      conditions = [{ source = "employeeNumber", target = "sourceAnchor" }]
      [[rule.flow]]
      target = "cloudFiltered"
      direct = "filtered"

      [[rule]]
      name = "Out - Details"
      direction = "outbound"
      connector = "target"
      source = "person"
      target = "user"
      link = "join"
      precedence = 205
      [[rule.join]]
      conditions = [{ source = "sourceAnchor", target = "externalId" }]
      [[rule.flow]]
      target = "department"
      direct = "title"
      """

  private func world() async throws -> World {
    try World(rules: Self.rules, targetAttributes: ["department": .init(.string)])
  }

  /// A world in which "ann" and "bob" have arrived; with `isThere`, the target had them before.
  private func provisioned(isThere: Bool = false) async throws -> World {
    let world = try await world()
    for name in ["ann", "bob"] {
      world.source.put(try world.user(name, ["title": ["Boss"]]))
      if isThere { try putInTarget(name, world) }
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-bob"]?["department"] == ["Boss"])
    #expect(world.outcome["g-bob"]?["username"] == ["bob@contoso.test"])
    return world
  }

  private func putInTarget(_ name: String, _ world: World) throws {
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("t-" + name), dn: try DistinguishedName("CN=\(name),O=target"),
        objectType: "user", attributes: ["externalId": [.string("g-" + name)]]))
  }

  private func change(_ name: String, _ world: World, filtered: String?, title: String? = nil) {
    world.source.change("g-" + name) { attributes in
      attributes["filtered"] = filtered.map { [.string($0)] } ?? []
      if let title { attributes["title"] = [.string(title)] }
    }
  }

  private func synchronize(_ world: World) async throws {
    _ = try await world.engine().runProfile(connector: "source", .deltaImport)
    _ = try await world.engine().runProfile(connector: "source", .deltaSynchronization)
  }

  @Test(
    "Who is filtered goes, whether rules made or took over the account", arguments: [false, true])
  func filtered(isThere: Bool) async throws {
    let world = try await provisioned(isThere: isThere)
    change("bob", world, filtered: "yes")
    try await world.cycle()
    #expect(world.outcome.keys.sorted() == ["g-ann"])
    for policy in [CyclePolicy.delta, .initial, .delta] {
      try await world.cycle(policy)
      #expect(world.outcome.keys.sorted() == ["g-ann"])
    }
    #expect(try await world.cycle().isQuiet)
  }

  @Test("Who is filtered no more comes again, with all that the rules give")
  func comesBack() async throws {
    let world = try await provisioned()
    let before = world.outcome
    change("bob", world, filtered: "yes")
    for _ in 0..<2 { try await world.cycle() }
    change("bob", world, filtered: nil)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome == before)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A delete that was not sent yet is not taken back by Join rules")
  func staysDeleted() async throws {
    let world = try await provisioned()
    change("bob", world, filtered: "yes")
    try await synchronize(world)
    change("bob", world, filtered: "yes", title: "Chief")
    try await synchronize(world)
    _ = try await world.engine().runProfile(connector: "source", .fullSynchronization)
    _ = try await world.engine().runProfile(connector: "target", .fullSynchronization)
    _ = try await world.engine().runProfile(connector: "target", .export)
    #expect(world.outcome.keys.sorted() == ["g-ann"])
  }

  @Test("A delete that was not sent yet is withdrawn once the filter lets him through")
  func isWithdrawn() async throws {
    let world = try await provisioned()
    let before = world.outcome
    change("bob", world, filtered: "yes")
    try await synchronize(world)
    change("bob", world, filtered: nil)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome == before)
    #expect(world.target.all.count == 2)
  }

  @Test("An account that only Join rules ever wrote to stays")
  func onlyJoined() async throws {
    let world = try await world()
    world.source.put(try world.user("cid", ["title": ["Boss"], "filtered": ["yes"]]))
    try putInTarget("cid", world)
    for policy in [CyclePolicy.initial, .delta, .initial, .delta] { try await world.cycle(policy) }
    #expect(world.outcome["g-cid"]?["department"] == ["Boss"])
    #expect(world.outcome["g-cid"]?["username"] == nil)
    change("cid", world, filtered: "yes", title: "Chief")
    try await world.cycle()
    #expect(world.outcome["g-cid"]?["department"] == ["Chief"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("It stays, too, when the rule that never had it in scope writes its attributes now")
  func onlyJoinedUnderOtherRules() async throws {
    let world = try await world()
    world.source.put(try world.user("cid", ["title": ["Boss"], "filtered": ["yes"]]))
    try putInTarget("cid", world)
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    let flow = "target = \"department\"\ndirect = \"title\""
    let name = "target = \"userName\"\ndirect = \"userPrincipalName\""
    #expect(world.rulesText.contains(flow) && world.rulesText.contains(name))
    world.rulesText =
      world.rulesText
      .replacingOccurrences(of: flow, with: "target = \"title\"\ndirect = \"title\"")
      .replacingOccurrences(of: name, with: name + "\n[[rule.flow]]\n" + flow)
    _ = try world.engine()
    let effects = try world.reader.dueSteps().flatMap(\.effects)
    #expect(!effects.contains { $0.kind == .goes }, "\(effects)")
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    #expect(world.outcome["g-cid"]?["title"] == ["Boss"])
    #expect(world.target.all.count == 1)
  }

  @Test("What a change of the Provision rule's scope takes away is told before it is done")
  func isAssessed() async throws {
    let world = try await provisioned()
    world.rulesText = world.rulesText.replacingOccurrences(
      of: "operator = \"NOTEQUAL\", value = \"yes\"", with: "operator = \"EQUAL\", value = \"no\"")
    _ = try world.engine()
    let going = try world.reader.dueSteps().flatMap(\.effects).filter { $0.kind == .goes }
    #expect(going.map(\.count) == [2], "\(going)")
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    #expect(world.outcome.isEmpty)
  }

  @Test("A rule that makes no more keeps what it has made")
  func noMoreMaking() async throws {
    let world = try await provisioned()
    let text = "target = \"user\"\nlink = \"provision\""
    #expect(world.rulesText.contains(text))
    world.rulesText = world.rulesText.replacingOccurrences(
      of: text, with: text.replacingOccurrences(of: "provision", with: "join"))
    world.source.put(try world.user("dan", ["title": ["Boss"]]))
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
  }

  @Test("A Provision rule that is switched off keeps nothing that it has made")
  func switchedOff() async throws {
    let world = try await provisioned()
    world.rulesText = world.rulesText.replacingOccurrences(
      of: "target = \"user\"\nlink = \"provision\"",
      with: "target = \"user\"\ndisabled = true\nlink = \"provision\"")
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    #expect(world.outcome.isEmpty)
  }

  @Test(
    "Whose delete was taken back is what he was before: made by a rule, or taken over",
    arguments: [false, true], [false, true])
  func isWithdrawnAsMade(isThere: Bool, isSynchronizedBetween: Bool) async throws {
    let world = try await provisioned(isThere: isThere)
    change("bob", world, filtered: "yes")
    try await synchronize(world)
    if isSynchronizedBetween {
      _ = try await world.engine().runProfile(connector: "target", .fullSynchronization)
      _ = try await world.engine().runProfile(connector: "source", .fullSynchronization)
    }
    change("bob", world, filtered: nil)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
    // Who was made goes with the rule that made him, and only he.
    world.rulesText = world.rulesText.replacingOccurrences(
      of: "target = \"user\"\nlink = \"provision\"",
      with: "target = \"user\"\ndisabled = true\nlink = \"provision\"")
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    #expect(world.outcome.keys.sorted() == (isThere ? ["g-ann", "g-bob"] : []))
    #expect(try await world.cycle().isQuiet)
  }

  @Test("Whose delete was taken back stays with a rule that makes no more")
  func isWithdrawnAndKept() async throws {
    let world = try await provisioned()
    change("bob", world, filtered: "yes")
    try await synchronize(world)
    change("bob", world, filtered: nil)
    for _ in 0..<2 { try await world.cycle() }
    let text = "target = \"user\"\nlink = \"provision\""
    world.rulesText = world.rulesText.replacingOccurrences(
      of: text, with: text.replacingOccurrences(of: "provision", with: "join"))
    for policy in [CyclePolicy.initial, .delta] { try await world.cycle(policy) }
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
  }

  @Test("History tells which rule let go, and the delete's cause is that clause")
  func isTold() async throws {
    let world = try await provisioned()
    world.limits["target"] = GuardLimits(exporting: [.deletes: GuardLimit(count: 0)])
    change("bob", world, filtered: "yes")
    try await world.cycle()
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
    let held = try world.reader.heldGroups()
    #expect(held.first?.cause.contains("left scope of Out - User") == true, "\(held)")
  }
}

@Suite("Outbound rules to a source")
struct SourceExportTests {
  private static let rules =
    World.rules + """


      [[rule]]
      name = "Out to source"
      direction = "outbound"
      connector = "source"
      source = "person"
      target = "user"
      link = "join"
      precedence = 300
      [[rule.join]]
      conditions = [{ source = "sourceAnchor", target = "employeeNumber" }]
      [[rule.flow]]
      target = "title"
      constant = "written"
      """

  @Test("Nothing is staged for a source")
  func nothingStaged() async throws {
    let world = try World(rules: Self.rules)
    world.source.put(try world.user("ann"))
    for policy in [CyclePolicy.initial, .delta, .initial] { try await world.cycle(policy) }
    let row = try #require(try world.reader.connectors().first { $0.name == "source" })
    #expect(row.pendingExports == 0)
    #expect(world.outcome["g-ann"] != nil)
  }

  @Test("An export to a source sends nothing, and says why")
  func exportRefused() async throws {
    let world = try World(rules: Self.rules)
    world.source.put(try world.user("ann"))
    try await world.cycle()
    _ = try await world.engine().runProfile(connector: "source", .export)
    let step = try world.reader.operations(OperationFilter(), before: nil, limit: 1).first
    #expect(step?.result == "stopped-export-disabled")
    #expect(world.source.all.allSatisfy { $0.attributes["title"].isEmpty })
  }

  @Test("What an earlier version had staged for a source is forgotten")
  func staleForgotten() async throws {
    let world = try World(rules: Self.rules)
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    let store = try SyncStore.open(file: world.storeFile)
    try store.transaction { tx in
      let source = try #require(try tx.connectorID("source"))
      let desired = try tx.encode(
        DesiredImage(attributes: [Attribute("title", ["written"])], references: []))
      for id in 1...Int64(2) {
        #expect(try tx.object(id)?.connector == source)
        try tx.setDesired(desired, of: id)
      }
    }
    let before = try world.reader.connectors().first { $0.name == "source" }
    #expect(before?.pendingExports == 2)
    _ = try world.engine(store: store)
    let row = try world.reader.connectors().first { $0.name == "source" }
    #expect(row?.pendingExports == 0)
    #expect(row?.objects == 2)
    #expect(try await world.cycle(.initial).isQuiet)
  }
}
