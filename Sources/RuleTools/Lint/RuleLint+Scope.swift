import Configuration
import Directory
import SyncRules

// Scopes that contradict themselves.
extension RuleLint {
  mutating func checkScope(_ rule: SyncRule) {
    var dead = 0
    for (index, group) in rule.scope.groups.enumerated() {
      guard let pair = contradiction(in: group, of: rule) else { continue }
      dead += 1
      guard rule.scope.groups.count > 1 else { continue }
      warn(
        rule,
        "no object is in group \(index + 1) of its scope: \(pair.0) and \(pair.1) exclude "
          + "each other", hint: "remove one of the two, or the group")
    }
    guard dead > 0, dead == rule.scope.groups.count,
      let pair = rule.scope.groups.first.flatMap({ contradiction(in: $0, of: rule) })
    else { return }
    error(
      rule, "no object can ever be in its scope: \(pair.0) and \(pair.1) exclude each other",
      hint: "remove one of the two, or switch the rule off")
  }

  private func contradiction(
    in group: ScopeGroup, of rule: SyncRule
  ) -> (ScopeClause, ScopeClause)? {
    for (index, first) in group.clauses.enumerated() {
      for second in group.clauses[(index + 1)...] where second.attribute == first.attribute {
        let kind = singleKind(first.attribute, rule)
        if first.excludes(second, single: kind) || second.excludes(first, single: kind) {
          return (first, second)
        }
      }
    }
    return nil
  }

  /// The kind of the attribute's value, if it is known to have one only.
  private func singleKind(
    _ name: AttributeName, _ rule: SyncRule
  ) -> DirectorySchema.AttributeDefinition.Kind? {
    let definition =
      rule.direction == .inbound
      ? definition(name, rule) : surroundings.metaverse?.attributes[name]
    return definition.flatMap { $0.isMultiValued ? nil : $0.kind }
  }
}

extension ScopeClause {
  /// Whether no object can fulfil both clauses, which are on the same attribute.
  ///
  /// - Parameter kind: What its value is, if there is one only.
  fileprivate func excludes(
    _ other: ScopeClause, single kind: DirectorySchema.AttributeDefinition.Kind?
  ) -> Bool {
    if scopeOperator == .isNull { return other.needsValue }
    if let opposite = scopeOperator.negated, opposite == other.scopeOperator,
      folded == other.folded
    {
      return true
    }
    // Bytes have several forms, and a number is the same with zeros before it.
    guard let kind, kind != .binary else { return false }
    let isNumber = kind == .integer
    switch (scopeOperator, other.scopeOperator) {
    case (.equal, .equal), (.equal, .isIn):
      return Set(forms(isNumber)).isDisjoint(with: other.forms(isNumber))
    case (_, .startsWith) where isNumber, (_, .endsWith) where isNumber: return false
    case (.equal, .startsWith): return !folded.allSatisfy { $0.hasPrefix(other.folded[0]) }
    case (.equal, .endsWith): return !folded.allSatisfy { $0.hasSuffix(other.folded[0]) }
    case (.lessThan, .greaterThan), (.lessThan, .greaterThanOrEqual),
      (.lessThanOrEqual, .greaterThan):
      guard let high = number, let low = other.number else { return false }
      return low >= high && other.folded[0] >= folded[0]
    case (.lessThanOrEqual, .greaterThanOrEqual):
      guard let high = number, let low = other.number else { return false }
      return low > high && other.folded[0] > folded[0]
    default: return false
    }
  }

  private var folded: [String] { values.map { $0.lowercased() } }
  private func forms(_ isNumber: Bool) -> [String] {
    isNumber ? values.map { Int64($0).map { String($0) } ?? $0.lowercased() } : folded
  }
  private var number: Int64? { values.first.flatMap { Int64($0) } }

  /// Whether the clause fails for an object without the attribute.
  var needsValue: Bool {
    switch scopeOperator {
    case .equal, .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual, .contains,
      .startsWith, .endsWith, .isNotNull, .isIn, .isBitSet:
      true
    default: false
    }
  }
}

extension ScopeOperator {
  /// The operator that this one is spelled as the opposite of.
  fileprivate var negated: ScopeOperator? {
    switch self {
    case .notEqual: .equal
    case .notContains: .contains
    case .notStartsWith: .startsWith
    case .notEndsWith: .endsWith
    case .isNull: .isNotNull
    case .isNotIn: .isIn
    case .isNotBitSet: .isBitSet
    case .isNotMemberOf: .isMemberOf
    default: nil
    }
  }
}
