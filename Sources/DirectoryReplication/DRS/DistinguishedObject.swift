import Directory

/// An object's names as the replication protocol passes them: GUID, SID and DN, of which some may be
/// missing ([MS-DRSR] §5.50, `DSNAME`).
struct DistinguishedObject: Hashable, Sendable {
  // The fixed fields, and room for a SID of five sub-authorities.
  private static let fixedLength = 56
  private static let sidLength = 28

  var guid: GUID?
  var sid: SID?
  var name: String

  /// The object with these names.
  init(guid: GUID? = nil, sid: SID? = nil, name: String = "") {
    self.guid = guid
    self.sid = sid
    self.name = name
  }

  /// Adds the structure with the maximum count of its name before it.
  func write(to writer: inout NDRWriter) {
    let units = name.utf16.count
    writer.add(UInt32(units + 1))
    writer.add(UInt32(Self.fixedLength + 2 * (units + 1)))
    writer.add(UInt32(0))
    writer.add(guid ?? .zero)
    writer.zeros(Self.sidLength)
    writer.add(UInt32(units))
    writer.terminated(name)
  }

  /// The structure that comes next.
  static func read(
    _ reader: inout NDRReader
  ) throws(MalformedMessage) -> DistinguishedObject {
    let room = try reader.count("characters", size: 2)
    _ = try reader.uint32()
    let sidLength = Int(try reader.uint32())
    let guid = try reader.guid()
    let sid = try reader.bytes(Self.sidLength)
    let length = Int(try reader.uint32())
    guard length <= room, sidLength <= Self.sidLength else {
      throw reader.malformed("a name of at most \(room) characters")
    }
    let name = try reader.text(units: length)
    _ = try reader.bytes(2 * (room - length))
    return DistinguishedObject(
      guid: guid == .zero ? nil : guid, sid: SID(bytes: sid.prefix(sidLength)), name: name)
  }
}

extension GUID {
  /// Sixteen zeros, which stand for "none".
  static let zero = GUID(0, 0, 0, 0)
}
