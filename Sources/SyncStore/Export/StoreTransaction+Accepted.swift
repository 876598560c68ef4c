public import Directory
import GRDB

/// Exports that a target took into a queue: they are not sent again while it may still be at work.
extension StoreTransaction {
  /// Notes that the target accepted an add or an update, and will tell later what became of it.
  ///
  /// An error of an attempt before stays until an import shows that this one worked.
  public func exportAccepted(_ id: Int64) throws {
    try execute(
      "UPDATE cs_object SET export_state = 3, exported_at = ?, is_released = 0 WHERE id = ?",
      [Timestamp.now.milliseconds, id])
  }

  /// Objects whose exports were accepted before `moment` and that no import has shown since, with
  /// when they were.
  ///
  /// What a clock noted that was ahead may be as old: it doesn't wait until that time has come.
  public func overdueExports(
    connector: Int64, before moment: Timestamp, limit: Int
  ) throws -> [(id: Int64, accepted: Timestamp)] {
    try rows(
      """
      SELECT id, exported_at FROM cs_object
      WHERE connector_id = ? AND pending_export IN (1, 2) AND export_state = 3
        AND (exported_at < ? OR exported_at > ?) ORDER BY id LIMIT ?
      """, [connector, moment.milliseconds, Self.future.milliseconds, limit]
    ).map { ($0[0], Timestamp(milliseconds: $0[1])) }
  }

  /// Has what was accepted sent again; an add may have arrived all the same.
  public func endAcceptance(of id: Int64) throws {
    try execute(
      """
      UPDATE cs_object SET export_state = CASE WHEN anchor IS NULL THEN 2 ELSE 0 END WHERE id = ?
      """, [id])
    try execute(
      "UPDATE export_reference SET state = state - 2 WHERE source_id = ? AND state > 2", [id])
  }

  /// The attributes of an object in which a target does not show what the rules want.
  public func openAttributes(of id: Int64) throws -> [AttributeName] {
    try settleExport(of: id).map(\.name)
  }

  /// The object whose accepted export a report is about; nil if the report is of an older one, or of
  /// none of ours.
  ///
  /// Clocks may differ by five minutes.
  func acceptedObject(_ report: ExportReport, connector: Int64) throws -> (id: Int64, dn: String)? {
    try row(
      """
      SELECT id, dn FROM cs_object WHERE connector_id = ? AND dn_path = ? AND object_type = ?
        AND export_state = 3 AND (exported_at <= ? OR exported_at > ?)
      """,
      [
        connector, report.dn.path, report.objectType, report.time.adding(seconds: 300).milliseconds,
        Self.future.milliseconds,
      ]
    ).map { ($0[0], $0[1]) }
  }

  /// What objects are to refer to, by the anchors of those that the target holds.
  public func wantedReferences(
    of ids: some Sequence<Int64>
  ) throws -> [Int64: [AttributeName: [Anchor]]] {
    var wanted: [Int64: [AttributeName: [Anchor]]] = [:]
    let found = try rows(
      """
      SELECT r.source_id, r.attribute_id, t.anchor FROM json_each(?) list
      JOIN export_reference r ON r.source_id = list.value AND r.state IN (0, 1, 3)
      JOIN cs_object t ON t.id = r.target_id AND t.anchor IS NOT NULL
      """, [Self.list(ids)])
    for row in found {
      wanted[row[0], default: [:]][try dictionaries.name(row[1], db), default: []]
        .append(Anchor(row[2] as String))
    }
    return wanted
  }
}
