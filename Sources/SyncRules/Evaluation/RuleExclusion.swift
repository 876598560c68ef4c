public import Directory

/// A rule that an object is not in scope of.
public struct RuleExclusion: Hashable, Sendable {
  /// The first clause of a group that failed.
  public struct FailedClause: Hashable, Sendable {
    /// The group's place in the scope, from 0.
    public var group: Int
    /// The clause's place in the group, from 0.
    public var clause: Int
    /// The values that the object has.
    public var found: [AttributeValue]
  }

  /// The rule.
  public var rule: SyncRule
  /// The clause of each group that failed.
  public var failed: [FailedClause]

  /// The reason in words for a person, one part for each group:
  /// `userAccountControl ISNOTBITSET 2 fails (514)`.
  public var reason: String {
    failed.map { failure in
      let clause = rule.scope.groups[failure.group].clauses[failure.clause]
      if rule.direction == .inbound, clause.operand.group != nil {
        return "\(clause) fails (\(clause.operand.isNegated ? "a member" : "no member"))"
      }
      return "\(clause) fails (\(Self.text(failure.found, of: clause.attribute.text)))"
    }.joined(separator: "; ")
  }

  private static func text(_ values: [AttributeValue], of attribute: String) -> String {
    guard !values.isEmpty else { return "no value" }
    let shown = values.prefix(3).map { value in
      let text = value.text(of: attribute)
      return text.count <= 60 ? text : text.prefix(59) + "…"
    }
    let rest = values.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
