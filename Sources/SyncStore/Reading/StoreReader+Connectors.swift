import Directory
import GRDB

/// Connectors and the objects of their connector spaces.
extension StoreReader {
  /// All connectors, sources first.
  public func connectors() throws -> [ConnectorRow] {
    try read { tx in
      try tx.rows(
        """
        SELECT id, name, type, is_source, summary FROM connector WHERE is_active = 1
        ORDER BY is_source DESC, id
        """
      ).map { [held = try Self.heldDeletes(tx)] in try connector($0, held, tx) }
    }
  }

  private func connector(
    _ row: StoreRow, _ held: [Int64: Int], _ tx: StoreTransaction
  ) throws -> ConnectorRow {
    let id: Int64 = row[0]
    func count(_ condition: String) throws -> Int {
      try costly("objects of \(id): \(condition)", tx) {
        Int(
          try tx.integer(
            "SELECT COUNT(*) FROM cs_object WHERE connector_id = ? AND \(condition)", [id]) ?? 0)
      }
    }
    let objects = try count("1")
    let disconnectors = try count("mv_id IS NULL")
    let steps = try StepType.allCases.compactMap { type -> OperationRow? in
      try tx.integer(
        """
        SELECT id FROM step s WHERE connector_id = ? AND type = ? AND is_rehearsal = 0
        AND \(StoreTransaction.isOfMany("s")) ORDER BY id DESC LIMIT 1
        """, [id, type.rawValue]
      ).flatMap { try Self.operation($0, tx) }
    }
    var result = ConnectorRow(
      id: id, name: row[1], type: row[2], isSource: row[3], summary: row[4], objects: objects,
      connectors: objects - disconnectors, disconnectors: disconnectors,
      pendingImports: try count("pending_import <> 0"),
      pendingExports: try count("pending_export IN (1, 2)") + count("pending_export = 4"),
      heldDeletes: held[id] ?? 0,
      objectsInError: try count("sync_error_id IS NOT NULL")
        + count("export_error_id IS NOT NULL AND sync_error_id IS NULL"),
      lastSteps: steps.sorted { $0.id > $1.id },
      openErrors: try Self.openErrorCount(tx, connector: id))
    result.heldChanges = try heldChanges(tx, connector: id)
    result.filtered = try count("mv_id IS NULL AND connector_state = 2")
    result.importErrors = try count("sync_error_id IS NOT NULL")
    result.exportErrors = try count("export_error_id IS NOT NULL")
    if try tx.isHeldForLack(connector: id) {
      result.notShown = try tx.lack(connector: id)?.count ?? 0
    }
    if try Self.isEngineThere(tx) { result.watch = try tx.watch(of: id) }
    return result
  }

  private static let columns = """
    o.id, c.name, o.dn, o.display, o.object_type, o.mv_id, o.pending_import, \(shownExport),
    \(shownError), (SELECT time FROM export_cause WHERE object_id = o.id),
    o.pending_export = 4 AND o.is_released = 0
    """

  /// The pending export of `o` as people are told: one that replaces another is told apart.
  static let shownExport =
    "CASE WHEN \(StoreTransaction.awaitsPlace("o")) THEN 3 ELSE o.pending_export END"

  /// The open error of `o`, or empty.
  static let shownError = """
    COALESCE((SELECT type FROM step_error
      WHERE id = COALESCE(o.export_error_id, o.sync_error_id)), '')
    """

  private static func row(_ row: StoreRow) -> ObjectRow {
    let metaverse: Int64? = row[5]
    var object = ObjectRow(
      id: row[0], connector: row[1], dn: row[2], display: row[3], objectType: row[4],
      isConnector: metaverse != nil, pendingImport: (Pending(rawValue: row[6]) ?? .none).word,
      pendingExport: (Pending(rawValue: row[7]) ?? .none).word, error: row[8],
      metaverseID: metaverse)
    object.heldSince = (row[9] as Int64?).map { Timestamp(milliseconds: $0) }
    object.awaitsWord = row[10]
    return object
  }

  /// Objects of a connector space by number.
  public func objects(
    connector: String, scope: SearchScope, text: String, after: Int64?, limit: Int
  ) throws -> [ObjectRow] {
    let condition = Self.condition(scope)
    let wanted = text.lowercased()
    return try read { tx in
      guard try Self.isListed(scope, of: connector, tx) else { return [] }
      return try tx.rows(
        """
        SELECT \(Self.columns) FROM cs_object o JOIN connector c ON c.id = o.connector_id
        WHERE \(Self.connectorID(scope)) = (SELECT id FROM connector WHERE name = ?) AND o.id > ?
        AND \(condition) AND (? = '' OR \(ListFunctions.contains("o.display"))
          OR \(ListFunctions.contains("o.dn")))
        ORDER BY o.id LIMIT ?
        """, [connector, after ?? 0, wanted, wanted, wanted, limit]
      ).map(Self.row)
    }
  }

