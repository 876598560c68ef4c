import Directory

extension Function {
  /// Functions between bytes and their spellings.
  static let encodings: [Function] = [
    Function("ConvertToBase64", "str ConvertToBase64(str|bin source)", 1...1) {
      arguments, work throws(ExpressionFailure) in
      let bytes = try source(arguments, utf16)
      try work.make(length: bytes.count / 3 * 4)
      return .string(String(decoding: Base64.encode(bytes), as: UTF8.self))
    },
    Function(
      "ConvertFromBase64", "str ConvertFromBase64(str source[, enum Encoding])", 1...2,
      options: [1: ["Unicode", "ASCII", "UTF8"]]
    ) { arguments, work throws(ExpressionFailure) in
      // .NET reads over white space, and base64 mostly comes in lines.
      let text = try arguments.text(0).utf8.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
      guard let bytes = Base64.decode(text) else {
        throw arguments.refused(0, "which is no base64")
      }
      try work.make(length: bytes.count)
      return .string(try decode(bytes, arguments))
    },
    Function("ConvertToUTF8Hex", "str ConvertToUTF8Hex(str source)", 1...1) {
      arguments, work throws(ExpressionFailure) in
      let bytes = try source(arguments) { Array($0.utf8) }
      try work.make(length: bytes.count * 2)
      return .string(Hexadecimal.encode(bytes).uppercased())
    },
    Function("ConvertFromUTF8Hex", "str ConvertFromUTF8Hex(str source)", 1...1) {
      arguments, work throws(ExpressionFailure) in
      guard let bytes = Hexadecimal.decode(try arguments.text(0)) else {
        throw arguments.refused(0, "which is no even number of hexadecimal digits")
      }
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw arguments.refused(0, "whose bytes are no UTF-8")
      }
      try work.make(length: bytes.count)
      return .string(text)
    },
  ]

  private static func source(
    _ arguments: Arguments, _ encode: (String) -> [UInt8]
  ) throws(ExpressionFailure) -> [UInt8] {
    if case .binary(let bytes) = arguments[0] { return bytes }
    return encode(try arguments.text(0))
  }

  private static func utf16(_ text: String) -> [UInt8] {
    text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
  }

  private static func decode(
    _ bytes: [UInt8], _ arguments: Arguments
  ) throws(ExpressionFailure) -> String {
    if try arguments.option(1, "UTF8") { return String(decoding: bytes, as: UTF8.self) }
    if try arguments.option(1, "ASCII") {
      return String(decoding: bytes.map { $0 < 0x80 ? $0 : UInt8(ascii: "?") }, as: UTF8.self)
    }
    guard bytes.count % 2 == 0 else {
      throw arguments.refused(
        0, "which is an odd number of bytes and so no Unicode of two bytes a character",
        hint: "name the encoding: ConvertFromBase64(…, UTF8)")
    }
    let units = stride(from: 0, to: bytes.count, by: 2).map {
      UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
    }
    return String(decoding: units, as: UTF16.self)
  }
}
