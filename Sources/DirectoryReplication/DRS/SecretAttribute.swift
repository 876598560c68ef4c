import Secrets

/// Deciphers the value of an attribute that is secret ([MS-DRSR] §4.1.10.6,
/// `DecryptValuesIfNecessary`, of an `ENCRYPTED_PAYLOAD`, §4.1.10.2).
enum SecretAttribute {
  private static let saltLength = 16
  private static let checksumLength = 4

  /// What was not right.
  enum Failure: Error, Hashable {
    /// The value is shorter than its salt and checksum.
    case tooShort(Int)
    /// The checksum is another: the value was not enciphered under this session's key.
    case wrongChecksum
    /// The password's hash has another length.
    case noHash(Int)
  }

  /// The clear value.
  static func decrypt(
    _ value: some Collection<UInt8>, sessionKey: SecretBytes
  ) throws(Failure) -> SecretBytes {
    let value = Array(value)
    guard value.count > saltLength + checksumLength else { throw .tooShort(value.count) }
    let digest = Digest.md5()
    digest.add(sessionKey)
    digest.add(value[..<saltLength])
    guard let cipher = RC4(key: digest.secret()) else { throw .wrongChecksum }
    let clear = SecretBytes(value[saltLength...], changedBy: { cipher.apply(to: $0) })
    return try SecretBytes(count: clear.count - checksumLength) { (out) throws(Failure) in
      let isRight = clear.withBytes { bytes in
        out.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[checksumLength...]))
        let checksum = bytes[..<checksumLength].reversed()
        return CRC32.of(bytes[checksumLength...]) == checksum.reduce(0) { $0 << 8 | UInt32($1) }
      }
      guard isRight else { throw .wrongChecksum }
    }
  }

  /// The NT hash in the value of `unicodePwd` of the account with this relative id; its innermost
  /// layer is ``RelativeIDCipher``.
  static func ntHash(
    _ value: some Collection<UInt8>, sessionKey: SecretBytes, relativeID: UInt32
  ) throws(Failure) -> SecretBytes {
    let layered = try decrypt(value, sessionKey: sessionKey)
    guard layered.count == RelativeIDCipher.length else { throw .noHash(layered.count) }
    return SecretBytes(layered) { RelativeIDCipher.decrypt($0, relativeID: relativeID) }
  }
}
