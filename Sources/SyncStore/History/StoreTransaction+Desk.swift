public import Directory
import GRDB

/// A command as the engine takes it.
public struct TakenCommand: Sendable {
  /// Its number.
  public var id: Int64
  /// What is asked for.
  public var command: EngineCommand
  /// Who asks.
  public var requestedBy: String
  /// When it was asked for.
  public var filed = Timestamp.now
}

/// What the store remembers of a connector between runs.
public struct ConnectorState: Sendable {
  /// The connector's number.
  public var id: Int64
  /// Its name.
  public var name: String
  /// Where its next delta import goes on.
  public var watermark: Watermark?
  /// Which server the watermark is of.
  public var watermarkIdentity: String
  /// Why its next import must be full, or nil.
  public var fullImportReason: String?
  /// Why its next synchronization must be full, or nil.
  public var fullSyncReason: String?
}

/// Connectors, commands and settings.
extension StoreTransaction {
  /// Enters a connector as it is configured now.
  ///
  /// A first entry, and changed settings, make its
  /// next import full.
  public func register(
    name: String, type: String, isSource: Bool, fingerprint: String
  ) throws -> Int64 {
    if let row = try row("SELECT id, fingerprint FROM connector WHERE name = ?", [name]) {
      let id: Int64 = row[0]
      try execute(
        """
        UPDATE connector SET type = ?, is_source = ?, is_active = 1, fingerprint = ? WHERE id = ?
        """, [type, isSource, fingerprint, id])
      if row[1] != fingerprint {
        try requireFullImport(id, because: "the settings of connector \(name) changed")
      }
      return id
    }
    try execute(
      """
      INSERT INTO connector(name, type, is_source, fingerprint, full_import_reason,
        full_sync_reason) VALUES (?, ?, ?, ?, ?, ?)
      """,
      [
        name, type, isSource, fingerprint, "connector \(name) was never imported",
        "connector \(name) was never synchronized",
      ])
    return db.lastInsertedRowID
  }

  /// Whether a connector was configured until now: one that was taken out of the configuration, and
  /// comes back to it, is as a new one for whatever was synchronized without it.
  public func isConfigured(_ name: String) throws -> Bool {
    try integer("SELECT 1 FROM connector WHERE name = ? AND is_active = 1", [name]) != nil
  }

  /// Whether a connector is entered that was a target and is a source, or the other way round.
  public func hasOtherRole(_ name: String, isSource: Bool) throws -> Bool {
    try integer(
      "SELECT 1 FROM connector WHERE name = ? AND is_active = 1 AND is_source <> ?",
      [name, isSource]) != nil
  }

  /// Notes which connectors are configured; the others are no longer shown.
  public func retireConnectors(except ids: [Int64]) throws {
    let list = ids.map(String.init).joined(separator: ", ")
    try db.execute(sql: "UPDATE connector SET is_active = 0 WHERE id NOT IN (\(list))")
  }

  /// The name of a source that is not configured any more and that metaverse objects are still
  /// linked to; nil if there is none.
  public func retiredSource() throws -> String? { try leavingSources().first?.name }

  /// The sources that are not configured any more.
  public func retiredSources() throws -> [(id: Int64, name: String)] {
    try rows("SELECT id, name FROM connector WHERE is_active = 0 AND is_source = 1 ORDER BY id")
      .map { ($0[0], $0[1]) }
  }

  /// Those of ``retiredSources()`` whose objects are yet to leave the metaverse.
  public func leavingSources() throws -> [(id: Int64, name: String)] {
    // Of one that has left nothing, all that is kept of it is looked through.
    try retiredSources().filter { source in
      try integer(
        "SELECT 1 FROM cs_object WHERE connector_id = ? AND mv_id IS NOT NULL LIMIT 1", [source.id])
        != nil
    }
  }

