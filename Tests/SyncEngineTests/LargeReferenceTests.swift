import Directory
import Foundation
import SyncRules
import SyncStore
import Testing

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
    _ members: Members, flow: String? = nil, scope: String = ""
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
    world.batchSize = 500
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

  @Test("A choice of the members of a large group is one of all of them")
  func choice() async throws {
    let world = try world(Members(good: [10, 1400], bad: [20, 1410]), flow: Self.onlyGood)
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

  @Test("A scope sees all references of a large group")
  func scope() async throws {
    let there = Members(good: [10, 1400], bad: [])
    let clause = """
      [[rule.scope]]
      clauses = [{ attribute = "member", operator = "CONTAINS", value = "m11400" }]
      """
    let world = try world(there, scope: clause)
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

  @Test("A choice of the members of a large metaverse group is one of all of them")
  func outbound() async throws {
    let rules = World.rules.replacingOccurrences(
      of: "target = \"members\"\ndirect = \"member\"",
      with: "target = \"members\"\nexpression = '''Where($m,[member],Right(CStr($m),2)<>\"5}\")'''")
    try #require(rules != World.rules)
    let world = try World(rules: rules)
    world.batchSize = 500
    for number in 0..<1100 { world.source.put(try world.user("u\(number)")) }
    world.source.put(try world.group("team", members: (0..<1100).map { "u\($0)" }))
    try await world.cycle()
    // One in ten has a number with that end.
    #expect((980...1000).contains(members(world)?.count ?? 0))
  }
}
