public import Directory
import Foundation
import GRDB

/// Channels of passwords: one for each pair of a source and a target.
extension StoreTransaction {
  /// Enters a channel as it is configured now, and answers with its number.
  ///
  /// One that was not configured for a while begins anew: its target may have got other passwords.
  public func registerPasswordChannel(
    source: Int64, target: Int64, domain: String, intervalSeconds: Int
  ) throws -> Int64 {
    try execute(
      """
      INSERT INTO password_channel(source_id, target_id, domain, interval_seconds)
      VALUES (?, ?, ?, ?)
      ON CONFLICT(source_id, target_id) DO UPDATE SET domain = excluded.domain,
        interval_seconds = excluded.interval_seconds, is_active = 1,
        cursor = iif(is_active, cursor, NULL), turn_ended = iif(is_active, turn_ended, NULL),
        full_ended = iif(is_active, full_ended, COALESCE(full_ended, full_started))
      """, [source, target, domain, intervalSeconds])
    return try integer(
      "SELECT id FROM password_channel WHERE source_id = ? AND target_id = ?", [source, target])
      ?? 0
  }

  /// Notes which channels are configured; the others are no longer shown.
  public func retirePasswordChannels(except ids: [Int64]) throws {
    try execute(
      """
      UPDATE password_channel SET is_active = 0, state = 'stopped', reason = ''
      WHERE id NOT IN (SELECT value FROM json_each(?))
      """, ["[" + ids.map(String.init).joined(separator: ",") + "]"])
  }

  /// What a channel remembers.
  public func passwordChannel(_ id: Int64) throws -> PasswordChannelMemory? {
    try row(
      """
      SELECT cursor, directory_mark, full_started, full_done, full_floor, last_contact, turn_ended,
        state, reason, full_ended FROM password_channel WHERE id = ?
      """, [id]
    ).map { row in
      func time(_ index: Int) -> Timestamp? {
        (row[index] as Int64?).map { Timestamp(milliseconds: $0) }
      }
      return PasswordChannelMemory(
        cursor: row[0], directoryMark: row[1], fullStarted: time(9) == nil ? time(2) : nil,
        fullDone: row[3], fullFloor: Timestamp(milliseconds: row[4]), lastContact: time(5),
        turnEnded: time(6), state: PasswordChannelState(rawValue: row[7]) ?? .stopped,
        reason: row[8])
    }
  }

  /// Says how a channel stands, and why.
  public func setPasswordChannel(
    _ id: Int64, _ state: PasswordChannelState, reason: String = ""
  ) throws {
    try execute(
      "UPDATE password_channel SET state = ?, reason = ? WHERE id = ?",
      [state.rawValue, reason, id])
  }

  /// Moves the place where reading goes on; called in the transaction that notes what was read.
  public func setPasswordCursor(_ cursor: String?, channel: Int64) throws {
    try execute("UPDATE password_channel SET cursor = ? WHERE id = ?", [cursor, channel])
  }

  /// Notes that a turn began.
  public func beginPasswordTurn(_ channel: Int64, at now: Timestamp) throws {
    try execute(
      """
      UPDATE password_channel SET turn_started = ?, state = 'working', reason = '' WHERE id = ?
      """, [now.milliseconds, channel])
  }

  /// Notes that a turn came to its end.
  public func endPasswordTurn(_ channel: Int64, at now: Timestamp) throws {
    try execute(
      "UPDATE password_channel SET turn_ended = ?, state = 'waiting', reason = '' WHERE id = ?",
      [now.milliseconds, channel])
  }

  /// Notes that the target answered.
  public func notePasswordContact(_ channel: Int64, at now: Timestamp) throws {
    try execute(
      "UPDATE password_channel SET last_contact = ? WHERE id = ?", [now.milliseconds, channel])
  }

