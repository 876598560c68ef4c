import Directory
import GRDB

/// What a step writes down of single objects.
extension StoreTransaction {
  /// Records what a step did to an object.
  public func record(_ change: ObjectChange, step: Int64) throws {
    var rows = NewRows(self)
    try rows.record(change, step: step)
    try rows.flush()
  }

  /// Takes back what a step recorded of an object under a counter; the answer is what had changed,
  /// nil if it recorded nothing.
  ///
  /// The caller takes it back from the counter.
  public func takeBack(
    _ counter: Counter, of object: Int64, step: Int64
  ) throws -> [AttributeDelta]? {
    guard
      let row = try row(
        """
        SELECT id, deltas FROM step_change WHERE object_id = ? AND step_id = ? AND counter = ?
        """, [object, step, counter.rawValue])
    else { return nil }
    try execute("DELETE FROM step_change WHERE id = ?", [row[0] as Int64])
    return try row.bytes(1).map { try coding.decodeDeltas($0) } ?? []
  }

  /// Records an error of a step and makes it the object's open error of its stage.
  ///
  /// The first occurrence and the number of retries are carried on from the open error of the same
  /// object and type; an object that could not be staged is known by its name.
  public func record(_ error: StepError, step: Int64, connector: Int64) throws {
    let now = Timestamp.now.milliseconds
    let before = try lastOccurrence(of: error, step: step, connector: connector)
    let other = try error.otherObjectID.flatMap {
      try row("SELECT dn, display FROM cs_object WHERE id = ?", [$0])
    }
    try execute(
      """
      INSERT INTO step_error(step_id, connector_id, object_id, stage, type, dn, attribute, value,
        message, code, location, hint, other_object_id, first_occurred, occurred, retries, display,
        rule, expression, column_number, other_dn, other_display, anchor)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
        COALESCE((SELECT display FROM cs_object WHERE id = ?3), ''), ?17, ?18, ?19, ?20, ?21, ?22)
      """,
      [
        step, connector, error.objectID, error.stage.rawValue, error.type.text, error.dn,
        error.attribute, error.value, error.message, error.code, error.location, error.hint,
        error.otherObjectID, before?.first ?? now, now, before.map { $0.retries + 1 } ?? 0,
        error.rule, error.expression, error.column, other?[0] as String? ?? "",
        other?[1] as String? ?? "", error.anchor?.text,
      ])
    let id = db.lastInsertedRowID
    if let object = error.objectID, error.stage != .discovery {
      try execute("UPDATE cs_object SET \(error.stage.column) = ? WHERE id = ?", [id, object])
    }
    if error.stage == .discovery { try endEarlier(error, step: step, connector: connector) }
    try execute("UPDATE step SET errors = errors + 1 WHERE id = ?", [step])
  }

  /// When the same fault of the same object came first, and how often it was tried again since;
  /// nil if it is new.
  private func lastOccurrence(
    of error: StepError, step: Int64, connector: Int64
  ) throws -> (first: Int64, retries: Int)? {
    let found: StoreRow?
    if let object = error.objectID {
      found = try row(
        """
        SELECT e.first_occurred, e.retries FROM cs_object o
        JOIN step_error e ON e.id = o.\(error.stage.column) WHERE o.id = ? AND e.type = ?
        """, [object, error.type.text])
    } else {
      // Still open is what the last full import met, and the deltas since.
      found = try row(
        """
        SELECT first_occurred, retries FROM step_error
        WHERE stage = 'discovery' AND connector_id = ?1 AND dn = ?2 AND step_id < ?3
          AND type = ?4 AND (dn <> '' OR location = ?5) AND is_over = 0
          AND NOT EXISTS (SELECT 1 FROM step s WHERE s.id = step_id AND s.is_rehearsal = 1)
          AND step_id >= COALESCE((SELECT MAX(id) FROM step WHERE connector_id = ?1
            AND type = 'full-import' AND id < ?3 AND is_rehearsal = 0
            AND (result = 'success' OR result LIKE 'completed-%')), 0)
        ORDER BY id DESC LIMIT 1
        """, [connector, error.dn, step, error.type.text, error.location])
    }
    return found.map { ($0[0], $0[1]) }
  }

  /// The same fault that imports before `step` met is told by this one now.
  private func endEarlier(_ error: StepError, step: Int64, connector: Int64) throws {
    try execute(
      """
      UPDATE step_error INDEXED BY step_error_discovery SET is_over = 1
      WHERE stage = 'discovery' AND connector_id = ? AND dn = ? AND step_id < ? AND type = ?
        AND attribute = ? AND (dn <> '' OR location = ?) AND is_over = 0
      """,
      [connector, error.dn, step, error.type.text, error.attribute, error.location])
  }

  /// A discovery error of an import before, which what is read now may end.
  struct UnreadObject {
    var id: Int64
    var dn: String
    var anchor: Anchor?
    /// The attribute to blame, or empty.
    var attribute: String
  }

  /// The discovery errors of a connector that are open at `step`.
  func unreadObjects(connector: Int64, before step: Int64) throws -> [UnreadObject] {
    try rows(
      """
      SELECT id, dn, anchor, attribute FROM step_error INDEXED BY step_error_unread
      WHERE stage = 'discovery' AND is_over = 0 AND connector_id = ?1 AND step_id < ?2
        AND step_id >= COALESCE((SELECT f.id FROM step f INDEXED BY step_connector
          WHERE f.connector_id = ?1 AND f.type = 'full-import' AND f.is_rehearsal = 0
          AND (f.result = 'success' OR f.result LIKE 'completed-%') ORDER BY f.id DESC LIMIT 1), 0)
        AND NOT EXISTS (SELECT 1 FROM step s WHERE s.id = step_id AND s.is_rehearsal = 1)
      """, [connector, step]
    ).map {
      UnreadObject(
        id: $0[0], dn: $0[1], anchor: ($0[2] as String?).map { Anchor($0) }, attribute: $0[3])
    }
  }

  /// Notes that discovery errors are over.
  func endErrors(_ ids: [Int64]) throws {
    try execute(
      "UPDATE step_error SET is_over = 1 WHERE id IN (SELECT value FROM json_each(?))",
      [Self.list(ids)])
  }
}

extension ErrorRow.Stage {
  /// The column that holds an object's open error of this stage.
  var column: String { self == .export ? "export_error_id" : "sync_error_id" }
}
