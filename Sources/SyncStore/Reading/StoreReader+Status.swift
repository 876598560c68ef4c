import Directory
import Foundation
import GRDB

#if canImport(Glibc)
  import Glibc
#endif

/// The engine and what it is doing.
extension StoreReader {
  /// The engine, the schedule, the last cycle.
  public func status() throws -> EngineStatus {
    try read { tx in
      let holder = try Self.isEngineThere(tx)
      // By name: SQLite would rather look through all steps that there ever were.
      let running =
        try tx.row("SELECT id FROM step INDEXED BY step_open WHERE ended IS NULL LIMIT 1") != nil
      let connectors = try tx.rows(
        "SELECT name, is_source, id FROM connector WHERE is_active = 1 ORDER BY is_source DESC, id")
      let schedule = try tx.schedule()
      let next = try tx.cyclePolicy(schedule.nextPolicy ?? .delta)
      // One that an engine died in is the last, though nobody has closed it yet.
      let last = try tx.integer(
        "SELECT MAX(id) FROM cycle WHERE (ended IS NOT NULL OR NOT ?) AND is_rehearsal = 0",
        [try holder || tx.setting("engine.lock-file") == nil])
      let keepsSchedule = try tx.setting("engine.keeps-schedule") != "false"
      let pid = try tx.setting("engine.pid").flatMap { Int32($0) } ?? 0
      let (held, passing) = try Self.pendingDeletes(tx)
      var result = EngineStatus(
        state: !holder ? .absent : running ? .running : .idle, pid: holder ? pid : 0,
        sources: connectors.filter { $0[1] }.map { $0[0] },
        targets: connectors.filter { !($0[1] as Bool) }.map { $0[0] },
        nextCycle: holder && schedule.isEnabled && keepsSchedule
          ? try Self.nextCycle(tx, schedule) : nil,
        nextPolicy: next.policy, nextReason: next.reason, schedule: schedule,
        lastCycle: try last.flatMap { try Self.cycle($0, tx) },
        openErrors: try Self.openErrorCount(tx), heldDeletes: held.values.reduce(0, +))
      for row in connectors {
        if let count = held[row[2]] { result.heldDeletesByConnector[row[0]] = count }
        if let count = passing[row[2]] { result.passingDeletes[row[0]] = count }
      }
      result.heldChanges = try heldChanges(tx)
      result.isStaging = try tx.isStaging()
      result.keepsSchedule = keepsSchedule
      result.heldImports = try Self.heldImports(tx).filter { $0.releasedBy == nil }.map(\.message)
      result.unshown = try connectors.compactMap { try Self.unshown($0[2], $0[0], tx) }
      if holder {
        result.wrongConfiguration = try tx.setting("engine.wrong-configuration")
        result.watches = try connectors.compactMap { row in
          try tx.watch(of: row[2]).map { ConnectorWatch(connector: row[0], state: $0) }
        }
      }
      for row in connectors {
        // Nothing goes out to a source.
        for stage in (row[1] as Bool) ? [GuardStage.importing] : [.importing, .exporting] {
          guard let limit = try tx.limit(connector: row[2], stage, .deletes) else { continue }
          result.deletionLimits.append(.init(connector: row[0], stage: stage, limit: limit))
        }
      }
      result.passwords = try Self.worstChannel(tx, isEngineThere: holder)
      return result
    }
  }

  private static func worstChannel(
    _ tx: StoreTransaction, isEngineThere: Bool
  ) throws -> PasswordChannelState? {
    let order: [PasswordChannelState] = [
      .refused, .failed, .stopped, .paused, .working, .waiting,
    ]
    let states = try tx.rows("SELECT state FROM password_channel WHERE is_active = 1").map {
      PasswordChannelState(rawValue: $0[0]) ?? .stopped
    }
    if !isEngineThere, !states.isEmpty { return .stopped }
    return order.first(where: states.contains)
  }

  private static func nextCycle(
    _ tx: StoreTransaction, _ schedule: ScheduleSettings
  ) throws -> Timestamp? {
    guard let last = try tx.setting("schedule.last-start").flatMap({ Int64($0) }) else {
      return .now
    }
    let start = min(Timestamp(milliseconds: last), .now)
    return start.adding(seconds: Double(schedule.intervalSeconds))
  }

  /// Whether an engine is known to work.
  static func isEngineThere(_ tx: StoreTransaction) throws -> Bool {
    try tx.setting("engine.lock-file").map { try isHeld($0, tx) } ?? false
  }

  /// Whether an engine may be at work: false only if it is known that none holds the lease.
  static func engineMayLive(_ tx: StoreTransaction) throws -> Bool {
    try tx.setting("engine.lock-file").map { try isHeld($0, tx) } ?? true
  }

  /// Whether an engine works on this store, which noted that it holds the lease `noted`.
  ///
  /// A workspace may have been moved or copied since: the lock beside the store is that of this one.
  private static func isHeld(_ noted: String, _ tx: StoreTransaction) throws -> Bool {
    let file: String? = try tx.row("SELECT file FROM pragma_database_list WHERE name = 'main'")?[0]
    guard let file, let real = realpath(file, nil) else { return holdsLease(noted) }
    defer { free(real) }
    let own = String(cString: real) + ".lock"
    return holdsLease(access(own, F_OK) == 0 ? own : noted)
  }

