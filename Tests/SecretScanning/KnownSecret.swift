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

  private init(_ name: String, _ forms: [(String, [UInt8])]) {
    self.name = name
    // Shorter ones stand in any memory by chance.
    self.forms = forms.filter { $0.1.count >= 8 }.map { form, bytes in
      Form(name: form, masked: bytes.map { $0 ^ Self.mask })
    }
  }

  /// A password of at least eight bytes: as UTF-8, as UTF-16 in both orders, each also in Base64 and
  /// hexadecimal.
  package static func password(_ text: String, name: String) -> KnownSecret {
    let utf8 = Array(text.utf8)
    let little = text.utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    let big = text.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    let base = [("UTF-8", utf8), ("UTF-16LE", little), ("UTF-16BE", big)]
    return KnownSecret("password of " + name, base + base.flatMap { texts(of: $0.1, $0.0) })
  }

  /// A hash of 16 bytes: as it is, in hexadecimal of either case, these also in UTF-16LE, as what is
  /// derived from it is fed, and each in Base64.
  package static func hash(_ hash: SecretBytes, name: String) -> KnownSecret {
    let bytes = hash.withBytes { Array($0) }
    var forms = [("bytes", bytes)] + texts(of: bytes, "bytes")
    for (form, text) in [("lower", hexadecimal(bytes)), ("upper", upper(hexadecimal(bytes)))] {
      let wide: [UInt8] = text.flatMap { [$0, UInt8(0)] }
      forms.append(("UTF-16LE of \(form) case", wide))
      forms += base64(text).map { ("Base64 of \(form) case", $0) }
      forms += base64(wide).map { ("Base64 of UTF-16LE of \(form) case", $0) }
    }
    return KnownSecret("hash of " + name, forms)
  }

  private static func texts(of bytes: [UInt8], _ name: String) -> [(String, [UInt8])] {
    base64(bytes).map { ("Base64 of " + name, $0) } + [
      ("hexadecimal of " + name, hexadecimal(bytes)),
      ("hexadecimal in upper case of " + name, upper(hexadecimal(bytes))),
    ]
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    let digits = Array("0123456789abcdef".utf8)
    return bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
  }

  private static func upper(_ text: [UInt8]) -> [UInt8] {
    text.map { (0x61...0x7A).contains($0) ? $0 - 32 : $0 }
  }

  /// The three ways in which Base64 spells bytes in the middle of others, without what depends on
  /// those.
  private static func base64(_ bytes: [UInt8]) -> [[UInt8]] {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    return (0..<3).map { before in
      let padded = [UInt8](repeating: 0, count: before) + bytes + [0, 0]
      // Whole groups of six bits that lie within the bytes.
      let first = (before * 8 + 5) / 6
      let last = (before + bytes.count) * 8 / 6
      return (first..<last).map { index in
        let bit = index * 6
        let pair = Int(padded[bit / 8]) << 8 | Int(padded[bit / 8 + 1])
        return digits[pair >> (10 - bit % 8) & 63]
      }
    }
  }
}
