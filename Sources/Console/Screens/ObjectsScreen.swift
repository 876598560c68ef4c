import Cells
import Directory
public import SyncStore

/// The objects of one connector space.
struct ObjectsScreen: TableScreen {
  /// The connector.
  var connector: ConnectorRow
  /// Which objects are shown.
  var searchScope = SearchScope.all
  /// The objects.
  var table = TableModel<ObjectRow>()
  private var isConnectorStale = false
  private var looksAtConnector = false
  private var lastLook: Timestamp?
  /// The objects whose release was filed and has not ended, by their commands.
  private var releases: [Int64: Int64] = [:]

  /// Seconds between two looks at the connector's counts, which read much while an engine works.
  static let lookInterval = 5.0

  let scope = Scope.objects

  init(connector: ConnectorRow) { self.connector = connector }

  var crumb: String { connector.name }
  var twin: String {
    let scope = searchScope == .all ? [] : ["--scope " + searchScope.word]
    return twin(["lockstep objects " + ToolScreen.quoted(connector.name)] + scope)
  }
  var copyText: String { list.selectedRow?.dn ?? "" }
  var allColumns: [Column<ObjectRow>] { Self.columns }
  var source: TableSource { .store(.objects(connector: connector.name, searchScope)) }
  static let problem = "object with an error"
  static func isProblem(_ row: ObjectRow) -> Bool { !row.error.isEmpty }
  mutating func take(choice: String) { searchScope = SearchScope(rawValue: choice) ?? .all }

  /// The columns.
  static let columns: [Column<ObjectRow>] = [
    Column(
      field: "name", title: "Name", priority: 0, minimum: 12, ideal: 32
    ) { row, _, _ in
      Span(row.display.isEmpty ? row.dn : row.display, .textStrong)
    },
    Column(
      field: "type", title: "Type", priority: 4, minimum: 6, ideal: 10
    ) { row, _, _ in
      Span(row.objectType)
    },
    Column(
      field: "link", title: "Link", priority: 5, minimum: 12, ideal: 12
    ) { row, _, _ in
      row.isConnector ? Span("connector") : Span("disconnector", .textDim)
    },
    pending("import", "Import", priority: 3) { $0.pendingImport },
    pending("export", "Export", priority: 2) { $0.pendingExport },
    Column(
      field: "error", title: "Error", priority: 1, minimum: 10, ideal: 34
    ) { row, _, scene in
      row.error.isEmpty
        ? Span("") : Span(String(scene.glyphs.warning) + " " + row.error, .runError)
    },
    Column(
      field: "dn", title: "Distinguished name", priority: 6, minimum: 20, ideal: 120
    ) { row, _, _ in
      Span(row.dn)
    },
  ]

  /// The same for what is held, where a person is named by more than a name.
  static let heldColumns: [Column<ObjectRow>] = {
    let account = Column<ObjectRow>(
      field: "account", title: "Account", priority: 1, minimum: 14, worth: 26, ideal: 32
    ) { row, _, _ in Span(row.account) }
    return Array(columns.prefix(1)) + [account] + columns.dropFirst()
  }()

  private static func pending(
    _ field: String, _ title: String, priority: Int,
    _ value: @escaping @Sendable (ObjectRow) -> String
  ) -> Column<ObjectRow> {
    Column(field: field, title: title, priority: priority, minimum: 8, ideal: 8) { row, _, _ in
      switch value(row) {
      case "add": Span("+ add", .changeAdd)
      case "update": Span("~ update", .changeModify)
      case "delete-add": Span("± replace", .changeModify)
      case "delete": Span("- delete", .changeDelete)
      default: Span("", .changeNone)
      }
    }
  }

  static func rows(_ response: Response) -> [ObjectRow]? {
    switch response {
    case .objects(let rows): rows
    case .page(let page): if case .store(.objects(let rows)) = page.rows { rows } else { nil }
    default: nil
    }
  }

  func request(after row: ObjectRow?) -> Request {
    .objects(
      connector: connector.name, searchScope, after: row?.id, limit: RowList<ObjectRow>.pageSize)
  }

  func wants(size: Size) -> [Want] {
    wantsOfTable(height: size.rows - 2)
      + (looksAtConnector ? [Want(slot: .detail, request: .connectors)] : [])
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .connectors(let rows) = response else { return receiveTable(response, for: want) }
    if let row = rows.first(where: { $0.id == connector.id }) { connector = row }
    looksAtConnector = false
  }

