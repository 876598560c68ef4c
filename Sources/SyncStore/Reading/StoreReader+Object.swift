import Directory
import GRDB

/// One object with everything about it.
extension StoreReader {
  /// Steps of an object's history that are listed with it; `history(of:limit:)` has all.
  static let historyLimit = 100

  /// One object, multi-valued attributes cut after `valueLimit` values.
  public func object(id: Int64, valueLimit: Int) throws -> ObjectDetail? {
    try read { tx in
      guard let row = try Self.object(id, tx), let object = try tx.object(id) else {
        return try Self.goneObject(id, tx)
      }
      var attributes = try Self.attributes(of: object, tx)
      attributes += try Self.references(of: object, limit: valueLimit, tx)
      for index in attributes.indices { attributes[index].cut(to: valueLimit) }
      let metaverse = try object.metaverse.map {
        try Self.lineage(of: $0, limit: valueLimit, tx)
      }
      let past = try Self.history(of: [id], limit: Self.historyLimit + 1, tx)
      var detail = ObjectDetail(
        row: row, anchor: object.anchor?.text ?? "", link: Self.link(of: object),
        metaverseID: object.metaverse,
        attributes: attributes.sorted { $0.name.lowercased() < $1.name.lowercased() },
        errors: try Self.errors(of: id, tx), metaverse: metaverse ?? [],
        counterparts: try object.metaverse.map { try Self.counterparts(of: $0, but: id, tx) }
          ?? [], history: Array(past.prefix(Self.historyLimit)),
        exportState: object.exportState, exportedAt: try Self.exportedAt(id, tx),
        held: try Self.held(object, tx),
        metaverseType: try object.metaverse.flatMap { try tx.metaverse($0)?.objectType } ?? "",
        hasMoreHistory: past.count > Self.historyLimit,
        waitsFor: row.pendingExport == "update" ? try Self.missing(to: id, tx) : [],
        groups: try tx.groups(of: id, limit: valueLimit))
      detail.isOnlyLookedAtAgain = try Self.isOnlyLookedAtAgain(id, tx)
      return detail
    }
  }

  private static func isOnlyLookedAtAgain(_ id: Int64, _ tx: StoreTransaction) throws -> Bool {
    try tx.row(
      """
      SELECT 1 FROM cs_object o JOIN cs_before b ON b.object_id = o.id
      WHERE o.id = ? AND o.pending_import = ? AND b.image IS o.image AND b.dn = o.dn
        AND NOT EXISTS (SELECT 1 FROM cs_reference r WHERE r.source_id = o.id AND r.state <> 0)
      """, [id, Pending.update.rawValue]) != nil
  }

  /// What an object is to refer to and is not there yet.
  private static func missing(
    to object: Int64, _ tx: StoreTransaction
  ) throws -> [ObjectRow] {
    func ids(_ error: String, limit: Int) throws -> [Int64] {
      try tx.rows(
        """
        SELECT DISTINCT t.id FROM export_reference r INDEXED BY export_reference_new
        JOIN cs_object t ON t.id = r.target_id
        WHERE r.source_id = ? AND r.state = 1 AND t.anchor IS NULL
          AND t.export_error_id IS \(error) LIMIT ?
        """, [object, limit]
      ).map { $0[0] }
    }
    var found = try ids("NOT NULL", limit: 5)
    found += try ids("NULL", limit: 5 - found.count)
    return try found.compactMap { try Self.object($0, tx) }
  }

  private static func exportedAt(_ id: Int64, _ tx: StoreTransaction) throws -> Timestamp? {
    try tx.integer("SELECT exported_at FROM cs_object WHERE id = ?", [id]).map {
      Timestamp(milliseconds: $0)
    }
  }

