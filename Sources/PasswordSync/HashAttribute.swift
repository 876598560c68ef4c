public import Directory
public import Secrets

/// An attribute of a directory that holds the NT hash of a password.
public struct HashAttribute: Hashable, Sendable {
  /// How it holds the hash.
  public enum Form: Hashable, Sendable {
    /// As 32 hexadecimal digits, as Samba's `sambaNTPassword`.
    case hexadecimal
    /// As 16 bytes, as FreeIPA's `ipaNTHash`.
    case binary
  }

  /// The attribute's name.
  public var name: AttributeName
  /// How it holds the hash.
  public var form: Form
  /// The attribute that tells when the password was set; nil if there is none.
  public var changed: AttributeName?

  /// An attribute of these parts.
  public init(_ name: AttributeName, _ form: Form, changed: AttributeName? = nil) {
    self.name = name
    self.form = form
    self.changed = changed
  }
}

extension HashAttribute {
  /// What the values of the attribute amount to.
  public enum Reading: Sendable {
    /// A hash.
    case hash(SecretBytes)
    /// The account has no password.
    case none
    /// There is something that is no hash, and why.
    case problem(String)
  }

  /// The hash that `values` are; each of them is what one value of the attribute holds.
  public func read(_ values: [SecretBytes]) -> Reading {
    guard let value = values.first, value.count > 0 else { return .none }
    guard values.count == 1 else {
      return .problem("\(name) has \(values.count) values, and an account has one password")
    }
    switch form {
    case .binary:
      guard value.count == PasswordHash.length else {
        return .problem("\(name) holds \(value.count) bytes, and an NT hash has 16")
      }
      return .hash(value)
    case .hexadecimal:
      let hash = value.withBytes { PasswordHash.ntHash(hexadecimal: $0) }
      if let hash { return .hash(hash) }
      // What Samba writes for an account that has no password (`smbpasswd`, 33 or 32 letters).
      let isNone = value.withBytes { $0.starts(with: "NO PASSWORD".utf8) }
      return isNone
        ? .none : .problem("\(name) does not hold the 32 hexadecimal digits of an NT hash")
    }
  }

  /// The bytes that the attribute holds for `hash`; hexadecimal digits are in upper case.
  public func value(of hash: SecretBytes) -> SecretBytes {
    guard form == .hexadecimal else { return hash }
    let digits = [UInt8]("0123456789ABCDEF".utf8)
    return SecretBytes(count: 2 * hash.count) { out in
      hash.withBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          out[2 * index] = digits[Int(byte >> 4)]
          out[2 * index + 1] = digits[Int(byte & 15)]
        }
      }
    }
  }
}

/// When a password was set, as directories write it.
public enum PasswordTime {
  /// The time that `text` tells: GeneralizedTime (RFC 4517 §3.3.13), seconds since 1970, or the
  /// hundreds of nanoseconds since 1601 of Active Directory ([MS-DTYP] §2.3.3).
  ///
  /// nil if it is none of them, or zero: the password must be changed before anything else.
  public static func parse(_ text: String) -> Timestamp? {
    if let time = Timestamp(generalizedTime: text) { return time }
    guard text.utf8.count <= 19, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let number = Int64(text), number > 0
    else { return nil }
    // Seconds have eleven digits until the year 5138, file times seventeen since 1601's first year.
    if text.utf8.count <= 11 { return Timestamp(milliseconds: number * 1000) }
    return text.utf8.count >= 17 ? Timestamp(fileTime: number) : nil
  }

  /// `time` in seconds since 1970.
  public static func seconds(_ time: Timestamp) -> String { String(time.milliseconds / 1000) }

  /// `time` as GeneralizedTime, to the second.
  public static func generalized(_ time: Timestamp) -> String {
    // ISO 8601 as it is printed: 2026-11-28T17:20:00.000Z.
    let digits = time.description.utf8.prefix(19).filter { (0x30...0x39).contains($0) }
    return String(decoding: digits, as: UTF8.self) + "Z"
  }
}
