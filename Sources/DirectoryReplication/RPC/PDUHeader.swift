/// What every protocol data unit of the connection-oriented protocol begins with (C706 §12.6.3.1).
struct PDUHeader: Hashable, Sendable {
  /// The kinds of units that are sent or understood (C706 §12.6.4, [MS-RPCE] §2.2.2).
  enum Kind: UInt8, Sendable {
    case request = 0
    case response = 2
    case fault = 3
    case bind = 11
    case bindAcknowledgement = 12
    case bindRefusal = 13
    case alterContext = 14
    case alterContextResponse = 15
    case thirdAuthentication = 16
    case shutdown = 17
  }

  /// The flags of a unit (C706 §12.6.3.1; [MS-RPCE] §2.2.2.3 for the signed header).
  struct Flags: OptionSet, Sendable, Hashable {
    let rawValue: UInt8
    static let first = Flags(rawValue: 0x01)
    static let last = Flags(rawValue: 0x02)
    /// In binds and their answers: headers are signed too.
    static let signedHeader = Flags(rawValue: 0x04)
    /// In faults: the call was not carried out.
    static let notExecuted = Flags(rawValue: 0x20)
  }

  /// The length of a header.
  static let length = 16
  // Integers low byte first, characters in ASCII, floating point numbers of IEEE (C706 §14.2.5).
  private static let representation: [UInt8] = [0x10, 0, 0, 0]

  var kind: Kind
  var flags: Flags
  /// The length of the whole unit with header and authentication.
  var length: Int
  /// The length of the authentication's token at the end.
  var authenticationLength: Int
  var call: UInt32

  /// The header as it is sent.
  var bytes: [UInt8] {
    var writer = NDRWriter()
    writer.add([5, 0, kind.rawValue, flags.rawValue] + Self.representation)
    writer.add(UInt16(truncatingIfNeeded: length))
    writer.add(UInt16(truncatingIfNeeded: authenticationLength))
    writer.add(call)
    return writer.bytes
  }

  /// The header that these sixteen bytes are.
  static func read(_ bytes: [UInt8]) throws(MalformedMessage) -> PDUHeader {
    var reader = NDRReader(bytes)
    let head = Array(try reader.bytes(8))
    guard head[0] == 5, head[1] <= 1 else {
      throw MalformedMessage(expected: "version 5 of the protocol", offset: 0)
    }
    guard let kind = Kind(rawValue: head[2]) else {
      throw MalformedMessage(expected: "a known kind of unit", offset: 2)
    }
    guard head[4] == 0x10 else {
      throw MalformedMessage(expected: "numbers with the low byte first", offset: 4)
    }
    let length = Int(try reader.uint16())
    let authentication = Int(try reader.uint16())
    guard length >= Self.length, authentication <= length - Self.length else {
      throw MalformedMessage(expected: "lengths that fit", offset: 8)
    }
    return PDUHeader(
      kind: kind, flags: Flags(rawValue: head[3]), length: length,
      authenticationLength: authentication, call: try reader.uint32())
  }
}
