import GRDB

/// The store's tables, as numbered migrations: one is never changed once it has been released.
enum Schema {
  static let migrator: DatabaseMigrator = {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 connector spaces, metaverse, history") { db in
      try db.execute(sql: values)
      try db.execute(sql: connectorSpace)
      try db.execute(sql: metaverse)
      try db.execute(sql: history)
      try db.execute(sql: desk)
    }
    migrator.registerMigration("past objects, lineage, more about errors") { db in
      try db.execute(sql: past)
    }
    migrator.registerMigration("queues of pending work") { db in
      try db.execute(sql: queues)
    }
    migrator.registerMigration("waiting disconnectors") { try $0.execute(sql: waiting) }
    migrator.registerMigration("guards and rehearsals") { try $0.execute(sql: guards) }
    migrator.registerMigration("flows of references") { try $0.execute(sql: referenceFlows) }
    migrator.registerMigration("names from the root down", migrate: turnNames)
    migrator.registerMigration("metaverse by name") { try $0.execute(sql: search) }
    migrator.registerMigration("adds that were never shown") { try $0.execute(sql: unseen) }
    migrator.registerMigration("load of services") { try $0.execute(sql: load) }
    migrator.registerMigration("passwords") { try $0.execute(sql: passwords) }
    migrator.registerMigration("what changes of rules do") { try $0.execute(sql: due) }
    migrator.registerMigration("own times of synchronization") { try $0.execute(sql: ownTimes) }
    migrator.registerMigration("what requests for passwords said") {
      try $0.execute(sql: passwordRequests)
    }
    migrator.registerMigration("filtered disconnectors") { try $0.execute(sql: filtered) }
    migrator.registerMigration("exports that hold") { try $0.execute(sql: exportHolds) }
    migrator.registerMigration("last signs of steps") { try $0.execute(sql: seen) }
    migrator.registerMigration("since when references are given", migrate: addSince)
    migrator.registerMigration("passwords that are told as earlier ones") {
      try $0.execute(sql: earlierPasswords)
    }
    migrator.registerMigration("discovery errors that are over") { try $0.execute(sql: overErrors) }
    migrator.registerMigration("what pending objects were before") { try $0.execute(sql: before) }
    migrator.registerMigration("ranks of references", migrate: makeRanks)
    migrator.registerMigration("deletes that were sent") { try $0.execute(sql: sentDeletes) }
    migrator.registerMigration("exchanges that were refused") {
      try $0.execute(sql: refusedExchanges)
    }
    migrator.registerMigration("names that were left") { try $0.execute(sql: leftNames) }
    return migrator
  }()

  /// Refuses the database of another program: one that has tables, and no version of the store's.
  static func checkOwner(_ db: Database, file: String) throws {
    guard try migrator.appliedIdentifiers(db).isEmpty,
      let table = try String.fetchOne(
        db,
        sql: """
          SELECT name FROM sqlite_schema
          WHERE name NOT LIKE 'sqlite_%' AND name <> 'grdb_migrations' LIMIT 1
          """)
    else { return }
    throw StoreError(
      .notAStore,
      message: "The file \(file) is a database of another program: it has '\(table)', and no "
        + "version of a store of Lockstep's",
      hint: "Name another file for the store in lockstep.toml; this one is as it was")
  }

  /// Whether `last_sync` is when an import last confirmed what was sent, because the target tells no
  /// time.
  private static let ownTimes =
    "ALTER TABLE cs_object ADD COLUMN sync_time_is_own INTEGER NOT NULL DEFAULT 0"

  /// By which rules an object's references flow into the metaverse, as a digest; 0 if that is not
  /// known.
  private static let referenceFlows =
    "ALTER TABLE cs_object ADD COLUMN reference_flows INTEGER NOT NULL DEFAULT 0"

  /// Settings, connectors and the dictionaries of names.
  private static let values = """
    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE attribute (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
    CREATE TABLE rule (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL);
    CREATE TABLE connector (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE COLLATE NOCASE,
      type TEXT NOT NULL,
      is_source INTEGER NOT NULL,
      is_active INTEGER NOT NULL DEFAULT 1,
      summary TEXT NOT NULL DEFAULT '',
      fingerprint TEXT NOT NULL DEFAULT '',
      watermark_kind TEXT,
      watermark_value TEXT,
      watermark_identity TEXT,
      full_import_reason TEXT,
      full_sync_reason TEXT
    );
    """

  /// What each directory says, and what the rules want it to say.
  ///
  /// Numbers of objects are never given twice: history names objects that are gone. What was
  /// synchronized last stands in ``before``, and in no column here any more.
  private static let connectorSpace = """
    CREATE TABLE cs_object (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      connector_id INTEGER NOT NULL,
      anchor TEXT,
      dn TEXT NOT NULL,
      dn_key TEXT NOT NULL,
      object_type TEXT NOT NULL,
      display TEXT NOT NULL DEFAULT '',
      image BLOB,
      synced BLOB,
      synced_dn TEXT,
      pending_import INTEGER NOT NULL DEFAULT 0,
      desired BLOB,
      pending_export INTEGER NOT NULL DEFAULT 0,
      export_state INTEGER NOT NULL DEFAULT 0,
      is_released INTEGER NOT NULL DEFAULT 0,
      exported_at INTEGER,
      last_sync INTEGER,
      last_password_sync INTEGER,
      mv_id INTEGER,
      link_kind INTEGER NOT NULL DEFAULT 0,
      link_rule INTEGER NOT NULL DEFAULT 0,
      connector_state INTEGER NOT NULL DEFAULT 0,
      sync_error_id INTEGER,
      export_error_id INTEGER
    );
    CREATE UNIQUE INDEX cs_anchor ON cs_object (connector_id, anchor) WHERE anchor IS NOT NULL;
    CREATE INDEX cs_dn ON cs_object (connector_id, dn_key);
    CREATE INDEX cs_link ON cs_object (mv_id) WHERE mv_id IS NOT NULL;
    CREATE INDEX cs_staged ON cs_object (connector_id, id) WHERE image IS NOT NULL;
    CREATE INDEX cs_pending_import ON cs_object (connector_id, id) WHERE pending_import <> 0;
    CREATE INDEX cs_pending_export ON cs_object (connector_id, pending_export, object_type, id)
      WHERE pending_export <> 0;
    CREATE INDEX cs_disconnector ON cs_object (connector_id, id) WHERE mv_id IS NULL;
    CREATE INDEX cs_sync_error ON cs_object (connector_id, sync_error_id)
      WHERE sync_error_id IS NOT NULL;
    CREATE INDEX cs_export_error ON cs_object (connector_id, export_error_id)
      WHERE export_error_id IS NOT NULL;
    CREATE INDEX cs_display ON cs_object (connector_id, object_type, display COLLATE NOCASE, id)
      WHERE last_sync IS NOT NULL;
    CREATE INDEX cs_last_sync ON cs_object (connector_id, object_type, last_sync, id)
      WHERE last_sync IS NOT NULL;
    CREATE TABLE cs_reference (
      source_id INTEGER NOT NULL,
      attribute_id INTEGER NOT NULL,
      value TEXT NOT NULL,
      connector_id INTEGER NOT NULL,
      target_id INTEGER,
      state INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (source_id, attribute_id, value)
    ) WITHOUT ROWID;
    CREATE INDEX cs_reference_target ON cs_reference (target_id) WHERE target_id IS NOT NULL;
    CREATE INDEX cs_reference_open ON cs_reference (connector_id, value) WHERE target_id IS NULL;
    CREATE INDEX cs_reference_dirty ON cs_reference (connector_id, source_id) WHERE state <> 0;
    CREATE TABLE cs_value (
      connector_id INTEGER NOT NULL,
      attribute_id INTEGER NOT NULL,
      value TEXT NOT NULL,
      object_id INTEGER NOT NULL,
      PRIMARY KEY (connector_id, attribute_id, value, object_id)
    ) WITHOUT ROWID;
    CREATE INDEX cs_value_object ON cs_value (object_id);
    CREATE TABLE export_reference (
      source_id INTEGER NOT NULL,
      attribute_id INTEGER NOT NULL,
      target_id INTEGER NOT NULL,
      state INTEGER NOT NULL,
      PRIMARY KEY (source_id, attribute_id, target_id)
    ) WITHOUT ROWID;
    CREATE INDEX export_reference_target ON export_reference (target_id);
    CREATE INDEX export_reference_pending ON export_reference (source_id) WHERE state <> 0;
    """

  /// One object per person, group or contact, with the lineage of its values.
  private static let metaverse = """
    CREATE TABLE mv_object (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      object_type TEXT NOT NULL,
      display TEXT NOT NULL DEFAULT '',
      image BLOB NOT NULL,
      created INTEGER NOT NULL
    );
    CREATE TABLE mv_value (
      attribute_id INTEGER NOT NULL,
      value TEXT NOT NULL,
      mv_id INTEGER NOT NULL,
      PRIMARY KEY (attribute_id, value, mv_id)
    ) WITHOUT ROWID;
    CREATE INDEX mv_value_object ON mv_value (mv_id);
    CREATE TABLE mv_reference (
      source_id INTEGER NOT NULL,
      attribute_id INTEGER NOT NULL,
      target_id INTEGER NOT NULL,
      contributor_id INTEGER NOT NULL,
      rule_id INTEGER NOT NULL,
      precedence INTEGER NOT NULL,
      state INTEGER NOT NULL DEFAULT 1,
      PRIMARY KEY (source_id, attribute_id, target_id, contributor_id)
    ) WITHOUT ROWID;
    CREATE INDEX mv_reference_rank ON mv_reference (source_id, attribute_id, precedence);
    CREATE INDEX mv_reference_target ON mv_reference (target_id);
    CREATE INDEX mv_reference_contributor ON mv_reference (contributor_id);
    CREATE INDEX mv_reference_dirty ON mv_reference (source_id) WHERE state <> 0;
    """

  /// What was done, when, to what, and with which result.
  private static let history = """
    CREATE TABLE cycle (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      policy TEXT NOT NULL,
      requested_by TEXT NOT NULL,
      reason TEXT NOT NULL DEFAULT '',
      started INTEGER NOT NULL,
      ended INTEGER
    );
    CREATE TABLE run (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      cycle_id INTEGER,
      connector_id INTEGER NOT NULL,
      requested_by TEXT NOT NULL
    );
    CREATE INDEX run_cycle ON run (cycle_id) WHERE cycle_id IS NOT NULL;
    CREATE TABLE step (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      run_id INTEGER NOT NULL,
      connector_id INTEGER NOT NULL,
      type TEXT NOT NULL,
      started INTEGER NOT NULL,
      ended INTEGER,
      result TEXT NOT NULL DEFAULT 'in-progress',
      message TEXT NOT NULL DEFAULT '',
      hint TEXT NOT NULL DEFAULT '',
      phase TEXT NOT NULL DEFAULT '',
      done INTEGER NOT NULL DEFAULT 0,
      total INTEGER,
      rate REAL NOT NULL DEFAULT 0,
      adds INTEGER NOT NULL DEFAULT 0,
      updates INTEGER NOT NULL DEFAULT 0,
      deletes INTEGER NOT NULL DEFAULT 0,
      errors INTEGER NOT NULL DEFAULT 0
    );
    CREATE INDEX step_run ON step (run_id);
    CREATE INDEX step_connector ON step (connector_id, type, id);
    CREATE INDEX step_open ON step (id) WHERE ended IS NULL;
    CREATE INDEX step_result ON step (result, id);
    CREATE TABLE step_counter (
      step_id INTEGER NOT NULL,
      target_id INTEGER NOT NULL,
      counter INTEGER NOT NULL,
      count INTEGER NOT NULL,
      PRIMARY KEY (step_id, target_id, counter)
    ) WITHOUT ROWID;
    CREATE TABLE step_change (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      step_id INTEGER NOT NULL,
      target_id INTEGER NOT NULL,
      counter INTEGER NOT NULL,
      object_id INTEGER NOT NULL,
      dn TEXT NOT NULL,
      display TEXT NOT NULL,
      object_type TEXT NOT NULL,
      deltas BLOB NOT NULL
    );
    CREATE INDEX step_change_counter ON step_change (step_id, target_id, counter, id);
    CREATE INDEX step_change_object ON step_change (object_id, id);
    CREATE TABLE step_error (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      step_id INTEGER NOT NULL,
      connector_id INTEGER NOT NULL,
      object_id INTEGER,
      stage TEXT NOT NULL,
      type TEXT NOT NULL,
      dn TEXT NOT NULL,
      attribute TEXT NOT NULL,
      value TEXT NOT NULL,
      message TEXT NOT NULL,
      code TEXT NOT NULL,
      location TEXT NOT NULL,
      hint TEXT NOT NULL,
      other_object_id INTEGER,
      first_occurred INTEGER NOT NULL,
      occurred INTEGER NOT NULL,
      retries INTEGER NOT NULL,
      display TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX step_error_step ON step_error (step_id, id);
    """

  /// What faces and engine tell each other.
  private static let desk = """
    CREATE TABLE event (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      time INTEGER NOT NULL,
      level TEXT NOT NULL,
      code INTEGER NOT NULL,
      source TEXT NOT NULL,
      message TEXT NOT NULL
    );
    CREATE INDEX event_code ON event (code, id);
    CREATE TABLE command (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      argument TEXT NOT NULL,
      requested_by TEXT NOT NULL,
      filed INTEGER NOT NULL,
      state TEXT NOT NULL DEFAULT 'filed',
      cycle_id INTEGER,
      run_id INTEGER,
      outcome TEXT NOT NULL DEFAULT ''
    );
    CREATE INDEX command_open ON command (id) WHERE state = 'filed';
    """
}
