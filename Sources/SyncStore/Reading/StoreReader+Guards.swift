import Directory
import GRDB

/// What waits for a person's word, and what is due.
extension StoreReader {
  /// Held changes by their causes, the largest group first.
  public func heldGroups(connector: String? = nil) throws -> [HeldGroup] {
    try read { tx in
      try Self.heldKinds(tx, connector: connector).flatMap { try Self.groups($0.id, $0.kinds, tx) }
        .sorted { $0.count > $1.count }
    }
  }

  /// What waits to be sent to each target, without those to which nothing does.
  public func waitingExports() throws -> [WaitingExports] {
    try read { tx in
      // By the words of the indexes that hold only what waits.
      let changes = "o.connector_id = c.id AND o.pending_export IN (1, 2)"
      return try tx.rows(
        """
        SELECT * FROM (
          SELECT c.name,
            (SELECT COUNT(*) FROM cs_object o WHERE \(changes) AND o.pending_export = 1) AS adds,
            (SELECT COUNT(*) FROM cs_object o WHERE \(changes) AND o.pending_export = 2) AS updates,
            (SELECT COUNT(*) FROM cs_object o
              WHERE o.connector_id = c.id AND o.pending_export = 4) AS deletes
          FROM connector c WHERE c.is_active = 1 ORDER BY c.id)
        WHERE adds + updates + deletes > 0
        """
      ).map {
        WaitingExports(connector: $0[0], adds: $0[1], updates: $0[2], deletes: $0[3])
      }
    }
  }

  /// The objects of a group of held changes, after the object `after`.
  public func held(group: Int64, after: Int64?, limit: Int) throws -> [ObjectRow] {
    try read { tx in
      let ids = try tx.rows(
        """
        SELECT o.id FROM cause c JOIN export_cause e ON e.cause_id = c.id
        JOIN cs_object o ON o.id = e.object_id
        WHERE c.id = ? AND \(Self.isHeldInGroup) AND o.id > ? ORDER BY o.id LIMIT ?
        """, [group, after ?? 0, limit])
      return try ids.compactMap { try Self.object($0[0], tx) }.map { try Self.named($0, tx) }
    }
  }

  /// Imports that are not believed until a person says so.
  public func heldImports() throws -> [HeldImport] {
    try read { try Self.heldImports($0) }
  }

  /// Who let what pass, newest first.
  public func releases(limit: Int) throws -> [ReleaseRow] {
    try read { tx in
      try tx.rows(
        """
        SELECT r.id, c.name, r.time, r.released_by, r.what, r.count FROM guard_release r
        JOIN connector c ON c.id = r.connector_id ORDER BY r.id DESC LIMIT ?
        """, [limit]
      ).map { row in
        ReleaseRow(
          id: row[0], connector: row[1], time: Timestamp(milliseconds: row[2]), person: row[3],
          what: row[4], count: row[5])
      }
    }
  }

  /// The full imports and full synchronizations that are due, and why.
  public func dueSteps() throws -> [DueStep] {
    try read { try due($0) }
  }

  // MARK: Parts of the status

  static func isStaging(_ tx: StoreTransaction) throws -> Bool { try tx.isStaging() }

  static func heldImports(_ tx: StoreTransaction) throws -> [HeldImport] {
    try tx.importHolds().map { hold in
      var held = HeldImport(
        connector: try tx.connectorName(hold.connector) ?? "", kind: hold.kind, count: hold.count,
        message: hold.message, since: hold.since, releasedBy: hold.releasedBy)
      guard hold.isForLack, hold.releasedBy == nil else { return held }
      let some = try tx.lack(connector: hold.connector)?.prefix(3) ?? []
      held.samples = try some.compactMap { try object($0, tx) }
        .map { $0.display.isEmpty ? $0.dn : $0.display }
      return held
    }
  }

  /// What the last full import of a connector left as it was, since it could not read all; nil if it
  /// could, or missed nothing.
  static func unshown(
    _ id: Int64, _ name: String, _ tx: StoreTransaction
  ) throws -> UnshownObjects? {
    let last = try tx.row(
      """
      SELECT result, message, hint, ended FROM step s INDEXED BY step_connector
      WHERE connector_id = ? AND type = 'full-import' AND is_rehearsal = 0 AND ended IS NOT NULL
        AND (result = 'success' OR result LIKE 'completed-%')
        AND \(StoreTransaction.isOfMany("s")) ORDER BY id DESC LIMIT 1
      """, [id])
    guard let last, (last[0] as String) == "completed-discovery-errors" else { return nil }
    let message: String = last[1]
    guard !message.isEmpty else { return nil }
    return UnshownObjects(
      connector: name, since: Timestamp(milliseconds: last[3]), message: message, hint: last[2])
  }

  private func due(_ tx: StoreTransaction) throws -> [DueStep] {
    let rows = try tx.rows(
      """
      SELECT id, name, full_import_reason, full_sync_reason FROM connector WHERE is_active = 1
      ORDER BY is_source DESC, id
      """)
    let steps = try rows.flatMap { row -> [DueStep] in
      let reasons: [(StepType, String?)] = [(.fullImport, row[2]), (.fullSynchronization, row[3])]
      return try reasons.compactMap { type, reason in
        guard let reason else { return nil }
        var step = DueStep(
          connector: row[1], type: type, reason: reason,
          objects: try costly("staged of \(row[0] as Int64)", tx) {
            try tx.stagedCount(connector: row[0])
          })
        if type == .fullSynchronization {
          step.changes = try tx.dueChanges(row[0])
          step.effects = try tx.dueEffects(row[0])
          step.isOutdated =
            try !(step.changes.isEmpty && step.effects.isEmpty)
            && tx.setting(StoreTransaction.assessedRules) == nil
        }
        return step
      }
    }
    guard steps.contains(where: { $0.type == .fullSynchronization }) else { return steps }
    let isTold = try tx.setting(StoreTransaction.assessedRules) != nil
    return steps
      + (try tx.leavingSources().map { source in
        var step = DueStep(
          connector: source.name, type: .fullSynchronization, reason: DueStep.retired,
          objects: try costly("staged of \(source.id)", tx) {
            try tx.stagedCount(connector: source.id)
          })
        step.effects = try tx.dueEffects(source.id)
        step.isRetired = true
        step.isOutdated = !isTold && !step.effects.isEmpty
        return step
      })
  }

