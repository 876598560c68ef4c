/// The operators of scoping filters, spelled as the Synchronization Rules Editor does.
public enum ScopeOperator: String, Hashable, Sendable, CaseIterable {
  /// A value is the same.
  case equal = "EQUAL"
  /// No value is the same.
  case notEqual = "NOTEQUAL"
  /// A value is less.
  case lessThan = "LESSTHAN"
  /// A value is less or the same.
  case lessThanOrEqual = "LESSTHAN_OR_EQUAL"
  /// A value is greater.
  case greaterThan = "GREATERTHAN"
  /// A value is greater or the same.
  case greaterThanOrEqual = "GREATERTHAN_OR_EQUAL"
  /// A value has the text in it.
  case contains = "CONTAINS"
  /// No value has the text in it.
  case notContains = "NOTCONTAINS"
  /// A value starts so.
  case startsWith = "STARTSWITH"
  /// No value starts so.
  case notStartsWith = "NOTSTARTSWITH"
  /// A value ends so.
  case endsWith = "ENDSWITH"
  /// No value ends so.
  case notEndsWith = "NOTENDSWITH"
  /// There is no value.
  case isNull = "ISNULL"
  /// There is a value.
  case isNotNull = "ISNOTNULL"
  /// A value is in the list.
  case isIn = "ISIN"
  /// No value is in the list.
  case isNotIn = "ISNOTIN"
  /// All bits of the mask are set in a value.
  case isBitSet = "ISBITSET"
  /// There is no value in which all bits of the mask are set.
  case isNotBitSet = "ISNOTBITSET"
  /// The object is a direct member of the group; of an inbound rule, that group of the same connector
  /// space says so, whatever attribute stands in the clause.
  case isMemberOf = "ISMEMBEROF"
  /// The object is no direct member of the group.
  case isNotMemberOf = "ISNOTMEMBEROF"

  /// The operator called `name` in any case; exported rule sets spell ISNOTBITSET `ISBITNOTSET`.
  public init?(name: String) {
    let upper = name.uppercased()
    self.init(rawValue: upper == "ISBITNOTSET" ? Self.isNotBitSet.rawValue : upper)
  }

  /// The operator that this one is the opposite of, if it is spelled as an opposite.
  ///
  /// An opposite holds exactly when its operator does not: also for an absent attribute, and for
  /// several values if none of them matches.
  var opposite: ScopeOperator? {
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
