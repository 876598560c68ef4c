import Directory
import SyncStore

/// Errors as a list, with what to do about each.
enum ErrorsReport {
  /// The errors that objects have now.
  ///
  /// - Parameter isNarrowed: Whether others than `rows` may be there that were not asked for.
  static func make(
    _ store: any StoreReading, _ rows: [ErrorRow], isNarrowed: Bool = false, hasMore: Bool
  ) throws -> Report {
    let names = try names(of: rows, in: store)
    return Report(rows: rows.map(ErrorJSON.init), hasMore: hasMore) { _ in
      guard !rows.isEmpty else {
        return [isNarrowed ? "No error passes the filter." : "No object has an error."]
      }
      return summary(rows, isAll: !hasMore)
        + rows.flatMap { lines($0, name: $0.objectID.flatMap { names[$0] }) }
        + (hasMore ? ["", "--limit shows more."] : [])
    }
  }

  /// How many errors there are of each type, where there are several; the most frequent first.
  private static func summary(_ rows: [ErrorRow], isAll: Bool) -> [String] {
    guard rows.count > 1 else { return [] }
    let counts = Dictionary(grouping: rows, by: \.type).mapValues(\.count)
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let head = isAll ? "\(rows.count) open errors" : "The first \(rows.count) open errors"
    return [head + ":"]
      + sorted.map { "  \($0.value) × " + SafeText.line($0.key) } + [""]
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
      row.retries > 0
        ? "tried again \(row.retries)×, last " + TimeText.local(row.occurred) : "",
    ]
    lines.append("  " + facts.filter { !$0.isEmpty }.map(SafeText.line).joined(separator: ", "))
    if !blame.isEmpty { lines.append("  " + SafeText.line(blame)) }
    if !row.rule.isEmpty { lines.append("  rule " + SafeText.line(row.rule)) }
    if !row.expression.isEmpty {
      let column = row.column.map { ", column \($0)" } ?? ""
      lines.append("  expression " + SafeText.line(row.expression) + column)
    }
    if let other = row.otherObjectID {
      lines.append("  in conflict with " + SafeText.line(row.otherSubject) + ", object \(other)")
    }
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

/// An error as `--json` spells it; keys that would say nothing are left out.
struct ErrorJSON: Encodable {
  let error: Int64
  let step: Int64
  let object: Int64?
  let connector: String
  let stage: String
  let type: String
  let dn: String?
  let display: String?
  let attribute: String?
  let value: String?
  let rule: String?
  let expression: String?
  let column: Int?
  let message: String
  let code: String?
  let location: String?
  let hint: String?
  let otherObject: Int64?
  let otherDN: String?
  let otherDisplay: String?
  let firstOccurred: String
  let occurred: String
  let retries: Int
  let count: Int

  init(_ row: ErrorRow) {
    error = row.id
    step = row.stepID
    object = row.objectID
    connector = row.connector
    stage = row.stage.rawValue
    type = row.type
    dn = row.dn.nonEmpty
    display = row.display.nonEmpty
    attribute = row.attribute.nonEmpty
    value = row.value.nonEmpty
    rule = row.rule.nonEmpty
    expression = row.expression.nonEmpty
    column = row.column
    message = row.message
    code = row.code.nonEmpty
    location = row.location.nonEmpty
    hint = row.hint.nonEmpty
    otherObject = row.otherObjectID
    otherDN = row.otherDN.nonEmpty
    otherDisplay = row.otherDisplay.nonEmpty
    firstOccurred = row.firstOccurred.description
    occurred = row.occurred.description
    retries = row.retries
    count = row.count
  }
}

extension ErrorJSON: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("error", \.error), CSVField("step", \.step), CSVField("object", \.object),
      CSVField("connector", \.connector), CSVField("stage", \.stage), CSVField("type", \.type),
      CSVField("dn", \.dn), CSVField("display", \.display), CSVField("attribute", \.attribute),
      CSVField("value", \.value), CSVField("rule", \.rule), CSVField("expression", \.expression),
      CSVField("column", \.column), CSVField("message", \.message), CSVField("code", \.code),
      CSVField("location", \.location), CSVField("hint", \.hint),
      CSVField("otherObject", \.otherObject), CSVField("otherDN", \.otherDN),
      CSVField("otherDisplay", \.otherDisplay), CSVField("firstOccurred", \.firstOccurred),
      CSVField("occurred", \.occurred), CSVField("retries", \.retries),
      CSVField("count", \.count),
    ]
  }
}
