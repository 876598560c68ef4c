import Cells
import SyncStore

extension Renderer {
  /// Draws what lies above the screens; returns where text is typed.
  func drawOverlay(in buffer: inout CellBuffer, hintRow: Int) -> Position? {
    switch state.overlay {
    case .help(let top): drawHelp(top, in: &buffer)
    case .dialog(let dialog): return draw(dialog, in: &buffer)
    case .prompt(let prompt): return draw(prompt, in: &buffer, row: hintRow)
    case .themes(let picker): drawThemes(picker, in: &buffer)
    case .menu(let menu): draw(menu, in: &buffer)
    case .columns(let picker): draw(picker, in: &buffer)
    case nil: break
    }
    return nil
  }

  /// An empty box in the middle, of so many cells inside; returns its inside.
  private func box(
    in buffer: inout CellBuffer, columns: Int, rows: Int, title: String, role: Role = .dialogTitle
  ) -> Rect {
    let width = min(size.columns, columns + 4)
    let height = min(size.rows, rows + 2)
    let rect = Rect(
      column: (size.columns - width) / 2, row: (size.rows - height) / 2, columns: width,
      rows: height)
    buffer.fill(rect, style: Style(.dialog))
    buffer.box(rect, glyphs: glyphs, style: Style(role == .dialogDanger ? role : .borderFocus))
    buffer.put(
      [Span(" " + title + " ", role)], column: rect.left + 2, row: rect.top,
      width: max(0, width - 4))
    return rect.inset(columns: 2, rows: 1)
  }

  private func drawHelp(_ top: Int, in buffer: inout CellBuffer) {
    let width = min(78, size.columns - 4)
    let lines = HelpText.lines(state, width: width)
    let inside = box(
      in: &buffer, columns: width, rows: min(lines.count, size.rows - 2),
      title: "Keys; arrows scroll, any other key closes")
    let first = max(0, min(top, lines.count - inside.rows))
    for (offset, line) in lines.dropFirst(first).prefix(inside.rows).enumerated() {
      buffer.put(line, column: inside.left, row: inside.top + offset, width: inside.columns)
    }
  }

  private func draw(_ dialog: Dialog, in buffer: inout CellBuffer) -> Position? {
    let layout = DialogLayout(dialog, size: size)
    let inside = box(
      in: &buffer, columns: layout.width, rows: layout.height + 2 + layout.guide.count,
      title: dialog.title, role: dialog.isGrave ? .dialogDanger : .dialogTitle)
    func put(_ line: String, _ role: Role, row: Int) {
      guard row >= inside.top, row < inside.bottom - 1 else { return }
      buffer.put([Span(line, role)], column: inside.left, row: row, width: inside.columns)
    }
    let first = layout.first(dialog.top)
    for (offset, line) in layout.text.dropFirst(first).prefix(layout.height).enumerated() {
      put(line, .dialog, row: inside.top + offset)
    }
    // What is hidden of a question is told, and the answer's line is never what is cut.
    let (above, below) = (first, layout.text.count - first - layout.height)
    if dialog.isWrong, case .word(let word) = dialog.consent {
      let typed = dialog.typed.isEmpty ? "Nothing was typed" : "That is not " + word
      put(typed + "; nothing is done", .promptError, row: inside.top + layout.height)
    } else if above + below > 0 {
      let hidden = [above > 0 ? "\(above) above" : "", below > 0 ? "\(below) below" : ""]
      let words = "lines: " + hidden.filter { !$0.isEmpty }.joined(separator: ", ")
      put("More " + words + "; Up and Down", .runWarning, row: inside.top + layout.height)
    }
    let row = inside.bottom - 1
    for (offset, line) in layout.guide.enumerated() {
      put(line, .dialog, row: row - layout.guide.count + offset)
    }
    switch dialog.consent {
    case .key(let yes):
      buffer.put(
        [
          Span(String(yes), .key), Span(" " + dialog.verb + "    ", .button),
          Span(dialog.also.map { String($0.key) } ?? "", .key),
          Span(dialog.also.map { " " + $0.verb + "    " } ?? "", .button), Span("Esc", .key),
          Span(" Leave it", .buttonFocus),
        ], column: inside.left, row: row, width: inside.columns)
      return nil
    case .word:
      let taken = buffer.put(
        [Span(layout.lead, .dialog), Span(dialog.typed, .prompt)], column: inside.left, row: row,
        width: inside.columns)
      return Position(column: min(inside.right - 1, inside.left + taken), row: row)
    }
  }

