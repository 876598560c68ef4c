extension Schema {
  /// What guards keep, and the mark of what was only rehearsed.
  ///
  /// `export_cause` tells of an object why its export waits: for a delete since it was staged, for
  /// another change since an export held it. `is_released` of an object names its release.
  static let guards = """
    ALTER TABLE cycle ADD COLUMN is_rehearsal INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE step ADD COLUMN is_rehearsal INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE guard_limit (
      connector_id INTEGER NOT NULL,
      stage TEXT NOT NULL,
      kind TEXT NOT NULL,
      count INTEGER,
      percent REAL,
      smallest INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (connector_id, stage, kind)
    ) WITHOUT ROWID;
    CREATE TABLE cause (
      id INTEGER PRIMARY KEY,
      connector_id INTEGER NOT NULL,
      kind TEXT NOT NULL,
      text TEXT NOT NULL,
      UNIQUE (connector_id, kind, text)
    );
    CREATE TABLE export_cause (
      object_id INTEGER PRIMARY KEY,
      cause_id INTEGER NOT NULL,
      time INTEGER NOT NULL
    );
    CREATE INDEX export_cause_group ON export_cause (cause_id);
    CREATE TABLE guard_release (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      connector_id INTEGER NOT NULL,
      time INTEGER NOT NULL,
      released_by TEXT NOT NULL,
      what TEXT NOT NULL,
      count INTEGER NOT NULL
    );
    CREATE TABLE import_hold (
      connector_id INTEGER NOT NULL,
      kind TEXT NOT NULL,
      count INTEGER NOT NULL,
      message TEXT NOT NULL,
      since INTEGER NOT NULL,
      needs_full_import INTEGER NOT NULL,
      released_by TEXT,
      PRIMARY KEY (connector_id, kind)
    ) WITHOUT ROWID;
    CREATE TABLE known_server (
      connector_id INTEGER PRIMARY KEY,
      identity TEXT NOT NULL,
      fingerprint TEXT NOT NULL
    );
    CREATE TABLE preview (
      command_id INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      report TEXT NOT NULL
    );
    """

  /// How many changes of a kind there were when exports of a connector began to hold them.
  static let exportHolds = """
    CREATE TABLE export_hold (
      connector_id INTEGER NOT NULL,
      kind TEXT NOT NULL,
      amount INTEGER NOT NULL,
      PRIMARY KEY (connector_id, kind)
    ) WITHOUT ROWID;
    """
}
