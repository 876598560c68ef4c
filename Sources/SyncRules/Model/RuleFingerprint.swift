import Directory
import SyncExpressions

/// Turns the meaning of rules into a short text.
///
/// Not against forgers: it tells whether somebody changed the rules since the last synchronization.
enum RuleFingerprint {
  static func make(
    _ rules: [SyncRule], _ parameters: RuleParameters, _ matching: [String: MatchOptions]
  ) -> String {
    var parts = rules.map { canonical($0) + used($0, parameters) }
    for (connector, options) in matching.sorted(by: { $0.key < $1.key })
    where options != MatchOptions() {
      parts.append(
        list([connector, String(options.blockSoftMatch), String(options.blockHardMatch)]))
    }
    let text = parts.joined(separator: "\n")
    // Two FNV-1a hashes of 64 bits with different starts (draft-eastlake-fnv).
    return hash(text, 0xCBF2_9CE4_8422_2325) + hash(text, 0x9AE1_6A3B_2F90_404F)
  }

  // Quoting keeps the parts apart whatever they contain.
  private static func canonical(_ rule: SyncRule) -> String {
    let parts: [String] = [
      rule.id, rule.name, rule.direction.rawValue, rule.connector.lowercased(),
      rule.sourceType.lowercased(), rule.targetType.lowercased(), rule.linkType.rawValue,
      String(rule.precedence), String(rule.isDisabled), String(rule.enablePasswordSync),
      list(rule.scope.groups.map { list($0.clauses.map { canonical($0) }.sorted()) }.sorted()),
      list(rule.joins.map(canonical)),
      list(rule.flows.map(canonical).sorted()),
    ]
    return list(parts)
  }

  // A parameter in an expression is no part of its text's meaning until it has a value.
  private static func used(_ rule: SyncRule, _ parameters: RuleParameters) -> String {
    let names = rule.flows.reduce(into: Set<String>()) { names, flow in
      if case .expression(let expression) = flow.source { names.formUnion(expression.parameters) }
    }
    guard !names.isEmpty else { return "" }
    let values = parameters.values(for: rule.connector)
    return list(names.sorted().map { "\($0)=\(values[$0] ?? "")" })
  }

  private static func canonical(_ group: JoinGroup) -> String {
    let conditions = list(group.conditions.map(canonical).sorted())
    return group.match == .plain ? conditions : list([group.match.rawValue, conditions])
  }

  private static func canonical(_ clause: ScopeClause) -> String {
    list([clause.attribute.key, clause.scopeOperator.rawValue] + clause.values)
  }

  private static func canonical(_ condition: JoinCondition) -> String {
    list([condition.source.key, condition.target.key, String(condition.isCaseSensitive)])
  }

  private static func canonical(_ flow: AttributeFlow) -> String {
    let source =
      switch flow.source {
      case .direct(let name): ["direct", name.key]
      case .expression(let expression): ["expression", expression.text]
      case .constant(let values): ["constant"] + values.map { $0.typeName + ":" + $0.text }
      }
    return list([flow.target.key, flow.merge.rawValue, String(flow.applyOnce)] + source)
  }

  private static func list(_ parts: [String]) -> String {
    "(" + parts.map { "\($0.utf8.count):\($0)" }.joined() + ")"
  }

  private static func hash(_ text: String, _ start: UInt64) -> String {
    var hash = start
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
