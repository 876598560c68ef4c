import Directory
import SyncEngine
import SyncStore
import Testing

@Suite("Outbound rules and flows that are switched off or taken out")
struct OutboundRulesGoneTests {
  private func world(_ rules: String = World.rules) async throws -> World {
    let world = try World(rules: rules)
    let ann = try world.dn("ann", ou: "Staff").text
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    for name in ["bob", "cay"] {
      world.source.put(
        try world.user(name, ["title": ["Clerk"], "manager": [.reference(ann)]]))
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.target.all.count == 3)
    return world
  }

  private static let disabled = World.rules.replacing(
    "direction = \"outbound\"", with: "direction = \"outbound\"\ndisabled = true")
  private static let removed =
    World.rules.split(separator: "\n\n").filter { !$0.contains("\"outbound\"") }
    .joined(separator: "\n\n")

  private func effects(_ world: World) throws -> [DueEffect] {
    _ = try world.engine()
    return try world.reader.dueSteps().filter { $0.type == .fullSynchronization }
      .flatMap(\.effects)
  }

  @Test(
    "Without any rule for a target what rules made there goes, as is told before",
    arguments: [disabled, removed])
  func allGone(rules: String) async throws {
    let world = try await world()
    world.rulesText = rules
    #expect(try effects(world).contains { $0.kind == .goes && $0.count == 3 })
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.target.all.isEmpty)
    #expect(try await world.cycle().isQuiet)
    world.rulesText = World.rules
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.target.all.count == 3)
    #expect(world.outcome["g-bob"]?["manager"] == ["g-ann"])
  }

  @Test(
    "More of them than may go unasked are held, and meanwhile nothing is enforced",
    arguments: [disabled, removed])
  func held(rules: String) async throws {
    let world = try await world()
    try SyncStore.open(file: world.storeFile).transaction { tx in
      var schedule = try tx.schedule()
      schedule.deletionThreshold = 1
      try tx.set(schedule)
    }
    world.rulesText = rules
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.target.all.count == 3)
    #expect(try world.reader.status().heldDeletes == 3)
    let before = world.target.operations.count
    let ann = try #require(world.target.all.first { $0.attributes.text("title") == "Boss" })
    world.target.change(ann.anchor.text) { $0["title"] = ["Owner"] }
    for policy in [CyclePolicy.delta, .initial] { try await world.cycle(policy) }
    #expect(world.target.operations.count == before)
    #expect(world.outcome["g-ann"]?["title"] == ["Owner"])
  }

  @Test("Whom rules joined only, and made nobody of, stays as he is")
  func joined() async throws {
    let join = World.rules.replacing(
      "target = \"user\"\nlink = \"provision\"\nprecedence = 200",
      with: "target = \"user\"\nlink = \"join\"\nprecedence = 200")
    let world = try World(rules: join)
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("t-1"), dn: try DistinguishedName("CN=ann"), objectType: "user",
        attributes: ["externalId": ["g-ann"]]))
    world.source.put(try world.user("ann", ["title": ["Boss"]]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
    world.rulesText = join.replacing(
      "direction = \"outbound\"", with: "direction = \"outbound\"\ndisabled = true")
    for _ in 0..<3 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
  }

  @Test("An attribute that no rule writes any more stays, and is not set back; that is told before")
  func flowGone() async throws {
    let world = try await world()
    let flows =
      "[[rule.flow]]\ntarget = \"title\"\ndirect = \"title\"\n"
      + "[[rule.flow]]\ntarget = \"manager\"\ndirect = \"manager\"\n"
    let parts = World.rules.split(separator: "\n\n").map { part in
      part.contains("\"Out - User\"") ? (part + "\n").replacing(flows, with: "") : String(part)
    }
    world.rulesText = parts.joined(separator: "\n\n")
    #expect(world.rulesText != World.rules)
    let told = try effects(world)
    #expect(told.contains { $0.kind == .stays && $0.attribute == "title" && $0.count == 3 })
    #expect(told.contains { $0.kind == .stays && $0.attribute == "manager" && $0.count == 2 })
    #expect(told.count == 2, "\(told)")
    let before = world.target.operations.count
    let cycle = try await world.cycle()
    // Nor does the history say that it was taken away.
    for step in cycle.steps where step.type == .fullSynchronization {
      let flows = try world.reader.counters(step: step.id).filter { $0.name == "connector-flow" }
      #expect(flows.isEmpty, "\(step.connector): \(flows)")
    }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
    #expect(world.outcome["g-bob"]?["manager"] == ["g-ann"])
    let ann = try #require(world.target.all.first { $0.attributes.text("title") == "Boss" })
    world.target.change(ann.anchor.text) { $0["title"] = ["Owner"] }
    for policy in [CyclePolicy.delta, .initial] { try await world.cycle(policy) }
    #expect(world.target.operations.count == before)
    #expect(world.outcome["g-ann"]?["title"] == ["Owner"])
  }

  @Test("An attribute that another rule writes, which has it not in scope, goes as before")
  func otherRule() async throws {
    let world = try await world()
    let others = World.rules.replacing(
      "target = \"title\"\ndirect = \"title\"\n[[rule.flow]]\ntarget = \"manager\"\n"
        + "direct = \"manager\"\n\n[[rule]]\nname = \"Out - Group\"",
      with: "target = \"manager\"\ndirect = \"manager\"\n\n[[rule]]\nname = \"Out - Group\"")
    #expect(others != World.rules)
    let titles = """


      [[rule]]
      name = "Out - Titles"
      direction = "outbound"
      connector = "target"
      source = "person"
      target = "user"
      link = "join"
      precedence = 205
      scope = [ { clauses = [ { attribute = "title", operator = "EQUAL", value = "Boss" } ] } ]
      flow = [ { target = "title", direct = "title" } ]
      """
    world.rulesText = others + titles
    let told = try effects(world)
    #expect(told.map(\.kind) == [.outbound] && told.map(\.count) == [2], "\(told)")
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
    #expect(world.outcome["g-bob"]?["title"] == nil)
  }
}
