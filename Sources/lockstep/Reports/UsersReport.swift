import Directory
import SyncStore

/// The active-users view as text.
enum UsersReport {
  static func make(_ header: UsersHeader, _ rows: [UserRow], hasMore: Bool) -> Report {
    let json = UsersJSON(header, rows)
    var report = Report(json: json) { width in
      var table = Table(columns: [
        .flexible("Display name", shortest: 12), .flexible("User principal name", shortest: 16),
        .text("State"), .text("Sign-in"), .text("Last sync").droppable(2),
        .text("Last password sync").droppable(1),
      ])
      table.rows = rows.map {
        [
          $0.displayName, $0.userPrincipalName, $0.state.rawValue, signIn($0.isActive),
          ($0.isOwnSyncTime ? "~" : "") + TimeText.local($0.lastSync),
          TimeText.local($0.lastPasswordSync),
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
        + "\(header.olderThanInterval) older than one interval",
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
    let lastSync: String?
    let lastSyncIsOwn: Bool
    let lastSent: String?
    let lastPasswordSync: String?
  }
  let total: Int
  let byState: [String: Int]
  let lastDirectorySync: String?
  let lastPasswordSync: String?
  let olderThanInterval: Int
  let users: [User]

  init(_ header: UsersHeader, _ rows: [UserRow]) {
    total = header.total
    byState = Dictionary(uniqueKeysWithValues: header.byState.map { ($0.key.rawValue, $0.value) })
    lastDirectorySync = header.lastDirectorySync?.description
    lastPasswordSync = header.lastPasswordSync?.description
    olderThanInterval = header.olderThanInterval
    users = rows.map {
      User(
        object: $0.id, connector: $0.connector, displayName: $0.displayName,
        userPrincipalName: $0.userPrincipalName, state: $0.state.rawValue,
        signInAllowed: $0.isActive, lastSync: $0.lastSync?.description,
        lastSyncIsOwn: $0.isOwnSyncTime,
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
      CSVField("lastSync", \.lastSync), CSVField("lastSyncIsOwn", \.lastSyncIsOwn),
      CSVField("lastSent", \.lastSent), CSVField("lastPasswordSync", \.lastPasswordSync),
    ]
  }
}
