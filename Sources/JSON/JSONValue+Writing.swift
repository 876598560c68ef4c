extension JSONValue {
  /// The value as JSON text in UTF-8, without blanks.
  public var encoded: [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(512)
    write(to: &out)
    return out
  }

  /// The value as JSON text, without blanks.
  public var text: String { String(decoding: encoded, as: UTF8.self) }

  /// Appends the value's text to `out`.
  public func write(to out: inout [UInt8]) {
    switch self {
    case .null: out += "null".utf8
    case .boolean(let flag): out += (flag ? "true" : "false").utf8
    case .integer(let number): out += String(number).utf8
    // JSON has no infinity (RFC 8259 §6).
    case .number(let number): out += (number.isFinite ? String(number) : "null").utf8
    case .string(let text): Self.write(text, to: &out)
    case .array(let values): Self.write(values, to: &out)
    case .object(let object): Self.write(object, to: &out)
    }
  }

  private static func write(_ values: [JSONValue], to out: inout [UInt8]) {
    out.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      value.write(to: &out)
    }
    out.append(UInt8(ascii: "]"))
  }

  private static func write(_ object: JSONObject, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "{"))
    for (index, member) in object.members.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      write(member.name, to: &out)
      out.append(UInt8(ascii: ":"))
      member.value.write(to: &out)
    }
    out.append(UInt8(ascii: "}"))
  }

  private static func write(_ text: String, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
      case 0x0A: out += "\\n".utf8
      case 0x0D: out += "\\r".utf8
      case 0x09: out += "\\t".utf8
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        out += ("\\u00" + (digits.utf8.count == 1 ? "0" : "") + digits).utf8
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }
}
