extension Function {
  /// Functions that take a part of a text, or of bytes.
  static let cuts: [Function] = [
    Function("Left", "str Left(str string, num NumChars)", 2...2, null: .gives(.string(""))) {
      arguments, _ throws(ExpressionFailure) in
      let count = try arguments.position(1)
      return try part(arguments, from: 0, count < 0 ? .max : count)
    },
    Function("Right", "str Right(str string, num NumChars)", 2...2, null: .gives(.string(""))) {
      arguments, _ throws(ExpressionFailure) in
      let count = try arguments.position(1)
      let length = try length(arguments)
      if count < 0 || count >= length { return try part(arguments, from: 0, .max) }
      return try part(arguments, from: length - count, count)
    },
    Function(
      "Mid", "str Mid(str string, num start[, num NumChars])", 2...3, null: .gives(.string(""))
    ) { arguments, _ throws(ExpressionFailure) in
      let start = try arguments.position(1)
      let count = arguments.count > 2 ? try arguments.position(2) : 1 << 40
      if count == 0 { return try part(arguments, from: 0, 0) }
      let length = try length(arguments)
      if count < 0 || start <= 0 || start > length {
        return try part(arguments, from: 0, .max)
      }
      return try part(arguments, from: start - 1, count)
    },
    Function("Len", "num Len(str value)", 1...1, null: .gives(.integer(0))) {
      arguments, _ throws(ExpressionFailure) in
      .integer(Int64(try length(arguments)))
    },
    Function(
      "Word", "str Word(str string, num WordNumber, str delimiters)", 3...3,
      null: .gives(.string(""))
    ) { arguments, work throws(ExpressionFailure) in
      .string(try word(arguments, &work))
    },
  ]

  private static func length(_ arguments: Arguments) throws(ExpressionFailure) -> Int {
    if case .binary(let bytes) = arguments[0] { return bytes.count }
    return Text.length(try arguments.text(0))
  }

  private static func part(
    _ arguments: Arguments, from start: Int, _ count: Int
  ) throws(ExpressionFailure) -> Value {
    if case .binary(let bytes) = arguments[0] {
      return .binary(Array(bytes.dropFirst(start).prefix(count)))
    }
    let text = try arguments.text(0)
    if start == 0, count >= text.utf8.count { return .string(text) }
    return .string(Text.slice(text, from: start, count: count))
  }

  /// The n-th run of characters that are no delimiters; every character of the third argument is
  /// one.
  private static func word(
    _ arguments: Arguments, _ work: inout Work
  ) throws(ExpressionFailure) -> String {
    let text = try arguments.text(0)
    let wanted = try arguments.position(1)
    let delimiters = Set(try arguments.text(2).unicodeScalars)
    try work.spend(1 + (text.utf8.count + delimiters.count) / 64)
    guard wanted >= 1 else { return "" }
    var number = 0
    var start: String.Index?
    for index in text.unicodeScalars.indices {
      if delimiters.contains(text.unicodeScalars[index]) {
        if let start, number == wanted { return String(text[start..<index]) }
        start = nil
      } else if start == nil {
        start = index
        number += 1
      }
    }
    guard let start, number == wanted else { return "" }
    return String(text[start...])
  }
}
