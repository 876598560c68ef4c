import Cells
import Directory
import SyncStore

/// All connectors with what their connector spaces hold and what they did last.
struct ConnectorsScreen: TableScreen {
  /// The connectors.
  var table = TableModel<ConnectorRow>()

  let scope = Scope.connectors
  let crumb = "Connectors"
  var twin: String { twin(["lockstep connectors"]) }

  var copyText: String { list.selectedRow?.name ?? "" }
  var allColumns: [Column<ConnectorRow>] { Self.columns }
  var source: TableSource { .connectors }
  static let problem = "connector with errors"
  static func isProblem(_ row: ConnectorRow) -> Bool {
    row.openErrors > 0 || row.heldDeletes > 0 || row.heldChanges > 0
  }

  /// The columns.
  static let columns: [Column<ConnectorRow>] = [
    Column(
      field: "connector", title: "Connector", priority: 0, minimum: 12, ideal: 28
    ) { row, _, _ in
      Span(row.name, .textStrong)
    },
    Column(
      field: "type", title: "Type", priority: 3, minimum: 5, ideal: 8
    ) { row, _, _ in Span(row.type) },
    Column(
      field: "direction", title: "Direction", priority: 4, minimum: 9, ideal: 9
    ) { row, _, _ in
      Span(row.isSource ? "source" : "target")
    },
    number("objects", "Objects", priority: 0, minimum: 8) { ($0.objects, .number) },
    number("connectors", "Connectors", priority: 5, minimum: 10) { ($0.connectors, .number) },
    number("disconnectors", "Disconn.", priority: 5, minimum: 8) { ($0.disconnectors, .number) },
    number("filtered", "Filtered", priority: 6, minimum: 8) { ($0.filtered, .number) },
    number("imports", "Pend. imp.", priority: 6, minimum: 10) {
      ($0.pendingImports, .valuePending)
    },
    number("exports", "Pend. exp.", priority: 2, minimum: 10) {
      ($0.pendingExports, .valuePending)
    },
    number("held", "Held", priority: 1, minimum: 6) {
      ($0.heldDeletes + $0.heldChanges, .runWarning)
    },
    number("errors", "Errors", priority: 1, minimum: 7) { ($0.openErrors, .runError) },
    Column(
      field: "result", title: "Last result", priority: 7, minimum: 16, ideal: 40
    ) { row, _, scene in
      guard let step = row.lastSteps.first else { return Span("never run", .textDim) }
      return Span(String(scene.mark(step.severity)) + " " + step.result, Scene.role(step.severity))
    },
  ]

  private static func number(
    _ field: String, _ title: String, priority: Int, minimum: Int,
    _ value: @escaping @Sendable (ConnectorRow) -> (Int, Role)
  ) -> Column<ConnectorRow> {
    Column(
      field: field, title: title, priority: priority, minimum: minimum, ideal: minimum + 2,
      alignment: .trailing
    ) { row, width, _ in
      let (count, role) = value(row)
      return Span(Format.count(count, width: width), count == 0 ? .textDim : role)
    }
  }

  private func tableHeight(_ size: Size) -> Int {
    size.rows < 12 ? size.rows : min(max(4, list.count + 2), size.rows / 2)
  }

