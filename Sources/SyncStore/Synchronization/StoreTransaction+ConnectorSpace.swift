public import Directory
import GRDB

/// Which objects of a connector space a synchronization goes through.
public enum SynchronizationScope: Sendable {
  /// All that the directory holds.
  case all
  /// Those that the directory held at the last synchronization and does not hold now.
  case lost
  /// Those that the directory holds with a staged change.
  case pending
  /// Those without a metaverse object for which something has happened that may give them one.
  case retry

  /// Where its objects stand, `o` being the object.
  var source: String {
    switch self {
    case .retry: "cs_retry r JOIN cs_object o ON o.id = r.object_id"
    default: "cs_object o"
    }
  }

  /// What chooses them, with places for the connector and the number to go on from.
  var condition: String {
    switch self {
    case .all: "o.connector_id = ? AND o.image IS NOT NULL AND o.id > ?"
    case .lost: "o.connector_id = ? AND o.pending_import <> 0 AND o.image IS NULL AND o.id > ?"
    case .pending:
      "o.connector_id = ? AND o.pending_import <> 0 AND o.image IS NOT NULL AND o.id > ?"
    case .retry:
      """
      r.connector_id = ? AND r.object_id > ? AND o.mv_id IS NULL AND o.image IS NOT NULL
      AND o.pending_import = 0
      """
    }
  }

  var order: String { self == .retry ? "r.object_id" : "o.id" }
}

/// Connector-space objects.
extension StoreTransaction {
  private static let columns = """
    id, connector_id, anchor, dn, object_type, display, image, pending_import, desired,
    pending_export, export_state, mv_id, link_kind, connector_state, sync_error_id IS NOT NULL,
    reference_flows,
    CASE WHEN image IS NULL AND pending_import <> 0
      THEN (SELECT b.image FROM cs_before b WHERE b.object_id = cs_object.id) END,
    CASE WHEN pending_import <> 0
      THEN (SELECT b.dn FROM cs_before b WHERE b.object_id = cs_object.id) END,
    link_rule
    """

  private func object(_ row: SQLRow) throws -> ConnectorSpaceObject {
    let desired = row.bytes(8)
    return ConnectorSpaceObject(
      id: row.int64(0), connector: row.int64(1), anchor: row.optionalText(2).map { Anchor($0) },
      dn: row.text(3), objectType: row.text(4), display: row.text(5),
      image: try row.bytes(6).map { try coding.decode($0) },
      last: try row.bytes(16).map { try coding.decode($0) }, lastDN: row.optionalText(17),
      hasPendingImport: row.int(7) != 0,
      isDeleteAdd: row.int(7) == Pending.deleteAdd.rawValue,
      desired: try desired.map { try coding.decodeDesired($0) },
      encodedDesired: desired.map { EncodedImage(bytes: $0) },
      awaitsDelete: row.int(9) == Pending.delete.rawValue,
      exportState: ExportState(rawValue: row.int(10)) ?? .idle, metaverse: row.optionalInt64(11),
      linkKind: LinkKind(rawValue: row.int(12)) ?? .none, linkRule: row.int64(18),
      isFiltered: row.int(13) == ConnectorSpaceObject.filteredState,
      isLetGo: row.int(13) == ConnectorSpaceObject.letGoState,
      hasSyncError: row.bool(14), referenceFlows: row.int64(15))
  }

  /// How many objects `scope` has.
  public func count(connector: Int64, _ scope: SynchronizationScope) throws -> Int {
    Int(
      try integer(
        "SELECT COUNT(*) FROM \(scope.source) WHERE \(scope.condition)", [connector, 0 as Int64])
        ?? 0)
  }

  /// Whether an import has shown any object of a connector space.
  public func hasStaged(connector: Int64) throws -> Bool {
    try integer(
      "SELECT 1 FROM cs_object WHERE connector_id = ? AND image IS NOT NULL LIMIT 1", [connector])
      != nil
  }

  /// Whether a connector space holds any object at all.
  public func hasObjects(connector: Int64) throws -> Bool {
    try integer("SELECT 1 FROM cs_object WHERE connector_id = ? LIMIT 1", [connector]) != nil
  }

  /// How many objects the directory holds, as far as is staged.
  public func stagedCount(connector: Int64) throws -> Int {
    try count(connector: connector, .all)
  }

  /// The object with this number.
  public func object(_ id: Int64) throws -> ConnectorSpaceObject? {
    try first("SELECT \(Self.columns) FROM cs_object WHERE id = ?", [id], object)
  }