  /// Whether an engine holds the lease file: the kernel knows, whatever the store says.
  private static func holdsLease(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    if flock(descriptor, LOCK_SH | LOCK_NB) == 0 {
      _ = flock(descriptor, LOCK_UN)
      return false
    }
    return true
  }

  /// Open errors of one connector, or of all that are configured: one for each stage of an object,
  /// and one for each object that the last imports could not read.
  static func openErrorCount(_ tx: StoreTransaction, connector: Int64? = nil) throws -> Int {
    let ids =
      try connector.map { [$0] }
      ?? tx.rows("SELECT id FROM connector WHERE is_active = 1").map { $0[0] }
    return try ids.reduce(0) { sum, id in
      sum
        + Int(
          try tx.integer(
            """
            SELECT (SELECT COUNT(*) FROM cs_object
                WHERE connector_id = ?1 AND sync_error_id IS NOT NULL)
              + (SELECT COUNT(*) FROM cs_object
                WHERE connector_id = ?1 AND export_error_id IS NOT NULL)
              + (SELECT COUNT(*) FROM step_error WHERE stage = 'discovery'
                AND is_over = 0 AND connector_id = ?1 AND step_id IN (\(lastImports)))
            """, [id]) ?? 0)
    }
  }

  /// The last full import that read all of its directory, of each connector, and the imports
  /// since: their discovery errors are still open unless they
  /// are over.
  static let lastImports = """
    SELECT s.id FROM connector c CROSS JOIN step s INDEXED BY step_connector
    WHERE c.is_active = 1 AND s.connector_id = c.id
    AND s.type IN ('full-import', 'delta-import') AND s.errors > 0 AND s.is_rehearsal = 0
    AND s.id >= COALESCE((SELECT f.id FROM step f INDEXED BY step_connector
      WHERE f.connector_id = c.id AND f.type = 'full-import' AND f.is_rehearsal = 0
      AND (f.result = 'success' OR f.result LIKE 'completed-%') ORDER BY f.id DESC LIMIT 1), 0)
    """

  /// The deletes that each connector holds back, by its number; without those that hold none.
  static func heldDeletes(_ tx: StoreTransaction) throws -> [Int64: Int] {
    try pendingDeletes(tx).held
  }

  /// The deletes that no person has released, by the connector's number: those that it holds back, and
  /// those that are few enough to go out with its next export.
  private static func pendingDeletes(
    _ tx: StoreTransaction
  ) throws -> (held: [Int64: Int], passing: [Int64: Int]) {
    let rows = try tx.rows(
      """
      SELECT o.connector_id, COUNT(*) FROM cs_object o
      JOIN connector c ON c.id = o.connector_id AND c.is_active = 1
      WHERE o.pending_export = 4 AND o.is_released = 0 GROUP BY o.connector_id
      """)
    var held: [Int64: Int] = [:]
    var passing: [Int64: Int] = [:]
    for row in rows {
      let count: Int = row[1]
      let limit = try tx.limit(connector: row[0], .exporting, .deletes)
      // What is left of more that were held stays held, until a person says that it is meant.
      let amount = max(count, try tx.heldAmount(connector: row[0], .deletes))
      if try limit?.isExceeded(by: amount, exporting: .deletes, connector: row[0], tx) == true {
        held[row[0]] = count
      } else {
        passing[row[0]] = count
      }
    }
    return (held, passing)
  }

  /// The step that runs now, or nil.
  public func progress() throws -> RunProgress? {
    try read { tx in
      guard try Self.engineMayLive(tx),
        let row = try tx.row(
          """
          SELECT id, phase, done, total, rate, waits_until, throttle_count, quota_used FROM step
          WHERE ended IS NULL ORDER BY id DESC LIMIT 1
          """), let step = try Self.operation(row[0], tx)
      else { return nil }
      var progress = RunProgress(
        step: step, phase: row[1], done: row[2], total: row[3], rate: row[4])
      progress.waitsUntil = (row[5] as Int64?).map { Timestamp(milliseconds: $0) }
      progress.throttleCount = row[6]
      progress.quotaUsed = row[7]
      return progress
    }
  }

  /// Events, newest first.
  public func events(
    codes: [Int], text: String, before: Int64?, limit: Int
  ) throws -> [EventRow] {
    try read { tx in
      let list = codes.map(String.init).joined(separator: ", ")
      return try tx.rows(
        """
        SELECT id, time, level, code, source, message FROM event WHERE id < ?
        \(codes.isEmpty ? "" : "AND code IN (\(list))")
        AND (? = '' OR \(ListFunctions.contains("message"))) ORDER BY id DESC LIMIT ?
        """, [before ?? Int64.max, text, text.lowercased(), limit]
      ).map { row in
        EventRow(
          id: row[0], time: Timestamp(milliseconds: row[1]),
          level: .init(rawValue: row[2]) ?? .information, code: row[3], source: row[4],
          message: row[5])
      }
    }
  }
}