  static func rows(_ response: Response) -> [ConnectorRow]? {
    switch response {
    // The store gives them all at once; a page holds more than anybody has.
    case .connectors(let rows): Array(rows.prefix(RowList<ConnectorRow>.pageSize - 1))
    case .page(let page): if case .connectors(let rows) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: ConnectorRow?) -> Request { .connectors }
  func wants(size: Size) -> [Want] { wantsOfTable(height: 1) }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: tableHeight(size) - 1) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    guard action == .open else { return performOnTable(action, height: tableHeight(size) - 1) }
    guard let row = list.selectedRow else { return [] }
    return [.push(.objects(ObjectsScreen(connector: row)))]
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    let height = tableHeight(area.size)
    let upper = Rect(column: area.left, row: area.top, columns: area.columns, rows: height)
    let cursor = drawn.draw(
      list, in: &buffer, area: upper, scene: scene, isFocused: true,
      empty: table.isPlain
        ? "No connector has imported yet. F starts an Initial cycle."
        : "No connector passes the filter.", hits: &hits)
    guard height < area.rows, let row = list.selectedRow else { return cursor }
    drawDetail(
      of: row, in: &buffer,
      area: Rect(
        column: area.left, row: area.top + height, columns: area.columns,
        rows: area.rows - height), scene: scene)
    return cursor
  }

  private func drawDetail(
    of row: ConnectorRow, in buffer: inout CellBuffer, area: Rect, scene: Scene
  ) {
    buffer.horizontalLine(at: area.origin, length: area.columns, glyphs: scene.glyphs)
    buffer.put(
      [Span(" " + row.name + " ", .title)], column: area.left + 1, row: area.top,
      width: area.columns - 2)
    var lines: [[Span]] = []
    if !row.summary.isEmpty { lines.append([Span(row.summary, .textDim)]) }
    lines.append([
      Span(Format.count(row.objects, "object") + ": "),
      Span(Format.count(row.connectors, "connector") + ", "),
      Span(Format.count(row.disconnectors, "disconnector")),
      Span(row.filtered == 0 ? "" : ", of which " + Format.count(row.filtered) + " filtered"),
    ])
    if row.openErrors > 0 {
      let unread = row.openErrors > row.objectsInError ? ", what could not be read too" : ""
      let parts =
        (row.importErrors == 0 ? "" : ", " + Format.count(row.importErrors) + " at import")
        + (row.exportErrors == 0 ? "" : ", " + Format.count(row.exportErrors) + " at export")
      lines.append([
        Span(Format.count(row.openErrors, "open error") + parts + unread, .runError)
      ])
    }
    for item in scene.unshown where item.connector == row.name {
      lines.append([Span(item.message + ". " + item.hint + ".", .runWarning)])
    }
    if row.heldDeletes > 0 {
      lines.append([
        Span(
          Format.count(row.heldDeletes, "delete") + " held back; R lets them go out", .runWarning)
      ])
    }
    if row.heldChanges > 0 {
      let words =
        Format.count(row.heldChanges, row.heldDeletes > 0 ? "other change" : "change")
        + " held back; H shows and releases them"
      lines.append([Span(words, .runWarning)])
    }
    if let watch = row.watch { lines.append(Self.line(watch, scene)) }
    lines.append([])
    for step in row.lastSteps { lines.append(Self.line(step, width: area.columns, scene)) }
    let folded = lines.flatMap { Wrap.folded($0, width: area.columns, indent: 2) }
    for (offset, line) in folded.enumerated() where offset + 1 < area.rows {
      buffer.put(line, column: area.left, row: area.top + 1 + offset, width: area.columns)
    }
  }

  private static func line(_ watch: WatchState, _ scene: Scene) -> [Span] {
    watch.isBroken
      ? [
        Span("Not watched since ", .runWarning), Span(scene.time(watch.since, width: 19), .time),
        Span(": " + watch.text, .runWarning),
      ]
      : [
        Span("Watched since "), Span(scene.time(watch.since, width: 19), .time),
        Span(", by " + watch.text, .textDim),
      ]
  }

  /// What a step did, in words; in signs where there is no room for words.
  private static func line(_ step: OperationRow, width: Int, _ scene: Scene) -> [Span] {
    let name = step.type.profileName
    let fill = String(repeating: " ", count: max(1, 23 - name.count))
    let mark = String(scene.mark(step.severity)) + " "
    let words = [
      Span("Last " + name + fill), Span(mark + step.result, Scene.role(step.severity)),
      Span("  " + scene.time(step.started, width: 19), .time),
      Span(
        "  " + Format.count(step.adds, "add") + ", " + Format.count(step.updates, "update") + ", "
          + Format.count(step.deletes, "delete") + ", " + Format.count(step.errors, "error"),
        .textDim),
    ]
    guard Span.width(words) > width else { return words }
    let prefix = "completed-"
    let result = step.result.dropFirst(step.result.hasPrefix(prefix) ? prefix.count : 0)
    return [
      Span(name + fill), Span(mark + result, Scene.role(step.severity)),
      Span("  " + scene.time(step.started, width: 8), .time),
      Span(
        "  +" + Format.count(step.adds) + " ~" + Format.count(step.updates) + " -"
          + Format.count(step.deletes), .textDim),
      Span(
        step.errors > 0 ? "  " + Format.count(step.errors, "error") : "",
        step.errors > 0 ? .runError : .textDim),
    ]
  }
}
