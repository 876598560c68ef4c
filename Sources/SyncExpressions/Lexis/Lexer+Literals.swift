import Directory

extension Lexer {
  /// The text between quotes.
  ///
  /// `""` and `\"` are a quote, `\\` is a backslash; before all else a
  /// backslash is itself, so that `Replace` can read `\r\n`.
  mutating func string() throws(ExpressionSyntaxError) -> String {
    let opening = position
    position += 1
    var content: [UInt8] = []
    while let byte = peek() {
      position += 1
      switch (byte, peek()) {
      case (UInt8(ascii: "\""), UInt8(ascii: "\"")),
        (UInt8(ascii: "\\"), UInt8(ascii: "\"")), (UInt8(ascii: "\\"), UInt8(ascii: "\\")):
        content.append(bytes[position])
        position += 1
      case (UInt8(ascii: "\""), _): return String(decoding: content, as: UTF8.self)
      default: content.append(byte)
      }
    }
    throw error(
      at: opening, "The text that starts here has no closing quote",
      hint: bytes.suffix(2).elementsEqual("\\\"".utf8)
        ? #"a backslash at the end of a text is written "\\""# : "add \" at its end")
  }

  /// The name between the byte here and `closing`, without spaces around it.
  mutating func delimited(
    _ closing: Unicode.Scalar, _ what: String
  ) throws(ExpressionSyntaxError) -> String {
    let opening = position
    position += 1
    let first = position
    while let byte = peek(), byte != UInt8(ascii: closing), byte >= 0x20,
      byte != UInt8(ascii: "\""), byte != UInt8(ascii: "(")
    {
      position += 1
    }
    guard peek() == UInt8(ascii: closing) else {
      throw error(at: opening, "\(what) starts here and has no end", hint: "add \(closing)")
    }
    let name = Text.trim(
      String(decoding: bytes[first..<position], as: UTF8.self), leading: true, trailing: true)
    position += 1
    if name.isEmpty { throw error(at: opening, "\(what) has no name") }
    return name
  }

  mutating func variable() throws(ExpressionSyntaxError) -> Token {
    let first = position
    position += 1
    guard let byte = peek(), Self.isNameStart(byte) else {
      throw error(at: first, "A variable has no name", hint: "write it as $item")
    }
    return .variable(name())
  }

  mutating func decimal() throws(ExpressionSyntaxError) -> Token {
    let first = position
    while let byte = peek(), (0x30...0x39).contains(byte) { position += 1 }
    let digits = String(decoding: bytes[first..<position], as: UTF8.self)
    if peek() == UInt8(ascii: "."), let next = peek(1), (0x30...0x39).contains(next) {
      throw error(at: first, "Numbers are whole", hint: "write \(digits)")
    }
    if let byte = peek(), Self.isNamePart(byte) {
      throw error(
        at: first, "A number ends in \"\(Unicode.Scalar(byte))\"",
        hint: "hexadecimal numbers are written &HFF")
    }
    guard let number = UInt64(digits), number <= 1 << 63 else {
      throw error(at: first, "The number \(Text.prefix(digits, 40)) is beyond 64 bits")
    }
    return .number(number)
  }

  /// Whether `&H` and a hexadecimal digit come next.
  var isHexadecimal: Bool {
    guard peek(1).map({ $0 | 0x20 }) == UInt8(ascii: "h"), let digit = peek(2) else { return false }
    return Hexadecimal.value(of: digit) != nil
  }

  mutating func hexadecimal() throws(ExpressionSyntaxError) -> Token {
    let first = position
    position += 2
    let digits = name()
    guard let number = UInt64(digits, radix: 16) else {
      throw error(
        at: first, "&H\(Text.prefix(digits, 40)) is no hexadecimal number of 64 bits",
        hint: "its digits are 0 to 9 and A to F, at most sixteen")
    }
    return .bits(number)
  }

  /// The failure of a character that begins nothing.
  func unexpected() -> ExpressionSyntaxError {
    let rest = bytes[position...].prefix(4)
    let scalar = String(decoding: rest, as: UTF8.self).unicodeScalars.first ?? "\u{FFFD}"
    switch scalar {
    case "\u{201C}", "\u{201D}", "\u{2018}", "\u{2019}", "'":
      return error(
        at: position, "Texts are in straight quotes, and this is another", hint: "write \"")
    case "=": return error(at: position, "== is no operator", hint: "write =")
    case "!": return error(at: position, "! is no operator", hint: "write <> for not equal")
    case "|": return error(at: position, "| is no operator", hint: "write || for or")
    case "]": return error(at: position, "] closes nothing", hint: "attributes are written [name]")
    default:
      let shown =
        scalar.properties.generalCategory == .control
        ? "The control character U+" + String(scalar.value, radix: 16, uppercase: true)
        : "\"\(scalar)\""
      return error(at: position, "\(shown) begins nothing in an expression")
    }
  }

  /// An error at a place in bytes.
  func error(at offset: Int, _ message: String, hint: String = "") -> ExpressionSyntaxError {
    let place = Place(of: offset, in: bytes)
    return ExpressionSyntaxError(message, hint: hint, line: place.line, column: place.column)
  }
}

/// A place in a text as people count: lines and columns from 1.
struct Place {
  var line = 1
  var column = 1

  /// The place of the byte at `offset`.
  init(of offset: Int, in bytes: some Collection<UInt8>) {
    for byte in bytes.prefix(offset) {
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
  }
}
