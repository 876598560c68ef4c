import Directory

/// What an association is about, or how its data is written: a UUID with a version (C706 §12.6.3.1,
/// `p_syntax_id_t`).
struct RPCInterface: Hashable, Sendable {
  let uuid: GUID
  let major: UInt16
  let minor: UInt16

  /// The interface with this identifier.
  init(uuid: GUID, major: UInt16, minor: UInt16 = 0) {
    self.uuid = uuid
    self.major = major
    self.minor = minor
  }

  /// The twenty bytes of `p_syntax_id_t`.
  var bytes: [UInt8] {
    var writer = NDRWriter()
    writer.add(uuid)
    writer.add(major)
    writer.add(minor)
    return writer.bytes
  }

  /// The endpoint mapper (C706 appendix O).
  static let endpointMapper = RPCInterface(
    uuid: GUID(0xE1AF_8308, 0x5D1F, 0x11C9, 0x91A4_0800_2B14_A0FA), major: 3)
  /// The directory replication service ([MS-DRSR] §1.9).
  static let replication = RPCInterface(
    uuid: GUID(0xE351_4235, 0x4B06, 0x11D1, 0xAB04_00C0_4FC2_DCD2), major: 4)
  /// The transfer syntax NDR (C706 appendix I).
  static let ndr = RPCInterface(
    uuid: GUID(0x8A88_5D04, 0x1CEB, 0x11C9, 0x9FE8_0800_2B10_4860), major: 2)
}
