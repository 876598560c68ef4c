public import Directory

/// The order of a list, and what it is narrowed to.
public struct ListArrangement: Hashable, Sendable {
  /// The field that rows are sorted by; nil for the list's own order.
  public var sort: ListSort?
  /// What must be true of every row, all of it.
  public var terms: [ListTerm]

  /// An arrangement of these parts; the list as it is if there are none.
  public init(sort: ListSort? = nil, terms: [ListTerm] = []) {
    self.sort = sort
    self.terms = terms
  }

  /// Whether the list is shown as it is.
  public var isPlain: Bool { sort == nil && terms.isEmpty }
}

/// A field to sort by.
public struct ListSort: Hashable, Sendable {
  /// The field's name.
  public var field: String
  /// Whether the greatest comes first.
  public var isDescending: Bool

  /// An order by this field.
  public init(_ field: String, isDescending: Bool = false) {
    self.field = field
    self.isDescending = isDescending
  }
}

/// A condition on the rows of a list; letter case counts nowhere.
public struct ListTerm: Hashable, Sendable {
  /// How a field's content is compared.
  public enum Comparison: Int, Hashable, Sendable {
    case contains = 0
    case equals = 1
    case begins = 2
    /// By a ``TextPattern``.
    case matches = 3
    case greater, atLeast, less, atMost
  }

  /// What a field's content is compared with.
  public enum Operand: Hashable, Sendable {
    case text(String)
    case number(Double)
    case moment(Timestamp)
  }

  /// The field's name; nil for any field with text.
  public var field: String?
  /// How it is compared.
  public var comparison: Comparison
  /// With what.
  public var operand: Operand
  /// Whether the rows that pass are those that must not.
  public var isNegated: Bool

  /// A term of these parts.
  public init(
    _ field: String?, _ comparison: Comparison, _ operand: Operand, isNegated: Bool = false
  ) {
    self.field = field
    self.comparison = comparison
    self.operand = operand
    self.isNegated = isNegated
  }
}
