/// Why a text is no JSON.
public struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The byte at which the text stops making sense, from 0.
  public var offset: Int
  /// What is wrong there.
  public var reason: String
  /// The error in one line.
  public var description: String { reason + " at byte " + String(offset) }
}

extension JSONValue {
  /// How many arrays and objects may stand inside each other; more is an attack, not data.
  public static let maximumDepth = 64

  /// The value that `bytes` spell.
  ///
  /// A name that occurs twice in an object is refused: two readers of such a text could take
  /// different values from it (RFC 8259 §4).
  ///
  /// - Parameter mendsHalves: Whether U+FFFD stands for half a character (RFC 8259 §8.2). Who cuts
  ///   a text at so many UTF-16 units writes one, and the rest of a long list is not to blame.
  /// - Throws: ``JSONSyntaxError`` if they are not one JSON text in UTF-8, nest deeper than
  ///   ``maximumDepth``, or have a name twice in an object.
  public init(parsing bytes: [UInt8], mendsHalves: Bool = false) throws(JSONSyntaxError) {
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONValue, JSONSyntaxError> in
      var parser = JSONParser(bytes: buffer, mendsHalves: mendsHalves)
      return Result { () throws(JSONSyntaxError) in try parser.document() }
    }
    self = try result.get()
  }
}

