import Cells

/// One column of a table.
struct Column<Row>: Sendable {
  /// The name by which people sort, narrow and choose.
  var field: String
  /// The heading.
  var title: String
  /// Columns of a higher number are dropped first when room is short; 0 stays to the end.
  var priority: Int
  /// The fewest cells in which the column makes sense.
  var minimum: Int
  /// The cells without which rows can hardly be told apart: they are worth more than other columns;
  /// 0 where the fewest will do.
  var worth = 0
  /// The cells beyond which more room is of no use.
  var ideal: Int
  /// Where the content stands in the column.
  var alignment: Alignment = .leading
  /// The cells that the whole table must have for the column to be worth its room.
  var fewest = 0
  /// Whether it is shown only to those who choose it.
  var isOptional = false
  /// The content of a row, in so many cells.
  var value: @Sendable (Row, Int, Scene) -> Span
}

/// Which columns of a table are shown, and how wide.
enum TableLayout {
  /// Cells between two columns.
  static let gap = 1

  /// The widths of the columns in `width` cells; nil for a column that is dropped.
  static func widths<Row>(_ columns: [Column<Row>], width: Int) -> [Int?] {
    var kept = Set(columns.indices.filter { columns[$0].fewest <= width })
    func total(_ cells: (Column<Row>) -> Int) -> Int {
      kept.reduce(0) { $0 + cells(columns[$1]) } + max(0, kept.count - 1) * gap
    }
    func drop(while isTooWide: () -> Bool, _ canGo: (Column<Row>) -> Bool) {
      while kept.count > 1, isTooWide() {
        let victim = kept.filter { canGo(columns[$0]) }.max {
          (columns[$0].priority, $0) < (columns[$1].priority, $1)
        }
        guard let victim else { return }
        kept.remove(victim)
      }
    }
    drop(while: { total { max($0.minimum, $0.worth) } > width }) { $0.priority > 0 }
    drop(while: { total(\.minimum) > width }) { _ in true }
    var widths: [Int?] = columns.indices.map {
      kept.contains($0) ? min(columns[$0].minimum, max(0, width)) : nil
    }
    var spare = max(0, width - total(\.minimum))
    for index in columns.indices where kept.contains(index) && columns[index].worth > 0 {
      let more = min(spare, max(0, columns[index].worth - columns[index].minimum))
      widths[index] = (widths[index] ?? 0) + more
      spare -= more
    }
    spread(spare, over: columns, into: &widths)
    return widths
  }

  /// Gives spare cells to the columns in turn until each has what it can use.
  private static func spread<Row>(
    _ spare: Int, over columns: [Column<Row>], into widths: inout [Int?]
  ) {
    var spare = spare
    var gave = true
    let order = columns.indices.sorted { columns[$0].priority < columns[$1].priority }
    while spare > 0, gave {
      gave = false
      for index in order {
        guard spare > 0, let width = widths[index], width < columns[index].ideal else { continue }
        widths[index] = width + 1
        spare -= 1
        gave = true
      }
    }
  }
}

/// Draws rows in columns.
struct Table<Row>: Sendable {
  /// The columns from left to right.
  var columns: [Column<Row>]
  /// The field that rows are sorted by, or nil.
  var sortedField: String?
  /// Whether the greatest comes first.
  var isDescending = false

  init(_ columns: [Column<Row>], sorted: String? = nil, isDescending: Bool = false) {
    self.columns = columns
    sortedField = sorted
    self.isDescending = isDescending
  }

  /// Draws the headings.
  func drawHeader(
    in buffer: inout CellBuffer, column: Int, row: Int, width: Int, scene: Scene,
    hits: inout [Hit], pane: Int = 0
  ) {
    var left = column
    for (item, cells) in zip(columns, TableLayout.widths(columns, width: width)) {
      guard let cells else { continue }
      let isSorted = item.field == sortedField
      let arrow = String(isDescending ? scene.glyphs.down : scene.glyphs.up)
      let style = Style(isSorted ? .headerSorted : .header)
      let place = Position(column: left, row: row)
      if isSorted, cells > 1, TextWidth.of(item.title) >= cells {
        // The name may be cut, the mark says what the rows are in order of.
        buffer.putField(item.title, at: place, width: cells - 1, alignment: .leading, style: style)
        buffer.putField(
          arrow, at: Position(column: left + cells - 1, row: row), width: 1, alignment: .leading,
          style: style)
      } else {
        buffer.putField(
          isSorted ? item.title + arrow : item.title, at: place, width: cells,
          alignment: item.alignment, style: style)
      }
      let rect = Rect(column: left, row: row, columns: cells, rows: 1)
      hits.append(Hit(rect: rect, target: .heading(pane: pane, field: item.field)))
      left += cells + TableLayout.gap
    }
  }

