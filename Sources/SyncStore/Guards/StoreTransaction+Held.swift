public import Directory
import GRDB

/// Changes that wait for a person's word before they leave.
extension StoreTransaction {
  // MARK: Causes

  private func causeID(_ text: String, _ kind: GuardedKind, connector: Int64) throws -> Int64 {
    let key: [(any SQLBindable)?] = [connector, kind.rawValue, text]
    if let known = try integer(
      "SELECT id FROM cause WHERE connector_id = ? AND kind = ? AND text = ?", key)
    {
      return known
    }
    try execute("INSERT INTO cause(connector_id, kind, text) VALUES (?, ?, ?)", key)
    return db.lastInsertedRowID
  }

  /// Keeps why a change of an object waits; as long as it waits for the same, it keeps its time.
  public func setCause(
    _ text: String, _ kind: GuardedKind, of object: Int64, connector: Int64
  ) throws {
    let cause = try causeID(text, kind, connector: connector)
    try execute(
      """
      INSERT INTO export_cause(object_id, cause_id, time) VALUES (?1, ?2, ?3)
      ON CONFLICT(object_id) DO UPDATE SET cause_id = excluded.cause_id,
        time = CASE WHEN cause_id = excluded.cause_id THEN time ELSE excluded.time END
      """, [object, cause, Timestamp.now.milliseconds])
  }

  /// Notes that another change of an object waits than the one that was held: who releases what they
  /// saw before does not mean it.
  func renewCause(of object: Int64) throws {
    try execute(
      "UPDATE export_cause SET time = ? WHERE object_id = ?",
      [Timestamp.now.milliseconds, object])
  }

  /// Drops causes of changes that are settled, and those of other changes than `kinds`.
  public func forgetCauses(connector: Int64, but kinds: [GuardedKind]) throws {
    let list = kinds.map { "'\($0.rawValue)'" }.joined(separator: ", ")
    try execute(
      """
      DELETE FROM export_cause WHERE object_id IN (
        SELECT e.object_id FROM export_cause e JOIN cause c ON c.id = e.cause_id
        LEFT JOIN cs_object o ON o.id = e.object_id
        WHERE c.connector_id = ? AND (c.kind NOT IN (\(list)) OR o.pending_export IS NULL
          OR o.pending_export <> CASE c.kind WHEN 'adds' THEN 1 WHEN 'deletes' THEN 4 ELSE 2 END))
      """, [connector])
  }

  // MARK: Counting

  /// Which pending changes a guard looks at: not yet sent, and not released.
  private static let unreleased = "is_released = 0 AND export_state = 0"

  /// How many changes of a kind are pending that no person has released; renames are looked at one
  /// by one.
  public func unreleasedCount(connector: Int64, _ kind: GuardedKind) throws -> Int {
    switch kind {
    case .deletes: return try unreleasedDeleteCount(connector: connector)
    case .renames: return try pendingRenames(connector: connector).count
    case .adds, .updates:
      let code = kind == .adds ? Pending.add : .update
      let all = Int(
        try integer(
          """
          SELECT COUNT(*) FROM cs_object
          WHERE connector_id = ? AND pending_export IN (1, 2)
            AND pending_export = \(code.rawValue) AND \(Self.unreleased)
          """, [connector]) ?? 0)
      return kind == .adds ? all : all - (try rewritten(connector: connector).count)
    }
  }

  /// Objects of which no more waits than was sent before, as their target makes something else of it.
  ///
  /// That is sent with each export, and no accident: a limit for updates would hold it for ever.
  private func rewritten(connector: Int64) throws -> Set<Int64> {
    let told = try rows(
      """
      SELECT o.id, e.message FROM cs_object o JOIN step_error e ON e.id = o.sync_error_id
      WHERE o.connector_id = ? AND o.pending_export IN (1, 2) AND o.pending_export = 2
        AND o.is_released = 0 AND o.export_state = 0 AND e.type = ?
      """, [connector, SyncErrorType.exportedChangeNotReimported.text])
    var found: Set<Int64> = []
    for row in told {
      let (id, message): (Int64, String) = (row[0], row[1])
      // Of references that wait it is not known which were sent.
      if try pendingChanges(of: id).allSatisfy({ Stager.tells(message, unshown: $0) }) {
        found.insert(id)
      }
    }
    return found
  }

