import Console
import Directory
import SyncStore

/// The active-users view as text.
enum UsersReport {
  static func make(
    _ header: UsersHeader, _ rows: [UserRow], hasMore: Bool, now: Timestamp = .now
  ) -> Report {
    let json = UsersJSON(header, rows, now: now)
    var report = Report(json: json) { width in
      var table = Table(columns: [
        .flexible("Display name", shortest: 12), .flexible("User principal name", shortest: 16),
        .text("State"), .text("Sign-in"), .text("Values").droppable(4),
        .text("Last sync").droppable(3), .text("Age").droppable(1),
        .text("Last password sync").droppable(2),
      ])
      table.rows = rows.map {
        [
          $0.displayName, $0.userPrincipalName, $0.state.rawValue, signIn($0.isActive), values($0),
          ($0.isOwnSyncTime ? "~" : "") + TimeText.local($0.lastSync),
          age($0, now).map { Format.age($0) } ?? "", TimeText.local($0.lastPasswordSync),
        ]
      }
      let more = hasMore ? ["", "--limit shows more."] : []
      return summary(header) + (rows.isEmpty ? [] : [""] + table.lines(width: width) + more)
    }
    report.csv = json.users.table
    report.hasMore = hasMore
    return report
  }

  private static func signIn(_ isActive: Bool?) -> String {
    isActive.map { $0 ? "allowed" : "blocked" } ?? ""
  }

  /// Whether the tenant has said that it holds what the rules want, or it was only sent, or what it
  /// waits for.
  static func values(_ row: UserRow) -> String {
    if row.state == .synced { return "confirmed" }
    if row.state == .inCloud { return "cloud only" }
    switch row.waiting {
    case .toBeSent: return "to be sent"
    case .toBeDeleted: return "to be deleted"
    case .held: return "held"
    case .heldDelete: return "held delete"
    case .sent, .nothing: return row.lastSent == nil ? "not sent" : "only sent"
    }
  }

  /// For how many seconds its last synchronization is past; nil if that has no time.
  static func age(_ row: UserRow, _ now: Timestamp) -> Double? {
    row.state == .inCloud ? nil : row.lastSync.map { max(0, now.seconds(since: $0)) }
  }

  private static func summary(_ header: UsersHeader) -> [String] {
    let states = UserRow.State.allCases.compactMap { state in
      header.byState[state].flatMap { $0 > 0 ? "\($0) \(state.rawValue)" : nil }
    }
    let split = states.isEmpty ? "" : ": " + states.joined(separator: ", ")
    let last = header.lastDirectorySync.map { TimeText.local($0) } ?? "never"
    let password = header.lastPasswordSync.map { TimeText.local($0) } ?? "never"
    return [
      "\(header.total) users" + split,
      "Last directory sync \(last), last password sync \(password), "
        + "\(header.olderThanInterval) unchanged for more than one interval",
    ]
      + (header.hasOwnSyncTimes
        ? ["~ is when an import confirmed what was sent: the tenant tells no time of its own."]
        : [])
  }
}

/// The active-users view, as `--json` spells it.
struct UsersJSON: Encodable {
  /// One user.
  struct User: Encodable {
    let object: Int64
    let connector: String
    let displayName: String
    let userPrincipalName: String
    let state: String
    let signInAllowed: Bool?
    /// Whether the tenant has said that it holds what the rules want.
    let confirmed: Bool
    /// The same in words, or what it waits for.
    let values: String
    let lastSync: String?
    let lastSyncIsOwn: Bool
    /// Whole seconds since ``lastSync``.
    let ageSeconds: Int?
    let lastSent: String?
    let lastPasswordSync: String?
  }
  let total: Int
  let byState: [String: Int]
  let lastDirectorySync: String?
  let lastPasswordSync: String?
  let olderThanInterval: Int
  let users: [User]

  init(_ header: UsersHeader, _ rows: [UserRow], now: Timestamp = .now) {
    total = header.total
    byState = Dictionary(uniqueKeysWithValues: header.byState.map { ($0.key.rawValue, $0.value) })
    lastDirectorySync = header.lastDirectorySync?.description
    lastPasswordSync = header.lastPasswordSync?.description
    olderThanInterval = header.olderThanInterval
    users = rows.map {
      User(
        object: $0.id, connector: $0.connector, displayName: $0.displayName,
        userPrincipalName: $0.userPrincipalName, state: $0.state.rawValue,
        signInAllowed: $0.isActive, confirmed: $0.state == .synced,
        values: UsersReport.values($0), lastSync: $0.lastSync?.description,
        lastSyncIsOwn: $0.isOwnSyncTime,
        ageSeconds: UsersReport.age($0, now).map { Int(min($0, 1e12)) },
        lastSent: $0.lastSent?.description, lastPasswordSync: $0.lastPasswordSync?.description)
    }
  }
}

extension UsersJSON.User: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("object", \.object), CSVField("connector", \.connector),
      CSVField("displayName", \.displayName), CSVField("userPrincipalName", \.userPrincipalName),
      CSVField("state", \.state), CSVField("signInAllowed", \.signInAllowed),
      CSVField("confirmed", \.confirmed), CSVField("values", \.values),
      CSVField("lastSync", \.lastSync), CSVField("lastSyncIsOwn", \.lastSyncIsOwn),
      CSVField("ageSeconds", \.ageSeconds),
      CSVField("lastSent", \.lastSent), CSVField("lastPasswordSync", \.lastPasswordSync),
    ]
  }
}
