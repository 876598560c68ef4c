public import Cells
import Directory
import SyncStore

/// Draws the state into a terminal of `size` cells.
///
/// Pure, and the same for the same state; below 40x10 it is one line that says so.
public func view(_ state: ConsoleState, size: Size) -> Frame {
  Renderer(state: state, size: size).render().frame
}

/// Draws one frame.
struct Renderer {
  let state: ConsoleState
  let size: Size
  var glyphs: Glyphs { state.glyphs }
  /// The cells of a selected row that are drawn so, where not all of it shall be.
  static let shortSelection = 12

  /// The frame, and what of it the mouse can press.
  func render() -> (frame: Frame, hits: [Hit]) {
    var buffer = CellBuffer(size: size)
    var hits: [Hit] = []
    guard FrameLayout.fits(size) else {
      let text = "needs 40x10, is \(size.columns)x\(size.rows)"
      buffer.put(text, at: Position(column: 0, row: 0))
      return (Frame(buffer: buffer, title: title), [])
    }
    let layout = FrameLayout(state, size: size)
    drawHeader(in: &buffer)
    drawTabs(in: &buffer, hits: &hits, withFilters: layout.rule == nil)
    if let rule = layout.rule { drawRule(in: &buffer, row: rule) }
    drawFault(in: &buffer, rows: layout.fault)
    var inner = CellBuffer(size: layout.content.size)
    var innerHits: [Hit] = []
    var cursor = state.screen.model.draw(
      in: &inner, area: Rect(layout.content.size), scene: state.scene, hits: &innerHits)
    if state.options.shortSelection { inner.shortenSelection(to: Self.shortSelection) }
    buffer.draw(inner, at: layout.content.origin)
    cursor.row += layout.content.top
    for hit in innerHits {
      var hit = hit
      hit.rect.origin.row += layout.content.top
      hits.append(hit)
    }
    if let row = layout.progress, let progress = state.progress {
      drawProgress(progress, in: &buffer, row: row)
    }
    drawHints(in: &buffer, row: layout.hints)
    drawToast(in: &buffer, row: (layout.progress ?? layout.hints) - 1)
    let caret = drawOverlay(in: &buffer, hintRow: layout.hints)
    cursor.row = max(0, min(cursor.row, size.rows - 1))
    cursor.column = max(0, min(cursor.column, size.columns - 1))
    return (
      Frame(
        buffer: buffer, cursor: caret ?? cursor, cursorVisible: caret != nil || state.options.plain,
        title: title,
        mouse: state.options.mouse), hits
    )
  }

  private var title: String {
    let running = state.progress.map { " \($0.step.type.profileName)" } ?? ""
    return "Lockstep: " + state.view.title + running
  }

  private func drawTabs(in buffer: inout CellBuffer, hits: inout [Hit], withFilters: Bool) {
    var column = 1
    let tabs = tabs
    for (view, text) in zip(ViewID.allCases, tabs.texts) {
      let taken = buffer.put(
        [Span(text, view == state.view ? .tabActive : .tab)], column: column, row: 1,
        width: max(0, size.columns - column))
      hits.append(
        Hit(rect: Rect(column: column, row: 1, columns: taken, rows: 1), target: .tab(view)))
      column += taken + tabs.gap
    }
    let filters = withFilters ? self.filters : []
    guard !filters.isEmpty else { return }
    // What the list is narrowed to matters more than the names of other views.
    let width = min(Span.width(filters), size.columns - 12)
    let left = size.columns - width - 1
    if left < column { buffer.fill(Rect(column: left - 1, row: 1, columns: width + 2, rows: 1)) }
    buffer.put(filters, column: left, row: 1, width: width)
  }

  /// The tabs in full, with short names, or of other views only the keys: whatever there is room
  /// for.
  private var tabs: (texts: [String], gap: Int) {
    func texts(_ name: (ViewID) -> String) -> [String] {
      ViewID.allCases.map { view in
        let isActive = view == state.view
        let text = "\(view.digit) " + (isActive ? view.title : name(view))
        return isActive ? " " + text + " " : text
      }
    }
    func fits(_ texts: [String], _ gap: Int) -> Bool {
      texts.reduce(1 - gap) { $0 + $1.count + gap } < size.columns
    }
    for names in [texts(\.title), texts(\.shortTitle)] {
      for gap in [2, 1] where fits(names, gap) { return (names, gap) }
    }
    return (texts { _ in "" }.map { $0.hasPrefix(" ") ? $0 : String($0.prefix(1)) }, 1)
  }

