import Cells
import Directory
import SyncStore

/// The objects that a step counted under one counter, as they were called then.
struct ChangesScreen: ScreenModel {
  /// The step.
  var step: OperationRow
  /// The counter.
  var counter: CounterRow
  /// The objects.
  var list = RowList<StepChangeRow>()

  let scope = Scope.changes

  init(step: OperationRow, counter: CounterRow) {
    self.step = step
    self.counter = counter
  }

  var crumb: String {
    counter.title + " of " + step.type.profileName + " on " + step.connector
  }
  var twin: String { "lockstep show \(step.id) --counter " + counter.name }
  var copyText: String { list.selectedRow?.dn ?? "" }
  var export: ExportSource? {
    .changes(step: step.id, group: counter.group, counter: counter.name)
  }
  var violation: String? { list.violation }

  /// The columns.
  static let columns: [Column<StepChangeRow>] = [
    Column(title: "Name", priority: 0, minimum: 12, ideal: 36) { row, _, _ in
      Span(row.display.isEmpty ? row.dn : row.display, .textStrong)
    },
    Column(title: "Type", priority: 2, minimum: 6, ideal: 12) { row, _, _ in
      Span(row.objectType)
    },
    Column(title: "Connector", priority: 3, minimum: 9, ideal: 20) { row, _, _ in
      Span(row.connector)
    },
    Column(title: "Distinguished name", priority: 1, minimum: 18, ideal: 120) { row, _, _ in
      Span(row.dn)
    },
  ]

  func wants(size: Size) -> [Want] {
    guard let page = list.wantedPage(height: size.rows - 2) else { return [] }
    let request = Request.changes(
      step: step.id, group: counter.group, counter: counter.name,
      after: list.cursor(page: page)?.id, limit: RowList<StepChangeRow>.pageSize)
    return [Want(slot: .list, request: request, page: page)]
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .changes(let rows) = response { list.receive(rows, page: want.page) }
  }

  mutating func markStale() { list.markStale() }

  mutating func settle(size: Size, scene: Scene) { list.settle(height: size.rows - 2) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    if let motion = action.motion {
      list.move(motion, height: size.rows - 2)
      return []
    }
    guard action == .open else { return nil }
    guard let row = list.selectedRow else { return [] }
    return [.push(.deltas(DeltasScreen(step: step, counter: counter, change: row)))]
  }

  mutating func press(pane: Int, index: Int, scene: Scene, size: Size) { list.select(index) }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    let title = [
      Span(crumb, .title),
      Span("  " + Format.count(counter.count, "object") + ", as they were ", .textDim),
      Span(scene.time(step.started, width: 19), .time),
    ]
    buffer.put(title, column: area.left, row: area.top, width: area.columns)
    let below = Rect(
      column: area.left, row: area.top + 1, columns: area.columns, rows: area.rows - 1)
    return Table(Self.columns).draw(
      list, in: &buffer, area: below, scene: scene, isFocused: true,
      empty: "The objects of this step are not kept any more.", hits: &hits)
  }
}
