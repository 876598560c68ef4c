import Cells
import Directory
import SyncStore

/// What the console knows of a table that a screen shows, whatever its rows are.
struct TableInfo: Equatable, Sendable {
  /// A column that there is.
  struct ColumnInfo: Equatable, Sendable {
    var field: String
    var title: String
    var isOptional: Bool
    /// The cells that it takes unless a person gives it others.
    var ideal: Int
  }

  /// The name under which its settings are kept: `operations`.
  var name: String
  /// Every column that there is.
  var columns: [ColumnInfo]
  /// How it is arranged.
  var settings: TableSettings
  /// The order that its rows have by themselves.
  var usualSort: ListSort?
  /// The fields that it can be sorted and narrowed by.
  var fields: [FilterText.Field]
  /// What is wrong with the text that narrows it; empty if nothing is.
  var fault: String
  /// How many of its rows there are to see, and whether these are all.
  var count: Int
  var isComplete: Bool

  /// The order that its rows have now.
  var sort: ListSort? { settings.sort ?? usualSort }
  /// The fields of the columns that are shown.
  var shown: [String] {
    let chosen = settings.columns?.filter { field in columns.contains { $0.field == field } } ?? []
    return chosen.isEmpty ? columns.filter { !$0.isOptional }.map(\.field) : chosen
  }
}

/// A screen that is a table: what the mechanism of all tables needs to know of it, and what that
/// does for it.
protocol TableScreen: ScreenModel {
  associatedtype Row: Identifiable & Hashable & Sendable where Row.ID: Sendable
  /// The rows and their arrangement.
  var table: TableModel<Row> { get set }
  /// Every column that there is.
  var allColumns: [Column<Row>] { get }
  /// What is shown, as far as the screen itself narrows it.
  var source: TableSource { get }
  /// The order that rows have by themselves.
  var usualSort: ListSort? { get }
  /// Whether a row is in trouble.
  static func isProblem(_ row: Row) -> Bool
  /// What `n` looks for, in words: `step with errors`.
  static var problem: String { get }
  /// The rows that an answer has, if they are of this table.
  static func rows(_ response: Response) -> [Row]?
  /// A page of the table as it is, after a row.
  func request(after row: Row?) -> Request
  /// Takes the words that mean something to the screen itself; the answer is the others.
  mutating func take(words: [String], now: Timestamp, clock: LocalTime) -> [String]
  /// Takes one of the screen's own choices by its name.
  mutating func take(choice: String)
}

extension TableScreen {
  /// The rows.
  var list: RowList<Row> {
    get { table.list }
    set { table.list = newValue }
  }
  /// The columns that are shown.
  var columns: [Column<Row>] { table.settings.shown(of: allColumns) }
  var filterText: String { table.settings.text }
  var violation: String? { list.violation }
  var usualSort: ListSort? { nil }
  mutating func take(words: [String], now: Timestamp, clock: LocalTime) -> [String] { words }
  mutating func take(choice: String) {}

  var tableInfo: TableInfo? {
    info(of: table, allColumns, source, name: scope.rawValue, usualSort: usualSort)
  }

  /// What the console knows of one of the screen's tables.
  func info<Other>(
    of table: TableModel<Other>, _ columns: [Column<Other>], _ source: TableSource, name: String,
    usualSort: ListSort?
  ) -> TableInfo {
    TableInfo(
      name: name,
      columns: columns.map {
        TableInfo.ColumnInfo(
          field: $0.field, title: $0.title, isOptional: $0.isOptional, ideal: $0.ideal)
      }, settings: table.settings, usualSort: usualSort,
      fields: Self.fields(of: source, columns), fault: table.fault, count: table.list.count,
      isComplete: table.list.isComplete)
  }

  /// The fields of a source; of one in memory what its columns say.
  static func fields<Other>(
    of source: TableSource, _ columns: [Column<Other>]
  ) -> [FilterText.Field] {
    if case .store(let list) = source {
      return ListField.of(list).map { FilterText.Field(name: $0.name, kind: $0.kind) }
    }
    return columns.map {
      FilterText.Field(name: $0.field, kind: $0.alignment == .trailing ? .number : .text)
    }
  }

  func export(scene: Scene) -> ScreenExport? {
    .table(
      TableExport(
        source: source, arrangement: table.arrangement, columns: columns.map(\.field),
        rows: table.markedIDs))
  }

