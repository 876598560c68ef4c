/// The beginning of an association: what it is about, and how it is written (C706 §12.6.4.3).
struct BindMessage {
  /// The longest unit that is offered ([MS-RPCE] §2.2.2.5 takes any; Windows offers this).
  static let fragmentLength: UInt16 = 5840

  let interface: RPCInterface

  /// The body of `bind` and `alter_context`: one context with NDR as its syntax.
  var bytes: [UInt8] {
    var writer = NDRWriter()
    writer.add(Self.fragmentLength)
    writer.add(Self.fragmentLength)
    writer.add(UInt32(0))
    writer.add([1, 0, 0, 0])
    writer.add(UInt16(0))
    writer.add([1, 0])
    writer.add(interface.bytes)
    writer.add(RPCInterface.ndr.bytes)
    return writer.bytes
  }
}

/// The answer to ``BindMessage`` (C706 §12.6.4.4).
struct BindAcknowledgement: Hashable {
  /// The longest unit that the server takes.
  let longestFragment: Int
  /// Why the one context was refused (C706 §12.6.3.1, `p_cont_def_result_t`); nil if it was taken.
  let refusal: String?

  /// What `unit` says.
  static func read(_ unit: ProtocolUnit) throws(MalformedMessage) -> BindAcknowledgement {
    var reader = NDRReader(Array(unit.bytes[..<(try unit.authenticationStart())]))
    _ = try reader.bytes(PDUHeader.length)
    _ = try reader.uint16()
    let longest = Int(try reader.uint16())
    guard longest >= 1432 else { throw reader.malformed("room for units of 1432 bytes") }
    _ = try reader.uint32()
    _ = try reader.bytes(Int(try reader.uint16()))
    reader.align(4)
    guard try reader.byte() >= 1 else { throw reader.malformed("a result") }
    _ = try reader.bytes(3)
    let result = try reader.uint16()
    let reason = try reader.uint16()
    return BindAcknowledgement(
      longestFragment: longest, refusal: result == 0 ? nil : words(result, reason))
  }

  private static func words(_ result: UInt16, _ reason: UInt16) -> String {
    switch reason {
    case 1: "the interface is not supported"
    case 2: "the transfer syntax is not supported"
    case 3: "a local limit was exceeded"
    default: "result \(result), reason \(reason)"
    }
  }
}

/// A refused association (C706 §12.6.4.5; [MS-RPCE] §2.2.2.9).
struct BindRefusal: Hashable, Error {
  let reason: UInt16

  /// What `unit` says.
  static func read(_ unit: ProtocolUnit) throws(MalformedMessage) -> BindRefusal {
    var reader = NDRReader(unit.bytes)
    _ = try reader.bytes(PDUHeader.length)
    return BindRefusal(reason: try reader.uint16())
  }

  /// Whether the reason is the authentication.
  var isAuthentication: Bool { reason == 8 || reason == 9 }

  /// The reason in words.
  var words: String {
    switch reason {
    case 1: "temporary congestion"
    case 2: "a local limit was exceeded"
    case 4: "the version of the protocol is not supported"
    case 8: "the kind of authentication is not supported"
    case 9: "the authentication was refused"
    default: "reason \(reason)"
    }
  }
}
