import Directory
import Foundation
import GRDB
import TestSupport
import Testing

@testable import SyncStore

/// Backups of stores in which everything is under way, put back later.
@Suite("A store that is put back is the backup, but for what people had said and was not done")
struct RestoreModelTests {
  private func path(_ test: TestStore, _ name: String) -> String {
    test.folder.appending(path: name).path
  }

  /// Commands in every state, holds with and without a word of somebody, adds that were given up.
  private func fill(_ store: FilledStore) throws {
    let test = store.test
    for _ in 0..<6 {
      let command = try store.reader.file(.cycle(.delta), requestedBy: "ann")
      try test.store.transaction { tx in
        switch Int.random(in: 0..<4, using: &store.random) {
        case 0: break
        case 1: try tx.execute("UPDATE command SET state = 'taken' WHERE id = ?", [command])
        case 2: try tx.finish(command: command, .finished, outcome: "done")
        default: try tx.finish(command: command, .refused, outcome: "no")
        }
      }
    }
    try test.store.transaction { tx in
      for kind in ["server", "deletes", "behind"] where store.random.chance(70) {
        try tx.hold(
          .init(
            connector: test.source, kind: kind, count: 1, message: kind,
            needsFullImport: store.random.chance(50)))
        if store.random.chance(50) {
          try tx.execute("UPDATE import_hold SET released_by = 'ann' WHERE kind = ?", [kind])
        }
      }
      try tx.execute(
        """
        INSERT INTO unseen_add(connector_id, dn_path, object_type, dn, display, is_released, time)
        VALUES (?, 'x', 'user', 'CN=x', 'x', ?, 5)
        """, [test.target, store.random.chance(50) ? 3 : 0])
      if store.random.chance(50) { try tx.fullImportDone(test.source) }
      try tx.set("greeting", "hello\0there")
    }
  }

  /// What a restored backup is to hold, from what the backup holds.
  private func expected(_ backup: String) throws -> [String: [String]] {
    let copy = backup + ".expected"
    try FileManager.default.copyItem(atPath: backup, toPath: copy)
    let queue = try DatabaseQueue(path: copy)
    try queue.write { db in
      try db.execute(
        sql: """
          UPDATE command SET state = 'refused',
            outcome = 'The store was restored from a backup of then; ask again'
            WHERE state = 'filed' OR state = 'taken';
          UPDATE import_hold SET released_by = NULL;
          UPDATE cs_object SET is_released = 0;
          UPDATE unseen_add SET is_released = 0;
          INSERT OR REPLACE INTO setting VALUES ('connector.1.restored', 'true'),
            ('connector.2.restored', 'true');
          """)
      let reason = "the store was restored from a backup, and the directory may have moved on"
      try db.execute(
        sql: "UPDATE connector SET full_import_reason = COALESCE(full_import_reason, ?)",
        arguments: [reason])
    }
    return try SyncStore(file: copy, queue: queue, readQueues: []).dump()
  }

  @Test("Whatever was under way, every other value is the backup's", arguments: 0..<8)
  func anyStore(_ seed: Int) throws {
    let store = try FilledStore(seed: seed)
    try fill(store)
    let (test, backup) = (store.test, path(store.test, "backup.sqlite"))
    try DatabaseFile(test.store.file, holding: .store).backUp(to: backup)
    let wanted = try expected(backup)
    // The store goes on, and is then put back.
    try test.stage([.entry(try test.entry("later"))])
    try test.store.transaction { try $0.set("greeting", nil) }
    let place = path(test, "place.sqlite")
    try test.store.queue.writeWithoutTransaction {
      try $0.execute(sql: "VACUUM INTO ?", arguments: [place])
    }
    let kept = try DatabaseFile(place, holding: .store).restore(from: backup)
    let restored = try SyncStore.open(file: place)
    #expect(differences(wanted, try restored.dump()) == [])
    for connector in [test.source, test.target] {
      #expect(try restored.look { try $0.isRestored(connector) })
      #expect(try restored.look { try $0.connectorState(connector) }?.fullImportReason != nil)
    }
    #expect(try restored.look { try $0.takeCommand() } == nil)
    try restored.close()
    // What stood there before is whole, too.
    let former = try SyncStore.open(file: try #require(kept))
    #expect(differences(try test.store.dump(), try former.dump()) == [])
    try former.close()
  }

  @Test(
    "A backup of any earlier version is put back, and upgraded when it is opened",
    arguments: Schema.migrator.migrations)
  func versions(_ version: String) throws {
    let test = try TestStore()
    let (old, place) = (path(test, "old.sqlite"), path(test, "place.sqlite"))
    let queue = try DatabaseQueue(path: old)
    try Schema.migrator.migrate(queue, upTo: version)
    try queue.write {
      try $0.execute(
        sql: """
          INSERT INTO connector(id, name, type, is_source) VALUES (1, 'source', 'ldif', 1);
          INSERT INTO command(kind, argument, requested_by, filed) VALUES ('stop', '', 'ann', 1);
          INSERT INTO setting(key, value) VALUES ('greeting', 'hello');
          """)
    }
    try queue.close()
    #expect(try DatabaseFile(place, holding: .store).restore(from: old) == nil)
    let store = try SyncStore.open(file: place)
    try store.look { tx throws in
      #expect(try tx.setting("greeting") == "hello")
      #expect(try tx.isRestored(1) && !tx.hasCommand())
      #expect(try tx.connectorState(1)?.fullImportReason?.contains("restored") == true)
    }
    try store.close()
  }

  @Test("A backup that is none of a store, or of a later version, leaves all as it is")
  func refused() throws {
    let test = try TestStore()
    let place = path(test, "place.sqlite")
    try DatabaseFile(test.store.file, holding: .store).backUp(to: place)
    let before = FileManager.default.contents(atPath: place)
    let later = path(test, "later.sqlite")
    try DatabaseFile(place, holding: .store).backUp(to: later)
    let queue = try DatabaseQueue(path: later)
    try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('from later')") }
    try queue.close()
    let text = path(test, "notes.txt")
    try Data("my notes".utf8).write(to: URL(filePath: text))
    let empty = path(test, "empty")
    try Data().write(to: URL(filePath: empty))
    let cases: [(String, StoreError.Code)] = [
      (later, .newerVersion), (text, .notAStore), (empty, .notAStore),
      (path(test, "nowhere"), .missing),
    ]
    for (source, code) in cases {
      let error = #expect(throws: StoreError.self) {
        _ = try DatabaseFile(place, holding: .store).restore(from: source)
      }
      #expect(error?.code == code, "\(source)")
      #expect(error?.message.contains(source) == true && error?.hint.isEmpty == false)
    }
    #expect(FileManager.default.contents(atPath: place) == before)
    let left = try FileManager.default.contentsOfDirectory(atPath: test.folder.path)
    #expect(!left.contains { $0.contains("restoring") || $0.contains("before-restore") })
  }
}
