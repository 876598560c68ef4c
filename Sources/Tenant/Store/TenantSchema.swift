import GRDB

/// The tables, as numbered migrations; a migration that was released is never changed.
enum TenantSchema {
  /// Brings a database up to date.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { try $0.execute(sql: first) }
    migrator.registerMigration("graph") { try $0.execute(sql: graph) }
    migrator.registerMigration("passwords") { try $0.execute(sql: passwords) }
    migrator.registerMigration("provisioning") { try $0.execute(sql: provisioning) }
    migrator.registerMigration("whose requests") { try $0.execute(sql: requesters) }
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

  // What Graph tells beside the resources themselves: what was deleted, which members came and
  // went (so that a delta of a large group is as large as its change), and access tokens.
  private static let graph = """
    CREATE TABLE deleted_resource (
      seq INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      type INTEGER NOT NULL,
      deleted INTEGER NOT NULL,
      created INTEGER NOT NULL,
      version INTEGER NOT NULL,
      body BLOB,
      links TEXT NOT NULL
    );
    CREATE INDEX deleted_resource_type ON deleted_resource(type, deleted);
    CREATE TABLE member_change (
      position INTEGER PRIMARY KEY AUTOINCREMENT,
      source INTEGER NOT NULL,
      target INTEGER NOT NULL,
      id TEXT NOT NULL,
      type INTEGER NOT NULL,
      removed INTEGER NOT NULL
    );
    CREATE INDEX member_change_source ON member_change(source, position);
    CREATE TRIGGER member_added AFTER INSERT ON link WHEN NEW.number = 1 BEGIN
      INSERT INTO member_change (source, target, id, type, removed)
      SELECT NEW.source, NEW.target, id, type, 0 FROM resource WHERE seq = NEW.target;
    END;
    CREATE TRIGGER member_removed AFTER DELETE ON link WHEN OLD.number = 1 BEGIN
      INSERT INTO member_change (source, target, id, type, removed)
      SELECT OLD.source, OLD.target, id, type, 1 FROM resource WHERE seq = OLD.target;
    END;
    CREATE TABLE access_token (
      hash TEXT PRIMARY KEY, client TEXT NOT NULL, expires INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE tenant_fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    """

  // Users who were uploaded and are yet to be made or changed, and what became of those before.
  private static let provisioning = """
    CREATE TABLE upload (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      job TEXT NOT NULL,
      received INTEGER NOT NULL,
      data BLOB NOT NULL
    );
    CREATE INDEX upload_received ON upload(received, seq);
    CREATE TABLE provisioning_log (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      job TEXT NOT NULL,
      time INTEGER NOT NULL,
      line BLOB NOT NULL
    );
    CREATE INDEX provisioning_log_time ON provisioning_log(time);
    """

  // For which user a request was carried out: one that is made anew under the same anchor is another.
  private static let requesters = "ALTER TABLE credential_request ADD COLUMN resource INTEGER"

  // What was derived from passwords, the requests by which they came, and whose a token is. A
  // credential outlives its user until nobody can restore the user.
  private static let passwords = """
    CREATE TABLE credential (
      resource INTEGER PRIMARY KEY,
      salt BLOB NOT NULL,
      iterations INTEGER NOT NULL,
      derived BLOB NOT NULL,
      changed INTEGER NOT NULL,
      taken INTEGER NOT NULL,
      forced INTEGER NOT NULL,
      failures INTEGER NOT NULL DEFAULT 0,
      lockouts INTEGER NOT NULL DEFAULT 0,
      locked_until INTEGER NOT NULL DEFAULT 0
    );
    CREATE TRIGGER credential_gone AFTER UPDATE OF body ON deleted_resource
    WHEN NEW.body IS NULL BEGIN
      DELETE FROM credential WHERE resource = NEW.seq;
    END;
    CREATE TABLE credential_request (
      id TEXT PRIMARY KEY, anchor TEXT NOT NULL, done INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX credential_request_done ON credential_request(done);
    ALTER TABLE access_token ADD COLUMN subject TEXT;
    """
}
