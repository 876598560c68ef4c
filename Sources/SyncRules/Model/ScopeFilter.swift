public import Configuration
public import Directory

/// Which objects a rule is for: those of any group; without groups, all.
public struct ScopeFilter: Hashable, Sendable {
  /// The groups; one that holds is enough.
  public var groups: [ScopeGroup]
  /// What the rule's file calls it, where it stands there by itself; no part of what it means.
  public var name: String?
  /// A filter of `groups`.
  public init(groups: [ScopeGroup] = []) { self.groups = groups }

  /// Whether both hold for the same objects.
  public static func == (one: ScopeFilter, other: ScopeFilter) -> Bool {
    one.groups == other.groups
  }

  /// Feeds what it means to `hasher`.
  public func hash(into hasher: inout Hasher) { hasher.combine(groups) }
}

/// Clauses that must all hold.
public struct ScopeGroup: Hashable, Sendable {
  /// The clauses; at least one.
  public var clauses: [ScopeClause]
  /// A group of `clauses`.
  public init(clauses: [ScopeClause]) { self.clauses = clauses }
}

/// A condition on one attribute of the object where data comes from.
public struct ScopeClause: Hashable, Sendable, CustomStringConvertible {
  /// The attribute that is looked at.
  public let attribute: AttributeName
  /// How it is looked at.
  public let scopeOperator: ScopeOperator
  /// What it is compared with: no, one, or for ISIN several texts.
  public let values: [String]
  let operand: ScopeOperand

  /// A condition on `attribute`.
  ///
  /// - Throws: ``ConfigurationError`` without a place if `values` do not suit the operator.
  public init(
    _ attribute: AttributeName, _ scopeOperator: ScopeOperator, _ values: [String] = []
  ) throws(ConfigurationError) {
    self.attribute = attribute
    self.scopeOperator = scopeOperator
    self.values = values
    operand = try ScopeOperand(scopeOperator, values)
  }

  /// The condition as the rule editor shows it: `userAccountControl ISBITSET 2`.
  public var description: String {
    ([attribute.text, scopeOperator.rawValue] + (values.isEmpty ? [] : [valueText]))
      .joined(separator: " ")
  }

  private var valueText: String {
    values.count == 1 ? values[0] : "(" + values.joined(separator: ", ") + ")"
  }
}
