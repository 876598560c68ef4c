public import Directory
public import SyncExpressions

/// A flow whose expression gave no value for an object: the object is not synchronized as it is.
public struct FlowFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The rule.
  public var rule: SyncRule
  /// The attribute that would have been written.
  public var target: AttributeName
  /// The expression's text.
  public var expression: String
  /// What went wrong, with the column.
  public var failure: ExpressionFailure
  /// What the expression read, in words: `groupType = abc`; at most three attributes.
  public var value: String

  /// The type under which an administrator knows the failure.
  public var type: SyncErrorType {
    switch failure.kind {
    case .errorFunction: .ruleErrorFunction
    case .type: .typeMismatch
    default: .ruleInvalidExpression
    }
  }

  /// The failure in one line: what, where, and why.
  public var description: String {
    let expression =
      self.expression.count <= 200
      ? self.expression : self.expression.prefix(199) + "…"
    return failure.kind == .errorFunction
      ? "\(failure.message) (rule \(rule.name), flow to \(target): \(expression))"
      : "The rule \(rule.name) gives no \(target): \(failure.message), at column "
        + "\(failure.column) of \(expression)"
  }

  /// What to do next.
  public var hint: String {
    guard failure.hint.isEmpty else { return failure.hint }
    return failure.kind == .errorFunction
      ? "The rule refuses this object: correct what it reads in the source, or change the rule"
      : "Correct the value in the source, or change the rule"
  }
}
