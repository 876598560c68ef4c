import Cells
import Directory
import SyncStore

/// The history of runs: a row a step, newest first; below, what the selected step counted and what
/// went wrong.
struct OperationsScreen: TableScreen {
  /// The parts of the screen that can have the focus.
  enum Pane: Int, CaseIterable, Sendable {
    case history, statistics, errors
  }

  /// What the history is narrowed to.
  var filter = OperationFilter()
  /// The steps.
  var table = TableModel<OperationRow>(followsTop: true)
  /// How many steps there are in all, once known.
  var total: Int?
  /// The part that has the focus.
  var pane = Pane.history
  /// The selected step's counters and message, once read; those of another step while not.
  var detail: StepDetail?
  /// The selected step's errors.
  var errorTable = TableModel<ErrorRow>()
  /// The walk through the counters.
  var counters = LinePane()
  /// The moment before which steps are shown, where one went to it; nil for the newest.
  private var moment: Timestamp?
  /// The moment before which steps are shown, as what was typed says it.
  private var typedUntil: Timestamp?
  /// The run that was asked for, until its place is known.
  private(set) var goal: RunReference?
  /// The run that was asked for and is not there, until that was told.
  private var missing: RunReference?
  /// The step whose errors are at hand.
  private(set) var errorsStep: Int64?
  private var isDetailStale = false
  private var isTotalStale = true
  private var looksForTotal = false
  private var lastTotal: Timestamp?

  /// Seconds between two counts of a part of the history, for which all of it is gone through.
  static let countInterval = 5.0

  let scope = Scope.operations
  let crumb = "Operations"

  /// The errors of the selected step.
  var errors: RowList<ErrorRow> {
    get { errorTable.list }
    set { errorTable.list = newValue }
  }
  var copyText: String {
    switch pane {
    case .history: list.selectedRow.map { $0.connector + " " + $0.type.profileName } ?? ""
    case .statistics: ""
    case .errors: errors.selectedRow?.subject ?? ""
    }
  }
  var allColumns: [Column<OperationRow>] { Self.columns }
  var source: TableSource { .store(.operations(filter)) }
  let usualSort: ListSort? = ListSort("started", isDescending: true)
  static let problem = "step with errors"
  var twin: String {
    if pane != .history, let step { return "lockstep show \(step.id)" }
    var words = ["lockstep history"]
    if let atLeast = filter.atLeast { words.append(atLeast == .error ? "--errors" : "--warnings") }
    if let moment { words.append("--until \(moment)") }
    return twin(words)
  }
  var violation: String? { list.violation ?? errors.violation ?? counters.violation }

  /// The selected step.
  var step: OperationRow? { list.selectedRow }
  /// The counters, if they are those of the selected step.
  var shownDetail: StepDetail? { detail?.step == step?.id ? detail : nil }
  /// The errors, if they are those of the selected step.
  var shownErrors: RowList<ErrorRow> {
    errorsStep == step?.id ? errors : RowList(isArranged: !errorTable.isPlain)
  }

  mutating func take(words: [String], now: Timestamp, clock: LocalTime) -> [String] {
    total = nil
    isTotalStale = true
    let rest = filter.take(words, now: now, clock: clock)
    typedUntil = filter.until
    // Where one went to stays, however what is shown there is narrowed or sorted.
    filter.until = moment ?? typedUntil
    return rest
  }

  /// Narrows to steps that are as bad as the choice says.
  mutating func take(choice: String) {
    filter.atLeast = ["warnings": .warning, "errors": .error][choice]
  }

  mutating func goTo(_ moment: Timestamp?) -> Bool {
    self.moment = moment
    filter.until = moment ?? typedUntil
    pane = .history
    total = nil
    isTotalStale = true
    table.restart()
    return true
  }

  /// Puts the cursor on the newest step, unless a person reads on elsewhere: in the panes of a step,
  /// at a time or in an order of his own.
  mutating func goToNewest() {
    guard pane == .history, moment == nil, goal == nil, table.settings.sort == nil else { return }
    table.list.move(.first, height: 1)
  }

  /// Puts the cursor on a run, wherever it is.
  mutating func go(to run: RunReference) { goal = run }

  func wants(size: Size) -> [Want] {
    let layout = Layout(size: size, pane: pane)
    var wants: [Want] = []
    if let goal {
      wants.append(Want(slot: .list, request: .place(goal)))
    } else {
      wants += wantsOfTable(height: layout.history?.rows ?? 1)
    }
    if let step {
      if shownDetail == nil || isDetailStale {
        wants.append(Want(slot: .detail, request: .step(step.id)))
      }
      var errors = errorTable
      errors.list = shownErrors
      wants += errors.wants(
        errorSource(step), height: errorRows(layout), slot: .sub, stateSlot: .subCount
      ) {
        .errors(step: step.id, after: $0?.id, limit: RowList<ErrorRow>.pageSize)
      }
    }
    if looksForTotal, !list.isLoading, !list.isArranged {
      wants.append(Want(slot: .count, request: .operationCount(filter)))
    }
    return wants
  }

  func errorSource(_ step: OperationRow) -> TableSource {
    .store(.errors(step: step.id))
  }

  func request(after row: OperationRow?) -> Request {
    .operations(filter, before: row?.id, limit: RowList<OperationRow>.pageSize)
  }

