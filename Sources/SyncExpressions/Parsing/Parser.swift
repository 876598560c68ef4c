import Directory

/// Reads an expression and compiles it in one pass.
///
/// Open parentheses, calls and operators wait on a stack of the parser's own, so that the depth of
/// nesting costs memory and never the stack of the thread.
struct Parser {
  /// What waits for its end.
  enum Frame {
    case infix(Infix, shortcut: Int?)
    case negate(at: Int)
    case group(at: Int)
    case call(Call)
  }

  /// A call whose arguments are being read.
  struct Call {
    let function: Function
    /// Where its name starts.
    let start: Int
    /// How many arguments are complete.
    var count = 0
    /// Instructions whose target comes later.
    var branch = 0
    var otherwise = 0
    /// The name of the variable that the function makes.
    var variable = ""
  }

  /// A complete operand: its first instruction, and where it starts in the text.
  struct Operand {
    var first: Int
    var start: Int
  }

  /// What an expression reads, collected on the way.
  struct Reads {
    var attributes: Set<AttributeName> = []
    var imported: Set<AttributeName> = []
    var counted: Set<AttributeName> = []
    var parameters: Set<String> = []
    var isVolatile = false
    var dependsOnPrecedence = false
  }

  /// The longest expression, in bytes.
  static let maximumLength = 1024 * 1024

  var lexer: Lexer
  var builder: ProgramBuilder
  var frames: [Frame] = []
  var operands: [Operand] = []
  var variables: [String] = []
  var reads = Reads()
  /// The end of the last token of the operand read last.
  var operandEnd = 0

  /// Reads `text`; with `folds`, what is constant is calculated at once.
  static func parse(_ text: String, folds: Bool) throws(ExpressionSyntaxError) -> Parser {
    guard text.utf8.count <= maximumLength else {
      throw ExpressionSyntaxError(
        "The expression is longer than \(maximumLength) bytes", line: 1, column: 1)
    }
    var parser = Parser(lexer: Lexer(text), builder: ProgramBuilder(folds: folds))
    try parser.run()
    return parser
  }

  private mutating func run() throws(ExpressionSyntaxError) {
    var operandExpected = true
    while true {
      let token = try lexer.next(operandExpected: operandExpected)
      if operandExpected {
        operandExpected = try operand(token)
      } else if token == .end {
        return try finish()
      } else {
        operandExpected = try afterOperand(token)
      }
      if !operandExpected { operandEnd = lexer.end }
    }
  }

  /// Takes a token where an operand may start; returns whether one is still expected.
  private mutating func operand(_ token: Token) throws(ExpressionSyntaxError) -> Bool {
    switch token {
    case .number(let magnitude): try number(magnitude)
    case .bits(let bits): push { $0.constant(.integer(Int64(bitPattern: bits)), $1) }
    case .text(let text): push { $0.constant(.string(text), $1) }
    case .attribute(let name):
      let attribute = AttributeName(name)
      reads.attributes.insert(attribute)
      push { $0.attribute(.attribute, attribute, $1) }
    case .parameter(let name):
      reads.parameters.insert(name)
      push { $0.parameter(name, $1) }
    case .variable(let name): try variable(name)
    case .name(let name): return try self.name(name)
    case .open:
      frames.append(.group(at: lexer.start))
      return true
    case .infix(.subtract):
      frames.append(.negate(at: lexer.start))
      return true
    case .close, .comma, .infix, .end: throw missingOperand(before: token)
    }
    return false
  }

  /// Takes a token where an operand is complete; returns whether another is expected.
  private mutating func afterOperand(_ token: Token) throws(ExpressionSyntaxError) -> Bool {
    switch token {
    case .infix(let infix):
      try reduce(atLeast: infix.precedence)
      push(infix)
      return true
    case .comma:
      try reduce(atLeast: 0)
      try argumentEnds()
      return true
    case .close:
      try reduce(atLeast: 0)
      try close()
      return false
    default: throw missingOperator(before: token)
    }
  }