  /// Draws one row.
  func draw(
    _ value: Row, in buffer: inout CellBuffer, column: Int, row: Int, width: Int, scene: Scene
  ) {
    var left = column
    for (item, cells) in zip(columns, TableLayout.widths(columns, width: width)) {
      guard let cells else { continue }
      let span = item.value(value, cells, scene)
      buffer.putField(
        span.text, at: Position(column: left, row: row), width: cells, alignment: item.alignment,
        style: Style(span.role))
      left += cells + TableLayout.gap
    }
  }

  /// The whole content of a row, a text for each column, none cut or dropped.
  func texts(_ value: Row, scene: Scene) -> [String] {
    columns.map { $0.value(value, 1000, scene).text }
  }
}

extension Table where Row: Identifiable & Hashable & Sendable, Row.ID: Sendable {
  /// Draws headings and the visible rows of a list, or why there are none; marks the selected row.
  ///
  /// - Returns: the place of the selected row.
  func draw(
    _ list: RowList<Row>, in buffer: inout CellBuffer, area: Rect, scene: Scene, isFocused: Bool,
    empty: String, hits: inout [Hit], pane: Int = 0
  ) -> Position {
    drawHeader(
      in: &buffer, column: area.left, row: area.top, width: area.columns, scene: scene,
      hits: &hits, pane: pane)
    var cursor = Position(column: area.left, row: area.top)
    guard !list.isLoading, !list.isEmpty else {
      buffer.put(
        [Span(list.isLoading ? scene.loading : empty, .textDim)],
        column: area.left, row: area.top + 1, width: area.columns)
      return cursor
    }
    let height = area.rows - 1
    for line in 0..<max(0, height) where list.top + line < list.count {
      let index = list.top + line
      let row = area.top + 1 + line
      if let value = list[index] {
        draw(
          value, in: &buffer, column: area.left, row: row, width: area.columns, scene: scene)
      } else {
        buffer.put(
          [Span(String(scene.glyphs.ellipsis), .textDim)], column: area.left, row: row,
          width: area.columns)
      }
      let rect = Rect(column: area.left, row: row, columns: area.columns, rows: 1)
      hits.append(Hit(rect: rect, target: .row(pane: pane, index: index)))
      guard index == list.selected else { continue }
      buffer.markSelected(rect, isFocused: isFocused)
      cursor = Position(column: area.left, row: row)
    }
    drawAbove(list.top, in: &buffer, area: area, scene: scene)
    return cursor
  }

  /// Says in the headings how many rows stand above those that are shown; `noun` is what they are.
  func drawAbove(
    _ count: Int, _ noun: String = "", in buffer: inout CellBuffer, area: Rect, scene: Scene
  ) {
    let text = " " + String(scene.glyphs.up) + Format.count(count) + noun
    let width = TextWidth.of(text)
    guard count > 0, width * 3 <= area.columns else { return }
    buffer.put(
      [Span(text, .chip)], column: area.left + area.columns - width, row: area.top, width: width)
  }
}

extension CellBuffer {
  /// Draws a row as the selected one; where another pane has the focus, only as remembered.
  mutating func markSelected(_ rect: Rect, isFocused: Bool) {
    if isFocused {
      select(rect)
    } else {
      restyle(rect) { if $0.role == .text { $0.role = .selectionUnfocused } }
    }
  }
}

/// A part of the screen that the mouse can press.
struct Hit: Equatable, Sendable {
  /// What pressing it means.
  enum Target: Equatable, Sendable {
    case tab(ViewID)
    /// A row of a list, or a line of text.
    case row(pane: Int, index: Int)
    /// The heading of a table's column.
    case heading(pane: Int, field: String)
    /// A tab of the inspector.
    case inspectorTab(Int)
  }
  /// The cells.
  var rect: Rect
  /// What pressing them means.
  var target: Target
}
