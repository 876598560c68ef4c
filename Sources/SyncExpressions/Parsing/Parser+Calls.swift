import Directory

extension Parser {
  /// Takes a name: a constant or the start of a call.
  ///
  /// Returns whether an operand is expected.
  mutating func name(_ name: String) throws(ExpressionSyntaxError) -> Bool {
    let start = lexer.start
    let end = lexer.position
    guard lexer.isCall() else {
      try constant(name, range(from: start, to: end))
      return false
    }
    guard let function = Function.named[name] else { throw unknownFunction(name, at: start) }
    _ = try lexer.next(operandExpected: false)
    if function.arity.upperBound == 0 {
      return try callWithoutArguments(function, start)
    }
    var call = Call(function: function, start: start)
    if function.form == .with || function.form == .select {
      try openScope(&call)
    }
    frames.append(.call(call))
    try refuseEmptyList(call)
    return true
  }

  private mutating func constant(
    _ name: String, _ source: SourceRange
  ) throws(ExpressionSyntaxError) {
    operands.append(Operand(first: builder.here, start: Int(source.start)))
    if let value = Constants.values[name.lowercased()] {
      builder.constant(value, source)
    } else if let option = try option(name, at: Int(source.start)) {
      builder.constant(.string(option), source)
    } else {
      throw unknownName(name, at: Int(source.start))
    }
  }

  /// The option that `name` is for the argument being read, or nil if it is none of any function.
  private func option(_ name: String, at start: Int) throws(ExpressionSyntaxError) -> String? {
    let wanted = name.lowercased()
    if case .call(let call)? = frames.last, let allowed = call.function.options[call.count] {
      if let option = allowed.first(where: { $0.lowercased() == wanted }) { return option }
      guard Constants.options.contains(wanted) else { return nil }
      throw lexer.error(
        at: start, "\(call.function.name) has no option \(name)",
        hint: "it takes \(allowed.joined(separator: ", "))")
    }
    guard Constants.options.contains(wanted) else { return nil }
    throw lexer.error(
      at: start, "\(name) is an option of a function, not a value",
      hint: "put it in quotes if the text is meant")
  }

  private mutating func callWithoutArguments(
    _ function: Function, _ start: Int
  ) throws(ExpressionSyntaxError) -> Bool {
    let token = try lexer.next(operandExpected: true)
    guard token == .close else {
      throw lexer.error(
        at: lexer.start, "\(function.name) takes no arguments", hint: function.signature)
    }
    operands.append(Operand(first: builder.here, start: start))
    let source = range(from: start, to: lexer.position)
    if function.isVolatile { reads.isVolatile = true }
    if function.form == .now {
      builder.emit(.now, pushes: 1, at: source)
    } else {
      builder.call(function, 0, source)
    }
    return false
  }

  /// Reads `$name,` after the parenthesis of a function that makes a variable.
  private mutating func openScope(_ call: inout Call) throws(ExpressionSyntaxError) {
    let token = try lexer.next(operandExpected: true)
    guard case .variable(let name) = token else {
      throw lexer.error(
        at: lexer.start, "\(call.function.name) starts with a variable",
        hint: "write \(call.function.name)($item, …)")
    }
    guard try lexer.next(operandExpected: false) == .comma else {
      throw lexer.error(
        at: lexer.start, "A comma is missing after $\(Text.prefix(name, 60))",
        hint: call.function.signature)
    }
    call.count = 1
    call.variable = name
  }

  private mutating func refuseEmptyList(_ call: Call) throws(ExpressionSyntaxError) {
    var ahead = lexer
    guard call.count == 0, let token = try? ahead.next(operandExpected: true), token == .close
    else { return }
    throw wrongCount(call, atLeast: false)
  }

