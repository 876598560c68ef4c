/// The escape sequence that puts text on the clipboard of the machine where the terminal runs.
enum Clipboard {
  /// Encoded bytes that terminals are known to take (xterm's limit).
  static let limit = 74_994

  /// OSC 52, wrapped for the multiplexer in between; nil when the text is too long.
  static func sequence(for text: String, tmux: Bool, screen: Bool) -> String? {
    let encoded = base64(Array(text.utf8))
    guard encoded.utf8.count <= limit else { return nil }
    let plain = "\u{1B}]52;c;\(encoded)\u{7}"
    if tmux {
      // tmux takes the plain one for its own buffer, and hands on the wrapped one where it may.
      return plain + "\u{1B}Ptmux;\u{1B}\(plain)\u{1B}\\"
    }
    return screen ? wrappedForScreen(plain) : plain
  }

  /// GNU screen cuts control strings at 768 bytes.
  private static func wrappedForScreen(_ plain: String) -> String {
    var result = ""
    var rest = Substring(plain)
    while !rest.isEmpty {
      result += "\u{1B}P" + rest.prefix(700) + "\u{1B}\\"
      rest = rest.dropFirst(700)
    }
    return result
  }

  /// RFC 4648 section 4.
  static func base64(_ bytes: [UInt8]) -> String {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var result: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let padded = group + Array(repeating: 0, count: 3 - group.count)
      let bits = padded.reduce(0) { $0 << 8 | Int($1) }
      for index in 0..<4 {
        result.append(
          index <= group.count ? alphabet[bits >> (18 - 6 * index) & 63] : UInt8(ascii: "="))
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}
