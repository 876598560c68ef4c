public import Directory
import GRDB

/// What went wrong.
extension StoreReader {
  private static let columns = """
    e.id, e.step_id, e.object_id, c.name, e.stage, e.type, e.dn, e.attribute, e.value, e.message,
    e.code, e.location, e.hint, e.other_object_id, e.first_occurred, e.occurred, e.retries,
    e.display, e.rule, e.expression, e.column_number, COALESCE(o.dn, e.other_dn),
    COALESCE(o.display, e.other_display)
    """
  /// The other object of a conflict is called what it is called now, as long as it is there.
  private static let tables = """
    step_error e JOIN connector c ON c.id = e.connector_id
    LEFT JOIN cs_object o ON o.id = e.other_object_id
    """

  private static func row(_ row: StoreRow) -> ErrorRow {
    ErrorRow(
      id: row[0], stepID: row[1], objectID: row[2], connector: row[3],
      stage: .init(rawValue: row[4]) ?? .synchronization, type: row[5], dn: row[6],
      attribute: row[7], value: row[8], message: row[9], code: row[10], location: row[11],
      hint: row[12], otherObjectID: row[13], firstOccurred: Timestamp(milliseconds: row[14]),
      occurred: Timestamp(milliseconds: row[15]), retries: row[16], display: row[17],
      rule: row[18], expression: row[19], column: row[20], otherDN: row[21],
      otherDisplay: row[22])
  }

  /// The errors of a step.
  public func errors(step: Int64, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM \(Self.tables)
        WHERE e.step_id = ? AND e.id > ? ORDER BY e.id LIMIT ?
        """, [step, after ?? 0, limit]
      ).map(Self.row)
    }
  }

  /// The errors that objects have now, and those of each connector's last full import, and of the
  /// deltas since, with objects that nobody has read yet.
  public func openErrors(connector: String?, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM \(Self.tables)
        WHERE \(Self.isOpen) AND (? IS NULL OR c.name = ?) AND e.id > ?
        ORDER BY e.id LIMIT ?
        """, [connector, connector, after ?? 0, limit]
      ).map(Self.row)
    }
  }

  /// What is true of an open error `e` of a connector `c`.
  static let isOpen = """
    c.is_active = 1 AND e.id IN (
      SELECT sync_error_id FROM cs_object WHERE sync_error_id IS NOT NULL
      UNION SELECT export_error_id FROM cs_object WHERE export_error_id IS NOT NULL
      UNION SELECT id FROM step_error
        WHERE stage = 'discovery' AND is_over = 0 AND step_id IN (\(lastImports)))
    """

  /// The open errors counted by type and cause, the largest family first.
  public func errorFamilies(now: Timestamp) throws -> [ErrorFamily] {
    let day = now.adding(seconds: -86_400).milliseconds
    let week = now.adding(seconds: -604_800).milliseconds
    return try read { tx in
      try tx.rows(
        """
        SELECT c.name, e.stage, e.type, e.attribute, e.rule, e.code, COUNT(*),
          MIN(e.first_occurred), MAX(e.occurred), SUM(e.first_occurred >= ?),
          SUM(e.first_occurred >= ?), MAX(e.hint)
        FROM step_error e JOIN connector c ON c.id = e.connector_id
        WHERE \(Self.isOpen) GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY COUNT(*) DESC, MIN(e.id)
        """, [day, week]
      ).map { row in
        ErrorFamily(
          kind: ErrorFamily.Kind(
            connector: row[0], stage: .init(rawValue: row[1]) ?? .synchronization, type: row[2],
            attribute: row[3], rule: row[4], code: row[5]), count: row[6],
          first: Timestamp(milliseconds: row[7]), last: Timestamp(milliseconds: row[8]),
          newInDay: row[9], newInWeek: row[10], hint: row[11])
      }
    }
  }

  /// Open errors of one kind.
  public func openErrors(
    of kind: ErrorFamily.Kind, after: Int64?, limit: Int
  ) throws -> [ErrorRow] {
    let (sql, arguments) = Self.condition(kind)
    return try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM \(Self.tables)
        WHERE \(Self.isOpen) AND \(sql) AND e.id > ? ORDER BY e.id LIMIT ?
        """, arguments + [after ?? 0, limit]
      ).map(Self.row)
    }
  }

  /// What is true of an error `e` of a connector `c` that is of one kind.
  static func condition(
    _ kind: ErrorFamily.Kind
  ) -> (sql: String, arguments: [(any SQLBindable)?]) {
    (
      """
      c.name = ? AND e.stage = ? AND e.type = ? AND e.attribute = ? AND e.rule = ? AND e.code = ?
      """,
      [kind.connector, kind.stage.rawValue, kind.type, kind.attribute, kind.rule, kind.code]
    )
  }

  static func errors(_ ids: [Int64], _ tx: StoreTransaction) throws -> [ErrorRow] {
    try tx.rows(
      "SELECT \(columns) FROM \(tables) WHERE e.id IN (SELECT value FROM json_each(?))",
      [list(ids)]
    ).map(row)
  }

  /// One error.
  public func error(id: Int64) throws -> ErrorRow? {
    try read { tx in
      try tx.row(
        """
        SELECT \(Self.columns) FROM \(Self.tables)
        WHERE e.id = ?
        """, [id]
      ).map(Self.row)
    }
  }

  static func errors(of object: Int64, _ tx: StoreTransaction) throws -> [ErrorRow] {
    try tx.rows(
      """
      SELECT \(columns) FROM \(tables)
      WHERE e.id IN (SELECT sync_error_id FROM cs_object WHERE id = ?1
        UNION ALL SELECT export_error_id FROM cs_object WHERE id = ?1)
      ORDER BY e.id
      """, [object]
    ).map(row)
  }

  /// What ever went wrong with an object, newest first, as far as it is kept.
  static func pastErrors(
    of object: Int64, limit: Int, _ tx: StoreTransaction
  ) throws -> [ErrorRow] {
    try tx.rows(
      """
      SELECT \(columns) FROM \(tables) WHERE e.object_id = ? AND NOT EXISTS
        (SELECT 1 FROM step s WHERE s.id = e.step_id AND s.is_rehearsal = 1)
      ORDER BY e.id DESC LIMIT ?
      """, [object, limit]
    ).map(row)
  }
}