  /// Of how many objects of a target a share of such changes is taken, counted up to a number.
  ///
  /// What can be changed or deleted there is what the rules made or took; others may keep many more
  /// beside it, of which nothing is at stake. An add is one to all that the target holds.
  func exposedCount(connector: Int64, _ kind: GuardedKind, upTo most: Int? = nil) throws -> Int {
    let managed = kind == .adds ? "" : "AND (desired IS NOT NULL OR pending_export = 4)"
    return Int(
      try integer(
        """
        SELECT COUNT(*) FROM (SELECT 1 FROM cs_object
          WHERE connector_id = ? AND image IS NOT NULL \(managed) LIMIT ?)
        """, [connector, most ?? -1]) ?? 0)
  }

  /// With what the name begins of who asks for a cycle where changes of a directory do.
  public static let watchRequester = "watch of "

  /// Who asks for the cycles of the schedule.
  public static let scheduleRequester = "schedule"

  /// Who asks for a cycle where the program does in which the engine works.
  public static let programRequester = "the program"

  /// How many deletes went out since a moment, without those that people let go meanwhile and a cycle
  /// sent.
  ///
  /// What a script deletes in an hour goes out a minute at a time where changes trigger cycles, or
  /// somebody's timer does, and is no less than what a cycle of the schedule would have sent at once.
  /// What the program asks for that has the engine in it is one by itself.
  ///
  /// - Parameter isScheduleShort: Whether cycles of the schedule count, too; else each of them is one
  ///   by itself.
  public func recentDeletes(
    connector: Int64, since moment: Timestamp, isScheduleShort: Bool
  ) throws -> Int {
    let time: [(any SQLBindable)?] = [
      connector, moment.milliseconds, Timestamp.now.milliseconds, Self.programRequester,
      isScheduleShort ? nil : Self.scheduleRequester,
    ]
    let counts = "r.requested_by <> ?4 AND r.requested_by IS NOT ?5"
    let sent =
      try integer(
        """
        SELECT SUM(c.count) FROM step s JOIN run r ON r.id = s.run_id
        JOIN step_counter c ON c.step_id = s.id AND c.counter = \(Counter.exportDelete.rawValue)
        WHERE s.connector_id = ?1 AND s.type = 'export' AND s.is_rehearsal = 0
          AND s.started > ?2 AND s.started <= ?3
          AND \(counts)
        """, time) ?? 0
    guard sent > 0 else { return 0 }
    let released =
      try integer(
        """
        SELECT SUM(MIN(x.released, COALESCE((SELECT SUM(c.count) FROM step_counter c
          WHERE c.step_id = x.step AND c.counter = \(Counter.exportDelete.rawValue)), 0)))
        FROM (SELECT SUM(g.count) AS released, (SELECT s.id FROM step s
            WHERE s.connector_id = g.connector_id AND s.type = 'export' AND s.is_rehearsal = 0
              AND s.started > g.time ORDER BY s.id LIMIT 1) AS step
          FROM guard_release g
          WHERE g.connector_id = ?1 AND g.time > ?2 AND g.time <= ?3 AND g.what <> 'import'
            AND g.what NOT LIKE '\(Pending.add.word) of %'
            AND g.what NOT LIKE '\(Pending.update.word) of %'
            AND NOT EXISTS (SELECT 1 FROM cause c WHERE c.connector_id = g.connector_id
              AND c.text = g.what AND c.kind <> 'deletes') GROUP BY step) x
        JOIN step s ON s.id = x.step JOIN run r ON r.id = s.run_id
        WHERE \(counts) AND s.started <= ?3
        """, time) ?? 0
    return Int(max(0, sent - released))
  }

  /// How many changes of a kind there were when exports began to hold them; 0 if they hold none.
  public func heldAmount(connector: Int64, _ kind: GuardedKind) throws -> Int {
    Int(
      try integer(
        "SELECT amount FROM export_hold WHERE connector_id = ? AND kind = ?",
        [connector, kind.rawValue]) ?? 0)
  }

  /// Keeps how many changes of a kind exports hold; 0 for none.
  public func setHeldAmount(_ amount: Int, connector: Int64, _ kind: GuardedKind) throws {
    guard amount != (try heldAmount(connector: connector, kind)) else { return }
    guard amount > 0 else {
      return try execute(
        "DELETE FROM export_hold WHERE connector_id = ? AND kind = ?", [connector, kind.rawValue])
    }
    try execute(
      "INSERT OR REPLACE INTO export_hold(connector_id, kind, amount) VALUES (?, ?, ?)",
      [connector, kind.rawValue, amount])
  }

  /// Attributes that name an object in its target: an update of one is a rename.
  private static let naming: Set<AttributeName> = [
    "userName", "userPrincipalName", "distinguishedName", nameInTree,
  ]

