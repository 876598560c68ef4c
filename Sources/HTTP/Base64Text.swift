import Directory

/// Base64 as it travels in JSON: read in either alphabet, padded or not (RFC 4648 §4 and §5).
///
/// Directories that send binary values differ in these; a damaged value is refused all the same.
package enum Base64Text {
  /// The bytes as text with the alphabet of §4, padded.
  package static func encode(_ bytes: [UInt8]) -> String {
    String(decoding: Base64.encode(bytes), as: UTF8.self)
  }

  /// The bytes that `text` spells in either alphabet, padded or not; nil if it spells none.
  package static func decode(_ text: String) -> [UInt8]? {
    var out: [UInt8] = []
    var group: UInt32 = 0
    var count = 0
    var padding = 0
    for byte in text.utf8 {
      if byte == 0x3D {
        padding += 1
        continue
      }
      guard padding == 0, let value = value(of: byte) else { return nil }
      group = group << 6 | value
      count += 1
      if count % 4 == 0 {
        out += [UInt8(group >> 16 & 255), UInt8(group >> 8 & 255), UInt8(group & 255)]
        group = 0
      }
    }
    switch count % 4 {
    case 1: return nil
    case 2: out.append(UInt8(group >> 4 & 255))
    case 3: out += [UInt8(group >> 10 & 255), UInt8(group >> 2 & 255)]
    default: break
    }
    return padding == 0 || (count + padding) % 4 == 0 && padding < 3 ? out : nil
  }

  private static func value(of byte: UInt8) -> UInt32? {
    switch byte {
    case 0x41...0x5A: UInt32(byte - 0x41)
    case 0x61...0x7A: UInt32(byte - 0x61 + 26)
    case 0x30...0x39: UInt32(byte - 0x30 + 52)
    case 0x2B, 0x2D: 62
    case 0x2F, 0x5F: 63
    default: nil
    }
  }
}
