import Cells
import Directory
import SyncStore

/// The objects that a step counted under one counter, as they were called then.
struct ChangesScreen: TableScreen {
  /// The step.
  var step: OperationRow
  /// The counter.
  var counter: CounterRow
  /// The objects.
  var table = TableModel<StepChangeRow>()
  /// Whether the step may have counted more since.
  private var isCounterStale = false

  let scope = Scope.changes

  init(step: OperationRow, counter: CounterRow) {
    self.step = step
    self.counter = counter
  }

  var crumb: String {
    counter.title + " of " + step.type.profileName + " on " + step.connector
  }
  var twin: String {
    var words = ["lockstep show \(step.id) --counter " + counter.name]
    if case .outbound(let target) = counter.group {
      words.append("--target " + ToolScreen.quoted(target))
    }
    return twin(words)
  }
  var copyText: String { list.selectedRow?.dn ?? "" }
  var allColumns: [Column<StepChangeRow>] { Self.columns }
  var source: TableSource {
    .store(.changes(step: step.id, counter.group, counter: counter.name))
  }
  static let problem = "object in trouble"
  static func isProblem(_ row: StepChangeRow) -> Bool { false }

  /// The columns.
  static let columns: [Column<StepChangeRow>] = [
    Column(
      field: "name", title: "Name", priority: 0, minimum: 12, ideal: 36
    ) { row, _, _ in
      Span(row.display.isEmpty ? row.dn : row.display, .textStrong)
    },
    Column(
      field: "type", title: "Type", priority: 2, minimum: 6, ideal: 12
    ) { row, _, _ in
      Span(row.objectType)
    },
    Column(
      field: "connector", title: "Connector", priority: 3, minimum: 9, ideal: 20
    ) { row, _, _ in
      Span(row.connector)
    },
    Column(
      field: "dn", title: "Distinguished name", priority: 1, minimum: 18, ideal: 120
    ) { row, _, _ in
      Span(row.dn)
    },
  ]

  static func rows(_ response: Response) -> [StepChangeRow]? {
    switch response {
    case .changes(let rows): rows
    case .page(let page): if case .store(.changes(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: StepChangeRow?) -> Request {
    .changes(
      step: step.id, group: counter.group, counter: counter.name, after: row?.id,
      limit: RowList<StepChangeRow>.pageSize)
  }

  func wants(size: Size) -> [Want] {
    wantsOfTable(height: size.rows - 2)
      + (isCounterStale ? [Want(slot: .detail, request: .step(step.id))] : [])
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .step(let detail) = response else { return receiveTable(response, for: want) }
    let known = detail.counters.first { $0.group == counter.group && $0.name == counter.name }
    if let known { counter.count = known.count }
    isCounterStale = false
  }

  mutating func markStale() {
    list.markStale()
    isCounterStale = step.ended == nil
  }

  mutating func settle(size: Size, scene: Scene) { list.settle(height: size.rows - 2) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    guard action == .open else { return performOnTable(action, height: size.rows - 2) }
    guard let row = list.selectedRow else { return [] }
    return [.push(.deltas(DeltasScreen(step: step, counter: counter, change: row)))]
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    var title = [
      Span(crumb, .title),
      Span("  " + Format.count(counter.count, "object") + ", as they were ", .textDim),
      Span(scene.time(step.started, width: 19), .time),
    ]
    if !table.isPlain { title = [Span(crumb, .title)] + chips("object") }
    return draw(
      head: [title], in: &buffer, area: area, scene: scene,
      empty: table.isPlain
        ? "The objects of this step are not kept any more." : "No object passes the filter.",
      hits: &hits)
  }
}
