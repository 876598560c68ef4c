import Directory
import GRDB

/// What happened to objects, across runs, also to those that are gone.
extension StoreReader {
  /// Objects that are gone, or bore the name before: by DN, anchor, user principal name or display
  /// name; those of the metaverse also by account name, which may stand behind a domain and a
  /// backslash, and mail address.
  public func findPast(_ text: String) throws -> [ObjectRow] {
    try read { tx in
      let key = (try? DistinguishedName(text))?.path ?? text.lowercased()
      let account = text.split(separator: "\\", maxSplits: 1).last.map { $0.lowercased() }
      let ids = try tx.rows(
        """
        SELECT id FROM past_object WHERE dn_path = ?1
        UNION SELECT id FROM past_object WHERE anchor = ?2
        UNION SELECT id FROM past_object WHERE display = ?2 COLLATE NOCASE
          AND \(ListFunctions.passes("display", .equals, "?3"))
        UNION SELECT object_id FROM past_name WHERE name = ?1 AND object_id <> 0
        UNION SELECT o.id FROM past_name n JOIN cs_object o ON o.mv_id = n.mv_id
          WHERE n.name IN (?3, ?4) AND n.mv_id <> 0
        UNION SELECT p.id FROM past_name n JOIN past_object p ON p.mv_id = n.mv_id
          WHERE n.name IN (?3, ?4) AND n.mv_id <> 0
        UNION SELECT id FROM cs_object WHERE connector_id IN (\(Self.retired)) AND dn_path = ?1
        UNION SELECT id FROM cs_object WHERE connector_id IN (\(Self.retired)) AND anchor = ?2
        UNION SELECT id FROM cs_object INDEXED BY cs_disconnector
          WHERE connector_id IN (\(Self.retired)) AND mv_id IS NULL
            AND display = ?2 COLLATE NOCASE
        LIMIT 50
        """, [key, text, text.lowercased(), account])
      return try ids.compactMap { try Self.object($0[0], tx) ?? Self.gone($0[0], tx) }
    }
  }

  /// Connectors that are not configured any more: what they showed is of the past.
  private static let retired = "SELECT id FROM connector WHERE is_active = 0"

  /// The objects that are, or were last, linked to a metaverse object: a person's counterparts in
  /// all directories, also those that are gone.
  public func linkedEver(to metaverse: Int64) throws -> [ObjectRow] {
    try read { tx in
      let ids = try tx.rows(
        """
        SELECT id FROM cs_object WHERE mv_id = ?1
        UNION SELECT object_id FROM past_link WHERE mv_id = ?1
        UNION SELECT id FROM past_object WHERE mv_id = ?1
        """, [metaverse])
      return try ids.compactMap { try Self.object($0[0], tx) ?? Self.gone($0[0], tx) }
    }
  }

  /// What steps did to these objects and what went wrong with them, newest first.
  public func history(of objects: [Int64], limit: Int) throws -> [ObjectHistoryRow] {
    try read { try Self.history(of: objects, limit: limit, $0) }
  }

  static func history(
    of objects: [Int64], limit: Int, _ tx: StoreTransaction
  ) throws -> [ObjectHistoryRow] {
    var rows: [(rank: (Int64, Int, Int64), row: ObjectHistoryRow)] = []
    for id in objects {
      rows += try changes(of: id, limit: limit, tx)
      for error in try pastErrors(of: id, limit: limit, tx) {
        // An error ends what its step did to the object, so it is the newer of the two.
        if let row = try historyRow(error, tx) { rows.append(((row.stepID, 1, error.id), row)) }
      }
    }
    return rows.sorted { $0.rank > $1.rank }.prefix(limit).map(\.row)
  }

  private static func changes(
    of id: Int64, limit: Int, _ tx: StoreTransaction
  ) throws -> [(rank: (Int64, Int, Int64), row: ObjectHistoryRow)] {
    try tx.rows(
      """
      SELECT h.id, h.step_id, s.started, c.name, s.type, h.counter, h.deltas, s.run_id, r.cycle_id,
        COALESCE(t.name, c.name), h.dn, h.link_rule, h.reason, h.mv_id
      FROM step_change h JOIN step s ON s.id = h.step_id JOIN run r ON r.id = s.run_id
      JOIN connector c ON c.id = s.connector_id LEFT JOIN connector t ON t.id = h.target_id
      WHERE h.object_id = ? AND s.is_rehearsal = 0 ORDER BY h.id DESC LIMIT ?
      """, [id, limit]
    ).map { row in
      let counter = Counter(rawValue: row[5])
      let type = StepType(rawValue: row[4]) ?? .fullImport
      let history = ObjectHistoryRow(
        stepID: row[1], time: Timestamp(milliseconds: row[2]), connector: row[3], type: type,
        counter: counter?.name ?? "", changes: try tx.deltas(of: row[0], row.bytes(6)),
        runID: row[7], cycleID: row[8], objectID: id, space: row[9], dn: row[10],
        summary: counter?.summary ?? "",
        rule: try tx.dictionaries.ruleName(row[11] ?? 0, tx.db), reason: row[12] ?? "",
        metaverseID: row[13])
      return ((row[1], 0, row[0]), history)
    }
  }

  private static func historyRow(
    _ error: ErrorRow, _ tx: StoreTransaction
  ) throws -> ObjectHistoryRow? {
    guard let step = try operation(error.stepID, tx) else { return nil }
    return ObjectHistoryRow(
      stepID: step.id, time: error.occurred, connector: step.connector, type: step.type,
      counter: "", changes: [], runID: step.runID, cycleID: step.cycleID,
      objectID: error.objectID ?? 0, space: error.connector, dn: error.dn, summary: error.type,
      rule: error.rule, reason: error.message, error: error)
  }

  // MARK: Objects that are gone

  static func gone(_ id: Int64, _ tx: StoreTransaction) throws -> ObjectRow? {
    try tx.row(
      """
      SELECT p.id, c.name, p.dn, p.display, p.object_type, p.mv_id FROM past_object p
      JOIN connector c ON c.id = p.connector_id WHERE p.id = ?
      """, [id]
    ).map { row in
      ObjectRow(
        id: row[0], connector: row[1], dn: row[2], display: row[3], objectType: row[4],
        isConnector: false, pendingImport: "none", pendingExport: "none", error: "",
        metaverseID: row[5], isGone: true)
    }
  }

  /// What is still known of an object that is gone: its names, and its history.
  static func goneObject(_ id: Int64, _ tx: StoreTransaction) throws -> ObjectDetail? {
    let past = try history(of: [id], limit: historyLimit + 1, tx)
    guard let row = try gone(id, tx) else { return nil }
    let anchor: String? = try tx.row("SELECT anchor FROM past_object WHERE id = ?", [id])?[0]
    return ObjectDetail(
      row: row, anchor: anchor ?? "", link: "Gone from its connector space",
      metaverseID: nil, attributes: [], errors: [], metaverse: [], counterparts: [],
      history: Array(past.prefix(historyLimit)), hasMoreHistory: past.count > historyLimit)
  }
}

extension StoreTransaction {
  /// What a recorded change did to the attributes, from the bytes that it was stored as.
  func deltas(of change: Int64, _ bytes: [UInt8]?) throws -> [AttributeDelta] {
    try bytes.map { try coding.decodeDeltas($0) } ?? []
  }
}
