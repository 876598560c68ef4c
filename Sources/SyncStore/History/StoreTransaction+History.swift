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

/// Cycles, runs, steps and what they did.
extension StoreTransaction {
  /// Begins a cycle.
  public func beginCycle(
    _ policy: CyclePolicy, requestedBy: String, reason: String, isRehearsal: Bool = false
  ) throws -> Int64 {
    try execute(
      """
      INSERT INTO cycle(policy, requested_by, reason, started, is_rehearsal)
      VALUES (?, ?, ?, ?, ?)
      """,
      [policy.rawValue, requestedBy, reason, Timestamp.now.milliseconds, isRehearsal])
    let cycle = db.lastInsertedRowID
    if !isRehearsal { try CycleErrorCount.begin(cycle, self) }
    return cycle
  }

  /// Adds to a cycle's reason why full synchronizations are due that it does not name yet.
  ///
  /// - Returns: what was added; empty if nothing was.
  public func addReasons(toCycle cycle: Int64) throws -> String {
    let states: [(name: String, sync: String)] = try rows(
      """
      SELECT name, full_sync_reason FROM connector
      WHERE is_active = 1 AND full_sync_reason IS NOT NULL ORDER BY is_source DESC, id
      """
    ).map { ($0[0], $0[1]) }
    guard !states.isEmpty, let row = try row("SELECT reason FROM cycle WHERE id = ?", [cycle])
    else { return "" }
    let known: String = row[0]
    let added = Self.told(
      states.filter { !known.contains($0.sync) }.map { ($0.name, "Full Synchronization", $0.sync) })
    guard !added.isEmpty else { return "" }
    try execute(
      "UPDATE cycle SET reason = ? WHERE id = ?",
      [known.isEmpty ? added : known + "; " + added, cycle])
    return added
  }

  /// Ends a cycle.
  public func endCycle(_ id: Int64) throws {
    try execute("UPDATE cycle SET ended = ? WHERE id = ?", [Timestamp.now.milliseconds, id])
    try CycleErrorCount.end(id, self)
  }

  /// The result of a cycle's worst step in words: `success`, `no-start-connection, Delta Import on
  /// contoso.com`.
  public func outcome(ofCycle cycle: Int64) throws -> String {
    try outcome("r.cycle_id = ?", cycle)
  }

  /// The result of a run's worst step in words.
  public func outcome(ofRun run: Int64) throws -> String { try outcome("r.id = ?", run) }

  private func outcome(_ condition: String, _ id: Int64) throws -> String {
    let steps = try rows(
      """
      SELECT s.result, s.type, c.name FROM step s JOIN run r ON r.id = s.run_id
      JOIN connector c ON c.id = s.connector_id WHERE \(condition) ORDER BY s.id
      """, [id])
    // Of several that are as bad the first is most likely the cause of the others.
    var worst = ResultSeverity.running
    var text = steps.isEmpty ? "nothing was run" : "success"
    for (index, step) in steps.enumerated() where ResultSeverity(result: step[0]) > worst {
      let (result, type, connector): (String, String, String) = (step[0], step[1], step[2])
      if result == ConnectorFailure.Result.fullImportRequired.text, index + 1 < steps.count {
        // The full import that took the place of a delta which could not be had counts instead.
        let (next, owner): (String, String) = (steps[index + 1][1], steps[index + 1][2])
        if next == StepType.fullImport.rawValue, owner == connector { continue }
      }
      worst = ResultSeverity(result: result)
      let profile = StepType(rawValue: type)?.profileName ?? type
      text = "\(result), \(profile) on \(connector)"
    }
    return text
  }

  /// Begins a run of one step on a connector; the answer is the run's and the step's number.
  public func beginStep(
    cycle: Int64?, connector: Int64, type: StepType, requestedBy: String, phase: String,
    isRehearsal: Bool = false
  ) throws -> (run: Int64, step: Int64) {
    try execute(
      "INSERT INTO run(cycle_id, connector_id, requested_by) VALUES (?, ?, ?)",
      [cycle, connector, requestedBy])
    let run = db.lastInsertedRowID
    try execute(
      """
      INSERT INTO step(run_id, connector_id, type, started, phase, is_rehearsal)
      VALUES (?, ?, ?, ?, ?, ?)
      """,
      [run, connector, type.rawValue, Timestamp.now.milliseconds, phase, isRehearsal])
    return (run, db.lastInsertedRowID)
  }

