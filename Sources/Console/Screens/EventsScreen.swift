import Cells
import Directory
import SyncStore

/// The application log, newest first.
struct EventsScreen: ScreenModel {
  /// What the list is narrowed to: ids (`656,657`) or a part of the message.
  var text = ""
  /// The least grave level that is shown.
  var level = EventRow.Level.information
  /// The moment before which events are shown; nil for the newest.
  var until: Timestamp?
  /// The events.
  var list = RowList<EventRow>()

  let scope = Scope.events
  let crumb = "Events"

  init() { list.followsTop = true }

  var filterText: String { text }
  var twin: String {
    if !query.codes.isEmpty {
      return "lockstep events --id " + query.codes.map(String.init).joined(separator: ",")
    }
    let text = query.text
    return "lockstep events" + (text.isEmpty ? "" : " --text " + ToolScreen.quoted(text))
  }
  var copyText: String { list.selectedRow?.message ?? "" }
  var export: ExportSource? { .events(query) }
  var violation: String? { list.violation }

  /// The columns.
  static let columns: [Column<EventRow>] = [
    Column(title: "Time", priority: 1, minimum: 8, ideal: 19) { row, width, scene in
      Span(scene.time(row.time, width: width), .time)
    },
    Column(title: "Level", priority: 2, minimum: 9, ideal: 13) { row, width, scene in
      switch row.level {
      case .information: Span("  " + (width < 13 ? "info" : "information"), .textDim)
      case .warning: Span(String(scene.glyphs.warning) + " warning", .runWarning)
      case .error: Span(String(scene.glyphs.failure) + " error", .runError)
      }
    },
    Column(title: "ID", priority: 0, minimum: 5, ideal: 6, alignment: .trailing) { row, _, _ in
      Span(String(row.code), .number)
    },
    Column(title: "Source", priority: 3, minimum: 12, ideal: 26) { row, _, _ in
      Span(row.source)
    },
    Column(title: "Message", priority: 0, minimum: 20, ideal: 200) { row, _, _ in
      Span(String(row.message.prefix { !$0.isNewline }))
    },
  ]

  /// The filter's readings: numbers and commas are ids, `level:error` is a level, anything else is
  /// text.
  var query: EventFilter {
    var filter = EventFilter()
    filter.atLeast = level
    filter.until = until
    var rest: [String] = []
    for word in SearchText.words(text) {
      let codes = word.split(separator: ",").map { Int($0) }
      if let field = SearchText.field(word), field.name == "level" {
        filter.atLeast = EventRow.Level(rawValue: field.value.lowercased()) ?? filter.atLeast
      } else if !codes.isEmpty, !codes.contains(nil) {
        filter.codes += codes.compactMap { $0 }
      } else {
        rest.append(word)
      }
    }
    filter.text = rest.joined(separator: " ")
    return filter
  }

  mutating func setFilter(_ text: String) {
    self.text = text
    restart()
  }

  mutating func goTo(_ moment: Timestamp?) -> Bool {
    until = moment
    restart()
    return true
  }

  private mutating func restart() {
    list = RowList()
    list.followsTop = true
  }

  private func tableHeight(_ size: Size) -> Int {
    size.rows - 1 - (size.rows < 14 ? 0 : min(8, size.rows / 3))
  }

  func wants(size: Size) -> [Want] {
    guard let page = list.wantedPage(height: tableHeight(size)) else { return [] }
    let request = Request.events(
      query, before: list.cursor(page: page)?.id, limit: RowList<EventRow>.pageSize)
    return [Want(slot: .list, request: request, page: page)]
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .events(let rows) = response {
      list.receive(rows, page: want.page, isProblem: { $0.level != .information })
    }
  }

  mutating func markStale() { list.markStale() }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: tableHeight(size) - 1) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    if let motion = action.motion {
      list.move(motion, height: tableHeight(size) - 1)
      return []
    }
    switch action {
    case .nextProblem, .previousProblem:
      let forward = action == .nextProblem
      if !list.selectProblem(forward: forward, { $0.level != .information }) {
        return [.tell("No warning or error \(forward ? "below" : "above")")]
      }
      return []
    case .cycleFilter:
      switch level {
      case .information: level = .warning
      case .warning: level = .error
      case .error: level = .information
      }
      restart()
      return []
    case .open:
      return [.tell("The whole message is shown below the list where there is room")]
    default: return nil
    }
  }

  mutating func press(pane: Int, index: Int, scene: Scene, size: Size) { list.select(index) }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    var title = [Span("Events", .title)]
    if query.atLeast != .information {
      title += [
        Span(" "), Span(query.atLeast == .error ? "errors" : "warnings and worse", .chip),
      ]
    }
    if let until { title += [Span(" "), Span("until " + scene.time(until, width: 19), .chip)] }
    if !text.isEmpty {
      title += [Span(" "), Span(query.codes.isEmpty ? "/" + text : "id " + text, .chip)]
    }
    buffer.put(title, column: area.left, row: area.top, width: area.columns)
    let height = tableHeight(area.size)
    let table = Rect(column: area.left, row: area.top + 1, columns: area.columns, rows: height)
    let cursor = Table(Self.columns).draw(
      list, in: &buffer, area: table, scene: scene, isFocused: true,
      empty: query == EventFilter() ? "No events yet." : "No event passes the filter.", hits: &hits)
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
