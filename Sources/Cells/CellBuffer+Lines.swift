extension CellBuffer {
  /// Draws a horizontal line of `length` cells.
  public mutating func horizontalLine(
    at position: Position, length: Int, glyphs: Glyphs = .unicode, style: Style = Style(.border)
  ) {
    fill(
      Rect(column: position.column, row: position.row, columns: length, rows: 1),
      with: glyphs.horizontal, style: style)
  }

  /// Draws a vertical line of `length` cells.
  public mutating func verticalLine(
    at position: Position, length: Int, glyphs: Glyphs = .unicode, style: Style = Style(.border)
  ) {
    fill(
      Rect(column: position.column, row: position.row, columns: 1, rows: length),
      with: glyphs.vertical, style: style)
  }

  /// Draws a frame along a rectangle's edge; nothing when it is smaller than 2x2.
  public mutating func box(
    _ rect: Rect, glyphs: Glyphs = .unicode, style: Style = Style(.border)
  ) {
    guard rect.columns >= 2, rect.rows >= 2 else { return }
    let right = rect.right - 1
    let bottom = rect.bottom - 1
    for row in [rect.top, bottom] {
      horizontalLine(
        at: Position(column: rect.left, row: row), length: rect.columns, glyphs: glyphs,
        style: style)
    }
    for column in [rect.left, right] {
      verticalLine(
        at: Position(column: column, row: rect.top), length: rect.rows, glyphs: glyphs,
        style: style)
    }
    self[column: rect.left, row: rect.top] = Cell(glyphs.topLeft, style: style)
    self[column: right, row: rect.top] = Cell(glyphs.topRight, style: style)
    self[column: rect.left, row: bottom] = Cell(glyphs.bottomLeft, style: style)
    self[column: right, row: bottom] = Cell(glyphs.bottomRight, style: style)
  }

  /// Draws a bar filled to a fraction from 0 to 1, in eighths of a cell where the glyphs have them.
  public mutating func bar(
    _ fraction: Double, at position: Position, width: Int, glyphs: Glyphs = .unicode,
    done: Style = Style(.progressDone), left: Style = Style(.progressLeft)
  ) {
    guard width > 0 else { return }
    let part = fraction.isFinite ? min(1, max(0, fraction)) : 0
    let steps = glyphs.barParts.count + 1
    let filled = Int((part * Double(width * steps)).rounded(.down))
    for offset in 0..<width {
      let level = min(steps, max(0, filled - offset * steps))
      let cell =
        switch level {
        case steps: Cell(glyphs.barFull, style: done)
        case 0: Cell(glyphs.barEmpty, style: left)
        default: Cell(glyphs.barParts[level - 1], style: done)
        }
      self[column: position.column + offset, row: position.row] = cell
    }
  }
}
