import Cells
import Directory
import SyncStore

/// Batches of passwords, newest first: what was asked (event 656) with what was answered (657).
struct PasswordBatchesScreen: TableScreen {
  /// The batches.
  var table = TableModel<PasswordBatchRow>(followsTop: true)

  let scope = Scope.passwordBatches
  let crumb = "Batches"
  var twin: String { twin(["lockstep password-sync batches"]) }

  var copyText: String { list.selectedRow.map { "batch \($0.id)" } ?? "" }
  var allColumns: [Column<PasswordBatchRow>] { Self.columns }
  var source: TableSource { .store(.passwordBatches) }
  let usualSort: ListSort? = ListSort("sent", isDescending: true)
  static let problem = "batch with a failure"
  static func isProblem(_ row: PasswordBatchRow) -> Bool { row.failures > 0 || !row.error.isEmpty }

  /// The columns.
  static let columns: [Column<PasswordBatchRow>] = [
    Column(
      field: "sent", title: "Asked (656)", priority: 0, minimum: 11, ideal: 19
    ) { row, width, scene in
      Span(scene.time(row.started, width: width), .time)
    },
    Column(
      field: "users", title: "Users", priority: 0, minimum: 5, ideal: 5, alignment: .trailing
    ) { row, _, _ in
      Span(Format.count(row.lines.count), .number)
    },
    Column(
      field: "failed", title: "Failed", priority: 0, minimum: 6, ideal: 6, alignment: .trailing
    ) { row, _, _ in
      Span(Format.count(row.failures), row.failures > 0 ? .runError : .number)
    },
    Column(
      field: "took", title: "Answer (657)", priority: 2, minimum: 12, ideal: 12,
      alignment: .trailing
    ) { row, _, scene in
      guard let ended = row.ended else {
        guard row.isUnderWay else {
          return Span(String(scene.glyphs.warning) + " no answer", .runWarning)
        }
        let seconds = Format.duration(scene.now.seconds(since: row.started))
        return Span(String(scene.glyphs.running) + " " + seconds, .runRunning)
      }
      // What failed as a whole was not answered.
      guard row.error.isEmpty else { return Span("") }
      return Span(Format.duration(ended.seconds(since: row.started)), .time)
    },
    Column(
      field: "account", title: "Accounts", priority: 3, minimum: 16, ideal: 60
    ) { row, width, scene in
      let failed = row.lines.filter { $0.answer != .success }
      let named = (failed.isEmpty || row.ended == nil ? row.lines : failed).first
      let others = row.lines.count > 1 ? " and \(row.lines.count - 1) more" : ""
      return Span((named?.dn ?? "") + others)
    },
    Column(
      field: "error", title: "Error", priority: 4, minimum: 12, ideal: 60
    ) { row, _, _ in
      Span(row.error, .runError)
    },
    Column(
      field: "channel", title: "Channel", priority: 5, minimum: 10, ideal: 24, isOptional: true
    ) { row, _, _ in
      Span(row.domain)
    },
  ]

  static func rows(_ response: Response) -> [PasswordBatchRow]? {
    switch response {
    case .passwordBatches(let rows): rows
    case .page(let page):
      if case .store(.passwordBatches(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: PasswordBatchRow?) -> Request {
    .passwordBatches(before: row?.id, limit: RowList<PasswordBatchRow>.pageSize)
  }

  /// Rows of the table with its headings; below, the selected batch where there is room.
  private func tableHeight(_ size: Size) -> Int {
    size.rows - 1 - (size.rows < 12 ? 0 : size.rows / 2)
  }

  func wants(size: Size) -> [Want] { wantsOfTable(height: tableHeight(size)) }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: tableHeight(size) - 1) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    guard action == .open else { return performOnTable(action, height: tableHeight(size) - 1) }
    guard let row = list.selectedRow else { return [] }
    return [.push(.passwordBatch(PasswordBatchScreen(row)))]
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    buffer.put(
      [Span("Batches of passwords", .title)] + chips("batch", plural: "batches"),
      column: area.left, row: area.top, width: area.columns)
    let height = tableHeight(area.size)
    let table = Rect(column: area.left, row: area.top + 1, columns: area.columns, rows: height)
    let cursor = drawn.draw(
      list, in: &buffer, area: table, scene: scene, isFocused: true,
      empty: self.table.isPlain
        ? "No password has been sent yet, or what was sent is purged."
        : "No batch passes the filter.",
      hits: &hits)
    guard table.bottom < area.bottom, let row = list.selectedRow else { return cursor }
    buffer.horizontalLine(
      at: Position(column: area.left, row: table.bottom), length: area.columns,
      glyphs: scene.glyphs)
    let below = Rect(
      column: area.left, row: table.bottom + 1, columns: area.columns,
      rows: area.bottom - table.bottom - 1)
    let lines = PasswordBatchScreen.lines(of: row, width: below.columns, scene)
    for (offset, line) in lines.prefix(below.rows).enumerated() {
      buffer.put(
        line.spans, column: below.left, row: below.top + offset, width: below.columns)
    }
    if lines.count > below.rows, below.rows > 0 {
      let rest = " Enter shows \(Format.count(lines.count - below.rows + 1)) more lines "
      buffer.fill(
        Rect(column: below.left, row: below.bottom - 1, columns: below.columns, rows: 1),
        style: Style(.text))
      buffer.put(
        [Span(rest, .textDim)], column: below.left, row: below.bottom - 1, width: below.columns)
    }
    return cursor
  }
}
