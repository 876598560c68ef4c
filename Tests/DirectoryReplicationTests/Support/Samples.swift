import Directory
import Secrets

@testable import DirectoryReplication

/// Accounts as a controller would send them.
enum Sample {
  static let sessionKey = SecretBytes((0..<16).map { UInt8($0) })
  static let domain = SID(authority: 5, subAuthorities: [21, 1, 2, 3])

  static func guid(_ number: UInt32) -> GUID { GUID(number, 0, 0, 1) }

  static func sid(_ relativeID: UInt32) -> SID? {
    SID(authority: 5, subAuthorities: [21, 1, 2, 3, relativeID])
  }

  /// A user account whose password is `password`, with all that is asked for.
  static func user(_ relativeID: UInt32, password: String, control: UInt32 = 512)
    -> ReplyWriter.Entry
  {
    let name = "user\(relativeID)"
    return ReplyWriter.Entry(
      object: DistinguishedObject(
        guid: guid(relativeID), name: "CN=\(name),CN=Users,DC=contoso,DC=com"),
      values: [
        (.objectSid, [sid(relativeID)?.bytes ?? []]), (.sAMAccountName, [name.utf16LE]),
        (.userAccountControl, [littleEndian(control)]),
        (.unicodePwd, [secret(password, relativeID)]),
        (.pwdLastSet, [littleEndian(UInt64(134_000_000_000_000_000))]),
      ])
  }

  /// A value of `unicodePwd` under ``sessionKey``.
  static func secret(_ password: String, _ relativeID: UInt32) -> [UInt8] {
    var hash = PasswordHash.ntHash(of: password).withBytes { Array($0) }
    hash.withUnsafeMutableBytes { RelativeIDCipher.encrypt($0, relativeID: relativeID) }
    return encrypted(hash)
  }

  /// The value that enciphers `clear` under ``sessionKey``.
  static func encrypted(_ clear: [UInt8]) -> [UInt8] {
    let salt = (0..<16).map { UInt8(0xF0 ^ $0) }
    let digest = Digest.md5()
    digest.add(sessionKey)
    digest.add(salt)
    var value = littleEndian(CRC32.of(clear)) + clear
    if let cipher = RC4(key: digest.secret()) { cipher.apply(to: &value) }
    return salt + value
  }

  static func littleEndian(_ number: some FixedWidthInteger) -> [UInt8] {
    var writer = NDRWriter()
    writer.add(number)
    return writer.bytes
  }
}

extension ReplicatedChange {
  /// The account, if it is one.
  var account: ReplicatedAccount? {
    if case .account(let account) = self { account } else { nil }
  }
}

extension ReplicatedAccount {
  /// Whether the hash is that of `password`.
  func has(_ password: String) -> Bool {
    hash.map { $0.isEqual(to: PasswordHash.ntHash(of: password)) } ?? false
  }
}
