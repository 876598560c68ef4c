import Cells
import Directory
import SyncStore

/// The application log, newest first.
struct EventsScreen: TableScreen {
  /// What the list is narrowed to, by levels, ids and a moment.
  var query = EventFilter()
  /// The least grave level that is shown unless words say another.
  var level = EventRow.Level.information
  /// The events.
  var table = TableModel<EventRow>(followsTop: true)

  let scope = Scope.events
  let crumb = "Events"

  /// The moment before which events are shown; nil for the newest.
  var until: Timestamp? { query.until }

  var twin: String {
    var words = ["lockstep events"]
    if level != .information { words.append("--level " + level.rawValue) }
    if let until { words.append("--until \(until)") }
    return twin(words)
  }
  var copyText: String { list.selectedRow?.message ?? "" }
  var allColumns: [Column<EventRow>] { Self.columns }
  var source: TableSource { .store(.events(query)) }
  let usualSort: ListSort? = ListSort("time", isDescending: true)
  static let problem = "warning or error"
  static func isProblem(_ row: EventRow) -> Bool { row.level != .information }

  /// The columns.
  static let columns: [Column<EventRow>] = [
    Column(
      field: "time", title: "Time", priority: 1, minimum: 8, ideal: 19
    ) { row, width, scene in
      Span(scene.time(row.time, width: width), .time)
    },
    Column(
      field: "level", title: "Level", priority: 2, minimum: 9, ideal: 13
    ) { row, width, scene in
      switch row.level {
      case .information: Span("  " + (width < 13 ? "info" : "information"), .textDim)
      case .warning: Span(String(scene.glyphs.warning) + " warning", .runWarning)
      case .error: Span(String(scene.glyphs.failure) + " error", .runError)
      }
    },
    Column(
      field: "id", title: "ID", priority: 0, minimum: 5, ideal: 6, alignment: .trailing
    ) { row, _, _ in
      Span(String(row.code), .number)
    },
    Column(
      field: "source", title: "Source", priority: 3, minimum: 25, ideal: 26, fewest: 100
    ) { row, _, _ in
      Span(row.source)
    },
    Column(
      field: "message", title: "Message", priority: 0, minimum: 20, ideal: 200
    ) { row, _, _ in
      Span(String(row.message.prefix { !$0.isNewline }))
    },
  ]

  /// Numbers and commas are ids, `level:error` is a level; the rest is for the table.
  mutating func take(words: [String], now: Timestamp, clock: LocalTime) -> [String] {
    query.codes = []
    query.atLeast = level
    return words.filter { word in
      let codes = word.split(separator: ",").map { Int($0) }
      if let named = Self.level(word) {
        query.atLeast = named
        return false
      }
      guard !codes.isEmpty, !codes.contains(nil) else { return true }
      query.codes += codes.compactMap { $0 }
      return false
    }
  }

  /// The level that a word names: `level:error`.
  private static func level(_ word: String) -> EventRow.Level? {
    guard let field = SearchText.field(word), field.name == "level" else { return nil }
    return EventRow.Level(rawValue: field.value.lowercased())
  }

  mutating func take(choice: String) { level = EventRow.Level(rawValue: choice) ?? .information }

  mutating func goTo(_ moment: Timestamp?) -> Bool {
    query.until = moment
    table.restart()
    return true
  }

  private func tableHeight(_ size: Size) -> Int {
    size.rows - 1 - (size.rows < 14 ? 0 : min(8, size.rows / 3))
  }

  static func rows(_ response: Response) -> [EventRow]? {
    switch response {
    case .events(let rows): rows
    case .page(let page): if case .store(.events(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: EventRow?) -> Request {
    .events(query, before: row?.id, limit: RowList<EventRow>.pageSize)
  }

  func wants(size: Size) -> [Want] { wantsOfTable(height: tableHeight(size)) }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: tableHeight(size) - 1) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    switch action {
    case .cycleFilter:
      let next: [EventRow.Level: EventRow.Level] = [.information: .warning, .warning: .error]
      var settings = table.settings
      // A level that was typed would stay the one that is shown.
      settings.text = SearchText.without(settings.text) { Self.level($0) != nil }
      settings.choice = next[query.atLeast]?.rawValue ?? ""
      return [.arrange(settings)]
    case .open:
      return list.selectedRow.map { [.push(.event(EventScreen($0)))] } ?? []
    default: return performOnTable(action, height: tableHeight(size) - 1)
    }
  }

  private func emptyText(_ scene: Scene) -> String {
    var plain = EventFilter()
    plain.until = until
    guard query == plain, table.isPlain else { return "No event passes the filter." }
    guard let until else { return "No events yet." }
    return "There was no event by " + scene.time(until, width: 19)
      + ". Esc goes back to the newest."
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    var title = [Span("Events", .title)]
    if query.atLeast != .information {
      title += [
        Span(" "), Span(query.atLeast == .error ? "errors" : "warnings and worse", .chip),
      ]
    }
    if let until { title += [Span(" "), Span("until " + scene.time(until, width: 19), .chip)] }
    if query.codes.isEmpty || !table.isPlain {
      title += chips("event")
    } else {
      title += [Span(" "), Span("id " + filterText, .chip)]
    }
    buffer.put(title, column: area.left, row: area.top, width: area.columns)
    let height = tableHeight(area.size)
    let table = Rect(column: area.left, row: area.top + 1, columns: area.columns, rows: height)
    let cursor = drawn.draw(
      list, in: &buffer, area: table, scene: scene, isFocused: true,
      empty: emptyText(scene), hits: &hits)
    guard table.bottom < area.bottom else { return cursor }
    buffer.horizontalLine(
      at: Position(column: area.left, row: table.bottom), length: area.columns,
      glyphs: scene.glyphs)
    let message = list.selectedRow.map { Wrap.lines($0.message, width: area.columns) } ?? []
    for (offset, line) in message.enumerated() where table.bottom + 1 + offset < area.bottom {
      buffer.put(
        [Span(line)], column: area.left, row: table.bottom + 1 + offset, width: area.columns)
    }
    return cursor
  }
}
