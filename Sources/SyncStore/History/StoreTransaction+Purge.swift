public import Directory
import GRDB

/// How much a piece of purging took away.
public struct PurgeResult: Hashable, Sendable {
  /// Steps whose rows are gone.
  public var steps = 0
  /// Changes of objects.
  public var changes = 0
  /// Errors that were no longer open.
  public var errors = 0
  /// Lines of the application log, commands, names of objects that are gone, adds that were given
  /// up.
  public var others = 0
  /// Whether nothing is left to purge.
  public var isDone = false

  /// Nothing yet.
  public init() {}

  /// All rows that went.
  public var rows: Int { steps + changes + errors + others }

  /// Adds what another piece took.
  public static func += (sum: inout PurgeResult, more: PurgeResult) {
    sum.steps += more.steps
    sum.changes += more.changes
    sum.errors += more.errors
    sum.others += more.others
    sum.isDone = more.isDone
  }
}

/// Deleting the history that is older than its age limit.
extension StoreTransaction {
  /// How long a target may take to show an add that was given up: far longer than any does.
  private static let secondsToShowAdds = 7.0 * 86_400

  /// How long a delete is remembered that no import confirms, because none tells all that is there.
  private static let secondsToConfirmDeletes = 30.0 * 86_400

  /// Deletes history of what ended at `moment` or before, at most about `limit` rows of it.
  ///
  /// Bounded, so that nobody waits long for the transaction around it; called until it says that
  /// it is done. What is needed stays whatever its age: open errors with their steps, and of each
  /// connector the last step of each kind with its statistics. Only the objects that such a step
  /// counted go (``OperationRow/isThinned``).
  public func purgeHistory(before moment: Timestamp, limit: Int) throws -> PurgeResult {
    var result = PurgeResult()
    // A step that changed nothing costs a look, too, though no row goes.
    var steps = 0
    while result.rows + steps < limit {
      guard let step = try stepToThin(before: moment) else { break }
      try thin(step, limit: limit - result.rows, &result)
      steps += 1
    }
    guard result.rows + steps < limit else { return result }
    try removeThinned(before: moment, limit: limit - result.rows, &result)
    guard result.rows < limit else { return result }
    let future = Self.future
    try execute(
      Self.oldCycles, [moment.milliseconds, limit - result.rows, future.milliseconds])
    result.others += db.changesCount
    for sql in Self.otherHistory where result.rows < limit {
      try execute(sql, [moment.milliseconds, limit - result.rows, future.milliseconds])
      result.others += db.changesCount
    }
    for table in ["past_object", "past_link"] where result.rows < limit {
      try purgePast(table, key: table == "past_object" ? "id" : "object_id", limit, &result)
    }
    if result.rows < limit { try purgeNames(limit, &result) }
    if result.rows < limit {
      result.others += try purgePasswordBatches(before: moment, limit: limit - result.rows)
    }
    if result.rows < limit {
      // Whoever keeps no history still wants deleted what a target shows late.
      let longAgo = Timestamp.now.adding(seconds: -Self.secondsToShowAdds)
      result.others += try forgetUnseenAdds(
        before: min(moment, longAgo), limit: limit - result.rows)
    }
    if result.rows < limit {
      let longAgo = Timestamp.now.adding(seconds: -Self.secondsToConfirmDeletes)
      result.others += try forgetSentDeletes(before: longAgo, limit: limit - result.rows)
    }
    result.isDone = result.rows < limit
    return result
  }

  /// The next step that is old and not thinned yet; what was begun goes first.
  ///
  /// One that a clock ended that was ahead is as old as what comes after it.
  private func stepToThin(before moment: Timestamp) throws -> Int64? {
    for state in [2, 0] {
      let old = try integer(
        "SELECT id FROM step WHERE is_thinned = ? AND ended <= ? ORDER BY ended, id LIMIT 1",
        [state, moment.milliseconds])
      if let old { return old }
    }
    return try integer(
      """
      SELECT id FROM step INDEXED BY step_thinned
      WHERE is_thinned IN (0, 2) AND ended > ?2 AND id < \(Self.youngestOld)
      ORDER BY is_thinned DESC, id LIMIT 1
      """, [moment.milliseconds, Self.future.milliseconds])
  }

  /// The youngest step that ended at the moment ?1 or before.
  private static let youngestOld = "(SELECT MAX(id) FROM step WHERE ended <= ?1)"