  /// Ends the argument before a comma or the closing parenthesis.
  mutating func endArgument(of call: inout Call) throws(ExpressionSyntaxError) {
    call.count += 1
    let source = range(from: call.start, to: operandEnd)
    switch (call.function.form, call.count) {
    case (.iif, 1):
      call.branch = builder.here
      builder.emit(.branch, pops: 1, at: source)
    case (.iif, 2):
      call.otherwise = builder.here
      builder.emit(.otherwise, at: source)
      builder.patch(call.branch)
    case (.switch, let count) where count % 2 == 0: builder.deferFailure()
    case (.with, 2):
      openVariable(call)
      builder.emit(.store, variables.count - 1, pops: 1, at: source)
    case (.select, 2):
      openVariable(call)
      call.branch = builder.here
      let filters = call.function.name.description == "Where"
      builder.emit(filters ? .filter : .select, variables.count - 1, pops: 1, at: source)
    default: break
    }
  }

  private mutating func openVariable(_ call: Call) {
    variables.append(call.variable)
    builder.variableCount = max(builder.variableCount, variables.count)
  }

  /// Ends a call at its closing parenthesis.
  mutating func end(_ call: Call) throws(ExpressionSyntaxError) {
    let function = call.function
    guard function.arity.contains(call.count), function.form != .switch || call.count % 2 == 0
    else { throw wrongCount(call, atLeast: false) }
    let written = function.form == .with || function.form == .select ? 1 : 0
    let source = range(from: call.start, to: lexer.position)
    let first = operands[operands.count - call.count + written].first
    operands.removeLast(call.count - written)
    try emit(call, argument: first, source)
    operands.append(Operand(first: first, start: call.start))
    if function.isVolatile { reads.isVolatile = true }
  }

  private mutating func emit(
    _ call: Call, argument first: Int, _ source: SourceRange
  ) throws(ExpressionSyntaxError) {
    switch call.function.form {
    case .iif:
      builder.patch(call.branch, second: true)
      builder.patch(call.otherwise)
      builder.emit(.merge, pops: 2, pushes: 1, at: source)
    case .switch:
      builder.emit(.choose, call.count / 2, pops: call.count, pushes: 1, at: source)
    case .with: variables.removeLast()
    case .select:
      variables.removeLast()
      builder.emit(.next, call.branch, pops: 1, pushes: 1, at: source)
      builder.patch(call.branch, second: true)
    case .importedValue, .valueCount: try readAttribute(call, argument: first, source)
    default: builder.call(call.function, call.count, source)
    }
  }

  private mutating func readAttribute(
    _ call: Call, argument first: Int, _ source: SourceRange
  ) throws(ExpressionSyntaxError) {
    guard let text = builder.constantText(at: first), !text.isEmpty else {
      throw lexer.error(
        at: call.start, "\(call.function.name) wants the name of an attribute in quotes",
        hint: "write \(call.function.name)(\"member\")")
    }
    let name = AttributeName(text)
    builder.removeLast()
    if call.function.form == .valueCount {
      reads.counted.insert(name)
      builder.attribute(.valueCount, name, source)
    } else {
      reads.imported.insert(name)
      builder.attribute(.imported, name, source)
    }
  }
}

/// Names that stand for themselves.
enum Constants {
  /// The constants by name in lower case: the product's are taken in any case, as people write them.
  static let values: [String: Value] = [
    "true": .boolean(true), "false": .boolean(false), "null": .null,
    "authoritativenull": .authoritativeNull, "ignorethisflow": .ignoreThisFlow,
    "crlf": .string("\r\n"), "vbcrlf": .string("\r\n"), "vbnewline": .string("\r\n"),
    "vbcr": .string("\r"), "vblf": .string("\n"), "vbtab": .string("\t"),
  ]

  /// The constants as they are written.
  static let spellings = [
    "True", "False", "NULL", "AuthoritativeNull", "IgnoreThisFlow", "CRLF", "vbCrLf", "vbNewLine",
    "vbCr", "vbLf", "vbTab",
  ]

  /// The options of all functions, in lower case.
  static let options = Set(
    Function.all.flatMap { $0.options.values }.joined().map { $0.lowercased() })
}