  /// Whether a scope lists objects at all: deletes are held only where there are too many of them, and
  /// what an import did not show is kept in mind for longer than it is held.
  static func isListed(
    _ scope: SearchScope, of connector: String, _ tx: StoreTransaction
  ) throws -> Bool {
    guard [.heldDeletes, .notShown].contains(scope) else { return true }
    guard let id = try tx.connectorID(connector) else { return false }
    guard scope == .heldDeletes else { return try tx.isHeldForLack(connector: id) }
    return try heldDeletes(tx)[id] != nil
  }

  /// The connector of an object `o`, by which objects of a scope are looked for unless they are few and
  /// have indexes of their own.
  static func connectorID(_ scope: SearchScope) -> String {
    switch scope {
    case .pendingExport, .errors, .importErrors, .exportErrors, .notShown: "+o.connector_id"
    default: "o.connector_id"
    }
  }

  /// What is true of the objects of a scope.
  static func condition(_ scope: SearchScope) -> String {
    switch scope {
    case .all: "1"
    case .connectors: "o.mv_id IS NOT NULL"
    case .disconnectors: "o.mv_id IS NULL"
    case .filtered: "o.mv_id IS NULL AND o.connector_state = 2"
    case .pendingImport: "o.pending_import <> 0"
    case .pendingExport: either("pending_export IN (1, 2)", "pending_export = 4")
    case .errors: either("sync_error_id IS NOT NULL", "export_error_id IS NOT NULL")
    case .importErrors: either("sync_error_id IS NOT NULL")
    case .exportErrors: either("export_error_id IS NOT NULL")
    case .heldDeletes: "o.pending_export = 4 AND o.is_released = 0"
    case .notShown:
      """
      o.id IN (SELECT j.value FROM connector h CROSS JOIN setting l
        CROSS JOIN json_each('[' || replace(l.value, ' ', ',') || ']') j
        WHERE l.key = \(StoreTransaction.lackKey("h.id")))
      """
    }
  }

  /// That an object `o` is one for which one of these holds, each of which has an index of its own.
  private static func either(_ conditions: String...) -> String {
    let parts = conditions.map { "SELECT id FROM cs_object WHERE " + $0 }
    return "o.id IN (" + parts.joined(separator: " UNION ALL ") + ")"
  }

  static func objects(_ ids: [Int64], _ tx: StoreTransaction) throws -> [ObjectRow] {
    try tx.rows(
      """
      SELECT \(columns) FROM cs_object o JOIN connector c ON c.id = o.connector_id
      WHERE o.id IN (SELECT value FROM json_each(?))
      """, [list(ids)]
    ).map(row)
  }

  static func object(_ id: Int64, _ tx: StoreTransaction) throws -> ObjectRow? {
    try tx.row(
      """
      SELECT \(columns) FROM cs_object o JOIN connector c ON c.id = o.connector_id
      WHERE o.id = ?
      """, [id]
    ).map(row)
  }

  static func counterparts(
    of metaverse: Int64, but id: Int64, _ tx: StoreTransaction
  ) throws -> [ObjectRow] {
    try tx.rows(
      """
      SELECT \(columns) FROM cs_object o JOIN connector c ON c.id = o.connector_id
      WHERE o.mv_id = ? AND o.id <> ? ORDER BY c.is_source DESC, o.id
      """, [metaverse, id]
    ).map(row)
  }

  /// The objects whose DN, anchor, user principal name or display name is `text`, and those that are
  /// linked to the metaverse object that it names; if there is none, those whose account name or mail
  /// address it is, or who are called so in other cases of letters than English ones, for which all
  /// objects are looked through.
  public func find(_ text: String) throws -> [ObjectRow] {
    try read { tx in
      let found = try Self.findIndexed(text, tx)
      return found.isEmpty ? try Self.findAccount(text, tx) : found
    }
  }

