public import Directory

/// An expression in the language of Entra Connect's synchronization rules, ready to be evaluated.
///
/// Two expressions are equal when their texts are.
public struct Expression: Hashable, Sendable {
  /// The expression as it was written.
  public let text: String
  /// The attributes read as `[name]`.
  public let attributes: Set<AttributeName>
  /// The attributes read by `ImportedValue("name")`.
  public let importedAttributes: Set<AttributeName>
  /// The attributes counted by `ValueCount("name")`.
  public let countedAttributes: Set<AttributeName>
  /// The names of the parameters, without the percent signs.
  public let parameters: Set<String>
  /// Whether two evaluations of the same input can differ: it uses `Now`, `Guid` or `RandomNum`.
  public let isVolatile: Bool

  /// The expression that `text` spells.
  ///
  /// - Throws: ``ExpressionSyntaxError`` with line and column if `text` spells none.
  public init(_ text: String) throws(ExpressionSyntaxError) {
    self.text = text
    attributes = []
    importedAttributes = []
    countedAttributes = []
    parameters = []
    isVolatile = false
    throw ExpressionSyntaxError("Expressions can't be read yet", line: 1, column: 1)
  }

  /// What the expression gives for `input`.
  ///
  /// - Throws: ``ExpressionFailure`` if it gives neither values nor one of the special results.
  public func evaluate(
    _ input: some ExpressionInput
  ) throws(ExpressionFailure) -> ExpressionOutcome {
    .null
  }

  /// What the expression gives for `input`, with every step that led there.
  public func trace(_ input: some ExpressionInput) -> ExpressionTrace {
    ExpressionTrace(steps: [], outcome: .success(.null))
  }
}
