public import Directory
import GRDB

/// One object that is to be exported.
public struct PendingExport: Sendable {
  /// The object.
  public var object: ConnectorSpaceObject
  /// A reference that is to be sent: its attribute, and the object that is meant.
  public struct Reference: Sendable {
    /// The attribute.
    public var attribute: AttributeName
    /// The object that is meant, by its number.
    public var target: Int64
    /// The object that is meant, by its anchor in the target.
    public var anchor: Anchor
  }
  /// References to be added.
  public var addedReferences: [Reference]
  /// References to be removed.
  public var removedReferences: [Reference]
  /// Whether it is to refer to what the target does not hold yet.
  public var awaitsReferred = false
  /// Whether it is an open error that the target took it before and does not show it.
  public var wasNotShown = false
  /// When the target last took it, of an object that it has named and never shown and whose last
  /// attempt is in doubt; nil for all others, and where a clock that was ahead noted it.
  public var takenUnshown: Timestamp?
}

/// What waits to be sent, and what became of it.
extension StoreTransaction {
  /// The types of objects with a pending add or update in a connector space.
  public func typesToExport(connector: Int64) throws -> [String] {
    try rows(
      """
      SELECT DISTINCT object_type FROM cs_object
      WHERE connector_id = ? AND pending_export IN (1, 2) ORDER BY object_type
      """, [connector]
    ).map { $0[0] }
  }

  /// Whether no guard holds an object: it was released, was sent before, or is not held at all.
  static func passes(_ table: String) -> String {
    """
    (\(table).is_released <> 0 OR \(table).export_state <> 0
      OR NOT EXISTS (SELECT 1 FROM export_cause e WHERE e.object_id = \(table).id))
    """
  }

  /// Whether an object is to be made under the name of one that is yet to be deleted.
  static func awaitsPlace(_ table: String) -> String {
    """
    (\(table).pending_export = 1 AND EXISTS (SELECT 1 FROM cs_object d INDEXED BY cs_dn
      WHERE d.connector_id = \(table).connector_id AND d.dn_path = \(table).dn_path
      AND d.pending_export = 4))
    """
  }

  /// When an object was taken that waits for the target to show it, as what ``fresh(since:)`` gives.
  ///
  /// What a clock noted that was ahead may be older.
  private static func isFresh(_ table: String) -> String {
    "(COALESCE(\(table).exported_at, 0) BETWEEN ? AND ?)"
  }

  static func fresh(since moment: Timestamp?) -> [(any SQLBindable)?] {
    [moment?.milliseconds ?? Int64.max, future.milliseconds]
  }

  /// Objects that have been exported in this run and have references left that can be sent now.
  ///
  /// One that is to end waits, too, where the target has refused what was sent with it.
  public func pendingReferenceExports(
    connector: Int64, after: Int64, limit: Int
  ) throws -> [PendingExport] {
    // Each state has an index of its own; by themselves SQLite would look through all references.
    func sources(_ state: Int, _ index: String) -> String {
      """
      SELECT r.source_id FROM export_reference r INDEXED BY \(index)
      WHERE r.state = \(state) AND r.source_id > ?1
      AND EXISTS (SELECT 1 FROM cs_object s WHERE s.id = r.source_id AND s.connector_id = ?2
        AND s.anchor IS NOT NULL AND s.pending_export IN (1, 2) AND s.export_state <> 3
        AND \(Self.passes("s")))
      AND EXISTS (SELECT 1 FROM cs_object t WHERE t.id = r.target_id AND t.anchor IS NOT NULL)
      """
    }
    return try rows(
      """
      \(sources(1, "export_reference_new")) UNION \(sources(2, "export_reference_unwanted"))
      ORDER BY source_id LIMIT ?3
      """, [after, connector, limit]
    ).compactMap { try pendingExport($0[0]) }
  }

  /// Objects whose pending update takes access away, by number.
  ///
  /// It shuts an account, or ends a reference such as a membership. What a guard holds is not among
  /// them.
  public func urgentExports(
    connector: Int64, takenBefore moment: Timestamp? = nil
  ) throws -> [Int64] {
    var urgent: Set<Int64> = []
    try each(
      """
      SELECT id, desired FROM cs_object WHERE connector_id = ? AND pending_export IN (1, 2)
      AND pending_export = 2 AND export_state <> 3 AND \(Self.passes("cs_object"))
      AND NOT (export_state = 1 AND \(Self.isFresh("cs_object")))
      """, [connector] + Self.fresh(since: moment)
    ) { row in
      guard let bytes = row.bytes(1) else { return }
      if try coding.decodeDesired(bytes).attributes.contains(where: Self.shuts) {
        urgent.insert(row.int64(0))
      }
    }
    urgent = try urgent.filter { id in
      try object(id).map { object in
        Self.differences(object.desired ?? DesiredImage(), object.image ?? AttributeSet())
          .contains { Self.shuts(Attribute($0.name, $0.after)) }
      } ?? false
    }
    try each(
      """
      SELECT DISTINCT r.source_id FROM export_reference r INDEXED BY export_reference_unwanted
      CROSS JOIN cs_object o ON o.id = r.source_id
      WHERE r.state = 2 AND o.connector_id = ? AND o.pending_export = 2 AND o.export_state <> 3
        AND \(Self.passes("o"))
      """, [connector]
    ) { urgent.insert($0.int64(0)) }
    return urgent.sorted()
  }

