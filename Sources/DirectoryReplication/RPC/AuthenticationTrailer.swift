/// What stands before an authentication token at the end of a unit ([MS-RPCE] §2.2.2.11,
/// `sec_trailer`).
struct AuthenticationTrailer: Hashable, Sendable {
  /// Who the parties are is found out by one of these ([MS-RPCE] §2.2.1.1.7).
  enum Service: UInt8, Sendable {
    case negotiate = 9
    case ntlm = 10
    case kerberos = 16
  }

  /// The length without the token.
  static let length = 8
  /// Packet privacy: everything is signed, and what is said is enciphered ([MS-RPCE] §2.2.1.1.8).
  static let privacy: UInt8 = 6
  /// The one security context of an association.
  static let context: UInt32 = 1

  var service: Service
  /// Bytes that were added before the trailer.
  var padding: Int

  /// The trailer as it is sent.
  var bytes: [UInt8] {
    var writer = NDRWriter()
    writer.add([service.rawValue, Self.privacy, UInt8(truncatingIfNeeded: padding), 0])
    writer.add(Self.context)
    return writer.bytes
  }

  /// The trailer that these eight bytes are, for an association with `service`.
  static func read(
    _ bytes: some Collection<UInt8>, service: Service
  ) throws(MalformedMessage) -> AuthenticationTrailer {
    let bytes = Array(bytes)
    guard bytes.count == length, bytes[0] == service.rawValue, bytes[1] == privacy else {
      throw MalformedMessage(expected: "authentication of the kind agreed upon", offset: 0)
    }
    return AuthenticationTrailer(service: service, padding: Int(bytes[2]))
  }
}
