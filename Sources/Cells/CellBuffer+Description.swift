extension CellBuffer {
  /// The rows as lines of text, for tests and plain output; trailing blanks are cut unless asked.
  public func text(keepingTrailingBlanks: Bool = false) -> String {
    (0..<size.rows).map { text(row: $0, keepingTrailingBlanks: keepingTrailingBlanks) }
      .joined(separator: "\n")
  }

  /// One row as text.
  public func text(row: Int, keepingTrailingBlanks: Bool = false) -> String {
    let cells = self.row(row)
    let end = keepingTrailingBlanks ? cells.endIndex : (cells.lastIndex { !$0.isBlank } ?? -1) + 1
    guard end > cells.startIndex else { return "" }
    return cells[cells.startIndex..<end].map(\.text).joined()
  }

  /// A row's styles from left to right, neighbours of one style together.
  public func styleRuns(row: Int) -> [(style: Style, columns: Range<Int>)] {
    var runs: [(style: Style, columns: Range<Int>)] = []
    for (column, cell) in self.row(row).enumerated() {
      if let last = runs.last, last.style == cell.style {
        runs[runs.count - 1].columns = last.columns.lowerBound..<column + 1
      } else {
        runs.append((style: cell.style, columns: column..<column + 1))
      }
    }
    return runs
  }

  /// A row's roles with the text that they cover, such as `run.error[! failed] text[ 3]`; a star
  /// marks selected cells, stretches of blanks are left out.
  public func roles(row: Int) -> String {
    let cells = Array(self.row(row))
    return styleRuns(row: row).compactMap { run in
      let text = cells[run.columns].map(\.text).joined()
      if text.allSatisfy({ $0 == " " }) { return nil }
      return run.style.role.name + (run.style.isSelected ? "*" : "") + "[\(text)]"
    }.joined(separator: " ")
  }

  /// The roles of all rows, a line each.
  public func roles() -> String {
    (0..<size.rows).map { roles(row: $0) }.joined(separator: "\n")
  }
}
