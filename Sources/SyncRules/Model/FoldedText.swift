/// A text to compare others with, without regard to case.
///
/// What others are compared with is prepared once. ASCII text, by far the most, is compared byte by
/// byte without making a string; other text is lower-cased by Unicode's rules first.
struct FoldedText: Hashable, Sendable {
  /// The text as it was given.
  let original: String
  /// The text in lower case.
  let text: String
  private let bytes: [UInt8]

  init(_ original: String) {
    self.original = original
    text = original.lowercased()
    bytes = Array(text.utf8)
  }

  /// Whether `other` is the same.
  func equals(_ other: String) -> Bool {
    compare(other, ascii: { $0.elementsEqual($1) }, unicode: { $0 == $1 })
  }

  /// Whether `other` starts with this text.
  func isPrefix(of other: String) -> Bool {
    compare(other, ascii: { $0.starts(with: $1) }, unicode: { $0.hasPrefix($1) })
  }

  /// Whether `other` ends with this text.
  func isSuffix(of other: String) -> Bool {
    compare(
      other, ascii: { $0.count >= $1.count && $0.suffix($1.count).elementsEqual($1) },
      unicode: { $0.hasSuffix($1) })
  }

  /// Whether `other` has this text in it.
  func isPart(of other: String) -> Bool {
    compare(
      other,
      ascii: { whole, part in
        guard whole.count >= part.count else { return false }
        return (0...(whole.count - part.count)).contains { start in
          whole.dropFirst(start).starts(with: part)
        }
      }, unicode: { $0.contains($1) })
  }

  /// Whether `other` comes before this text.
  func isAfter(_ other: String) -> Bool { other.lowercased() < text }

  private typealias Lowered = LazyMapSequence<UnsafeBufferPointer<UInt8>, UInt8>

  private func compare(
    _ other: String, ascii: (Lowered, [UInt8]) -> Bool, unicode: (String, String) -> Bool
  ) -> Bool {
    let quick = other.utf8.withContiguousStorageIfAvailable { whole -> Bool? in
      guard whole.allSatisfy({ $0 < 0x80 }) else { return nil }
      return ascii(whole.lazy.map(Self.lower), bytes)
    }
    if case .some(.some(let answer)) = quick { return answer }
    return unicode(other.lowercased(), text)
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }
}