  /// Adds an operand of one instruction.
  mutating func push(_ emit: (inout ProgramBuilder, SourceRange) -> Void) {
    operands.append(Operand(first: builder.here, start: lexer.start))
    emit(&builder, range(from: lexer.start, to: lexer.position))
  }

  func range(from start: Int, to end: Int) -> SourceRange {
    SourceRange(start: Int32(start), end: Int32(end))
  }

  // A number right after a sign is a constant, so that the least one can be written.
  private mutating func number(_ magnitude: UInt64) throws(ExpressionSyntaxError) {
    if case .negate(let start)? = frames.last {
      frames.removeLast()
      operands.append(Operand(first: builder.here, start: start))
      let value = Int64(bitPattern: 0 &- magnitude)
      builder.constant(.integer(value), range(from: start, to: lexer.position))
    } else if let value = Int64(exactly: magnitude) {
      push { $0.constant(.integer(value), $1) }
    } else {
      throw lexer.error(at: lexer.start, "The number \(magnitude) is beyond 64 bits")
    }
  }

  private mutating func variable(_ name: String) throws(ExpressionSyntaxError) {
    guard let slot = variables.lastIndex(of: name) else {
      let nearest = Spelling.nearest(to: name, among: variables)
      throw lexer.error(
        at: lexer.start, "There is no variable $\(Text.prefix(name, 60)) here",
        hint: nearest.map { "did you mean $\($0)?" }
          ?? "With, Select and Where make a variable for their last argument")
    }
    push { $0.emit(.variable, slot, pushes: 1, at: $1) }
  }

  private mutating func push(_ infix: Infix) {
    var shortcut: Int?
    // What still waits binds less tightly and comes later.
    if case .infix(let waiting, _)? = frames.last, waiting.isKin(of: infix) {
      reads.dependsOnPrecedence = true
    }
    if infix == .and || infix == .or {
      shortcut = builder.here
      builder.emit(.shortcut, Int(infix.rawValue), at: range(from: lexer.start, to: lexer.position))
    }
    frames.append(.infix(infix, shortcut: shortcut))
  }

  /// Adds the operators that wait and bind at least as tightly as `precedence`.
  private mutating func reduce(atLeast precedence: Int) throws(ExpressionSyntaxError) {
    while let frame = frames.last {
      switch frame {
      case .infix(let infix, let shortcut):
        guard infix.precedence >= precedence else { return }
        operands.removeLast()
        builder.infix(infix, range(from: operands[operands.count - 1].start, to: operandEnd))
        if let shortcut { builder.patch(shortcut, second: true) }
      case .negate(let start):
        operands[operands.count - 1].start = start
        builder.emit(.negate, pops: 1, pushes: 1, at: range(from: start, to: operandEnd))
      case .group, .call: return
      }
      frames.removeLast()
    }
  }

  private mutating func close() throws(ExpressionSyntaxError) {
    switch frames.popLast() {
    case .group(let start): operands[operands.count - 1].start = start
    case .call(var call):
      try endArgument(of: &call)
      try end(call)
    default:
      throw lexer.error(
        at: lexer.start, "This parenthesis closes none", hint: "remove it, or add one before")
    }
  }

  private mutating func argumentEnds() throws(ExpressionSyntaxError) {
    guard case .call(var call)? = frames.last else {
      throw lexer.error(
        at: lexer.start, "A comma stands only between the arguments of a function",
        hint: "a parenthesis may be closed too early")
    }
    try endArgument(of: &call)
    frames[frames.count - 1] = .call(call)
    if call.count >= call.function.arity.upperBound { throw wrongCount(call, atLeast: true) }
  }

  private mutating func finish() throws(ExpressionSyntaxError) {
    try reduce(atLeast: 0)
    guard let frame = frames.last else { return }
    throw unclosed(frame)
  }
}