private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let mendsHalves: Bool
  var index = 0
  var depth = 0

  init(bytes: UnsafeBufferPointer<UInt8>, mendsHalves: Bool) {
    self.bytes = bytes
    self.mendsHalves = mendsHalves
  }

  mutating func document() throws(JSONSyntaxError) -> JSONValue {
    // A byte order mark may be ignored (RFC 8259 §8.1).
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { index = 3 }
    let value = try value()
    skipBlanks()
    guard index == bytes.count else { throw error("something follows the value") }
    return value
  }

  private mutating func value() throws(JSONSyntaxError) -> JSONValue {
    skipBlanks()
    guard index < bytes.count else { throw error("the text ends where a value should be") }
    switch bytes[index] {
    case UInt8(ascii: "{"): return try object()
    case UInt8(ascii: "["): return try array()
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), 0x30...0x39: return try number()
    default: throw error("no value begins like this")
    }
  }

  private mutating func object() throws(JSONSyntaxError) -> JSONValue {
    try descend()
    var members: [JSONMember] = []
    var many: Set<[UInt8]> = []
    if take(UInt8(ascii: "}")) { return leave(.object(JSONObject())) }
    repeat {
      skipBlanks()
      guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else {
        throw error("a member's name should be here")
      }
      let name = try string()
      guard !isKnown(name, in: members, &many) else {
        throw error("a member's name occurs twice")
      }
      guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
      members.append(JSONMember(name: name, value: try value()))
    } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "}")) else { throw error("the object does not end") }
    return leave(.object(JSONObject(members: members)))
  }

  // Looking through the few names of an ordinary object beats hashing them; an object with
  // thousands of names gets a set, so that it doesn't cost the square of its size. Names that are
  // spelled by other characters are others, whatever Unicode calls equivalent (RFC 8259 §8.3).
  private func isKnown(
    _ name: String, in members: [JSONMember], _ many: inout Set<[UInt8]>
  ) -> Bool {
    guard members.count >= 32 else {
      return members.contains { $0.name.utf8.elementsEqual(name.utf8) }
    }
    if many.isEmpty { many = Set(members.map { Array($0.name.utf8) }) }
    return !many.insert(Array(name.utf8)).inserted
  }

  private mutating func array() throws(JSONSyntaxError) -> JSONValue {
    try descend()
    var values: [JSONValue] = []
    if take(UInt8(ascii: "]")) { return leave(.array(values)) }
    repeat { values.append(try value()) } while take(UInt8(ascii: ","))
    guard take(UInt8(ascii: "]")) else { throw error("the array does not end") }
    return leave(.array(values))
  }

  private mutating func word(
    _ text: StaticString, _ value: JSONValue
  ) throws(JSONSyntaxError) -> JSONValue {
    let count = text.utf8CodeUnitCount
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: count)
    guard bytes[index...].starts(with: wanted) else { throw error("no such word") }
    index += count
    return value
  }

  private mutating func number() throws(JSONSyntaxError) -> JSONValue {
    let start = index
    var isWhole = true
    if bytes[index] == UInt8(ascii: "-") { index += 1 }
    let first = index
    guard skipDigits() > 0 else { throw error("a digit is missing") }
    if bytes[first] == 0x30, index - first > 1 { throw error("a number begins with 0") }
    if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
      index += 1
      isWhole = false
      guard skipDigits() > 0 else { throw error("a digit is missing") }
    }
    if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      isWhole = false
      if index < bytes.count, bytes[index] == 0x2B || bytes[index] == 0x2D { index += 1 }
      guard skipDigits() > 0 else { throw error("a digit is missing") }
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    if isWhole, let whole = Int64(text) { return .integer(whole) }
    guard let value = Double(text), value.isFinite else { throw error("the number is too large") }
    return .number(value)
  }

  private mutating func string() throws(JSONSyntaxError) -> String {
    index += 1
    let start = index
    while index < bytes.count {
      switch bytes[index] {
      case UInt8(ascii: "\""):
        defer { index += 1 }
        return try text(bytes[start..<index], at: start)
      case UInt8(ascii: "\\"): return try escapedString(from: start)
      case 0..<0x20: throw error("a control character stands in a string")
      default: index += 1
      }
    }
    throw error("the string does not end")
  }

  private func text(
    _ piece: some Collection<UInt8>, at start: Int
  ) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: piece, as: UTF8.self) else {
      throw JSONSyntaxError(offset: start, reason: "a string is not UTF-8")
    }
    return text
  }

  private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
    var out = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return try text(out, at: start)
      case UInt8(ascii: "\\"):
        index += 1
        out.append(contentsOf: try escape())
      case 0..<0x20: throw error("a control character stands in a string")
      default:
        out.append(byte)
        index += 1
      }
    }
    throw error("the string does not end")
  }

  private mutating func escape() throws(JSONSyntaxError) -> [UInt8] {
    guard index < bytes.count else { throw error("the string does not end") }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"): return Array(String(try scalar()).utf8)
    default: throw error("no such escape")
    }
  }

  private mutating func scalar() throws(JSONSyntaxError) -> Character {
    let code = try codeUnit()
    if let scalar = Unicode.Scalar(code) { return Character(scalar) }
    let end = index
    if code < 0xDC00, bytes[index...].starts(with: [0x5C, 0x75]) {
      index += 2
      let low = try codeUnit()
      let whole = 0x10000 + (code - 0xD800) << 10 + (low & 0x3FF)
      if (0xDC00..<0xE000).contains(low), let scalar = Unicode.Scalar(whole) {
        return Character(scalar)
      }
    }
    guard mendsHalves else { throw error("half a character") }
    // What followed is no other half, and may be a character by itself.
    index = end
    return "\u{FFFD}"
  }

  private mutating func codeUnit() throws(JSONSyntaxError) -> UInt32 {
    let digits = bytes[index...].prefix(4)
    var code: UInt32 = 0
    for digit in digits {
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue, digit < 0x80 else { break }
      code = code << 4 | UInt32(value)
      index += 1
    }
    guard index == digits.endIndex, digits.count == 4 else {
      throw error("four hexadecimal digits are missing")
    }
    return code
  }
}

extension JSONParser {
  private mutating func skipDigits() -> Int {
    let start = index
    while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
    return index - start
  }

  private mutating func skipBlanks() {
    while index < bytes.count {
      switch bytes[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  /// Steps over `byte`, after blanks, if it is next.
  private mutating func take(_ byte: UInt8) -> Bool {
    skipBlanks()
    guard index < bytes.count, bytes[index] == byte else { return false }
    index += 1
    return true
  }

  private mutating func descend() throws(JSONSyntaxError) {
    depth += 1
    guard depth <= JSONValue.maximumDepth else { throw error("the text nests too deeply") }
    index += 1
  }

  private mutating func leave(_ value: JSONValue) -> JSONValue {
    depth -= 1
    return value
  }

  private func error(_ reason: String) -> JSONSyntaxError {
    JSONSyntaxError(offset: index, reason: reason)
  }
}