  /// Says how far a step has come.
  public func setProgress(
    step: Int64, phase: String, done: Int, total: Int?, rate: Double
  ) throws {
    try execute(
      "UPDATE step SET phase = ?, done = ?, total = ?, rate = ?, seen = ? WHERE id = ?",
      [phase, done, total, rate, Timestamp.now.milliseconds, step])
  }

  /// What a step is said to do.
  public func phase(of step: Int64) throws -> String {
    try row("SELECT phase FROM step WHERE id = ?", [step]).map { $0[0] } ?? ""
  }

  /// Says what a step that has not ended does, and nothing of how far it has come.
  public func setPhase(_ phase: String, of step: Int64) throws {
    try execute("UPDATE step SET phase = ? WHERE id = ? AND ended IS NULL", [phase, step])
  }

  /// Says how the service of a step's connector bears the work.
  public func setLoad(_ load: ServiceLoad, step: Int64) throws {
    try execute(
      "UPDATE step SET waits_until = ?, throttle_count = ?, quota_used = ? WHERE id = ?",
      [load.waitsUntil?.milliseconds, load.wishes, load.quotaUsed, step])
  }

  /// Ends a step with its result.
  public func endStep(_ step: Int64, result: String, message: String, hint: String) throws {
    try endStep(
      step, at: .now, result: result, message: message, hint: hint)
  }

  private func endStep(
    _ step: Int64, at end: Timestamp, result: String, message: String, hint: String
  ) throws {
    try execute(
      """
      UPDATE step SET ended = ?, result = ?, message = ?, hint = ?, phase = '' WHERE id = ?
      """, [end.milliseconds, result, message, hint, step])
  }

  /// Closes what an engine that vanished has left open, as of when it was last heard of; the answer
  /// says what that was.
  ///
  /// - Parameter isAlive: Whether it is this engine that left it open, which goes on, and with it what
  ///   it does for passwords beside.
  public func closeAbandoned(isAlive: Bool = false) throws -> [String] {
    let open = try rows(
      """
      SELECT s.id, s.type, c.name, COALESCE(s.seen, s.started)
      FROM step s INDEXED BY step_open JOIN connector c ON c.id = s.connector_id
      WHERE s.ended IS NULL
      """)
    let message = "The engine that ran this step ended without closing it"
    let hint =
      "Every batch that it had finished is stored, and nothing half-done; the next cycle goes on"
    for row in open {
      try endStep(
        row[0], at: Timestamp(milliseconds: row[3]), result: "stopped-server", message: message,
        hint: hint)
    }
    try execute(
      """
      UPDATE cycle SET ended = COALESCE((SELECT MAX(s.ended) FROM run r
        JOIN step s ON s.run_id = r.id WHERE r.cycle_id = cycle.id), started)
      WHERE ended IS NULL
      """)
    try execute(
      """
      UPDATE command SET state = 'refused', outcome = ?
      WHERE state = 'taken' AND (kind <> 'passwords' OR NOT ?)
      """,
      [
        isAlive
          ? "The engine had to break this off; ask again"
          : "The engine ended before it had finished this; ask again", isAlive,
      ])
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
      case .stageDeleteAdd, .exportDeleteAdd:
        adds += amount
        deletes += amount
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
    // What was counted may turn out to be something else, and is taken back.
    if tally.counts.contains(where: { $0.value < 0 }) {
      try execute("DELETE FROM step_counter WHERE step_id = ? AND count = 0", [step])
    }
    guard adds != 0 || updates != 0 || deletes != 0 else { return }
    try execute(
      """
      UPDATE step SET adds = adds + ?, updates = updates + ?, deletes = deletes + ? WHERE id = ?
      """, [adds, updates, deletes, step])
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
      "SELECT 1 FROM step_counter WHERE step_id = ? AND counter BETWEEN 24 AND 28", [step]) != nil
  }

  /// Whether an import told of changes of objects that were staged, their names among them.
  public func hasUpdated(step: Int64) throws -> Bool {
    try row(
      "SELECT 1 FROM step_counter WHERE step_id = ? AND counter BETWEEN 3 AND 4", [step]) != nil
  }

  /// Whether a step changed anything of the objects, not only looked at them.
  public func hasChangedObjects(step: Int64) throws -> Bool {
    let looked: [Counter] = [
      .stageNoChange, .stageFailure, .filteredDeletions, .filteredObjects, .disconnectorFiltered,
      .disconnectorRemains, .connectorNoFlow, .flowFailure, .outboundNoFlow,
    ]
    let list = looked.map { String($0.rawValue) }.joined(separator: ", ")
    return try row(
      "SELECT 1 FROM step_counter WHERE step_id = ? AND counter NOT IN (\(list)) LIMIT 1", [step])
      != nil
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
}