  /// Whether an object of a source without a metaverse object can't be synchronized, or one could not
  /// be read.
  public func hasFailingDisconnectors() throws -> Bool {
    let fails =
      try integer(
        """
        SELECT 1 FROM connector k CROSS JOIN cs_object o INDEXED BY cs_sync_error
          ON o.connector_id = k.id
        WHERE k.is_active <> 0 AND k.is_source = 1 AND o.sync_error_id IS NOT NULL
          AND o.mv_id IS NULL LIMIT 1
        """) != nil
    if fails { return true }
    return try rows("SELECT id FROM connector WHERE is_active <> 0 AND is_source = 1").contains {
      try !unreadObjects(connector: $0[0], before: .max).isEmpty
    }
  }

  /// What is remembered of a connector.
  public func connectorState(_ id: Int64) throws -> ConnectorState? {
    guard
      let row = try row(
        """
        SELECT id, name, watermark_kind, watermark_value, watermark_identity, full_import_reason,
          full_sync_reason FROM connector WHERE id = ?
        """, [id])
    else { return nil }
    let kind: String? = row[2]
    return ConnectorState(
      id: row[0], name: row[1], watermark: kind.map { Watermark(kind: $0, value: row[3] ?? "") },
      watermarkIdentity: row[4] ?? "", fullImportReason: row[5], fullSyncReason: row[6])
  }

  /// Moves a connector's watermark; called in the transaction that stages what it stands for.
  public func setWatermark(_ watermark: Watermark, identity: String, connector: Int64) throws {
    try execute(
      """
      UPDATE connector SET watermark_kind = ?, watermark_value = ?, watermark_identity = ?
      WHERE id = ?
      """, [watermark.kind, watermark.value, identity, connector])
    try noteRead(connector)
  }

  /// Notes that a connector was asked for changes now, and told all that there were.
  public func noteRead(_ connector: Int64) throws {
    try set(Self.lastRead(connector), String(Timestamp.now.milliseconds))
  }

  /// When a connector last told all changes up to its watermark; nil if that is not known.
  public func lastRead(_ connector: Int64) throws -> Timestamp? {
    try setting(Self.lastRead(connector)).flatMap { Int64($0) }
      .map { Timestamp(milliseconds: $0) }
  }

  private static func lastRead(_ connector: Int64) -> String { "connector.\(connector).last-read" }

  /// Forgets a connector's watermark: its next import reads everything.
  public func forgetWatermark(connector: Int64) throws {
    try execute(
      """
      UPDATE connector SET watermark_kind = NULL, watermark_value = NULL, watermark_identity = NULL
      WHERE id = ?
      """, [connector])
  }

  /// Keeps what a server says about itself.
  public func setSummary(_ summary: String, connector: Int64) throws {
    try execute("UPDATE connector SET summary = ? WHERE id = ?", [summary, connector])
  }

  /// Keeps the schema that a connector's directory last told, as the engine spells it.
  public func set(_ schema: String, schemaOf connector: Int64) throws {
    guard try self.schema(of: connector) != schema else { return }
    try set("connector.\(connector).schema", schema)
  }

  /// The schema that was kept.
  public func schema(of connector: Int64) throws -> String? {
    try setting("connector.\(connector).schema")
  }

  /// Makes a connector's next import a full one.
  public func requireFullImport(_ connector: Int64, because reason: String) throws {
    try execute("UPDATE connector SET full_import_reason = ? WHERE id = ?", [reason, connector])
    try set(Self.renamed(connector), nil)
  }

  /// Makes a connector's next import a full one, since something lost the name that others refer to,
  /// while it was imported in full; what it holds is known but for that.
  public func requireFullImport(_ connector: Int64, asRenamed name: String) throws {
    try requireFullImport(
      connector,
      because: "what was called \(name) got another name, maybe while it was read, and what refers "
        + "to it was read before")
    try set(Self.renamed(connector), "true")
  }

  /// Whether a full import is due for such a name alone.
  public func isRenameDue(_ connector: Int64) throws -> Bool {
    try setting(Self.renamed(connector)) != nil
  }

