import Cells
import Directory
public import SyncStore

/// A table as it is written to a file: exactly what is shown, with its order, and all of its rows.
public struct TableExport: Equatable, Sendable {
  /// The table.
  public var source: TableSource
  /// Its order, and what it is narrowed to.
  public var arrangement: ListArrangement
  /// The fields of its columns, in their order.
  public var columns: [String]
  /// What tells the rows that are written from the others, as texts; empty for all.
  public var rows: [String] = []

  /// The word for it in a file's name.
  var name: String { source.name }
}

/// How a list is written.
public enum ExportFormat: String, CaseIterable, Sendable {
  case csv, json
}

/// The rows of a table as texts, read part by part.
struct ExportReader {
  /// Rows read at once.
  static let pageSize = 1000

  let store: any ConsoleStore
  var services = ConsoleServices()
  let clock: LocalTime
  let now: Timestamp

  /// The headings of the table's columns.
  func header(_ export: TableExport) -> ExportHeader {
    TableTexts.header(export.source, export.columns)
  }

  /// The headings of what is written.
  func header(_ export: ScreenExport) -> ExportHeader {
    switch export {
    case .table(let table): header(table)
    case .lines(let lines): lines.header
    }
  }

  /// Hands each row of what is written to `take`, in the order of the screen.
  func forEach(_ export: ScreenExport, _ take: ([String]) throws -> Void) throws {
    switch export {
    case .table(let table): try forEach(table, take)
    case .lines(let lines): try lines.rows.forEach(take)
    }
  }

  /// Hands each row of the table to `take`, in the order of the screen.
  func forEach(_ export: TableExport, _ take: ([String]) throws -> Void) throws {
    // Marks of the screen mean nothing in a file: the words beside them stay.
    let scene = Scene(now: now, clock: clock, glyphs: .ascii)
    let texts = TableTexts(source: export.source, fields: export.columns, scene: scene)
    guard case .store(let list) = export.source else {
      let rows = try ConsoleLoader.rows(
        of: export.source, by: export.arrangement, from: store, services)
      for row in texts.rows(rows.only(export.rows)) { try take(row) }
      return
    }
    var ids: [Int64] = []
    try store.arrange(list, by: export.arrangement) {
      ids += $0
      return true
    }
    if !export.rows.isEmpty {
      let wanted = Set(export.rows)
      ids.removeAll { !wanted.contains(String($0)) }
    }
    for start in stride(from: 0, to: ids.count, by: Self.pageSize) {
      let part = Array(ids[start..<min(ids.count, start + Self.pageSize)])
      for row in texts.rows(.store(try store.rows(of: list, ids: part))) { try take(row) }
    }
  }
}

extension TableRows {
  /// Those of these rows in memory that a text tells; all if there is none.
  fileprivate func only(_ ids: [String]) -> TableRows {
    guard !ids.isEmpty else { return self }
    return switch self {
    case .connectors(let rows): .connectors(rows.filter { ids.contains(String($0.id)) })
    case .rules(let rows): .rules(rows.filter { ids.contains($0.id) })
    case .store: self
    }
  }
}

/// What the columns of tables say, as texts.
struct TableTexts {
  /// The table.
  let source: TableSource
  /// The fields of the columns, in their order.
  let fields: [String]
  let scene: Scene

  /// A text for each column of each row, none cut.
  func rows(_ rows: TableRows) -> [[String]] {
    switch rows {
    case .connectors(let rows): texts(rows, ConnectorsScreen.columns)
    case .rules(let rows): texts(rows, RulesScreen.columns(source.ruleUse))
    case .store(.operations(let rows)): texts(rows, OperationsScreen.columns)
    case .store(.errors(let rows)): texts(rows, OperationsScreen.errorColumns)
    case .store(.changes(let rows)): texts(rows, ChangesScreen.columns)
    case .store(.objects(let rows)): texts(rows, ObjectsScreen.heldColumns)
    case .store(.users(let rows)): texts(rows, UsersScreen.columns)
    case .store(.events(let rows)): texts(rows, EventsScreen.columns)
    case .store(.metaverse(let rows)): texts(rows, MetaverseScreen.columns)
    case .store(.passwords(let rows)):
      texts(rows.map { LedgerRow($0) }, PasswordsScreen.columns)
    case .store(.passwordBatches(let rows)): texts(rows, PasswordBatchesScreen.columns)
    }
  }

