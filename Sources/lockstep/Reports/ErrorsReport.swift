import Directory
import SyncStore

/// Errors as a list, with what to do about each.
enum ErrorsReport {
  /// The errors that objects have now.
  static func make(_ store: any StoreReading, connector: String?, limit: Int) throws -> Report {
    let rows = try store.openErrors(connector: connector, after: nil, limit: limit)
    let names = try names(of: rows, in: store)
    return Report(json: rows.map(ErrorJSON.init)) { _ in
      guard !rows.isEmpty else { return ["No object has an error."] }
      return rows.flatMap { lines($0, name: $0.objectID.flatMap { names[$0] }) }
        + (rows.count == limit ? ["", "--limit shows more."] : [])
    }
  }

  /// What people call the objects of `rows`: a target's DNs say little.
  private static func names(
    of rows: [ErrorRow], in store: any StoreReading
  ) throws -> [Int64: String] {
    var names: [Int64: String] = [:]
    for id in Set(rows.compactMap(\.objectID)).sorted().prefix(500) {
      names[id] = try store.object(id: id, valueLimit: 1)?.row.display
    }
    return names
  }

  /// One error with everything about it; `display` is what people call its object.
  static func lines(_ row: ErrorRow, name display: String? = nil) -> [String] {
    let address = row.dn.isEmpty ? row.location : row.dn
    let called = display.flatMap { $0.isEmpty || address.contains($0) ? nil : $0 + ", " } ?? ""
    var lines = [SafeText.line(row.type) + ": " + SafeText.line(called + address)]
    let blame = row.value.isEmpty ? row.attribute : row.attribute + " = " + row.value
    let place = row.location.isEmpty || row.dn.isEmpty ? "" : row.location
    let facts = [
      row.connector, row.stage.rawValue, place, "since " + TimeText.local(row.firstOccurred),
      row.retries > 0 ? "tried again \(row.retries)×" : "",
    ]
    lines.append("  " + facts.filter { !$0.isEmpty }.map(SafeText.line).joined(separator: ", "))
    if !blame.isEmpty { lines.append("  " + SafeText.line(blame)) }
    let words = row.code.isEmpty ? row.message : row.message + " [" + row.code + "]"
    if !words.isEmpty { lines.append("  " + SafeText.line(words)) }
    if !row.hint.isEmpty { lines.append("  → " + SafeText.line(row.hint)) }
    return lines
  }

  /// Errors as a table, one line each.
  static func table(_ rows: [ErrorRow]) -> Table {
    var table = Table(columns: [
      .flexible("Error", shortest: 16), .flexible("Object", shortest: 16),
      .flexible("Attribute", shortest: 9), .flexible("Message", shortest: 16), .number("Retries"),
    ])
    table.rows = rows.map {
      [
        $0.type, $0.subject, $0.attribute, $0.message,
        String($0.retries),
      ]
    }
    return table
  }
}

/// An error as `--json` spells it.
struct ErrorJSON: Encodable {
  let error: Int64
  let step: Int64
  let object: Int64?
  let connector: String
  let stage: String
  let type: String
  let dn: String
  let attribute: String
  let value: String
  let message: String
  let code: String
  let location: String
  let hint: String
  let otherObject: Int64?
  let firstOccurred: String
  let occurred: String
  let retries: Int

  init(_ row: ErrorRow) {
    error = row.id
    step = row.stepID
    object = row.objectID
    connector = row.connector
    stage = row.stage.rawValue
    type = row.type
    dn = row.dn
    attribute = row.attribute
    value = row.value
    message = row.message
    code = row.code
    location = row.location
    hint = row.hint
    otherObject = row.otherObjectID
    firstOccurred = row.firstOccurred.description
    occurred = row.occurred.description
    retries = row.retries
  }
}
