import Directory
import GRDB

/// What objects were made from that are to be deleted.
extension StoreTransaction {
  /// An object that was linked to a metaverse object.
  public struct LastSource: Sendable {
    /// Its number.
    public var id: Int64
    /// Its connector.
    public var connector: Int64
    /// Its name, as it was last known.
    public var dn: String
    /// Whether its directory has deleted it.
    public var isGone: Bool
  }

  /// Pending deletes whose cause is not known yet.
  public func deletesWithoutCause(connector: Int64) throws -> [Int64] {
    try rows(
      """
      SELECT id FROM cs_object o WHERE connector_id = ? AND pending_export = 4
      AND is_released = 0 AND NOT EXISTS (SELECT 1 FROM export_cause e WHERE e.object_id = o.id)
      ORDER BY id
      """, [connector]
    ).map { $0[0] }
  }

  /// The metaverse object that an object was linked to last.
  public func lastMetaverse(of id: Int64) throws -> Int64? {
    try integer("SELECT mv_id FROM past_link WHERE object_id = ?", [id])
  }

  /// The objects of other connectors that were linked to a metaverse object last.
  public func lastSources(of metaverse: Int64, but id: Int64) throws -> [LastSource] {
    try rows(
      """
      SELECT o.id, o.connector_id, o.dn, 0 FROM past_link l JOIN cs_object o ON o.id = l.object_id
      WHERE l.mv_id = ?1 AND l.object_id <> ?2 AND o.image IS NOT NULL
      UNION ALL SELECT p.id, p.connector_id, p.dn, 1 FROM past_object p
      WHERE p.mv_id = ?1 AND p.id <> ?2 ORDER BY 1 DESC
      """, [metaverse, id]
    ).map { LastSource(id: $0[0], connector: $0[1], dn: $0[2], isGone: $0[3]) }
  }

  /// The name that an object bore before its present one, in its normal form.
  public func lastName(of id: Int64) throws -> String? {
    try row(
      """
      SELECT name FROM past_name WHERE object_id = ? ORDER BY step_id DESC LIMIT 1
      """, [id])?[0]
  }
}
