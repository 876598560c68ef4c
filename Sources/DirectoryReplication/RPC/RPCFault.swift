/// A call that the server could not or would not carry out (C706 §12.6.4.7).
struct RPCFault: Error, Hashable, Sendable {
  /// The status: one of RPC (C706 appendix E) or a Windows error ([MS-ERREF] §2.2).
  let status: UInt32
  /// Whether the server says that nothing was done.
  let notExecuted: Bool

  /// What `unit` says.
  static func read(_ unit: ProtocolUnit) throws(MalformedMessage) -> RPCFault {
    var reader = NDRReader(unit.bytes)
    _ = try reader.bytes(24)
    return RPCFault(
      status: try reader.uint32(), notExecuted: unit.header.flags.contains(.notExecuted))
  }

  /// Whether the status is how a server says that it does not take the caller for who it says to be.
  ///
  /// Windows answers the first call of an association whose authentication failed with an access
  /// denial, Samba with `nca_s_proto_error`, or with a `sec_pkg_error` of Windows.
  var isAuthentication: Bool {
    [0x0000_0005, 0x1C01_000B, 0x0000_0721, 0xC002_1022].contains(status)
  }

  /// The status in words.
  var words: String {
    let name: String? =
      switch status {
      case 0x0000_0005: "access denied"
      case 0x0000_0721: "the security package reports an error"
      case 0x0000_06D9: "there are no more endpoints"
      case 0x0000_06F7: "the request's data is invalid"
      case 0x1C00_0001: "no communication"
      case 0x1C01_0002: "no such operation"
      case 0x1C01_0003: "no such interface"
      case 0x1C01_000B: "protocol error"
      case 0x1C01_0014: "the server is too busy"
      case 0x1C00_001A: "the context is not known"
      case 0x1C00_0009: "the request's data is invalid"
      default: nil
      }
    let number = "0x" + String(status, radix: 16)
    return name.map { "\($0) (\(number))" } ?? "fault \(number)"
  }
}
