import Cells
import Directory
import SyncStore

/// The objects of one group of held changes; marked ones are released together.
struct HeldObjectsScreen: TableScreen {
  /// The group.
  var group: HeldGroup
  /// The objects.
  var table = TableModel<ObjectRow>()
  /// The releases of objects of this group that were filed and have not ended, by their commands.
  private var releases: [Int64: HeldReference] = [:]

  let scope = Scope.heldObjects

  init(group: HeldGroup) { self.group = group }

  var crumb: String { "g\(group.id)" }
  var twin: String { twin(["lockstep held --group g\(group.id)"]) }
  var copyText: String { list.selectedRow?.dn ?? "" }
  var allColumns: [Column<ObjectRow>] { ObjectsScreen.heldColumns }
  var source: TableSource { .store(.held(group: group.id)) }
  static let problem = ObjectsScreen.problem
  static func isProblem(_ row: ObjectRow) -> Bool { ObjectsScreen.isProblem(row) }
  static func rows(_ response: Response) -> [ObjectRow]? { ObjectsScreen.rows(response) }

  func request(after row: ObjectRow?) -> Request {
    .heldObjects(group: group.id, after: row?.id, limit: RowList<ObjectRow>.pageSize)
  }

  func wants(size: Size) -> [Want] { wantsOfTable(height: size.rows - 2) }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: size.rows - 2) }

  mutating func filed(_ command: EngineCommand, _ id: Int64) {
    guard case .release(let reference) = command else { return }
    releases[id] = reference
  }

  /// Takes the mark from what was released, and from an object that was refused: a mark without a row
  /// would be counted, and released in place of the row under the cursor.
  mutating func ended(_ status: CommandStatus) {
    guard let reference = releases.removeValue(forKey: status.id) else { return }
    switch reference {
    case .object(let object, _, _): table.marked.removeAll { $0.id == object }
    case .group(group.id, _) where status.state == .finished: table.marked = []
    default: break
    }
  }

  mutating func receive(_ response: Response, for want: Want) {
    receiveTable(response, for: want)
    // What others released, or what has left by itself, is not here to be marked.
    guard table.terms.isEmpty, !table.marked.isEmpty else { return }
    let list = list
    table.marked.removeAll { list.lacks($0.id) }
  }

  /// How many there are: of a list that is whole as many as it has, for the group is as it was when it
  /// was opened.
  private var count: Int {
    table.terms.isEmpty && list.isComplete ? list.count : group.count
  }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    if let intents = performOnTable(action, height: size.rows - 2) { return intents }
    guard let row = list.selectedRow else { return action == .open ? [] : nil }
    switch action {
    case .open: return [.push(.inspector(InspectorScreen(object: row)))]
    case .releaseHeld:
      let rows = table.marked.isEmpty ? [row] : table.marked
      return [.confirm(HeldQuestion.of(rows, group.kind, on: group.connector))]
    default: return nil
    }
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    let figures = [Span("  " + group.kind.counted(count), .textDim)] + chips("object")
    let number = Span("g\(group.id)  ", .key)
    let cause = Sanitizer.verbose(AttributeWords.short(group.cause, ellipsis: scene.ellipsis))
    // A cause may be long; how many are marked must be seen.
    let room = max(10, area.columns - Span.width([number] + figures))
    let parts = Wrap.cut(cause, width: room - 1)
    let shown =
      TextWidth.of(cause) > room ? (parts.first ?? "") + scene.ellipsis : cause
    let title = [number, Span(shown, .title)] + figures
    return draw(
      head: [title], in: &buffer, area: area, scene: scene,
      empty: table.terms.isEmpty
        ? "Nothing of this group is held any more." : "No object passes the filter.", hits: &hits)
  }
}
