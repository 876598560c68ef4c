public import Directory
import GRDB

/// The ledger: how far each account's password has come.
extension StoreTransaction {
  private static let columns = """
    anchor, dn, target_object_id, target_anchor, status, stamp, changed, synced_stamp, request,
    request_stamp, answered, attempts, due, synced_anchor, earlier_since, reason
    """

  private func record(_ row: StoreRow) -> PasswordRecord {
    func time(_ index: Int) -> Timestamp? {
      (row[index] as Int64?).map { Timestamp(milliseconds: $0) }
    }
    return PasswordRecord(
      anchor: row[0], dn: row[1], targetObject: row[2], targetAnchor: row[3],
      status: PasswordStatus(rawValue: row[4]) ?? .unknown, stamp: row[5], changed: time(6),
      syncedStamp: row[7], request: row[8], requestStamp: row[9], answered: time(10),
      attempts: row[11], due: time(12), syncedAnchor: row[13], earlierSince: time(14),
      reason: row[15])
  }

  /// What is known of an account's password.
  public func password(_ anchor: String, channel: Int64) throws -> PasswordRecord? {
    try row(
      "SELECT \(Self.columns) FROM password WHERE channel_id = ? AND anchor = ?",
      [channel, anchor]
    ).map(record)
  }

  /// Writes down what a look at an account has shown.
  ///
  /// Of another password than before the failures are forgotten, and the request that asked for the
  /// earlier one.
  public func note(_ note: PasswordNote, channel: Int64, at now: Timestamp) throws {
    try execute(
      """
      INSERT INTO password(channel_id, anchor, dn, object_id, target_object_id, target_anchor,
        status, reason, stamp, changed, seen, due)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
      ON CONFLICT(channel_id, anchor) DO UPDATE SET dn = excluded.dn,
        object_id = excluded.object_id, target_object_id = excluded.target_object_id,
        target_anchor = excluded.target_anchor, status = excluded.status,
        reason = excluded.reason, changed = excluded.changed, seen = excluded.seen,
        due = excluded.due,
        attempts = CASE WHEN stamp = excluded.stamp THEN attempts ELSE 0 END,
        request = CASE WHEN request_stamp = excluded.stamp THEN request END,
        request_stamp = CASE WHEN request_stamp = excluded.stamp THEN request_stamp END,
        synced_anchor = CASE WHEN ?13 THEN NULL ELSE synced_anchor END, earlier_since = NULL,
        stamp = excluded.stamp
      """,
      [
        channel, note.anchor, note.dn, note.object, note.targetObject, note.targetAnchor,
        note.status.rawValue, note.reason, note.stamp, note.changed?.milliseconds,
        now.milliseconds, note.due?.milliseconds, note.isOwed,
      ])
  }

  /// Notes that an account was seen, with its password as it was, under this name.
  public func seen(_ anchor: String, dn: String, channel: Int64, at now: Timestamp) throws {
    try execute(
      "UPDATE password SET dn = ?, seen = ? WHERE channel_id = ? AND anchor = ?",
      [dn, now.milliseconds, channel, anchor])
  }

  /// Forgets an account that its directory does not have any more.
  public func forgetPassword(_ anchor: String, channel: Int64) throws {
    try execute("DELETE FROM password WHERE channel_id = ? AND anchor = ?", [channel, anchor])
  }

  /// Has an account looked at again at `moment`, and not before.
  public func putOffPassword(
    _ anchor: String, channel: Int64, until moment: Timestamp
  ) throws {
    try execute(
      "UPDATE password SET due = ? WHERE channel_id = ? AND anchor = ?",
      [moment.milliseconds, channel, anchor])
  }

  /// Notes that the source tells of an earlier password than is known, and has the account looked at
  /// again at `moment`.
  ///
  /// - Parameters:
  ///   - since: When it first did.
  ///   - reason: That in words; why an account is kept back says more.
  ///   - isOwed: Whether the target is owed the password that is known, whatever it was given before.
  public func doubtPassword(
    _ anchor: String, channel: Int64, since: Timestamp, until moment: Timestamp, reason: String,
    isOwed: Bool
  ) throws {
    try execute(
      """
      UPDATE password SET earlier_since = ?1, due = ?2,
        reason = iif(status IN (\(PasswordStatus.keptBack)), reason, ?6),
        synced_anchor = CASE WHEN ?3 THEN NULL ELSE synced_anchor END
      WHERE channel_id = ?4 AND anchor = ?5
      """, [since.milliseconds, moment.milliseconds, isOwed, channel, anchor, reason])
  }

