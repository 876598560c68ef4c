import Cells

/// A table of text for a terminal or a file: aligned by columns as a terminal counts them, and
/// narrowed to the terminal's width by shortening what can be shortened.
struct Table {
  /// One column.
  struct Column {
    /// The heading.
    var title: String
    /// Whether values stand at the right, as figures do.
    var isNumeric = false
    /// The width below which it is not shortened; nil for a column that never is.
    var shortest: Int?
    /// When it is left out for want of room: 1 goes first; nil for a column that always stays.
    var dropRank: Int?

    /// This column, left out for want of room before those of greater rank.
    func droppable(_ rank: Int) -> Column {
      var column = self
      column.dropRank = rank
      return column
    }

    /// A column of text that is never shortened.
    static func text(_ title: String) -> Column { Column(title: title) }
    /// A column of text that gives way when the line is too long.
    static func flexible(_ title: String, shortest: Int = 8) -> Column {
      Column(title: title, shortest: shortest)
    }
    /// A column of figures.
    static func number(_ title: String) -> Column { Column(title: title, isNumeric: true) }
  }

  var columns: [Column]
  var rows: [[String]] = []

  /// The lines of the table, headings first.
  ///
  /// - Parameter width: columns of the terminal, or nil for as wide as the content is.
  func lines(width: Int?) -> [String] {
    let clean = rows.map { $0.map(SafeText.line) }
    let widths = fitted(natural(clean), to: width)
    let total = widths.reduce(0, +) + 2 * (widths.count - 1)
    if let width, total > width, let narrower = withoutNextColumn() {
      return narrower.lines(width: width)
    }
    let heading = line(columns.map(\.title), widths)
    return [heading] + clean.map { line($0, widths) }
  }

  /// The table without the column that is missed least, or nil if all must stay.
  private func withoutNextColumn() -> Table? {
    let ranked = columns.indices.filter { columns[$0].dropRank != nil }
    guard let index = ranked.min(by: { columns[$0].dropRank ?? 0 < columns[$1].dropRank ?? 0 })
    else { return nil }
    var table = self
    table.columns.remove(at: index)
    table.rows = rows.map { row in
      var row = row
      if index < row.count { row.remove(at: index) }
      return row
    }
    return table
  }

  private func natural(_ rows: [[String]]) -> [Int] {
    columns.indices.map { index in
      rows.reduce(TextWidth.of(columns[index].title)) { widest, row in
        index < row.count ? max(widest, TextWidth.of(row[index])) : widest
      }
    }
  }

  /// Takes columns off the widest flexible column until the line fits or nothing can give way.
  private func fitted(_ natural: [Int], to width: Int?) -> [Int] {
    guard let width else { return natural }
    var widths = natural
    var excess = widths.reduce(0, +) + 2 * (widths.count - 1) - width
    while excess > 0 {
      let candidates = columns.indices.filter { widths[$0] > columns[$0].shortest ?? .max }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var result = ""
    for (index, column) in columns.enumerated() {
      let text = SafeText.shortened(index < cells.count ? cells[index] : "", to: widths[index])
      let space = String(repeating: " ", count: max(0, widths[index] - TextWidth.of(text)))
      if index > 0 { result += "  " }
      result += column.isNumeric ? space + text : text + space
    }
    while result.last == " " { result.removeLast() }
    return result
  }
}
