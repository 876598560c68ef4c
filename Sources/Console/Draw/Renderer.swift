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

  /// The frame, and what of it the mouse can press.
  func render() -> (frame: Frame, hits: [Hit]) {
    var buffer = CellBuffer(size: size)
    var hits: [Hit] = []
    guard size.columns >= FrameLayout.minimum.columns, size.rows >= FrameLayout.minimum.rows else {
      let text = "needs 40x10, is \(size.columns)x\(size.rows)"
      buffer.put(text, at: Position(column: 0, row: 0))
      return (Frame(buffer: buffer, title: title), [])
    }
    let layout = FrameLayout(state, size: size)
    drawHeader(in: &buffer)
    drawTabs(in: &buffer, hits: &hits)
    if let rule = layout.rule { drawRule(in: &buffer, row: rule) }
    drawFault(in: &buffer, rows: layout.fault)
    var inner = CellBuffer(size: layout.content.size)
    var innerHits: [Hit] = []
    var cursor = state.screen.model.draw(
      in: &inner, area: Rect(layout.content.size), scene: state.scene, hits: &innerHits)
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
    drawToast(in: &buffer, row: layout.hints - 1)
    let caret = drawOverlay(in: &buffer, hintRow: layout.hints)
    cursor.row = max(0, min(cursor.row, size.rows - 1))
    cursor.column = max(0, min(cursor.column, size.columns - 1))
    return (
      Frame(
        buffer: buffer, cursor: caret ?? cursor, cursorVisible: caret != nil, title: title,
        mouse: state.options.mouse), hits
    )
  }

  private var title: String {
    let running = state.progress.map { " \($0.step.type.profileName)" } ?? ""
    return "Lockstep: " + state.view.title + running
  }

  private func drawTabs(in buffer: inout CellBuffer, hits: inout [Hit]) {
    var column = 1
    let isNarrow = size.columns < 60
    for view in ViewID.allCases {
      let isActive = view == state.view
      let name = isNarrow && !isActive ? view.shortTitle : view.title
      let text = (isActive ? " " : "") + "\(view.digit) " + name + (isActive ? " " : "")
      let taken = buffer.put(
        [Span(text, isActive ? .tabActive : .tab)], column: column, row: 1,
        width: max(0, size.columns - column))
      hits.append(
        Hit(rect: Rect(column: column, row: 1, columns: taken, rows: 1), target: .tab(view)))
      column += taken + (isNarrow ? 1 : 2)
    }
    guard case .operations(let operations) = state.screen, !isNarrow else { return }
    buffer.putTrailing(filters(operations), left: column, right: size.columns - 1, row: 1)
  }

  /// What the history is narrowed to, and how long it is.
  private func filters(_ screen: OperationsScreen) -> [Span] {
    var spans: [Span] = []
    if let atLeast = screen.filter.atLeast {
      spans += [Span(atLeast == .warning ? "warnings and worse" : "errors", .chip), Span(" ")]
    }
    if !screen.filter.text.isEmpty {
      spans += [Span("/" + screen.filter.text, .chip), Span(" ")]
    }
    if screen.list.seek != nil {
      spans.append(Span("reading " + Format.count(screen.list.count) + " ", .textDim))
    }
    if let total = screen.total { spans.append(Span(Format.count(total, "step"), .textDim)) }
    return spans
  }

  private func drawRule(in buffer: inout CellBuffer, row: Int) {
    buffer.horizontalLine(
      at: Position(column: 0, row: row), length: size.columns, glyphs: glyphs)
    defer { drawTwin(in: &buffer, row: row) }
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

  /// The command that prints the same as text, where the way back leaves room for it.
  private func drawTwin(in buffer: inout CellBuffer, row: Int) {
    let twin = state.screen.model.twin
    let stack = state.stacks[state.view] ?? []
    let way = stack.count > 1 ? stack.reduce(6) { $0 + min(48, $1.model.crumb.count) + 3 } : 2
    guard !twin.isEmpty, size.columns >= 80 else { return }
    buffer.putTrailing(
      [Span(" " + twin + " ", .textDim)], left: way, right: size.columns - 2, row: row)
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
    if !progress.phase.isEmpty { right.append(Span(" " + progress.phase, .textDim)) }
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
