import Directory
import GRDB

extension StoreReader: StorePasswords {
  /// The channels that are configured.
  public func passwordChannels() throws -> [PasswordChannelRow] {
    try read { tx in
      let lives = try Self.engineMayLive(tx)
      let stays = try tx.setting("engine.keeps-schedule") != "false"
      let last = try tx.lastEndedStep()
      return try tx.rows(
        """
        SELECT c.id, s.name, t.name, c.domain, c.state, c.reason, c.interval_seconds,
          c.turn_started, c.turn_ended, c.last_contact, c.full_started, c.full_ended, c.full_done,
          (SELECT COUNT(*) FROM password p
            WHERE p.channel_id = c.id AND \(PasswordFilter.isToBeSent)),
          (SELECT COUNT(*) FROM password p
            WHERE p.channel_id = c.id AND \(PasswordFilter.isToBeSent) AND p.attempts > 0),
          (SELECT COUNT(*) FROM password p
            WHERE p.channel_id = c.id AND \(PasswordFilter.isStuck)),
          (SELECT COUNT(*) FROM password p
            WHERE p.channel_id = c.id AND p.due IS NOT NULL AND p.earlier_since IS NOT NULL),
          c.directory_mark,
          (SELECT COUNT(*) FROM password p
            WHERE p.channel_id = c.id AND \(PasswordFilter.isOutdated))
        FROM password_channel c JOIN connector s ON s.id = c.source_id
          JOIN connector t ON t.id = c.target_id
        WHERE c.is_active = 1 ORDER BY c.id
        """
      ).map { row in
        PasswordChannelRow(
          id: row[0], source: row[1], target: row[2], domain: row[3],
          state: PasswordChannelState(rawValue: row[4]) ?? .stopped, reason: row[5],
          intervalSeconds: row[6], turnStarted: Self.time(row, 7), turnEnded: Self.time(row, 8),
          lastContact: Self.time(row, 9), fullStarted: Self.time(row, 10),
          fullEnded: Self.time(row, 11), fullDone: row[12],
          byStatus: try Self.passwordsByStatus(row[0], tx), waiting: row[13], retrying: row[14],
          stuck: row[15], doubted: row[16], outdated: row[18], hasEngine: lives, takesTurns: stays,
          isBehind: (row[17] as Int64) < last)
      }
    }
  }

  private static func passwordsByStatus(
    _ channel: Int64, _ tx: StoreTransaction
  ) throws -> [PasswordStatus: Int] {
    var counts: [PasswordStatus: Int] = [:]
    for row in try tx.rows(
      "SELECT status, COUNT(*) FROM password WHERE channel_id = ? GROUP BY status", [channel])
    {
      counts[PasswordStatus(rawValue: row[0]) ?? .unknown, default: 0] += row[1] as Int
    }
    return counts
  }

  private static func time(_ row: StoreRow, _ index: Int) -> Timestamp? {
    (row[index] as Int64?).map { Timestamp(milliseconds: $0) }
  }

  private static let columns = """
    p.channel_id, p.anchor, p.dn, o.display, p.object_id, p.target_object_id, p.status, p.reason,
    p.changed, p.synced_changed, \(PasswordRow.hasThis), p.requested, p.answered, p.succeeded,
    p.attempts, p.due, o.image, p.id,
    (SELECT domain FROM password_channel WHERE id = p.channel_id),
    \(PasswordRow.isLost("p")), \(PasswordRow.hasLostTarget("p"))
    """

  static let passwordTable = "password p LEFT JOIN cs_object o ON o.id = p.object_id"

  /// What is true of accounts `p` whose channel is configured.
  static let passwordIsActive =
    "p.channel_id IN (SELECT id FROM password_channel WHERE is_active = 1)"

  private static func password(_ row: StoreRow, _ tx: StoreTransaction) throws -> PasswordRow {
    let image = try row.bytes(16).map { try tx.coding.decode($0) } ?? AttributeSet()
    var password = PasswordRow(
      id: .init(channel: row[0], anchor: row[1]), dn: row[2], display: row[3] ?? "",
      userPrincipalName: image.text("userPrincipalName") ?? image.text("userName") ?? "",
      object: row[4], targetObject: row[5],
      status: PasswordStatus(rawValue: row[6]) ?? .unknown, reason: row[7], changed: time(row, 8),
      syncedChanged: time(row, 9), isCurrent: row[10], requested: time(row, 11),
      answered: time(row, 12), succeeded: time(row, 13), attempts: row[14], due: time(row, 15))
    password.number = row[17]
    password.domain = row[18] ?? ""
    // Cycles take objects away, and the channel's next turn notes that.
    password.lose(source: row[19], target: row[20])
    return password
  }

  /// How many passwords a full synchronization sends now, by channel: those of accounts that have an
  /// object at both ends and are not kept back.
  public func passwordsToSend() throws -> [Int64: Int] {
    try read { tx in
      let found = try tx.rows(
        """
        SELECT p.channel_id, COUNT(*) FROM password p
        WHERE \(Self.passwordIsActive) AND p.status NOT IN (\(PasswordStatus.keptBack))
          AND p.object_id IS NOT NULL AND p.target_object_id IS NOT NULL
          AND NOT \(PasswordRow.isLost("p")) AND NOT \(PasswordRow.hasLostTarget("p"))
        GROUP BY p.channel_id
        """)
      return Dictionary(uniqueKeysWithValues: found.map { ($0[0], $0[1]) })
    }
  }

