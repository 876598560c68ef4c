/// A field that a list can be sorted by and narrowed by.
public struct ListField: Hashable, Sendable {
  /// What the field's content is.
  public enum Kind: Hashable, Sendable {
    case text, number, moment
  }

  /// The name that people type: `errors`.
  public let name: String
  /// What its content is.
  public let kind: Kind
  /// The content in SQL; milliseconds for a moment.
  let sql: String
  /// What it is sorted by in SQL.
  let order: String
  /// How a text without a field is looked for here.
  enum Search: Hashable, Sendable {
    case none
    case anywhere
    /// As all that stands here: of a few words, a part is most often meant for a name.
    case whole
  }
  /// Whether, and how, a text without a field is looked for here too.
  let search: Search

  private init(
    _ name: String, _ kind: Kind, _ sql: String, order: String? = nil, isSearched: Bool = false,
    isWord: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.sql = sql
    self.order = order ?? (kind == .text ? sql + " COLLATE NOCASE" : sql)
    search = isWord ? .whole : isSearched ? .anywhere : .none
  }

  /// The fields of a list.
  public static func of(_ source: ListSource) -> [ListField] {
    switch source {
    case .operations: operations
    case .errors, .openErrors: errors
    case .changes: changes
    case .objects, .held: objects
    case .users: users
    case .events: events
    case .metaverse: metaverse
    case .passwords: passwords
    case .passwordBatches: passwordBatches
    }
  }

  /// Of `step s`.
  private static let operations = [
    ListField(
      "connector", .text, "(SELECT name FROM connector WHERE id = s.connector_id)",
      isSearched: true),
    ListField("profile", .text, "replace(s.type, '-', ' ')", isSearched: true),
    ListField("status", .text, "s.result", isSearched: true),
    // The word that is shown before the result of what was only rehearsed.
    ListField("rehearsal", .text, "iif(s.is_rehearsal, 'rehearsal', '')", isSearched: true),
    ListField("started", .moment, "s.started", order: "s.id"),
    // Seconds; what runs has taken as long as until now.
    ListField(
      "duration", .number,
      "(COALESCE(s.ended, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) - s.started) / 1000.0"
    ),
    ListField("adds", .number, "s.adds"),
    ListField("updates", .number, "s.updates"),
    ListField("deletes", .number, "s.deletes"),
    ListField("errors", .number, "s.errors"),
    ListField("step", .number, "s.id"),
    ListField("cycle", .number, "(SELECT cycle_id FROM run WHERE id = s.run_id)"),
    ListField(
      "by", .text, "(SELECT requested_by FROM run WHERE id = s.run_id)", isSearched: true),
  ]

  /// Of `step_error e`.
  private static let errors = [
    ListField(
      "object", .text,
      """
      CASE WHEN (e.dn = '' OR e.dn LIKE 'CN={%') AND e.display <> '' THEN e.display
        WHEN e.dn = '' THEN e.location ELSE e.dn END
      """, isSearched: true),
    ListField("error", .text, "e.type", isSearched: true),
    ListField("attribute", .text, "e.attribute", isSearched: true),
    ListField("value", .text, "e.value", isSearched: true),
    ListField("message", .text, "e.message", isSearched: true),
    ListField("connector", .text, "(SELECT name FROM connector WHERE id = e.connector_id)"),
    ListField("stage", .text, "e.stage"),
    ListField("rule", .text, "e.rule"),
    ListField("code", .text, "e.code"),
    ListField("first", .moment, "e.first_occurred"),
    ListField("retries", .number, "e.retries"),
  ]

  /// Of `step_change h`.
  private static let changes = [
    ListField("name", .text, "h.display", isSearched: true),
    ListField("type", .text, "h.object_type"),
    ListField("dn", .text, "h.dn", isSearched: true),
    ListField(
      "connector", .text,
      """
      (SELECT name FROM connector WHERE id = iif(h.target_id <> 0, h.target_id,
        (SELECT connector_id FROM step WHERE id = h.step_id)))
      """),
  ]

  /// Of `cs_object o`.
  private static let objects = [
    ListField("name", .text, "o.display", isSearched: true),
    ListField("type", .text, "o.object_type", isWord: true),
    ListField("link", .text, "iif(o.mv_id IS NULL, 'disconnector', 'connector')", isWord: true),
    pending("import", "o.pending_import"),
    pending("export", StoreReader.shownExport),
    ListField("error", .text, StoreReader.shownError, isSearched: true),
    ListField("dn", .text, "o.dn", isSearched: true),
  ]

  private static func pending(_ name: String, _ code: String) -> ListField {
    ListField(
      name, .text,
      """
      CASE \(code) WHEN 1 THEN 'add' WHEN 2 THEN 'update' WHEN 3 THEN 'replace'
        WHEN 4 THEN 'delete' ELSE '' END
      """, order: code, isWord: true)
  }

  /// Of `cs_object o`, which are the target's users.
  private static let users = [
    ListField("name", .text, "o.display", isSearched: true),
    ListField(
      "upn", .text, ListFunctions.attribute("userName", "userPrincipalName"), isSearched: true),
    ListField("state", .text, StoreReader.userState, isWord: true),
    ListField("synced", .moment, "o.last_sync"),
    // Seconds; of whom no time is known has none.
    ListField(
      "age", .number,
      """
      CASE o.last_sync WHEN 0 THEN 0 ELSE
        (CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) - o.last_sync) / 1000.0 END
      """, order: "CASE o.last_sync WHEN 0 THEN -9e15 ELSE -o.last_sync END"),
    ListField("sent", .moment, "COALESCE(o.exported_at, 0)"),
    ListField("password", .moment, "COALESCE(o.last_password_sync, 0)"),
    ListField("passwordstate", .text, "COALESCE(" + StoreReader.userPassword + ", '')"),
    ListField(
      "signin", .text,
      """
      CASE \(ListFunctions.attribute("active", "accountEnabled")) WHEN 'true' THEN 'allowed'
        WHEN 'false' THEN 'blocked' ELSE 'unknown' END
      """, isWord: true),
  ]

