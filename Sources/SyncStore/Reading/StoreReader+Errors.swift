import Directory
import GRDB

/// What went wrong.
extension StoreReader {
  private static let columns = """
    e.id, e.step_id, e.object_id, c.name, e.stage, e.type, e.dn, e.attribute, e.value, e.message,
    e.code, e.location, e.hint, e.other_object_id, e.first_occurred, e.occurred, e.retries,
    e.display
    """

  private static func row(_ row: Row) -> ErrorRow {
    ErrorRow(
      id: row[0], stepID: row[1], objectID: row[2], connector: row[3],
      stage: .init(rawValue: row[4]) ?? .synchronization, type: row[5], dn: row[6],
      attribute: row[7], value: row[8], message: row[9], code: row[10], location: row[11],
      hint: row[12], otherObjectID: row[13], firstOccurred: Timestamp(milliseconds: row[14]),
      occurred: Timestamp(milliseconds: row[15]), retries: row[16], display: row[17])
  }

  /// The errors of a step.
  public func errors(step: Int64, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM step_error e JOIN connector c ON c.id = e.connector_id
        WHERE e.step_id = ? AND e.id > ? ORDER BY e.id LIMIT ?
        """, [step, after ?? 0, limit]
      ).map(Self.row)
    }
  }

  /// The errors that objects have now, and the discovery errors of each connector's last full
  /// import.
  public func openErrors(connector: String?, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM step_error e JOIN connector c ON c.id = e.connector_id
        WHERE c.is_active = 1 AND (? IS NULL OR c.name = ?) AND e.id > ? AND e.id IN (
          SELECT sync_error_id FROM cs_object WHERE sync_error_id IS NOT NULL
          UNION SELECT export_error_id FROM cs_object WHERE export_error_id IS NOT NULL
          UNION SELECT id FROM step_error
            WHERE stage = 'discovery' AND step_id IN (\(Self.lastImports)))
        ORDER BY e.id LIMIT ?
        """, [connector, connector, after ?? 0, limit]
      ).map(Self.row)
    }
  }

  /// One error.
  public func error(id: Int64) throws -> ErrorRow? {
    try read { tx in
      try tx.row(
        """
        SELECT \(Self.columns) FROM step_error e JOIN connector c ON c.id = e.connector_id
        WHERE e.id = ?
        """, [id]
      ).map(Self.row)
    }
  }

  static func errors(of object: Int64, _ tx: StoreTransaction) throws -> [ErrorRow] {
    try tx.rows(
      """
      SELECT \(columns) FROM step_error e JOIN connector c ON c.id = e.connector_id
      JOIN cs_object o ON o.id = ? AND e.id IN (o.sync_error_id, o.export_error_id)
      ORDER BY e.id
      """, [object]
    ).map(row)
  }
}
