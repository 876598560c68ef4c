public import Directory
import GRDB

/// Counters of one batch, to be added to those of its step.
public struct CounterTally: Sendable {
  struct Key: Hashable {
    var target: Int64
    var counter: Counter
  }
  var counts: [Key: Int] = [:]

  /// Nothing counted yet.
  public init() {}

  /// Counts `amount` more under `counter`; `target` is 0 but for outbound counters.
  public mutating func count(_ counter: Counter, target: Int64 = 0, amount: Int = 1) {
    counts[Key(target: target, counter: counter), default: 0] += amount
  }

  /// How many were counted under `counter`, over all targets.
  public func total(_ counter: Counter) -> Int {
    counts.reduce(0) { $0 + ($1.key.counter == counter ? $1.value : 0) }
  }
}

/// An error that a step is about to record.
public struct StepError: Sendable {
  /// The stage that met it.
  public var stage: ErrorRow.Stage
  /// Its type.
  public var type: SyncErrorType
  /// The object, or nil for one that could not be staged.
  public var objectID: Int64?
  /// The object's name.
  public var dn: String
  /// The attribute to blame, or empty.
  public var attribute = ""
  /// Its value, or empty.
  public var value = ""
  /// What is wrong, in the server's words where it spoke.
  public var message: String
  /// The server's code, or empty.
  public var code = ""
  /// Where it was read, or empty.
  public var location = ""
  /// What to do next.
  public var hint: String
  /// The other object of a conflict.
  public var otherObjectID: Int64?

  /// An error of these parts; the others are set afterwards.
  public init(
    _ stage: ErrorRow.Stage, _ type: SyncErrorType, objectID: Int64?, dn: String, message: String,
    hint: String
  ) {
    self.stage = stage
    self.type = type
    self.objectID = objectID
    self.dn = dn
    self.message = message
    self.hint = hint
  }
}

/// Cycles, runs, steps and what they did.
extension StoreTransaction {
  /// Begins a cycle.
  public func beginCycle(
    _ policy: CyclePolicy, requestedBy: String, reason: String
  ) throws -> Int64 {
    try execute(
      "INSERT INTO cycle(policy, requested_by, reason, started) VALUES (?, ?, ?, ?)",
      [policy.rawValue, requestedBy, reason, Timestamp.now.milliseconds])
    return db.lastInsertedRowID
  }

  /// Ends a cycle.
  public func endCycle(_ id: Int64) throws {
    try execute("UPDATE cycle SET ended = ? WHERE id = ?", [Timestamp.now.milliseconds, id])
  }

  /// Begins a run of one step on a connector; the answer is the run's and the step's number.
  public func beginStep(
    cycle: Int64?, connector: Int64, type: StepType, requestedBy: String, phase: String
  ) throws -> (run: Int64, step: Int64) {
    try execute(
      "INSERT INTO run(cycle_id, connector_id, requested_by) VALUES (?, ?, ?)",
      [cycle, connector, requestedBy])
    let run = db.lastInsertedRowID
    try execute(
      "INSERT INTO step(run_id, connector_id, type, started, phase) VALUES (?, ?, ?, ?, ?)",
      [run, connector, type.rawValue, Timestamp.now.milliseconds, phase])
    return (run, db.lastInsertedRowID)
  }

  /// Says how far a step has come.
  public func setProgress(
    step: Int64, phase: String, done: Int, total: Int?, rate: Double
  ) throws {
    try execute(
      "UPDATE step SET phase = ?, done = ?, total = ?, rate = ? WHERE id = ?",
      [phase, done, total, rate, step])
  }

  /// Ends a step with its result.
  public func endStep(_ step: Int64, result: String, message: String, hint: String) throws {
    try execute(
      """
      UPDATE step SET ended = ?, result = ?, message = ?, hint = ?, phase = '' WHERE id = ?
      """, [Timestamp.now.milliseconds, result, message, hint, step])
  }

  /// Closes what an engine that vanished has left open; the answer says what that was.
  public func closeAbandoned() throws -> [String] {
    let open = try rows(
      """
      SELECT s.id, s.type, c.name FROM step s JOIN connector c ON c.id = s.connector_id
      WHERE s.ended IS NULL
      """)
    let message = "The engine that ran this step ended without closing it"
    let hint =
      "Every batch that it had finished is stored, and nothing half-done; the next cycle goes on"
    for row in open {
      try endStep(row[0], result: "stopped-server", message: message, hint: hint)
    }
    try execute("UPDATE cycle SET ended = ? WHERE ended IS NULL", [Timestamp.now.milliseconds])
    try execute(
      """
      UPDATE command SET state = 'refused', outcome = ? WHERE state = 'taken'
      """, ["The engine ended before it had finished this; ask again"])
    return open.map { row in
      let type: String = row[1]
      let name: String = row[2]
      return "\(type) on \(name)"
    }
  }