  private static func shuts(_ attribute: Attribute) -> Bool {
    AttributeChange(attribute.name, .replace(attribute.values)).disables
  }

  /// The pending exports of these objects.
  public func pendingExports(_ ids: some Sequence<Int64>) throws -> [PendingExport] {
    try ids.compactMap { try pendingExport($0) }
  }

  /// How many adds and updates an export sends, once the deletes that no guard holds are done.
  public func pendingExportCount(
    connector: Int64, takenBefore moment: Timestamp? = nil
  ) throws -> Int {
    Int(
      try integer(
        """
        SELECT COUNT(*) FROM cs_object WHERE connector_id = ? AND pending_export IN (1, 2)
        AND export_state <> 3 AND \(Self.passes("cs_object"))
        AND NOT (export_state = 1 AND \(Self.isFresh("cs_object")))
        """, [connector] + Self.fresh(since: moment)) ?? 0)
  }

  private func pendingExport(_ id: Int64) throws -> PendingExport? {
    guard let object = try object(id) else { return nil }
    var pending = PendingExport(
      object: object, addedReferences: [], removedReferences: [])
    if object.hasSyncError {
      pending.wasNotShown =
        try integer("SELECT 1 FROM cs_object o WHERE o.id = ? AND \(Self.isTold("o"))", [id]) != nil
    }
    if object.isNamedUnshown {
      pending.takenUnshown = try integer(
        "SELECT exported_at FROM cs_object WHERE id = ? AND exported_at <= ?",
        [id, Self.future.milliseconds]
      ).map { Timestamp(milliseconds: $0) }
    }
    let references = try rows(
      """
      SELECT r.attribute_id, r.state, t.anchor, t.id
      FROM export_reference r INDEXED BY export_reference_pending
      CROSS JOIN cs_object t ON t.id = r.target_id
      WHERE r.source_id = ? AND r.state <> 0 AND r.state IN (1, 2)
      """, [id])
    for row in references {
      let attribute = try dictionaries.name(row[0], db)
      // An object that the target does not hold yet has none.
      guard let text: String = row[2] else {
        pending.awaitsReferred = true
        continue
      }
      let reference = PendingExport.Reference(
        attribute: attribute, target: row[3], anchor: Anchor(text))
      if row[1] as Int == 1 {
        pending.addedReferences.append(reference)
      } else {
        pending.removedReferences.append(reference)
      }
    }
    return pending
  }

  /// Notes before they are sent that these objects are under way, so that a crash leaves word
  /// that they may have arrived.
  public func markSending(_ ids: [Int64]) throws {
    for id in ids { try execute("UPDATE cs_object SET export_state = 2 WHERE id = ?", [id]) }
  }

  /// The name of the object that has an anchor which the target gave to another one, `id`, if it belongs
  /// to somebody else, or is of another type: some targets have an id once for each.
  public func rival(of id: Int64, anchor: Anchor) throws -> String? {
    try row(
      """
      SELECT iif(o.object_type = n.object_type COLLATE NOCASE, '', 'the ' || o.object_type || ' ')
        || iif(o.display <> '', o.display, o.dn)
      FROM cs_object n JOIN cs_object o
        ON o.connector_id = n.connector_id AND o.anchor = ?2 AND o.id <> n.id
      WHERE n.id = ?1 AND (
        o.mv_id IS NOT NULL AND o.mv_id IS NOT n.mv_id AND o.pending_export <> 4
        OR o.image IS NOT NULL AND o.object_type <> n.object_type COLLATE NOCASE)
      """, [id, anchor.text]
    ).map { $0[0] }
  }

  /// Notes that the target took an add or an update.
  public func exportTaken(_ id: Int64, anchor: Anchor?) throws {
    if let anchor,
      let other = try integer(
        """
        SELECT o.id FROM cs_object o JOIN cs_object n ON n.connector_id = o.connector_id
        WHERE n.id = ? AND o.anchor = ? AND o.id <> n.id
        """, [id, anchor.text])
    {
      // The target knew the object before: what was imported of it belongs to this object.
      try adopt(other, as: id)
    }
    // What was deleted is there again, restored under the id that it had.
    try execute(
      """
      DELETE FROM sent_delete WHERE anchor = ? AND connector_id =
        (SELECT connector_id FROM cs_object WHERE id = ?)
      """, [anchor?.text, id])
    try execute(
      """
      UPDATE cs_object SET anchor = COALESCE(?, anchor), export_state = 1, exported_at = ?,
        export_error_id = \(Self.keptError), is_released = 0 WHERE id = ?
      """, [anchor?.text, Timestamp.now.milliseconds, id])
    if try hasOutboundReferences() { try bindMadeReferences(to: id) }
    try resolveWaiting(for: id)
  }