  /// The number of the object with this anchor.
  public func objectID(connector: Int64, anchor: Anchor) throws -> Int64? {
    try integer(
      "SELECT id FROM cs_object WHERE connector_id = ? AND anchor = ?", [connector, anchor.text])
  }

  /// The metaverse object that an object is linked to.
  public func metaverseID(of id: Int64) throws -> Int64? {
    try integer("SELECT mv_id FROM cs_object WHERE id = ?", [id])
  }

  /// The objects that are linked to a metaverse object, by number.
  public func linked(to metaverse: Int64) throws -> [ConnectorSpaceObject] {
    var linked: [ConnectorSpaceObject] = []
    try each("SELECT \(Self.columns) FROM cs_object WHERE mv_id = ? ORDER BY id", [metaverse]) {
      linked.append(try object($0))
    }
    return linked
  }

  /// The object of a connector that is linked to a metaverse object.
  public func linkedID(to metaverse: Int64, connector: Int64) throws -> Int64? {
    try integer(
      "SELECT id FROM cs_object WHERE mv_id = ? AND connector_id = ?", [metaverse, connector])
  }

  /// Links an object to a metaverse object; the caller has its references, and those to it, flow
  /// (``touchReferences(of:)``, ``touchMetaverseReferences(of:)``).
  public func link(
    _ id: Int64, to metaverse: Int64, _ kind: LinkKind, rule: Int64
  ) throws {
    try execute(
      """
      UPDATE cs_object SET mv_id = ?, link_kind = ?, link_rule = ?, connector_state = 0,
        sync_error_id = \(Self.withoutDrift)
      WHERE id = ?
      """, [metaverse, kind.rawValue, rule, id])
  }

  /// Notes that a rule which makes objects like one that was joined has it in scope.
  public func noteTakeover(of id: Int64) throws {
    try execute(
      "UPDATE cs_object SET link_kind = ? WHERE id = ? AND link_kind = ?",
      [LinkKind.takenOver.rawValue, id, LinkKind.joined.rawValue])
  }

  /// Links an object to the metaverse object that was just made from it, and notes that its
  /// directory's word has been taken; the caller has its references flow, as `flows` says.
  public func linkProjected(
    _ id: Int64, to metaverse: Int64, rule: Int64, flows: Int64
  ) throws {
    // As with new rows, `OR FAIL` spares copies; no trigger writes anything here.
    try execute(
      """
      UPDATE OR FAIL cs_object SET mv_id = ?, link_kind = 1, link_rule = ?, connector_state = 0,
        pending_import = 0, sync_error_id = NULL, reference_flows = ? WHERE id = ?
      """, [metaverse, rule, flows, id])
    try forgetBefore(id)
  }

  /// Notes by which rules an object's references flow; unless they flow by these for the first
  /// time, those that flowed by others are taken out, and all flow anew.
  ///
  /// Those that are to be kept stay, whatever they flowed by, and count behind those of all rules.
  public func setReferenceFlows(
    _ flows: Int64, of id: Int64, isFirst: Bool, keeping kept: [KeptReferences] = []
  ) throws {
    try execute("UPDATE cs_object SET reference_flows = ? WHERE id = ?", [flows, id])
    guard !isFirst else { return }
    let others = kept.map { _ in
      " AND NOT (attribute_id = ? AND rule_id IN (SELECT value FROM json_each(?)))"
    }.joined()
    var arguments: [(any SQLBindable)?] = [id]
    for item in kept { arguments += [try dictionaries.id(item.attribute, db), item.givers] }
    try execute("UPDATE mv_reference SET state = 2 WHERE contributor_id = ?" + others, arguments)
    for item in kept { try stepBack(item, of: id) }
    try execute("UPDATE cs_reference SET state = 1 WHERE source_id = ? AND state = 0", [id])
  }

  private func stepBack(_ kept: KeptReferences, of contributor: Int64) throws {
    let attribute = try dictionaries.id(kept.attribute, db)
    try execute(
      """
      UPDATE mv_reference SET precedence = precedence + ?1, state = 1 WHERE contributor_id = ?2
        AND attribute_id = ?3 AND rule_id IN (SELECT value FROM json_each(?4)) AND state <> 2
        AND precedence < ?1
      """, [KeptReferences.rank, contributor, attribute, kept.givers])
    guard db.changesCount > 0 else { return }
    // Those of others, which did not count beside them, may count now.
    try execute(
      """
      UPDATE mv_reference SET state = 1 WHERE state = 0 AND attribute_id = ?
        AND source_id = (SELECT mv_id FROM cs_object WHERE id = ?)
      """, [attribute, contributor])
  }

