package import Secrets

/// A password or a hash that a test knows, in all forms in which it could turn up.
///
/// The forms are kept under a mask, so that a search through one's own memory does not find itself.
package struct KnownSecret: Sendable {
  /// One form of a secret.
  struct Form: Sendable {
    /// What form: `base64 of UTF-8`.
    var name: String
    /// The bytes, each combined with ``KnownSecret/mask``.
    var masked: [UInt8]
  }

  static let mask: UInt8 = 0xA5

  /// What the secret is called where it is found: never the secret itself.
  package let name: String
  let forms: [Form]

  private init(_ name: String, _ forms: [(String, SecretBytes)]) {
    self.name = name
    // Shorter ones stand in any memory by chance.
    self.forms = forms.filter { $0.1.count >= 8 }.map { form, secret in
      Form(name: form, masked: secret.withBytes { bytes in bytes.map { $0 ^ Self.mask } })
    }
  }

  /// A password of at least eight bytes: as UTF-8, as UTF-16 in both orders, each also in Base64 and
  /// hexadecimal.
  package static func password(_ text: String, name: String) -> KnownSecret {
    let little = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    let base = [
      ("UTF-8", SecretBytes(text.utf8)), ("UTF-16LE", SecretBytes(little)),
      ("UTF-16BE", SecretBytes(big)),
    ]
    return KnownSecret("password of " + name, base + base.flatMap { texts(of: $0.1, $0.0) })
  }

  /// A hash of 16 bytes: as it is, in hexadecimal of either case, these also in UTF-16LE, as what is
  /// derived from it is fed, and each in Base64.
  ///
  /// All are made in memory that is overwritten, so that nothing of them is found later.
  package static func hash(_ hash: SecretBytes, name: String) -> KnownSecret {
    var forms = [("bytes", hash)] + texts(of: hash, "bytes")
    for (form, digits) in [("lower", lowerDigits), ("upper", upperDigits)] {
      let text = hexadecimal(hash, digits)
      let wide = SecretBytes(count: text.count * 2) { room in
        text.withBytes { bytes in for (at, byte) in bytes.enumerated() { room[at * 2] = byte } }
      }
      forms.append(("UTF-16LE of \(form) case", wide))
      forms += base64(text).map { ("Base64 of \(form) case", $0) }
      forms += base64(wide).map { ("Base64 of UTF-16LE of \(form) case", $0) }
    }
    return KnownSecret("hash of " + name, forms)
  }

  private static let lowerDigits = Array("0123456789abcdef".utf8)
  private static let upperDigits = Array("0123456789ABCDEF".utf8)

  private static func texts(of secret: SecretBytes, _ name: String) -> [(String, SecretBytes)] {
    base64(secret).map { ("Base64 of " + name, $0) } + [
      ("hexadecimal of " + name, hexadecimal(secret, lowerDigits)),
      ("hexadecimal in upper case of " + name, hexadecimal(secret, upperDigits)),
    ]
  }

  private static func hexadecimal(_ secret: SecretBytes, _ digits: [UInt8]) -> SecretBytes {
    SecretBytes(count: secret.count * 2) { room in
      secret.withBytes { bytes in
        for (at, byte) in bytes.enumerated() {
          room[at * 2] = digits[Int(byte >> 4)]
          room[at * 2 + 1] = digits[Int(byte & 15)]
        }
      }
    }
  }

  /// The three ways in which Base64 spells bytes in the middle of others, without what depends on
  /// those.
  private static func base64(_ secret: SecretBytes) -> [SecretBytes] {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    return (0..<3).map { before in
      // Whole groups of six bits that lie within the bytes.
      let first = (before * 8 + 5) / 6
      let last = (before + secret.count) * 8 / 6
      return SecretBytes(count: last - first) { room in
        secret.withBytes { bytes in
          func byte(_ at: Int) -> Int { bytes.indices.contains(at) ? Int(bytes[at]) : 0 }
          for index in first..<last {
            let bit = index * 6
            let at = bit / 8 - before
            let pair = byte(at) << 8 | byte(at + 1)
            room[index - first] = digits[pair >> (10 - bit % 8) & 63]
          }
        }
      }
    }
  }
}
