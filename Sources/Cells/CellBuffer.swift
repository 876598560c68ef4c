/// A screen's worth of cells; every operation clips at its edges and leaves no half of a wide cell.
public struct CellBuffer: Hashable, Sendable {
  /// The extent, fixed for a buffer's life.
  public let size: Size
  private var cells: [Cell]

  /// An empty buffer in a style.
  public init(size: Size, style: Style = .text) {
    self.size = size
    cells = Array(repeating: .blank(style), count: size.columns * size.rows)
  }

  /// The cell at a place, blank outside; a wide cell that is set takes its right neighbour as well.
  public subscript(position: Position) -> Cell {
    get { self[column: position.column, row: position.row] }
    set { self[column: position.column, row: position.row] = newValue }
  }

  /// The cell at a column and row; blank outside.
  public subscript(column column: Int, row row: Int) -> Cell {
    get { contains(column, row) ? cells[row * size.columns + column] : .blank() }
    set { if contains(column, row) { set(newValue, column: column, row: row) } }
  }

  /// One row's cells, left to right; empty outside.
  public func row(_ row: Int) -> ArraySlice<Cell> {
    guard row >= 0, row < size.rows else { return [] }
    return cells[row * size.columns..<(row + 1) * size.columns]
  }

  private func contains(_ column: Int, _ row: Int) -> Bool {
    column >= 0 && column < size.columns && row >= 0 && row < size.rows
  }

  private mutating func set(_ cell: Cell, column: Int, row: Int) {
    let index = row * size.columns + column
    if cells[index].isRightHalf, column > 0 { cells[index - 1] = .blank(cells[index - 1].style) }
    if cells[index].width == 2, column + 1 < size.columns {
      cells[index + 1] = .blank(cells[index + 1].style)
    }
    guard cell.width == 2 else {
      cells[index] = cell.isRightHalf ? .blank(cell.style) : cell
      return
    }
    guard column + 1 < size.columns else {
      cells[index] = .blank(cell.style)
      return
    }
    if cells[index + 1].width == 2, column + 2 < size.columns {
      cells[index + 2] = .blank(cells[index + 2].style)
    }
    cells[index] = cell
    cells[index + 1] = .rightHalf(cell.style)
  }

  /// Replaces a stretch of a row by whole cells, quicker than one by one.
  ///
  /// The caller has seen to it that `columns` lies inside. A wide cell that reaches over either end
  /// loses its other half.
  mutating func overwrite(row: Int, columns: Range<Int>, _ write: (inout ArraySlice<Cell>) -> Void)
  {
    guard !columns.isEmpty else { return }
    let start = row * size.columns + columns.lowerBound
    let end = row * size.columns + columns.upperBound
    if cells[start].isRightHalf { cells[start - 1] = .blank(cells[start - 1].style) }
    if columns.upperBound < size.columns, cells[end].isRightHalf {
      cells[end] = .blank(cells[end].style)
    }
    write(&cells[start..<end])
  }

  /// Changes the style of the cells in a rectangle and leaves their text.
  ///
  /// A wide cell is restyled when its left half lies inside.
  public mutating func restyle(_ rect: Rect, _ change: (inout Style) -> Void) {
    let area = rect.intersection(Rect(size))
    for row in area.top..<max(area.top, area.bottom) {
      for column in area.left..<max(area.left, area.right) {
        let index = row * size.columns + column
        if cells[index].isRightHalf { continue }
        change(&cells[index].style)
        if cells[index].width == 2 { cells[index + 1].style = cells[index].style }
      }
    }
  }

  /// Draws a rectangle's cells over the selection role, or no longer.
  public mutating func select(_ rect: Rect, _ isSelected: Bool = true) {
    restyle(rect) { $0.isSelected = isSelected }
  }

  /// Leaves of each run of selected cells in a row only the first `columns`, or one more where a wide
  /// character would be halved.
  public mutating func shortenSelection(to columns: Int) {
    for row in 0..<size.rows {
      var length = 0
      for index in row * size.columns..<(row + 1) * size.columns {
        guard cells[index].style.isSelected else {
          length = 0
          continue
        }
        length += 1
        if length > columns, !cells[index].isRightHalf || length > columns + 1 {
          cells[index].style.isSelected = false
        }
      }
    }
  }

  /// Fills a rectangle with one character; a wide or multi-cell one counts as a blank.
  public mutating func fill(_ rect: Rect, with character: Character = " ", style: Style = .text) {
    let cell = Cell(character, style: style)
    let filler = cell.width == 1 ? cell : .blank(style)
    let area = rect.intersection(Rect(size))
    guard !area.isEmpty else { return }
    for row in area.top..<area.bottom {
      overwrite(row: row, columns: area.left..<area.right) { cells in
        for index in cells.indices { cells[index] = filler }
      }
    }
  }

  /// Copies another buffer with its top left corner at `origin`; what lies outside is cut.
  public mutating func draw(_ other: CellBuffer, at origin: Position) {
    for row in 0..<other.size.rows {
      for column in 0..<other.size.columns {
        let cell = other[column: column, row: row]
        if cell.isRightHalf { continue }
        self[column: origin.column + column, row: origin.row + row] = cell
      }
    }
  }
}
