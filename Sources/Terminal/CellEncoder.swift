import CNcursesw
import Cells

/// Turns cells into what curses draws, in the terminal's character set and colours.
struct CellEncoder {
  /// The theme; a new one takes effect with the next full draw.
  var theme: Theme
  /// Whether only ASCII may be drawn.
  let isASCII: Bool
  private(set) var pairs: ColorPairs
  private var characters: [wchar_t] = Array(repeating: 0, count: 6)
  private var known: [Style: Pen] = [:]

  /// How curses draws a style.
  private struct Pen: Equatable {
    var attributes: attr_t
    var pair: Int32
    /// What is seen of it where nothing is written; nil if that is more than a colour.
    var ground: Color?
  }

  /// Blanks between two words of one look that are drawn like them.
  static let bridgedBlanks = 4

  init(theme: Theme, isASCII: Bool, pairs: ColorPairs) {
    self.theme = theme
    self.isASCII = isASCII
    self.pairs = pairs
  }

  /// Forgets what styles look like.
  mutating func use(_ theme: Theme) {
    self.theme = theme
    known = [:]
  }

  /// Some columns of a row, as curses takes them.
  ///
  /// A few blanks between two words of one look are drawn in that look where nobody sees a
  /// difference: else each column of a table would end its colour for the gap, and begin it again.
  mutating func line(_ columns: Range<Int>, of row: ArraySlice<Cell>) -> [cchar_t] {
    var line: [cchar_t] = []
    line.reserveCapacity(columns.count)
    let cells = row.dropFirst(columns.lowerBound).prefix(columns.count)
    var (index, last) = (cells.startIndex, Pen?.none)
    while index < cells.endIndex {
      let pen = pen(of: cells[index].style)
      if let last, pen != last, let end = bridge(from: index, in: cells, to: last) {
        for _ in index..<end { append(.blank(), last, to: &line) }
        index = end
        continue
      }
      append(cells[index], pen, to: &line)
      last = pen
      index += 1
    }
    return line
  }

  /// Where what looks like `last` goes on after a few blanks that begin at `start`; nil if it does not.
  private mutating func bridge(
    from start: Int, in cells: ArraySlice<Cell>, to last: Pen
  ) -> Int? {
    guard let ground = last.ground else { return nil }
    for index in start..<min(start + Self.bridgedBlanks + 1, cells.endIndex) {
      let pen = pen(of: cells[index].style)
      if pen == last { return index }
      guard cells[index].isBlank, pen.ground == ground else { return nil }
    }
    return nil
  }

  /// Appends the cell; a right half adds nothing, since curses makes it itself.
  private mutating func append(_ cell: Cell, _ pen: Pen, to line: inout [cchar_t]) {
    if cell.isRightHalf { return }
    var count = 0
    var width = cell.width
    if isASCII {
      characters[0] = wchar_t(Glyphs.asciiStandIn(for: cell.base).value)
      count = 1
      width = 1
    } else if cell.base.isASCII && !cell.hasMarks {
      characters[0] = wchar_t(cell.base.value)
      count = 1
    } else {
      width = encode(cell, count: &count)
    }
    push(count, pen, to: &line)
    if width < cell.width {
      characters[0] = 0x20
      push(1, pen, to: &line)
    }
  }

  /// Writes base and marks, or U+FFFD for what the C library can't place, and returns the columns.
  private mutating func encode(_ cell: Cell, count: inout Int) -> Int {
    guard Int(nc_width(cell.base.value)) == cell.width else {
      characters[0] = 0xFFFD
      count = 1
      return 1
    }
    for (index, scalar) in cell.scalars.enumerated() where count < 5 {
      if index > 0, nc_width(scalar.value) != 0 { continue }
      characters[count] = wchar_t(scalar.value)
      count += 1
    }
    return cell.width
  }

  private mutating func push(_ count: Int, _ pen: Pen, to line: inout [cchar_t]) {
    characters[count] = 0
    var encoded = cchar_t()
    nc_cell(&encoded, &characters, pen.attributes, pen.pair)
    line.append(encoded)
  }

  private mutating func pen(of style: Style) -> Pen {
    if let pen = known[style] { return pen }
    let look = theme.look(of: style, tier: pairs.tier)
    let drawn = pairs.attributes(of: look)
    let isPlain = look.attributes.isDisjoint(with: [.reverse, .underline])
    let pen = Pen(
      attributes: drawn.attributes, pair: drawn.pair, ground: isPlain ? look.background : nil)
    known[style] = pen
    return pen
  }
}
