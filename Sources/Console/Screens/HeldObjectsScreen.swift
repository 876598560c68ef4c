import Cells
import Directory
import SyncStore

/// The objects of one group of held changes; marked ones are released together.
struct HeldObjectsScreen: TableScreen {
  /// The group.
  var group: HeldGroup
  /// The objects.
  var table = TableModel<ObjectRow>()
  /// The marked ones, in the order of their marking.
  var marked: [ObjectRow] = []

  let scope = Scope.heldObjects

  init(group: HeldGroup) { self.group = group }

  var crumb: String { "g\(group.id)" }
  var twin: String { "lockstep held --group g\(group.id)" }
  var copyText: String { list.selectedRow?.dn ?? "" }
  var allColumns: [Column<ObjectRow>] { ObjectsScreen.columns }
  var source: TableSource { .store(.held(group: group.id)) }
  static let problem = ObjectsScreen.problem
  static func isProblem(_ row: ObjectRow) -> Bool { ObjectsScreen.isProblem(row) }
  static func rows(_ response: Response) -> [ObjectRow]? { ObjectsScreen.rows(response) }

  func request(after row: ObjectRow?) -> Request {
    .heldObjects(group: group.id, after: row?.id, limit: RowList<ObjectRow>.pageSize)
  }

  func wants(size: Size) -> [Want] { wantsOfTable(height: size.rows - 2) }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: size.rows - 2) }

  mutating func ended(_ status: CommandStatus) { marked = [] }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    if let intents = performOnTable(action, height: size.rows - 2) { return intents }
    guard let row = list.selectedRow else { return action == .open ? [] : nil }
    switch action {
    case .open: return [.push(.inspector(InspectorScreen(object: row)))]
    case .mark:
      if let index = marked.firstIndex(where: { $0.id == row.id }) {
        marked.remove(at: index)
      } else {
        marked.append(row)
      }
      list.move(.down(1), height: size.rows - 2)
      return []
    case .releaseHeld: return [.confirm(HeldQuestion.of(marked.isEmpty ? [row] : marked, group))]
    default: return nil
    }
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    var title = [
      Span("g\(group.id)  ", .key), Span(group.cause, .title),
      Span("  " + Format.count(group.count) + " " + group.kind.rawValue, .textDim),
    ]
    if !table.isPlain { title += chips("object") }
    if !marked.isEmpty { title.append(Span("  \(marked.count) marked", .rowMarked)) }
    buffer.put(title, column: area.left, row: area.top, width: area.columns)
    let below = Rect(
      column: area.left, row: area.top + 1, columns: area.columns, rows: area.rows - 1)
    let ids = Set(marked.map(\.id))
    let mark = Column<ObjectRow>(field: "", title: "", priority: 0, minimum: 1, ideal: 1) {
      row, _, scene in
      Span(ids.contains(row.id) ? String(scene.glyphs.marked) : " ", .rowMarked)
    }
    return table.drawn([mark] + columns, usualSort: nil).draw(
      list, in: &buffer, area: below, scene: scene, isFocused: true,
      empty: "Nothing of this group is held any more.", hits: &hits)
  }
}
