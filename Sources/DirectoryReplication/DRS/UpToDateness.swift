import Directory

/// How far changes were read from one controller: three of its update sequence numbers ([MS-DRSR]
/// §5, `USN_VECTOR`).
struct USNVector: Hashable, Sendable {
  /// Up to which change objects were read.
  var object: UInt64 = 0
  /// Nothing that a reader looks at; it is given back as it came.
  var reserved: UInt64 = 0
  /// Up to which change attributes were read.
  var property: UInt64 = 0

  /// Adds the three numbers.
  func write(to writer: inout NDRWriter) {
    writer.add(object)
    writer.add(reserved)
    writer.add(property)
  }

  /// The three numbers that come next.
  static func read(_ reader: inout NDRReader) throws(MalformedMessage) -> USNVector {
    let object = try reader.uint64()
    let reserved = try reader.uint64()
    return USNVector(object: object, reserved: reserved, property: try reader.uint64())
  }
}

/// Up to which change of each controller everything is known ([MS-DRSR] §5,
/// `UPTODATE_VECTOR_V1_EXT` and `UPTODATE_VECTOR_V2_EXT`).
struct UpToDateness: Hashable, Sendable {
  /// The last known change of each controller, by its invocation id.
  var changes: [GUID: UInt64] = [:]

  /// Adds what `other` knows: of each controller, the later change counts.
  mutating func merge(_ other: UpToDateness) {
    changes.merge(other.changes) { max($0, $1) }
  }

  /// The vector in its first version, as it is sent.
  func write(to writer: inout NDRWriter) {
    writer.add(UInt32(changes.count))
    writer.align(8)
    writer.add(UInt32(1))
    writer.add(UInt32(0))
    writer.add(UInt32(changes.count))
    writer.add(UInt32(0))
    // The cursors are ordered by controller.
    let ordered = changes.sorted { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }
    for (controller, change) in ordered {
      writer.align(8)
      writer.add(controller)
      writer.add(change)
    }
  }

  /// The vector that comes next, in its first or second version.
  static func read(_ reader: inout NDRReader) throws(MalformedMessage) -> UpToDateness {
    let count = try reader.count("controllers", size: 24)
    reader.align(8)
    let version = try reader.uint32()
    guard version == 1 || version == 2 else { throw reader.malformed("version 1 or 2 of a vector") }
    _ = try reader.uint32()
    guard Int(try reader.uint32()) == count else { throw reader.malformed("\(count) controllers") }
    _ = try reader.uint32()
    var vector = UpToDateness()
    for _ in 0..<count {
      reader.align(8)
      let controller = try reader.guid()
      vector.changes[controller] = try reader.uint64()
      if version == 2 { _ = try reader.uint64() }
    }
    return vector
  }
}
