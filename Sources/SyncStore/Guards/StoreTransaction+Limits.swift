public import Directory
import GRDB

/// Limits, and imports that are not believed.
extension StoreTransaction {
  /// Keeps the limits of a connector as they are configured now, for faces to read.
  public func set(_ limits: GuardLimits, connector: Int64) throws {
    try execute("DELETE FROM guard_limit WHERE connector_id = ?", [connector])
    for (stage, kinds) in [
      (GuardStage.importing, limits.importing), (.exporting, limits.exporting),
    ] {
      for (kind, limit) in kinds {
        try execute(
          """
          INSERT INTO guard_limit(connector_id, stage, kind, count, percent, smallest)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
          [connector, stage.rawValue, kind.rawValue, limit.count, limit.percent, limit.smallest])
      }
    }
  }

  /// The limit for a kind of change; that of exported deletes is the scheduler's, and half of what
  /// the rules manage there, unless the connector has one of its own.
  public func limit(
    connector: Int64, _ stage: GuardStage, _ kind: GuardedKind
  ) throws -> GuardLimit? {
    let row = try row(
      """
      SELECT count, percent, smallest FROM guard_limit
      WHERE connector_id = ? AND stage = ? AND kind = ?
      """, [connector, stage.rawValue, kind.rawValue])
    if let row { return GuardLimit(count: row[0], percent: row[1], smallest: row[2]) }
    guard stage == .exporting, kind == .deletes else { return nil }
    return .standardExportedDeletes(threshold: try schedule().deletionThreshold)
  }

  // MARK: Imports

  /// What an import that is not believed waits for.
  public struct ImportHold: Sendable {
    /// The connector.
    public var connector: Int64
    /// What there was too much of, or `server`, `behind`, `set-back`, `files`.
    public var kind: String
    /// How many objects are concerned.
    public var count: Int
    /// What was seen, in words.
    public var message: String
    /// When.
    public var since: Timestamp
    /// Whether only a full import can make it good.
    public var needsFullImport: Bool
    /// Who released it, or nil.
    public var releasedBy: String?

    /// A hold of these parts, from now on.
    public init(
      connector: Int64, kind: String, count: Int, message: String, needsFullImport: Bool
    ) {
      self.connector = connector
      self.kind = kind
      self.count = count
      self.message = message
      self.needsFullImport = needsFullImport
      since = .now
    }

    /// The kind of a hold because another server answers.
    public static let server = "server"

    /// The kind of a hold because the server has less than was read before: nothing of it is staged.
    public static let behind = "behind"

    /// The kind of a hold because the server has less than it had told itself.
    ///
    /// That it has got as far again says nothing: it counts once more what it had counted already.
    public static let setBack = "set-back"

    /// The kind of a hold because files contradict what was read of them before: nothing of them is
    /// staged.
    public static let files = "files"

    /// The kinds of holds because the server has less than was read before, or the files have.
    static let ofLess: Set<String> = [behind, setBack, files]

    /// Whether its server has less than was read before, or its files contradict it.
    public var isBehind: Bool { Self.ofLess.contains(kind) }

    /// Whether it is held for objects that a whole import did not show.
    public var isForLack: Bool {
      needsFullImport && [GuardedKind.deletes.rawValue, Self.server].contains(kind)
    }

    /// Whether what is staged must not be synchronized meanwhile.
    public var stopsSynchronization: Bool {
      kind != GuardedKind.deletes.rawValue && !isBehind
    }
  }

  /// Imports that are not believed, of one connector or of all.
  public func importHolds(connector: Int64? = nil) throws -> [ImportHold] {
    try rows(
      """
      SELECT connector_id, kind, count, message, since, needs_full_import, released_by
      FROM import_hold JOIN connector ON connector.id = connector_id AND is_active = 1
      WHERE ?1 IS NULL OR connector_id = ?1 ORDER BY connector_id, kind
      """, [connector]
    ).map { row in
      var hold = ImportHold(
        connector: row[0], kind: row[1], count: row[2], message: row[3], needsFullImport: row[5])
      hold.since = Timestamp(milliseconds: row[4])
      hold.releasedBy = row[6]
      return hold
    }
  }

  /// Holds an import until a person releases it.
  ///
  /// What a delta is held for comes to what a full import is held for: only a full one can show again
  /// what that one did not. The delta itself tells the same again, and takes the place of the last.
  public func hold(_ hold: ImportHold) throws {
    let known = try ofFullImport(hold)
    let full = hold.needsFullImport ? (count: hold.count, message: hold.message) : known
    if let full {
      try set(Self.ofFullImport(hold.connector, hold.kind), "\(full.count) \(full.message)")
    }
    let hold = try whole(hold)
    try execute(
      """
      INSERT OR REPLACE INTO import_hold(connector_id, kind, count, message, since,
        needs_full_import, released_by) VALUES (?, ?, ?, ?, ?, ?, NULL)
      """,
      [
        hold.connector, hold.kind, hold.count, hold.message, hold.since.milliseconds,
        hold.needsFullImport,
      ])
  }

  /// What is held by a hold of a delta, with what a full import is held for of the same kind.
  public func whole(_ hold: ImportHold) throws -> ImportHold {
    guard !hold.needsFullImport, let full = try ofFullImport(hold) else { return hold }
    var hold = hold
    hold.count += full.count
    hold.message = full.message + "; then: " + hold.message
    hold.needsFullImport = true
    return hold
  }

  /// What a full import is held for, without what deltas after it are held for; nil if it is not.
  private func ofFullImport(_ hold: ImportHold) throws -> (count: Int, message: String)? {
    guard
      let row = try row(
        """
        SELECT count, message FROM import_hold
        WHERE connector_id = ? AND kind = ? AND needs_full_import <> 0
        """, [hold.connector, hold.kind])
    else { return nil }
    let kept = try setting(Self.ofFullImport(hold.connector, hold.kind))
    guard let kept, let space = kept.utf8.firstIndex(of: 0x20), let count = Int(kept[..<space])
    else {
      // An earlier version kept them together.
      return (row[0], row[1])
    }
    return (count, String(kept[kept.utf8.index(after: space)...]))
  }

  private static func ofFullImport(_ connector: Int64, _ kind: String) -> String {
    "connector.\(connector).held-in-full.\(kind)"
  }

  /// Forgets holds: the directory shows again what it should, or a released import was believed.
  ///
  /// Those of a full import end with `ofFullImports` only: a delta does not tell what is there.
  public func endHolds(
    connector: Int64, kinds: [String], ofFullImports: Bool, releasedOnly: Bool = false
  ) throws {
    for kind in kinds {
      try execute(
        """
        DELETE FROM import_hold
        WHERE connector_id = ? AND kind = ? AND (needs_full_import = 0 OR ?)
          AND (released_by IS NOT NULL OR NOT ?)
        """, [connector, kind, ofFullImports, releasedOnly])
    }
  }

  /// How many changes of a kind are staged that no synchronization has taken yet.
  ///
  /// What changed, and is again as it was, is none. All indexes are there
  /// (``SyncStore/completeIndexes()``).
  ///
  /// - Parameter tellsReferences: Whether it stays known which references changed; else every change
  ///   may be one of those.
  public func stagedChanges(
    connector: Int64, _ kind: GuardedKind, tellsReferences: Bool
  ) throws -> Int {
    let before = "FROM cs_before b WHERE b.object_id = o.id"
    let moved = "dn IS NOT (SELECT b.dn \(before))"
    let condition =
      switch kind {
      case .adds: "pending_import IN (1, 3) AND image IS NOT NULL"
      case .deletes: "pending_import = 4"
      case .renames: "pending_import = 2 AND \(moved)"
      case .updates:
        "pending_import = 2"
          + (tellsReferences
            ? """
             AND (image IS NOT (SELECT b.image \(before)) OR \(moved) OR EXISTS (
              SELECT 1 FROM cs_reference r INDEXED BY cs_reference_dirty
              WHERE r.connector_id = o.connector_id AND r.source_id = o.id AND r.state <> 0))
            """ : "")
      }
    return Int(
      try integer(
        """
        SELECT COUNT(*) FROM cs_object o
        WHERE connector_id = ? AND pending_import <> 0 AND \(condition)
        """, [connector]) ?? 0)
  }

  /// What a release of an import did.
  public enum ImportRelease: Equatable, Sendable {
    /// So many objects were held.
    case released(Int)
    /// So many are held, and some of it only since the person asked.
    case heldAnew(Int)
  }

  /// Lets the next import of a connector be believed once, and what is staged be synchronized, as far
  /// as it was held at the moment `until`; nil if nothing is held.
  public func releaseImport(
    connector: Int64, until moment: Timestamp, by person: String
  ) throws -> ImportRelease? {
    let holds = try importHolds(connector: connector).filter { $0.releasedBy == nil }
    guard !holds.isEmpty else { return nil }
    let count = holds.reduce(0) { $0 + $1.count }
    // What a clock noted that was ahead was there before.
    let now = Timestamp.now
    guard holds.allSatisfy({ $0.since <= moment || $0.since > now }) else {
      return .heldAnew(count)
    }
    for hold in holds {
      if hold.kind == ImportHold.server || !hold.stopsSynchronization {
        try execute(
          "UPDATE import_hold SET released_by = ? WHERE connector_id = ? AND kind = ?",
          [person, connector, hold.kind])
      } else {
        try endHolds(connector: connector, kinds: [hold.kind], ofFullImports: true)
      }
      if hold.needsFullImport {
        try requireFullImport(
          connector,
          because: hold.isBehind
            ? "\(person) said that the directory is right as it is now"
            : "\(person) released what an import did not show")
      }
    }
    _ = try recordRelease(connector: connector, by: person, what: "import", count: count)
    return .released(count)
  }

  /// Imports of a connector that ended in their midst, so that nothing weighed what they had staged,
  /// since the last import that came to its end, the last synchronization, or the last time that a
  /// person said that what was imported is right.
  public func unweighedImports(connector: Int64, before step: Int64) throws -> [Int64] {
    func last(_ type: StepType) throws -> Int64 {
      try integer(
        """
        SELECT id FROM step s WHERE connector_id = ? AND type = ? AND id < ? AND is_rehearsal = 0
        AND result <> 'stopped-object-limit' AND (done > 0 OR result NOT LIKE 'stopped-%')
        AND \(Self.isOfMany("s")) ORDER BY id DESC LIMIT 1
        """, [connector, type.rawValue, step]) ?? 0
    }
    let since = try [
      last(.deltaSynchronization), last(.fullSynchronization),
      ended(.fullImport, connector, before: step), ended(.deltaImport, connector, before: step),
    ]
    return try stoppedImports(connector: connector, after: since.max() ?? 0, before: step)
  }

  /// Imports of a connector that ended in their midst, whose deletes belong to those that the next
  /// one tells, or to what it lacks: since the last one that weighed such, or the last time that a
  /// person said that what was imported is right.
  ///
  /// A synchronization in between has taken them; it has not weighed them.
  public func importsOfUnweighedDeletes(
    connector: Int64, before step: Int64, isOfLack: Bool
  ) throws -> [Int64] {
    let full = try max(
      ended(
        .fullImport, connector, before: step,
        not: ["completed-discovery-errors", "completed-no-objects"]),
      setting(Self.lackWeighed(connector)).flatMap { Int64($0) } ?? 0)
    let delta = try ended(.deltaImport, connector, before: step)
    // A delta tells nothing of what a full import before it lacked and took for deleted not yet.
    let isLacking =
      try isOfLack
      && integer(
        """
        SELECT 1 FROM step WHERE connector_id = ? AND type = ? AND id > ? AND id < ?
          AND is_rehearsal = 0 AND result NOT LIKE 'no-start-%' LIMIT 1
        """, [connector, StepType.fullImport.rawValue, full, step]) != nil
    return try stoppedImports(
      connector: connector, after: isLacking ? full : max(full, delta), before: step)
  }

  /// Notes that an import which is no full one has told what is there by showing it, and that what it
  /// lacked was weighed and is gone.
  ///
  /// Where no full import can read all, deletes would otherwise be weighed anew for ever.
  public func noteLackWeighed(connector: Int64, by step: Int64) throws {
    try set(Self.lackWeighed(connector), String(step))
  }

  private static func lackWeighed(_ connector: Int64) -> String {
    "connector.\(connector).lack-weighed"
  }

  /// The last import of a type before a step that came to its end, with none of some results; 0 if
  /// there is none.
  private func ended(
    _ type: StepType, _ connector: Int64, before step: Int64, not results: [String] = []
  ) throws -> Int64 {
    let others = results.map { _ in " AND result <> ?" }.joined()
    return try integer(
      """
      SELECT id FROM step WHERE connector_id = ? AND type = ? AND id < ? AND is_rehearsal = 0
      AND result NOT LIKE 'no-start-%'
      AND (result NOT LIKE 'stopped-%' OR result = 'stopped-object-limit')\(others)
      ORDER BY id DESC LIMIT 1
      """, [connector, type.rawValue, step] + results.map { $0 as (any SQLBindable)? }) ?? 0
  }

  /// Imports after one step and before another that ended in their midst, since a person last said
  /// that what was imported is right.
  private func stoppedImports(
    connector: Int64, after first: Int64, before step: Int64
  ) throws -> [Int64] {
    // What a clock noted that was ahead would let pass whatever comes until then.
    let released =
      try integer(
        """
        SELECT MAX(time) FROM guard_release
        WHERE connector_id = ? AND what = 'import' AND time <= ?
        """, [connector, Timestamp.now.milliseconds]) ?? 0
    return try [StepType.fullImport, .deltaImport].flatMap { type in
      try rows(
        """
        SELECT id FROM step WHERE connector_id = ? AND type = ? AND id > ? AND id < ?
          AND is_rehearsal = 0 AND started > ? AND result LIKE 'stopped-%'
          AND result <> 'stopped-object-limit'
        """, [connector, type.rawValue, first, step, released]
      ).map { $0[0] as Int64 }
    }.sorted()
  }

  /// How many of the changes that imports of a target counted under `counters` are of objects that
  /// were exported since the import before them, or are of its rules' own making.
  ///
  /// - Parameter lag: For how many seconds before that import what was sent may not have been shown.
  public func confirmations(
    of steps: [Int64], _ counters: [Counter], connector: Int64, lag: Double = 0
  ) throws -> Int {
    guard let first = steps.min() else { return 0 }
    let since =
      try integer(
        """
        SELECT MAX(started) FROM step WHERE connector_id = ? AND type IN (?, ?) AND id < ?
          AND is_rehearsal = 0 AND result NOT LIKE 'no-start-%'
        """,
        [connector, StepType.fullImport.rawValue, StepType.deltaImport.rawValue, first]) ?? 0
    let moment = Timestamp(milliseconds: since).adding(seconds: -lag)
    var count = 0
    for step in steps {
      for counter in counters {
        count += Int(
          try integer(
            """
            SELECT COUNT(*) FROM step_change c JOIN cs_object o ON o.id = c.object_id
            WHERE c.step_id = ? AND c.target_id = 0 AND c.counter = ?
              AND o.desired IS NOT NULL AND (o.exported_at > ? OR ? AND o.link_kind = ?)
            """,
            [
              step, counter.rawValue, moment.milliseconds, counter == .stageAdd,
              LinkKind.provisioned.rawValue,
            ]) ?? 0)
      }
    }
    return count
  }

  /// How many objects of each type came to be staged by imports.
  public func newcomers(of steps: [Int64]) throws -> [String: Int] {
    var found: [String: Int] = [:]
    for step in steps {
      for counter in [Counter.stageAdd, .stageDeleteAdd] {
        try each(
          """
          SELECT object_type, COUNT(*) FROM step_change
          WHERE step_id = ? AND target_id = 0 AND counter = ? GROUP BY object_type
          """, [step, counter.rawValue]
        ) { found[$0.text(0), default: 0] += $0.int(1) }
      }
    }
    return found
  }

  /// What a step counted so far under a counter.
  public func count(_ counter: Counter, step: Int64) throws -> Int {
    Int(
      try integer(
        "SELECT SUM(count) FROM step_counter WHERE step_id = ? AND counter = ?",
        [step, counter.rawValue]) ?? 0)
  }
}