  /// Whether what a connector holds may be neither what it was nor what it is.
  func isHalfRead(_ connector: Int64) throws -> Bool {
    try connectorState(connector)?.fullImportReason != nil && !isRenameDue(connector)
  }

  private static func renamed(_ connector: Int64) -> String { "connector.\(connector).renamed" }

  /// Makes a connector's next synchronization a full one.
  public func requireFullSync(_ connector: Int64, because reason: String) throws {
    try execute("UPDATE connector SET full_sync_reason = ? WHERE id = ?", [reason, connector])
  }

  /// Notes that a full import has been done.
  public func fullImportDone(_ connector: Int64) throws {
    try execute("UPDATE connector SET full_import_reason = NULL WHERE id = ?", [connector])
    try set("connector.\(connector).restored", nil)
    try set(Self.renamed(connector), nil)
  }

  /// Notes that what is known of a connector is as old as a backup.
  public func noteRestored(_ connector: Int64) throws {
    try set("connector.\(connector).restored", "true")
  }

  /// Whether the store was restored from a backup, and the connector not imported in full since.
  public func isRestored(_ connector: Int64) throws -> Bool {
    try setting("connector.\(connector).restored") != nil
  }

  /// Notes that a full synchronization has been done.
  public func fullSyncDone(_ connector: Int64) throws {
    try execute("UPDATE connector SET full_sync_reason = NULL WHERE id = ?", [connector])
    try forgetDue(connector)
  }

  /// The policy of a cycle that is asked for as `asked`, and what it does in full, and why.
  ///
  /// What is due on one connector costs the others nothing: one that can't be read for a long time
  /// would have all of them read anew each time.
  public func cyclePolicy(_ asked: CyclePolicy) throws -> (policy: CyclePolicy, reason: String) {
    let states: [(name: String, import: String?, sync: String?)] = try rows(
      """
      SELECT name, full_import_reason, full_sync_reason FROM connector WHERE is_active = 1
      ORDER BY is_source DESC, id
      """
    ).map { ($0[0], $0[1], $0[2]) }
    let first = states.lazy.compactMap { $0.import ?? $0.sync }.first
    guard let first else { return (asked, "") }
    if asked == .initial || states.allSatisfy({ $0.import != nil && $0.sync != nil }) {
      return (.initial, first)
    }
    let reasons =
      states.compactMap { state in state.import.map { (state.name, "Full Import", $0) } }
      + states.compactMap { state in state.sync.map { (state.name, "Full Synchronization", $0) } }
    return (.delta, Self.told(reasons))
  }

  /// Steps with their reasons, those of one kind and reason together.
  static func told(_ steps: [(connector: String, what: String, reason: String)]) -> String {
    var groups: [(what: String, reason: String, connectors: [String])] = []
    for step in steps {
      if let known = groups.firstIndex(where: { ($0.what, $0.reason) == (step.what, step.reason) })
      {
        groups[known].connectors.append(step.connector)
      } else {
        groups.append((step.what, step.reason, [step.connector]))
      }
    }
    return groups.map {
      "\($0.what) of \($0.connectors.joined(separator: ", ")), because \($0.reason)"
    }.joined(separator: "; ")
  }

  /// The number of the connector called `name`.
  public func connectorID(_ name: String) throws -> Int64? {
    try integer("SELECT id FROM connector WHERE name = ? AND is_active = 1", [name])
  }

  // MARK: Commands

  /// Who obeys a command, where two work beside each other.
  public enum CommandShare: Sendable {
    /// Every command.
    case all
    /// Those for passwords.
    case passwords
    /// All but those for passwords.
    case directory

    var condition: String {
      switch self {
      case .all: "state = 'filed'"
      case .passwords: "state = 'filed' AND kind = 'passwords'"
      case .directory: "state = 'filed' AND kind <> 'passwords'"
      }
    }
  }

