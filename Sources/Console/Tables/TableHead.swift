import Cells
import Directory

/// The lines above a table, which are drawn alike on all screens: figures with their names, and
/// moments by their age.
enum TableHead {
  /// What stands there until something is known.
  static func loading(_ scene: Scene) -> [Span] { [Span(scene.loading, .textDim)] }

  /// A figure with its name before it.
  static func figure(_ name: String, _ text: String, _ role: Role = .number) -> [Span] {
    [Span(name + " ", .textDim), Span(text, role)]
  }

  /// How long ago something was, with its name before it.
  static func age(_ name: String, _ moment: Timestamp?, _ scene: Scene) -> [Span] {
    let text = moment.map { Format.age(scene.now.seconds(since: $0)) + " ago" } ?? "never"
    return figure(name, text, .time)
  }

  /// Figures one after the other on a line.
  static func line(_ figures: [[Span]]) -> [Span] {
    figures.enumerated().flatMap { $0 == 0 ? $1 : [Span("  ")] + $1 }
  }

  /// Draws the lines in as many rows.
  static func draw(_ lines: [[Span]], in buffer: inout CellBuffer, area: Rect) {
    for (offset, line) in lines.enumerated() where offset < area.rows {
      buffer.put(line, column: area.left, row: area.top + offset, width: area.columns)
    }
  }
}

extension TableScreen {
  /// Draws the lines above the table and, below them, the table or why it is empty.
  ///
  /// - Returns: the place of the selected row.
  func draw(
    head: [[Span]], in buffer: inout CellBuffer, area: Rect, scene: Scene, empty: String,
    hits: inout [Hit]
  ) -> Position {
    TableHead.draw(head, in: &buffer, area: area)
    let below = Rect(
      column: area.left, row: area.top + head.count, columns: area.columns,
      rows: area.rows - head.count)
    return drawn.draw(
      list, in: &buffer, area: below, scene: scene, isFocused: true, empty: empty, hits: &hits)
  }
}