  mutating func markStale() {
    list.markStale()
    isConnectorStale = true
  }
  mutating func settle(size: Size, scene: Scene) {
    list.settle(height: size.rows - 2)
    let isDue = lastLook.map { abs(scene.now.seconds(since: $0)) >= Self.lookInterval } ?? true
    guard isConnectorStale, isDue else { return }
    (isConnectorStale, looksAtConnector, lastLook) = (false, true, scene.now)
  }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    switch action {
    case .open:
      guard let row = list.selectedRow else { return [] }
      return [.push(.inspector(InspectorScreen(object: row)))]
    case .cycleScope: return [.menu(scopes)]
    case .releaseHeld: return release()
    default: return performOnTable(action, height: size.rows - 2)
    }
  }

  /// The question before the marked held deletes go out, or the one under the cursor.
  private func release() -> [Intent] {
    guard searchScope == .heldDeletes, let row = list.selectedRow else { return [] }
    // Marks may have been set among other objects, or be of what was released meanwhile.
    let rows =
      table.marked.isEmpty
      ? [row]
      : table.marked.filter {
        // A list that is narrowed says nothing of those that it leaves out.
        $0.pendingExport == "delete" && !(table.terms.isEmpty && list.lacks($0.id))
      }
    guard !rows.isEmpty else { return [.tell("Release: no marked object is a held delete")] }
    return [.confirm(HeldQuestion.of(rows, .deletes, on: connector.name))]
  }

  mutating func filed(_ command: EngineCommand, _ id: Int64) {
    if case .release(.object(let object, _, _)) = command { releases[id] = object }
  }

  /// Takes the mark from what was released, or was refused, as in the list of a held group.
  mutating func ended(_ status: CommandStatus) {
    guard let object = releases.removeValue(forKey: status.id) else { return }
    table.marked.removeAll { $0.id == object }
  }

  /// The kinds of objects to choose from, with how many there are of each.
  private var scopes: Menu {
    let items = SearchScope.allCases.map { scope -> Menu.Item in
      var settings = table.settings
      settings.choice = scope == .all ? "" : scope.rawValue
      return Menu.Item(
        key: scope.key, title: scope.title, note: Format.count(scope.count(in: connector)),
        choice: .arrange(settings))
    }
    return Menu(
      title: "Objects of " + connector.name, items: items,
      selected: SearchScope.allCases.firstIndex(of: searchScope) ?? 0)
  }

  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    var title = [
      Span("Connector space of " + connector.name, .title), Span("  "),
      Span(searchScope.title, .chip),
    ]
    title += chips("object")
    return draw(
      head: [title], in: &buffer, area: area, scene: scene,
      empty: table.terms.isEmpty
        ? "No object of this kind. s shows other kinds." : "No object passes the filter.",
      hits: &hits)
  }
}

extension SearchScope {
  /// The name as it is typed: `pending-export`.
  public var word: String {
    rawValue.reduce(into: "") { word, letter in
      word += letter.isUppercase ? "-" + letter.lowercased() : String(letter)
    }
  }

  /// The words for the kind of objects.
  var title: String {
    switch self {
    case .all: "all objects"
    case .connectors: "connectors"
    case .disconnectors: "disconnectors"
    case .filtered: "filtered disconnectors"
    case .pendingImport: "pending import"
    case .pendingExport: "pending export"
    case .errors: "with errors"
    case .importErrors: "import errors"
    case .exportErrors: "export errors"
    case .heldDeletes: "held deletes"
    case .notShown: "not shown, held"
    }
  }

  /// The letter that chooses it.
  fileprivate var key: Character {
    switch self {
    case .all: "a"
    case .connectors: "c"
    case .disconnectors: "d"
    case .filtered: "f"
    case .pendingImport: "i"
    case .pendingExport: "e"
    case .errors: "w"
    case .importErrors: "m"
    case .exportErrors: "x"
    case .heldDeletes: "h"
    case .notShown: "n"
    }
  }

  /// How many objects of a connector are of this kind.
  fileprivate func count(in row: ConnectorRow) -> Int {
    switch self {
    case .all: row.objects
    case .connectors: row.connectors
    case .disconnectors: row.disconnectors
    case .filtered: row.filtered
    case .pendingImport: row.pendingImports
    case .pendingExport: row.pendingExports
    case .errors: row.objectsInError
    case .importErrors: row.importErrors
    case .exportErrors: row.exportErrors
    case .heldDeletes: row.heldDeletes
    case .notShown: row.notShown
    }
  }
}
