extension CellBuffer {
  /// Draws text on one line, made harmless, and returns the columns that it took.
  ///
  /// Text wider than `maxWidth` (or than what is left of the row) ends in `…`; a wide character
  /// that would not fit whole is left out. Text that starts outside the buffer is not drawn.
  @discardableResult
  public mutating func put(
    _ text: String, at position: Position, maxWidth: Int = .max, style: Style = .text
  ) -> Int {
    let room = min(maxWidth, size.columns - position.column)
    guard position.row >= 0, position.row < size.rows, position.column >= 0, room > 0 else {
      return 0
    }
    if let width = SimpleText.width(of: text) {
      return putSimple(text, width: width, at: position, room: room, style: style)
    }
    return put(Self.clusters(of: text, room: room, style: style), at: position, room: room, style)
  }

  /// Draws text in a field of exactly `width` columns, padded with blanks of the same style.
  public mutating func putField(
    _ text: String, at position: Position, width: Int, alignment: Alignment = .leading,
    style: Style = .text
  ) {
    fill(Rect(column: position.column, row: position.row, columns: width, rows: 1), style: style)
    let length = alignment == .leading ? 0 : min(width, Self.columns(of: text))
    var start = position
    switch alignment {
    case .leading: break
    case .trailing: start.column += width - length
    case .center: start.column += (width - length) / 2
    }
    put(text, at: start, maxWidth: width - (start.column - position.column), style: style)
  }

  /// The columns that `put` would take for a text with enough room: its width once made harmless.
  public static func columns(of text: String) -> Int {
    if let width = SimpleText.width(of: text) { return width }
    return clusters(of: text, room: .max, style: .text).joined().reduce(0) { $0 + $1.width }
  }

  private mutating func putSimple(
    _ text: String, width: Int, at position: Position, room: Int, style: Style
  ) -> Int {
    let (used, isCut) = width <= room ? (width, false) : SimpleText.cut(text, room: room)
    let columns = position.column..<position.column + used
    overwrite(row: position.row, columns: columns) { cells in
      var index = cells.startIndex
      for scalar in text.unicodeScalars where index < cells.endIndex {
        if isCut, index + SimpleText.width(of: scalar) > cells.endIndex - 1 {
          cells[index] = Cell(scalar: "\u{2026}", style: style)
          break
        }
        let cell = Cell(simple: scalar, style: style)
        cells[index] = cell
        index += 1
        if cell.width == 2 {
          cells[index] = .rightHalf(style)
          index += 1
        }
      }
    }
    return used
  }

  private mutating func put(
    _ clusters: [[Cell]], at position: Position, room: Int, _ style: Style
  ) -> Int {
    let widths = clusters.map { $0.reduce(0) { $0 + $1.width } }
    let isCut = widths.reduce(0, +) > room
    var column = position.column
    for (cluster, width) in zip(clusters, widths) {
      if isCut, column - position.column + width > room - 1 { break }
      for cell in cluster {
        self[column: column, row: position.row] = cell
        column += cell.width
      }
    }
    if isCut {
      self[column: column, row: position.row] = Cell(scalar: "\u{2026}", style: style)
      column += 1
    }
    return column - position.column
  }

  /// The cells of each cluster, as far as they can matter for `room` columns and a cut.
  private static func clusters(of text: String, room: Int, style: Style) -> [[Cell]] {
    var result: [[Cell]] = []
    var width = 0
    for cluster in marked(text) {
      var cells = Cell.pieces(of: cluster.character, style: style)
      if cluster.isStandIn, let dot = cells.firstIndex(where: { $0.base == "\u{B7}" }) {
        cells[dot] = Cell.standIn(over: style)
      }
      result.append(cells)
      width += cells.reduce(0) { $0 + $1.width }
      if width > room { break }
    }
    return result
  }

  /// The harmless text's clusters, with stand-ins told from the text's own middle dots.
  ///
  /// They are those of `Sanitizer.drawable`, which others measure: a mark behind a stand-in stands
  /// on it.
  private static func marked(_ text: String) -> [(character: Character, isStandIn: Bool)] {
    var drawable = String.UnicodeScalarView()
    var standIns: [Bool] = []
    Sanitizer.forEachScalar(of: text) { scalar, isHostile in
      drawable.append(isHostile ? "\u{B7}" : scalar)
      standIns.append(isHostile)
    }
    var rest = standIns[...]
    return String(drawable).map { character in
      let count = character.unicodeScalars.count
      defer { rest = rest.dropFirst(count) }
      return (character, rest.prefix(count).contains(true))
    }
  }
}

/// Where text stands in a field wider than itself.
public enum Alignment: Hashable, Sendable {
  /// At the left edge.
  case leading
  /// At the right edge, as numbers are.
  case trailing
  /// In the middle, the odd column to the right.
  case center
}