  private func draw(_ prompt: Prompt, in buffer: inout CellBuffer, row: Int) -> Position {
    buffer.fill(
      Rect(column: 0, row: row, columns: size.columns, rows: 1), style: Style(.prompt))
    let sign = prompt.kind.sign
    // A long text shows the part where one types, up to a few characters behind the caret.
    let tail = String(prompt.tail.prefix(size.columns))
    let ahead = TextWidth.of(Sanitizer.drawable(String(tail.prefix(8))))
    let head = Self.ending(prompt.head, width: max(1, size.columns - sign.count - 1 - ahead))
    let caretColumn = buffer.put(
      [Span(sign, .key), Span(head, .prompt)], column: 0, row: row, width: size.columns)
    let caret = Position(column: min(caretColumn, size.columns - 1), row: row)
    let taken =
      caretColumn
      + buffer.put(
        [Span(tail, .prompt)], column: caretColumn, row: row,
        width: max(0, size.columns - caretColumn))
    let fault = state.screen.model.tableInfo?.fault ?? ""
    let isFault = if case .filter = prompt.kind { !fault.isEmpty } else { false }
    let left = taken + 3
    if left + 4 < size.columns {
      buffer.put(
        [Span(isFault ? fault : hint(prompt), isFault ? .promptError : .textDim)], column: left,
        row: row, width: size.columns - left)
    }
    return caret
  }

  /// As much of the end of a text as `width` columns hold.
  private static func ending(_ text: String, width: Int) -> String {
    var columns = 0
    var start = text.endIndex
    while start > text.startIndex {
      let before = text.index(before: start)
      columns += TextWidth.of(Sanitizer.drawable(String(text[before])))
      if columns > width { break }
      start = before
    }
    return String(text[start...])
  }

  private func hint(_ prompt: Prompt) -> String {
    switch prompt.kind {
    case .command: TypedCommand.completions(prompt.text, state).prefix(8).joined(separator: "  ")
    case .filter:
      prompt.text.isEmpty
        ? "word, !not, ~pattern, "
          + (state.screen.model.tableInfo?.fields.map { $0.name + ":" }.joined(separator: " ") ?? "")
        : "Enter keeps, Esc takes back, Tab completes"
    case .expression: "for " + (state.objectAtHand?.name ?? "no object")
    case .time: "14:30, 2026-11-22, 2026-11-22T14:30, 2d ago; nothing: the newest"
    case .interval: "30m, 3h, 1d12h; from 1m to 30d"
    }
  }

  private func draw(_ menu: Menu, in buffer: inout CellBuffer) {
    func columns(_ text: String) -> Int { TextWidth.of(Sanitizer.drawable(text)) }
    let wide = menu.items.map {
      4 + columns($0.title) + ($0.note.isEmpty ? 0 : columns($0.note) + 2)
    }
    let reasons = menu.items.compactMap { $0.reason.map(columns) }
    let width = max(columns(menu.title) + 2, wide.max() ?? 0, reasons.max() ?? 0)
    let rows = min(max(1, menu.items.count), size.rows - 3)
    let inside = box(in: &buffer, columns: width, rows: rows + 1, title: menu.title)
    let first = max(0, min(menu.selected - rows + 1, menu.items.count - rows))
    for (offset, item) in menu.items.dropFirst(first).prefix(rows).enumerated() {
      let row = inside.top + offset
      let role: Role = item.reason == nil ? .dialog : .keyDisabled
      buffer.put(
        [
          Span(String(item.key), .key), Span("  " + item.title, role),
          Span(item.note.isEmpty ? "" : "  " + item.note, .textDim),
        ], column: inside.left, row: row, width: inside.columns)
      if first + offset == menu.selected {
        buffer.select(Rect(column: inside.left, row: row, columns: inside.columns, rows: 1))
      }
    }
    let reason =
      menu.items.indices.contains(menu.selected)
      ? menu.items[menu.selected].reason : nil
    let foot =
      reason.map { [Span($0, .keyDisabled)] }
      ?? [
        Span("Enter", .key), Span(" chooses  ", .keyHint), Span("Esc", .key),
        Span(" leaves", .keyHint),
      ]
    buffer.put(foot, column: inside.left, row: inside.bottom - 1, width: inside.columns)
  }

