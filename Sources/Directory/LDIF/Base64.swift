/// Base64 with the alphabet of RFC 4648 §4, on bytes.
public enum Base64 {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  // For each byte its six bits, or 255.
  private static let values: [UInt8] = {
    var table = [UInt8](repeating: 255, count: 256)
    for (index, byte) in alphabet.enumerated() { table[Int(byte)] = UInt8(index) }
    return table
  }()

  /// The bytes as Base64, padded.
  public static func encode(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count + 2) / 3 * 4)
    var bits: UInt32 = 0
    var held = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      held += 1
      guard held == 3 else { continue }
      for shift in [18, 12, 6, 0] as [UInt32] { out.append(alphabet[Int(bits >> shift & 63)]) }
      bits = 0
      held = 0
    }
    if held == 1 {
      out += [alphabet[Int(bits >> 2)], alphabet[Int(bits << 4 & 63)], 0x3D, 0x3D]
    } else if held == 2 {
      out += [
        alphabet[Int(bits >> 10)], alphabet[Int(bits >> 4 & 63)], alphabet[Int(bits << 2 & 63)],
        0x3D,
      ]
    }
    return out
  }

  /// The bytes that `text` spells, or nil if it is no padded Base64.
  public static func decode(_ text: some Collection<UInt8>) -> [UInt8]? {
    var copy = Array(text)
    return copy.withUnsafeMutableBufferPointer { decode(inPlace: $0) }.map { Array(copy[..<$0]) }
  }

  /// Decodes where the text stands and returns how many bytes it became; nil if it is no Base64.
  ///
  /// Strict: a length that is no multiple of four, a foreign character, or bits after the end are
  /// refused, because in a file they are the sign of a cut or damaged line.
  static func decode(inPlace text: UnsafeMutableBufferPointer<UInt8>) -> Int? {
    let count = text.count
    guard count % 4 == 0 else { return nil }
    guard count > 0 else { return 0 }
    let padding = text[count - 1] != 0x3D ? 0 : text[count - 2] != 0x3D ? 1 : 2
    return values.withUnsafeBufferPointer { values in
      var out = 0
      var index = 0
      while index < count {
        let isLast = index + 4 == count
        let a = values[Int(text[index])]
        let b = values[Int(text[index + 1])]
        let c = isLast && padding == 2 ? 0 : values[Int(text[index + 2])]
        let d = isLast && padding > 0 ? 0 : values[Int(text[index + 3])]
        guard a | b | c | d < 64 else { return nil }
        if isLast, padding == 2, b & 15 != 0 { return nil }
        if isLast, padding == 1, c & 3 != 0 { return nil }
        text[out] = a << 2 | b >> 4
        text[out + 1] = b << 4 | c >> 2
        text[out + 2] = c << 6 | d
        out += 3
        index += 4
      }
      return out - padding
    }
  }
}
