public import Directory

/// An expression in the language of Entra Connect's synchronization rules, ready to be evaluated.
///
/// The text is compiled once into a flat program; copies share it. Two expressions are equal when
/// their texts are. Names of functions are case-sensitive; those of attributes are not, as nowhere
/// else in a directory.
public struct Expression: Hashable, Sendable {
  /// The expression as it was written.
  public let text: String
  /// The attributes read as `[name]`.
  public let attributes: Set<AttributeName>
  /// The attributes read by `ImportedValue("name")`.
  public let importedAttributes: Set<AttributeName>
  /// The attributes counted by `ValueCount("name")`.
  public let countedAttributes: Set<AttributeName>
  /// Those of the attributes into whose values it looks, so that it needs all of them: more than
  /// handing them on, or asking whether there are any.
  public var inspectedAttributes: Set<AttributeName> { program.inspected }
  /// The attribute whose values it hands on as they are, if that is all that it can give.
  public var handedOnAttribute: AttributeName? { program.handedOn }
  /// Whether all that it can give are the values of attributes as they are.
  public var onlyHandsOn: Bool { program.onlyHandsOn }
  /// The names of the parameters, without the percent signs.
  public let parameters: Set<String>
  /// Whether two evaluations of the same input can differ: it uses `Now`, `Guid` or `RandomNum`.
  public let isVolatile: Bool
  /// Whether two evaluations of the same input at one moment can differ: it uses `Guid` or
  /// `RandomNum`.
  public var isRandom: Bool { program.functions.contains { $0.isVolatile } }
  /// Whether it means something else where operators are read from left to right, as the product's
  /// documentation says: `&&` stands after `||`, or `*` or `/` after `+` or `-`, without parentheses.
  public let dependsOnPrecedence: Bool
  let program: Program

  /// The expression that `text` spells.
  ///
  /// - Throws: ``ExpressionSyntaxError`` with line and column if `text` spells none.
  public init(_ text: String) throws(ExpressionSyntaxError) {
    let parser = try Parser.parse(text, folds: true)
    self.text = text
    attributes = parser.reads.attributes
    importedAttributes = parser.reads.imported
    countedAttributes = parser.reads.counted
    parameters = parser.reads.parameters
    isVolatile = parser.reads.isVolatile
    dependsOnPrecedence = parser.reads.dependsOnPrecedence
    program = Program(parser.builder)
  }

  /// What the expression gives for `input`.
  ///
  /// - Throws: ``ExpressionFailure`` if it gives neither values nor one of the special results.
  public func evaluate(
    _ input: some ExpressionInput
  ) throws(ExpressionFailure) -> ExpressionOutcome {
    switch Machine.run(program, input) {
    case .success(let value): return try value.outcome()
    case .failure(let fault): throw located(fault, in: program)
    }
  }

  /// What the expression gives for `input`, with every step that led there.
  public func trace(_ input: some ExpressionInput) -> ExpressionTrace {
    // The name that a function wants may be put together of constants, which only folding knows.
    let parser = try? Parser.parse(text, folds: false)
    let unfolded = parser.map { Program($0.builder) } ?? program
    let recorder = TraceRecorder(unfolded, text: text)
    switch Machine.run(unfolded, input, recorder: recorder) {
    case .success(let value):
      let outcome = Result { () throws(ExpressionFailure) in try value.outcome() }
      return ExpressionTrace(steps: recorder.steps, outcome: outcome)
    case .failure(let fault):
      let failure = located(fault, in: unfolded)
      recorder.failed(fault.pc, failure)
      return ExpressionTrace(steps: recorder.steps, outcome: .failure(failure))
    }
  }

  private func located(_ fault: Machine.Fault, in program: Program) -> ExpressionFailure {
    var failure = fault.failure
    failure.column = Place.column(of: Int(program.sources[fault.pc].start), in: text.utf8)
    return failure
  }

  /// Whether both are the same text, character by character: what Unicode calls equivalent may give
  /// something else.
  public static func == (a: Expression, b: Expression) -> Bool { Text.isSame(a.text, b.text) }
  /// Hashes the text.
  public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