  private static func held(
    _ object: ConnectorSpaceObject, _ tx: StoreTransaction
  ) throws -> HeldCause? {
    let row = try tx.row(
      """
      SELECT c.id, c.kind, c.text FROM cs_object o
      LEFT JOIN export_cause e ON e.object_id = o.id LEFT JOIN cause c ON c.id = e.cause_id
        AND o.pending_export = CASE c.kind WHEN 'adds' THEN 1 WHEN 'deletes' THEN 4 ELSE 2 END
      WHERE o.id = ? AND o.pending_export <> 0 AND o.is_released = 0
      """, [object.id])
    guard let row else { return nil }
    // Whether deletes are held is known before an export has weighed them.
    if object.awaitsDelete, try heldDeletes(tx)[object.connector] == nil { return nil }
    let kind = (row[1] as String?).flatMap(GuardedKind.init)
    guard kind != nil || object.awaitsDelete else { return nil }
    return HeldCause(group: row[0], kind: kind ?? .deletes, cause: row[2] ?? "")
  }

  private static func link(of object: ConnectorSpaceObject) -> String {
    if object.awaitsDelete { return "To be deleted" }
    if object.metaverse != nil { return object.linkKind.word }
    if object.hasSyncError { return "Disconnector: its synchronization failed" }
    if object.hasPendingImport { return "Disconnector: it waits for its synchronization" }
    return object.isFiltered
      ? "Filtered disconnector: no rule has it in scope"
      : "Disconnector: no rule joins or projects it"
  }

  private static func attributes(
    of object: ConnectorSpaceObject, _ tx: StoreTransaction
  ) throws -> [AttributeRow] {
    let image = object.image ?? AttributeSet()
    let pending = try tx.row(
      """
      SELECT b.image, o.pending_import FROM cs_object o
      LEFT JOIN cs_before b ON b.object_id = o.id WHERE o.id = ?
      """, [object.id])
    let synced: AttributeSet? =
      pending.map { $0[1] as Int } == 0
      ? nil : try pending?.bytes(0).map { try tx.coding.decode($0) } ?? AttributeSet()
    var rows = image.attributes.map { attribute in
      let before = synced?[attribute.name]
      return AttributeRow(
        name: attribute.name.text, values: attribute.values,
        before: before == attribute.values ? nil : before, pendingExport: nil, origin: "",
        targetNames: [], valueCount: attribute.values.count)
    }
    for attribute in synced?.attributes ?? [] where !image.contains(attribute.name) {
      rows.append(
        AttributeRow(
          name: attribute.name.text, values: [], before: attribute.values, pendingExport: nil,
          origin: "", targetNames: [], valueCount: 0))
    }
    for change in try tx.differences(of: object) {
      if let index = rows.firstIndex(where: { $0.name == change.name.text }) {
        rows[index].pendingExport = change.after
      } else {
        rows.append(
          AttributeRow(
            name: change.name.text, values: [], before: nil, pendingExport: change.after,
            origin: "", targetNames: [], valueCount: 0))
      }
    }
    return rows
  }

  private static func references(
    of object: ConnectorSpaceObject, limit: Int, _ tx: StoreTransaction
  ) throws -> [AttributeRow] {
    let attributes = try tx.rows(
      """
      SELECT attribute_id FROM cs_reference WHERE source_id = ?1
      UNION SELECT attribute_id FROM export_reference WHERE source_id = ?1 AND state <> 0
      """, [object.id])
    // What rules made of text is shown where it flows to.
    let made = try tx.madeAttributes()
    return try attributes.filter { !made.contains($0[0]) }.map {
      try reference($0[0], of: object.id, limit: limit, tx)
    }
  }