  private func draw(_ picker: ColumnPicker, in buffer: inout CellBuffer) {
    guard let info = state.screen.model.tableInfo else { return }
    let keys = [
      ("Space", "shows"), ("< >", "width"), ("J K", "moves"), ("o", "sorts"), ("0", "usual"),
      ("Enter", "keeps"), ("Esc", "leaves"),
    ]
    let foot = keys.flatMap { [Span($0.0, .key), Span(" " + $0.1 + "  ", .keyHint)] }
    let width = min(size.columns - 4, Span.width(foot))
    let lines = width < Span.width(foot) ? 2 : 1
    let rows = max(1, min(picker.fields.count, size.rows - 3 - lines))
    let inside = box(in: &buffer, columns: width, rows: rows + lines, title: "Columns")
    let first = max(0, min(picker.selected - rows + 1, picker.fields.count - rows))
    for (offset, field) in picker.fields.dropFirst(first).prefix(rows).enumerated() {
      let row = inside.top + offset
      let isShown = info.shown.contains(field)
      let title = info.columns.first { $0.field == field }?.title ?? field
      let width = info.settings.widths[field].map { "  \($0) wide" } ?? ""
      let sort = info.sort?.field == field ? "  sorted" : ""
      buffer.put(
        [
          Span(isShown ? "[x] " : "[ ] ", .key), Span(title, isShown ? .dialog : .keyDisabled),
          Span("  " + field + width + sort, .textDim),
        ], column: inside.left, row: row, width: inside.columns)
      if first + offset == picker.selected {
        buffer.select(Rect(column: inside.left, row: row, columns: inside.columns, rows: 1))
      }
    }
    let half = lines == 1 ? foot.count : 8
    for (line, part) in [foot.prefix(half), foot.dropFirst(half)].enumerated() where line < lines {
      buffer.put(
        Array(part), column: inside.left, row: inside.bottom - lines + line,
        width: inside.columns)
    }
  }

  private func drawThemes(_ picker: ThemePicker, in buffer: inout CellBuffer) {
    let themes = state.options.themes
    guard !themes.isEmpty else {
      let inside = box(in: &buffer, columns: 30, rows: 1, title: "Theme")
      buffer.put(
        [Span("No themes were found.", .dialog)], column: inside.left, row: inside.top,
        width: inside.columns)
      return
    }
    let rows = min(themes.count, size.rows - 3)
    let inside = box(in: &buffer, columns: 34, rows: rows + 1, title: "Theme")
    let first = max(0, min(picker.selected - rows + 1, themes.count - rows))
    for (offset, name) in themes.dropFirst(first).prefix(rows).enumerated() {
      let row = inside.top + offset
      let isSelected = first + offset == picker.selected
      let mark = isSelected ? String(glyphs.marked) + " " : "  "
      buffer.put(
        [Span(mark + name, .dialog)], column: inside.left, row: row, width: inside.columns)
      if isSelected {
        buffer.select(Rect(column: inside.left, row: row, columns: inside.columns, rows: 1))
      }
    }
    buffer.put(
      [
        Span("Enter", .key), Span(" keeps  ", .keyHint), Span("Esc", .key),
        Span(" leaves", .keyHint),
      ],
      column: inside.left, row: inside.bottom - 1, width: inside.columns)
  }
}
