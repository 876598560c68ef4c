import GRDB

extension DatabaseQueue {
  /// Runs `work` on one state of the database; it may write nothing.
  ///
  /// `read` of the library forbids that by a pragma, before and after: with each of them SQLite forgets
  /// how all statements of the connection are done (sqlite.org/opcode.html, Expire), and each is compiled
  /// anew when it is next asked. Here what was written is found out, and taken back.
  ///
  /// - Throws: ``StoreError/wroteWhileLooking``, or what `work` throws.
  func look<T>(_ work: (Database) throws -> T) throws -> T {
    try writeWithoutTransaction { db in
      let changes = db.totalChangesCount
      var result: T?
      try db.inTransaction(.deferred) {
        result = try work(db)
        guard db.totalChangesCount == changes else { throw StoreError.wroteWhileLooking }
        return .commit
      }
      guard let result else { throw StoreError.noResult }
      return result
    }
  }
}

extension StoreError {
  static let wroteWhileLooking = StoreError(
    .internal, message: "The store was to be read only, and was written to; nothing of it is kept",
    hint: "This is a fault of Lockstep's own; please report it")
}
