/// The extent of a screen or a part of it, in character cells.
public struct Size: Hashable, Sendable {
  /// Columns, zero or more.
  public var columns: Int
  /// Rows, zero or more.
  public var rows: Int

  /// Makes a size; negative extents count as zero.
  public init(columns: Int, rows: Int) {
    self.columns = max(0, columns)
    self.rows = max(0, rows)
  }
}

/// A cell's place, counted from zero at the top left.
public struct Position: Hashable, Sendable {
  /// Columns from the left edge.
  public var column: Int
  /// Rows from the top edge.
  public var row: Int

  /// Makes a position; it may lie outside any buffer.
  public init(column: Int, row: Int) {
    self.column = column
    self.row = row
  }
}

/// A rectangle of cells.
public struct Rect: Hashable, Sendable {
  /// The top left cell.
  public var origin: Position
  /// The extent.
  public var size: Size

  /// Makes a rectangle from a corner and an extent.
  public init(origin: Position, size: Size) {
    self.origin = origin
    self.size = size
  }

  /// Makes a rectangle from its four numbers; negative extents count as zero.
  public init(column: Int, row: Int, columns: Int, rows: Int) {
    self.init(
      origin: Position(column: column, row: row), size: Size(columns: columns, rows: rows))
  }

  /// The rectangle that covers a whole buffer of `size`.
  public init(_ size: Size) { self.init(origin: Position(column: 0, row: 0), size: size) }

  /// The leftmost column.
  public var left: Int { origin.column }
  /// The topmost row.
  public var top: Int { origin.row }
  /// The column just past the right edge.
  public var right: Int { origin.column + size.columns }
  /// The row just past the bottom edge.
  public var bottom: Int { origin.row + size.rows }
  /// Columns in the rectangle.
  public var columns: Int { size.columns }
  /// Rows in the rectangle.
  public var rows: Int { size.rows }
  /// True when no cell lies inside.
  public var isEmpty: Bool { size.columns == 0 || size.rows == 0 }

  /// Whether the cell at `position` lies inside.
  public func contains(_ position: Position) -> Bool {
    position.column >= left && position.column < right
      && position.row >= top && position.row < bottom
  }

  /// The part that both rectangles cover; empty when they do not meet.
  public func intersection(_ other: Rect) -> Rect {
    let column = max(left, other.left)
    let row = max(top, other.top)
    return Rect(
      column: column, row: row,
      columns: min(right, other.right) - column, rows: min(bottom, other.bottom) - row)
  }

  /// The rectangle made smaller by so many columns at each side and rows at top and bottom.
  public func inset(columns: Int, rows: Int) -> Rect {
    Rect(
      column: left + columns, row: top + rows,
      columns: size.columns - 2 * columns, rows: size.rows - 2 * rows)
  }
}
