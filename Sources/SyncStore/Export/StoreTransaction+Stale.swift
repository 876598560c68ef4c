public import Directory
import GRDB

/// References to what a target does not have any more, or not yet.
extension StoreTransaction {
  /// An object's open error of export, if it is that it keeps a reference to what is gone: nothing that
  /// is sent or shown of the object ends that by itself.
  static let keptError = """
    CASE (SELECT type FROM step_error WHERE id = export_error_id)
      WHEN '\(SyncErrorType.keptReference.text)' THEN export_error_id END
    """

  /// Objects of which it was told that they refer to what is gone, and its name.
  public func keptReferences(connector: Int64) throws -> [(object: Int64, name: DistinguishedName)]
  {
    try rows(
      """
      SELECT o.id, e.value FROM cs_object o JOIN step_error e ON e.id = o.export_error_id
      WHERE o.connector_id = ? AND o.export_error_id IS NOT NULL AND e.type = ?
      """, [connector, SyncErrorType.keptReference.text]
    ).compactMap { row in
      (try? DistinguishedName(row[1] as String)).map { (row[0], $0) }
    }
  }

  /// Notes that an object keeps no reference any more to what is gone.
  public func endKeptReference(of id: Int64) throws {
    try execute(
      """
      UPDATE cs_object SET export_error_id = CASE (SELECT type FROM step_error
          WHERE id = export_error_id) WHEN ? THEN NULL ELSE export_error_id END
      WHERE id = ?
      """, [SyncErrorType.keptReference.text, id])
  }

  /// What a new object is to refer to and its target is yet to get, with the names that are sent for
  /// it; what is not to be sent now is not among it.
  public func awaitedReferences(
    of id: Int64
  ) throws -> [(attribute: AttributeName, target: Int64, name: DistinguishedName)] {
    try rows(
      """
      SELECT r.attribute_id, t.id, t.dn, t.desired FROM export_reference r
      JOIN cs_object t ON t.id = r.target_id
      WHERE r.source_id = ? AND r.state = 1 AND t.anchor IS NULL AND t.pending_export = 1
        AND t.export_state <> 3 AND \(Self.passes("t")) AND NOT \(Self.awaitsPlace("t"))
      ORDER BY r.attribute_id, t.id LIMIT 100
      """, [id]
    ).compactMap { row in
      let desired = try row.bytes(3).map { try coding.decodeDesired($0) }
      let sent = desired?.attributes.first { $0.name == "dn" }?.values.first?.text
      guard let name = try? DistinguishedName(sent ?? row[2] as String) else { return nil }
      return (try dictionaries.name(row[0], db), row[1], name)
    }
  }
}