  /// Notes that references of an object were answered for and its other changes stay what they were:
  /// refused, or sent without an answer.
  public func exportLeft(_ id: Int64, as state: ExportState) throws {
    try execute("UPDATE cs_object SET export_state = ? WHERE id = ?", [state.rawValue, id])
  }

  /// Notes that the target has an object and lacks a part of what it was sent: the rest is still to be
  /// sent.
  public func exportTaken(inPart id: Int64, anchor: Anchor) throws {
    let isReleased = try integer("SELECT is_released FROM cs_object WHERE id = ?", [id]) ?? 0
    // It is taken in part in each cycle, perhaps: what the target has lost of it is not to wait anew
    // each time, and its error is the one that it had.
    let exported = try integer(
      "SELECT exported_at FROM cs_object WHERE id = ? AND anchor IS NOT NULL", [id])
    let error = try integer("SELECT export_error_id FROM cs_object WHERE id = ?", [id])
    try exportTaken(id, anchor: anchor)
    try execute(
      """
      UPDATE cs_object SET export_state = 0, is_released = ?,
        exported_at = COALESCE(?, exported_at), export_error_id = ?
      WHERE id = ?
      """, [isReleased, exported, error, id])
  }

  private func adopt(_ other: Int64, as id: Int64) throws {
    try execute(
      "UPDATE cs_object SET image = (SELECT image FROM cs_object WHERE id = ?) WHERE id = ?",
      [other, id])
    // Inbound rules have not seen it as this object, nor what it refers to and is referred to by.
    try keepPending(id)
    for column in ["source_id", "target_id"] {
      try execute(
        """
        UPDATE OR REPLACE cs_reference SET \(column) = ?,
          state = CASE state WHEN 2 THEN 2 ELSE 1 END WHERE \(column) = ?
        """, [id, other])
    }
    try execute("UPDATE OR REPLACE cs_value SET object_id = ? WHERE object_id = ?", [id, other])
    try remove(other)
    try compareReferences(ofAdopted: id)
  }

  /// Compares what is wanted of references from and to an object with what is known since it adopted
  /// another one: no import tells of that again.
  private func compareReferences(ofAdopted id: Int64) throws {
    if let desired = try object(id)?.desired { try takeOverReferences(of: id, desired) }
    let sources = try rows(
      """
      SELECT source_id FROM export_reference WHERE target_id = ?1 AND state IN (1, 3)
      UNION SELECT source_id FROM export_reference WHERE source_id = ?1 AND state <> 0
      """, [id])
    for column in ["source_id", "target_id"] {
      try execute(
        """
        UPDATE export_reference SET state = 0 WHERE \(column) = ? AND state IN (1, 3) AND EXISTS
          (SELECT 1 FROM cs_reference c WHERE c.source_id = export_reference.source_id
            AND c.attribute_id = export_reference.attribute_id
            AND c.target_id = export_reference.target_id AND c.state <> 2)
        """, [id])
    }
    for row in sources where row[0] != id { try settleExport(of: row[0]) }
  }

  /// Has the references mean an object that the target showed before the object itself, and compares
  /// them with what is wanted: no import tells of them again.
  private func resolveWaiting(for id: Int64) throws {
    let ofIt = """
      target_id IS NULL
      AND connector_id = (SELECT connector_id FROM cs_object WHERE id = ?1)
      AND value = (SELECT anchor FROM cs_object WHERE id = ?1)
      """
    let waiting = try rows(
      "SELECT source_id, attribute_id FROM cs_reference WHERE state <> 2 AND \(ofIt)", [id]
    ).map { (source: $0[0] as Int64, attribute: $0[1] as Int64) }
    try execute(
      """
      UPDATE cs_reference SET target_id = ?1, state = CASE state WHEN 2 THEN 2 ELSE 1 END
      WHERE \(ofIt)
      """, [id])
    for (source, attribute) in waiting {
      let name = try dictionaries.name(attribute, db)
      guard !name.isMark else { continue }
      let key: [(any SQLBindable)?] = [source, attribute, id]
      try execute(
        """
        UPDATE export_reference SET state = 0
        WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND state IN (1, 3)
        """, key)
      if try object(source)?.desired?.manages(name) == true {
        try execute(
          """
          INSERT OR IGNORE INTO export_reference(source_id, attribute_id, target_id, state)
          VALUES (?, ?, ?, 2)
          """, key)
      }
    }
    for source in Set(waiting.map(\.source)).sorted() where source != id {
      try settleExport(of: source)
    }
  }