  /// Takes from a step the objects that it counted and the errors that are closed.
  ///
  /// While that goes on it is half-thinned (2): what is left of its lists passes for no list.
  private func thin(_ step: Int64, limit: Int, _ result: inout PurgeResult) throws {
    try execute("UPDATE step SET is_thinned = 2 WHERE id = ? AND is_thinned = 0", [step])
    try execute(
      """
      DELETE FROM step_change WHERE id IN (SELECT id FROM step_change WHERE step_id = ? LIMIT ?)
      """, [step, limit])
    var left = limit - db.changesCount
    result.changes += db.changesCount
    guard left > 0 else { return }
    let keepsDiscovery = try keepsDiscoveryErrors(step)
    try execute(
      """
      DELETE FROM step_error WHERE id IN (SELECT e.id FROM step_error e WHERE e.step_id = ?
        AND (e.stage <> 'discovery' OR e.is_over <> 0 OR ? = 0) AND NOT EXISTS (
          SELECT 1 FROM cs_object o WHERE o.id = e.object_id
          AND (o.sync_error_id = e.id OR o.export_error_id = e.id)) LIMIT ?)
      """, [step, keepsDiscovery, left])
    left -= db.changesCount
    result.errors += db.changesCount
    guard left > 0 else { return }
    try execute("UPDATE step SET is_thinned = 1 WHERE id = ?", [step])
  }

  /// Whether a step's discovery errors are open: no full import has come to an end since.
  private func keepsDiscoveryErrors(_ step: Int64) throws -> Bool {
    try integer(
      """
      SELECT 1 FROM step s WHERE s.id = ? AND \(Self.discoveryIsOpen)
      """, [step]) != nil
  }

  /// What is true of a step `s` whose discovery errors are open.
  private static let discoveryIsOpen = """
    s.is_rehearsal = 0 AND NOT EXISTS (
      SELECT 1 FROM step f WHERE f.connector_id = s.connector_id AND f.type = 'full-import'
      AND f.is_rehearsal = 0 AND f.id > s.id
      AND (f.result = 'success' OR f.result LIKE 'completed-%'))
    """

  /// Removes steps of which nothing is needed any more.
  private func removeThinned(
    before moment: Timestamp, limit: Int, _ result: inout PurgeResult
  ) throws {
    let steps = try rows(
      """
      SELECT s.id, s.run_id FROM step s WHERE s.is_thinned = 1
      AND (s.ended <= ?1 OR s.ended > ?3 AND s.id < \(Self.youngestOld))
      AND (s.is_rehearsal = 1 OR s.id < (SELECT MAX(l.id) FROM step l
        WHERE l.connector_id = s.connector_id AND l.type = s.type AND l.is_rehearsal = 0
        AND \(Self.isOfMany("l"))))
      AND NOT (\(Self.isUnweighed))
      AND NOT EXISTS (SELECT 1 FROM step_error e JOIN cs_object o ON o.id = e.object_id
        WHERE e.step_id = s.id AND (o.sync_error_id = e.id OR o.export_error_id = e.id))
      AND NOT (EXISTS (SELECT 1 FROM step_error e
          WHERE e.step_id = s.id AND e.stage = 'discovery' AND e.is_over = 0)
        AND \(Self.discoveryIsOpen))
      LIMIT ?2
      """, [moment.milliseconds, limit, Self.future.milliseconds])
    for row in steps {
      let (id, run): (Int64, Int64) = (row[0], row[1])
      try execute("DELETE FROM step_error WHERE step_id = ?", [id])
      result.errors += db.changesCount
      try execute("DELETE FROM step_counter WHERE step_id = ?", [id])
      try execute("DELETE FROM step WHERE id = ?", [id])
      try execute(
        "DELETE FROM run WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM step WHERE run_id = ?1)",
        [run])
      result.steps += 1
    }
  }

