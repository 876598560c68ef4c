/// An attribute that is asked for, by the identifier of its place in the schema ([MS-ADA3], [MS-ADA1]).
enum ReplicatedAttribute: CaseIterable, Hashable, Sendable {
  case objectSid, sAMAccountName, unicodePwd, pwdLastSet, userAccountControl, isDeleted

  /// The BER encoding of the object identifier, without tag and length.
  var oid: [UInt8] {
    switch self {
    case .objectSid: Self.microsoft4(146)
    case .sAMAccountName: Self.microsoft4(221)
    case .unicodePwd: Self.microsoft4(90)
    case .pwdLastSet: Self.microsoft4(96)
    case .userAccountControl: Self.microsoft4(8)
    case .isDeleted: [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x01, 0x02, 48]
    }
  }

  /// The attribute with the encoded identifier `oid`; nil if it is none that is asked for.
  init?(oid: [UInt8]) {
    guard let attribute = Self.byOID[oid] else { return nil }
    self = attribute
  }

  /// Those that anyone with Get-Changes may read.
  static let open = allCases.filter { $0 != .unicodePwd }

  private static let byOID = Dictionary(uniqueKeysWithValues: allCases.map { ($0.oid, $0) })

  // Below 1.2.840.113556.1.4.
  private static func microsoft4(_ last: UInt8) -> [UInt8] {
    let head: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x14, 0x01, 0x04]
    return head + (last < 128 ? [last] : [0x81, last & 0x7F])
  }
}