  private static func findIndexed(
    _ text: String, _ tx: StoreTransaction
  ) throws -> [ObjectRow] {
    let key = (try? DistinguishedName(text))?.path ?? text.lowercased()
    let upn = try tx.dictionaries.existingID("userPrincipalName", tx.db)
    return try tx.rows(
      """
      SELECT \(columns) FROM cs_object o JOIN connector c ON c.id = o.connector_id
      WHERE c.is_active = 1 AND o.id IN (
        SELECT id FROM cs_object WHERE connector_id IN (SELECT id FROM connector)
          AND dn_path = ?1
        UNION SELECT id FROM cs_object WHERE connector_id IN (SELECT id FROM connector)
          AND anchor = ?2
        UNION SELECT o.id FROM mv_value v JOIN cs_object o ON o.mv_id = v.mv_id
          WHERE v.attribute_id = ?3 AND v.value = ?4
        UNION SELECT o.id FROM mv_object m CROSS JOIN cs_object o ON o.mv_id = m.id
          WHERE m.display = ?2 COLLATE NOCASE
            AND \(ListFunctions.passes("m.display", .equals, "?4"))
        UNION SELECT id FROM cs_object INDEXED BY cs_disconnector
          WHERE connector_id IN (SELECT id FROM connector) AND mv_id IS NULL
            AND display = ?2 COLLATE NOCASE
            AND \(ListFunctions.passes("display", .equals, "?4"))
        UNION SELECT id FROM cs_object WHERE mv_id = ?5)
      ORDER BY c.is_source DESC, o.id LIMIT 50
      """, [key, text, upn, text.lowercased(), MetaverseAddress(text)?.number]
    ).map(row)
  }

  /// By which of its attributes people call an object besides those that are indexed.
  private static let accountNames: [AttributeName] = [
    "sAMAccountName", "uid", "mail", "userPrincipalName", "userName",
  ]

  /// The object with what tells it from its namesakes.
  static func named(_ row: ObjectRow, _ tx: StoreTransaction) throws -> ObjectRow {
    var row = row
    row.account = try account(of: row.id, tx)
    return row
  }

  /// By what else than its name an object is known; empty if there is nothing.
  static func account(of id: Int64, _ tx: StoreTransaction) throws -> String {
    let found = try tx.row("SELECT image, desired FROM cs_object WHERE id = ?", [id])
    let image = try found?.bytes(0).map { try tx.coding.decode($0) }
    let desired = try found?.bytes(1).map {
      AttributeSet(try tx.coding.decodeDesired($0).attributes)
    }
    let shown = image ?? desired ?? AttributeSet()
    return accountNames.reversed().lazy.compactMap { shown[$0].first?.text }
      .first { !$0.isEmpty } ?? ""
  }

  /// The objects that show `text`, or what stands in it behind a domain and a backslash, as an account
  /// name or a mail address, and those that are called so.
  private static func findAccount(_ text: String, _ tx: StoreTransaction) throws -> [ObjectRow] {
    let typed = text.split(separator: "\\", maxSplits: 1).last.map(String.init) ?? ""
    let name = typed.lowercased()
    guard !name.isEmpty, MetaverseAddress(text) == nil else { return [] }
    var found: [Int64] = []
    let isPlain = ListFunctions.isPlain(name)
    let shows = ListFunctions.shows("o.image", name, folded: "?1", typed: "?2")
    // The index of what people call objects knows only those of the metaverse, and the cases of
    // English letters; who is linked may be called otherwise.
    let isCalled =
      isPlain
      ? "o.display = ?2 COLLATE NOCASE" : ListFunctions.passes("o.display", .equals, "?1")
    try tx.each(
      """
      SELECT o.id, o.image, o.display FROM cs_object o JOIN connector c ON c.id = o.connector_id
      WHERE c.is_active = 1 AND (o.image IS NOT NULL AND \(shows) OR \(isCalled))
      """, isPlain ? [name, text] : [name, typed]
    ) { row in
      guard found.count < 50 else { return }
      let image = row.bytes(1).flatMap { try? tx.coding.decode($0) } ?? AttributeSet()
      let bearsName = accountNames.contains { attribute in
        image[attribute].contains { $0.text.lowercased() == name }
      }
      if bearsName || [name, text.lowercased()].contains(row.text(2).lowercased()) {
        found.append(row.int64(0))
      }
    }
    return try tx.rows(
      """
      SELECT \(columns) FROM cs_object o JOIN connector c ON c.id = o.connector_id
      WHERE o.id IN (SELECT value FROM json_each(?)) ORDER BY c.is_source DESC, o.id
      """, [list(found)]
    ).map(row)
  }
}
