import Cells
import Directory
import SyncStore

/// The metaverse: what is typed is looked for at once.
struct MetaverseScreen: TableScreen {
  /// What is looked for.
  var query = MetaverseQuery()
  /// The objects.
  var table = TableModel<MetaverseRow>()

  let scope = Scope.metaverse
  let crumb = "Metaverse"

  var copyText: String { list.selectedRow?.display ?? "" }
  var twin: String {
    guard !filterText.isEmpty else { return twin(["lockstep metaverse"], filter: false) }
    let text = ToolScreen.quoted(filterText)
    guard filterText.hasPrefix("-") else {
      return twin(["lockstep metaverse", text], filter: false)
    }
    return twin(["lockstep metaverse"], filter: false) + " -- " + text
  }
  var allColumns: [Column<MetaverseRow>] { Self.columns }
  var source: TableSource { .store(.metaverse(query)) }
  let usualSort: ListSort? = ListSort("name")
  static let problem = "object with an error"
  static func isProblem(_ row: MetaverseRow) -> Bool { !row.error.isEmpty }

  mutating func take(words: [String], now: Timestamp, clock: LocalTime) -> [String] {
    query = MetaverseQuery()
    return query.take(words, fields: Self.fields(of: source, Self.columns).map(\.name))
  }

  /// The columns.
  static let columns: [Column<MetaverseRow>] = [
    Column(
      field: "name", title: "Name", priority: 0, minimum: 14, ideal: 44
    ) { row, _, _ in
      Span(row.display.isEmpty ? "(no name)" : row.display, .textStrong)
    },
    Column(
      field: "kind", title: "Type", priority: 1, minimum: 8, ideal: 14
    ) { row, _, _ in Span(row.objectType) },
    Column(
      field: "connectors", title: "Connectors", priority: 3, minimum: 14, ideal: 50
    ) { row, _, _ in
      row.connectors.isEmpty
        ? Span("none", .textDim) : Span(row.connectors.joined(separator: ", "))
    },
    Column(
      field: "error", title: "Error", priority: 2, minimum: 10, ideal: 34
    ) { row, _, scene in
      row.error.isEmpty
        ? Span("") : Span(String(scene.glyphs.warning) + " " + row.error, .runError)
    },
  ]

  static func rows(_ response: Response) -> [MetaverseRow]? {
    switch response {
    case .metaverse(let rows): rows
    case .page(let page): if case .store(.metaverse(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: MetaverseRow?) -> Request {
    .metaverse(query, after: row, limit: RowList<MetaverseRow>.pageSize)
  }

  func wants(size: Size) -> [Want] { wantsOfTable(height: size.rows - 2) }
  mutating func settle(size: Size, scene: Scene) { list.settle(height: size.rows - 2) }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    guard action == .open else { return performOnTable(action, height: size.rows - 2) }
    guard let row = list.selectedRow else { return [] }
    guard let id = row.objectID else {
      return [.tell("No connector has an object of it any more")]
    }
    var inspector = InspectorScreen(objectID: id, name: row.display)
    // Who looks for it here means it, not the part of it that one directory holds.
    inspector.metaverse = row.id
    inspector.tab = row.error.isEmpty ? .lineage : .error
    return [.push(.inspector(inspector))]
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    draw(
      head: [chips(scene)], in: &buffer, area: area, scene: scene,
      empty: filterText.isEmpty
        ? "The metaverse is empty as yet." : query.advice ?? "Nothing is like that.",
      hits: &hits)
  }

  private func chips(_ scene: Scene) -> [Span] {
    let query = query
    var spans = [Span("Metaverse", .title)]
    if let type = query.objectType { spans += [Span(" "), Span("type " + type, .chip)] }
    if !query.name.isEmpty { spans += [Span(" "), Span(query.name + scene.ellipsis, .chip)] }
    for clause in query.clauses { spans += [Span(" "), Span(clause.text, .chip)] }
    // What is not of the query is shown as it was typed.
    if !table.terms.isEmpty { spans += [Span(" "), Span("/" + filterText, .chip)] }
    spans += markedCount
    if let ordering = table.ordering { return spans + [Span("  " + ordering, .runRunning)] }
    if list.isLoading, scene.unread != nil { return spans }
    if list.isLoading { return spans + [Span("  looking" + scene.ellipsis, .runRunning)] }
    if list.isComplete {
      spans.append(Span("  " + Format.count(list.count, "object"), .textDim))
    } else if !filterText.isEmpty {
      let words = "  more than " + Format.count(list.count, "object") + "; End counts them"
      spans.append(Span(words, .textDim))
    } else {
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
