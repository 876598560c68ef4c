import Directory
import GRDB

/// What was done.
extension StoreReader {
  private static let columns = """
    s.id, s.run_id, r.cycle_id, y.policy, r.requested_by, COALESCE(y.reason, ''),
    s.connector_id, c.name, s.type, s.result, s.started, s.ended, s.adds, s.updates, s.deletes,
    s.errors, s.is_thinned, s.is_rehearsal, s.seen
    """
  private static func tables(_ tx: StoreTransaction) throws -> String {
    """
    \(try steps(tx)) s JOIN run r ON r.id = s.run_id JOIN connector c ON c.id = s.connector_id
    LEFT JOIN cycle y ON y.id = r.cycle_id
    """
  }

  /// The steps as they are, in SQL: one that no living engine runs has ended when it was last heard
  /// of, though nobody has closed it yet.
  static func steps(_ tx: StoreTransaction) throws -> String {
    // The lease is looked at only where it matters.
    let isOpen =
      try tx.row("SELECT 1 FROM step INDEXED BY step_open WHERE ended IS NULL LIMIT 1") != nil
    guard isOpen, try !engineMayLive(tx) else { return "step" }
    return """
      (SELECT id, run_id, connector_id, type,
        iif(ended IS NULL, 'stopped-server', result) AS result, started,
        COALESCE(ended, seen, started) AS ended, adds, updates, deletes, errors, is_thinned,
        is_rehearsal, seen FROM step)
      """
  }

  private static func row(_ row: StoreRow) -> OperationRow {
    let policy: String? = row[3]
    let ended: Int64? = row[11]
    var result = OperationRow(
      id: row[0], runID: row[1], cycleID: row[2],
      policy: policy.flatMap { CyclePolicy(rawValue: $0) }, requestedBy: row[4], reason: row[5],
      connectorID: row[6], connector: row[7], type: StepType(rawValue: row[8]) ?? .fullImport,
      result: row[9], started: Timestamp(milliseconds: row[10]),
      ended: ended.map { Timestamp(milliseconds: $0) }, adds: row[12], updates: row[13],
      deletes: row[14], errors: row[15], isThinned: row[16])
    result.isRehearsal = row[17]
    result.lastSeen = (row[18] as Int64?).map { Timestamp(milliseconds: $0) }
    return result
  }

  /// What a text is looked for in.
  private static let searched =
    "(c.name || ' ' || replace(s.type, '-', ' ') || ' ' || s.result || ' ' || r.requested_by)"

  static func condition(
    _ filter: OperationFilter
  ) -> (sql: String, arguments: [(any SQLBindable)?]) {
    var parts = ["1"]
    var arguments: [(any SQLBindable)?] = []
    if let connector = filter.connector {
      parts.append("s.connector_id = (SELECT id FROM connector WHERE name = ?)")
      arguments.append(connector)
    }
    if let type = filter.type {
      parts.append("s.type = ?")
      arguments.append(type.rawValue)
    }
    if let since = filter.since {
      parts.append("s.started >= ?")
      arguments.append(since.milliseconds)
    }
    if let until = filter.until {
      // Not by number: where a clock was set back, steps didn't begin in that order.
      parts.append("s.started <= ?")
      arguments.append(until.milliseconds)
    }
    for text in filter.without where !text.isEmpty {
      parts.append("NOT " + ListFunctions.contains(searched))
      arguments.append(text.lowercased())
    }
    switch filter.atLeast {
    case nil, .success: break
    case .running: parts.append("s.result <> 'success'")
    case .warning: parts.append("s.result NOT IN ('success', 'in-progress')")
    case .error:
      parts.append(
        "s.result NOT IN ('success', 'in-progress') "
          + "AND (s.result NOT LIKE 'completed-%' OR s.result LIKE '%-errors')")
    case .stopped:
      parts.append(
        "s.result NOT IN ('success', 'in-progress') AND s.result NOT LIKE 'completed-%'")
    }
    if !filter.text.isEmpty {
      parts.append(ListFunctions.contains(searched))
      arguments.append(filter.text.lowercased())
    }
    return (parts.joined(separator: " AND "), arguments)
  }

