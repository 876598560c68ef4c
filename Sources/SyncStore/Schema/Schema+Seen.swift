import GRDB

extension Schema {
  /// When a step was last heard of, in milliseconds since 1970.
  ///
  /// One that nobody closed ended then.
  static let seen = "ALTER TABLE step ADD COLUMN seen INTEGER"

  /// Since when a contributor's rule gives a reference, in milliseconds since 1970; 0 where that is
  /// not known.
  static func addSince(_ db: Database) throws {
    guard try !db.columns(in: "mv_reference").contains(where: { $0.name == "since" }) else {
      return
    }
    try db.execute(sql: "ALTER TABLE mv_reference ADD COLUMN since INTEGER NOT NULL DEFAULT 0")
  }
}