  /// The attribute that says where a target that speaks LDAP has an object, and under which name.
  private static let nameInTree: AttributeName = "dn"

  private static func isRename(_ change: ObjectChange.Delta) -> Bool {
    guard naming.contains(change.name), !change.before.isEmpty else { return false }
    guard change.name == nameInTree else { return true }
    // Spelled otherwise it is the same name.
    return normalized(change.before) != normalized(change.after)
  }

  private static func normalized(_ names: [AttributeValue]) -> [String] {
    names.map { (try? DistinguishedName($0.text))?.normalized ?? $0.text }
  }

  /// Objects whose pending update changes the name that people know them by.
  private func pendingRenames(connector: Int64) throws -> [Int64] {
    var found: [Int64] = []
    for id in try pendingIDs(connector: connector, .updates) {
      if try pendingChanges(of: id).contains(where: Self.isRename) { found.append(id) }
    }
    return found
  }

  private func pendingIDs(connector: Int64, _ kind: GuardedKind) throws -> [Int64] {
    if kind == .renames { return try pendingRenames(connector: connector) }
    let code = kind.pending
    // By its own words the index is chosen that holds only what waits.
    let condition =
      kind == .deletes ? "is_released = 0" : "pending_export IN (1, 2) AND \(Self.unreleased)"
    let others = kind == .updates ? try rewritten(connector: connector) : []
    return try rows(
      """
      SELECT id FROM cs_object
      WHERE connector_id = ? AND pending_export = \(code.rawValue) AND \(condition) ORDER BY id
      """, [connector]
    ).map { $0[0] }.filter { !others.contains($0) }
  }

  /// What a pending export of an object would change; references without their values.
  public func pendingChanges(of id: Int64) throws -> [ObjectChange.Delta] {
    guard let object = try object(id) else { return [] }
    var changes = try differences(of: object)
    let references = try rows(
      """
      SELECT DISTINCT attribute_id FROM export_reference INDEXED BY export_reference_pending
      WHERE source_id = ? AND state <> 0 AND state IN (1, 2)
      """, [id])
    for row in references {
      changes.append(.init(try dictionaries.name(row[0], db), before: [], after: []))
    }
    return changes
  }

  // MARK: Holding

  /// Holds the pending changes of a kind back, each with its cause; deletes have theirs already.
  ///
  /// - Parameter others: Objects that are held for something else.
  /// - Returns: The objects that are held.
  @discardableResult
  public func holdExports(
    connector: Int64, _ kind: GuardedKind, except others: Set<Int64> = []
  ) throws -> Set<Int64> {
    let ids = try pendingIDs(connector: connector, kind).filter { !others.contains($0) }
    if kind == .updates {
      // They may have been held for what was sent since.
      for id in try rewritten(connector: connector) where !others.contains(id) {
        try execute("DELETE FROM export_cause WHERE object_id = ?", [id])
      }
    }
    for id in ids {
      try setCause(try cause(of: id, kind), kind, of: id, connector: connector)
    }
    return Set(ids)
  }

  /// Deletes have their causes since they were staged; those that an earlier version staged have
  /// not.
  public func holdDeletesWithoutCause(connector: Int64) throws {
    let ids = try rows(
      """
      SELECT id FROM cs_object o WHERE connector_id = ? AND pending_export = 4
      AND is_released = 0 AND NOT EXISTS (SELECT 1 FROM export_cause e WHERE e.object_id = o.id)
      """, [connector])
    for row in ids { try setCause("not known", .deletes, of: row[0], connector: connector) }
  }

  private func cause(of id: Int64, _ kind: GuardedKind) throws -> String {
    if kind == .adds { return try origin(of: id) }
    let names = try pendingChanges(of: id).map(\.name.text).sorted()
    return "changes of " + (names.isEmpty ? "references" : names.joined(separator: ", "))
  }

  /// Where the object comes from that a target is to get: what its metaverse object was made of, and not
  /// what only joined that.
  private func origin(of id: Int64) throws -> String {
    guard
      let row = try row(
        """
        SELECT s.dn, c.name FROM cs_object o
        JOIN cs_object s ON s.mv_id = o.mv_id AND s.id <> o.id AND s.image IS NOT NULL
        JOIN connector c ON c.id = s.connector_id WHERE o.id = ?
        ORDER BY c.is_source DESC, s.link_kind = ? DESC, s.id LIMIT 1
        """, [id, LinkKind.projected.rawValue])
    else { return "new in the metaverse" }
    let name: String = row[1]
    return "new in \(name): " + Self.container(of: row[0])
  }

