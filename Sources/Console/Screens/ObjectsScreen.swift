import Cells
import Directory
import SyncStore

/// The objects of one connector space.
struct ObjectsScreen: ScreenModel {
  /// The connector.
  var connector: ConnectorRow
  /// Which objects are shown.
  var searchScope = SearchScope.all
  /// The beginning of a name or a part of a DN.
  var text = ""
  /// The objects.
  var list = RowList<ObjectRow>()

  let scope = Scope.objects

  init(connector: ConnectorRow) { self.connector = connector }

  var crumb: String { connector.name }
  var filterText: String { text }
  var copyText: String { list.selectedRow?.dn ?? "" }
  var export: ExportSource? { .objects(connector: connector.name, searchScope, text: text) }
  var violation: String? { list.violation }

  /// The columns.
  static let columns: [Column<ObjectRow>] = [
    Column(title: "Name", priority: 0, minimum: 12, ideal: 32) { row, _, _ in
      Span(row.display.isEmpty ? row.dn : row.display, .textStrong)
    },
    Column(title: "Type", priority: 4, minimum: 6, ideal: 10) { row, _, _ in
      Span(row.objectType)
    },
    Column(title: "Link", priority: 5, minimum: 12, ideal: 12) { row, _, _ in
      row.isConnector ? Span("connector") : Span("disconnector", .textDim)
    },
    pending("Import", priority: 3) { $0.pendingImport },
    pending("Export", priority: 2) { $0.pendingExport },
    Column(title: "Error", priority: 1, minimum: 10, ideal: 34) { row, _, scene in
      row.error.isEmpty
        ? Span("") : Span(String(scene.glyphs.warning) + " " + row.error, .runError)
    },
    Column(title: "Distinguished name", priority: 6, minimum: 20, ideal: 120) { row, _, _ in
      Span(row.dn)
    },
  ]

  private static func pending(
    _ title: String, priority: Int, _ value: @escaping @Sendable (ObjectRow) -> String
  ) -> Column<ObjectRow> {
    Column(title: title, priority: priority, minimum: 8, ideal: 8) { row, _, _ in
      switch value(row) {
      case "add": Span("+ add", .changeAdd)
      case "update": Span("~ update", .changeModify)
      case "delete-add": Span("± replace", .changeModify)
      case "delete": Span("- delete", .changeDelete)
      default: Span("", .changeNone)
      }
    }
  }

  mutating func setFilter(_ text: String) {
    self.text = text
    list = RowList()
  }

  func wants(size: Size) -> [Want] {
    guard let page = list.wantedPage(height: size.rows - 2) else { return [] }
    let request = Request.objects(
      connector: connector.name, searchScope, text: text, after: list.cursor(page: page)?.id,
      limit: RowList<ObjectRow>.pageSize)
    return [Want(slot: .list, request: request, page: page)]
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .objects(let rows) = response {
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
      return [.push(.inspector(InspectorScreen(object: row)))]
    case .cycleScope:
      let all = SearchScope.allCases
      let index = all.firstIndex(of: searchScope) ?? 0
      searchScope = all[(index + 1) % all.count]
      list = RowList()
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
    var title = [
      Span("Connector space of " + connector.name, .title), Span("  "),
      Span(searchScope.title, .chip),
    ]
    if !text.isEmpty { title += [Span(" "), Span("/" + text, .chip)] }
    if list.isComplete { title.append(Span("  " + Format.count(list.count, "object"), .textDim)) }
    buffer.put(title, column: area.left, row: area.top, width: area.columns)
    let below = Rect(
      column: area.left, row: area.top + 1, columns: area.columns, rows: area.rows - 1)
    return Table(Self.columns).draw(
      list, in: &buffer, area: below, scene: scene, isFocused: true,
      empty: "No object of this kind. s shows other kinds.", hits: &hits)
  }
}

extension SearchScope {
  /// The words for the kind of objects.
  var title: String {
    switch self {
    case .all: "all objects"
    case .connectors: "connectors"
    case .disconnectors: "disconnectors"
    case .pendingImport: "pending import"
    case .pendingExport: "pending export"
    case .errors: "with errors"
    case .heldDeletes: "held deletes"
    }
  }
}
