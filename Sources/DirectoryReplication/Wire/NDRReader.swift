import Directory

/// Reads values in the Network Data Representation (C706 chapter 14), low byte first.
///
/// Every number is aligned to its own size, counted from the start of the message. Nothing is read
/// beyond the end, and no count is believed that the rest of the message can't hold.
struct NDRReader {
  private let bytes: [UInt8]
  /// The place of the next byte.
  private(set) var offset = 0

  /// A reader at the start of `bytes`.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// How many bytes are left.
  var rest: Int { bytes.count - offset }

  /// Goes on to the next multiple of `size`; padding may be missing at the end.
  mutating func align(_ size: Int) {
    offset = min((offset + size - 1) / size * size, bytes.count)
  }

  /// The next `count` bytes as they are.
  mutating func bytes(_ count: Int) throws(MalformedMessage) -> ArraySlice<UInt8> {
    guard count >= 0, count <= rest else { throw malformed("\(count) bytes") }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// One byte.
  mutating func byte() throws(MalformedMessage) -> UInt8 {
    guard rest > 0 else { throw malformed("a byte") }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// A number of 16 bits.
  mutating func uint16() throws(MalformedMessage) -> UInt16 {
    UInt16(truncatingIfNeeded: try number(2))
  }

  /// A number of 32 bits.
  mutating func uint32() throws(MalformedMessage) -> UInt32 {
    UInt32(truncatingIfNeeded: try number(4))
  }

  /// A number of 64 bits.
  mutating func uint64() throws(MalformedMessage) -> UInt64 { try number(8) }

  /// A GUID, which is aligned as its first number is.
  mutating func guid() throws(MalformedMessage) -> GUID {
    align(4)
    guard let guid = GUID(bytes: try bytes(16)) else { throw malformed("a GUID") }
    return guid
  }

  /// A referent id: whether a pointer points anywhere (C706 §14.3.11).
  mutating func pointer() throws(MalformedMessage) -> Bool { try uint32() != 0 }

  /// The number of elements that follow, each of at least `size` bytes.
  mutating func count(
    _ what: String, size: Int
  ) throws(MalformedMessage) -> Int {
    let place = offset
    let count = Int(try uint32())
    guard count <= rest / max(size, 1) else {
      throw MalformedMessage(expected: "a number of \(what) that fits", offset: place)
    }
    return count
  }

  /// Passes over the maximum count of a conformant array, which says what the array's own count said
  /// (C706 §14.3.3.1).
  mutating func conformance(_ what: String, is count: Int) throws(MalformedMessage) {
    let place = offset
    guard Int(try uint32()) == count else {
      throw MalformedMessage(expected: "\(count) \(what)", offset: place)
    }
  }

  /// Text in UTF-16LE of as many units as `count` says; halves of pairs become the replacement
  /// character.
  mutating func text(units count: Int) throws(MalformedMessage) -> String {
    let raw = try bytes(2 * count)
    return String(utf16LE: raw)
  }

  /// The error that `expected` is not at this place.
  func malformed(_ expected: String) -> MalformedMessage {
    MalformedMessage(expected: expected, offset: offset)
  }

  private mutating func number(_ size: Int) throws(MalformedMessage) -> UInt64 {
    align(size)
    guard size <= rest else { throw malformed("a number of \(8 * size) bits") }
    defer { offset += size }
    return bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension String {
  /// The text of these bytes in UTF-16LE; a last odd byte does not count.
  init(utf16LE bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    self.init(
      decoding: stride(from: 0, to: bytes.count - 1, by: 2).map {
        UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
      },
      as: UTF16.self)
  }

  /// The text's bytes in UTF-16LE.
  var utf16LE: [UInt8] { utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] } }
}
