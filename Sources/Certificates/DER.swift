/// Reads values in DER (ITU-T X.690) one after the other.
struct DER: Equatable {
  /// A value: its tag and what it holds.
  struct Element: Equatable {
    let tag: UInt8
    var content: DER
  }

  private(set) var rest: ArraySlice<UInt8>

  /// The values in these bytes.
  init(_ bytes: [UInt8]) { rest = bytes[...] }

  private init(_ rest: ArraySlice<UInt8>) { self.rest = rest }

  /// Takes the next value, or nil at the end or if the bytes are none.
  mutating func next() -> Element? {
    var bytes = rest
    guard let tag = bytes.popFirst(), let first = bytes.popFirst() else { return nil }
    var length = Int(first)
    if first >= 0x80 {
      let count = Int(first & 0x7F)
      guard (1...4).contains(count), bytes.count >= count else { return nil }
      length = bytes.prefix(count).reduce(0) { $0 << 8 | Int($1) }
      bytes = bytes.dropFirst(count)
    }
    guard length <= bytes.count else { return nil }
    rest = bytes.dropFirst(length)
    return Element(tag: tag, content: DER(bytes.prefix(length)))
  }

  /// The text of a string type: UTF-16 for BMPString, UTF-32 for UniversalString, Latin-1 for
  /// TeletexString as everyone uses it, else UTF-8.
  static func text(_ bytes: [UInt8], tag: UInt) -> String {
    switch tag {
    case 0x1E:
      let units = stride(from: 0, to: bytes.count - 1, by: 2).map {
        UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
      }
      return String(decoding: units, as: UTF16.self)
    case 0x1C:
      let units = stride(from: 0, to: bytes.count - 3, by: 4).map {
        bytes[$0..<$0 + 4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
      return String(decoding: units, as: UTF32.self)
    case 0x14: return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    default: return String(decoding: bytes, as: UTF8.self)
    }
  }
}