  /// Undoes the link of an object, but for what ``deprovision(_:because:)`` keeps; what it gave to the metaverse is taken out by the caller, its
  /// references here.
  public func unlink(_ id: Int64, isFiltered: Bool) throws {
    try execute("UPDATE mv_reference SET state = 2 WHERE contributor_id = ?", [id])
    try unflowReferences(to: id)
    try execute(
      """
      UPDATE cs_object SET mv_id = NULL, connector_state = ?1,
        link_kind = CASE WHEN pending_export = 4 AND link_kind = ?2 THEN link_kind ELSE 0 END,
        link_rule = CASE WHEN pending_export = 4 AND link_kind = ?2 THEN link_rule ELSE 0 END
      WHERE id = ?3
      """, [isFiltered ? 2 : 0, LinkKind.provisioned.rawValue, id])
  }

  /// Takes out of the metaverse what others of its connector gave by referring to an object, which is
  /// about to lose its link: nobody knows afterwards whom they meant.
  func unflowReferences(to id: Int64) throws {
    guard let metaverse = try metaverseID(of: id) else { return }
    try execute(
      """
      UPDATE mv_reference SET state = 2 WHERE target_id = ? AND contributor_id IN
        (SELECT source_id FROM cs_reference WHERE target_id = ?)
      """, [metaverse, id])
  }

  /// Has one of the objects of `connectors` synchronized again that are linked to a metaverse object,
  /// if there is one, which works out anew what that holds.
  public func reconsider(metaverse id: Int64, givers connectors: Set<Int64>) throws {
    let giver = try integer(
      """
      SELECT id FROM cs_object WHERE mv_id = ? AND image IS NOT NULL
        AND connector_id IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT 1
      """, [id, Self.list(connectors)])
    if let giver { try keepPending(giver) }
  }

  /// Notes that a synchronization has taken what its directory says.
  ///
  /// That a target does not show what it was sent is for an import to take back.
  public func finishImport(of object: ConnectorSpaceObject, isFiltered: Bool) throws {
    guard object.hasPendingImport || object.hasSyncError || object.isFiltered != isFiltered else {
      return
    }
    try execute(
      """
      UPDATE cs_object SET pending_import = 0, sync_error_id = CASE (SELECT type FROM step_error WHERE id = sync_error_id)
          WHEN ? THEN sync_error_id END, connector_state = ? WHERE id = ?
      """,
      [SyncErrorType.exportedChangeNotReimported.text, isFiltered ? 2 : 0, object.id])
    try forgetBefore(object.id)
  }

  /// Notes what an object was when a synchronization took it last, until the next one has.
  func noteBefore(_ id: Int64, image: [UInt8]?, dn: String) throws {
    try execute(
      "INSERT OR REPLACE INTO cs_before(object_id, image, dn) VALUES (?, ?, ?)",
      [id, image?.data, dn])
  }

  private func forgetBefore(_ id: Int64) throws {
    try execute("DELETE FROM cs_before WHERE object_id = ?", [id])
  }

  /// The references of an object in one attribute, at most `limit` of them.
  public func references(
    of id: Int64, _ attribute: AttributeName, limit: Int
  ) throws -> [AttributeValue] {
    guard let attributeID = try dictionaries.existingID(attribute, db) else { return [] }
    return try rows(
      """
      SELECT COALESCE(t.dn, LTRIM(r.value, '=@')) FROM cs_reference r LEFT JOIN cs_object t ON t.id = r.target_id
      WHERE r.source_id = ? AND r.attribute_id = ? AND r.state <> 2 LIMIT ?
      """, [id, attributeID, limit]
    ).map { .reference($0[0]) }
  }

  /// Whether an object refers to another one in an attribute.
  public func refers(
    _ id: Int64, _ attribute: AttributeName, to target: Int64
  ) throws -> Bool {
    guard let attributeID = try dictionaries.existingID(attribute, db) else { return false }
    return try integer(
      """
      SELECT 1 FROM cs_reference
      WHERE target_id = ? AND source_id = ? AND attribute_id = ? AND state <> 2 LIMIT 1
      """, [target, id, attributeID]) != nil
  }