  /// Steps, newest first, below the step `before`.
  public func operations(
    _ filter: OperationFilter, before: Int64?, limit: Int
  ) throws -> [OperationRow] {
    let (condition, arguments) = Self.condition(filter)
    return try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM \(try Self.tables(tx)) WHERE s.id < ? AND \(condition)
        ORDER BY s.id DESC LIMIT ?
        """, [before ?? Int64.max] + arguments + [limit]
      ).map(Self.row)
    }
  }

  /// How many steps the filter lets through.
  public func operationCount(_ filter: OperationFilter) throws -> Int {
    let (condition, arguments) = Self.condition(filter)
    return try read { tx in
      if filter == OperationFilter() {
        return try costly("steps", tx) { Int(try tx.integer("SELECT COUNT(*) FROM step") ?? 0) }
      }
      return Int(
        try tx.integer(
          "SELECT COUNT(*) FROM \(try Self.tables(tx)) WHERE \(condition)", arguments) ?? 0)
    }
  }

  static func operations(_ ids: [Int64], _ tx: StoreTransaction) throws -> [OperationRow] {
    try tx.rows(
      "SELECT \(columns) FROM \(try tables(tx)) WHERE s.id IN (SELECT value FROM json_each(?))",
      [list(ids)]
    ).map(row)
  }

  static func operation(_ step: Int64, _ tx: StoreTransaction) throws -> OperationRow? {
    try tx.row("SELECT \(columns) FROM \(try tables(tx)) WHERE s.id = ?", [step]).map(row)
  }

  /// One step.
  public func operation(step: Int64) throws -> OperationRow? {
    try read { try Self.operation(step, $0) }
  }

  /// The counters of a step; those that are 0 are left out, except `stage-no-change`.
  public func counters(step: Int64) throws -> [CounterRow] {
    try read { tx in
      let rows = try tx.rows(
        """
        SELECT k.counter, k.target_id, k.count, COALESCE(c.name, ''), s.is_thinned
        FROM step_counter k JOIN step s ON s.id = k.step_id
        LEFT JOIN connector c ON c.id = k.target_id WHERE k.step_id = ?
        ORDER BY k.target_id, k.counter
        """, [step])
      return rows.compactMap { row in
        guard let counter = Counter(rawValue: row[0]) else { return nil }
        let count: Int = row[2]
        return CounterRow(
          group: counter.group(target: row[3]), name: counter.name, title: counter.title,
          count: count, hasDetail: counter.hasDetail && count > 0 && !(row[4] as Bool))
      }
    }
  }

  /// The message with which a step ended early, and what to do next.
  public func stepMessage(step: Int64) throws -> (message: String, hint: String) {
    try read { tx in
      try tx.row("SELECT message, hint FROM step WHERE id = ?", [step]).map { ($0[0], $0[1]) }
        ?? ("", "")
    }
  }

  /// The objects that a step counted under a counter.
  public func changes(
    step: Int64, group: CounterGroup, counter: String, after: Int64?, limit: Int
  ) throws -> [StepChangeRow] {
    let (condition, arguments) = Self.condition(counter: counter, group)
    return try read { tx in
      try tx.rows(
        """
        SELECT \(Self.changeColumns) FROM \(Self.changeTables)
        WHERE h.step_id = ? AND \(condition) AND h.id > ? ORDER BY h.id LIMIT ?
        """, [step] + arguments + [after ?? 0, limit]
      ).map(Self.change)
    }
  }

  /// What is true of the objects that a step counted under a counter.
  static func condition(
    counter: String, _ group: CounterGroup
  ) -> (sql: String, arguments: [(any SQLBindable)?]) {
    let target: String? = if case .outbound(let name) = group { name } else { nil }
    let codes = Counter.allCases.filter { candidate in
      candidate.name == counter && candidate.group(target: target ?? "") == group
    }.map { String($0.rawValue) }.joined(separator: ", ")
    return (
      """
      h.counter IN (\(codes.isEmpty ? "-1" : codes))
      AND h.target_id = COALESCE((SELECT id FROM connector WHERE name = ?), 0)
      """, [target]
    )
  }

  private static let changeColumns = """
    h.id, h.object_id, h.dn, h.display, h.object_type,
    COALESCE((SELECT name FROM connector WHERE id = h.target_id), c.name),
    COALESCE(h.reason, '')
    """
  private static let changeTables = """
    step_change h JOIN step s ON s.id = h.step_id JOIN connector c ON c.id = s.connector_id
    """

  private static func change(_ row: StoreRow) -> StepChangeRow {
    StepChangeRow(
      id: row[0], objectID: row[1], dn: row[2], display: row[3], objectType: row[4],
      connector: row[5], reason: row[6])
  }

  static func changes(_ ids: [Int64], _ tx: StoreTransaction) throws -> [StepChangeRow] {
    try tx.rows(
      """
      SELECT \(changeColumns) FROM \(changeTables)
      WHERE h.id IN (SELECT value FROM json_each(?))
      """, [list(ids)]
    ).map(change)
  }

  /// What a step did to an object: the attributes before and after.
  public func deltas(change: Int64) throws -> [AttributeDelta] {
    try read { tx in
      let bytes = try tx.row("SELECT deltas FROM step_change WHERE id = ?", [change])?.bytes(0)
      return try tx.deltas(of: change, bytes)
    }
  }

  // MARK: Cycles

  static func cycle(_ id: Int64, _ tx: StoreTransaction) throws -> CycleSummary? {
    guard
      let row = try tx.row(
        """
        SELECT id, policy, requested_by, reason, started, ended, is_rehearsal FROM cycle
        WHERE id = ?
        """, [id])
    else { return nil }
    let ended: Int64? = row[5]
    let steps = try tx.rows(
      "SELECT \(columns) FROM \(try tables(tx)) WHERE r.cycle_id = ? ORDER BY s.id", [id]
    ).map(Self.row)
    var summary = CycleSummary(
      id: id, policy: CyclePolicy(rawValue: row[1]) ?? .delta, requestedBy: row[2],
      reason: row[3], started: Timestamp(milliseconds: row[4]),
      ended: ended.map { Timestamp(milliseconds: $0) }, steps: steps)
    summary.isRehearsal = row[6]
    summary.errors = try CycleErrorCount.of(id, tx)
    if summary.ended == nil, try !engineMayLive(tx) {
      summary.ended = steps.compactMap(\.ended).max() ?? summary.started
    }
    return summary
  }

  /// Cycles, newest first, with their steps.
  public func cycles(before: Int64?, limit: Int) throws -> [CycleSummary] {
    try read { tx in
      try tx.rows(
        "SELECT id FROM cycle WHERE id < ? ORDER BY id DESC LIMIT ?", [before ?? Int64.max, limit]
      ).compactMap { try Self.cycle($0[0], tx) }
    }
  }

  /// One cycle.
  public func cycle(id: Int64) throws -> CycleSummary? {
    try read { try Self.cycle(id, $0) }
  }
}
