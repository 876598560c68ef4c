import Cells

/// Text from directories, servers and files made harmless for a terminal.
enum SafeText {
  /// `text` on one line: control characters, escape sequences, bidirectional overrides and what
  /// is no text are shown as visible marks.
  static func line(_ text: String) -> String { Sanitizer.drawable(text) }

  /// `text` in at most `width` columns; what was cut is marked.
  static func shortened(_ text: String, to width: Int) -> String {
    guard TextWidth.of(text) > width else { return text }
    guard width > 0 else { return "" }
    var result = ""
    var used = 0
    for character in text {
      let columns = TextWidth.of(character)
      guard used + columns < width else { break }
      result.append(character)
      used += columns
    }
    return result + "…"
  }
}
