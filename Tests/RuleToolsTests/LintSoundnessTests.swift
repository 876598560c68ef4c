import Configuration
import Directory
import SyncRules
import TestSupport
import Testing

@testable import RuleTools

/// A finding is made only where what is known proves it: no object may show the contrary.
@Suite("What lint says of rules is true of every object")
struct LintSoundnessTests {
  private static let schema = DirectorySchema(
    attributes: [
      "code": .init(.integer), "name": .init(.string), "flag": .init(.boolean),
      "tags": .init(.string, isMultiValued: true),
    ], objectTypes: ["user", "person"])
  private static let surroundings = RuleSurroundings(
    connectors: [
      .init(name: "ad", schema: schema, parameters: []),
      .init(name: "cloud", schema: schema, parameters: []),
    ], metaverse: schema)

  /// Every object that there can be, with few values of each attribute.
  private static let objects: [AttributeSet] = {
    let codes: [[AttributeValue]] = [[], [.integer(7)], [.integer(8)], [.integer(-1)]]
    let names: [[AttributeValue]] = [[]] + ["a", "A", "ab", "7", "007", "b"].map { [.string($0)] }
    let flags: [[AttributeValue]] = [[], [.boolean(true)], [.boolean(false)]]
    let tags: [[AttributeValue]] =
      [[]]
      + [["a"], ["b"], ["a", "7"], ["A", "ab"], ["007", "8"]].map { $0.map { .string($0) } }
    var all: [AttributeSet] = []
    for code in codes {
      for name in names {
        for flag in flags {
          for tag in tags {
            all.append(
              AttributeSet([
                Attribute("code", code), Attribute("name", name), Attribute("flag", flag),
                Attribute("tags", tag),
              ]))
          }
        }
      }
    }
    return all
  }()

  // MARK: Rules by chance

  private static let names: [AttributeName] = ["code", "name", "flag", "tags"]
  private static let words = ["7", "007", "8", "a", "A", "ab", "true", "b", "+7", "-1"]

  private func clause(_ random: inout SeededRandom) throws -> ScopeClause {
    let kinds = ScopeOperator.allCases.filter {
      ![.isMemberOf, .isNotMemberOf, .isBitSet, .isNotBitSet].contains($0)
    }
    let (kind, name) = (random.choose(kinds), random.choose(Self.names))
    switch kind {
    case .isNull, .isNotNull: return try ScopeClause(name, kind)
    case .isIn, .isNotIn:
      return try ScopeClause(name, kind, [random.choose(Self.words), random.choose(Self.words)])
    default: return try ScopeClause(name, kind, [random.choose(Self.words)])
    }
  }

  private func rule(
    _ number: Int, _ direction: Direction, _ random: inout SeededRandom
  ) throws -> SyncRule {
    let isIn = direction == .inbound
    let groups = try (0..<random.choose([0, 1, 1, 2])).map { _ in
      ScopeGroup(
        clauses: try (0...Int.random(in: 0...2, using: &random)).map { _ in try clause(&random) })
    }
    let flows = random.some(Self.names).map { name in
      let constants: [AttributeName: AttributeValue] = [
        "code": .integer(random.choose([7, 8])), "flag": .boolean(true),
        "name": .string(random.choose(["a", "7"])), "tags": .string("a"),
      ]
      return AttributeFlow(
        target: name,
        source: random.chance(60)
          ? .constant([constants[name] ?? .string("a")]) : .direct(name),
        applyOnce: random.chance(10))
    }
    return SyncRule(
      id: "r\(number)", name: "r\(number)", direction: direction, connector: isIn ? "ad" : "cloud",
      sourceType: isIn ? "user" : "person", targetType: isIn ? "person" : "user",
      linkType: .provision, precedence: number, scope: ScopeFilter(groups: groups), flows: flows,
      place: SourcePlace(file: "t", line: number, column: 1))
  }

  // MARK: What objects show

  /// The metaverse object that an object of the source becomes; nil if it becomes none.
  private func metaverse(_ set: RuleSet, _ object: AttributeSet) -> AttributeSet? {
    let found = set.evaluateInbound(
      connector: "ad", objectType: "user", attributes: object, references: [])
    guard found.projects else { return nil }
    let given = found.contributions.map { (contributor: Int64(1), contribution: $0) }
    return AttributeSet(
      MetaverseMerge.resolve(given).map { Attribute($0.attribute, $0.values) })
  }

