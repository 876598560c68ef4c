import Cells
import Directory
import SyncStore

/// The history of runs: a row a step, newest first; below, what the selected step counted and what
/// went wrong.
struct OperationsScreen: ScreenModel {
  /// The parts of the screen that can have the focus.
  enum Pane: Int, CaseIterable, Sendable {
    case history, statistics, errors
  }

  /// What the history is narrowed to.
  var filter = OperationFilter()
  /// What was typed to narrow it.
  var text = ""
  /// The steps.
  var list = RowList<OperationRow>()
  /// How many steps there are in all, once known.
  var total: Int?
  /// The part that has the focus.
  var pane = Pane.history
  /// The selected step's counters and message, once read; those of another step while not.
  var detail: StepDetail?
  /// The selected step's errors.
  var errors = RowList<ErrorRow>()
  /// The walk through the counters.
  var counters = LinePane()
  private var errorsStep: Int64?
  private var isDetailStale = false
  private var isTotalStale = true

  let scope = Scope.operations
  let crumb = "Operations"

  init() { list.followsTop = true }

  var filterText: String { text }
  var copyText: String {
    switch pane {
    case .history: list.selectedRow.map { $0.connector + " " + $0.type.profileName } ?? ""
    case .statistics: ""
    case .errors: errors.selectedRow?.subject ?? ""
    }
  }
  var export: ExportSource? { .operations(filter) }
  var twin: String {
    if pane != .history, let step { return "lockstep show \(step.id)" }
    var words = ["lockstep history"]
    if filter.atLeast != nil { words.append("--errors") }
    if let connector = filter.connector {
      words.append("--connector " + ToolScreen.quoted(connector))
    }
    if let type = filter.type { words.append("--profile " + type.rawValue) }
    if let since = filter.since { words.append("--since \(since)") }
    return words.joined(separator: " ")
  }
  var violation: String? { list.violation ?? errors.violation ?? counters.violation }

  /// The selected step.
  var step: OperationRow? { list.selectedRow }
  /// The counters, if they are those of the selected step.
  var shownDetail: StepDetail? { detail?.step == step?.id ? detail : nil }
  /// The errors, if they are those of the selected step.
  var shownErrors: RowList<ErrorRow> { errorsStep == step?.id ? errors : RowList() }

  mutating func setFilter(_ text: String) {
    self.text = text
    filter.text = text
    restart()
  }

  mutating func setFilter(_ text: String, now: Timestamp, clock: LocalTime) {
    self.text = text
    filter.read(text, now: now, clock: clock)
    restart()
  }

  mutating func goTo(_ moment: Timestamp?) -> Bool {
    filter.until = moment
    pane = .history
    restart()
    return true
  }

  /// Narrows to steps that are this bad at least.
  mutating func setSeverity(_ severity: ResultSeverity?) {
    filter.atLeast = severity
    restart()
  }

  private mutating func restart() {
    list = RowList()
    list.followsTop = true
    total = nil
    isTotalStale = true
  }

  func wants(size: Size) -> [Want] {
    let layout = Layout(size: size, pane: pane)
    var wants: [Want] = []
    if let page = list.wantedPage(height: layout.history?.rows ?? 1) {
      let request = Request.operations(
        filter, before: list.cursor(page: page)?.id, limit: RowList<OperationRow>.pageSize)
      wants.append(Want(slot: .list, request: request, page: page))
    }
    if let step {
      if shownDetail == nil || isDetailStale {
        wants.append(Want(slot: .detail, request: .step(step.id)))
      }
      if let page = shownErrors.wantedPage(height: errorRows(layout)) {
        let request = Request.errors(
          step: step.id, after: shownErrors.cursor(page: page)?.id,
          limit: RowList<ErrorRow>.pageSize)
        wants.append(Want(slot: .sub, request: request, page: page))
      }
    }
    if isTotalStale, !list.isLoading {
      wants.append(Want(slot: .count, request: .operationCount(filter)))
    }
    return wants
  }

  mutating func receive(_ response: Response, for want: Want) {
    switch (response, want.request) {
    case (.operations(let rows), _):
      list.followsTop = pane == .history
      list.receive(rows, page: want.page, isProblem: Self.isProblem)
    case (.step(let detail), _):
      self.detail = detail
      isDetailStale = false
    case (.errors(let rows), .errors(let step, _, _)):
      if errorsStep != step {
        errorsStep = step
        errors = RowList()
      }
      errors.receive(rows, page: want.page)
    case (.count(let count), _):
      total = count
      isTotalStale = false
    default: break
    }
  }

  mutating func markStale() {
    list.markStale()
    errors.markStale()
    isDetailStale = true
    isTotalStale = true
  }

  /// Whether a step has gone wrong.
  static func isProblem(_ row: OperationRow) -> Bool {
    row.errors > 0 || row.severity >= .warning
  }

