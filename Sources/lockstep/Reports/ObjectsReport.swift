import SyncStore

/// Objects of a connector space, or of the metaverse, as a table.
enum ObjectsReport {
  static func make(_ rows: [ObjectRow], hasMore: Bool) -> Report {
    Report(rows: rows.map(ObjectRowJSON.init), hasMore: hasMore) { width in
      guard !rows.isEmpty else { return ["No object of this kind."] }
      return ObjectReport.list(rows).lines(width: width) + more(hasMore)
    }
  }

  /// Objects of the metaverse; where there is none, `advice` says how to look for more.
  static func metaverse(_ rows: [MetaverseRow], hasMore: Bool, advice: String? = nil) -> Report {
    Report(rows: rows.map(MetaverseRowJSON.init), hasMore: hasMore) { width in
      guard !rows.isEmpty else { return [advice.map(SafeText.line) ?? "Nothing is like that."] }
      var table = Table(columns: [
        .number("Metaverse"), .text("Type"), .flexible("Name", shortest: 10),
        .flexible("Connectors"), .number("Object"), .flexible("Error"),
      ])
      table.rows = rows.map {
        [
          "mv:\($0.id)", $0.objectType, $0.display, $0.connectors.joined(separator: ", "),
          $0.objectID.map(String.init) ?? "", $0.error,
        ]
      }
      return table.lines(width: width) + more(hasMore)
    }
  }

  private static func more(_ hasMore: Bool) -> [String] {
    hasMore ? ["", "--limit shows more."] : []
  }
}

extension ObjectRowJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("object", \.object), CSVField("connector", \.connector), CSVField("type", \.type),
      CSVField("dn", \.dn), CSVField("display", \.display),
      CSVField("isConnector", \.isConnector), CSVField("isGone", \.isGone),
      CSVField("metaverseObject", \.metaverseObject),
      CSVField("pendingImport", \.pendingImport), CSVField("pendingExport", \.pendingExport),
      CSVField("error", \.error),
    ]
  }
}

/// An object of the metaverse as `--json` spells it.
struct MetaverseRowJSON: Encodable {
  let metaverseObject: Int64
  let type: String
  let display: String
  let object: Int64?
  let connectors: [String]
  let error: String?

  init(_ row: MetaverseRow) {
    metaverseObject = row.id
    type = row.objectType
    display = row.display
    object = row.objectID
    connectors = row.connectors
    error = row.error.nonEmpty
  }
}

extension MetaverseRowJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("metaverseObject", \.metaverseObject), CSVField("type", \.type),
      CSVField("display", \.display), CSVField("object", \.object),
      CSVField("connectors", \.connectors), CSVField("error", \.error),
    ]
  }
}