  /// The part of a name that is above its object.
  public static func container(of dn: String) -> String {
    guard let parent = (try? DistinguishedName(dn))?.parent else { return dn }
    return parent.text
  }

  // MARK: Releases

  /// Whether something came to be held after the moment that a release names.
  ///
  /// Of what is yet to come a clock wrote that was ahead: it was there before.
  private static func cameLater(
    _ time: String, _ moment: String = "?", _ now: String = "?"
  ) -> String {
    "(\(time) > \(moment) AND \(time) <= \(now))"
  }

  /// Enters who released what, and when; the answer is the release's number.
  func recordRelease(
    connector: Int64, by person: String, what: String, count: Int
  ) throws -> Int64 {
    try execute(
      """
      INSERT INTO guard_release(connector_id, time, released_by, what, count)
      VALUES (?, ?, ?, ?, ?)
      """, [connector, Timestamp.now.milliseconds, person, what, count])
    return db.lastInsertedRowID
  }

  /// Releases what was held in a group at the moment `until`, and nothing that came later.
  ///
  /// - Returns: The connector and how many; nil if there is no such group, or nothing of it is held.
  public func release(
    group: Int64, until moment: Timestamp, by person: String
  ) throws -> (connector: Int64, count: Int, cause: String)? {
    guard let row = try row("SELECT connector_id, text, kind FROM cause WHERE id = ?", [group])
    else { return nil }
    let number = try recordRelease(connector: row[0], by: person, what: row[1], count: 0)
    try execute(
      """
      UPDATE cs_object SET is_released = ? WHERE is_released = 0 AND pending_export = ? AND id IN (
        SELECT e.object_id FROM export_cause e
        WHERE e.cause_id = ? AND NOT \(Self.cameLater("e.time")))
      """,
      [
        number, (GuardedKind(rawValue: row[2]) ?? .deletes).pending.rawValue, group,
        moment.milliseconds, Timestamp.now.milliseconds,
      ])
    return try finishRelease(number, row[0], row[1])
  }

  private func finishRelease(
    _ number: Int64, _ connector: Int64, _ cause: String
  ) throws -> (connector: Int64, count: Int, cause: String)? {
    let count = db.changesCount
    guard count > 0 else {
      try execute("DELETE FROM guard_release WHERE id = ?", [number])
      return nil
    }
    try execute("UPDATE guard_release SET count = ? WHERE id = ?", [count, number])
    return (connector, count, cause)
  }

  /// Releases the change that one object waits with, if it is of this kind, or whatever it is.
  ///
  /// - Returns: The connector and how many; nil if nothing of the object waits.
  public func release(
    object: Int64, kind: GuardedKind? = nil, until moment: Timestamp, by person: String
  ) throws -> (connector: Int64, count: Int, cause: String)? {
    guard
      let row = try row(
        """
        SELECT connector_id, dn, pending_export FROM cs_object
        WHERE id = ? AND pending_export <> 0 AND (?2 IS NULL OR pending_export = ?2)
        """, [object, kind?.pending.rawValue])
    else { return nil }
    let pending = Pending(rawValue: row[2]) ?? .none
    let words = pending.word + " of " + (row[1] as String)
    // By this the deletes are known that people let go.
    let number = try recordRelease(
      connector: row[0], by: person, what: pending == .delete ? row[1] : words, count: 0)
    try execute(
      """
      UPDATE cs_object SET is_released = ?1 WHERE id = ?2 AND is_released = 0
      AND NOT EXISTS (SELECT 1 FROM export_cause e
        WHERE e.object_id = ?2 AND \(Self.cameLater("e.time", "?3", "?4")))
      """, [number, object, moment.milliseconds, Timestamp.now.milliseconds])
    return try finishRelease(number, row[0], words)
  }

  /// Releases the deletes that a connector held at the moment `until`, and no later ones; the answer
  /// is how many.
  public func releaseDeletes(
    connector: Int64, until moment: Timestamp, by person: String
  ) throws -> Int {
    let number = try recordRelease(connector: connector, by: person, what: "deletes", count: 0)
    try execute(
      """
      UPDATE cs_object SET is_released = ?1
      WHERE connector_id = ?2 AND pending_export = 4 AND is_released = 0
      AND NOT EXISTS (SELECT 1 FROM export_cause e
        WHERE e.object_id = cs_object.id AND \(Self.cameLater("e.time", "?3", "?4")))
      """, [number, connector, moment.milliseconds, Timestamp.now.milliseconds])
    return try finishRelease(number, connector, "deletes")?.count ?? 0
  }
}
