import GRDB

/// The statements on links from one resource to another: one row each, so that one member more
/// costs the same in a large group as in a small one.
enum LinkTable {
  /// Adds the link; whether it was not there.
  static func add(_ database: Database, _ source: Int64, _ number: Int, _ target: Int64) throws
    -> Bool
  {
    let statement = try database.cachedStatement(
      sql: "INSERT OR IGNORE INTO link (source, number, target) VALUES (?, ?, ?)")
    try statement.execute(arguments: [source, number, target])
    return database.changesCount > 0
  }

  /// Removes the link; whether it was there.
  static func remove(_ database: Database, _ source: Int64, _ number: Int, _ target: Int64) throws
    -> Bool
  {
    let statement = try database.cachedStatement(
      sql: "DELETE FROM link WHERE source = ? AND number = ? AND target = ?")
    try statement.execute(arguments: [source, number, target])
    return database.changesCount > 0
  }

  /// Removes every link of this number from `source`; whether there was one.
  static func removeAll(_ database: Database, from source: Int64, _ number: Int) throws -> Bool {
    let statement = try database.cachedStatement(
      sql: "DELETE FROM link WHERE source = ? AND number = ?")
    try statement.execute(arguments: [source, number])
    return database.changesCount > 0
  }

  /// Removes everything that points from or to the resource.
  static func removeEverything(_ database: Database, of seq: Int64) throws {
    for column in ["source", "target"] {
      let statement = try database.cachedStatement(sql: "DELETE FROM link WHERE \(column) = ?")
      try statement.execute(arguments: [seq])
    }
  }

  /// The insertion keys to which `source` has links of this number.
  static func targets(_ database: Database, of source: Int64, _ number: Int) throws -> Set<Int64> {
    let statement = try database.cachedStatement(
      sql: "SELECT target FROM link WHERE source = ? AND number = ?")
    return try Int64.fetchSet(statement, arguments: [source, number])
  }

  /// The insertion keys that have links of this number to `target`.
  static func sources(_ database: Database, of target: Int64, _ number: Int) throws -> [Int64] {
    let statement = try database.cachedStatement(
      sql: "SELECT source FROM link WHERE target = ? AND number = ? ORDER BY source")
    return try Int64.fetchAll(statement, arguments: [target, number])
  }

  /// A resource at the other end of a link.
  struct End {
    var seq: Int64
    var id: String
    var type: Int
    var display: String
  }

  /// The other ends of the links of this number, from `seq` or, if `reversed`, to it.
  static func ends(_ database: Database, of seq: Int64, _ number: Int, reversed: Bool) throws
    -> [End]
  {
    let (here, there) = reversed ? ("target", "source") : ("source", "target")
    let statement = try database.cachedStatement(
      sql: """
        SELECT r.seq, r.id, r.type, r.display FROM link l JOIN resource r ON r.seq = l.\(there)
        WHERE l.\(here) = ? AND l.number = ? ORDER BY r.seq
        """)
    return try Row.fetchAll(statement, arguments: [seq, number]).map {
      End(seq: $0[0], id: $0[1], type: $0[2], display: $0[3])
    }
  }
}
