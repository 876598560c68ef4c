import Directory
import GRDB

/// Adds that were sent, that no import has shown, and that nobody wants any more.
///
/// Copies from which a target answers reads may lag behind its writes: what an import does not show
/// may be there all the same, and come into sight later. It is then known by its name, which in such
/// a target is made of what the rules sent as its anchor.
extension StoreTransaction {
  /// After an import that told every change: what was sent without an answer, was never shown and
  /// is no longer wanted is taken for not arrived.
  ///
  /// - Parameters:
  ///   - connector: The target.
  ///   - keepsWord: Whether the target may show it later; then it is remembered until it does
  ///     (``forgetUnseenAdds(before:limit:)``).
  public func forgetUnarrived(connector: Int64, keepsWord: Bool) throws {
    let gone = try rows(
      """
      SELECT id FROM cs_object
      WHERE connector_id = ? AND pending_export = 4 AND image IS NULL AND anchor IS NULL
      """, [connector])
    for row in gone {
      if keepsWord { try rememberUnseenAdd(row[0]) }
      try execute("DELETE FROM export_cause WHERE object_id = ?", [row[0] as Int64])
      try remove(row[0])
    }
  }

  private func rememberUnseenAdd(_ id: Int64) throws {
    try execute(
      """
      INSERT OR REPLACE INTO unseen_add(connector_id, dn_path, object_type, dn, display,
        is_released, cause_id, time)
      SELECT o.connector_id, o.dn_path, o.object_type, o.dn, o.display, o.is_released,
        (SELECT cause_id FROM export_cause WHERE object_id = o.id), ?
      FROM cs_object o WHERE o.id = ?
      """, [Timestamp.now.milliseconds, id])
  }

  /// Whether a target may still show an add that nobody wants any more.
  func hasUnseenAdds(connector: Int64) throws -> Bool {
    try integer("SELECT 1 FROM unseen_add WHERE connector_id = ? LIMIT 1", [connector]) != nil
  }

  /// Puts an add that was given up back into the connector space, as one that is to be deleted.
  ///
  /// The target shows it now; the answer is whether there was one of this name and type.
  func recallUnseenAdd(
    connector: Int64, dn: DistinguishedName, objectType: String
  ) throws -> Bool {
    let key: [(any SQLBindable)?] = [connector, dn.path, objectType]
    let condition = "connector_id = ? AND dn_path = ? AND object_type = ?"
    try execute(
      """
      INSERT INTO cs_object(connector_id, dn, dn_path, object_type, display, pending_export,
        is_released, last_sync)
      SELECT connector_id, dn, dn_path, object_type, display, 4, is_released, 0
      FROM unseen_add WHERE \(condition)
      """, key)
    guard db.changesCount == 1 else { return false }
    try execute(
      """
      INSERT INTO export_cause(object_id, cause_id, time)
      SELECT ?, cause_id, time FROM unseen_add WHERE \(condition) AND cause_id IS NOT NULL
      """, [db.lastInsertedRowID] + key)
    try execute("DELETE FROM unseen_add WHERE \(condition)", key)
    return true
  }

  /// Notes that an object is wanted again under the name of an add that was given up.
  ///
  /// It is no stranger's when the target shows it; the answer is whether there was one.
  func takeOverUnseenAdd(
    connector: Int64, dn: DistinguishedName, objectType: String
  ) throws -> Bool {
    try execute(
      "DELETE FROM unseen_add WHERE connector_id = ? AND dn_path = ? AND object_type = ?",
      [connector, dn.path, objectType])
    return db.changesCount > 0
  }

  /// Forgets at most `limit` adds that were given up before `moment`; the answer is how many.
  func forgetUnseenAdds(before moment: Timestamp, limit: Int) throws -> Int {
    try execute(
      """
      DELETE FROM unseen_add WHERE (connector_id, dn_path, object_type) IN (
        SELECT connector_id, dn_path, object_type FROM unseen_add WHERE time < ? LIMIT ?)
      """, [moment.milliseconds, limit])
    return db.changesCount
  }
}
