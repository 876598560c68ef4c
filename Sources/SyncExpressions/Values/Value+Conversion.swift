import Directory

extension Value {
  /// The value as text as `CStr` gives it, or nil for a type that has none.
  var text: String? {
    switch self {
    case .string(let text), .reference(let text): text
    case .integer(let number): String(number)
    case .boolean(let flag): flag ? "True" : "False"
    default: nil
    }
  }

  /// The value as a whole number, or nil if it is none.
  ///
  /// Text that spells a number is one: directories that know no types hold everything as text.
  var number: Int64? {
    switch self {
    case .integer(let number): number
    case .boolean(let flag): flag ? 1 : 0
    case .string(let text): Numbers.parse(text)
    default: nil
    }
  }

  /// The value as true or false, or nil if it is neither; no value is false, and so is empty text.
  var condition: Bool? {
    switch self {
    case .boolean(let flag): return flag
    case .null, .authoritativeNull, .ignoreThisFlow: return false
    case .integer(let number): return number != 0
    case .string(let text):
      if text.isEmpty { return false }
      return Numbers.boolean(text) ?? Numbers.parse(text).map { $0 != 0 }
    default: return nil
    }
  }

  /// The value as a message shows it: its type, and the beginning of it.
  var shown: String {
    switch self {
    case .null, .authoritativeNull, .ignoreThisFlow: typeName
    case .string(let text): "the text \"\(Text.prefix(text, 40))\""
    case .binary(let bytes): "\(bytes.count) bytes"
    case .date(let moment): "the date \(moment)"
    case .list(let values): "\(values.count) values"
    case .failure(let text): "Error(\"\(Text.prefix(text, 40))\")"
    default: "the \(typeName) \(Text.prefix(text ?? "", 40))"
    }
  }
}

/// Numbers and truth values spelled as text.
enum Numbers {
  /// The whole number that `text` spells in decimal digits, with a sign or without and with spaces
  /// around or without; or in hexadecimal ones after `&H` or `0x`; nil for all else.
  static func parse(_ text: String) -> Int64? {
    var bytes = Array(text.utf8)[...]
    while bytes.last == 0x20 { bytes.removeLast() }
    while bytes.first == 0x20 { bytes.removeFirst() }
    if bytes.count > 2, ["&H", "&h", "0x", "0X"].contains(where: { bytes.starts(with: $0.utf8) }) {
      let digits = bytes.dropFirst(2)
      // `UInt64` would take a sign.
      guard digits.allSatisfy({ Hexadecimal.value(of: $0) != nil }) else { return nil }
      return UInt64(String(decoding: digits, as: UTF8.self), radix: 16)
        .map { Int64(bitPattern: $0) }
    }
    return decimal(bytes)
  }

  private static func decimal(_ bytes: ArraySlice<UInt8>) -> Int64? {
    var digits = bytes
    let isNegative = digits.first == 0x2D
    if isNegative || digits.first == 0x2B { digits.removeFirst() }
    guard !digits.isEmpty else { return nil }
    var value: Int64 = 0
    for byte in digits {
      guard (0x30...0x39).contains(byte) else { return nil }
      let digit = Int64(byte - 0x30)
      let product = value.multipliedReportingOverflow(by: 10)
      let sum =
        isNegative
        ? product.partialValue.subtractingReportingOverflow(digit)
        : product.partialValue.addingReportingOverflow(digit)
      if product.overflow || sum.overflow { return nil }
      value = sum.partialValue
    }
    return value
  }

  /// The truth value that `text` spells in any case, or nil.
  static func boolean(_ text: String) -> Bool? {
    switch text.utf8.count {
    case 4: text.lowercased() == "true" ? true : nil
    case 5: text.lowercased() == "false" ? false : nil
    default: nil
    }
  }
}
