import Directory

/// Reads the list of objects in an answer.
///
/// The first pointer of each element is that to the next, and what a pointer points to follows in the
/// order of pointers (C706 §14.3.12.3): so the fixed parts of all elements come first, and after them
/// the rest of the last, of the one before it, and so on up to the first.
struct EntryListReader {
  let prefixes: PrefixTable
  /// What was read.
  private(set) var entries: [ReplicatedEntry] = []

  private var attributes: [UInt32: ReplicatedAttribute?] = [:]

  /// A reader for numbers of `prefixes`.
  init(prefixes: PrefixTable) { self.prefixes = prefixes }

  /// The part of an element that has a fixed size.
  private struct Fixed {
    let hasNext, hasName, hasAttributes, hasParent, hasStamps: Bool
    let attributeCount: Int

    init(_ reader: inout NDRReader) throws(MalformedMessage) {
      hasNext = try reader.pointer()
      hasName = try reader.pointer()
      _ = try reader.uint32()
      attributeCount = Int(try reader.uint32())
      hasAttributes = try reader.pointer()
      _ = try reader.uint32()
      hasParent = try reader.pointer()
      hasStamps = try reader.pointer()
    }
  }

  /// Reads the list that begins here.
  mutating func read(_ reader: inout NDRReader) throws(MalformedMessage) {
    var fixed: [Fixed] = []
    repeat {
      fixed.append(try Fixed(&reader))
    } while fixed.last?.hasNext == true
    var backwards: [ReplicatedEntry] = []
    for element in fixed.reversed() { backwards.append(try entry(element, &reader)) }
    entries = backwards.reversed()
  }

  private mutating func entry(
    _ fixed: Fixed, _ reader: inout NDRReader
  ) throws(MalformedMessage) -> ReplicatedEntry {
    var entry = ReplicatedEntry()
    if fixed.hasName { entry.object = try DistinguishedObject.read(&reader) }
    var order: [ReplicatedAttribute?] = []
    if fixed.hasAttributes {
      order = try readAttributes(fixed.attributeCount, &reader, into: &entry)
    }
    if fixed.hasParent { _ = try reader.guid() }
    if fixed.hasStamps { try readStamps(order, &reader, into: &entry) }
    return entry
  }

  // [MS-DRSR] §5, ATTRBLOCK; the answer is the attributes in their order.
  private mutating func readAttributes(
    _ count: Int, _ reader: inout NDRReader, into entry: inout ReplicatedEntry
  ) throws(MalformedMessage) -> [ReplicatedAttribute?] {
    try reader.conformance("attributes", is: count)
    guard count <= reader.rest / 12 else { throw reader.malformed("\(count) attributes") }
    var heads: [(attribute: ReplicatedAttribute?, count: Int, isThere: Bool)] = []
    for _ in 0..<count {
      let attribute = attribute(try reader.uint32())
      let values = Int(try reader.uint32())
      heads.append((attribute, values, try reader.pointer()))
    }
    for head in heads {
      let values = head.isThere ? try Self.values(head.count, &reader) : []
      if let attribute = head.attribute { entry.values[attribute] = values }
    }
    return heads.map(\.attribute)
  }

  // [MS-DRSR] §5, ATTRVALBLOCK.
  private static func values(
    _ count: Int, _ reader: inout NDRReader
  ) throws(MalformedMessage) -> [ArraySlice<UInt8>] {
    try reader.conformance("values", is: count)
    guard count <= reader.rest / 8 else { throw reader.malformed("\(count) values") }
    var heads: [(length: Int, isThere: Bool)] = []
    for _ in 0..<count {
      let length = Int(try reader.uint32())
      heads.append((length, try reader.pointer()))
    }
    var values: [ArraySlice<UInt8>] = []
    for head in heads where head.isThere {
      try reader.conformance("bytes of a value", is: head.length)
      values.append(try reader.bytes(head.length))
    }
    return values
  }

  // [MS-DRSR] §5, PROPERTY_META_DATA_EXT_VECTOR: one for each attribute, in their order.
  private func readStamps(
    _ order: [ReplicatedAttribute?], _ reader: inout NDRReader, into entry: inout ReplicatedEntry
  ) throws(MalformedMessage) {
    let count = try reader.count("stamps", size: 40)
    reader.align(8)
    try reader.conformance("stamps", is: count)
    for index in 0..<count {
      reader.align(8)
      let version = try reader.uint32()
      let seconds = try reader.uint64()
      let controller = try reader.guid()
      let change = try reader.uint64()
      guard index < order.count, let attribute = order[index] else { continue }
      entry.stamps[attribute] = ReplicatedEntry.Stamp(
        version: version, time: Timestamp(secondsSince1601: seconds), controller: controller,
        change: change)
    }
  }

  private mutating func attribute(_ number: UInt32) -> ReplicatedAttribute? {
    if let known = attributes[number] { return known }
    let attribute = prefixes.oid(for: number).flatMap(ReplicatedAttribute.init(oid:))
    attributes[number] = .some(attribute)
    return attribute
  }
}

extension Timestamp {
  /// The moment of a DSTIME ([MS-DRSR] §5): seconds since 1601; the epoch if it is beyond the year
  /// 9999.
  init(secondsSince1601 seconds: UInt64) {
    // 9999-12-31T23:59:59Z.
    let isCivil = seconds <= 265_046_774_399
    self.init(milliseconds: isCivil ? (Int64(seconds) - 11_644_473_600) * 1000 : 0)
  }
}
