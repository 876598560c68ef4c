/// A text to compare others with, without regard to case.
///
/// What others are compared with is prepared once. ASCII text, by far the most, is compared byte by
/// byte without making a string, also with text that has letters of Western and Central European
/// languages; other text is lower-cased by Unicode's rules first.
struct FoldedText: Hashable, Sendable {
  /// The text as it was given.
  let original: String
  /// The text in lower case.
  let text: String
  private let bytes: [UInt8]
  private let isASCII: Bool

  init(_ original: String) {
    self.original = original
    text = original.lowercased()
    bytes = Array(text.utf8)
    isASCII = bytes.allSatisfy { $0 < 0x80 }
  }

  /// Whether `other` is the same.
  func equals(_ other: String) -> Bool {
    ascii(other) { whole, part in
      whole.count == part.count && Self.matches(whole, part, at: 0)
    } ?? (other.lowercased() == text)
  }

  /// Whether `other` starts with this text.
  func isPrefix(of other: String) -> Bool {
    ascii(other) { whole, part in
      whole.count >= part.count && Self.matches(whole, part, at: 0)
    } ?? other.lowercased().hasPrefix(text)
  }

  /// Whether `other` ends with this text.
  func isSuffix(of other: String) -> Bool {
    ascii(other) { whole, part in
      whole.count >= part.count && Self.matches(whole, part, at: whole.count - part.count)
    } ?? other.lowercased().hasSuffix(text)
  }

  /// Whether `other` has this text in it.
  func isPart(of other: String) -> Bool {
    ascii(other) { whole, part in
      whole.count >= part.count
        && (0...(whole.count - part.count)).contains { Self.matches(whole, part, at: $0) }
    } ?? other.lowercased().contains(text)
  }

  /// Whether `other` comes before this text.
  func isAfter(_ other: String) -> Bool { other.lowercased() < text }

  private typealias Bytes = UnsafeBufferPointer<UInt8>

  /// What `answer` says of the bytes of `other` and of this text's; nil if bytes do not tell.
  private func ascii(_ other: String, _ answer: (Bytes, Bytes) -> Bool) -> Bool? {
    let quick = other.utf8.withContiguousStorageIfAvailable { whole -> Bool? in
      guard isPlain(whole) else { return nil }
      return bytes.withUnsafeBufferPointer { answer(whole, $0) }
    }
    return quick ?? nil
  }

  /// Whether a text can be compared by its bytes: its letters outside ASCII neither become ASCII in
  /// lower case nor join the letter before them.
  ///
  /// These are U+00C0 to U+017F, in two bytes each, but for U+0130, a capital I with a dot, of which
  /// an i and a combining dot become.
  private func isPlain(_ whole: Bytes) -> Bool {
    var index = 0
    while index < whole.count {
      if whole[index] < 0x80 {
        index += 1
        continue
      }
      guard isASCII, (0xC3...0xC5).contains(whole[index]), index + 1 < whole.count,
        whole[index] != 0xC4 || whole[index + 1] != 0xB0
      else { return false }
      index += 2
    }
    return true
  }

  /// Whether `part` stands in `whole` from `start` on, upper case counting as lower.
  private static func matches(_ whole: Bytes, _ part: Bytes, at start: Int) -> Bool {
    for index in 0..<part.count where lower(whole[start + index]) != part[index] { return false }
    return true
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }
}
