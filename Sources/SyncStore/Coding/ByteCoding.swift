import Directory

/// Appends numbers, text and values to bytes, the compact way (LEB128, no padding).
struct ByteWriter {
  private(set) var bytes: [UInt8] = []

  init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

  mutating func number(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func number(_ value: Int) { number(UInt64(bitPattern: Int64(value))) }

  mutating func signed(_ value: Int64) {
    number(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  mutating func text(_ text: String) {
    var text = text
    text.withUTF8 {
      number($0.count)
      bytes.append(contentsOf: $0)
    }
  }

  mutating func value(_ value: AttributeValue) {
    switch value {
    case .string(let string):
      bytes.append(0)
      text(string)
    case .binary(let data):
      bytes.append(1)
      number(data.count)
      bytes.append(contentsOf: data)
    case .integer(let integer):
      bytes.append(2)
      signed(integer)
    case .boolean(let flag): bytes.append(flag ? 4 : 3)
    case .reference(let address):
      bytes.append(5)
      text(address)
    }
  }

  mutating func values(_ values: [AttributeValue]) {
    number(values.count)
    for item in values { value(item) }
  }
}

/// Reads what ``ByteWriter`` wrote; every read is checked against the end.
struct ByteReader {
  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Whether all has been read.
  var isAtEnd: Bool { position >= bytes.count }

  private static let corrupt = StoreError(
    .corrupt, message: "An object's attributes in the store can't be read back",
    hint: "Run a full import of its connector; if it comes again, restore the store from a backup")

  mutating func number() throws(StoreError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < bytes.count, shift < 64 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw Self.corrupt
  }

  /// A number of a dictionary; nonsense gives one that no dictionary lists.
  mutating func id() throws(StoreError) -> Int64 { Int64(bitPattern: try number()) }

  mutating func count() throws(StoreError) -> Int {
    let value = try number()
    guard value <= UInt64(bytes.count - position) + 1 else { throw Self.corrupt }
    return Int(value)
  }

  mutating func signed() throws(StoreError) -> Int64 {
    let raw = try number()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  mutating func text() throws(StoreError) -> String {
    String(decoding: try slice(), as: UTF8.self)
  }

  private mutating func slice() throws(StoreError) -> ArraySlice<UInt8> {
    let length = try count()
    guard position + length <= bytes.count else { throw Self.corrupt }
    defer { position += length }
    return bytes[position..<position + length]
  }

  mutating func value() throws(StoreError) -> AttributeValue {
    guard position < bytes.count else { throw Self.corrupt }
    let tag = bytes[position]
    position += 1
    switch tag {
    case 0: return .string(try text())
    case 1: return .binary(Array(try slice()))
    case 2: return .integer(try signed())
    case 3: return .boolean(false)
    case 4: return .boolean(true)
    case 5: return .reference(try text())
    default: throw Self.corrupt
    }
  }

  mutating func values() throws(StoreError) -> [AttributeValue] {
    let count = try count()
    var result: [AttributeValue] = []
    result.reserveCapacity(count)
    for _ in 0..<count { result.append(try value()) }
    return result
  }
}