  /// Notes that the references of an object were sent: they await their confirmation.
  public func referencesTaken(_ pending: PendingExport) throws {
    for reference in pending.addedReferences + pending.removedReferences {
      try execute(
        """
        UPDATE export_reference SET state = state + 2
        WHERE source_id = ? AND attribute_id = ? AND target_id = ? AND state IN (1, 2)
        """,
        [
          pending.object.id, try dictionaries.id(reference.attribute, db), reference.target,
        ])
    }
  }

  /// Has references that were sent and never confirmed sent again.
  ///
  /// - Parameter moment: From when on what an object was sent waits to be shown, unless an import has
  ///   told already that it is not; nil where nothing waits.
  public func resendReferences(connector: Int64, takenBefore moment: Timestamp? = nil) throws {
    try execute(
      """
      UPDATE export_reference INDEXED BY export_reference_sent
      SET state = state - 2 WHERE state > 2
      AND EXISTS (SELECT 1 FROM cs_object o WHERE o.id = source_id AND o.connector_id = ?
        AND o.pending_export <> 0 AND o.export_state <> 3
        AND NOT (\(Self.isFresh("o")) AND (o.export_state = 1 OR NOT \(Self.isTold("o")))))
      """, [connector] + Self.fresh(since: moment))
  }

  /// Whether it is an open error that the target does not show what an object was sent.
  private static func isTold(_ table: String) -> String {
    """
    EXISTS (SELECT 1 FROM step_error e WHERE e.id = \(table).sync_error_id
      AND e.type = '\(SyncErrorType.exportedChangeNotReimported.text)')
    """
  }

  /// Notes that the target refused an object.
  ///
  /// An add that was sent before without an answer, and is refused now, may still be there; so may
  /// one that the target has named and not shown since.
  public func exportRefused(
    _ id: Int64, isRetry: Bool = false, isNamed: Bool = false
  ) throws {
    try execute(
      """
      UPDATE cs_object SET
        export_state = CASE WHEN ? AND (anchor IS NULL OR ?) THEN 2 ELSE 0 END
      WHERE id = ?
      """, [isRetry, isNamed, id])
  }

  /// Objects that a target has named and never shown.
  func unshownExports(connector: Int64) throws -> [Int64] {
    try rows(
      """
      SELECT id FROM cs_object INDEXED BY cs_to_write
      WHERE connector_id = ? AND pending_export IN (1, 2) AND image IS NULL AND anchor IS NOT NULL
      """, [connector]
    ).map { $0[0] }
  }

  /// After a full import without errors: what a target was sent and does not show is to be sent
  /// again, as what may be there.
  ///
  /// - Parameter moment: For a target that may show writes late, from when on what it took waits to
  ///   be shown; what it took before keeps the anchor that the target gave it, by which it is asked
  ///   for. Nil for others: what they do not show is not there.
  /// - Parameter seen: What the import told to be there, though it does not show it.
  public func settleUnseenExports(
    connector: Int64, takenBefore moment: Timestamp? = nil, seen: SeenObjects = SeenObjects()
  ) throws {
    let there =
      seen.count == 0 || moment != nil
      ? [] : try unshownExports(connector: connector).filter(seen.contains)
    try execute(
      """
      UPDATE cs_object SET anchor = NULL, pending_export = 1,
        export_state = CASE WHEN export_state = 0 AND anchor IS NULL THEN 0 ELSE 2 END
      WHERE connector_id = ? AND image IS NULL AND desired IS NOT NULL AND pending_export <> 4
        AND export_state <> 3 AND (anchor IS NULL OR ?)
        AND id NOT IN (SELECT value FROM json_each(?))
      """, [connector, moment == nil, Self.list(there)])
    guard let moment else { return }
    try execute(
      """
      UPDATE cs_object INDEXED BY cs_to_write SET pending_export = 1, export_state = 2
      WHERE connector_id = ? AND pending_export IN (1, 2) AND image IS NULL
        AND anchor IS NOT NULL AND desired IS NOT NULL AND export_state <> 3
        AND NOT \(Self.isFresh("cs_object"))
      """, [connector] + Self.fresh(since: moment))
    // If it is made anew, it is to have them all.
    try execute(
      """
      UPDATE export_reference INDEXED BY export_reference_sent
      SET state = state - 2 WHERE state > 2
      AND EXISTS (SELECT 1 FROM cs_object o WHERE o.id = source_id AND o.connector_id = ?
        AND o.image IS NULL AND o.pending_export = 1 AND o.export_state = 2)
      """, [connector])
  }
}
