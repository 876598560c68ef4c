public import Directory
import GRDB

/// An object that a target was told to delete, said it had, and shows nevertheless.
public struct UndoneDelete: Sendable {
  /// The object, as the target shows it.
  public var object: ConnectorSpaceObject
  /// The step that sent the delete.
  public var step: Int64
  /// When the target said that it had carried it out.
  public var time: Timestamp
}

/// Deletes that a target took, and that no import has confirmed.
extension StoreTransaction {
  /// Notes that the target has deleted the object: it leaves the connector space.
  ///
  /// An import is to confirm that as it confirms what else was sent: until then it is known by its
  /// anchor.
  public func exportDeleted(_ id: Int64) throws {
    try execute(
      """
      INSERT OR REPLACE INTO sent_delete(connector_id, anchor, step_id, time)
      SELECT connector_id, anchor, COALESCE((SELECT MAX(id) FROM step), 0), ?
      FROM cs_object WHERE id = ? AND anchor IS NOT NULL
      """, [Timestamp.now.milliseconds, id])
    try remove(id)
  }

  /// Forgets that an object was deleted: its directory tells so itself, or it is there again because
  /// the rules want it.
  func forgetSentDelete(of anchor: Anchor, connector: Int64) throws {
    try execute(
      "DELETE FROM sent_delete WHERE connector_id = ? AND anchor = ?", [connector, anchor.text])
  }

  /// Objects that were deleted before a moment, as their target said, that it shows, and of which no
  /// error tells yet.
  ///
  /// What is wanted again, or is to be deleted, is among them as little as what the target shows as an
  /// account that is shut: some keep what they delete so.
  ///
  /// - Parameters:
  ///   - connector: The target.
  ///   - moment: Until when a delete has to show.
  ///   - limit: How many are looked at, at most.
  /// - Returns: The objects, and whether there may be more once an error tells of these.
  public func undoneDeletes(
    connector: Int64, before moment: Timestamp, limit: Int
  ) throws -> (undone: [UndoneDelete], hasMore: Bool) {
    let found = try rows(
      """
      SELECT o.id, d.step_id, d.time, d.anchor FROM sent_delete d INDEXED BY sent_delete_time
      CROSS JOIN cs_object o INDEXED BY cs_anchor
        ON o.connector_id = d.connector_id AND o.anchor = d.anchor AND o.anchor IS NOT NULL
      WHERE d.connector_id = ? AND d.time < ? AND o.image IS NOT NULL AND o.sync_error_id IS NULL
      LIMIT ?
      """, [connector, moment.milliseconds, limit])
    var undone: [UndoneDelete] = []
    for row in found {
      guard let object = try object(row[0]), object.desired == nil, !object.awaitsDelete,
        !isShut(object)
      else {
        try forgetSentDelete(of: Anchor(row[3]), connector: connector)
        continue
      }
      undone.append(
        UndoneDelete(object: object, step: row[1], time: Timestamp(milliseconds: row[2])))
    }
    return (undone, found.count == limit)
  }

  /// Ends the errors of objects of which nobody wants to be told any more that they are not deleted.
  public func endUndoneDeletes(connector: Int64) throws {
    try execute(
      """
      UPDATE cs_object INDEXED BY cs_sync_error SET sync_error_id = NULL
      WHERE connector_id = ?1 AND sync_error_id IS NOT NULL AND desired IS NULL
        AND (SELECT type FROM step_error WHERE id = sync_error_id) = ?2
        AND NOT EXISTS (SELECT 1 FROM sent_delete d
          WHERE d.connector_id = ?1 AND d.anchor = cs_object.anchor)
      """, [connector, SyncErrorType.exportedChangeNotReimported.text])
  }

  private func isShut(_ object: ConnectorSpaceObject) -> Bool {
    (object.image?.attributes ?? []).contains { attribute in
      AttributeChange(attribute.name, .replace(attribute.values)).disables
    }
  }

  /// Forgets deletes of a target which an import that told all of it has confirmed: those from before
  /// a moment of what is not there.
  public func forgetConfirmedDeletes(connector: Int64, before moment: Timestamp) throws {
    try execute(
      """
      DELETE FROM sent_delete INDEXED BY sent_delete_time
      WHERE connector_id = ?1 AND time < ?2 AND NOT EXISTS (
        SELECT 1 FROM cs_object o INDEXED BY cs_anchor WHERE o.connector_id = ?1
          AND o.anchor = sent_delete.anchor AND o.anchor IS NOT NULL)
      """, [connector, moment.milliseconds])
  }

  /// Forgets at most `limit` deletes from before `moment`; the answer is how many.
  func forgetSentDeletes(before moment: Timestamp, limit: Int) throws -> Int {
    try execute(
      """
      DELETE FROM sent_delete WHERE (connector_id, anchor) IN (
        SELECT connector_id, anchor FROM sent_delete WHERE time < ? LIMIT ?)
      """, [moment.milliseconds, limit])
    return db.changesCount
  }
}
