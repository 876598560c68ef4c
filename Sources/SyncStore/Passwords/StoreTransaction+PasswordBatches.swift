public import Directory
import GRDB

/// What was sent together, and what was answered.
extension StoreTransaction {
  /// Notes what is about to be sent, before it is: an answer that is lost leaves it to be sent again.
  public func beginPasswordBatch(
    _ channel: Int64, _ lines: [PasswordRequestLine], at now: Timestamp
  ) throws -> Int64 {
    try execute(
      "INSERT INTO password_batch(channel_id, started) VALUES (?, ?)",
      [channel, now.milliseconds])
    let batch = db.lastInsertedRowID
    for (index, line) in lines.enumerated() {
      try execute(
        """
        INSERT INTO password_batch_line(batch_id, line, anchor, dn, changed, request, source_anchor,
          must_change) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [
          batch, index, line.anchor, line.dn, line.changed.milliseconds, line.request,
          line.sourceAnchor, line.mustChange,
        ])
      try execute(
        """
        UPDATE password SET request = ?, request_stamp = ?, requested = ?, dn = ?
        WHERE channel_id = ? AND anchor = ?
        """, [line.request, line.stamp, now.milliseconds, line.dn, channel, line.anchor])
    }
    return batch
  }

  /// Notes what the target said to a line of a batch.
  ///
  /// What a target does not take from anybody is no failure: no attempt is counted. What it refused
  /// is asked for under another number the next time: it may have refused the number.
  ///
  /// - Parameter isAnswered: Whether the target said so; not if the batch as a whole came to nothing.
  public func answerPassword(
    _ line: PasswordRequestLine, at index: Int, batch: Int64, channel: Int64,
    _ outcome: PasswordOutcome, isAnswered: Bool = true, now: Timestamp
  ) throws {
    try execute(
      "UPDATE password_batch_line SET answer = ?, words = ? WHERE batch_id = ? AND line = ?",
      [outcome.status.rawValue, outcome.words, batch, index])
    guard outcome.status == .success else {
      return try execute(
        """
        UPDATE password SET status = ?1, reason = ?2, answered = COALESCE(?3, answered), due = ?4,
          attempts = CASE WHEN ?5 THEN 0 ELSE attempts + 1 END,
          request = iif(?9, NULL, request), request_stamp = iif(?9, NULL, request_stamp)
        WHERE channel_id = ?6 AND anchor = ?7 AND stamp = ?8
        """,
        [
          outcome.status.rawValue, outcome.words, isAnswered ? now.milliseconds : nil,
          outcome.due?.milliseconds,
          outcome.status.isRefusal, channel, line.anchor, line.stamp,
          isAnswered && outcome.status == .error,
        ])
    }
    // One that was set while this one was on its way is yet to be sent.
    try execute(
      """
      UPDATE password SET status = iif(stamp = ?6, ?1, status), reason = iif(stamp = ?6, '', reason),
        answered = ?2, attempts = iif(stamp = ?6, 0, attempts), due = iif(stamp = ?6, NULL, due),
        -- One that it had before it has since then.
        succeeded = CASE WHEN synced_stamp = ?6 THEN COALESCE(succeeded, ?2) ELSE ?2 END,
        synced_stamp = ?6, synced_changed = ?3,
        synced_anchor = target_anchor, request = NULL, request_stamp = NULL
      WHERE channel_id = ?4 AND anchor = ?5
      """,
      [
        outcome.status.rawValue, now.milliseconds, line.changed.milliseconds, channel, line.anchor,
        line.stamp,
      ])
    try execute(
      """
      UPDATE cs_object SET last_password_sync = ? WHERE id =
        (SELECT target_object_id FROM password WHERE channel_id = ? AND anchor = ?)
      """, [now.milliseconds, channel, line.anchor])
  }

  /// Ends a batch; `error` is why it failed as a whole, empty if it did not.
  public func endPasswordBatch(_ batch: Int64, error: String = "", at now: Timestamp) throws {
    try execute(
      "UPDATE password_batch SET ended = ?, error = ? WHERE id = ?",
      [now.milliseconds, error, batch])
  }

  /// Closes the batches of which an engine that vanished did not learn the answer, and has what was
  /// in them sent again at once; the answer is what was in each of them.
  ///
  /// - Parameter words: What is told of them.
  public func closeAbandonedPasswordBatches(
    _ channel: Int64, words: String, at now: Timestamp
  ) throws -> [[PasswordRequestLine]] {
    try rows("SELECT id FROM password_batch WHERE channel_id = ? AND ended IS NULL", [channel])
      .map { row in
        let batch: Int64 = row[0]
        let lines = try unansweredLines(of: batch)
        try execute(
          """
          UPDATE password SET due = ?1 WHERE channel_id = ?2 AND anchor IN (
            SELECT anchor FROM password_batch_line WHERE batch_id = ?3 AND answer IS NULL)
            AND request IN (
            SELECT request FROM password_batch_line WHERE batch_id = ?3 AND answer IS NULL)
          """, [now.milliseconds, channel, batch])
        try endPasswordBatch(batch, error: words, at: now)
        return lines
      }
  }

  private func unansweredLines(of batch: Int64) throws -> [PasswordRequestLine] {
    try rows(
      """
      SELECT anchor, dn, changed, request, source_anchor, must_change FROM password_batch_line
      WHERE batch_id = ? AND answer IS NULL ORDER BY line
      """, [batch]
    ).map { row in
      var line = PasswordRequestLine(
        anchor: row[0], dn: row[1], changed: Timestamp(milliseconds: row[2]), stamp: "",
        request: row[3])
      line.sourceAnchor = row[4]
      line.mustChange = row[5]
      return line
    }
  }

  /// Has sent at once what waits because its last batch failed as a whole, now that the target
  /// answers again; the answer is how many passwords that are.
  @discardableResult
  public func endPasswordOutage(_ channel: Int64, at now: Timestamp) throws -> Int {
    try execute(
      """
      UPDATE password SET due = ?1 WHERE channel_id = ?2 AND due > ?1 AND attempts > 0
        AND (SELECT b.error FROM password_batch_line l JOIN password_batch b ON b.id = l.batch_id
          WHERE l.anchor = password.anchor AND b.channel_id = ?2 ORDER BY l.batch_id DESC LIMIT 1)
          <> ''
      """, [now.milliseconds, channel])
    return db.changesCount
  }

  /// Deletes batches that ended at `moment` or before, at most `limit` of their lines and no more
  /// than one batch further; the answer is how many rows went.
  func purgePasswordBatches(before moment: Timestamp, limit: Int) throws -> Int {
    var count = 0
    while count < limit,
      // One that a retired channel never ended holds up no other.
      let batch = try integer(
        "SELECT id FROM password_batch WHERE ended IS NOT NULL ORDER BY id LIMIT 1"),
      // One that a clock noted that was ahead is as old as those after it.
      try integer(
        """
        SELECT 1 FROM password_batch WHERE id = ?1 AND (ended <= ?2 OR ended > ?3
          AND EXISTS (SELECT 1 FROM password_batch WHERE id > ?1 AND ended <= ?2))
        """, [batch, moment.milliseconds, Self.future.milliseconds]) != nil
    {
      try execute("DELETE FROM password_batch_line WHERE batch_id = ?", [batch])
      count += db.changesCount + 1
      try execute("DELETE FROM password_batch WHERE id = ?", [batch])
    }
    return count
  }
}
