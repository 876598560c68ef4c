import Directory
import Foundation
import GRDB
import Glibc
import Testing

@testable import SyncStore

@Suite("A store is closed as one file, copied while it is written, and put back as a whole")
struct BackupTests {
  private func inFolder(_ work: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "keep-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try work(folder.path + "/")
  }

  private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private func size(_ path: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? -1
  }

  /// What the store at `file` knows as `a`, and takes no notice of what stands beside it.
  private func value(_ file: String) throws -> String? {
    let store = try SyncStore.open(file: file)
    defer { try? store.close() }
    return try store.look { try $0.setting("a") }
  }

  private func set(_ value: String, in file: String) throws {
    let store = try SyncStore.open(file: file)
    try store.transaction { try $0.set("a", value) }
    try store.close()
  }

  /// A store with the value `a`, and a journal beside it as an engine leaves one that is killed.
  private func killed(_ value: String, in file: String) throws {
    let aside = file + ".killed"
    let store = try SyncStore.open(file: file)
    try store.transaction { try $0.set("a", value) }
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(atPath: file + suffix, toPath: aside + suffix)
    }
    try store.close()
    for suffix in ["", "-wal"] {
      try? FileManager.default.removeItem(atPath: file + suffix)
      try FileManager.default.moveItem(atPath: aside + suffix, toPath: file + suffix)
    }
    #expect(try size(file + "-wal") > 0)
  }

  @Test("A store that was closed is one file, and its journal is empty though a face has it open")
  func closed() throws {
    try inFolder { folder in
      let file = folder + "s.sqlite"
      let store = try SyncStore.open(file: file)
      try store.transaction { try $0.set("a", "1") }
      let face = try StoreReader(file: file)
      _ = try face.status()
      try store.close()
      #expect(try size(file + "-wal") == 0)
      try withExtendedLifetime(face) {
        try FileManager.default.copyItem(atPath: file, toPath: folder + "copy.sqlite")
      }
      #expect(try value(folder + "copy.sqlite") == "1")
      try set("2", in: folder + "alone.sqlite")
      #expect(!exists(folder + "alone.sqlite-wal") && !exists(folder + "alone.sqlite-shm"))
    }
  }

  @Test("A backup has what was committed, also in the middle of a transaction, for its owner alone")
  func backsUp() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      let store = try SyncStore.open(file: file)
      try store.transaction { try $0.set("a", "1") }
      try store.transaction { tx in
        try tx.set("a", "2")
        try DatabaseFile(file, holding: .store).backUp(to: copy)
      }
      let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions]
      #expect(mode as? Int == 0o600)
      #expect(try value(copy) == "1")
      #expect(try store.look { try $0.setting("a") } == "2")
      try store.close()
    }
  }

  @Test("A backup takes no other file's place, and leaves nothing where it fails")
  func refusesBackup() throws {
    try inFolder { folder in
      let file = folder + "s.sqlite"
      try set("1", in: file)
      try Data("mine".utf8).write(to: URL(fileURLWithPath: folder + "there"))
      let taken = #expect(throws: StoreError.self) {
        try DatabaseFile(file, holding: .store).backUp(to: folder + "there")
      }
      #expect(taken?.message.contains("exists already") == true)
      #expect(try String(contentsOfFile: folder + "there", encoding: .utf8) == "mine")
      #expect(throws: StoreError.self) {
        try DatabaseFile(file, holding: .store).backUp(to: folder + "nowhere/copy")
      }
      #expect(throws: StoreError.self) {
        try DatabaseFile(folder + "none.sqlite", holding: .store).backUp(to: folder + "copy")
      }
      #expect(!exists(folder + "none.sqlite") && !exists(folder + "copy"))
    }
  }

  @Test("What is restored is the backup and nothing of the journal that the former store left")
  func restores() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      try set("1", in: file)
      let database = DatabaseFile(file, holding: .store)
      try database.backUp(to: copy)
      try killed("2", in: file)
      let kept = try database.restore(from: copy)
      #expect(kept == file + ".before-restore")
      #expect(!exists(file + "-wal") && !exists(file + "-shm") && !exists(file + ".restoring"))
      #expect(try value(file) == "1")
      #expect(try value(file + ".before-restore") == "2")
      // Once more, and where there is no store at all.
      #expect(try database.restore(from: copy) == file + ".before-restore.2")
      try FileManager.default.removeItem(atPath: file)
      #expect(try database.restore(from: copy) == nil)
      #expect(try value(file) == "1")
    }
  }

  @Test("A store that is put back has its connectors imported in full, and says why")
  func owesFullImport() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      let store = try SyncStore.open(file: file)
      try store.transaction { tx in
        for name in ["here", "there", "late"] {
          let id = try tx.register(
            name: name, type: "t", isSource: name == "here", fingerprint: "1")
          try tx.fullImportDone(id)
          if name == "late" { try tx.requireFullImport(id, because: "it never ended") }
        }
      }
      try store.close()
      try DatabaseFile(file, holding: .store).backUp(to: copy)
      _ = try DatabaseFile(file, holding: .store).restore(from: copy)
      #expect(!exists(file + ".restoring-journal") && !exists(file + ".restoring-wal"))
      let restored = try SyncStore.open(file: file)
      defer { try? restored.close() }
      let reasons = try restored.look { tx in
        try ["here", "there", "late"].map { name in
          try tx.connectorID(name).flatMap { try tx.connectorState($0)?.fullImportReason } ?? ""
        }
      }
      #expect(reasons[0].contains("restored") && reasons[1].contains("restored"))
      #expect(reasons[2] == "it never ended")
      let ids = try restored.look { tx in
        try ["here", "there", "late"].compactMap { try tx.connectorID($0) }
      }
      #expect(
        try restored.look { tx in try ids.map { try tx.isRestored($0) } } == [true, true, true])
      // What is due for another reason does not excuse it.
      try restored.transaction { try $0.requireFullImport(ids[0], because: "its filter changed") }
      #expect(try restored.look { [try $0.isRestored(ids[0])] } == [true])
      try restored.transaction { try $0.fullImportDone(ids[0]) }
      #expect(
        try restored.look { tx in try ids.map { try tx.isRestored($0) } } == [false, true, true])
    }
  }

  @Test("What people had said when a backup was made, and what was not done yet, is not done later")
  func oldWords() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      let store = try SyncStore.open(file: file)
      let ids = try [EngineCommand.cycle(.initial), .purge(before: .now), .staging(false)].map {
        try StoreReader(file: file).file($0, requestedBy: "ann")
      }
      try store.transaction { tx in
        let id = try tx.register(name: "there", type: "t", isSource: false, fingerprint: "1")
        let first = try #require(try tx.takeCommand())
        try tx.finish(command: first.id, .finished, outcome: "done")
        _ = try tx.takeCommand()
        try tx.execute(
          """
          INSERT INTO cs_object(connector_id, dn, dn_path, anchor, object_type, display,
            pending_export, is_released) VALUES (?, 'a', 'a', 'a', 'user', 'a', 4, 7)
          """, [id])
        try tx.hold(
          StoreTransaction.ImportHold(
            connector: id, kind: StoreTransaction.ImportHold.server, count: 1, message: "another",
            needsFullImport: false))
        let released = try tx.releaseImport(connector: id, until: .now, by: "ann")
        #expect(released == .released(1))
      }
      try store.close()
      try DatabaseFile(file, holding: .store).backUp(to: copy)
      _ = try DatabaseFile(file, holding: .store).restore(from: copy)
      let restored = try SyncStore.open(file: file)
      defer { try? restored.close() }
      let again = try StoreReader(file: file)
      let commands = try ids.map { try #require(try again.command(id: $0)) }
      #expect(commands.map(\.state) == [.finished, .refused, .refused])
      #expect(commands[0].outcome == "done" && commands[2].outcome.contains("restored"))
      let holds = try restored.look { try $0.importHolds() }
      #expect(holds.map(\.releasedBy) == [nil])
      let release = try restored.look { [try $0.integer("SELECT is_released FROM cs_object")] }
      #expect(release == [0])
    }
  }

  @Test("A store that is a symbolic link is put back where the link leads, and stays one")
  func link() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      let data = folder + "data/"
      try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
      try FileManager.default.createSymbolicLink(
        atPath: file, withDestinationPath: "data/real.sqlite")
      try set("1", in: data + "real.sqlite")
      let database = DatabaseFile(file, holding: .store)
      try database.backUp(to: copy)
      try set("2", in: file)
      let kept = try #require(try database.restore(from: copy))
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: file) == "data/real.sqlite")
      #expect(try value(data + "real.sqlite") == "1")
      #expect(try value(file) == "1")
      #expect(kept == folder + "data/real.sqlite.before-restore")
      #expect(try value(kept) == "2")
      // The store is away, and the link stayed.
      try FileManager.default.removeItem(atPath: data + "real.sqlite")
      #expect(try database.restore(from: copy) == nil)
      #expect(try value(data + "real.sqlite") == "1")
    }
  }

  @Test("A journal of another is found where the store is a symbolic link, too")
  func foreignJournalOfLink() throws {
    try inFolder { folder in
      let (file, real) = (folder + "s.sqlite", folder + "real.sqlite")
      try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: real)
      try set("1", in: file)
      try FileManager.default.copyItem(atPath: real, toPath: folder + "copy.sqlite")
      try killed("2", in: real)
      try FileManager.default.removeItem(atPath: real)
      try FileManager.default.copyItem(atPath: folder + "copy.sqlite", toPath: real)
      let error = #expect(throws: StoreError.self) { _ = try SyncStore.open(file: file) }
      #expect(error?.code == .corrupt)
      #expect(error?.message.contains(real + "-wal") == true)
    }
  }

  @Test("A store that a face has open is not replaced")
  func open() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      try set("1", in: file)
      try DatabaseFile(file, holding: .store).backUp(to: copy)
      try set("2", in: file)
      let face = try StoreReader(file: file)
      _ = try face.status()
      let error = #expect(throws: StoreError.self) {
        _ = try DatabaseFile(file, holding: .store).restore(from: copy)
      }
      #expect(error?.code == .busy)
      #expect(!exists(file + ".before-restore") && !exists(file + ".restoring"))
      _ = try face.status()
      #expect(try value(file) == "2")
    }
  }

  @Test("What is no store, or is damaged, is not restored; what is damaged is replaced, and kept")
  func damaged() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      try set("1", in: file)
      try DatabaseFile(file, holding: .store).backUp(to: copy)
      let other = try DatabaseQueue(path: folder + "other.sqlite")
      try other.write { try $0.execute(sql: "CREATE TABLE theirs (a)") }
      try other.close()
      let rubbish = Data(String(repeating: "rubbish ", count: 1000).utf8)
      try rubbish.write(to: URL(fileURLWithPath: folder + "rubbish"))
      for source in ["other.sqlite", "rubbish"] {
        let error = #expect(throws: StoreError.self) {
          _ = try DatabaseFile(file, holding: .store).restore(from: folder + source)
        }
        #expect(error?.code == .notAStore, "\(source)")
        #expect(error?.message.contains(folder + source) == true)
      }
      #expect(try value(file) == "1")
      try rubbish.write(to: URL(fileURLWithPath: file))
      let kept = try DatabaseFile(file, holding: .store).restore(from: copy)
      #expect(try value(file) == "1")
      #expect(FileManager.default.contents(atPath: try #require(kept)) == rubbish)
    }
  }

  @Test("A store that was put beside another's journal is refused, and a restore mends that")
  func foreignJournal() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      try set("1", in: file)
      // As a person copies it while nobody works.
      try FileManager.default.copyItem(atPath: file, toPath: copy)
      try killed("2", in: file)
      let journal = FileManager.default.contents(atPath: file + "-wal")
      try FileManager.default.removeItem(atPath: file)
      try FileManager.default.copyItem(atPath: copy, toPath: file)
      for open in [
        { _ = try SyncStore.open(file: file) }, { _ = try StoreReader(file: file) },
        { try DatabaseFile(file, holding: .store).backUp(to: folder + "mixed") },
      ] {
        let error = #expect(throws: StoreError.self) { try open() }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains(file + "-wal") == true)
      }
      #expect(FileManager.default.contents(atPath: file + "-wal") == journal)
      let kept = try DatabaseFile(file, holding: .store).restore(from: copy)
      #expect(try value(file) == "1")
      #expect(FileManager.default.contents(atPath: try #require(kept) + "-wal") == journal)
    }
  }

  @Test("A backup that was put into the place of the store it is of is not mixed with its journal")
  func ownBackup() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      let store = try SyncStore.open(file: file)
      try store.transaction { try $0.set("a", "1") }
      // By the same engine that writes on, and is killed.
      try DatabaseFile(file, holding: .store).backUp(to: copy)
      try store.transaction { try $0.set("a", "2") }
      try FileManager.default.copyItem(atPath: file + "-wal", toPath: folder + "journal")
      try store.close()
      try? FileManager.default.removeItem(atPath: file + "-wal")
      try FileManager.default.moveItem(atPath: folder + "journal", toPath: file + "-wal")
      try FileManager.default.removeItem(atPath: file)
      try FileManager.default.copyItem(atPath: copy, toPath: file)
      let error = #expect(throws: StoreError.self) { _ = try SyncStore.open(file: file) }
      #expect(error?.code == .corrupt)
      try FileManager.default.removeItem(atPath: file + "-wal")
      #expect(try value(file) == "1")
    }
  }

  @Test("A store that was put back where no journal was is taken with the journal that comes then")
  func putBack() throws {
    try inFolder { folder in
      let (file, copy) = (folder + "s.sqlite", folder + "copy.sqlite")
      try set("1", in: file)
      try FileManager.default.copyItem(atPath: file, toPath: copy)
      try set("2", in: file)
      try FileManager.default.removeItem(atPath: file)
      try FileManager.default.moveItem(atPath: copy, toPath: file)
      // A face writes before an engine has opened it.
      let face = try StoreReader(file: file)
      _ = try face.file(.stop, requestedBy: "test")
      #expect(try size(file + "-wal") > 0)
      #expect(try value(file) == "1")
      withExtendedLifetime(face) {}
    }
  }

  @Test("A store that was taken away leaves nothing that a new one is measured by")
  func takenAway() throws {
    try inFolder { folder in
      let file = folder + "s.sqlite"
      try set("1", in: file)
      #expect(exists(StoreMark.file(of: file)))
      for end in ["", "-wal", "-shm"] { unlink(file + end) }
      // Killed before it has a number of its own: only the former one's would be beside it.
      try killed("2", in: file)
      #expect(try value(file) == "2")
      let number = try #require(StoreMark.number(in: file))
      let noted = try String(contentsOfFile: StoreMark.file(of: file), encoding: .utf8)
      #expect(noted.split(whereSeparator: \.isWhitespace).contains("\(number)"))
      #expect(noted.split(whereSeparator: \.isWhitespace).count <= 2)
    }
  }

  @Test("Who looks at the number of a store takes no lock from who has it open")
  func locks() throws {
    try inFolder { folder in
      let file = folder + "s.sqlite"
      let store = try SyncStore.open(file: file)
      let face = try StoreReader(file: file)
      _ = try face.status()
      _ = StoreMark.number(in: file)
      // Where SQLite has the bytes of which whoever reads a database holds a lock, asked for as by
      // somebody else (F_OFD_GETLK); what is closed here takes all locks away, and comes last.
      let descriptor = Glibc.open(file, O_RDWR)
      defer { Glibc.close(descriptor) }
      var lock = flock()
      (lock.l_type, lock.l_whence) = (Int16(F_WRLCK), Int16(SEEK_SET))
      (lock.l_start, lock.l_len) = (0x4000_0002, 510)
      #expect(fcntl(descriptor, 36, &lock) == 0)
      #expect(lock.l_type != Int16(F_UNLCK))
      try withExtendedLifetime(face) { try store.close() }
    }
  }

  @Test("A store goes on with its own journal after a kill, also in the middle of being opened")
  func ownJournal() throws {
    try inFolder { folder in
      let file = folder + "s.sqlite"
      try killed("1", in: file)
      #expect(try value(file) == "1")
      try killed("2", in: file)
      let number = try #require(StoreMark.number(in: file))
      // The new number is noted, and not in the file yet.
      try "\(number) 17\n".write(
        toFile: StoreMark.file(of: file), atomically: true, encoding: .utf8)
      #expect(try value(file) == "2")
      #expect(try value(file) == "2")
    }
  }
}
