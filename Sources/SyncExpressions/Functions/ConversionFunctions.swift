import Directory

extension Function {
  /// Functions that make a value of another type.
  static let conversions: [Function] = [
    Function("CBool", "bool CBool(exp Expression)", 1...1, null: .gives(.boolean(false))) {
      arguments, _ throws(ExpressionFailure) in
      .boolean(try Conditions.isTrue(arguments[0]))
    },
    Function("CNum", "num CNum(str value)", 1...1) { arguments, _ throws(ExpressionFailure) in
      .integer(try number(arguments))
    },
    Function("CStr", "str CStr(num|ref|bool value)", 1...1) {
      arguments, _ throws(ExpressionFailure) in
      .string(try arguments.text(0))
    },
    Function("CRef", "ref CRef(str value)", 1...1) { arguments, _ throws(ExpressionFailure) in
      .reference(try arguments.text(0))
    },
    Function("CGuid", "bin CGuid(str GUID)", 1...1) { arguments, _ throws(ExpressionFailure) in
      guard let guid = GUID(try arguments.text(0)) else {
        throw arguments.refused(
          0, "which is no GUID", hint: "a GUID looks like 00001111-aaaa-2222-bbbb-3333cccc4444")
      }
      return .binary(guid.bytes)
    },
    Function("CBin", "bin CBin(num value, num length)", 2...2) {
      arguments, _ throws(ExpressionFailure) in
      .binary(try bytes(arguments))
    },
    Function("StringFromGuid", "str StringFromGuid(bin GUID)", 1...1) {
      arguments, _ throws(ExpressionFailure) in
      guard let guid = GUID(bytes: try arguments.bytes(0)) else {
        throw arguments.refused(0, "and a GUID has sixteen")
      }
      return .string(guid.description)
    },
    Function("StringFromSid", "str StringFromSid(bin ObjectSID)", 1...1) {
      arguments, _ throws(ExpressionFailure) in
      .string(try sid(arguments).description)
    },
  ]

  /// A number of text, or of bytes with the low one first, as Active Directory's binary structures
  /// have them ([MS-ADTS] §2.2.20).
  private static func number(_ arguments: Arguments) throws(ExpressionFailure) -> Int64 {
    guard case .binary(let bytes) = arguments[0] else { return try arguments.number(0) }
    guard (1...8).contains(bytes.count) else {
      throw arguments.refused(0, "and a number has one to eight")
    }
    return Int64(bitPattern: bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// The bytes of a number, the low one first.
  private static func bytes(_ arguments: Arguments) throws(ExpressionFailure) -> [UInt8] {
    let number = try arguments.number(0)
    let count = try arguments.position(1)
    guard (1...8).contains(count) else {
      throw arguments.outOfRange(1, "a number has one to eight bytes")
    }
    if count < 8, number < -(1 << (8 * count - 1)) || number >= 1 << (8 * count) {
      throw arguments.outOfRange(0, "it does not fit into \(count) bytes")
    }
    let bits = UInt64(bitPattern: number)
    return (0..<count).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
  }

  private static func sid(_ arguments: Arguments) throws(ExpressionFailure) -> SID {
    if case .string(let text) = arguments[0], let sid = SID(text) { return sid }
    if let sid = SID(bytes: try arguments.bytes(0)) { return sid }
    throw arguments.refused(0, "which are no security identifier")
  }
}
