import Directory
import GRDB

/// Names are looked up from the root down, so that what is below a container stands together.
extension Schema {
  /// How many names are turned at once.
  private static let page = 10_000

  /// Turns the names that look-ups compare, the normalized ones, into paths.
  static func turnNames(_ db: Database) throws {
    try db.execute(
      sql: """
        DROP TRIGGER cs_object_renamed;
        ALTER TABLE cs_object RENAME COLUMN dn_key TO dn_path;
        ALTER TABLE past_object RENAME COLUMN dn_key TO dn_path;
        """)
    for table in ["cs_object", "past_object"] { try turn("dn_path", of: table, db) }
    try turnPastNames(db)
    try db.execute(
      sql: """
        CREATE TRIGGER cs_object_renamed AFTER UPDATE OF dn_path ON cs_object
        WHEN OLD.dn_path <> NEW.dn_path BEGIN
          INSERT OR REPLACE INTO past_name(name, object_id, mv_id, step_id)
          VALUES (OLD.dn_path, OLD.id, 0, COALESCE((SELECT MAX(id) FROM step), 0));
        END;
        """)
  }

  private static func turn(_ column: String, of table: String, _ db: Database) throws {
    let update = try db.makeStatement(sql: "UPDATE \(table) SET \(column) = ? WHERE id = ?")
    var after: Int64? = 0
    while let last = after {
      let rows = try Row.fetchAll(
        db, sql: "SELECT id, \(column) FROM \(table) WHERE id > ? ORDER BY id LIMIT ?",
        arguments: [last, page])
      for row in rows {
        let (id, name): (Int64, String) = (row[0], row[1])
        try update.execute(arguments: [DistinguishedName.path(of: name), id])
      }
      after = rows.last?[0]
    }
  }

  /// Names of metaverse objects, which are none of a directory, stay as they are.
  private static func turnPastNames(_ db: Database) throws {
    let rows = try Row.fetchAll(
      db, sql: "SELECT name, object_id, step_id FROM past_name WHERE object_id <> 0")
    try db.execute(sql: "DELETE FROM past_name WHERE object_id <> 0")
    for row in rows {
      let (name, object, step): (String, Int64, Int64) = (row[0], row[1], row[2])
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO past_name(name, object_id, mv_id, step_id) VALUES (?, ?, 0, ?)
          """,
        arguments: [DistinguishedName.path(of: name), object, step])
    }
  }
}
