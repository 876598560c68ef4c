public import Secrets

/// A transformed hash with what it takes to compare a password with it.
public struct Credential: Sendable {
  /// The salt.
  public let salt: [UInt8]
  /// How many times the function was applied.
  public let iterations: Int
  /// What came out.
  public let derived: SecretBytes

  /// A credential of these parts.
  public init(salt: [UInt8], iterations: Int, derived: SecretBytes) {
    self.salt = salt
    self.iterations = iterations
    self.derived = derived
  }

  private static let head = Array("v1;PPH1_MD4,".utf8)
  /// How many iterations are taken from outside at most: more would only keep this machine busy.
  public static let greatestIterations = 1_000_000

  /// The form in which it travels, in ASCII: `v1;PPH1_MD4,<salt>,<iterations>,<derived>;`.
  public var encoded: SecretBytes {
    let count = "," + String(iterations) + ","
    let parts = Self.head + Self.hexadecimal(salt) + Array(count.utf8)
    return SecretBytes(count: parts.count + 2 * derived.count + 1) { out in
      out.copyBytes(from: parts)
      derived.withBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          out[parts.count + 2 * index] = Self.digit(byte >> 4)
          out[parts.count + 2 * index + 1] = Self.digit(byte & 15)
        }
      }
      out[out.count - 1] = UInt8(ascii: ";")
    }
  }

  /// The credential that `text` spells; nil if it is none.
  ///
  /// The semicolon at the end may be missing.
  public init?(parsing text: some Collection<UInt8>) {
    guard text.count <= 160, text.starts(with: Self.head) else { return nil }
    var body = Array(text.dropFirst(Self.head.count))
    if body.last == UInt8(ascii: ";") { body.removeLast() }
    let fields = body.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
    guard fields.count == 3, let salt = Self.bytes(fields[0]),
      salt.count == TransformedHash.saltLength,
      let iterations = Int(String(decoding: fields[1], as: UTF8.self)),
      String(iterations).utf8.elementsEqual(fields[1]),
      (1...Self.greatestIterations).contains(iterations), let derived = Self.bytes(fields[2]),
      derived.count == TransformedHash.length
    else { return nil }
    self.init(salt: salt, iterations: iterations, derived: SecretBytes(derived))
  }

  /// Whether this is the credential of the password with the NT hash `hash`.
  public func matches(_ hash: SecretBytes) -> Bool {
    TransformedHash.derive(hash, salt: salt, iterations: iterations).isEqual(to: derived)
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x57 + value
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> [UInt8] {
    bytes.flatMap { [digit($0 >> 4), digit($0 & 15)] }
  }

  // Lower case only, as it is written.
  private static func bytes(_ text: ArraySlice<UInt8>) -> [UInt8]? {
    guard text.count % 2 == 0 else { return nil }
    var bytes: [UInt8] = []
    var high: UInt8?
    for digit in text {
      let value: UInt8
      switch digit {
      case 0x30...0x39: value = digit - 0x30
      case 0x61...0x66: value = digit - 0x57
      default: return nil
      }
      if let known = high {
        bytes.append(known << 4 | value)
        high = nil
      } else {
        high = value
      }
    }
    return bytes
  }
}
