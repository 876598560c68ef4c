/// Cuts the text of an expression into tokens, one at a time.
struct Lexer {
  let bytes: [UInt8]
  /// Where the next token is looked for.
  var position = 0
  /// Where the last token started and ended.
  private(set) var start = 0
  private(set) var end = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  /// The next token.
  ///
  /// Where an operand is expected, `&H` begins a number and `-` is a sign;
  /// elsewhere `&` joins.
  mutating func next(operandExpected: Bool) throws(ExpressionSyntaxError) -> Token {
    skipSpace()
    start = position
    defer { end = position }
    guard let byte = peek() else { return .end }
    switch byte {
    case UInt8(ascii: "("): return take(1, .open)
    case UInt8(ascii: ")"): return take(1, .close)
    case UInt8(ascii: ","): return take(1, .comma)
    case UInt8(ascii: "\""): return .text(try string())
    case UInt8(ascii: "["): return .attribute(try delimited("]", "An attribute"))
    case UInt8(ascii: "%"): return .parameter(try delimited("%", "A parameter"))
    case UInt8(ascii: "$"): return try variable()
    case UInt8(ascii: "0")...UInt8(ascii: "9"): return try decimal()
    case UInt8(ascii: "&") where operandExpected && isHexadecimal: return try hexadecimal()
    default: break
    }
    if let infix = infixOperator(byte) { return infix }
    if Self.isNameStart(byte) { return .name(name()) }
    throw unexpected()
  }

  /// The byte `offset` places on, or nil at the end.
  func peek(_ offset: Int = 0) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  /// Whether an opening parenthesis comes next.
  mutating func isCall() -> Bool {
    skipSpace()
    return peek() == UInt8(ascii: "(")
  }

  private mutating func skipSpace() {
    while let byte = peek() {
      if byte == 0x20 || (0x09...0x0D).contains(byte) {
        position += 1
      } else if byte == 0xC2, peek(1) == 0xA0 {
        // A no-break space comes along when an expression is copied from a page.
        position += 2
      } else {
        return
      }
    }
  }

  private mutating func take(_ count: Int, _ token: Token) -> Token {
    position += count
    return token
  }

  private mutating func infixOperator(_ byte: UInt8) -> Token? {
    let second = peek(1)
    switch (byte, second) {
    case (UInt8(ascii: "&"), UInt8(ascii: "&")): return take(2, .infix(.and))
    case (UInt8(ascii: "|"), UInt8(ascii: "|")): return take(2, .infix(.or))
    case (UInt8(ascii: "<"), UInt8(ascii: ">")): return take(2, .infix(.notEqual))
    case (UInt8(ascii: "<"), UInt8(ascii: "=")): return take(2, .infix(.lessOrEqual))
    case (UInt8(ascii: ">"), UInt8(ascii: "=")): return take(2, .infix(.greaterOrEqual))
    case (UInt8(ascii: "="), UInt8(ascii: "=")): return nil
    case (UInt8(ascii: "&"), _): return take(1, .infix(.join))
    case (UInt8(ascii: "<"), _): return take(1, .infix(.less))
    case (UInt8(ascii: ">"), _): return take(1, .infix(.greater))
    case (UInt8(ascii: "="), _): return take(1, .infix(.equal))
    case (UInt8(ascii: "+"), _): return take(1, .infix(.add))
    case (UInt8(ascii: "-"), _): return take(1, .infix(.subtract))
    case (UInt8(ascii: "*"), _): return take(1, .infix(.multiply))
    case (UInt8(ascii: "/"), _): return take(1, .infix(.divide))
    default: return nil
    }
  }

  mutating func name() -> String {
    let first = position
    while let byte = peek(), Self.isNamePart(byte) { position += 1 }
    return String(decoding: bytes[first..<position], as: UTF8.self)
  }

  static func isNameStart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }

  static func isNamePart(_ byte: UInt8) -> Bool {
    isNameStart(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}
