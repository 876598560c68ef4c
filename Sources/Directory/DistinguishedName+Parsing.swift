extension DistinguishedName {
  /// A type with its unescaped value, or with one that is spelled as the BER encoding of itself.
  typealias Pair = (type: String, value: String, isEncoded: Bool)

  /// The normalized form of a name without escapes, quotes, `+` and odd spaces; nil for others.
  static func normalizeSimple(_ text: String) -> String? {
    isSimple(text) ? text.lowercasedForNames : nil
  }

  /// Whether `text` is a name by the grammar of RFC 4514 §3; cheaper than to make one of it.
  public static func isValid(_ text: String) -> Bool {
    isSimple(text) || (try? parse(text)) != nil
  }

  private static func isSimple(_ text: String) -> Bool {
    var isInValue = false
    var previous: UInt8 = 0x2C
    for byte in text.utf8 {
      switch byte {
      case 0x5C, 0x22, 0x2B, 0x3B, 0x3C, 0x3E, 0x23, 0...0x1F, 0x7F: return false
      case 0x3D:
        if isInValue || previous == 0x2C { return false }
        isInValue = true
      case 0x2C:
        if !isInValue || previous == 0x20 || previous == 0x3D { return false }
        isInValue = false
      case 0x20:
        if !isInValue || previous == 0x3D || previous == 0x20 { return false }
      default:
        if !isInValue, !isTypeByte(byte) { return false }
      }
      previous = byte
    }
    return isInValue && previous != 0x20 && previous != 0x3D
  }

  /// Whether `byte` may stand in an attribute type; the underscore is in no RFC, but in some names.
  static func isTypeByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }

  /// The parts of `text` as they are spelled, cut at unescaped commas.
  public static func split(_ text: String) -> [String] {
    var parts: [String] = []
    var current: [UInt8] = []
    // Spaces at the end of a part belong to it only if they are escaped.
    var kept = 0
    var isEscaped = false
    var isQuoted = false
    for byte in text.utf8 {
      if !isEscaped, !isQuoted, byte == 0x2C || byte == 0x3B {
        parts.append(String(decoding: current[..<kept], as: UTF8.self))
        current.removeAll()
        kept = 0
        continue
      }
      if byte == 0x20, !isEscaped, current.isEmpty { continue }
      current.append(byte)
      if byte != 0x20 || isEscaped { kept = current.count }
      if byte == 0x22, !isEscaped { isQuoted.toggle() }
      isEscaped = !isEscaped && byte == 0x5C
    }
    if !parts.isEmpty || kept > 0 {
      parts.append(String(decoding: current[..<kept], as: UTF8.self))
    }
    return parts
  }

  /// The parts of `text`, each a list of type and unescaped value.
  static func parse(_ text: String) throws(DistinguishedNameError) -> [[Pair]] {
    guard !text.isEmpty else { return [] }
    var scanner = Scanner(text)
    var parts: [[Pair]] = []
    while true {
      var pairs: [Pair] = [try scanner.pair()]
      while scanner.take(0x2B) { pairs.append(try scanner.pair()) }
      parts.append(pairs)
      if scanner.atEnd { return parts }
      guard scanner.take(0x2C) || scanner.take(0x3B) else {
        throw scanner.fault("a comma was expected")
      }
    }
  }

  static func join(_ pairs: [Pair]) -> String {
    pairs.map { pair in
      let value = pair.value.lowercased()
      return pair.type.lowercased() + "="
        + (pair.isEncoded ? value : escape(value.collapsingSpaces))
    }
    .sorted().joined(separator: "+")
  }

  // What may need an escape somewhere in a value.
  private static let escaped = Array(##""+,;<>\=#"##.utf8)

  /// `value` as it must be spelled inside a DN (RFC 4514 §2.4).
  public static func escape(_ value: String) -> String {
    let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && !escaped.contains($0) }
    if isPlain, value.utf8.first != 0x20, value.utf8.last != 0x20 { return value }
    var out = ""
    let last = value.unicodeScalars.count - 1
    for (index, scalar) in value.unicodeScalars.enumerated() {
      switch scalar {
      case "\"", "+", ",", ";", "<", ">", "\\", "=": out += "\\" + String(scalar)
      case "#" where index == 0, " " where index == 0 || index == last:
        out += "\\" + String(scalar)
      case "\0"..."\u{1F}", "\u{7F}": out += "\\" + Hexadecimal.encode([UInt8(scalar.value)])
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}

/// Reads the grammar of RFC 4514 §3 from UTF-8.
private struct Scanner {
  let text: String
  let bytes: [UInt8]
  var position = 0

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  var atEnd: Bool { position >= bytes.count }

  func fault(_ reason: String) -> DistinguishedNameError {
    let offset = String(decoding: bytes[..<min(position, bytes.count)], as: UTF8.self).count
    return DistinguishedNameError(text: text, offset: offset, reason: reason)
  }

  mutating func skipSpaces() {
    while !atEnd, bytes[position] == 0x20 { position += 1 }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard !atEnd, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  mutating func pair() throws(DistinguishedNameError) -> DistinguishedName.Pair {
    skipSpaces()
    let start = position
    while !atEnd, DistinguishedName.isTypeByte(bytes[position]) { position += 1 }
    guard position > start else { throw fault("an attribute type was expected") }
    let type = String(decoding: bytes[start..<position], as: UTF8.self)
    skipSpaces()
    guard take(0x3D) else { throw fault("\"=\" was expected after \"\(type.beginning(100))\"") }
    skipSpaces()
    if let value = encodedValue() { return (type, value, true) }
    return (type, try value(), false)
  }

  /// The value that is spelled as its encoding: `#04024869` (RFC 4514 §2.4).
  ///
  /// It is no text that begins so, and servers don't take it for the text that it encodes either.
  /// What is no such spelling is text that somebody forgot to escape.
  private mutating func encodedValue() -> String? {
    guard !atEnd, bytes[position] == 0x23 else { return nil }
    var end = position + 1
    while end < bytes.count, Hexadecimal.value(of: bytes[end]) != nil { end += 1 }
    let digits = end - position - 1
    let next = bytes[end...].firstIndex { $0 != 0x20 } ?? bytes.count
    guard digits > 0, digits % 2 == 0,
      next == bytes.count || [0x2C, 0x2B, 0x3B].contains(bytes[next])
    else { return nil }
    defer { position = next }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  private mutating func value() throws(DistinguishedNameError) -> String {
    if take(0x22) { return try quoted() }
    var out: [UInt8] = []
    var keep = 0
    while !atEnd {
      let byte = bytes[position]
      if byte == 0x2C || byte == 0x2B || byte == 0x3B { break }
      if byte == 0x5C {
        out.append(try escaped())
        keep = out.count
        continue
      }
      if byte == 0x22 || byte == 0 { throw fault("this character must be escaped") }
      out.append(byte)
      if byte != 0x20 { keep = out.count }
      position += 1
    }
    guard keep > 0 else { throw fault("a value was expected") }
    return try text(out[..<keep])
  }

  // Bytes that are no UTF-8 would make different names look equal.
  private func text(_ bytes: ArraySlice<UInt8>) throws(DistinguishedNameError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw fault("the escapes before this place spell no UTF-8")
    }
    return text
  }

  private mutating func quoted() throws(DistinguishedNameError) -> String {
    var out: [UInt8] = []
    while !atEnd {
      let byte = bytes[position]
      if byte == 0x22 {
        guard !out.isEmpty else { throw fault("a value was expected") }
        position += 1
        skipSpaces()
        return try text(out[...])
      }
      if byte == 0x5C {
        out.append(try escaped())
      } else {
        out.append(byte)
        position += 1
      }
    }
    throw fault("the quote is not closed")
  }

  private mutating func escaped() throws(DistinguishedNameError) -> UInt8 {
    position += 1
    guard !atEnd else { throw fault("the escape has no end") }
    if position + 1 < bytes.count, let high = Hexadecimal.value(of: bytes[position]),
      let low = Hexadecimal.value(of: bytes[position + 1])
    {
      position += 2
      return high << 4 | low
    }
    position += 1
    return bytes[position - 1]
  }
}

extension String {
  /// What `lowercased()` gives, in a fraction of the time where no letter needs Unicode's tables:
  /// ASCII, the letters of Latin-1, and scripts without case.
  var lowercasedForNames: String {
    var out: [UInt8] = []
    out.reserveCapacity(utf8.count)
    var lead: UInt8 = 0
    for byte in utf8 {
      switch byte {
      case 0x41...0x5A: out.append(byte | 0x20)
      case 0...0x7F: out.append(byte)
      case 0x80...0x9E where lead == 0xC3 && byte != 0x97: out.append(byte + 0x20)
      case 0x80...0xBF: out.append(byte)
      // Latin-1; Hebrew to N'Ko; Samaritan to Tibetan; CJK and kana; Hangul.
      case 0xC2, 0xC3, 0xD7...0xDF, 0xE0, 0xE3...0xE9, 0xEB, 0xEC: out.append(byte)
      default: return lowercased()
      }
      lead = byte
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// The text with every run of spaces as one.
  var collapsingSpaces: String {
    guard contains("  ") else { return self }
    var out = ""
    for character in self where !(character == " " && out.last == " ") { out.append(character) }
    return out
  }
}

extension DistinguishedName {
  /// The types and unescaped values of one part of a name, such as `CN=Ann` or `CN=Ann+UID=7`;
  /// empty if `text` is no such part.
  public static func pairs(ofRelativeName text: String) -> [(type: String, value: String)] {
    guard let parts = try? parse(text), parts.count == 1 else { return [] }
    return parts[0].map { ($0.type, $0.value) }
  }
}