  mutating func settle(size: Size, scene: Scene) {
    let layout = Layout(size: size, pane: pane)
    let height = (layout.history?.rows ?? 1) - 1
    let list = self.list
    self.list.settle(
      height: height, stickyLines: Self.groupLines(height: height),
      extraLines: { Self.beginsGroup(list, at: $0) ? Self.groupLines(height: height) : 0 })
    if errorsStep == step?.id { errors.settle(height: errorRows(layout)) }
    counters.settle(
      counterLines(width: layout.statistics?.columns ?? 1), height: layout.statistics?.rows ?? 1)
  }

  /// Whether the row at `index` belongs to another cycle than the row above it.
  static func beginsGroup(_ list: RowList<OperationRow>, at index: Int) -> Bool {
    guard let row = list[index], row.cycleID != nil else { return false }
    return index == 0 || list[index - 1]?.cycleID != row.cycleID
  }

  /// Lines that a cycle takes above its steps: none where there is hardly room for the steps.
  static func groupLines(height: Int) -> Int { height >= 5 ? 1 : 0 }
}

extension OperationsScreen {
  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    let layout = Layout(size: size, pane: pane)
    if let motion = action.motion {
      move(motion, layout: layout)
      return []
    }
    switch action {
    case .nextPane: focus(1, layout: layout)
    case .previousPane: focus(-1, layout: layout)
    case .right: show(pane == .history ? .statistics : .errors, layout: layout)
    case .left: show(pane == .errors ? .statistics : .history, layout: layout)
    case .open: return open(layout: layout)
    case .back:
      guard pane != .history else { return nil }
      pane = .history
    case .cycleFilter:
      let next: [ResultSeverity?: ResultSeverity?] = [nil: .warning, .warning: .error]
      setSeverity(next[filter.atLeast] ?? nil)
    case .nextProblem, .previousProblem:
      let forward = action == .nextProblem
      if !list.selectProblem(forward: forward, Self.isProblem) {
        return [.tell("No step with errors \(forward ? "below" : "above")")]
      }
    default: return nil
    }
    return []
  }

  private mutating func focus(_ offset: Int, layout: Layout) {
    let count = Pane.allCases.count
    show(Pane(rawValue: (pane.rawValue + offset + count) % count) ?? .history, layout: layout)
  }

  private mutating func show(_ pane: Pane, layout: Layout) {
    self.pane = pane
    if pane == .statistics { selectTellingCounter(layout: layout) }
  }

  private mutating func move(_ motion: Motion, layout: Layout) {
    switch pane {
    case .history: list.move(motion, height: (layout.history?.rows ?? 1) - 1)
    case .statistics:
      let area = layout.statistics
      counters.move(
        motion, lines: counterLines(width: area?.columns ?? 1), height: area?.rows ?? 1)
    case .errors:
      if errorsStep == step?.id { errors.move(motion, height: errorRows(layout)) }
    }
  }

  /// Puts the cursor on the first counter of failures, or on the first one with objects to list;
  /// a heading has nothing to open.
  ///
  /// A counter that a person has chosen stays.
  private mutating func selectTellingCounter(layout: Layout) {
    let lines = counterLines(width: layout.statistics?.columns ?? 1)
    if let line = counters.line(of: lines), line.isProblem || line.opens { return }
    let failed = lines.firstIndex(where: \.isProblem)
    guard let index = failed ?? lines.firstIndex(where: \.opens) else { return }
    counters.select(index, of: lines)
  }

  private mutating func open(layout: Layout) -> [Intent] {
    guard let step else { return [] }
    switch pane {
    case .history:
      show(
        step.errors > 0 || step.severity == .stopped ? .errors : .statistics, layout: layout)
    case .statistics:
      guard let counter = selectedCounter else { return [] }
      if counter.name.hasSuffix("failure"), step.errors > 0 {
        show(.errors, layout: layout)
        return []
      }
      guard counter.hasDetail, counter.count > 0 else {
        return [.tell("\(counter.title) is counted only; its objects are not kept")]
      }
      return [.push(.changes(ChangesScreen(step: step, counter: counter)))]
    case .errors:
      guard let error = shownErrors.selectedRow else { return [] }
      return [.push(.inspector(InspectorScreen(error: error)))]
    }
    return []
  }

  mutating func press(pane number: Int, index: Int, scene: Scene, size: Size) {
    guard let pane = Pane(rawValue: number) else { return }
    self.pane = pane
    switch pane {
    case .history: list.select(index)
    case .statistics:
      let layout = Layout(size: size, pane: pane)
      counters.select(index, of: counterLines(width: layout.statistics?.columns ?? 1))
    case .errors: errors.select(index)
    }
  }
}