  /// How many references an object has in one attribute.
  public func referenceCount(of id: Int64, _ attribute: AttributeName) throws -> Int {
    guard let attributeID = try dictionaries.existingID(attribute, db) else { return 0 }
    return Int(
      try integer(
        """
        SELECT COUNT(*) FROM cs_reference
        WHERE source_id = ? AND attribute_id = ? AND state <> 2
        """, [id, attributeID]) ?? 0)
  }

  /// The metaverse objects that a metaverse object refers to in an attribute, each once, at most
  /// `limit`; a reference is spelled `{number}`.
  public func metaverseReferences(
    of id: Int64, _ attribute: AttributeName, limit: Int
  ) throws -> [AttributeValue] {
    guard let attributeID = try dictionaries.existingID(attribute, db) else { return [] }
    return try rows(
      """
      SELECT DISTINCT target_id FROM mv_reference
      WHERE source_id = ? AND attribute_id = ? AND \(Self.counts) LIMIT ?
      """, [id, attributeID, limit]
    ).map { .reference("{\($0[0] as Int64)}") }
  }

  /// How many objects a metaverse object refers to in one attribute.
  public func metaverseReferenceCount(
    of id: Int64, _ attribute: AttributeName
  ) throws -> Int {
    guard let attributeID = try dictionaries.existingID(attribute, db) else { return 0 }
    return Int(
      try integer(
        """
        SELECT COUNT(DISTINCT target_id) FROM mv_reference
        WHERE source_id = ? AND attribute_id = ? AND \(Self.counts)
        """, [id, attributeID]) ?? 0)
  }

  /// Has an object whose synchronization failed tried again by the next delta.
  public func keepPending(_ id: Int64) throws {
    try execute(
      """
      INSERT OR REPLACE INTO cs_before(object_id, image, dn)
      SELECT id, image, dn FROM cs_object WHERE id = ? AND pending_import = 0
      """, [id])
    guard db.changesCount == 1 else { return }
    try execute("UPDATE cs_object SET pending_import = 2 WHERE id = ?", [id])
  }

  /// Takes an object out of its connector space.
  func remove(_ id: Int64) throws {
    // What waited only to refer to it, or failed to, has nothing to wait for any more.
    for source in try removeUnsettled(id) { try settleExport(of: source) }
  }

  /// Takes an object out of its connector space; the answer is whose exports are to be settled then
  /// (``settleExport(of:)``), which is done once for all that go together.
  public func removeUnsettled(_ id: Int64) throws -> [Int64] {
    try execute("DELETE FROM cs_reference WHERE source_id = ?", [id])
    try releaseMadeReferences(to: id)
    try execute("DELETE FROM cs_reference WHERE target_id = ?", [id])
    try execute("DELETE FROM export_reference WHERE source_id = ?", [id])
    let sources = try rows(
      "SELECT DISTINCT source_id FROM export_reference WHERE target_id = ? AND state <> 0", [id])
    try execute("DELETE FROM export_reference WHERE target_id = ?", [id])
    // Also of an object that was never sent rules made references.
    try execute("UPDATE mv_reference SET state = 2 WHERE contributor_id = ?", [id])
    try execute("DELETE FROM cs_value WHERE object_id = ?", [id])
    try execute("DELETE FROM cs_wait WHERE object_id = ?", [id])
    try forgetRefusedExchange(of: id)
    try execute("DELETE FROM cs_object WHERE id = ?", [id])
    try forgetBefore(id)
    return sources.map { $0[0] }
  }

  /// Has the references from and to objects looked at again on their way into the metaverse.
  public func touchReferences(of ids: some Collection<Int64>) throws {
    guard !ids.isEmpty else { return }
    let list = Self.list(ids)
    for column in ["source_id", "target_id"] {
      try execute(
        """
        UPDATE cs_reference SET state = 1 WHERE state = 0
        AND \(column) IN (SELECT value FROM json_each(?))
        """, [list])
    }
  }

  /// Has the references from and to metaverse objects looked at again on their way out.
  public func touchMetaverseReferences(of metaverse: some Collection<Int64>) throws {
    guard !metaverse.isEmpty else { return }
    let list = Self.list(metaverse)
    for column in ["source_id", "target_id"] {
      try execute(
        """
        UPDATE mv_reference SET state = 1 WHERE state = 0
        AND \(column) IN (SELECT value FROM json_each(?))
        """, [list])
    }
  }
}
