/// What is wrong with a text that should be JSON, and where.
struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
  /// What is wrong.
  var message: String
  /// The offset of the byte at which it was seen, from 0.
  var offset: Int
  var description: String { "\(message) at byte \(offset)" }
}

/// A strict reader of JSON (RFC 8259) that refuses duplicate names and deep nesting.
struct JSONParser {
  /// How many arrays and objects may stand inside each other; more is an attack, not data.
  static let maximumDepth = 64

  private let bytes: UnsafeBufferPointer<UInt8>
  private var index = 0
  private var depth = 0

  /// The value that `bytes` spell.
  ///
  /// - Throws: ``JSONSyntaxError``.
  static func parse(_ bytes: [UInt8]) throws -> JSON {
    try bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer)
      let value = try parser.value()
      parser.skipSpace()
      guard parser.index == buffer.count else { throw parser.error("text after the value") }
      return value
    }
  }

  private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  private func error(_ message: String) -> JSONSyntaxError {
    JSONSyntaxError(message: message, offset: index)
  }

  private mutating func skipSpace() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  private mutating func value() throws -> JSON {
    skipSpace()
    guard index < bytes.count else { throw error("the text ends where a value should stand") }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), 0x30...0x39: return try number()
    default: throw error("unexpected character")
    }
  }

  private mutating func nested(_ read: (inout JSONParser) throws -> JSON) throws -> JSON {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maximumDepth else {
      throw error("nested deeper than \(Self.maximumDepth) levels")
    }
    return try read(&self)
  }

  private mutating func word(_ word: StaticString, _ value: JSON) throws -> JSON {
    let count = word.utf8CodeUnitCount
    guard index + count <= bytes.count else { throw error("unexpected end of text") }
    for offset in 0..<count where bytes[index + offset] != word.utf8Start[offset] {
      throw error("unexpected word")
    }
    index += count
    return value
  }

  private mutating func object() throws -> JSON {
    index += 1
    var object = JSONObject()
    var large: Set<String> = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(object) }
    while true {
      skipSpace()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
        throw error("a name in quotes should stand here")
      }
      let name = try text()
      if isDuplicate(name, in: object, &large) { throw error("the name \"\(name)\" occurs twice") }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw error("a colon should stand here") }
      object.members.append(.init(name: name, value: try value()))
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "}")) else { throw error("a comma or } should stand here") }
      return .object(object)
    }
  }

  // Looking through the few names of an ordinary object beats hashing them; an object with
  // thousands of names gets a set, so that it doesn't cost the square of its size.
  private func isDuplicate(_ name: String, in object: JSONObject, _ large: inout Set<String>)
    -> Bool
  {
    guard object.members.count >= 32 else { return object.members.contains { $0.name == name } }
    if large.isEmpty { large = Set(object.members.map(\.name)) }
    return !large.insert(name).inserted
  }

  private mutating func array() throws -> JSON {
    index += 1
    var elements: [JSON] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value())
      skipSpace()
      if take(UInt8(ascii: ",")) { continue }
      guard take(UInt8(ascii: "]")) else { throw error("a comma or ] should stand here") }
      return .array(elements)
    }
  }

  private mutating func take(_ byte: UInt8) -> Bool {
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func number() throws -> JSON {
    let start = index
    _ = take(UInt8(ascii: "-"))
    let first = index
    let whole = digits()
    guard whole > 0, whole == 1 || bytes[first] != UInt8(ascii: "0") else {
      throw error("not a number")
    }
    var isWhole = true
    if take(UInt8(ascii: ".")) {
      isWhole = false
      guard digits() > 0 else { throw error("a digit should stand here") }
    }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      isWhole = false
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      guard digits() > 0 else { throw error("a digit should stand here") }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isWhole, let integer = Int64(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw error("number out of range") }
    return .number(number)
  }

  private mutating func digits() -> Int {
    let start = index
    while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
    return index - start
  }

  private mutating func text() throws -> String {
    index += 1
    let start = index
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        let text = try validated(bytes[start..<index])
        index += 1
        return text
      case UInt8(ascii: "\\"):
        return try escapedText(from: start)
      case 0..<0x20:
        throw error("a control character in a string")
      default:
        index += 1
      }
    }
    throw error("the string does not end")
  }

  private func validated(_ part: some Collection<UInt8>) throws -> String {
    guard let text = String(validating: part, as: UTF8.self) else {
      throw error("the string is not UTF-8")
    }
    return text
  }

  private mutating func escapedText(from start: Int) throws -> String {
    var decoded = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      index += 1
      switch byte {
      case UInt8(ascii: "\""): return try validated(decoded)
      case UInt8(ascii: "\\"): try escape(into: &decoded)
      case 0..<0x20: throw error("a control character in a string")
      default: decoded.append(byte)
      }
    }
    throw error("the string does not end")
  }

  private mutating func escape(into decoded: inout [UInt8]) throws {
    guard index < bytes.count else { throw error("the string does not end") }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): decoded.append(byte)
    case UInt8(ascii: "b"): decoded.append(0x08)
    case UInt8(ascii: "f"): decoded.append(0x0C)
    case UInt8(ascii: "n"): decoded.append(0x0A)
    case UInt8(ascii: "r"): decoded.append(0x0D)
    case UInt8(ascii: "t"): decoded.append(0x09)
    case UInt8(ascii: "u"): decoded.append(contentsOf: String(try scalar()).utf8)
    default: throw error("unknown escape in a string")
    }
  }

  private mutating func scalar() throws -> Character {
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code) {
      guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
        throw error("half of a surrogate pair")
      }
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
    return Character(scalar)
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard index + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[index..<index + 4], as: UTF8.self), radix: 16),
      bytes[index] != UInt8(ascii: "+"), bytes[index] != UInt8(ascii: "-")
    else { throw error("four hexadecimal digits should stand here") }
    index += 4
    return code
  }
}
