/// An evaluation step by step, in the order in which the parts of the expression got their values.
public struct ExpressionTrace: Hashable, Sendable {
  /// What became of a part of the expression.
  public enum Result: Hashable, Sendable {
    /// It has a value: the word for its type (`null` for none), and the values as text.
    case value(type: String, texts: [String])
    /// It has none, for this reason; the evaluation ended here.
    case failure(ExpressionFailure)
    /// It was not needed: a branch not taken, or the rest of a decided `&&` or `||`.
    case skipped
  }

  /// A part of the expression and what became of it.
  public struct Step: Hashable, Sendable {
    /// The part as it is written, shortened if it is long.
    public var text: String
    /// Where it starts, in characters from 1.
    public var column: Int
    /// What became of it.
    public var result: Result

    /// A step of these parts.
    public init(text: String, column: Int, result: Result) {
      self.text = text
      self.column = column
      self.result = result
    }
  }

  /// The steps in order; constants are none.
  public var steps: [Step]
  /// What the whole gives.
  public var outcome: Swift.Result<ExpressionOutcome, ExpressionFailure>

  /// A trace of these steps.
  public init(steps: [Step], outcome: Swift.Result<ExpressionOutcome, ExpressionFailure>) {
    self.steps = steps
    self.outcome = outcome
  }
}
