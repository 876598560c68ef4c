/// A stretch of one row.
public struct CellRun: Hashable, Sendable {
  /// The row.
  public var row: Int
  /// The columns, never cutting a wide cell.
  public var columns: Range<Int>

  /// Makes a run.
  public init(row: Int, columns: Range<Int>) {
    self.row = row
    self.columns = columns
  }
}

extension CellBuffer {
  /// The stretches of `new` that must be drawn over a screen that shows `old`.
  ///
  /// Buffers of different sizes differ everywhere. A run is stretched to whole wide cells of both
  /// buffers: where narrow text replaces a wide cell, the terminal must be told of both its columns.
  public static func differences(_ old: CellBuffer, _ new: CellBuffer) -> [CellRun] {
    guard old.size == new.size else {
      guard new.size.columns > 0 else { return [] }
      return (0..<new.size.rows).map { CellRun(row: $0, columns: 0..<new.size.columns) }
    }
    var runs: [CellRun] = []
    for row in 0..<new.size.rows {
      let before = old.row(row)
      let after = new.row(row)
      if before == after { continue }
      appendRuns(from: Array(before), to: Array(after), row: row, into: &runs)
    }
    return runs
  }

  private static func appendRuns(
    from before: [Cell], to after: [Cell], row: Int, into runs: inout [CellRun]
  ) {
    var column = 0
    while column < after.count {
      if before[column] == after[column] {
        column += 1
        continue
      }
      let start = after[column].isRightHalf || before[column].isRightHalf ? column - 1 : column
      column += 1
      while column < after.count,
        before[column] != after[column] || before[column].isRightHalf || after[column].isRightHalf
      {
        column += 1
      }
      runs.append(CellRun(row: row, columns: max(0, start)..<column))
    }
  }
}