  /// What the history is narrowed to, and how long it is.
  private var filters: [Span] {
    guard case .operations(let screen) = state.screen else { return [] }
    var spans: [Span] = []
    if let atLeast = screen.filter.atLeast {
      spans += [Span(atLeast == .warning ? "warnings and worse" : "errors", .chip), Span(" ")]
    }
    if let until = screen.filter.until {
      spans += [Span("until " + state.scene.time(until, width: 19), .chip), Span(" ")]
    }
    let text = screen.table.settings.text
    if !text.isEmpty {
      spans += [Span("/" + text, .chip), Span(screen.table.asOf + " ", .textDim)]
    }
    if size.columns < 60, spans.isEmpty { return [] }
    if let ordering = screen.table.ordering {
      spans.append(Span(ordering + " ", .runRunning))
    } else if screen.list.seek != nil {
      spans.append(Span("reading " + Format.count(screen.list.count) + " ", .textDim))
    }
    if let total = screen.total { spans.append(Span(Format.count(total, "step"), .textDim)) }
    return spans.isEmpty ? [] : spans + [Span(" ")]
  }

  private func drawRule(in buffer: inout CellBuffer, row: Int) {
    buffer.horizontalLine(
      at: Position(column: 0, row: row), length: size.columns, glyphs: glyphs)
    defer { drawRight(in: &buffer, row: row) }
    let stack = state.stacks[state.view] ?? []
    guard stack.count > 1 else { return }
    var spans = [Span(" ")]
    for (index, screen) in stack.enumerated() {
      let isLast = index == stack.count - 1
      let text = String(screen.model.crumb.prefix(48))
      spans.append(Span(text, isLast ? .crumbActive : .crumb))
      spans.append(Span(isLast ? " " : " " + String(glyphs.folded) + " ", .crumb))
    }
    buffer.put(spans, column: 2, row: row, width: max(0, size.columns - 4))
  }

  /// What the list is narrowed to, and the command that prints the same as text, where the way
  /// back leaves room for them.
  private func drawRight(in buffer: inout CellBuffer, row: Int) {
    let twin = size.columns < 80 ? "" : state.screen.model.twin
    let stack = state.stacks[state.view] ?? []
    let crumbs = stack.map { Span(String($0.model.crumb.prefix(48))) }
    let way = stack.count > 1 ? 6 + Span.width(crumbs) + 3 * crumbs.count : 2
    let filters = filters.isEmpty ? [] : [Span(" ")] + filters
    let command = twin.isEmpty ? [] : [Span(" " + twin + " ", .textDim)]
    for spans in [filters + command, filters, command] where !spans.isEmpty {
      let end = size.columns - 2
      if buffer.putTrailing(spans, left: way, right: end, row: row) != nil { return }
    }
  }

  private func drawFault(in buffer: inout CellBuffer, rows: Range<Int>) {
    guard let first = rows.first else { return }
    guard let fault = state.fault else {
      let seconds = Format.age(state.waiting ?? 0)
      let text = "Waiting for the store for \(seconds); what is shown may be older"
      buffer.put([Span(text, .textDim)], column: 0, row: first, width: size.columns)
      return
    }
    let mark = String(glyphs.warning) + " "
    buffer.put(
      [Span(mark + fault.message, .toastError)], column: 0, row: first, width: size.columns)
    if rows.count > 1 {
      buffer.put([Span("  " + fault.hint)], column: 0, row: first + 1, width: size.columns)
    }
  }

  /// The step that runs: bar, done, rate, time left, errors, and what it waits for.
  private func drawProgress(_ progress: RunProgress, in buffer: inout CellBuffer, row: Int) {
    let step = progress.step
    var left = [
      Span(String(glyphs.running) + " ", .runRunning),
      Span(step.type.profileName, .textStrong), Span(" on " + step.connector + " ", .text),
    ]
    var done = Format.count(progress.done)
    if let total = progress.total { done += "/" + Format.count(total) }
    var right = [Span(" " + done, .number)]
    if progress.rate > 0 { right.append(Span(" " + Format.rate(progress.rate), .number)) }
    if let seconds = progress.secondsLeft {
      right.append(Span(" " + Format.countdown(seconds) + " left", .time))
    }
    if step.errors > 0 {
      right.append(Span(" " + Format.count(step.errors, "error"), .runError))
    }
    let doing = progress.phaseText(now: state.now)
    let isWaiting = doing != progress.phase
    if !doing.isEmpty { right.append(Span(" " + doing, isWaiting ? .runWarning : .textDim)) }
    if let silence = progress.silence(now: state.now) {
      right.append(Span(" no progress for " + Format.age(silence), .runWarning))
    }
    if !progress.quotaText.isEmpty { right.append(Span(" " + progress.quotaText, .number)) }
    let room = size.columns - Span.width(left) - Span.width(right)
    if room < 0 { left = Array(left.prefix(2)) }
    let taken = buffer.put(left, column: 0, row: row, width: size.columns)
    if let total = progress.total, total > 0, room >= 8 {
      let width = min(30, room)
      buffer.bar(
        Double(progress.done) / Double(total), at: Position(column: taken, row: row), width: width,
        glyphs: glyphs)
      buffer.put(right, column: taken + width, row: row, width: size.columns - taken - width)
    } else {
      buffer.put(right, column: taken, row: row, width: max(0, size.columns - taken))
    }
  }
}