  /// Notes up to which step the accounts were judged by the store.
  public func setPasswordDirectoryMark(_ step: Int64, channel: Int64) throws {
    try execute("UPDATE password_channel SET directory_mark = ? WHERE id = ?", [step, channel])
  }

  /// The youngest step that has ended, with the cycle that it is of.
  public func lastEndedStep() throws -> Int64 {
    try integer(
      """
      SELECT s.id FROM step s JOIN run r ON r.id = s.run_id LEFT JOIN cycle c ON c.id = r.cycle_id
      WHERE s.ended IS NOT NULL AND s.is_rehearsal = 0
        AND (r.cycle_id IS NULL OR c.ended IS NOT NULL)
      ORDER BY s.id DESC LIMIT 1
      """) ?? 0
  }

  /// Whether both ends of a channel were imported and synchronized in full, and the cycle in which
  /// that happened is over: users who are yet to be exported take no password.
  ///
  /// In a store that was restored from a backup all sources must have been read since: who is in
  /// scope may be for any of them to say.
  public func hasCompletedDirectorySync(source: Int64, target: Int64) throws -> Bool {
    try integer(
      """
      SELECT COUNT(*) FROM connector WHERE id IN (?, ?) AND full_import_reason IS NULL
        AND full_sync_reason IS NULL
        AND NOT EXISTS (SELECT 1 FROM cycle WHERE ended IS NULL AND is_rehearsal = 0)
        AND NOT EXISTS (SELECT 1 FROM connector c
          JOIN setting s ON s.key = 'connector.' || c.id || '.restored'
          WHERE c.is_active = 1 AND c.is_source = 1)
      """, [source, target]) == 2
  }

  /// Begins to send the passwords of all accounts, whatever was sent before.
  public func beginFullPasswordSync(_ channel: Int64, at now: Timestamp) throws {
    try execute(
      """
      UPDATE password_channel SET cursor = NULL, full_started = ?1, full_floor = ?1,
        full_ended = NULL, full_done = 0 WHERE id = ?2
      """, [now.milliseconds, channel])
    // What was answered by a clock that was ahead is sent again, too.
    try execute(
      "UPDATE password SET answered = ?1 - 1 WHERE channel_id = ?2 AND answered >= ?1",
      [now.milliseconds, channel])
  }

  /// Counts accounts that a full synchronization has read, those left out that it has met before.
  ///
  /// Some sources begin anew after a break. To be called before the accounts are noted.
  public func countFullPasswordSync(_ channel: Int64, _ anchors: [String]) throws {
    try execute(
      """
      UPDATE password_channel SET full_done = full_done + ?2 - (
        SELECT COUNT(*) FROM json_each(?3) list
        JOIN password p ON p.channel_id = ?1 AND p.anchor = list.value
        WHERE p.seen >= full_started) WHERE id = ?1
      """,
      [
        channel, anchors.count, String(decoding: try JSONEncoder().encode(anchors), as: UTF8.self),
      ])
  }

  /// Ends a full synchronization; accounts that it did not meet, and that no directory
  /// synchronization knows, are forgotten.
  public func endFullPasswordSync(_ channel: Int64, at now: Timestamp) throws {
    try execute(
      """
      UPDATE password_channel SET full_ended = ?1,
        -- Those too that were met alone before their turn.
        full_done = max(full_done, (SELECT COUNT(*) FROM password p
          WHERE p.channel_id = ?2 AND p.seen >= full_started))
      WHERE id = ?2
      """, [now.milliseconds, channel])
    try execute(
      """
      DELETE FROM password WHERE channel_id = ?1 AND status = ?2
        AND seen < (SELECT full_started FROM password_channel WHERE id = ?1)
        -- Times of a clock that was set back meanwhile tell nothing.
        AND ?3 >= (SELECT full_started FROM password_channel WHERE id = ?1)
      """,
      [channel, PasswordStatus.sourceConnectorNotPresent.rawValue, now.milliseconds])
  }
}
