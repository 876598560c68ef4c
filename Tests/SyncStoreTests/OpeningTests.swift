import Directory
import Foundation
import GRDB
import Testing

@testable import SyncStore

@Suite("Opening a store")
struct OpeningTests {
  private func inFolder(_ work: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "open-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer {
      try? FileManager.default.setAttributes(
        [.posixPermissions: 0o700], ofItemAtPath: folder.path)
      try? FileManager.default.removeItem(at: folder)
    }
    try work(folder)
  }

  private func expect(
    _ code: StoreError.Code, naming file: String, sourceLocation: SourceLocation = #_sourceLocation,
    _ work: () throws -> Void
  ) {
    let error = #expect(throws: StoreError.self, sourceLocation: sourceLocation) { try work() }
    #expect(error?.code == code, sourceLocation: sourceLocation)
    #expect(error?.message.contains(file) == true, sourceLocation: sourceLocation)
    #expect(error?.hint.isEmpty == false, sourceLocation: sourceLocation)
  }

  @Test("A store that is not there is made, for its owner's eyes alone")
  func creates() throws {
    try inFolder { folder in
      let file = folder.appending(path: "new.sqlite").path
      let store = try SyncStore.open(file: file)
      #expect(try store.look { try $0.schedule() } == ScheduleSettings())
      let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }
  }

  @Test("Its journal is for the owner's eyes alone, too")
  func journalPermissions() throws {
    try inFolder { folder in
      let file = folder.appending(path: "new.sqlite").path
      let store = try SyncStore.open(file: file)
      try store.transaction { try $0.set("a", "b") }
      for suffix in ["-wal", "-shm"] {
        let attributes = try FileManager.default.attributesOfItem(atPath: file + suffix)
        #expect(attributes[.posixPermissions] as? Int == 0o600, "\(suffix)")
      }
    }
  }

  @Test("A second opening finds what the first stored")
  func reopens() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      do {
        let store = try SyncStore.open(file: file)
        try store.transaction { try $0.set("greeting", "hello") }
        try store.close()
      }
      #expect(try SyncStore.open(file: file).look { [try $0.setting("greeting")] } == ["hello"])
    }
  }

  @Test("A store of an earlier version has its names turned, and finds by them")
  func turnsNames() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      let queue = try DatabaseQueue(path: file)
      try Schema.migrator.migrate(queue, upTo: "flows of references")
      try queue.write { db in
        try db.execute(
          sql: #"""
            INSERT INTO connector(id, name, type, is_source) VALUES (1, 'source', 'ldif', 1);
            INSERT INTO cs_object(connector_id, anchor, dn, dn_key, object_type, image) VALUES
              (1, 'a', 'CN=Ann,OU=Staff,DC=x', 'cn=old,ou=staff,dc=x', 'user', x'00'),
              (1, 'b', 'CN=Gone,DC=x', 'cn=gone,dc=x', 'user', x'00');
            UPDATE cs_object SET dn_key = 'cn=ann,ou=staff,dc=x' WHERE anchor = 'a';
            DELETE FROM cs_object WHERE anchor = 'b';
            """#)
      }
      try queue.close()
      let store = try SyncStore.open(file: file)
      let dn = try DistinguishedName("cn=ann,OU=staff,DC=X")
      #expect(try store.look { try $0.stagedID(connector: 1, dn: dn) } == 1)
      let reader = try StoreReader(file: file)
      #expect(try reader.find("CN=ann,OU=Staff,DC=x").map(\.id) == [1])
      #expect(try reader.findPast("CN=gone,DC=x").map(\.id) == [2])
      #expect(try reader.findPast("CN=Old,OU=Staff,DC=x").map(\.id) == [1])
      // What is renamed and removed from now on leaves word of it as well.
      try store.transaction { try $0.remove(1) }
      #expect(try reader.findPast("CN=Ann,OU=Staff,DC=x").map(\.id) == [1])
    }
  }

  @Test("An upgrade that was interrupted does not keep the next one from its copy")
  func upgradesAgain() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      let queue = try DatabaseQueue(path: file)
      try Schema.migrator.migrate(queue, upTo: "flows of references")
      try queue.close()
      let copy = file + ".before-\(Schema.migrator.migrations.count)"
      // The first one had its copy, the second was ended in the middle of it.
      try Data("first".utf8).write(to: URL(fileURLWithPath: copy))
      try Data("half".utf8).write(to: URL(fileURLWithPath: copy + ".partial"))
      _ = try SyncStore.open(file: file)
      #expect(FileManager.default.contents(atPath: copy) == Data("first".utf8))
      #expect(!FileManager.default.fileExists(atPath: copy + ".partial"))
      let kept = try DatabaseQueue(path: copy + ".2")
      let applied = try kept.read { try Schema.migrator.appliedIdentifiers($0) }
      #expect(applied.contains("flows of references"))
      #expect(applied.count < Schema.migrator.migrations.count)
      let mode = try FileManager.default.attributesOfItem(atPath: copy + ".2")[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }
  }

  @Test("A text file is refused, and not touched")
  func textFile() throws {
    try inFolder { folder in
      let file = folder.appending(path: "notes.txt")
      let text = String(repeating: "My notes about the directory. ", count: 200)
      try Data(text.utf8).write(to: file)
      expect(.notAStore, naming: file.path) { _ = try SyncStore.open(file: file.path) }
      expect(.notAStore, naming: file.path) { _ = try StoreReader(file: file.path) }
      #expect(try String(contentsOf: file, encoding: .utf8) == text)
    }
  }

  @Test("A store of a newer version is refused by engine and face")
  func newer() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      try SyncStore.open(file: file).close()
      let queue = try DatabaseQueue(path: file)
      try queue.write {
        try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')")
      }
      try queue.close()
      expect(.newerVersion, naming: file) { _ = try SyncStore.open(file: file) }
      expect(.newerVersion, naming: file) { _ = try StoreReader(file: file) }
    }
  }

  @Test("A store of an older version is no missing one to a face, and is read once it is upgraded")
  func older() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      let queue = try DatabaseQueue(path: file)
      try Schema.migrator.migrate(queue, upTo: "flows of references")
      try queue.close()
      expect(.olderVersion, naming: file) { _ = try StoreReader(file: file) }
      try SyncStore.open(file: file).close()
      #expect(try StoreReader(file: file).commands(limit: 10).isEmpty)
    }
  }

  @Test("A face that has the store open sees that a newer version upgraded it")
  func becomesNewer() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      try SyncStore.open(file: file).close()
      let reader = try StoreReader(file: file)
      let counter = try reader.changeCounter()
      let queue = try DatabaseQueue(path: file)
      try queue.write {
        try $0.execute(
          sql: """
            CREATE TABLE future (x); INSERT INTO grdb_migrations VALUES ('99 from the future')
            """)
      }
      for _ in 0..<2 { expect(.newerVersion, naming: file) { _ = try reader.changeCounter() } }
      // Other tables alone are no other version.
      try queue.write {
        try $0.execute(
          sql: "DROP TABLE future; DELETE FROM grdb_migrations WHERE identifier LIKE '99 %'")
      }
      #expect(try reader.changeCounter() != counter)
      try queue.close()
    }
  }

  @Test("A face waits longer for its turn to write than to read")
  func waitsToWrite() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      try SyncStore.open(file: file).close()
      let reader = try StoreReader(file: file)
      func limit(_ tx: StoreTransaction) throws -> Int64? {
        try tx.integer("PRAGMA busy_timeout")
      }
      #expect(try reader.read(limit) == 2000)
      #expect(try reader.write(limit) == 12_000)
      #expect(throws: StoreError.self) {
        try reader.write { try $0.execute("INSERT INTO nowhere VALUES (1)") }
      }
      #expect(try reader.read(limit) == 2000)
    }
  }

  @Test("An upgrade that changed nothing leaves no copy, however often it is tried")
  func failsToUpgrade() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      let queue = try DatabaseQueue(path: file)
      try Schema.migrator.migrate(queue, upTo: "names from the root down")
      try queue.write { try $0.execute(sql: "CREATE TABLE mv_display (x)") }
      for _ in 0..<3 { #expect(throws: StoreError.self) { try SyncStore.open(file: file) } }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      #expect(names.filter { $0.contains(".before-") } == [])
      try queue.write { try $0.execute(sql: "DROP TABLE mv_display") }
      try queue.close()
      try SyncStore.open(file: file).close()
      let copy = file + ".before-\(Schema.migrator.migrations.count)"
      #expect(FileManager.default.fileExists(atPath: copy))
    }
  }

  @Test("A folder that is not there is named")
  func missingFolder() throws {
    try inFolder { folder in
      let file = folder.appending(path: "nowhere/s.sqlite").path
      expect(.inaccessible, naming: file) { _ = try SyncStore.open(file: file) }
    }
  }

  @Test("A folder in the place of the file is refused")
  func folderAsFile() throws {
    try inFolder { folder in
      expect(.inaccessible, naming: folder.path) { _ = try SyncStore.open(file: folder.path) }
    }
  }

  @Test("A face does not make a store: it says that there is none")
  func missingStore() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      expect(.missing, naming: file) { _ = try StoreReader(file: file) }
      #expect(!FileManager.default.fileExists(atPath: file))
    }
  }

  @Test("A face sees that the store was removed or replaced under it, and writes nothing into it")
  func removedUnderneath() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      let store = try SyncStore.open(file: file)
      let reader = try StoreReader(file: file)
      let counter = try reader.changeCounter()
      let moved = folder.appending(path: "moved.sqlite").path
      try FileManager.default.moveItem(atPath: file, toPath: moved)
      expect(.missing, naming: file) { _ = try reader.changeCounter() }
      expect(.missing, naming: file) { _ = try reader.status() }
      expect(.missing, naming: file) {
        _ = try reader.file(.cycle(.delta), requestedBy: "test")
      }
      // Put back, it is the same one.
      try FileManager.default.moveItem(atPath: moved, toPath: file)
      #expect(try reader.changeCounter() == counter)
      #expect(try reader.commands(limit: 10).isEmpty)
      try store.close()
      for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + end) }
      try SyncStore.open(file: file).close()
      expect(.missing, naming: "removed or replaced") { _ = try reader.commands(limit: 10) }
      #expect(try StoreReader(file: file).commands(limit: 10).isEmpty)
    }
  }

  @Test("An empty file is no store to a face, and becomes one by the engine")
  func emptyFile() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      try Data().write(to: URL(filePath: file))
      expect(.missing, naming: file) { _ = try StoreReader(file: file) }
      _ = try SyncStore.open(file: file)
      _ = try StoreReader(file: file)
    }
  }

  @Test("The database of another program is left alone")
  func foreignDatabase() throws {
    try inFolder { folder in
      let file = folder.appending(path: "other.sqlite").path
      let queue = try DatabaseQueue(path: file)
      try queue.write { try $0.execute(sql: "CREATE TABLE connector (x); CREATE TABLE mine (y)") }
      try queue.close()
      #expect(throws: StoreError.self) { _ = try SyncStore.open(file: file) }
      let again = try DatabaseQueue(path: file)
      #expect(try again.read { try $0.tableExists("mine") && !$0.tableExists("cs_object") })
    }
  }

  @Test("A store in a folder that may not be written says so", .enabled(if: geteuid() != 0))
  func readOnlyFolder() throws {
    try inFolder { folder in
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o500], ofItemAtPath: folder.path)
      let file = folder.appending(path: "s.sqlite").path
      expect(.inaccessible, naming: file) { _ = try SyncStore.open(file: file) }
    }
  }

  @Test("A store with its middle overwritten is damaged, not a crash")
  func damaged() throws {
    try inFolder { folder in
      let file = folder.appending(path: "s.sqlite").path
      try SyncStore.open(file: file).close()
      var bytes = try Data(contentsOf: URL(filePath: file))
      for index in 4096..<bytes.count { bytes[index] = UInt8(truncatingIfNeeded: index &* 31) }
      try bytes.write(to: URL(filePath: file))
      #expect(throws: StoreError.self) {
        let store = try SyncStore.open(file: file)
        try store.transaction {
          _ = try $0.register(name: "a", type: "b", isSource: true, fingerprint: "")
        }
      }
    }
  }

  @Test("Errors of the database are told in its words, with what to do")
  func words() {
    let cases: [(ResultCode, StoreError.Code)] = [
      (.SQLITE_NOTADB, .notAStore), (.SQLITE_CORRUPT, .notAStore), (.SQLITE_FULL, .diskFull),
      (.SQLITE_BUSY, .busy), (.SQLITE_LOCKED, .busy), (.SQLITE_READONLY, .inaccessible),
      (.SQLITE_CANTOPEN, .inaccessible), (.SQLITE_IOERR, .inaccessible), (.SQLITE_ERROR, .internal),
    ]
    for (result, code) in cases {
      let error = StoreError(
        DatabaseError(resultCode: result, message: "its words"), doing: "read the store",
        file: "/x/s.sqlite")
      #expect(error.code == code)
      #expect(error.message == "Could not read the store /x/s.sqlite: its words")
      #expect(error.description.hasSuffix(error.hint))
    }
  }
}
