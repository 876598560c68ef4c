import Configuration
import Directory
import SyncRules
import TestSupport
import Testing

@testable import RuleTools

@Suite("Any rule as text")
struct RuleTextModelTests {
  private static let pieces = [
    "a", "B", " ", "'", "\"", "\\", "\n", "\t", "#", "=", "[", "]", "{", "}", ",", "é", "\u{301}",
    "日",
    "\u{7F}", "\u{1}", "'''", "\"\"\"", "$", "(", "\r\n",
  ]

  /// A text that is more than blanks.
  private func text(_ random: inout SeededRandom) -> String {
    "t"
      + (0..<Int.random(in: 0...6, using: &random)).map { _ in
        random.choose(Self.pieces)
      }.joined() + "."
  }

  private func name(_ random: inout SeededRandom) -> AttributeName {
    AttributeName(
      random.choose([
        "cn", "mail", "x-y_z", "2.5.4.3", "emails[type eq \"work\"].value", "urn:a:b:c",
      ]))
  }

  private func clause(_ random: inout SeededRandom) throws -> ScopeClause {
    let kind = ScopeOperator.allCases.randomElement(using: &random) ?? .equal
    let values: [String] =
      switch kind {
      case .isNull, .isNotNull: []
      case .isIn, .isNotIn: (0...Int.random(in: 0...3, using: &random)).map { _ in text(&random) }
      case .isBitSet, .isNotBitSet: ["2"]
      case .isMemberOf, .isNotMemberOf: ["CN=a\\, b,DC=x"]
      case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual: ["-5"]
      default: [text(&random)]
      }
    return try ScopeClause(name(&random), kind, values)
  }

  private func value(_ random: inout SeededRandom) -> AttributeValue {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: .integer(Int64.random(in: Int64.min...Int64.max, using: &random))
    case 1: .boolean(Bool.random(using: &random))
    default: .string(text(&random))
    }
  }

  private func rule(_ number: Int, _ random: inout SeededRandom) throws -> SyncRule {
    let clauses = try (0..<Int.random(in: 0...3, using: &random)).map { _ in
      ScopeGroup(
        clauses: try (0...Int.random(in: 0...2, using: &random)).map { _ in try clause(&random) })
    }
    let joins = (0..<Int.random(in: 0...2, using: &random)).map { _ in
      JoinGroup(
        conditions: (0...Int.random(in: 0...2, using: &random)).map { _ in
          JoinCondition(
            source: name(&random), target: name(&random),
            isCaseSensitive: Bool.random(using: &random))
        }, match: .plain)
    }
    let flows = (0..<Int.random(in: 0...4, using: &random)).map { index in
      let source: AttributeFlow.Source =
        Bool.random(using: &random)
        ? .direct(name(&random))
        : .constant(
          AttributeSet.canonical(
            (0...Int.random(in: 0...3, using: &random)).map { _ in value(&random) }))
      return AttributeFlow(
        target: AttributeName("target\(number)x\(index)"), source: source,
        applyOnce: Bool.random(using: &random),
        merge: MergeType.allCases.randomElement(using: &random) ?? .update)
    }
    let link = LinkType.allCases.randomElement(using: &random) ?? .join
    return SyncRule(
      id: "id \(number) " + text(&random), name: "\(number) " + text(&random),
      description: Bool.random(using: &random) ? text(&random) : "",
      direction: link == .joinNoFlow ? .outbound : .inbound,
      connector: "ad", sourceType: "user", targetType: "person",
      linkType: link, precedence: 100 + number,
      scope: ScopeFilter(groups: clauses), joins: joins, flows: flows,
      isDisabled: Bool.random(using: &random), enablePasswordSync: Bool.random(using: &random),
      place: SourcePlace(file: "t.toml", line: 1, column: 1))
  }

  @Test(
    "A rule of any parts is read as it was written, to the last character",
    arguments: UInt64(1)...60)
  func roundTrip(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let rules = try (1...4).map { try rule($0, &random) }
    let written = RuleText.file(rules, heading: [text(&random), ""])
    let again = try Sample.rules(written)
    #expect(again.count == rules.count)
    for (rule, read) in zip(rules, again) {
      #expect(
        Array(read.id.utf8) == Array(rule.id.utf8) && Array(read.name.utf8) == Array(rule.name.utf8)
      )
      #expect(Array(read.description.utf8) == Array(rule.description.utf8), "\(written)")
      #expect(read.scope == rule.scope && read.joins == rule.joins, "\(written)")
      #expect(read.flows == rule.flows, "\(written)")
      #expect(read.linkType == rule.linkType && read.precedence == rule.precedence)
      #expect(
        read.isDisabled == rule.isDisabled && read.enablePasswordSync == rule.enablePasswordSync)
    }
    #expect(RuleDifference(from: rules, to: again).isEmpty)
    #expect(try RuleSet(rules).fingerprint == RuleSet(again).fingerprint)
    #expect(RuleText.file(again, heading: []) == RuleText.file(rules, heading: []))
  }

  @Test(
    "Two rules that differ anywhere have another fingerprint, and their difference names it",
    arguments: UInt64(1)...40)
  func differences(seed: UInt64) throws {
    var random = SeededRandom(seed: 300 + seed)
    let rule = try rule(1, &random)
    func changed(
      _ what: String, name: String? = nil, link: LinkType? = nil, precedence: Int? = nil,
      scope: ScopeFilter? = nil, flows: [AttributeFlow]? = nil, isDisabled: Bool? = nil
    ) throws {
      let other = SyncRule(
        id: rule.id, name: name ?? rule.name, description: rule.description,
        direction: rule.direction,
        connector: rule.connector, sourceType: rule.sourceType, targetType: rule.targetType,
        linkType: link ?? rule.linkType, precedence: precedence ?? rule.precedence,
        scope: scope ?? rule.scope, joins: rule.joins, flows: flows ?? rule.flows,
        isDisabled: isDisabled ?? rule.isDisabled, enablePasswordSync: rule.enablePasswordSync,
        place: rule.place)
      #expect(try RuleSet([rule]).fingerprint != RuleSet([other]).fingerprint, "\(what)")
      let difference = RuleDifference(from: [rule], to: [other])
      #expect(
        difference.changed.count == 1 && difference.added.isEmpty && difference.removed.isEmpty,
        "\(what)")
      let back = RuleDifference(from: [other], to: [rule])
      let items = difference.changed.flatMap(\.items)
      #expect(back.changed.flatMap(\.items).map(\.before) == items.map(\.after), "\(what)")
      #expect(items.allSatisfy { $0.before != $0.after }, "\(what)")
    }
    try changed("name", name: rule.name + "x")
    try changed("link", link: rule.linkType == .join ? .provision : .join)
    try changed("precedence", precedence: rule.precedence + 1)
    try changed("disabled", isDisabled: !rule.isDisabled)
    var scope = rule.scope
    scope.groups.append(ScopeGroup(clauses: [try ScopeClause("one", .equal, ["more"])]))
    try changed("scope", scope: scope)
    try changed("flow", flows: rule.flows + [AttributeFlow(target: "more", source: .direct("cn"))])
    if let last = rule.flows.last {
      var other = last
      other.applyOnce.toggle()
      try changed("apply once", flows: rule.flows.dropLast() + [other])
      try changed("fewer", flows: rule.flows.dropLast())
    }
  }
}
