public import Directory
import GRDB

/// Deletes that wait to be sent to a target.
extension StoreTransaction {
  /// Objects that are to be deleted, what is in a container before the container.
  public func pendingDeletes(connector: Int64, releasedOnly: Bool) throws -> [Int64] {
    try rows(
      """
      SELECT id FROM cs_object INDEXED BY cs_to_delete
      WHERE connector_id = ? AND pending_export = 4 AND (is_released <> 0 OR ? = 0)
      ORDER BY dn_path DESC, id
      """, [connector, releasedOnly]
    ).map { $0[0] }
  }

  /// Those of these objects that are to be deleted still.
  public func pendingDeletes(
    _ ids: some Sequence<Int64>, releasedOnly: Bool
  ) throws -> [PendingExport] {
    try ids.compactMap { id in
      let isDue = try integer(
        """
        SELECT 1 FROM cs_object WHERE id = ? AND pending_export = 4 AND (is_released <> 0 OR ? = 0)
        """, [id, releasedOnly])
      guard isDue != nil, let object = try object(id) else { return nil }
      return PendingExport(object: object, addedReferences: [], removedReferences: [])
    }
  }

  /// How many deletes no person has released.
  public func unreleasedDeleteCount(connector: Int64) throws -> Int {
    Int(
      try integer(
        """
        SELECT COUNT(*) FROM cs_object
        WHERE connector_id = ? AND pending_export = 4 AND is_released = 0
        """, [connector]) ?? 0)
  }

  /// How many objects are to be deleted that the target is known to hold.
  public func pendingDeleteCount(connector: Int64, releasedOnly: Bool = false) throws -> Int {
    Int(
      try integer(
        """
        SELECT COUNT(*) FROM cs_object INDEXED BY cs_to_delete
        WHERE connector_id = ? AND pending_export = 4
        AND anchor IS NOT NULL AND (is_released <> 0 OR ? = 0)
        """, [connector, releasedOnly]) ?? 0)
  }

  /// Whether an object of a target is yet to be deleted whose name is `dn`: one that is to be made
  /// under it waits for that.
  public func awaitsDelete(of dn: DistinguishedName, connector: Int64) throws -> Bool {
    try integer(
      """
      SELECT 1 FROM cs_object INDEXED BY cs_dn
      WHERE connector_id = ? AND dn_path = ? AND pending_export = 4 LIMIT 1
      """, [connector, dn.path]) != nil
  }

  /// Whether any object of a target awaits its delete there.
  public func hasPendingDeletes(connector: Int64) throws -> Bool {
    try integer(
      "SELECT 1 FROM cs_object WHERE connector_id = ? AND pending_export = 4 LIMIT 1",
      [connector]) != nil
  }

  /// Whether an object awaits its delete at its target.
  public func awaitsDelete(_ id: Int64) throws -> Bool {
    try integer("SELECT 1 FROM cs_object WHERE id = ? AND pending_export = 4", [id]) != nil
  }

  /// The object that a step of an export deleted under a name, in whose place another one comes.
  public func deletedObject(_ dn: DistinguishedName, connector: Int64, step: Int64) throws -> Int64?
  {
    try integer(
      """
      SELECT id FROM past_object WHERE dn_path = ? AND connector_id = ? AND step_id >= ?
      ORDER BY id DESC LIMIT 1
      """, [dn.path, connector, step])
  }
}
