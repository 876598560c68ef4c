import Cells
import SyncStore

extension Renderer {
  /// The last line: the keys that act here and now, from the same table that dispatches them.
  func drawHints(in buffer: inout CellBuffer, row: Int) {
    let scope = state.screen.model.scope
    var seen: Set<ActionID> = []
    let shown = state.actions.filter { action in
      guard action.hint != nil, action.applies(in: scope) else { return false }
      if action.id == .back, !state.canGoBack { return false }
      if action.id == .forward, !state.canGoForward { return false }
      return seen.insert(action.id).inserted
    }
    // The help and the way out stay at every width.
    let fixed = shown.filter { ($0.hint ?? 0) < 0 }.sorted { ($0.hint ?? 0) < ($1.hint ?? 0) }
    let rest = shown.filter { ($0.hint ?? 0) >= 0 }
      .sorted { place($0, scope) < place($1, scope) }
    let tail = fixed.flatMap { spans($0) }
    var room = size.columns - Span.width(tail) - 1
    var column = 0
    // In a short line what comes first stays; nothing is cut in half.
    for action in rest {
      let text = spans(action)
      let width = Span.width(text)
      guard width <= room else { continue }
      buffer.put(text, column: column, row: row, width: width)
      column += width
      room -= width
    }
    buffer.put(tail, column: column, row: row, width: max(0, size.columns - column))
  }

  /// Whether there is a way back, and no room for all that starts and opens.
  private var isNarrow: Bool { size.columns < 60 && state.canGoBack }

  /// The place of an action, lowest first: where there is little room the way back, and what is done
  /// with the row, come before what starts a cycle.
  private func place(_ action: Action, _ scope: Scope) -> Int {
    let releases = action.id == .release || action.id == .releaseHeld
    // What is held waits for this very key.
    if releases, action.disabledReason(state) == nil { return isNarrow ? -2 : 3 }
    guard isNarrow else { return action.hint(in: scope) }
    switch action.id {
    case .back: return -3
    case .open: return -1
    default: return action.hint(in: scope)
    }
  }

  private func spans(_ action: Action) -> [Span] {
    let isOff = action.disabledReason(state) != nil
    let key = action.keys[0].hint(glyphs)
    return [
      Span(" " + key, isOff ? .keyDisabled : .key),
      Span(" " + action.title + " ", isOff ? .keyDisabled : .keyHint),
    ]
  }

  /// Words that are shown for a while, just above the hints.
  func drawToast(in buffer: inout CellBuffer, row: Int) {
    guard let toast = state.toast, row > 1 else { return }
    let all = Wrap.lines(toast.text, width: max(1, size.columns - 2))
    let lines = all.prefix(toast.role == .toastError ? max(3, size.rows / 4) : 3)
    for (offset, text) in lines.enumerated() {
      // That there is more is told, rather than a sentence that ends in its middle.
      let isCut = offset == lines.count - 1 && all.count > lines.count
      let line = isCut ? text + " " + String(glyphs.ellipsis) : text
      let at = row - lines.count + 1 + offset
      buffer.fill(
        Rect(column: 0, row: at, columns: size.columns, rows: 1), style: Style(toast.role))
      buffer.put([Span(line, toast.role)], column: 1, row: at, width: size.columns - 1)
    }
  }
}

/// The help: every action with its keys, by where it has a meaning.
enum HelpText {
  /// The lines of the help.
  static func lines(_ state: ConsoleState, width: Int) -> [[Span]] {
    let all = state.actions
    var lines: [[Span]] = []
    let twin = state.screen.model.twin
    if !twin.isEmpty {
      lines += [[Span("The same as text: ", .dialog), Span(twin, .textStrong)], []]
    }
    func part(_ title: String, _ actions: [Action]) {
      guard !actions.isEmpty else { return }
      if lines.last?.isEmpty == false { lines.append([]) }
      lines.append([Span(title, .header)])
      lines += actions.flatMap { self.lines(of: $0, state, width: width) }
    }
    // What one looks at comes first: who asks for help asks for that.
    let here = state.screen.model.scope
    part(here.title, all.filter { $0.scopes.contains(here) })
    part("Everywhere", all.filter(\.scopes.isEmpty))
    for scope in Scope.allCases where scope != here {
      part(scope.title, all.filter { $0.scopes.contains(scope) })
    }
    return lines
  }

  private static func lines(of action: Action, _ state: ConsoleState, width: Int) -> [[Span]] {
    let keys = action.keys.map(\.name).joined(separator: " ")
    let field = 16
    let fill = String(repeating: " ", count: max(1, field - keys.count))
    let help = action.help + action.note(state)
    let text = action.isDangerous ? help + " (asks first)" : help
    return Wrap.lines(text, width: max(10, width - field)).enumerated().map { index, line in
      index == 0
        ? [Span(keys, .key), Span(fill + line, .dialog)]
        : [Span(String(repeating: " ", count: field) + line, .dialog)]
    }
  }
}
