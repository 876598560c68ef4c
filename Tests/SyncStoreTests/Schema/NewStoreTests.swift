import Foundation
import GRDB
import Testing

@testable import SyncStore

@Suite("A new store is what all upgrades lead to")
struct NewStoreTests {
  /// All that the tables are, and which steps led to them.
  private func all(_ db: Database) throws -> [String] {
    let tables = try Row.fetchAll(
      db, sql: "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
    let steps = try String.fetchAll(
      db, sql: "SELECT identifier FROM grdb_migrations ORDER BY identifier")
    let numbers = try ["application_id", "page_size", "encoding", "auto_vacuum"].map {
      try String.fetchOne(db, sql: "PRAGMA \($0)") ?? ""
    }
    return tables.map { "\($0)" } + steps + numbers
  }

  @Test("A store that is made has the tables, steps and marks of one that was upgraded")
  func same() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "new-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let stepwise = try DatabaseQueue(path: folder.appending(path: "stepwise.sqlite").path)
    try Schema.migrator.migrate(stepwise)
    let wanted = try stepwise.read { try all($0) }
    #expect(wanted.count > Schema.migrator.migrations.count + 50)
    for name in ["first", "second"] {
      let store = try SyncStore.open(file: folder.appending(path: "\(name).sqlite").path)
      #expect(try store.queue.look { try all($0) } == wanted)
      #expect(try store.look { try $0.text("PRAGMA journal_mode") } == "wal")
      #expect(try store.look { try $0.text("PRAGMA integrity_check") } == "ok")
      try store.transaction { try $0.set("whose", name) }
    }
    let third = try SyncStore.open(file: folder.appending(path: "third.sqlite").path)
    #expect(try third.look { try $0.setting("whose") } == nil)
  }
}

extension StoreTransaction {
  fileprivate func text(_ sql: String) throws -> String {
    try rows(sql).first.map { $0[0] as String } ?? ""
  }
}
