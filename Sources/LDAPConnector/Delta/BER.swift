/// Reads the pieces of BER that values of controls are made of: tags of one byte and definite
/// lengths, as LDAP restricts it (RFC 4511 §5.1).
struct BERReader {
  /// A value that is not what its control's definition says.
  struct Fault: Error {}

  private var rest: ArraySlice<UInt8>

  /// A reader of `bytes`.
  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// The tag of the next piece; nil at the end.
  var nextTag: UInt8? { rest.first }

  /// The next piece.
  ///
  /// - Throws: ``Fault`` if there is none, or it is longer than what there is.
  mutating func piece() throws(Fault) -> (tag: UInt8, content: ArraySlice<UInt8>) {
    guard let tag = rest.popFirst(), let first = rest.popFirst() else { throw Fault() }
    var length = Int(first)
    if first & 0x80 != 0 {
      let count = Int(first & 0x7F)
      guard (1...4).contains(count), rest.count >= count else { throw Fault() }
      length = rest.prefix(count).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(count)
    }
    guard length <= rest.count else { throw Fault() }
    defer { rest = rest.dropFirst(length) }
    return (tag, rest.prefix(length))
  }

  /// The content of the next piece, which must have this tag.
  mutating func content(_ tag: UInt8) throws(Fault) -> ArraySlice<UInt8> {
    let piece = try piece()
    guard piece.tag == tag else { throw Fault() }
    return piece.content
  }

  /// The content of the next piece if it has this tag; else nil, and nothing is read.
  mutating func optional(_ tag: UInt8) throws(Fault) -> ArraySlice<UInt8>? {
    nextTag == tag ? try piece().content : nil
  }

  /// The number in the next piece.
  mutating func integer(_ tag: UInt8 = BERTag.integer) throws(Fault) -> Int64 {
    let content = try content(tag)
    guard let first = content.first, content.count <= 8 else { throw Fault() }
    let start: Int64 = first & 0x80 == 0 ? 0 : -1
    return content.reduce(start) { $0 << 8 | Int64($1) }
  }

  /// The truth value in the next piece if it is one.
  mutating func boolean(default value: Bool) throws(Fault) -> Bool {
    guard let content = try optional(BERTag.boolean) else { return value }
    guard content.count == 1, let byte = content.first else { throw Fault() }
    return byte != 0
  }
}

/// Tags of BER (X.690 §8.1.2).
enum BERTag {
  static let boolean: UInt8 = 0x01
  static let integer: UInt8 = 0x02
  static let octets: UInt8 = 0x04
  static let enumerated: UInt8 = 0x0A
  static let sequence: UInt8 = 0x30
  static let set: UInt8 = 0x31
}

/// Makes pieces of BER.
enum BERWriter {
  /// A piece.
  static func piece(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
    var length: [UInt8] = []
    var rest = content.count
    while rest > 0 {
      length.insert(UInt8(truncatingIfNeeded: rest), at: 0)
      rest >>= 8
    }
    return [tag, 0x80 | UInt8(length.count)] + length + content
  }

  /// A number, in as few bytes as it takes.
  static func integer(_ value: Int64, _ tag: UInt8 = BERTag.integer) -> [UInt8] {
    var bytes = (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
    while bytes.count > 1,
      bytes[0] == 0 && bytes[1] & 0x80 == 0 || bytes[0] == 0xFF && bytes[1] & 0x80 != 0
    {
      bytes.removeFirst()
    }
    return piece(tag, bytes)
  }
}
