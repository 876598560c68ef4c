import CNettle
import Glibc

/// The NT hash of a password: MD4 of its text in UTF-16LE ([MS-NLMP] §3.3.1, NTOWFv1).
public enum PasswordHash {
  /// The length of a hash in bytes.
  public static let length = 16

  /// The hash of `password`.
  public static func ntHash(of password: String) -> SecretBytes {
    let units = password.utf16
    let text = SecretBytes(count: 2 * units.count) { memory in
      for (index, unit) in units.enumerated() {
        memory.storeBytes(of: unit.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
      }
    }
    return md4(of: text)
  }

  /// The hash of the password whose UTF-8 `text` is; nil if it is no UTF-8.
  public static func ntHash(ofUTF8 text: SecretBytes) -> SecretBytes? {
    // As UTF-16 no text has more units than it has bytes as UTF-8.
    var length = 0
    var isWhole = true
    let units = SecretBytes(count: 2 * text.count) { out in
      text.withBytes { bytes in
        isWhole = !transcode(
          bytes.makeIterator(), from: UTF8.self, to: UTF16.self, stoppingOnError: true
        ) { unit in
          out.storeBytes(of: unit.littleEndian, toByteOffset: length, as: UInt16.self)
          length += 2
        }
      }
    }
    guard isWhole else { return nil }
    return md4(of: units.withBytes { SecretBytes($0.prefix(length)) })
  }

  /// The hash that `text` spells in 32 hexadecimal digits, as `sambaNTPassword` holds it; nil if it
  /// is none.
  public static func ntHash(hexadecimal text: some Collection<UInt8>) -> SecretBytes? {
    guard text.count == 2 * length else { return nil }
    var isWhole = true
    let hash = SecretBytes(count: length) { memory in
      for (index, digit) in text.enumerated() {
        guard let value = digitValue(digit) else {
          isWhole = false
          return
        }
        memory[index / 2] = memory[index / 2] << 4 | value
      }
    }
    return isWhole ? hash : nil
  }

  private static func digitValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case 0x30...0x39: digit - 0x30
    case 0x41...0x46: digit - 0x37
    case 0x61...0x66: digit - 0x57
    default: nil
    }
  }

  private static func md4(of text: SecretBytes) -> SecretBytes {
    var context = md4_ctx()
    defer { explicit_bzero(&context, MemoryLayout<md4_ctx>.size) }
    nettle_md4_init(&context)
    text.withBytes { bytes in
      nettle_md4_update(&context, bytes.count, bytes.bindMemory(to: UInt8.self).baseAddress)
      cn_scrub_stack()
    }
    return SecretBytes(count: length) { out in
      nettle_md4_digest(&context, length, out.bindMemory(to: UInt8.self).baseAddress)
      cn_scrub_stack()
    }
  }
}
