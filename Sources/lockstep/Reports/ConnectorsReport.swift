import Configuration
import SyncStore

/// The connectors as text.
enum ConnectorsReport {
  static func make(_ rows: [ConnectorRow], isNarrowed: Bool = false) -> Report {
    Report(rows: rows.map(ConnectorJSON.init)) { width in
      guard !rows.isEmpty else {
        if isNarrowed { return ["No connector passes the filter."] }
        return ["The store knows no connector yet: none has run ('lockstep initial' runs all)."]
      }
      return table(rows).lines(width: width) + rows.flatMap(notes)
    }
  }

  private static func table(_ rows: [ConnectorRow]) -> Table {
    var table = Table(columns: [
      .flexible("Connector"), .text("Type").droppable(3), .text("Role"), .number("Objects"),
      .number("Linked").droppable(2), .number("Unlinked").droppable(1), .number("To sync"),
      .number("To export"), .number("Held"), .number("Open errors"),
      .flexible("Last step", shortest: 12).droppable(4),
    ])
    table.rows = rows.map { row in
      let last = row.lastSteps.first.map { $0.type.profileName + ": " + $0.result } ?? ""
      return [
        row.name, row.type, row.isSource ? "source" : "target", String(row.objects),
        String(row.connectors), String(row.disconnectors), String(row.pendingImports),
        String(row.pendingExports), String(row.heldDeletes), String(row.openErrors), last,
      ]
    }
    return table
  }

  private static func notes(_ row: ConnectorRow) -> [String] {
    let watch = row.watch.map { [WatchReport.line(row.name, $0)] } ?? []
    guard row.heldDeletes > 0 else { return watch }
    return watch + [
      "\(row.heldDeletes) deletes of \(SafeText.line(row.name)) are held. To let them go out with "
        + "the next export: lockstep release-deletes "
        + SafeText.line(ShellText.quoted(row.name))
    ]
  }
}

/// A connector as `--json` spells it.
struct ConnectorJSON: Encodable {
  let connector: String
  let type: String
  let role: String
  let summary: String
  let objects: Int
  let connectors: Int
  let disconnectors: Int
  let filtered: Int
  let pendingImports: Int
  let pendingExports: Int
  let heldDeletes: Int
  let objectsInError: Int
  let importErrors: Int
  let exportErrors: Int
  let openErrors: Int
  let watch: WatchJSON?
  let lastSteps: [StepJSON]

  init(_ row: ConnectorRow) {
    connector = row.name
    type = row.type
    role = row.isSource ? "source" : "target"
    summary = row.summary
    objects = row.objects
    connectors = row.connectors
    disconnectors = row.disconnectors
    filtered = row.filtered
    pendingImports = row.pendingImports
    pendingExports = row.pendingExports
    heldDeletes = row.heldDeletes
    objectsInError = row.objectsInError
    importErrors = row.importErrors
    exportErrors = row.exportErrors
    openErrors = row.openErrors
    watch = row.watch.map { WatchJSON(row.name, $0) }
    lastSteps = row.lastSteps.map(StepJSON.init)
  }
}

extension ConnectorJSON: CSVRow {
  /// The last step's result, which the table for people shows too.
  private var lastResult: String { lastSteps.first?.result ?? "" }

  static var fields: [CSVField<Self>] {
    [
      CSVField("connector", \.connector), CSVField("type", \.type), CSVField("role", \.role),
      CSVField("summary", \.summary), CSVField("objects", \.objects),
      CSVField("connectors", \.connectors), CSVField("disconnectors", \.disconnectors),
      CSVField("filtered", \.filtered), CSVField("pendingImports", \.pendingImports),
      CSVField("pendingExports", \.pendingExports), CSVField("heldDeletes", \.heldDeletes),
      CSVField("objectsInError", \.objectsInError), CSVField("importErrors", \.importErrors),
      CSVField("exportErrors", \.exportErrors),
      CSVField("openErrors", \.openErrors), CSVField("lastResult", \.lastResult),
    ]
  }
}