  /// The oldest command of a share that no engine has taken; it is taken by this call.
  public func takeCommand(_ share: CommandShare = .all) throws -> TakenCommand? {
    while let row = try row(
      """
      SELECT id, kind, argument, requested_by, filed FROM command WHERE \(share.condition)
      ORDER BY id LIMIT 1
      """)
    {
      let id: Int64 = row[0]
      if let command = EngineCommand(kind: row[1], argument: row[2]) {
        try execute("UPDATE command SET state = 'taken' WHERE id = ?", [id])
        return TakenCommand(
          id: id, command: command, requestedBy: row[3], filed: Timestamp(milliseconds: row[4]))
      }
      try finish(command: id, .refused, outcome: "This version does not know the command")
    }
    return nil
  }

  /// Leaves a command that was taken to the next engine.
  public func putBack(command: Int64) throws {
    try execute("UPDATE command SET state = 'filed' WHERE id = ? AND state = 'taken'", [command])
  }

  /// Whether any command of a share waits.
  public func hasCommand(_ share: CommandShare = .all) throws -> Bool {
    try row("SELECT 1 FROM command WHERE \(share.condition) LIMIT 1") != nil
  }

  /// Whether a command of the kinds that act during a run waits: stop or shut down.
  ///
  /// - Parameter ofEngine: Whether only those count that end the engine.
  public func hasStopCommand(ofEngine: Bool = false) throws -> Bool {
    try row(
      "SELECT 1 FROM command WHERE state = 'filed' AND (kind = 'shut-down' OR kind = 'stop' AND ?)",
      [!ofEngine]) != nil
  }

  /// The oldest command to stop or shut down that waits; it is taken by this call.
  public func takeStopCommand() throws -> TakenCommand? {
    guard
      let row = try row(
        """
        SELECT id, kind, argument, requested_by FROM command
        WHERE state = 'filed' AND kind IN ('stop', 'shut-down') ORDER BY id LIMIT 1
        """), let command = EngineCommand(kind: row[1], argument: row[2])
    else { return nil }
    try execute("UPDATE command SET state = 'taken' WHERE id = ?", [row[0] as Int64])
    return TakenCommand(id: row[0], command: command, requestedBy: row[3])
  }

  /// Says what a command has started.
  public func attach(command: Int64, cycle: Int64?, run: Int64?) throws {
    try execute(
      "UPDATE command SET cycle_id = ?, run_id = ? WHERE id = ?", [cycle, run, command])
  }

  /// Says what became of a command.
  public func finish(
    command: Int64, _ state: CommandStatus.State, outcome: String
  ) throws {
    try execute(
      "UPDATE command SET state = ?, outcome = ? WHERE id = ?",
      [state.rawValue, outcome, command])
  }

  // MARK: Settings

  /// The value of a setting, or nil.
  public func setting(_ key: String) throws -> String? {
    try row("SELECT value FROM setting WHERE key = ?", [key])?[0]
  }

  /// Sets a setting; nil removes it.
  public func set(_ key: String, _ value: String?) throws {
    guard let value else {
      try execute("DELETE FROM setting WHERE key = ?", [key])
      return
    }
    try execute(
      """
      INSERT INTO setting(key, value) VALUES (?, ?)
      ON CONFLICT(key) DO UPDATE SET value = excluded.value
      """, [key, value])
  }

  /// The schedule as it is set now.
  public func schedule() throws -> ScheduleSettings {
    let standard = ScheduleSettings()
    func number(_ key: String, _ fallback: Int) throws -> Int {
      try setting(key).flatMap { Int($0) } ?? fallback
    }
    return ScheduleSettings(
      intervalSeconds: try number("schedule.interval", standard.intervalSeconds),
      isEnabled: try setting("schedule.enabled") != "false",
      nextPolicy: try setting("schedule.next-policy").flatMap { CyclePolicy(rawValue: $0) },
      purgeAgeSeconds: try number("schedule.purge-age", standard.purgeAgeSeconds),
      deletionThreshold: try number("schedule.deletion-threshold", standard.deletionThreshold))
  }