  private func texts<Row>(_ rows: [Row], _ all: [Column<Row>]) -> [[String]] {
    let columns = fields.compactMap { field in all.first { $0.field == field } }
    return rows.map { row in
      columns.map { column in
        let text = Self.words(column.value(row, 1000, scene), scene.glyphs)
        return column.alignment == .trailing ? text.withoutGrouping : text
      }
    }
  }

  /// Meanings that are told by a mark as well as by words.
  private static let marked: Set<Role> = [
    .runSuccess, .runWarning, .runError, .runRunning, .runStopped, .runUnknown, .changeAdd,
    .changeModify, .changeDelete, .valuePending,
  ]

  /// What a stretch says, without the mark before its words: that means nothing in a file, and a
  /// spreadsheet may take it for a sign.
  static func words(_ span: Span, _ glyphs: Glyphs) -> String {
    let text = span.text.trimmed
    guard marked.contains(span.role), let mark = text.first, text.dropFirst().first == " " else {
      return text
    }
    // In plain ASCII what failed is marked by a letter.
    guard mark == glyphs.failure || !mark.isLetter && !mark.isNumber else { return text }
    return String(text.dropFirst(2))
  }

  /// The headings of a table's columns.
  static func header(_ source: TableSource, _ fields: [String]) -> ExportHeader {
    func titles<Row>(_ all: [Column<Row>]) -> ExportHeader {
      let columns = fields.compactMap { field in all.first { $0.field == field } }
      let numbers = columns.indices.filter { columns[$0].alignment == .trailing }
      return ExportHeader(columns.map(\.title), numbers: Set(numbers))
    }
    return switch source {
    case .connectors: titles(ConnectorsScreen.columns)
    case .rules(let use): titles(RulesScreen.columns(use))
    case .store(let list):
      switch list {
      case .operations: titles(OperationsScreen.columns)
      case .errors, .openErrors: titles(OperationsScreen.errorColumns)
      case .changes: titles(ChangesScreen.columns)
      case .objects: titles(ObjectsScreen.columns)
      case .held: titles(ObjectsScreen.heldColumns)
      case .users: titles(UsersScreen.columns)
      case .events: titles(EventsScreen.columns)
      case .metaverse: titles(MetaverseScreen.columns)
      case .passwords: titles(PasswordsScreen.columns)
      case .passwordBatches: titles(PasswordBatchesScreen.columns)
      }
    }
  }
}

/// Rows as lines of a file.
package enum ExportText {
  /// What a formula may begin with, and how East Asian keyboards write that.
  private static let formulaSigns = Set("=+-@\t\r\u{FF1D}\u{FF0B}\u{FF0D}\u{FF20}".unicodeScalars)

  /// A line of CSV (RFC 4180), with the line's end.
  ///
  /// A text that a spreadsheet would run as a formula gets an apostrophe: names come from a
  /// directory that others write.
  package static func csv(_ fields: [String]) -> String {
    fields.map { field in
      var text = field
      // By scalars: a sign with a combining mark is another Character, and a formula still.
      if let first = text.unicodeScalars.first, formulaSigns.contains(first), Double(text) == nil,
        text != "-"
      {
        text = "'" + text
      }
      // By bytes: CR and LF together are one Character.
      guard text.utf8.contains(where: { [0x22, 0x2C, 0x0D, 0x0A].contains($0) }) else {
        return text
      }
      return text.unicodeScalars.reduce(into: "\"") { out, scalar in
        if scalar == "\"" { out += "\"" }
        out.unicodeScalars.append(scalar)
      } + "\""
    }.joined(separator: ",") + "\r\n"
  }

  /// The text with visible marks for what a terminal that the file is shown in would obey, as
  /// `--csv` has it; line breaks stay.
  static func harmless(_ text: String) -> String {
    if Sanitizer.isClean(text) { return text }
    return text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
      .map { Sanitizer.drawable(String($0)) }.joined(separator: "\n")
  }

  /// An object of JSON (RFC 8259) with a member for each column; numbers are numbers.
  static func json(_ fields: [String], header: ExportHeader) -> String {
    let members = zip(header.titles, fields).enumerated().map { index, member in
      let isNumber = header.numbers.contains(index) && Int(member.1).map(String.init) == member.1
      return quoted(member.0) + ": " + (isNumber ? member.1 : quoted(member.1))
    }
    return "{" + members.joined(separator: ", ") + "}"
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case _ where Sanitizer.mayMislead(scalar):
        // What a terminal that the file is shown in would obey, or a reader not see.
        out += Sanitizer.jsonEscape(scalar)
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
