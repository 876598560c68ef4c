import Cells
import SyncStore

extension OperationsScreen {
  /// Where the panes are; nil for one that has no room beside the one with the focus.
  struct Layout {
    var history: Rect?
    var statistics: Rect?
    var errors: Rect?
    /// The row of the line between history and what is below, with the panes' headings.
    var divider: Int?

    init(size: Size, pane: Pane) {
      let whole = Rect(size)
      if size.rows < 12 {
        let below = Rect(column: 0, row: 1, columns: size.columns, rows: size.rows - 1)
        divider = pane == .history ? nil : 0
        history = pane == .history ? whole : nil
        statistics = pane == .statistics ? below : nil
        errors = pane == .errors ? below : nil
        return
      }
      let upper = max(6, size.rows * 11 / 20)
      history = Rect(column: 0, row: 0, columns: size.columns, rows: upper)
      divider = upper
      let rows = size.rows - upper - 1
      if size.columns < 70 {
        let below = Rect(column: 0, row: upper + 1, columns: size.columns, rows: rows)
        statistics = pane == .errors ? nil : below
        errors = pane == .errors ? below : nil
        return
      }
      let left = min(size.columns * 9 / 20, 64)
      statistics = Rect(column: 0, row: upper + 1, columns: left, rows: rows)
      errors = Rect(
        column: left + 2, row: upper + 1, columns: size.columns - left - 2, rows: rows)
    }
  }

  /// The counters that are not zero, under their groups' headings.
  func counterLines(width: Int) -> [DetailLine] {
    guard let detail = shownDetail else { return [] }
    var lines: [DetailLine] = []
    var group: CounterGroup?
    let shown = detail.counters.filter { $0.count > 0 }
    for counter in shown {
      if counter.group != group {
        group = counter.group
        lines.append(
          DetailLine(
            key: "group " + counter.group.title, spans: [Span(counter.group.title, .header)]))
      }
      // Some counters share one caption; then the element's name tells them apart.
      let isAmbiguous = shown.contains {
        $0.group == counter.group && $0.title == counter.title && $0.name != counter.name
      }
      let title = isAmbiguous ? counter.title + " (" + counter.name + ")" : counter.title
      lines.append(line(counter, title: title, width: width))
    }
    return lines
  }

  private func line(_ counter: CounterRow, title: String, width: Int) -> DetailLine {
    let number = Format.count(counter.count)
    let room = max(1, width - number.count - 3)
    let text = Wrap.lines(title, width: room).first ?? title
    let fill = max(0, room - TextWidth.of(text))
    let isFailure = counter.name.hasSuffix("failure")
    return DetailLine(
      key: counter.group.title + "\u{1F}" + counter.name,
      spans: [
        Span("  "), Span(text, isFailure ? .runError : .text),
        Span(String(repeating: " ", count: fill)),
        Span(" " + number, counter.hasDetail ? .number : .textDim),
      ],
      isProblem: isFailure, opens: counter.hasDetail)
  }

  /// The counter under the cursor.
  var selectedCounter: CounterRow? {
    guard let key = counters.key else { return nil }
    return shownDetail?.counters.first { $0.group.title + "\u{1F}" + $0.name == key }
  }
}
