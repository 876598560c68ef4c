import CSQLite
import Directory
import Foundation
import GRDB
import GRDBSQLite
import Testing

@testable import SyncStore

@Suite("Looking at the store costs what is looked at, and changes nothing")
struct LookingTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  /// How often SQLite has compiled `sql` anew on the connection of `store` since it was first asked.
  private func recompiled(_ sql: String, _ store: SyncStore) throws -> Int {
    try store.queue.writeWithoutTransaction { db in
      let statement = try db.cachedStatement(sql: sql)
      _ = try Int.fetchAll(statement)
      return Int(sqlite3_stmt_status(statement.sqliteStatement, SQLITE_STMTSTATUS_REPREPARE, 0))
    }
  }

  @Test("What was compiled once stays so, however often somebody looks")
  func compiledOnce() throws {
    let sql = "SELECT count(*) FROM cs_object WHERE connector_id = 1"
    #expect(try recompiled(sql, test.store) == 0)
    for _ in 0..<5 { _ = try test.store.look { try $0.schedule() } }
    try test.store.transaction { try $0.set("a", "b") }
    #expect(try recompiled(sql, test.store) == 0)
  }

  @Test("What writes while it is to look is refused, and nothing of it stays")
  func writesNothing() throws {
    let error = #expect(throws: StoreError.self) {
      try test.store.look { try $0.set("a", "b") }
    }
    #expect(error?.code == .internal)
    #expect(error?.message.contains("to be read only") == true)
    #expect(try test.store.look { try $0.setting("a") } == nil)
    try test.store.transaction { try $0.set("a", "c") }
    #expect(try test.store.look { try $0.setting("a") } == "c")
  }

  @Test("What fails while it looks leaves the connection as it was")
  func fails() throws {
    struct Other: Error {}
    #expect(throws: Other.self) { try test.store.look { _ in throw Other() } }
    #expect(throws: StoreError.self) {
      try test.store.look { _ = try $0.rows("SELECT nothing FROM nowhere") }
    }
    try test.store.transaction { try $0.set("a", "c") }
    #expect(try test.store.look { try $0.setting("a") } == "c")
  }

  @Test("A face sees one moment in all that one question asks")
  func oneMoment() throws {
    let reader = try StoreReader(file: test.store.file)
    try test.store.transaction { try $0.set("a", "before") }
    let seen = try reader.read { tx in
      let first = try tx.setting("a")
      try test.store.transaction { try $0.set("a", "after") }
      return [first, try tx.setting("a")]
    }
    #expect(seen == ["before", "before"])
    #expect(try reader.read { try $0.setting("a") } == "after")
  }

  @Test("SQLite counts no memory in a program that has the store, whatever opens a database first")
  func countsNothing() throws {
    #expect(csq_counts_memory() == 0)
  }
}