  static func rows(_ response: Response) -> [OperationRow]? {
    switch response {
    case .operations(let rows): rows
    case .page(let page): if case .store(.operations(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  private static func errorRows(_ response: Response) -> [ErrorRow]? {
    switch response {
    case .errors(let rows): rows
    case .page(let page): if case .store(.errors(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  mutating func receive(_ response: Response, for want: Want) {
    switch (response, want.slot) {
    case (.step(let detail), _):
      self.detail = detail
      isDetailStale = false
    case (.count(let count), _):
      total = count
      looksForTotal = false
    case (.place(let step), _):
      if let step { table.jump(to: step) } else { missing = goal == .latest ? nil : goal }
      goal = nil
    case (_, .sub), (_, .subCount): receiveErrors(response, for: want)
    default:
      table.list.followsTop = pane == .history
      receiveTable(response, for: want)
      if list.isArranged { total = list.order?.total }
    }
  }

  private mutating func receiveErrors(_ response: Response, for want: Want) {
    guard let step = want.request.errorsStep else { return }
    if errorsStep != step {
      errorsStep = step
      errorTable.marked = []
      errorTable.restart()
    }
    errorTable.receive(response, for: want, rows: Self.errorRows)
  }

  mutating func markStale() {
    table.list.markStale()
    errorTable.list.markStale()
    isDetailStale = true
    isTotalStale = true
  }

  mutating func hold() {
    table.list.hold()
    errorTable.list.hold()
  }

  /// Whether a step has gone wrong.
  static func isProblem(_ row: OperationRow) -> Bool {
    row.errors > 0 || row.severity >= .warning
  }

  mutating func settle(size: Size, scene: Scene) {
    countWhenDue(scene.now)
    let layout = Layout(size: size, pane: pane)
    let height = (layout.history?.rows ?? 1) - 1
    let list = self.list
    let lines = isInOrder ? Self.groupLines(height: height) : 0
    table.list.settle(
      height: height, stickyLines: lines,
      extraLines: { Self.beginsGroup(list, at: $0) ? lines : 0 })
    if errorsStep == step?.id { errorTable.list.settle(height: errorRows(layout)) }
    counters.settle(
      counterLines(width: layout.statistics?.columns ?? 1), height: layout.statistics?.rows ?? 1)
  }

  private mutating func countWhenDue(_ now: Timestamp) {
    let isDue = lastTotal.map { abs(now.seconds(since: $0)) >= Self.countInterval } ?? true
    guard isTotalStale, isDue || total == nil || filter == OperationFilter() else { return }
    (isTotalStale, looksForTotal, lastTotal) = (false, true, now)
  }

  var tableInfo: TableInfo? {
    guard pane == .errors, let step else {
      return info(of: table, allColumns, source, name: scope.rawValue, usualSort: usualSort)
    }
    return info(
      of: errorTable, Self.errorColumns, errorSource(step), name: Self.errorsName, usualSort: nil)
  }

  var filterText: String {
    pane == .errors ? errorTable.settings.text : table.settings.text
  }

  mutating func arrange(
    _ settings: TableSettings, now: Timestamp, clock: LocalTime, isStep: Bool
  ) {
    if pane == .errors, let step {
      let fields = Self.fields(of: errorSource(step), Self.errorColumns)
      let words = SearchText.words(settings.text)
      var reading = FilterText.read(words, fields: fields, now: now, clock: clock)
      reading.asOf = FilterText.asOf(words, fields: fields, now: now, clock: clock)
      errorTable.set(settings, reading, isStep: isStep)
      return
    }
    if settings.choice != table.settings.choice { take(choice: settings.choice) }
    let all = SearchText.words(settings.text)
    let words = take(words: all, now: now, clock: clock)
    let fields = Self.fields(of: source, allColumns)
    var reading = FilterText.read(words, fields: fields, now: now, clock: clock)
    reading.asOf = FilterText.asOf(all, fields: fields, now: now, clock: clock)
    table.set(settings, reading, isStep: isStep)
  }

  /// The name under which the settings of the errors are kept.
  private static let errorsName = "errors"

  mutating func restore(
    _ tables: [String: TableSettings], now: Timestamp, clock: LocalTime
  ) {
    if let settings = tables[scope.rawValue] {
      let fields = Self.fields(of: source, allColumns)
      arrange(settings.sorted(byOneOf: fields), now: now, clock: clock, isStep: false)
    }
    if let settings = tables[Self.errorsName] {
      // The fields are those of any step.
      let fields = Self.fields(of: .store(.errors(step: 0)), Self.errorColumns)
      errorTable.set(settings.sorted(byOneOf: fields), FilterText.Reading(), isStep: false)
    }
  }

  mutating func rememberArrangement(_ settings: TableSettings) {
    if pane == .errors { errorTable.remember(settings) } else { table.remember(settings) }
  }

  mutating func stepArrangement(back: Bool, now: Timestamp, clock: LocalTime) -> Bool {
    let found = pane == .errors ? errorTable.step(back: back) : table.step(back: back)
    guard let found else { return false }
    arrange(found, now: now, clock: clock, isStep: false)
    return true
  }

  /// Whether the row at `index` belongs to another cycle than the row above it.
  static func beginsGroup(_ list: RowList<OperationRow>, at index: Int) -> Bool {
    guard let row = list[index], row.cycleID != nil else { return false }
    return index == 0 || list[index - 1]?.cycleID != row.cycleID
  }

  /// Lines that a cycle takes above its steps: none where there is hardly room for the steps.
  static func groupLines(height: Int) -> Int { height >= 5 ? 1 : 0 }

  mutating func takeNotice() -> String? {
    if let missing {
      self.missing = nil
      return "There is no " + missing.words + "; these are the newest"
    }
    return table.takeNotice(Self.problem) ?? errorTable.takeNotice("error")
  }
}