  mutating func arrange(
    _ settings: TableSettings, now: Timestamp, clock: LocalTime, isStep: Bool
  ) {
    if settings.choice != table.settings.choice { take(choice: settings.choice) }
    let all = SearchText.words(settings.text)
    let words = take(words: all, now: now, clock: clock)
    let fields = Self.fields(of: source, allColumns)
    var reading = FilterText.read(words, fields: fields, now: now, clock: clock)
    reading.asOf = FilterText.asOf(all, fields: fields, now: now, clock: clock)
    table.set(settings, reading, isStep: isStep)
  }

  mutating func restore(
    _ tables: [String: TableSettings], now: Timestamp, clock: LocalTime
  ) {
    guard let settings = tables[scope.rawValue] else { return }
    let fields = Self.fields(of: source, allColumns)
    arrange(settings.sorted(byOneOf: fields), now: now, clock: clock, isStep: false)
  }

  mutating func rememberArrangement(_ settings: TableSettings) { table.remember(settings) }

  mutating func stepArrangement(back: Bool, now: Timestamp, clock: LocalTime) -> Bool {
    guard let settings = table.step(back: back) else { return false }
    arrange(settings, now: now, clock: clock, isStep: false)
    return true
  }

  /// What the table wants to have read.
  func wantsOfTable(height: Int) -> [Want] {
    table.wants(source, height: height) { request(after: $0) }
  }

  /// Takes rows for the table.
  mutating func receiveTable(_ response: Response, for want: Want) {
    table.receive(response, for: want, isProblem: Self.isProblem, rows: Self.rows)
  }

  mutating func receive(_ response: Response, for want: Want) {
    receiveTable(response, for: want)
  }

  mutating func markStale() { list.markStale() }
  mutating func hold() { list.hold() }

  /// Does what a key asks for that means the same in all tables; nil for any other.
  mutating func performOnTable(_ action: ActionID, height: Int) -> [Intent]? {
    if let motion = action.motion {
      table.move(motion, height: height)
      return []
    }
    switch action {
    case .mark:
      table.mark(height: height)
      return []
    case .nextMark, .previousMark:
      guard !table.marked.isEmpty else { return [.tell("No row is marked; m marks one")] }
      if table.goToMark(forward: action == .nextMark) { return [] }
      return [
        .tell(TableModel<Row>.nothing(.mark, forward: action == .nextMark, Self.problem))
      ]
    default: break
    }
    guard action == .nextProblem || action == .previousProblem else { return nil }
    let isForward = action == .nextProblem
    if list.select(.problem, forward: isForward, Self.isProblem) { return [] }
    return [.tell(TableModel<Row>.nothing(.problem, forward: isForward, Self.problem))]
  }

  mutating func takeNotice() -> String? { table.takeNotice(Self.problem) }

  mutating func press(pane: Int, index: Int, scene: Scene, size: Size) { list.select(index) }

  /// The table with its headings, as it is drawn.
  var drawn: Table<Row> { table.drawn(columns, usualSort: usualSort) }

  /// How many rows are marked, if any are.
  var markedCount: [Span] {
    table.marked.isEmpty
      ? [] : [Span("  " + Format.count(table.marked.count) + " marked", .rowMarked)]
  }

  /// What the table is narrowed to and how many rows that leaves, for the line above it.
  func chips(_ noun: String, plural: String? = nil, text: String? = nil) -> [Span] {
    var spans: [Span] = []
    let text = text ?? filterText
    if !text.isEmpty { spans += [Span(" "), Span("/" + text, .chip), Span(table.asOf, .textDim)] }
    spans += markedCount
    spans += table.ordering.map { [Span("  " + $0, .runRunning)] } ?? []
    if list.isComplete {
      spans.append(Span("  " + Format.count(list.count, noun, plural ?? noun + "s"), .textDim))
    }
    return spans
  }
}

extension TableModel {
  /// The table with its headings, as it is drawn.
  func drawn(_ columns: [Column<Row>], usualSort: ListSort?) -> Table<Row> {
    let sort = settings.sort ?? usualSort
    guard marked.isEmpty else {
      let ids = marked.map(\.id)
      let mark = Column<Row>(field: "", title: "", priority: 0, minimum: 1, ideal: 1) {
        row, _, scene in
        Span(ids.contains(row.id) ? String(scene.glyphs.marked) : " ", .rowMarked)
      }
      return Table(
        [mark] + columns, sorted: sort?.field, isDescending: sort?.isDescending ?? false)
    }
    return Table(columns, sorted: sort?.field, isDescending: sort?.isDescending ?? false)
  }

  /// What is being worked out; nil if nothing is.
  var ordering: String? {
    if case .row? = list.seek { return "looking on…" }
    guard list.isArranged else { return nil }
    guard let state = list.order else { return settings.sort == nil ? "looking…" : "sorting…" }
    return state.isComplete ? nil : "found " + Format.count(state.total) + " so far"
  }
}
