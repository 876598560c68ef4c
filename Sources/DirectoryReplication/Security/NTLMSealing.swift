import Secrets

/// One direction of an NTLM session: a cipher that runs on, and signatures that count ([MS-NLMP]
/// §3.4.3 and §3.4.4.2).
final class NTLMSealing {
  /// The length of a signature.
  static let length = 16

  private let signing: SecretBytes
  private let cipher: RC4
  private var sequence: UInt32 = 0

  /// A direction with these keys; nil if they can't be.
  init?(signing: SecretBytes, sealing: SecretBytes) {
    guard let cipher = RC4(key: sealing) else { return nil }
    self.signing = signing
    self.cipher = cipher
  }

  /// Enciphers or deciphers data, in the order in which it is sent.
  func cipher(_ data: inout [UInt8]) { cipher.apply(to: &data) }

  /// The code over the parts of `unit`, whose data is clear.
  func code(_ unit: SealedUnit) -> [UInt8] {
    let digest = Digest.hmacMD5(key: signing)
    digest.add(sequenceBytes)
    digest.add(unit.head)
    digest.add(unit.data)
    digest.add(unit.trailer)
    return Array(digest.bytes().prefix(8))
  }

  /// The signature with `code`, enciphered after the data; the next one has the next number.
  func signature(_ code: [UInt8]) -> [UInt8] {
    var code = code
    cipher.apply(to: &code)
    defer { sequence &+= 1 }
    return [1, 0, 0, 0] + code + sequenceBytes
  }

  private var sequenceBytes: [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: sequence >> (8 * UInt32($0))) }
  }
}
