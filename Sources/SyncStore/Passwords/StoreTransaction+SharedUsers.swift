public import Directory
import GRDB

/// Accounts that are joined to one user of a target: the password that was set last is the user's.
extension StoreTransaction {
  /// Why the password of an account is kept back whose user has a later one of the account `dn`.
  public static func outdated(by dn: String) -> String {
    "The later password of another account of the user is sent: " + dn
  }

  /// The DN of another account whose password the target's object has taken, if it was set later than
  /// `changed`.
  ///
  /// Of two that were set at the same time the younger row counts. One that is kept back for what it
  /// is, that no channel looks after, or that belongs to the user no more, does not count.
  ///
  /// - Parameter latest: A time after this is one of a clock that was wrong.
  public func laterPassword(
    than changed: Timestamp, of anchor: String, channel: Int64, target: Int64, latest: Timestamp
  ) throws -> String? {
    try row(
      """
      SELECT o.dn FROM password o WHERE o.target_object_id = ?1
        AND NOT (o.channel_id = ?2 AND o.anchor = ?3)
        AND o.changed IS NOT NULL AND o.synced_changed <= ?4
        AND (o.synced_changed, o.id) > (?5, COALESCE(
          (SELECT id FROM password WHERE channel_id = ?2 AND anchor = ?3), ?6))
        AND o.status NOT IN (\(PasswordStatus.keptBack))
        AND +o.channel_id IN (SELECT id FROM password_channel WHERE is_active = 1)
        AND EXISTS (SELECT 1 FROM cs_object s JOIN cs_object t ON t.id = o.target_object_id
          WHERE s.id = o.object_id AND s.image IS NOT NULL AND s.mv_id = t.mv_id)
      ORDER BY o.synced_changed DESC LIMIT 1
      """,
      [target, channel, anchor, latest.milliseconds, changed.milliseconds, Int64.max]
    ).map { $0[0] }
  }

  /// Keeps back the earlier passwords of other accounts of the user who took that of `line`.
  ///
  /// What the user had of them is gone, and of accounts that are kept back for what they are. The
  /// former are looked at again at `moment`, should that account be gone by then.
  public func outdatePasswords(
    before line: PasswordRequestLine, channel: Int64, until moment: Timestamp
  ) throws {
    try execute(
      """
      UPDATE password SET synced_anchor = NULL WHERE id IN (
        SELECT o.id FROM password me JOIN password o ON o.target_object_id = me.target_object_id
        WHERE me.channel_id = ? AND me.anchor = ? AND o.id <> me.id
          AND o.status IN (\(PasswordStatus.keptBack)))
      """, [channel, line.anchor])
    try execute(
      """
      UPDATE password SET status = ?1, reason = ?2, due = ?3, attempts = 0, synced_anchor = NULL
      WHERE id IN (
        SELECT o.id FROM password me JOIN password o ON o.target_object_id = me.target_object_id
        WHERE me.channel_id = ?4 AND me.anchor = ?5 AND me.changed IS NOT NULL AND o.id <> me.id
          AND (o.changed, o.id) < (?6, me.id) AND o.status NOT IN (\(PasswordStatus.keptBack))
          AND +o.channel_id IN (SELECT id FROM password_channel WHERE is_active = 1))
      """,
      [
        PasswordStatus.filteredByTarget.rawValue, Self.outdated(by: line.dn), moment.milliseconds,
        channel, line.anchor, line.changed.milliseconds,
      ])
  }
}
