import Directory
import Foundation
import GRDB
import Testing

@testable import SyncStore

@Suite("The journal of a store")
struct JournalTests {
  private func withStore(
    visit: Int = 50, own: Int = 400, _ work: (SyncStore, String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "journal-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "store.sqlite").path
    var options = StoreOptions()
    options.journal = .init(visit: visit, own: own)
    try work(try SyncStore.open(file: file, options: options), file)
  }

  /// Writes some 40 pages in one transaction.
  private func write(_ number: Int, _ store: SyncStore) throws {
    let text = String(repeating: "\(number % 10)", count: 4000)
    try store.transaction { tx in
      for index in 0..<40 { try tx.set("key \(number) \(index)", text) }
    }
  }

  /// In a process of its own: one that closes a descriptor of the file gives up its locks.
  private static func copy(_ file: String, to copy: String) throws {
    let process = try Process.run(URL(filePath: "/bin/cp"), arguments: [file, copy])
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  private func size(_ file: String) throws -> Int {
    try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
  }

  @Test("Long work leaves a short journal: what is committed goes into the file meanwhile")
  func staysShort() throws {
    try withStore { store, file in
      for number in 0..<60 { try write(number, store) }
      // All that was written is 2,400 pages and more.
      #expect(try size(file) > 1800 * 4096)
      #expect(try size(file + "-wal") < 1000 * 4096)
    }
  }

  @Test("Where somebody reads on it grows, he sees his moment, and later it is begun anew")
  func waitsForReaders() throws {
    try withStore { store, file in
      try write(0, store)
      let reader = try DatabaseQueue(path: file, configuration: StoreConfiguration.keeping)
      try reader.read { db in
        let count = "SELECT COUNT(*) FROM setting WHERE key LIKE 'key %'"
        #expect(try Int.fetchOne(db, sql: count) == 40)
        for number in 1..<40 { try write(number, store) }
        #expect(try Int.fetchOne(db, sql: count) == 40)
        #expect(try size(file + "-wal") > 1400 * 4096)
      }
      try reader.close()
      // With nobody in its way it is begun anew, and the file of it is not written any further.
      try write(100, store)
      for number in 41..<60 { try write(number, store) }
      let length = try size(file + "-wal")
      for number in 60..<70 { try write(number, store) }
      #expect(try size(file + "-wal") == length)
      #expect(
        try store.look { try $0.integer("SELECT COUNT(*) FROM setting WHERE key LIKE 'key %'") }
          == 70 * 40)
    }
  }

  @Test("A closed store is one file, whoever was still bringing its journal over")
  func closes() throws {
    try withStore(visit: 1, own: 100_000) { store, file in
      for number in 0..<20 { try write(number, store) }
      try store.close()
      #expect(!FileManager.default.fileExists(atPath: file + "-wal"))
      let reader = try DatabaseQueue(path: file, configuration: StoreConfiguration.keeping)
      let count = try reader.read {
        try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM setting WHERE key LIKE 'key %'")
      }
      #expect(count == 800)
      #expect(
        try reader.read { try String.fetchAll($0, sql: "PRAGMA integrity_check") } == ["ok"])
    }
  }

  @Test("What a crash leaves at any moment holds every transaction that was committed")
  func survives() throws {
    try withStore(visit: 20, own: 200) { store, file in
      for number in 0..<30 {
        try write(number, store)
        // The journal first: what it holds counts, whatever has come to stand in the file since.
        let copy = file + ".copy-\(number)"
        for suffix in ["-wal", ""] where FileManager.default.fileExists(atPath: file + suffix) {
          try Self.copy(file + suffix, to: copy + suffix)
        }
        let reader = try DatabaseQueue(path: copy, configuration: StoreConfiguration.keeping)
        let count = try reader.read {
          try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM setting WHERE key LIKE 'key %'")
        }
        #expect(count == (number + 1) * 40)
        try reader.close()
      }
    }
  }

  @Test("Where the file was moved away meanwhile, all goes where it is, and nothing is made anew")
  func movedAway() throws {
    try withStore(visit: 200, own: 100_000) { store, file in
      for number in 0..<2 { try write(number, store) }
      let moved = file + ".moved"
      try FileManager.default.moveItem(atPath: file, toPath: moved)
      for number in 2..<20 { try write(number, store) }
      try store.close()
      #expect(!FileManager.default.fileExists(atPath: file))
      let reader = try DatabaseQueue(path: moved, configuration: StoreConfiguration.keeping)
      let count = try reader.read {
        try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM setting WHERE key LIKE 'key %'")
      }
      #expect(count == 800)
    }
  }
}
