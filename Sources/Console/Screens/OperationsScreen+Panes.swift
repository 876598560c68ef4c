import Cells
import Directory
import SyncStore

extension OperationsScreen {
  func export(scene: Scene) -> ScreenExport? {
    switch (pane, step) {
    case (.statistics, let step?):
      guard let shownDetail else { return nil }
      let rows = shownDetail.counters.map {
        [$0.group.title, $0.title, $0.name, String($0.count)]
      }
      return .lines(
        LinesExport(
          "step-\(step.id)-statistics", ["Group", "Counter", "Name", "Count"], numbers: [3],
          rows: rows))
    case (.errors, let step?):
      return .table(
        TableExport(
          source: errorSource(step), arrangement: errorTable.arrangement,
          columns: errorTable.settings.shown(of: Self.errorColumns).map(\.field),
          rows: errorTable.markedIDs))
    default:
      return .table(
        TableExport(
          source: source, arrangement: table.arrangement, columns: columns.map(\.field),
          rows: table.markedIDs))
    }
  }

  /// The line between the history and the panes below, with their headings.
  func drawDivider(
    in buffer: inout CellBuffer, area: Rect, row: Int, layout: Layout, scene: Scene
  ) {
    buffer.horizontalLine(
      at: Position(column: area.left, row: row), length: area.columns, glyphs: scene.glyphs)
    let chart = chart(scene)
    let name =
      step.map {
        $0.type.profileName + " on " + $0.connector
          + (Self.kind($0).isEmpty ? "" : " (" + Self.kind($0) + ")")
      } ?? "No step"
    if let statistics = layout.statistics {
      let isFocused = pane == .statistics
      let title = " Statistics: " + name + " "
      buffer.put(
        [Span(title, isFocused ? .borderFocus : .title)], column: area.left + 1, row: row,
        width: max(0, statistics.columns - 2))
    }
    guard let errors = layout.errors else {
      buffer.putTrailing(
        chart, left: area.left + (layout.statistics?.columns ?? 0) + 14, right: area.right - 1,
        row: row)
      return
    }
    let position = layout.history == nil || errors.left == 0 ? errors.left + 1 : errors.left
    let heading = errorsHeading
    buffer.putTrailing(
      chart, left: area.left + max(errors.left + 14, position + Span.width(heading)),
      right: area.right - 1, row: row)
    buffer.put(
      heading, column: area.left + position, row: row, width: max(0, errors.columns - 2))
  }

  /// How many errors the step has, and what of them is shown: what narrows the errors of one step
  /// narrows those of the next one too.
  private var errorsHeading: [Span] {
    let count = step?.errors ?? 0
    let title = count == 0 ? " Errors " : " " + Format.count(count, "error") + " "
    var spans = [Span(title, pane == .errors ? .borderFocus : .title)]
    let text = errorTable.settings.text
    if !text.isEmpty {
      spans += [Span("/" + text, .chip), Span(errorTable.asOf + " ", .textDim)]
    }
    if !errorTable.marked.isEmpty, errorsStep == step?.id {
      spans.append(Span(Format.count(errorTable.marked.count) + " marked ", .rowMarked))
    }
    return spans
  }

  func drawStatistics(
    in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]
  ) -> Position {
    guard step != nil else { return area.origin }
    guard shownDetail != nil else {
      buffer.put(
        [Span("Loading" + String(scene.glyphs.ellipsis), .textDim)], column: area.left,
        row: area.top, width: area.columns)
      return area.origin
    }
    let lines = counterLines(width: area.columns)
    if lines.isEmpty {
      buffer.put(
        [Span("Every counter is zero.", .textDim)], column: area.left, row: area.top,
        width: area.columns)
    }
    return counters.draw(
      lines, in: &buffer, area: area, isFocused: pane == .statistics, hits: &hits,
      pane: Pane.statistics.rawValue)
  }

  /// Why the step ended early and what to do, in at most half of the pane.
  func messageLines(_ size: Size) -> [Span] {
    guard let shownDetail, !shownDetail.message.isEmpty else { return [] }
    let message = Wrap.lines(shownDetail.message, width: size.columns).map {
      Span($0, .runStopped)
    }
    let hint = shownDetail.hint.isEmpty ? [] : Wrap.lines(shownDetail.hint, width: size.columns)
    let lines = message + hint.map { Span($0) }
    let room = (step?.errors ?? 0) == 0 ? size.rows : max(1, size.rows / 2)
    guard lines.count > room, room > 0 else { return lines }
    // A sentence that ends in its middle says that it does.
    var shown = Array(lines.prefix(room))
    let end = Wrap.cut(shown[room - 1].text, width: max(1, size.columns - 2))[0]
    shown[room - 1].text = end + " \u{2026}"
    return shown
  }

  /// The rows of errors that the pane has room for.
  func errorRows(_ layout: Layout) -> Int {
    guard let area = layout.errors else { return 1 }
    return max(1, area.rows - 1 - messageLines(area.size).count)
  }

  func drawErrors(
    in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]
  ) -> Position {
    guard let step else { return area.origin }
    var area = area
    // A step that ended early says so before all else.
    for line in messageLines(area.size) {
      buffer.put([line], column: area.left, row: area.top, width: area.columns)
      area = Rect(
        column: area.left, row: area.top + 1, columns: area.columns, rows: area.rows - 1)
    }
    if step.errors == 0, shownErrors.isEmpty || shownErrors.isLoading {
      let text = step.severity == .running ? "No errors so far." : "No errors."
      if shownDetail?.message.isEmpty ?? true, area.rows > 0 {
        buffer.put([Span(text, .textDim)], column: area.left, row: area.top, width: area.columns)
      }
      return area.origin
    }
    guard area.rows > 0 else { return area.origin }
    drawDetail(in: &buffer, area: area, scene: scene)
    return errorTable.drawn(
      errorTable.settings.shown(of: Self.errorColumns), usualSort: nil
    ).draw(
      shownErrors, in: &buffer, area: area, scene: scene, isFocused: pane == .errors,
      empty: errorTable.terms.isEmpty
        ? "No errors." : "None of them passes the filter " + errorTable.settings.text,
      hits: &hits, pane: Pane.errors.rawValue)
  }

  /// What the columns had no room for of the selected error, where rows are left empty below the last.
  private func drawDetail(in buffer: inout CellBuffer, area: Rect, scene: Scene) {
    guard let error = shownErrors.selectedRow, shownErrors.isComplete, shownErrors.top == 0 else {
      return
    }
    let room = area.rows - 1 - shownErrors.count
    let words = [error.message, error.hint].filter { !$0.isEmpty }
      .joined(separator: error.message.hasSuffix(".") ? " " : ". ")
    let times = [
      Span("First seen ", .textDim),
      Span(scene.time(error.firstOccurred, width: area.columns < 48 ? 14 : 19), .time),
      Span("  " + Format.count(error.retries, "retry", "retries"), .textDim),
    ]
    let lines =
      Wrap.folded(times, width: area.columns, indent: 2)
      + Wrap.lines(Sanitizer.verbose(words), width: area.columns - 2).map { [Span($0)] }
    guard room > 2 else { return }
    for (offset, line) in lines.prefix(room - 1).enumerated() {
      // A sentence that ends in its middle says that it does.
      let isCut = offset == room - 2 && lines.count > room - 1
      let row = area.top + 2 + shownErrors.count + offset
      buffer.put(
        line + (isCut ? [Span(" " + scene.ellipsis, .textDim)] : []), column: area.left, row: row,
        width: area.columns)
    }
  }
}