  /// Changes other than deletes that exports hold back, of one connector or all; counted only where
  /// they do.
  func heldChanges(_ tx: StoreTransaction, connector: Int64? = nil) throws -> Int {
    let holds = try tx.rows(
      """
      SELECT h.connector_id, h.kind FROM export_hold h
      JOIN connector c ON c.id = h.connector_id AND c.is_active = 1
      WHERE h.kind <> 'deletes' AND (?1 IS NULL OR c.id = ?1)
      """, [connector])
    return try holds.reduce(0) { sum, hold in
      let (connector, kind): (Int64, String) = (hold[0], hold[1])
      let count: Int = try costly("held \(kind) of \(connector)", tx) {
        Int(
          try tx.integer(
            """
            SELECT COUNT(*) FROM cause c JOIN export_cause e ON e.cause_id = c.id
            JOIN cs_object o ON o.id = e.object_id
            WHERE c.connector_id = ? AND c.kind = ? AND \(Self.isHeldInGroup)
            """, [connector, kind]) ?? 0)
      }
      return sum + count
    }
  }

  // MARK: Groups

  /// Whether an object `o` still waits with the change that a cause `c` is of.
  static let isHeldInGroup = """
    o.is_released = 0
      AND o.pending_export = CASE c.kind WHEN 'adds' THEN 1 WHEN 'deletes' THEN 4 ELSE 2 END
    """

  /// The kinds of change that each connector holds.
  private static func heldKinds(
    _ tx: StoreTransaction, connector: String?
  ) throws -> [(id: Int64, kinds: [GuardedKind])] {
    let rows = try tx.rows(
      "SELECT id FROM connector WHERE is_active = 1 AND (?1 IS NULL OR name = ?1) ORDER BY id",
      [connector])
    return try rows.map { row in
      let id: Int64 = row[0]
      let deletes = try heldDeletes(tx)[id] != nil
      return (id, [.adds, .updates, .renames] + (deletes ? [.deletes] : []))
    }
  }

  private static func groups(
    _ connector: Int64, _ kinds: [GuardedKind], _ tx: StoreTransaction
  ) throws -> [HeldGroup] {
    let list = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    return try tx.rows(
      """
      SELECT c.id, n.name, c.kind, c.text, COUNT(*), MIN(e.time), MAX(e.time)
      FROM export_cause e
      JOIN cause c ON c.id = e.cause_id JOIN connector n ON n.id = c.connector_id
      JOIN cs_object o ON o.id = e.object_id
      WHERE c.connector_id = ? AND c.kind IN (\(list)) AND \(isHeldInGroup) GROUP BY c.id
      """, [connector]
    ).map { row in
      HeldGroup(
        id: row[0], connector: row[1], kind: GuardedKind(rawValue: row[2]) ?? .deletes,
        cause: row[3], count: row[4], since: Timestamp(milliseconds: row[5]),
        latest: Timestamp(milliseconds: row[6]),
        samples: try samples(row[0], tx))
    }
  }

  private static func samples(_ group: Int64, _ tx: StoreTransaction) throws -> [String] {
    try tx.rows(
      """
      SELECT o.display, o.id FROM cause c JOIN export_cause e ON e.cause_id = c.id
      JOIN cs_object o ON o.id = e.object_id
      WHERE c.id = ? AND \(isHeldInGroup) ORDER BY e.object_id LIMIT 3
      """, [group]
    ).map { row in
      let account = try account(of: row[1], tx)
      return row[0] + (account.isEmpty || account == row[0] ? "" : " <\(account)>")
    }
  }
}

extension StoreTransaction {
  /// Whether nothing is to be exported: the configuration says so, or a person did.
  public func isStaging() throws -> Bool {
    try setting("engine.staging") == "true" || setting("engine.staging-configured") == "true"
  }

  /// The same, or a person has asked for it and the engine has not come to it yet.
  public func isStagingMeant() throws -> Bool {
    if try isStaging() { return true }
    let asked: String? = try row(
      """
      SELECT argument FROM command WHERE state = 'filed' AND kind = 'staging'
      ORDER BY id DESC LIMIT 1
      """)?[0]
    return asked == EngineCommand.staging(true).stored.argument
  }

  /// The name of a connector.
  func connectorName(_ id: Int64) throws -> String? {
    try row("SELECT name FROM connector WHERE id = ?", [id])?[0]
  }
}

extension StoreReader {
  /// What faces have asked of the engine, newest first.
  public func commands(limit: Int) throws -> [FiledCommand] {
    try read { tx in
      let isEngineGone = try !Self.engineMayLive(tx)
      return try tx.rows(
        """
        SELECT id, kind, argument, requested_by, filed, state, outcome FROM command
        ORDER BY id DESC LIMIT ?
        """, [limit]
      ).map { row in
        var command = FiledCommand(
          id: row[0], command: EngineCommand(kind: row[1], argument: row[2]), requestedBy: row[3],
          filed: Timestamp(milliseconds: row[4]),
          state: CommandStatus.State(rawValue: row[5]) ?? .filed, outcome: row[6])
        command.isBrokenOff = isEngineGone && command.state == .taken
        return command
      }
    }
  }
}
