import Console

/// A row that `--csv` prints, under the names that `--json` has for it.
protocol CSVRow {
  /// The columns, in their order.
  static var fields: [CSVField<Self>] { get }
}

/// A column of a ``CSVRow``.
struct CSVField<Row> {
  /// The heading.
  let name: String
  /// What a row has there.
  let text: (Row) -> String

  init(_ name: String, _ path: KeyPath<Row, some CSVText>) {
    self.name = name
    text = { $0[keyPath: path].csv }
  }
}

/// What can stand in one field of a file of CSV.
protocol CSVText {
  /// The text of the field; empty for nothing.
  var csv: String { get }
}

extension String: CSVText { var csv: String { self } }
extension Int: CSVText { var csv: String { String(self) } }
extension Int64: CSVText { var csv: String { String(self) } }
extension Double: CSVText { var csv: String { String(self) } }
extension Bool: CSVText { var csv: String { self ? "true" : "false" } }
extension [String]: CSVText { var csv: String { joined(separator: "; ") } }
extension Optional: CSVText where Wrapped: CSVText { var csv: String { map(\.csv) ?? "" } }

extension Sequence where Element: CSVRow {
  /// The headings, then the rows.
  var table: [[String]] {
    let fields = Element.fields
    return [fields.map(\.name)] + map { row in fields.map { $0.text(row) } }
  }
}
