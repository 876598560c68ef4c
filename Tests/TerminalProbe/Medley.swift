import Cells

/// Frames of narrow, wide and marked text in every role, each over the last at random places.
struct Medley {
  private var state: UInt64 = 7
  private var buffer: CellBuffer?
  private static let words = [
    "Anna", "日本語", "e\u{301}te\u{301}", "Zoë", "한국", "שלום", "नाम", "ไทย", "──┐", "✓ ok", "x", " ",
    "…", "ﾊﾝｶｸ", "Ｗide", "a\u{1B}[2Jb", "\u{202E}gpj",
  ]

  /// The next frame.
  mutating func next(_ size: Size) -> CellBuffer {
    var buffer = buffer.flatMap { $0.size == size ? $0 : nil } ?? CellBuffer(size: size)
    for _ in 0..<30 {
      let place = Position(column: below(size.columns), row: below(size.rows))
      let style = Style(Role.allCases[below(Role.allCases.count)], isSelected: below(4) == 0)
      buffer.put(Self.words[below(Self.words.count)], at: place, style: style)
    }
    // Curses inserts into the last corner of terminals that can't stop wrapping (tmux), and fails
    // where a wide character stands before it.
    buffer.fill(Rect(column: size.columns - 3, row: size.rows - 1, columns: 3, rows: 1))
    self.buffer = buffer
    return buffer
  }

  /// A number from 0 up to a limit (xorshift).
  private mutating func below(_ limit: Int) -> Int {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Int(state % UInt64(max(1, limit)))
  }
}
