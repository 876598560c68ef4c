import GRDB

/// The tables, as numbered migrations; a migration that was released is never changed.
enum TenantSchema {
  /// Brings a database up to date.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { try $0.execute(sql: first) }
    return migrator
  }

  // seq is the insertion key by which pages are in a stable order; AUTOINCREMENT, so that a number
  // is never used again and a cursor can't come upon a newer resource in an older one's place.
  private static let first = """
    PRAGMA application_id = \(TenantStore.applicationID);
    CREATE TABLE resource (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      id TEXT NOT NULL UNIQUE,
      type INTEGER NOT NULL,
      version INTEGER NOT NULL,
      created INTEGER NOT NULL,
      modified INTEGER NOT NULL,
      display TEXT NOT NULL,
      body BLOB NOT NULL
    );
    CREATE INDEX resource_type ON resource(type);
    CREATE INDEX resource_modified ON resource(type, modified);
    CREATE TABLE key_value (
      code INTEGER NOT NULL,
      value TEXT NOT NULL,
      resource INTEGER NOT NULL,
      PRIMARY KEY (code, value, resource)
    ) WITHOUT ROWID;
    CREATE TABLE link (
      source INTEGER NOT NULL,
      number INTEGER NOT NULL,
      target INTEGER NOT NULL,
      PRIMARY KEY (source, number, target)
    ) WITHOUT ROWID;
    CREATE INDEX link_target ON link(target, number, source);
    CREATE TABLE type_count (type INTEGER PRIMARY KEY, total INTEGER NOT NULL);
    CREATE TRIGGER resource_added AFTER INSERT ON resource BEGIN
      INSERT INTO type_count (type, total) VALUES (NEW.type, 1)
      ON CONFLICT (type) DO UPDATE SET total = total + 1;
    END;
    CREATE TRIGGER resource_deleted AFTER DELETE ON resource BEGIN
      UPDATE type_count SET total = total - 1 WHERE type = OLD.type;
    END;
    """
}
