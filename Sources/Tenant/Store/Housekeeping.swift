import GRDB

/// Forgets what nobody can have back or ask for any more: what was deleted 30 days ago, with its
/// password, and which members came and went before.
///
/// It is done a piece at a time, whenever the file is opened and whenever a token is given. Who asks
/// for changes since a moment before what was forgotten begins anew.
enum Housekeeping {
  /// For how long things are kept, in milliseconds.
  static let keeping = DeletedTable.keeping

  private static let forgottenDeletes = "forgottenDeletes"
  private static let memberMark = "memberMark"

  /// Forgets at most `limit` rows of a kind.
  static func run(_ database: Database, now: Int64, limit: Int = 20_000) throws {
    for type in ResourceType.all { try forgetDeleted(database, type, now: now, limit: limit) }
    try forgetMembers(database, now: now, limit: limit)
  }

  /// The stamp up to which deletes may be forgotten.
  static func lastForgottenDelete(_ database: Database) throws -> Int64 {
    try FactTable.value(database, forgottenDeletes).flatMap { Int64($0) } ?? 0
  }

  private static func forgetDeleted(
    _ database: Database, _ type: ResourceType, now: Int64, limit: Int
  ) throws {
    let rows = try Row.fetchAll(
      database.cachedStatement(
        sql: "SELECT seq, deleted FROM deleted_resource WHERE type = ? AND deleted < ? "
          + "ORDER BY deleted LIMIT ?"), arguments: [type.code, now - keeping, limit])
    guard let last = rows.last else { return }
    for row in rows {
      let seq: Int64 = row[0]
      // A password goes with the body.
      try database.cachedStatement(sql: "UPDATE deleted_resource SET body = NULL WHERE seq = ?")
        .execute(arguments: [seq])
      try database.cachedStatement(sql: "DELETE FROM deleted_resource WHERE seq = ?")
        .execute(arguments: [seq])
    }
    let stamp = max(try lastForgottenDelete(database), last[1])
    try FactTable.set(database, forgottenDeletes, String(stamp))
  }

  // The rows have no time: a mark says how far they went at a moment.
  private static func forgetMembers(_ database: Database, now: Int64, limit: Int) throws {
    let mark =
      try FactTable.value(database, memberMark)?.split(separator: " ")
      .compactMap { Int64($0) } ?? []
    if mark.count == 2 {
      guard mark[0] < now - keeping else { return }
      try database.cachedStatement(
        sql: """
          DELETE FROM member_change WHERE position IN (
            SELECT position FROM member_change WHERE position <= ? ORDER BY position LIMIT ?)
          """
      ).execute(arguments: [mark[1], limit])
      guard database.changesCount < limit else { return }
    }
    let position = try lastMemberChange(database)
    try FactTable.set(database, memberMark, "\(now) \(position)")
  }

  /// The place of the last coming or going of a member, be it forgotten.
  static func lastMemberChange(_ database: Database) throws -> Int64 {
    try Int64.fetchOne(
      database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'member_change'") ?? 0
  }
}
