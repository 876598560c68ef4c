public import Directory
import GRDB

/// Which of the objects that are to be sent come first.
extension StoreTransaction {
  /// One object that is to be sent.
  public struct ExportInOrder: Sendable {
    /// The object.
    public var id: Int64
    /// Whether it is to be made, and better after others that it refers to and that the target does
    /// not hold yet.
    public var waits: Bool
  }

  /// Whether an object had better wait for others: one that is to be made, which no try has left in
  /// doubt, and of whose references at most ? are to be sent, or any number where that is NULL.
  private static func waits(_ table: String) -> String {
    """
    (\(table).anchor IS NULL AND \(table).export_state = 0 AND EXISTS (
      SELECT 1 FROM export_reference r JOIN cs_object t ON t.id = r.target_id
      WHERE r.source_id = \(table).id AND r.target_id <> \(table).id AND r.state = 1
        AND t.anchor IS NULL)
    AND ?1 >= (SELECT COUNT(*) FROM (SELECT 1 FROM export_reference c
      WHERE c.source_id = \(table).id AND c.state = 1 LIMIT ?1 + 1)))
    """
  }

  /// Objects of a type with a pending add or update that no guard holds, after the object `after`.
  ///
  /// One that is to be made in the place of another waits until that one is deleted.
  ///
  /// - Parameters:
  ///   - moment: From when on what was taken is not sent again; nil where all is that the target does
  ///     not show.
  ///   - most: Who has more references to be sent does not wait for any; nil if all wait.
  public func exportsInOrder(
    connector: Int64, objectType: String, takenBefore moment: Timestamp? = nil, after: Int64,
    limit: Int, waitingFor most: Int? = nil
  ) throws -> [ExportInOrder] {
    try rows(
      """
      SELECT o.id, \(Self.waits("o")) FROM cs_object o
      WHERE o.connector_id = ?2 AND o.pending_export IN (1, 2)
      AND o.object_type = ?3 AND o.id > ?4 AND o.export_state <> 3 AND \(Self.passes("o"))
      AND NOT (o.export_state = 1 AND COALESCE(o.exported_at, 0) BETWEEN ?5 AND ?6)
      AND NOT \(Self.awaitsPlace("o")) ORDER BY o.id LIMIT ?7
      """,
      [most ?? Int(Int32.max), connector, objectType, after] + Self.fresh(since: moment) + [limit]
    ).map { ExportInOrder(id: $0[0], waits: $0[1]) }
  }

  /// Objects with a reference to one of these that is to be sent, by number.
  public func waiting(for ids: some Sequence<Int64>) throws -> [Int64] {
    try rows(
      """
      SELECT DISTINCT r.source_id FROM json_each(?) list
      CROSS JOIN export_reference r INDEXED BY export_reference_target ON r.target_id = list.value
      WHERE r.state = 1 ORDER BY r.source_id
      """, [Self.list(ids)]
    ).map { $0[0] }
  }

  /// These objects once more, after some of them were sent.
  public func exportsInOrder(
    _ ids: some Sequence<Int64>, waitingFor most: Int? = nil
  ) throws -> [ExportInOrder] {
    try rows(
      """
      SELECT o.id, \(Self.waits("o")) FROM json_each(?2) list
      CROSS JOIN cs_object o ON o.id = list.value
      """, [most ?? Int(Int32.max), Self.list(ids)]
    ).map { ExportInOrder(id: $0[0], waits: $0[1]) }
  }
}