  /// The values of an attribute of references, those first that are to go: of a long list a part is
  /// shown, and what changes must be in it.
  private static func reference(
    _ attribute: Int64, of object: Int64, limit: Int, _ tx: StoreTransaction
  ) throws -> AttributeRow {
    let shown = try tx.rows(
      """
      SELECT COALESCE(t.dn, LTRIM(r.value, '=@')), COALESCE(t.display, '') FROM cs_reference r
      LEFT JOIN cs_object t ON t.id = r.target_id
      WHERE r.source_id = ? AND r.attribute_id = ? AND r.state <> 2 LIMIT ?
      """, [object, attribute, limit + 1])
    let count = try tx.integer(
      "SELECT COUNT(*) FROM cs_reference WHERE source_id = ? AND attribute_id = ? AND state <> 2",
      [object, attribute])
    var row = AttributeRow(
      name: try tx.dictionaries.name(attribute, tx.db).text, values: [], before: nil,
      pendingExport: nil, origin: "", targetNames: [], valueCount: Int(count ?? 0))
    let pending = try tx.row(
      """
      SELECT COUNT(*), SUM(state IN (1, 3)), SUM(state IN (2, 4)) FROM export_reference
      WHERE source_id = ? AND attribute_id = ? AND state <> 0
      """, [object, attribute])
    guard let pending, pending[0] as Int > 0 else {
      row.values = shown.map { .reference($0[0]) }
      row.targetNames = shown.map { $0[1] }
      return row
    }
    row.pendingCounts = PendingCounts(added: pending[1], removed: pending[2])
    let added = try changing("1, 3", attribute, of: object, limit: limit, tx)
    let leaving = try changing("2, 4", attribute, of: object, limit: limit, tx)
    let names = Set(leaving.map(\.dn))
    let staying = shown.map { Changing(dn: $0[0], display: $0[1], isThere: true) }
      .filter { !names.contains($0.dn) }
    let values = (leaving.filter(\.isThere) + staying).prefix(limit)
    row.values = values.map { .reference($0.dn) }
    row.targetNames = values.map(\.display)
    row.pendingExport =
      (values.filter { !names.contains($0.dn) } + added).map { .reference($0.dn) }
    row.pendingNames = Dictionary(
      (leaving + added).map { ($0.dn, $0.display) }, uniquingKeysWith: { first, _ in first })
    return row
  }

  /// What a reference refers to, and whether the directory is known to have it.
  private struct Changing {
    var dn: String
    var display: String
    var isThere: Bool
  }

  /// References whose export is in one of these states.
  private static func changing(
    _ states: String, _ attribute: Int64, of object: Int64, limit: Int, _ tx: StoreTransaction
  ) throws -> [Changing] {
    try tx.rows(
      """
      SELECT t.dn, t.display, EXISTS (
        SELECT 1 FROM cs_reference c WHERE c.target_id = t.id AND c.source_id = r.source_id
          AND c.attribute_id = r.attribute_id AND c.state <> 2)
      FROM export_reference r JOIN cs_object t ON t.id = r.target_id
      WHERE r.source_id = ? AND r.attribute_id = ? AND r.state <> 0 AND r.state IN (\(states))
      LIMIT ?
      """, [object, attribute, limit]
    ).map { Changing(dn: $0[0], display: $0[1], isThere: $0[2]) }
  }
}

extension AttributeRow {
  /// Keeps at most `limit` values, those first that a pending change brings or takes; how many there
  /// are stays known.
  mutating func cut(to limit: Int) {
    guard values.count > limit else { return }
    let others = [pendingExport, before].compactMap { $0.map { Set($0) } }
    let isChanging = values.map { value in others.contains { !$0.contains(value) } }
    let places =
      values.indices.filter { isChanging[$0] } + values.indices.filter { !isChanging[$0] }
    let hidden = Set(places.dropFirst(limit).map { values[$0] })
    let kept = places.prefix(limit)
    if targetNames.count == values.count { targetNames = kept.map { targetNames[$0] } }
    values = kept.map { values[$0] }
    targetNames = Array(targetNames.prefix(limit))
    // What is not shown now is not shown as new either.
    pendingExport?.removeAll { hidden.contains($0) }
    before?.removeAll { hidden.contains($0) }
  }
}