  /// What is true of a step `s` whose figures guards still count with those of the next import: it
  /// staged something and ended in its midst, and none has come to its end since.
  ///
  /// Once a full import was begun, only one that comes to its end counts.
  private static let isUnweighed = """
    s.is_rehearsal = 0 AND s.type IN ('full-import', 'delta-import')
    AND s.result LIKE 'stopped-%' AND s.result <> 'stopped-object-limit'
    AND EXISTS (SELECT 1 FROM step_counter c WHERE c.step_id = s.id AND c.count > 0
      AND c.counter BETWEEN \(Counter.stageAdd.rawValue) AND \(Counter.stageDeleteAdd.rawValue))
    AND s.id > \(lastWhole)
    AND NOT (EXISTS (SELECT 1 FROM step f WHERE f.connector_id = s.connector_id
        AND f.type = 'delta-import' AND f.id > s.id AND \(hasEnded))
      AND NOT EXISTS (SELECT 1 FROM step g WHERE g.connector_id = s.connector_id
        AND g.type = 'full-import' AND g.id > \(lastWhole) AND g.is_rehearsal = 0
        AND g.result NOT LIKE 'no-start-%'))
    """

  /// What is true of an import `f` that came to its end.
  private static let hasEnded = """
    f.is_rehearsal = 0 AND (f.result IN ('success', 'stopped-object-limit')
      OR f.result LIKE 'completed-%')
    """

  /// The last full import of the connector of a step `s` that said what is gone.
  private static let lastWhole = """
    COALESCE((SELECT MAX(f.id) FROM step f WHERE f.connector_id = s.connector_id
      AND f.type = 'full-import' AND \(hasEnded)
      AND f.result NOT IN ('completed-discovery-errors', 'completed-no-objects')), 0)
    """

  /// A time beyond this was noted by a clock that was ahead.
  static var future: Timestamp { Timestamp.now.adding(seconds: 86_400) }

  private static let oldCycles = """
    DELETE FROM cycle WHERE id IN (SELECT id FROM cycle c
      WHERE (c.ended <= ?1
        OR c.ended > ?3 AND c.id < (SELECT MAX(id) FROM cycle WHERE ended <= ?1))
      AND NOT EXISTS (SELECT 1 FROM run WHERE run.cycle_id = c.id)
      AND c.id < (SELECT MAX(id) FROM cycle) LIMIT ?2)
    """

  /// Oldest first and no further than a page, so that nothing is gone through in vain.
  ///
  /// What a clock noted that was ahead is as old as what comes after it: it would be at the head of
  /// the page for years, and keep all behind it.
  private static let otherHistory = [
    """
    DELETE FROM event WHERE id IN (SELECT id FROM
      (SELECT id, time FROM event ORDER BY id LIMIT ?2)
      WHERE time < ?1 OR time > ?3
        AND id < (SELECT id FROM event WHERE time < ?1 ORDER BY id DESC LIMIT 1))
    """,
    """
    DELETE FROM command WHERE id IN (SELECT id FROM
      (SELECT id, filed, state FROM command ORDER BY id LIMIT ?2)
      WHERE state IN ('finished', 'refused') AND (filed < ?1 OR filed > ?3
        AND id < (SELECT id FROM command WHERE filed < ?1 ORDER BY id DESC LIMIT 1)))
    """,
  ]

  /// The oldest step that still lists what it did to objects.
  private static let oldestWhole = """
    COALESCE((SELECT MIN(step_id) FROM step_change), (SELECT MAX(id) + 1 FROM step), 0)
    """

  /// What is true of a link `p` of the past whose object does not wait to be deleted: of one that
  /// does, and may be held for long, only the link tells whose it is.
  private static let isSettled = """
    AND NOT EXISTS (SELECT 1 FROM cs_object o
      WHERE o.id = p.object_id AND o.mv_id IS NULL AND o.pending_export = 4)
    """

  private func purgePast(
    _ table: String, key: String, _ limit: Int, _ result: inout PurgeResult
  ) throws {
    try execute(
      """
      DELETE FROM \(table) WHERE \(key) IN (SELECT \(key) FROM \(table) p
        WHERE step_id < \(Self.oldestWhole) \(table == "past_link" ? Self.isSettled : "") LIMIT ?)
      """, [limit - result.rows])
    result.others += db.changesCount
  }

  /// A container that got another name has left one row for each object in it.
  private func purgeNames(_ limit: Int, _ result: inout PurgeResult) throws {
    try execute(
      """
      DELETE FROM past_name WHERE (name, object_id, mv_id) IN (
        SELECT name, object_id, mv_id FROM past_name
        WHERE step_id < \(Self.oldestWhole) LIMIT ?)
      """, [limit - result.rows])
    result.others += db.changesCount
  }
}