  /// Notes that the source tells of the known password again, which the target has.
  public func settlePassword(_ anchor: String, channel: Int64) throws {
    try execute(
      """
      UPDATE password SET earlier_since = NULL, due = NULL, reason = ''
      WHERE channel_id = ? AND anchor = ?
      """, [channel, anchor])
  }

  /// Passwords that are to be sent by now, those that wait longest first, after the one of the row
  /// `last`; with it, the row that ends the answer.
  public func duePasswords(
    _ channel: Int64, at now: Timestamp, after last: PasswordDue? = nil, limit: Int
  ) throws -> (passwords: [PasswordRecord], last: PasswordDue?) {
    let found = try rows(
      """
      SELECT \(Self.columns), id FROM password WHERE channel_id = ?1 AND due IS NOT NULL
        AND due <= ?2 AND (due, id) > (?3, ?4)
      ORDER BY due, id LIMIT ?5
      """,
      [channel, now.milliseconds, last?.due.milliseconds ?? Int64.min, last?.row ?? 0, limit])
    let end = found.last.map { PasswordDue(due: Timestamp(milliseconds: $0[12]), row: $0[16]) }
    return (found.map(record), end)
  }

  /// Has sent at once what waits for longer than anything may: the clock was set back.
  ///
  /// - Parameters:
  ///   - longest: Seconds that a password waits at most.
  ///   - filtered: The same of one whose kind the target does not take.
  public func shortenPasswordWaits(
    _ channel: Int64, at now: Timestamp, longest: Double, filtered: Double
  ) throws {
    try execute(
      """
      UPDATE password SET due = ?1 WHERE channel_id = ?2
        AND due > ?5 AND (status <> ?3 OR due > ?4)
      """,
      [
        now.milliseconds, channel, PasswordStatus.filteredByTarget.rawValue,
        now.adding(seconds: filtered).milliseconds, now.adding(seconds: longest).milliseconds,
      ])
  }

  /// Forgets an account of which the source says that it was deleted; the answer is its name if its
  /// password was yet to be sent.
  public func forgetDeletedPassword(_ anchor: String, channel: Int64) throws -> String? {
    let known = try password(anchor, channel: channel)
    if known != nil { try forgetPassword(anchor, channel: channel) }
    return known.flatMap { $0.due == nil ? nil : $0.dn }
  }

  /// Accounts with this status after the one with the anchor `after`, by anchor.
  public func passwords(
    _ channel: Int64, with status: PasswordStatus, after anchor: String, limit: Int
  ) throws -> [PasswordRecord] {
    try rows(
      """
      SELECT \(Self.columns) FROM password WHERE channel_id = ? AND status = ? AND anchor > ?
      ORDER BY anchor LIMIT ?
      """, [channel, status.rawValue, anchor, limit]
    ).map(record)
  }

  /// Accounts whose passwords the target has, and that were not seen since `start`, after the one with
  /// the anchor `after`, by anchor.
  public func unseenPasswords(
    _ channel: Int64, since start: Timestamp, after anchor: String, limit: Int
  ) throws -> [PasswordRecord] {
    try rows(
      """
      SELECT \(Self.columns) FROM password
      WHERE channel_id = ? AND status = ? AND anchor > ? AND seen < ? ORDER BY anchor LIMIT ?
      """,
      [channel, PasswordStatus.success.rawValue, anchor, start.milliseconds, limit]
    ).map(record)
  }

  private static let hasLostTarget = PasswordRow.hasLostTarget("password")
  private static let isLost = PasswordRow.isLost("password")

  /// Of the accounts after the one with the anchor `after`, by anchor, those that are lost, or whose
  /// target's object is, and the last of the `limit` that were looked at; nil at the end.
  public func lostPasswords(
    _ channel: Int64, after: String, limit: Int
  ) throws -> (anchors: [String], last: String?) {
    let last: String? = try row(
      """
      SELECT anchor FROM password WHERE channel_id = ? AND anchor > ?
      ORDER BY anchor LIMIT 1 OFFSET ?
      """, [channel, after, limit - 1]
    ).map { $0[0] }
    let lost = try rows(
      """
      SELECT anchor FROM password WHERE channel_id = ?1 AND anchor > ?2
        AND (?3 IS NULL OR anchor <= ?3) AND (\(Self.hasLostTarget) OR \(Self.isLost))
      """, [channel, after, last]
    ).map { $0[0] as String }
    return (lost, last)
  }