  /// Accounts of all channels' ledgers in the order in which they were entered.
  public func passwords(after: Int64?, limit: Int) throws -> [PasswordRow] {
    try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM \(Self.passwordTable)
        WHERE p.id > ? AND \(Self.passwordIsActive) ORDER BY p.id LIMIT ?
        """, [after ?? 0, limit]
      ).map { try Self.password($0, tx) }
    }
  }

  /// The accounts of these numbers.
  static func passwords(_ ids: [Int64], _ tx: StoreTransaction) throws -> [PasswordRow] {
    try tx.rows(
      """
      SELECT \(columns) FROM \(passwordTable)
      WHERE p.id IN (SELECT value FROM json_each(?))
      """, [list(ids)]
    ).map { try password($0, tx) }
  }

  /// Accounts of a channel's ledger by anchor.
  public func passwords(
    channel: Int64, _ filter: PasswordFilter, text: String, after: String?, limit: Int
  ) throws -> [PasswordRow] {
    try read { tx in
      try tx.rows(
        """
        SELECT \(Self.columns) FROM \(Self.passwordTable)
        WHERE p.channel_id = ?1 AND p.anchor > ?2 AND \(filter.condition)
        AND (?3 = '' OR \(ListFunctions.contains("o.display", "?5"))
          OR \(ListFunctions.contains("p.dn", "?5"))
          OR \(ListFunctions.shows("o.image", text, folded: "?5", typed: "?3")))
        ORDER BY p.anchor LIMIT ?4
        """, [channel, after ?? "", text, limit, text.lowercased()]
      ).map { try Self.password($0, tx) }
    }
  }

  /// The accounts of configured channels whose DN, anchor, user principal name or display name is `text`.
  public func findPasswords(_ text: String) throws -> [PasswordRow] {
    let objects = try find(text).map(\.id)
    return try read { tx in
      let found = try tx.rows(
        """
        SELECT \(Self.columns) FROM \(Self.passwordTable)
        WHERE (p.object_id IN (SELECT value FROM json_each(?1))
          OR p.target_object_id IN (SELECT value FROM json_each(?1))) AND \(Self.passwordIsActive)
        UNION
        SELECT \(Self.columns) FROM password_channel c JOIN password p
          ON p.channel_id = c.id AND p.anchor = ?2 LEFT JOIN cs_object o ON o.id = p.object_id
        WHERE c.is_active = 1
        LIMIT 50
        """, ["[" + objects.map(String.init).joined(separator: ",") + "]", text]
      ).map { try Self.password($0, tx) }
      guard found.isEmpty else { return found }
      // Whom the directory synchronization does not know has no other name than this.
      return try tx.rows(
        """
        SELECT \(Self.columns) FROM \(Self.passwordTable)
        WHERE p.dn = ? COLLATE NOCASE AND \(Self.passwordIsActive) LIMIT 50
        """, [text]
      ).map { try Self.password($0, tx) }
    }
  }

  /// Batches, newest first.
  public func passwordBatches(
    account: PasswordRow.ID?, before: Int64?, limit: Int
  ) throws -> [PasswordBatchRow] {
    try read { tx in
      let chosen =
        account == nil
        ? "?2 IS ?4"
        : """
        b.channel_id = ?2 AND b.id IN (SELECT batch_id FROM password_batch_line WHERE anchor = ?4)
        """
      let batches = try tx.rows(
        """
        SELECT \(Self.batchColumns) FROM password_batch b
        WHERE b.id < ?1 AND \(chosen) ORDER BY b.id DESC LIMIT ?3
        """, [before ?? Int64.max, account?.channel, limit, account?.anchor])
      return try batches.map { try Self.batch($0, tx) }
    }
  }

  /// The batches of these numbers.
  static func passwordBatches(
    _ ids: [Int64], _ tx: StoreTransaction
  ) throws -> [PasswordBatchRow] {
    try tx.rows(
      """
      SELECT \(batchColumns) FROM password_batch b
      WHERE b.id IN (SELECT value FROM json_each(?))
      """, [list(ids)]
    ).map { try batch($0, tx) }
  }

  private static let batchColumns = """
    b.id, b.channel_id, b.started, b.ended, b.error,
    (SELECT domain FROM password_channel WHERE id = b.channel_id),
    (SELECT is_active FROM password_channel WHERE id = b.channel_id)
    """

  private static func batch(_ row: StoreRow, _ tx: StoreTransaction) throws -> PasswordBatchRow {
    var batch = PasswordBatchRow(
      id: row[0], channel: row[1], started: Timestamp(milliseconds: row[2]),
      ended: time(row, 3), error: row[4], lines: try lines(of: row[0], tx), domain: row[5] ?? "")
    if batch.ended == nil {
      batch.hasEngine = try (row[6] as Int64? ?? 0) != 0 && engineMayLive(tx)
    }
    return batch
  }

  private static func lines(
    of batch: Int64, _ tx: StoreTransaction
  ) throws -> [PasswordBatchRow.Line] {
    try tx.rows(
      """
      SELECT anchor, dn, changed, request, answer, words FROM password_batch_line
      WHERE batch_id = ? ORDER BY line
      """, [batch]
    ).map { row in
      PasswordBatchRow.Line(
        anchor: row[0], dn: row[1], changed: Timestamp(milliseconds: row[2]), request: row[3],
        answer: (row[4] as String?).flatMap { PasswordStatus(rawValue: $0) }, words: row[5])
    }
  }
}
