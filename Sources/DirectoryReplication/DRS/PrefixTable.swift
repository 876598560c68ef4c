/// Short numbers for the identifiers of attributes: the beginning of each is said once, in a table
/// ([MS-DRSR] §5.16.4).
struct PrefixTable: Hashable, Sendable {
  /// The encoded beginning of an identifier, by the upper half of the number.
  private(set) var prefixes: [UInt32: [UInt8]]

  /// A table of these beginnings.
  init(_ prefixes: [UInt32: [UInt8]]) { self.prefixes = prefixes }

  /// The beginnings that every schema starts with, as far as ``ReplicatedAttribute`` needs them
  /// ([MS-DRSR] §5.16.4).
  static let initial = PrefixTable([
    2: [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x01, 0x02],
    9: [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x01, 0x04],
  ])

  /// What stands beside the beginnings in a table that is sent: which schema it is of ([MS-DRSR]
  /// §5.16.4, `schemaInfo`).
  ///
  /// All zeros after the first byte mean none in particular. Samba refuses a table without.
  static let schemaInformation: [UInt8] = [0xFF] + [UInt8](repeating: 0, count: 20)

  /// The number for the encoded identifier `oid`; nil if the table lacks its beginning.
  func number(for oid: [UInt8]) -> UInt32? {
    guard let last = oid.last else { return nil }
    let isLong = oid.count > 1 && oid[oid.count - 2] & 0x80 != 0
    let prefix = Array(oid.dropLast(isLong ? 2 : 1))
    guard let upper = prefixes.first(where: { $0.value == prefix })?.key else { return nil }
    guard isLong else { return upper << 16 | UInt32(last) }
    var value = UInt32(oid[oid.count - 2] & 0x7F) << 7 | UInt32(last)
    // A third byte before belongs to the same number; the prefix keeps it.
    if oid.count > 2, oid[oid.count - 3] & 0x80 != 0 { value |= 0x8000 }
    return upper << 16 | value
  }

  /// The encoded identifier that `number` stands for; nil if the table lacks its beginning.
  func oid(for number: UInt32) -> [UInt8]? {
    guard let prefix = prefixes[number >> 16] else { return nil }
    let value = number & 0x7FFF
    let isLong = number & 0xFFFF >= 128
    return prefix
      + (isLong
        ? [UInt8(truncatingIfNeeded: value >> 7) | 0x80, UInt8(value & 0x7F)]
        : [UInt8(value)])
  }

  /// Adds the count of entries and the pointer to them; ``writeEntries(to:withSchema:)`` goes on.
  func writeHead(to writer: inout NDRWriter, withSchema: Bool) {
    writer.add(UInt32(prefixes.count + (withSchema ? 1 : 0)))
    writer.pointer()
  }

  /// Adds the entries, in the order of their numbers.
  func writeEntries(to writer: inout NDRWriter, withSchema: Bool) {
    var entries = prefixes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    if withSchema { entries.append((0, Self.schemaInformation)) }
    writer.add(UInt32(entries.count))
    for (number, bytes) in entries {
      writer.add(number)
      writer.add(UInt32(bytes.count))
      writer.pointer()
    }
    for (_, bytes) in entries {
      writer.add(UInt32(bytes.count))
      writer.add(bytes)
      writer.align(4)
    }
  }

  /// The `count` entries that come next.
  static func read(
    _ reader: inout NDRReader, count: Int
  ) throws(MalformedMessage) -> PrefixTable {
    try reader.conformance("prefixes", is: count)
    guard count <= reader.rest / 12 else { throw reader.malformed("\(count) prefixes") }
    var heads: [(number: UInt32, length: Int, isThere: Bool)] = []
    for _ in 0..<count {
      let number = try reader.uint32()
      heads.append((number, Int(try reader.uint32()), try reader.pointer()))
    }
    var table = PrefixTable([:])
    for head in heads where head.isThere {
      try reader.conformance("bytes of a prefix", is: head.length)
      let bytes = Array(try reader.bytes(head.length))
      // The schema's information uses the number 0 too.
      if bytes.first != 0xFF { table.prefixes[head.number] = bytes }
    }
    return table
  }
}
