import Cells
public import Directory
public import SyncStore

/// A list that can be written to a file: exactly what the screen narrows it to, all of its rows.
public enum ExportSource: Equatable, Sendable {
  case operations(OperationFilter)
  case changes(step: Int64, group: CounterGroup, counter: String)
  case connectors
  case objects(connector: String, SearchScope, text: String)
  case users(UserOrder, descending: Bool, text: String, UserRow.State?)
  case events(EventFilter)
  case metaverse(MetaverseQuery)
  case staleUsers(before: Timestamp, text: String, UserRow.State?)
  case held(group: Int64)
  case rules(text: String)

  /// The word for the list in a file's name.
  var name: String {
    switch self {
    case .operations: "operations"
    case .changes(let step, _, let counter): "step-\(step)-" + counter
    case .connectors: "connectors"
    case .objects(let connector, let scope, _):
      "objects-" + String(connector.map { $0.isLetter || $0.isNumber ? $0 : "-" }) + "-"
        + scope.rawValue
    case .users, .staleUsers: "users"
    case .metaverse: "metaverse"
    case .rules: "rules"
    case .events: "events"
    case .held(let group): "held-g\(group)"
    }
  }
}

/// How a list is written.
public enum ExportFormat: String, CaseIterable, Sendable {
  case csv, json
}

/// The rows of a list as texts, read page by page.
struct ExportReader {
  /// Rows read at once.
  static let pageSize = 1000

  let store: any ConsoleStore
  var services = ConsoleServices()
  let clock: LocalTime
  let now: Timestamp

  /// The headings of the list's columns.
  func header(_ source: ExportSource) -> [String] {
    switch source {
    case .operations: OperationsScreen.columns.map(\.title) + ["Cycle", "Requested by"]
    case .changes: ChangesScreen.columns.map(\.title)
    case .connectors: ConnectorsScreen.columns.map(\.title)
    case .objects, .held: ObjectsScreen.columns.map(\.title)
    case .rules: RulesScreen.columns.map(\.title)
    case .metaverse: MetaverseScreen.columns.map(\.title)
    case .users, .staleUsers: UsersScreen.columns.map(\.title)
    case .events: EventsScreen.columns.map(\.title)
    }
  }

  /// Hands each row of the list to `take`, in the order of the screen.
  func forEach(_ source: ExportSource, _ take: ([String]) throws -> Void) throws {
    switch source {
    case .operations(let filter):
      try walk(OperationsScreen.columns, extra: { [String($0.cycleID ?? 0), $0.requestedBy] }) {
        try store.operations(filter, before: $0?.id, limit: Self.pageSize)
      } take: {
        try take($0)
      }
    case .changes(let step, let group, let counter):
      try walk(ChangesScreen.columns) {
        try store.changes(
          step: step, group: group, counter: counter, after: $0?.id, limit: Self.pageSize)
      } take: {
        try take($0)
      }
    case .connectors:
      try walk(ConnectorsScreen.columns) {
        $0 == nil ? try store.connectors() : []
      } take: {
        try take($0)
      }
    case .objects(let connector, let scope, let text):
      try walk(ObjectsScreen.columns) {
        try store.objects(
          connector: connector, scope: scope, text: text, after: $0?.id, limit: Self.pageSize)
      } take: {
        try take($0)
      }
    case .held(let group):
      try walk(ObjectsScreen.columns) {
        try store.held(group: group, after: $0?.id, limit: Self.pageSize)
      } take: {
        try take($0)
      }
    case .users(let order, let descending, let text, let state):
      try walk(UsersScreen.columns) {
        try store.users(
          order: order, descending: descending, text: text, state: state, after: $0,
          limit: Self.pageSize)
      } take: {
        try take($0)
      }
    case .staleUsers(let moment, let text, let state):
      try walk(UsersScreen.columns) {
        try ConsoleLoader.staleUsers(
          before: moment, text: text, state: state, after: $0, limit: Self.pageSize, from: store)
      } take: {
        try take($0)
      }
    case .rules(let text):
      try walk(RulesScreen.columns) {
        try ConsoleLoader.rules(
          text: text, after: $0?.id, limit: Self.pageSize, services)
      } take: {
        try take($0)
      }
    case .metaverse(let query):
      try walk(MetaverseScreen.columns) {
        try ConsoleLoader.search(query, after: $0, limit: Self.pageSize, in: store) ?? []
      } take: {
        try take($0)
      }
    case .events(let filter):
      try walk(EventsScreen.columns) {
        try store.events(filter, before: $0?.id, limit: Self.pageSize)
      } take: {
        try take($0)
      }
    }
  }

  private func walk<Row>(
    _ columns: [Column<Row>], extra: (Row) -> [String] = { _ in [] },
    page: (Row?) throws -> [Row], take: ([String]) throws -> Void
  ) throws {
    let table = Table(columns)
    // Marks of the screen mean nothing in a file: the words beside them stay.
    let scene = Scene(now: now, clock: clock, glyphs: .ascii)
    var last: Row?
    while true {
      let rows = try page(last)
      for row in rows { try take(table.texts(row, scene: scene) + extra(row)) }
      guard rows.count == Self.pageSize else { return }
      last = rows.last
    }
  }
}

/// Rows as lines of a file.
package enum ExportText {
  /// A line of CSV (RFC 4180), with the line's end.
  ///
  /// A text that a spreadsheet would run as a formula gets an apostrophe: names come from a
  /// directory that others write.
  package static func csv(_ fields: [String]) -> String {
    fields.map { field in
      var text = field
      if let first = text.first, "=+-@\t\r".contains(first), Double(text) == nil, text != "-" {
        text = "'" + text
      }
      // By bytes: CR and LF together are one Character.
      guard text.utf8.contains(where: { [0x22, 0x2C, 0x0D, 0x0A].contains($0) }) else {
        return text
      }
      return "\""
        + text.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\""
    }.joined(separator: ",") + "\r\n"
  }

  /// An object of JSON (RFC 8259) with a member for each column.
  static func json(_ fields: [String], header: [String]) -> String {
    let members = zip(header, fields).map { quoted($0) + ": " + quoted($1) }
    return "{" + members.joined(separator: ", ") + "}"
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
