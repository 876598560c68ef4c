import Cells

/// Where the parts of the screen stand.
struct FrameLayout {
  /// The least extent in which the console is of use.
  static let minimum = Size(columns: 40, rows: 10)

  /// Whether a terminal of this extent shows more than that it is too small.
  static func fits(_ size: Size) -> Bool {
    size.columns >= minimum.columns && size.rows >= minimum.rows
  }

  /// The row of the line below the tabs, with the way back; nil where there is no room for it.
  var rule: Int?
  /// The rows that say what the store could not do.
  var fault: Range<Int>
  /// Where the screen is drawn.
  var content: Rect
  /// The row of what runs now; nil if nothing does.
  var progress: Int?
  /// The row of the hints.
  var hints: Int

  init(_ state: ConsoleState, size: Size) {
    var top = 2
    if size.rows >= 16 {
      rule = top
      top += 1
    }
    var faultRows = 0
    if state.fault != nil {
      faultRows = size.rows >= 16 ? 2 : 1
    } else if state.waiting != nil {
      faultRows = 1
    }
    fault = top..<top + faultRows
    top += faultRows
    hints = max(0, size.rows - 1)
    var bottom = hints
    if state.progress != nil {
      bottom -= 1
      progress = bottom
    }
    content = Rect(column: 0, row: top, columns: size.columns, rows: bottom - top)
  }
}