  /// Of `event v`.
  private static let events = [
    ListField("time", .moment, "v.time", order: "v.id"),
    ListField(
      "level", .text, "v.level",
      order: "CASE v.level WHEN 'information' THEN 0 WHEN 'warning' THEN 1 ELSE 2 END"),
    ListField("id", .number, "v.code"),
    ListField("source", .text, "v.source", isSearched: true),
    ListField("message", .text, "v.message", isSearched: true),
  ]

  /// Of `mv_object m`.
  private static let metaverse = [
    ListField("name", .text, "m.display", isSearched: true),
    ListField("kind", .text, "m.object_type"),
    ListField(
      "connectors", .text,
      """
      COALESCE((SELECT group_concat(c.name, ', ') FROM cs_object o
        JOIN connector c ON c.id = o.connector_id WHERE o.mv_id = m.id), '')
      """),
    ListField(
      "error", .text,
      """
      COALESCE((SELECT max(e.type) FROM cs_object o
        JOIN step_error e ON e.id IN (o.sync_error_id, o.export_error_id)
        WHERE o.mv_id = m.id), '')
      """),
  ]

  /// Of `password p LEFT JOIN cs_object o`.
  private static let passwords = [
    ListField("name", .text, "COALESCE(NULLIF(o.display, ''), p.dn)", isSearched: true),
    ListField(
      "upn", .text, ListFunctions.attribute("userPrincipalName", "userName"), isSearched: true),
    ListField("status", .text, "p.status", isSearched: true),
    ListField("target", .text, PasswordRow.held),
    ListField("changed", .moment, "COALESCE(p.changed, 0)"),
    ListField("sent", .moment, "COALESCE(p.requested, 0)"),
    ListField("answered", .moment, "COALESCE(p.answered, 0)"),
    ListField("taken", .moment, "COALESCE(p.succeeded, 0)"),
    // Seconds; what was never changed has none.
    ListField("lag", .number, PasswordRow.lag),
    ListField("tries", .number, "p.attempts"),
    ListField("due", .moment, "COALESCE(p.due, 0)"),
    ListField("reason", .text, "p.reason", isSearched: true),
    ListField("dn", .text, "p.dn", isSearched: true),
    ListField(
      "channel", .text, "(SELECT domain FROM password_channel WHERE id = p.channel_id)"),
  ]

  /// Of `password_batch b`.
  private static let passwordBatches = [
    ListField("sent", .moment, "b.started", order: "b.id"),
    ListField("users", .number, linesOfBatch("1")),
    ListField(
      "failed", .number,
      linesOfBatch("iif(b.error = '', l.answer <> 'Success', l.answer IS NOT 'Success')")),
    // Seconds; of what is on its way, until now.
    ListField(
      "took", .number,
      "(COALESCE(b.ended, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) - b.started) / 1000.0"
    ),
    ListField("error", .text, "b.error", isSearched: true),
    ListField(
      "account", .text,
      """
      COALESCE((SELECT group_concat(l.dn, ' ') FROM password_batch_line l
        WHERE l.batch_id = b.id), '')
      """, isSearched: true),
    ListField(
      "channel", .text, "(SELECT domain FROM password_channel WHERE id = b.channel_id)"),
  ]

  private static func linesOfBatch(_ counted: String) -> String {
    "COALESCE((SELECT SUM(\(counted)) FROM password_batch_line l WHERE l.batch_id = b.id), 0)"
  }
}

extension PasswordRow {
  /// Whether the target has the password of an account `p` that the source has, in SQL; not if it is
  /// owed it again.
  static let hasThis = "(p.synced_stamp IS p.stamp AND p.synced_anchor IS NOT NULL)"

  /// Whether the target's object of an account in the table `name` is gone or another one, or linked
  /// to another account, in SQL.
  static func hasLostTarget(_ name: String) -> String {
    """
    (\(name).target_object_id IS NOT NULL AND (NOT EXISTS (
      SELECT 1 FROM cs_object o WHERE o.id = \(name).target_object_id
      AND o.anchor = \(name).target_anchor AND o.image IS NOT NULL)
      -- The account goes to another metaverse object, and its way to another target.
      OR EXISTS (SELECT 1 FROM cs_object s JOIN cs_object t ON t.id = \(name).target_object_id
        WHERE s.id = \(name).object_id AND s.mv_id IS NOT NULL AND s.mv_id IS NOT t.mv_id)))
    """
  }

  /// Whether the directory synchronization knows an account in the table `name` no more, in SQL.
  static func isLost(_ name: String) -> String {
    """
    (\(name).object_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM cs_object o WHERE o.id = \(name).object_id AND o.image IS NOT NULL))
    """
  }

  /// What the target has of an account `p`, in SQL, by the words of ``Held``.
  static let held = """
    CASE WHEN p.synced_stamp IS NULL THEN 'none' WHEN \(hasThis) THEN 'this'
      ELSE 'older' END
    """

  /// Seconds from the change until the target took it, or until now, of an account `p` in SQL.
  static let lag = """
    CASE WHEN p.changed IS NULL
        OR NOT \(hasThis) AND p.status IN (\(PasswordStatus.keptBack)) THEN 0
      ELSE max(0, iif(\(hasThis), COALESCE(p.succeeded, p.changed),
        CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) - p.changed) / 1000.0 END
    """
}
