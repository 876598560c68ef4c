import Directory
import Foundation
import SyncRules
import SyncStore
import Testing

@testable import SyncEngine

@Suite("Rules that look into more references than are handed on at once")
struct LargeReferenceTests {
  /// The members of a group, by name in its directory's order; only those of `there` exist.
  private struct Members {
    var good: Set<Int>
    var bad: Set<Int>
    static let count = 1500

    func unit(_ number: Int) -> String { bad.contains(number) ? "Bad" : "Good" }
    func name(_ number: Int) -> String { "m" + String(10_000 + number) }
    var there: [Int] { good.union(bad).sorted() }
  }

  private func world(
    _ members: Members, flow: String? = nil, scope: String = "", batchSize: Int = 500
  ) throws -> World {
    var rules = World.rules
    let plain = "target = \"member\"\ndirect = \"member\""
    if let flow {
      rules = rules.replacingOccurrences(
        of: plain, with: "target = \"member\"\nexpression = '''\(flow)'''")
    }
    rules = rules.replacingOccurrences(
      of: "precedence = 110\n", with: "precedence = 110\n\(scope)\n")
    try #require(rules != World.rules)
    let world = try World(rules: rules)
    world.batchSize = batchSize
    var names: [AttributeValue] = []
    for number in 0..<Members.count {
      let name = try world.dn(members.name(number), ou: members.unit(number))
      names.append(.reference(name.text))
    }
    for number in members.there {
      world.source.put(try world.user(members.name(number), ou: members.unit(number)))
    }
    var team = try world.group("team", members: [])
    team.attributes["member"] = names
    world.source.put(team)
    return world
  }

  private func members(_ world: World) -> [String]? { world.outcome["g-team"]?["members"] }

  private static let onlyGood = #"Where($m,[member],InStr(CStr($m),"OU=Good")>0)"#

  // In batches of five there is room for 500 references at once.
  @Test(
    "A choice of the members of a large group is one of all of them", arguments: [500, 5])
  func choice(batchSize: Int) async throws {
    let there = Members(good: [10, 1400], bad: [20, 1410])
    let world = try world(there, flow: Self.onlyGood, batchSize: batchSize)
    try await world.cycle()
    #expect(members(world) == ["g-m10010", "g-m11400"])
    #expect(try await world.cycle(.initial).isQuiet)
  }

  @Test("Members that are left out stay out, also if the first thousand are all taken")
  func lateBad() async throws {
    let world = try world(Members(good: [10, 1400], bad: [1410]), flow: Self.onlyGood)
    try await world.cycle()
    #expect(members(world) == ["g-m10010", "g-m11400"])
  }

  @Test("A rule that only hands the members on has all of them flow, and none loaded for it")
  func handedOn() async throws {
    let flow = "IIF(IsPresent([displayName]),[member],NULL)"
    let world = try world(Members(good: [10, 1400], bad: [1410]), flow: flow)
    try await world.cycle()
    #expect(members(world) == ["g-m10010", "g-m11400", "g-m11410"])
    let rules = try RuleSet.parse(world.rulesText, file: "rules.toml")
    let needs = rules.needs(inboundFrom: "source", objectType: "group")
    #expect(needs.values.contains("member") && !needs.whole.contains("member"))
  }

  @Test("A scope sees all references of a large group", arguments: [500, 5])
  func scope(batchSize: Int) async throws {
    let there = Members(good: [10, 1400], bad: [])
    let clause = """
      [[rule.scope]]
      clauses = [{ attribute = "member", operator = "CONTAINS", value = "m11400" }]
      """
    let world = try world(there, scope: clause, batchSize: batchSize)
    try await world.cycle()
    #expect(members(world) == ["g-m10010", "g-m11400"])
  }

  @Test("What counts the members of a large group counts all of them")
  func count() async throws {
    let there = Members(good: [10], bad: [])
    let world = try world(there, flow: "IIF(Count([member])=1500,[member],NULL)")
    try await world.cycle()
    #expect(members(world) == ["g-m10010"])
  }

  @Test(
    "A choice of the members of a large metaverse group is one of all of them",
    arguments: [500, 5])
  func outbound(batchSize: Int) async throws {
    let rules = World.rules.replacingOccurrences(
      of: "target = \"members\"\ndirect = \"member\"",
      with: "target = \"members\"\nexpression = '''Where($m,[member],Right(CStr($m),2)<>\"5}\")'''")
    try #require(rules != World.rules)
    let world = try World(rules: rules)
    world.batchSize = batchSize
    for number in 0..<1100 { world.source.put(try world.user("u\(number)")) }
    world.source.put(try world.group("team", members: (0..<1100).map { "u\($0)" }))
    try await world.cycle()
    // One in ten has a number with that end.
    #expect((980...1000).contains(members(world)?.count ?? 0))
  }

  @Test("References of many large groups are not held all at once, and each group gets its own")
  func room() async throws {
    let rules = World.rules.replacingOccurrences(
      of: "target = \"member\"\ndirect = \"member\"",
      with: "target = \"member\"\nexpression = '''Where($m,[member],InStr(CStr($m),\"u1\")>0)'''")
    try #require(rules != World.rules)
    let world = try World(rules: rules)
    world.batchSize = 1
    for number in 0..<20 { world.source.put(try world.user("u\(number)")) }
    for (name, count) in [("a", 60), ("b", 30), ("c", 60), ("d", 200)] {
      world.source.put(try world.group(name, members: (0..<count).map { "u\($0)" }))
    }
    try await world.cycle()
    // u1 and u10 to u19 are there.
    for name in ["a", "c", "d"] {
      #expect(world.outcome["g-\(name)"]?["members"]?.count == 11)
    }
    let engine = try world.engine()
    let plan = try await engine.makePlan()
    let source = try #require(plan.connectors.first { $0.name == "source" })
    let crowded = try engine.store.transaction { tx in
      let facts = try PlanFacts(plan, tx, batchSize: 1)
      let rows = try tx.storedObjects(connector: source.id, .all, after: 0, through: .max)
      let batch = try LoadedBatch(tx, facts: facts, connector: source, rows)
      return batch.batch.filter { batch.isCrowded($0.id) }.map(\.dn)
    }
    #expect(crowded.count == 2)
    #expect(crowded.allSatisfy { $0.hasPrefix("CN=c,") || $0.hasPrefix("CN=d,") })
  }
}
