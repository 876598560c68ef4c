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
  private var known: [Style: (attributes: attr_t, pair: Int32)] = [:]

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

  /// Appends the cell; a right half adds nothing, since curses makes it itself.
  mutating func append(_ cell: Cell, to line: inout [cchar_t]) {
    if cell.isRightHalf { return }
    let look = look(of: cell.style)
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
    push(count, look, to: &line)
    if width < cell.width {
      characters[0] = 0x20
      push(1, look, to: &line)
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

  private mutating func push(
    _ count: Int, _ look: (attributes: attr_t, pair: Int32), to line: inout [cchar_t]
  ) {
    characters[count] = 0
    var encoded = cchar_t()
    nc_cell(&encoded, &characters, look.attributes, look.pair)
    line.append(encoded)
  }

  private mutating func look(of style: Style) -> (attributes: attr_t, pair: Int32) {
    if let look = known[style] { return look }
    let look = pairs.attributes(of: theme.look(of: style, tier: pairs.tier))
    known[style] = look
    return look
  }
}