  /// Sets the schedule.
  public func set(_ schedule: ScheduleSettings) throws {
    try set("schedule.interval", String(schedule.intervalSeconds))
    try set("schedule.enabled", schedule.isEnabled ? "true" : "false")
    try set("schedule.next-policy", schedule.nextPolicy?.rawValue)
    try set("schedule.purge-age", String(schedule.purgeAgeSeconds))
    try set("schedule.deletion-threshold", String(schedule.deletionThreshold))
  }
}

extension EngineCommand {
  /// The command's word and its argument, as the store keeps them.
  var stored: (kind: String, argument: String) {
    switch self {
    case .cycle(let policy): ("cycle", policy.rawValue)
    case .run(let connector, let type): ("run", type.rawValue + "\u{1F}" + connector)
    case .stop: ("stop", "")
    case .releaseDeletes(let connector, let most, let until):
      ("release-deletes", Self.text(connector, most, until))
    case .purge(let moment): ("purge", String(moment.milliseconds))
    case .release(let held): ("release", held.text)
    case .rehearse(let policy): ("rehearse", policy.rawValue)
    case .verify(let connector, let basis): ("verify", basis.rawValue + "\u{1F}" + connector)
    case .staging(let isOn): ("staging", isOn ? "on" : "off")
    case .preview(let order): ("preview", order.text)
    case .readConfiguration: ("read-configuration", "")
    case .passwords(let order): ("passwords", order.text)
    case .becomeService: ("become-service", "")
    case .shutDown: ("shut-down", "")
    }
  }

  /// A release of deletes: what is not said stays empty, or away from the end.
  private static func text(_ connector: String, _ most: Int?, _ until: Timestamp?) -> String {
    let most = most.map { String($0) }
    guard let until else { return connector + (most.map { "\u{1F}" + $0 } ?? "") }
    return connector + "\u{1F}" + (most ?? "") + "\u{1F}" + String(until.milliseconds)
  }

  init?(kind: String, argument: String) {
    switch kind {
    case "cycle":
      guard let policy = CyclePolicy(rawValue: argument) else { return nil }
      self = .cycle(policy)
    case "run":
      let parts = argument.split(separator: "\u{1F}", maxSplits: 1).map(String.init)
      guard parts.count == 2, let type = StepType(rawValue: parts[0]) else { return nil }
      self = .run(connector: parts[1], type)
    case "stop": self = .stop
    case "release-deletes":
      let parts = argument.split(
        separator: "\u{1F}", maxSplits: 2, omittingEmptySubsequences: false
      ).map(String.init)
      let most = parts.count > 1 ? Int(parts[1]) : nil
      let until = parts.count > 2 ? Int64(parts[2]) : nil
      guard parts.count == 1 || most != nil || (parts.count == 3 && parts[1].isEmpty),
        parts.count < 3 || until != nil
      else { return nil }
      self = .releaseDeletes(
        connector: parts[0], atMost: most, until: until.map { Timestamp(milliseconds: $0) })
    case "purge":
      guard let moment = Int64(argument) else { return nil }
      self = .purge(before: Timestamp(milliseconds: moment))
    case "release":
      guard let held = HeldReference(text: argument) else { return nil }
      self = .release(held)
    case "rehearse":
      guard let policy = CyclePolicy(rawValue: argument) else { return nil }
      self = .rehearse(policy)
    case "verify":
      let parts = argument.split(separator: "\u{1F}", maxSplits: 1).map(String.init)
      guard parts.count == 2, let basis = VerificationBasis(rawValue: parts[0]) else { return nil }
      self = .verify(connector: parts[1], basis)
    case "staging": self = .staging(argument == "on")
    case "preview":
      guard let order = PreviewOrder(text: argument) else { return nil }
      self = .preview(order)
    case "read-configuration": self = .readConfiguration
    case "passwords":
      guard let order = PasswordOrder(text: argument) else { return nil }
      self = .passwords(order)
    case "become-service": self = .becomeService
    case "shut-down": self = .shutDown
    default: return nil
    }
  }
}
