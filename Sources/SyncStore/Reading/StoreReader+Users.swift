import Directory
import GRDB

/// The active-users view: the users of the first target.
extension StoreReader {
  private static let target = """
    (SELECT id FROM connector WHERE is_active = 1 AND is_source = 0 ORDER BY id LIMIT 1)
    """

  /// How a user `o` stands.
  static let userState = """
    CASE WHEN o.export_error_id IS NOT NULL OR o.sync_error_id IS NOT NULL THEN 'Error'
      WHEN o.pending_export <> 0 THEN 'Pending'
      WHEN o.mv_id IS NULL THEN 'In cloud' ELSE 'Synced' END
    """

  /// Users of the target's connector space, in `order`, after the row `after`.
  public func users(
    order: UserOrder, descending: Bool, text: String, state: UserRow.State?, after: UserRow?,
    limit: Int
  ) throws -> [UserRow] {
    let key = order == .displayName ? "o.display COLLATE NOCASE" : "o.last_sync"
    let direction = descending ? "DESC" : "ASC"
    var arguments: [(any SQLBindable)?] = []
    var page = ""
    if let after {
      page = "AND (\(key), o.id) \(descending ? "<" : ">") (?, ?)"
      arguments += [
        order == .displayName ? after.displayName : after.lastSync?.milliseconds ?? 0, after.id,
      ]
    }
    let folded = text.lowercased()
    arguments += [state?.rawValue, state?.rawValue, text, folded, folded]
    arguments += ListFunctions.isPlain(text) ? [limit] : [text, limit]
    let shows = ListFunctions.shows(
      "COALESCE(o.image, o.desired)", text, folded: "?", typed: "?")
    return try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM cs_object o JOIN connector c ON c.id = o.connector_id
        WHERE \(Self.isUser) \(page)
        AND (? IS NULL OR \(Self.userState) = ?)
        AND (? = '' OR \(ListFunctions.contains("o.display"))
          OR \(shows))
        ORDER BY \(key) \(direction), o.id \(direction) LIMIT ?
        """, arguments
      ).map { try Self.user($0, tx) }
    }
  }

  /// What is true of a user `o` of the target.
  static let isUser =
    "o.connector_id = \(target) AND o.object_type = 'user' AND o.last_sync IS NOT NULL"

  /// Whether a user `o` is stale, for ``staleLimit(_:)``: it is one that is synchronized, and the
  /// last time is known and longer ago than that.
  static let userIsStale = "(o.last_sync BETWEEN 1 AND ? AND \(userState) <> 'In cloud')"

  /// The last moment, in milliseconds since 1970, at which what was synchronized is stale: one
  /// interval of the schedule ago.
  static func staleLimit(_ tx: StoreTransaction) throws -> Int64 {
    let interval = Double(try tx.schedule().intervalSeconds)
    return Timestamp.now.adding(seconds: -interval).milliseconds - 1
  }

  private static let columns = """
    o.id, c.name, o.display, o.image, o.desired, \(userState), o.last_sync, o.exported_at,
    o.last_password_sync, \(userPassword), \(hasOlderPassword),
    o.sync_time_is_own, o.pending_export, o.export_state, o.connector_id,
    (SELECT c.kind FROM export_cause e JOIN cause c ON c.id = e.cause_id
      WHERE e.object_id = o.id AND \(isHeldInGroup))
    """

  /// How far the password of a user `o` has come.
  static let userPassword = password("w.status")

  // One that is owed its password again may have another one by now.
  private static let hasOlderPassword = password(
    "w.synced_stamp IS NOT NULL AND (w.synced_stamp <> w.stamp OR w.synced_anchor IS NULL)")

  /// Something of the password `w` of a user `o`: of several the one that was answered last, and none
  /// of a channel that is not configured any more.
  private static func password(_ column: String) -> String {
    """
    (SELECT \(column) FROM password w WHERE w.target_object_id = o.id
      AND +w.channel_id IN (SELECT id FROM password_channel WHERE is_active = 1)
      ORDER BY w.answered DESC, w.id LIMIT 1)
    """
  }

  static func users(_ ids: [Int64], _ tx: StoreTransaction) throws -> [UserRow] {
    try tx.rows(
      """
      SELECT \(columns) FROM cs_object o JOIN connector c ON c.id = o.connector_id
      WHERE o.id IN (SELECT value FROM json_each(?))
      """, [list(ids)]
    ).map { try user($0, tx) }
  }

  private static func user(_ row: StoreRow, _ tx: StoreTransaction) throws -> UserRow {
    let image = try row.bytes(3).map { try tx.coding.decode($0) }
    let desired = try row.bytes(4).map { AttributeSet(try tx.coding.decodeDesired($0).attributes) }
    let shown = image ?? desired ?? AttributeSet()
    let active: Bool? =
      if case .boolean(let flag)? = (image?["active"] ?? []).first ?? image?["accountEnabled"].first
      {
        flag
      } else {
        nil
      }
    func time(_ index: Int) -> Timestamp? {
      (row[index] as Int64?).flatMap { $0 == 0 ? nil : Timestamp(milliseconds: $0) }
    }
    var user = UserRow(
      id: row[0], connector: row[1], displayName: row[2],
      userPrincipalName: shown.text("userName") ?? shown.text("userPrincipalName") ?? "",
      state: UserRow.State(rawValue: row[5]) ?? .pending, isActive: active, lastSync: time(6),
      lastSent: time(7), lastPasswordSync: time(8))
    user.password = (row[9] as String?).flatMap { PasswordStatus(rawValue: $0) }
    user.hasOlderPassword = row[10] ?? false
    user.isOwnSyncTime = row[11]
    user.waiting = try waiting(row, tx)
    return user
  }

  private static func waiting(_ row: StoreRow, _ tx: StoreTransaction) throws -> UserRow.Waiting {
    let (pending, state): (Int, Int) = (row[12], row[13])
    if pending == 0 { return .nothing }
    if state != ExportState.idle.rawValue { return .sent }
    guard pending == 4 else { return row[15] as String? == nil ? .toBeSent : .held }
    // Whether deletes are held is known before an export has weighed them.
    let isHeld = row[15] as String? != nil
    return try isHeld || heldDeletes(tx)[row[14]] != nil ? .heldDelete : .toBeDeleted
  }

  /// When an export to the target last came to its end, in milliseconds since 1970: a synchronization
  /// that finds nothing to change is one as well.
  private static func lastExport(_ tx: StoreTransaction) throws -> Int64? {
    try tx.integer(
      """
      SELECT ended FROM step INDEXED BY step_connector
      WHERE connector_id = \(target) AND type = 'export' AND is_rehearsal = 0
        AND ended IS NOT NULL AND (result = 'success' OR result LIKE 'completed-%')
      ORDER BY id DESC LIMIT 1
      """)
  }

  /// The figures over all users.
  public func usersHeader() throws -> UsersHeader {
    try read { tx in
      // Users become stale though nothing happens.
      let minute = Timestamp.now.milliseconds / 60_000
      return try costly("users", tx, other: minute) { try Self.usersHeader(tx) }
    }
  }

  private static func usersHeader(_ tx: StoreTransaction) throws -> UsersHeader {
    let rows = try tx.rows(
      "SELECT \(userState), COUNT(*) FROM cs_object o WHERE \(isUser) GROUP BY 1")
    var header = UsersHeader(
      total: 0, byState: [:], lastDirectorySync: nil, lastPasswordSync: nil,
      olderThanInterval: 0)
    for row in rows {
      let count: Int = row[1]
      header.total += count
      if let state = UserRow.State(rawValue: row[0]) { header.byState[state] = count }
    }
    let row = try tx.row(
      """
      SELECT NULLIF(MAX(o.last_sync), 0), NULLIF(MAX(o.last_password_sync), 0),
        SUM(\(userIsStale)), MAX(o.sync_time_is_own) FROM cs_object o WHERE \(isUser)
      """, [try staleLimit(tx)])
    let synchronized = [row?[0] as Int64?, try lastExport(tx)].compactMap { $0 }.max()
    header.lastDirectorySync = synchronized.map { Timestamp(milliseconds: $0) }
    header.lastPasswordSync = (row?[1] as Int64?).map { Timestamp(milliseconds: $0) }
    header.olderThanInterval = row?[2] as Int? ?? 0
    header.hasOwnSyncTimes = row?[3] as Bool? ?? false
    return header
  }
}
