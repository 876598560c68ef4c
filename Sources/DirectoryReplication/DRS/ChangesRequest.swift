import Directory

/// A request for changes in its eighth version ([MS-DRSR] §4.1.10.2, `DRS_MSG_GETCHGREQ_V8`).
struct ChangesRequest: Sendable {
  static let operation: UInt16 = 3

  /// Flags of [MS-DRSR] §5, `DRS_OPTIONS`.
  private static let writableReplica: UInt32 = 0x10
  private static let initialSynchronization: UInt32 = 0x20

  /// What is asked for besides changes ([MS-DRSR] §4.1.10.2.22, `EXOP_REQ`).
  enum Extended: UInt32, Sendable {
    case none = 0
    /// One object, whatever of it has changed.
    case object = 6
  }

  /// The root of what is read, or the one object.
  var object: DistinguishedObject
  /// The controller whose numbers ``from`` are, by its invocation id.
  var invocation: GUID = .zero
  var from = USNVector()
  var upToDateness: UpToDateness?
  var attributes = ReplicatedAttribute.allCases
  /// Objects in one answer at most; a controller may give fewer.
  var objectLimit: UInt32 = 1000
  /// Bytes in one answer, about.
  var byteLimit: UInt32 = 8 << 20
  var extended = Extended.none
  /// Whether the table of prefixes says of which schema it is.
  var withSchema = true

  /// The parameters of `IDL_DRSGetNCChanges` in the session `handle`.
  func stub(_ handle: [UInt8]) -> [UInt8] {
    var writer = NDRWriter()
    writer.add(handle)
    writer.add(UInt32(8))
    writer.add(UInt32(8))
    writer.align(8)
    writeFixed(to: &writer)
    object.write(to: &writer)
    writer.align(4)
    upToDateness?.write(to: &writer)
    writeAttributes(to: &writer)
    PrefixTable.initial.writeEntries(to: &writer, withSchema: withSchema)
    return writer.bytes
  }

  private func writeFixed(to writer: inout NDRWriter) {
    writer.zeros(16)
    writer.add(invocation)
    writer.pointer()
    from.write(to: &writer)
    writer.pointer(upToDateness != nil)
    writer.add(Self.writableReplica | Self.initialSynchronization)
    writer.add(objectLimit)
    writer.add(byteLimit)
    writer.add(extended.rawValue)
    writer.add(UInt64(0))
    writer.pointer()
    writer.pointer(false)
    PrefixTable.initial.writeHead(to: &writer, withSchema: withSchema)
  }

  // [MS-DRSR] §5, PARTIAL_ATTR_VECTOR_V1_EXT; the numbers in ascending order.
  private func writeAttributes(to writer: inout NDRWriter) {
    let numbers = attributes.compactMap { PrefixTable.initial.number(for: $0.oid) }.sorted()
    writer.add(UInt32(numbers.count))
    writer.add(UInt32(1))
    writer.add(UInt32(0))
    writer.add(UInt32(numbers.count))
    for number in numbers { writer.add(number) }
  }
}
