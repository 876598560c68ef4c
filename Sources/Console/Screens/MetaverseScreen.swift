import Cells
import Directory
import SyncStore

/// The metaverse: what is typed is looked for at once.
struct MetaverseScreen: ScreenModel {
  /// What is looked for, as it was typed.
  var text = ""
  /// The objects.
  var list = RowList<MetaverseRow>()

  let scope = Scope.metaverse
  let crumb = "Metaverse"

  var filterText: String { text }
  var query: MetaverseQuery { MetaverseQuery(text: text) }
  var copyText: String { list.selectedRow?.display ?? "" }
  var twin: String { list.selectedRow?.objectID.map { "lockstep object \($0)" } ?? "" }
  var export: ExportSource? { .metaverse(query) }
  var violation: String? { list.violation }

  /// The columns.
  static let columns: [Column<MetaverseRow>] = [
    Column(title: "Name", priority: 0, minimum: 14, ideal: 44) { row, _, _ in
      Span(row.display.isEmpty ? "(no name)" : row.display, .textStrong)
    },
    Column(title: "Type", priority: 1, minimum: 8, ideal: 14) { row, _, _ in Span(row.objectType) },
    Column(title: "Connectors", priority: 3, minimum: 14, ideal: 50) { row, _, _ in
      row.connectors.isEmpty
        ? Span("none", .textDim) : Span(row.connectors.joined(separator: ", "))
    },
    Column(title: "Error", priority: 2, minimum: 10, ideal: 34) { row, _, scene in
      row.error.isEmpty
        ? Span("") : Span(String(scene.glyphs.warning) + " " + row.error, .runError)
    },
  ]

  mutating func setFilter(_ text: String) {
    self.text = text
    list = RowList()
  }

  func wants(size: Size) -> [Want] {
    guard let page = list.wantedPage(height: size.rows - 2) else { return [] }
    let request = Request.metaverse(
      query, after: list.cursor(page: page), limit: RowList<MetaverseRow>.pageSize)
    return [Want(slot: .list, request: request, page: page)]
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .metaverse(let rows) = response {
      list.receive(rows, page: want.page, isProblem: { !$0.error.isEmpty })
    }
  }

  mutating func markStale() { list.markStale() }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: size.rows - 2) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    if let motion = action.motion {
      list.move(motion, height: size.rows - 2)
      return []
    }
    switch action {
    case .open:
      guard let row = list.selectedRow else { return [] }
      guard let id = row.objectID else {
        return [.tell("No connector has an object of it any more")]
      }
      var inspector = InspectorScreen(objectID: id, name: row.display)
      if !row.error.isEmpty { inspector.tab = .error }
      return [.push(.inspector(inspector))]
    case .nextProblem, .previousProblem:
      let forward = action == .nextProblem
      if !list.selectProblem(forward: forward, { !$0.error.isEmpty }) {
        return [.tell("No object with an error \(forward ? "below" : "above")")]
      }
    default: return nil
    }
    return []
  }

  mutating func press(pane: Int, index: Int, scene: Scene, size: Size) { list.select(index) }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    buffer.put(chips(scene), column: area.left, row: area.top, width: area.columns)
    let below = Rect(
      column: area.left, row: area.top + 1, columns: area.columns, rows: area.rows - 1)
    return Table(Self.columns, sorted: "Name").draw(
      list, in: &buffer, area: below, scene: scene, isFocused: true,
      empty: text.isEmpty ? "The metaverse is empty as yet." : "Nothing is like that.",
      hits: &hits)
  }

  private func chips(_ scene: Scene) -> [Span] {
    let query = query
    var spans = [Span("Metaverse", .title)]
    if let type = query.objectType { spans += [Span(" "), Span("type " + type, .chip)] }
    if !query.name.isEmpty { spans += [Span(" "), Span(query.name + scene.ellipsis, .chip)] }
    for clause in query.clauses { spans += [Span(" "), Span(clause.text, .chip)] }
    if list.isLoading { return spans + [Span("  looking" + scene.ellipsis, .runRunning)] }
    if list.isComplete {
      spans.append(Span("  " + Format.count(list.count, "object"), .textDim))
    } else if text.isEmpty {
      let help = "  / searches: a name, type:person, department=Sales, title*=lead, mail!=*"
      spans.append(Span(help, .textDim))
    }
    return spans
  }
}

extension Scene {
  /// What stands for more.
  var ellipsis: String { String(glyphs.ellipsis) }
}
