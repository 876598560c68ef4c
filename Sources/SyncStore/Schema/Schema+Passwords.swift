extension Schema {
  /// How far each account's password has come, and what was sent.
  ///
  /// Stamps and numbers only: nothing here tells of a password. `due` is when a password is to be
  /// sent, also of one that is on its way: after a crash it is sent again with the same `request`.
  static let passwords = """
    CREATE TABLE password_channel (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      source_id INTEGER NOT NULL,
      target_id INTEGER NOT NULL,
      domain TEXT NOT NULL DEFAULT '',
      is_active INTEGER NOT NULL DEFAULT 1,
      state TEXT NOT NULL DEFAULT 'stopped',
      reason TEXT NOT NULL DEFAULT '',
      interval_seconds INTEGER NOT NULL,
      cursor TEXT,
      turn_started INTEGER,
      turn_ended INTEGER,
      last_contact INTEGER,
      directory_mark INTEGER NOT NULL DEFAULT 0,
      full_started INTEGER,
      full_ended INTEGER,
      full_done INTEGER NOT NULL DEFAULT 0,
      full_floor INTEGER NOT NULL DEFAULT 0,
      UNIQUE (source_id, target_id)
    );
    CREATE TABLE password (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      channel_id INTEGER NOT NULL,
      anchor TEXT NOT NULL,
      dn TEXT NOT NULL,
      object_id INTEGER,
      target_object_id INTEGER,
      target_anchor TEXT NOT NULL DEFAULT '',
      status TEXT NOT NULL,
      reason TEXT NOT NULL DEFAULT '',
      stamp TEXT NOT NULL,
      changed INTEGER,
      seen INTEGER NOT NULL,
      synced_stamp TEXT,
      synced_changed INTEGER,
      synced_anchor TEXT,
      request TEXT,
      request_stamp TEXT,
      requested INTEGER,
      answered INTEGER,
      succeeded INTEGER,
      attempts INTEGER NOT NULL DEFAULT 0,
      due INTEGER,
      UNIQUE (channel_id, anchor)
    );
    CREATE INDEX password_due ON password (channel_id, due) WHERE due IS NOT NULL;
    CREATE INDEX password_status ON password (channel_id, status, anchor);
    CREATE INDEX password_object ON password (object_id) WHERE object_id IS NOT NULL;
    CREATE INDEX password_target ON password (target_object_id) WHERE target_object_id IS NOT NULL;
    CREATE TABLE password_batch (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      channel_id INTEGER NOT NULL,
      started INTEGER NOT NULL,
      ended INTEGER,
      error TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX password_batch_open ON password_batch (channel_id) WHERE ended IS NULL;
    CREATE TABLE password_batch_line (
      batch_id INTEGER NOT NULL,
      line INTEGER NOT NULL,
      anchor TEXT NOT NULL,
      dn TEXT NOT NULL,
      changed INTEGER NOT NULL,
      request TEXT NOT NULL,
      answer TEXT,
      words TEXT NOT NULL DEFAULT '',
      PRIMARY KEY (batch_id, line)
    ) WITHOUT ROWID;
    CREATE INDEX password_batch_line_anchor ON password_batch_line (anchor, batch_id);
    """

  /// What event 656 tells of a password besides, so that a later engine can tell its end by 657.
  static let passwordRequests = """
    ALTER TABLE password_batch_line ADD COLUMN source_anchor TEXT NOT NULL DEFAULT '';
    ALTER TABLE password_batch_line ADD COLUMN must_change INTEGER NOT NULL DEFAULT 0;
    """

  /// Since when the source tells of an earlier password than the one that is known.
  static let earlierPasswords = "ALTER TABLE password ADD COLUMN earlier_since INTEGER"
}
