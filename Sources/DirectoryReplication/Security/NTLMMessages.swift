/// What the messages of NTLM have in common ([MS-NLMP] §2.2.1).
enum NTLMMessage {
  static let signature = Array("NTLMSSP\0".utf8)
  /// Says that it is Windows Server 2019 with revision 15 of NTLM, since a version must be said
  /// ([MS-NLMP] §2.2.2.10).
  static let version: [UInt8] = [10, 0, 0x63, 0x45, 0, 0, 0, 15]
}

/// The first message: what the client can do ([MS-NLMP] §2.2.1.1).
struct NTLMNegotiation {
  /// The message as it is sent: no names.
  var bytes: [UInt8] {
    var writer = NDRWriter()
    writer.add(NTLMMessage.signature)
    writer.add(UInt32(1))
    writer.add(NTLMFlags.offered.rawValue)
    writer.zeros(16)
    writer.add(NTLMMessage.version)
    return writer.bytes
  }
}

/// The server's answer ([MS-NLMP] §2.2.1.2).
struct NTLMChallenge: Hashable {
  let flags: NTLMFlags
  /// Eight bytes that the response must cover.
  let challenge: [UInt8]
  /// What the server says of itself.
  let target: TargetInformation

  /// The message that `bytes` are.
  static func read(_ bytes: [UInt8]) throws(MalformedMessage) -> NTLMChallenge {
    var reader = NDRReader(bytes)
    guard try reader.bytes(8).elementsEqual(NTLMMessage.signature), try reader.uint32() == 2 else {
      throw MalformedMessage(expected: "a challenge of NTLM", offset: 0)
    }
    _ = try reader.bytes(8)
    let flags = NTLMFlags(rawValue: try reader.uint32())
    let challenge = Array(try reader.bytes(8))
    _ = try reader.bytes(8)
    let length = Int(try reader.uint16())
    _ = try reader.uint16()
    let place = Int(try reader.uint32())
    guard place <= bytes.count, length <= bytes.count - place else {
      throw MalformedMessage(expected: "information on the server that fits", offset: 40)
    }
    return NTLMChallenge(
      flags: flags, challenge: challenge,
      target: try TargetInformation.read(bytes[place..<place + length]))
  }
}

/// The client's answer to the challenge ([MS-NLMP] §2.2.1.3).
struct NTLMAuthentication {
  /// The length of everything before the names, with the place for the integrity code.
  private static let headLength = 88

  var domain: String
  var user: String
  var workstation: String
  var response: [UInt8]
  var encryptedKey: [UInt8]
  var flags: NTLMFlags

  /// The message as it is sent, with sixteen bytes of `integrity` over all three messages.
  func bytes(integrity: [UInt8]) -> [UInt8] {
    // No LM response: a server that tells its time wants zeros ([MS-NLMP] §3.1.5.1.2).
    let fields = [
      [UInt8](repeating: 0, count: 24), response, domain.utf16LE, user.utf16LE,
      workstation.utf16LE, encryptedKey,
    ]
    var writer = NDRWriter()
    writer.add(NTLMMessage.signature)
    writer.add(UInt32(3))
    var place = Self.headLength
    for field in fields {
      writer.add(UInt16(truncatingIfNeeded: field.count))
      writer.add(UInt16(truncatingIfNeeded: field.count))
      writer.add(UInt32(place))
      place += field.count
    }
    writer.add(flags.rawValue)
    writer.add(NTLMMessage.version)
    writer.add(integrity)
    for field in fields { writer.add(field) }
    return writer.bytes
  }
}