  /// Adds what a batch counted to the counters of its step.
  public func add(_ tally: CounterTally, step: Int64) throws {
    var adds = 0
    var updates = 0
    var deletes = 0
    for (key, amount) in tally.counts where amount != 0 {
      try execute(
        """
        INSERT INTO step_counter(step_id, target_id, counter, count) VALUES (?, ?, ?, ?)
        ON CONFLICT(step_id, target_id, counter) DO UPDATE SET count = count + excluded.count
        """, [step, key.target, key.counter.rawValue, amount])
      switch key.counter {
      case .stageAdd, .exportAdd, .disconnectorProjectedFlow, .disconnectorProjectedNoFlow:
        adds += amount
      case .stageUpdate, .stageRename, .exportUpdate, .exportRename, .connectorFlow,
        .disconnectorJoinedFlow, .disconnectorJoinedNoFlow:
        updates += amount
      case .stageDelete, .exportDelete, .connectorDeleteLeaveMV, .connectorDeleteRemoveMV,
        .connectorFilteredRemoveMV, .connectorFilteredLeaveMV:
        deletes += amount
      default: break
      }
    }
    guard adds + updates + deletes > 0 else { return }
    try execute(
      """
      UPDATE step SET adds = adds + ?, updates = updates + ?, deletes = deletes + ? WHERE id = ?
      """, [adds, updates, deletes, step])
  }

  /// Records what a step did to an object.
  public func record(_ change: ObjectChange, step: Int64) throws {
    try execute(
      """
      INSERT INTO step_change(step_id, target_id, counter, object_id, dn, display, object_type,
        deltas) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """,
      [
        step, change.target, change.counter.rawValue, change.objectID, change.dn, change.display,
        change.objectType, try coding.encode(change.deltas).data,
      ])
  }

  /// Records an error of a step and makes it the object's open error of its stage.
  ///
  /// The first occurrence and the number of retries are carried on from the object's open error
  /// when that is of the same type.
  public func record(_ error: StepError, step: Int64, connector: Int64) throws {
    let column = error.stage == .export ? "export_error_id" : "sync_error_id"
    let now = Timestamp.now.milliseconds
    var first = now
    var retries = 0
    if let object = error.objectID,
      let open = try row(
        """
        SELECT e.type, e.first_occurred, e.retries FROM cs_object o
        JOIN step_error e ON e.id = o.\(column) WHERE o.id = ?
        """, [object]), open[0] == error.type.text
    {
      first = open[1]
      retries = open[2] + 1
    }
    try execute(
      """
      INSERT INTO step_error(step_id, connector_id, object_id, stage, type, dn, attribute, value,
        message, code, location, hint, other_object_id, first_occurred, occurred, retries, display)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
        COALESCE((SELECT display FROM cs_object WHERE id = ?3), ''))
      """,
      [
        step, connector, error.objectID, error.stage.rawValue, error.type.text, error.dn,
        error.attribute, error.value, error.message, error.code, error.location, error.hint,
        error.otherObjectID, first, now, retries,
      ])
    let id = db.lastInsertedRowID
    if let object = error.objectID, error.stage != .discovery {
      try execute("UPDATE cs_object SET \(column) = ? WHERE id = ?", [id, object])
    }
    try execute("UPDATE step SET errors = errors + 1 WHERE id = ?", [step])
  }

  /// How many errors a step has.
  public func errorCount(step: Int64) throws -> Int {
    Int(try integer("SELECT errors FROM step WHERE id = ?", [step]) ?? 0)
  }

  /// How many objects an import step could not read.
  public func discoveryErrorCount(step: Int64) throws -> Int {
    Int(
      try integer(
        "SELECT COUNT(*) FROM step_error WHERE step_id = ? AND stage = 'discovery'", [step]) ?? 0)
  }

  /// Whether a step has an error of a type.
  public func hasError(step: Int64, type: SyncErrorType) throws -> Bool {
    try integer(
      "SELECT 1 FROM step_error WHERE step_id = ? AND type = ? LIMIT 1", [step, type.text]) != nil
  }

  /// Whether an export step sent anything that its target took.
  public func hasExported(step: Int64) throws -> Bool {
    try row(
      "SELECT 1 FROM step_counter WHERE step_id = ? AND counter IN (24, 25, 26, 27)", [step]) != nil
  }

  /// Writes a line into the application log.
  public func log(
    _ level: EventRow.Level, code: Int, source: String = "Directory Synchronization",
    _ message: String
  ) throws {
    try execute(
      "INSERT INTO event(time, level, code, source, message) VALUES (?, ?, ?, ?, ?)",
      [Timestamp.now.milliseconds, level.rawValue, code, source, message])
  }

  /// Deletes history that ended before `moment`, at most `limit` steps of it; the answer is how
  /// many steps went.
  public func purgeHistory(before moment: Timestamp, limit: Int) throws -> Int {
    let steps = try rows(
      """
      SELECT id FROM step WHERE ended IS NOT NULL AND ended < ? ORDER BY id LIMIT ?
      """, [moment.milliseconds, limit])
    for row in steps {
      let id: Int64 = row[0]
      try execute("DELETE FROM step_change WHERE step_id = ?", [id])
      try execute("DELETE FROM step_counter WHERE step_id = ?", [id])
      try execute(
        """
        DELETE FROM step_error WHERE step_id = ?1 AND NOT EXISTS (
          SELECT 1 FROM cs_object o WHERE o.id = step_error.object_id
          AND (o.sync_error_id = step_error.id OR o.export_error_id = step_error.id))
        """, [id])
      try execute("DELETE FROM run WHERE id = (SELECT run_id FROM step WHERE id = ?)", [id])
      try execute("DELETE FROM step WHERE id = ?", [id])
    }
    try execute(
      """
      DELETE FROM cycle WHERE ended < ? AND NOT EXISTS
        (SELECT 1 FROM run WHERE run.cycle_id = cycle.id)
      """, [moment.milliseconds])
    try execute("DELETE FROM event WHERE time < ?", [moment.milliseconds])
    return steps.count
  }
}