  /// Notes of these accounts that the target's object is gone or another one, so that what it had of
  /// the password went with it, or linked to another account, and of which the directory
  /// synchronization knows no more; the answer is how many of either there are.
  ///
  /// The numbers of their requests are forgotten too: they were for the object of before.
  public func notePasswordsOfLost(_ channel: Int64, _ anchors: [String]) throws -> Int {
    var count = 0
    // One by one: few are lost at a time, and JSON can't tell SQLite of a NUL in an anchor.
    for anchor in anchors {
      try execute(
        """
        UPDATE password SET status = ?1, reason = '', synced_stamp = NULL, synced_changed = NULL,
          synced_anchor = NULL, target_object_id = NULL, due = NULL, earlier_since = NULL,
          succeeded = NULL,
          request = NULL, request_stamp = NULL, attempts = 0
        WHERE channel_id = ?2 AND anchor = ?3 AND \(Self.hasLostTarget)
        """, [PasswordStatus.targetNotExportedToDirectory.rawValue, channel, anchor])
      count += db.changesCount
      try execute(
        """
        UPDATE password SET status = ?, reason = '', object_id = NULL, due = NULL
        WHERE channel_id = ? AND anchor = ? AND \(Self.isLost)
        """, [PasswordStatus.sourceConnectorNotPresent.rawValue, channel, anchor])
      count += db.changesCount
    }
    return count
  }

  /// Notes that the target's object `target` has an earlier password than it was given, or none.
  ///
  /// What may be sent is sent again by the next turn.
  ///
  /// - Parameter time: When the target says that it took the one that it has, in milliseconds since
  ///   1970; 0 for never.
  func owePassword(ofTarget target: Int64, showing time: Int64) throws {
    // Why an account is kept back says more, and nothing of it is sent; that an earlier password of it
    // signs in is as true as before, unless it has none now.
    try execute(
      """
      UPDATE password SET
        synced_anchor = iif(status IN (\(PasswordStatus.keptBack)) AND synced_stamp <> stamp
          AND ?4 <> 0, synced_anchor, NULL),
        due = iif(status IN (\(PasswordStatus.keptBack)), due, COALESCE(due, ?1)),
        reason = iif(status IN (\(PasswordStatus.keptBack)), reason, ?2)
      WHERE target_object_id = ?3 AND synced_anchor IS NOT NULL
      """,
      [
        Timestamp.now.milliseconds,
        "The target shows an earlier password than the one that it took; it is sent again", target,
        time,
      ])
    // A target that has told nothing of passwords that it was given takes nothing back by its silence.
    guard db.changesCount > 0 else { return }
    try execute(
      "UPDATE cs_object SET last_password_sync = NULLIF(?, 0) WHERE id = ?", [time, target])
  }

  /// Has accounts whose passwords were kept back looked at again at once; the answer is how many.
  public func reconsiderFilteredPasswords(_ channel: Int64, at now: Timestamp) throws -> Int {
    try execute(
      "UPDATE password SET due = ? WHERE channel_id = ? AND status = ?",
      [now.milliseconds, channel, PasswordStatus.filteredByTarget.rawValue])
    return db.changesCount
  }

  /// How many accounts are held back because the source tells of an earlier password than is known.
  public func doubtedPasswords(_ channel: Int64) throws -> Int {
    Int(
      try integer(
        """
        SELECT COUNT(*) FROM password
        WHERE channel_id = ? AND due IS NOT NULL AND earlier_since IS NOT NULL
        """, [channel]) ?? 0)
  }

  /// How many passwords wait for another try.
  public func retryingPasswords(_ channel: Int64) throws -> Int {
    Int(
      try integer(
        """
        SELECT COUNT(*) FROM password WHERE channel_id = ? AND due IS NOT NULL AND attempts > 0
        """, [channel]) ?? 0)
  }
}