  /// What both directions have to do with an object, by rule: whether it is in scope of the rule, and
  /// which attributes the rule gives it.
  private func effects(_ set: RuleSet, _ object: AttributeSet) -> [String: Set<AttributeName>] {
    var effects: [String: Set<AttributeName>] = [:]
    let inbound = set.evaluateInbound(
      connector: "ad", objectType: "user", attributes: object, references: [])
    for rule in inbound.inScope { effects[rule.id] = [] }
    let given = inbound.contributions.map { (contributor: Int64(1), contribution: $0) }
    for one in MetaverseMerge.resolve(given) { effects[one.winner.rule.id]?.insert(one.attribute) }
    guard let there = metaverse(set, object) else { return effects }
    let outbound = set.evaluateOutbound(
      connector: "cloud", metaverseType: "person", attributes: there, references: [])
    for rule in outbound.inScope { effects[rule.id] = [] }
    for one in outbound.attributes { effects[one.winner.rule.id]?.insert(one.attribute) }
    return effects
  }

  /// The rules with only one of the groups of one of them.
  private func only(_ group: Int, of id: String, _ rules: [SyncRule]) -> [SyncRule] {
    rules.map { rule in
      guard rule.id == id else { return rule }
      return SyncRule(
        id: rule.id, name: rule.name, direction: rule.direction, connector: rule.connector,
        sourceType: rule.sourceType, targetType: rule.targetType, linkType: rule.linkType,
        precedence: rule.precedence, scope: ScopeFilter(groups: [rule.scope.groups[group]]),
        flows: rule.flows, place: rule.place)
    }
  }

  /// What a finding claims, and whether an object shows the contrary.
  private func isWrong(_ finding: Finding, _ rules: [SyncRule]) throws -> Bool? {
    let words = finding.message.split(separator: " ")
    if finding.message.hasPrefix("no object can ever be in its scope") {
      let set = try RuleSet(rules)
      return Self.objects.contains { effects(set, $0)[finding.rule] != nil }
    }
    if finding.message.hasPrefix("no object is in group "), let number = Int(words[5]) {
      let set = try RuleSet(only(number - 1, of: finding.rule, rules))
      return Self.objects.contains { effects(set, $0)[finding.rule] != nil }
    }
    if finding.message.hasPrefix("its flow to "), finding.message.contains("never counts") {
      let (set, target) = (try RuleSet(rules), AttributeName(String(words[3])))
      return Self.objects.contains { effects(set, $0)[finding.rule]?.contains(target) ?? false }
    }
    return nil
  }

  private func rules(_ random: inout SeededRandom) throws -> [SyncRule] {
    try (1...5).map { try rule($0, $0 < 4 ? .inbound : .outbound, &random) }
  }

  @Test("Whatever is said never to happen happens to no object", arguments: 1...16)
  func sound(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<6 {
      let rules = try rules(&random)
      for finding in RuleLint.findings(rules, in: Self.surroundings) {
        guard let isWrong = try isWrong(finding, rules) else { continue }
        #expect(!isWrong, "\(finding.rule): \(finding.message)")
      }
    }
  }

  @Test("Much is said of rules made by chance, so that it can be true or not")
  func said() throws {
    var random = SeededRandom(seed: 9)
    let claims = ["can ever be in its scope", "no object is in group", "never counts"]
    var counts = claims.map { _ in 0 }
    for _ in 0..<240 {
      let findings = RuleLint.findings(try rules(&random), in: Self.surroundings)
      for (place, claim) in claims.enumerated() {
        counts[place] += findings.count { $0.message.contains(claim) }
      }
    }
    #expect(counts.allSatisfy { $0 > 20 }, "\(counts)")
  }

  @Test(
    "A number is the same however it is written, where the directory has numbers",
    arguments: [
      ("EQUAL", "7", "EQUAL", "007"), ("EQUAL", "+7", "ISIN", "7"), ("ISIN", "007", "EQUAL", "7"),
      ("EQUAL", "007", "STARTSWITH", "7"), ("EQUAL", "007", "ENDSWITH", "7"),
      ("LESSTHAN_OR_EQUAL", "007", "GREATERTHAN_OR_EQUAL", "7"),
    ])
  func numbers(_ one: String, _ first: String, _ other: String, _ second: String) throws {
    let clauses = try [(one, first), (other, second)].map { name, value in
      try ScopeClause("code", try #require(ScopeOperator(name: name)), [value])
    }
    let rule = SyncRule(
      id: "r", name: "r", direction: .inbound, connector: "ad", sourceType: "user",
      targetType: "person", linkType: .provision, precedence: 1,
      scope: ScopeFilter(groups: [ScopeGroup(clauses: clauses)]),
      flows: [AttributeFlow(target: "code", source: .direct("code"))],
      place: SourcePlace(file: "t", line: 1, column: 1))
    let found = try RuleSet([rule]).evaluateInbound(
      connector: "ad", objectType: "user", attributes: ["code": [.integer(7)]], references: [])
    #expect(found.inScope == [rule])
    let findings = RuleLint.findings([rule], in: Self.surroundings)
    #expect(!findings.contains { $0.message.contains("can ever be in its scope") })
  }
}
