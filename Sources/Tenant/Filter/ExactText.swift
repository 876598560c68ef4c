/// A text that is compared byte by byte, as the index of keys compares it.
///
/// Unicode calls more texts the same, and makes one character of a letter and a mark behind it: what
/// an index finds and what a condition lets through would not be the same.
struct ExactText: Comparable {
  private let text: String

  init(_ text: String) { self.text = text }

  static func == (a: ExactText, b: ExactText) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

  static func < (a: ExactText, b: ExactText) -> Bool {
    a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
  }
}

extension String {
  /// Whether its first bytes are those of `text`.
  func begins(with text: String) -> Bool { utf8.starts(with: text.utf8) }

  /// Whether its last bytes are those of `text`.
  func ends(with text: String) -> Bool { utf8.reversed().starts(with: text.utf8.reversed()) }

  /// Whether the bytes of `text` stand in it one behind the other.
  func holds(_ text: String) -> Bool {
    text.isEmpty || utf8.firstRange(of: text.utf8) != nil
  }
}
