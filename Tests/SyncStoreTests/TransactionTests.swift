import Directory
import Foundation
import GRDB
import Testing

@testable import SyncStore

@Suite("A transaction is stored whole or not at all")
struct TransactionTests {
  private let test: TestStore
  private struct Stop: Error, Equatable {}

  init() throws { test = try TestStore() }

  @Test("What work throws comes out as it is, and nothing of the work is stored")
  func rollback() throws {
    #expect(throws: Stop()) {
      try test.store.transaction { tx in
        try tx.set("a", "b")
        throw Stop()
      }
    }
    #expect(try test.store.look { [try $0.setting("a")] } == [nil])
  }

  private func waitsForDisk(_ store: SyncStore) async throws -> Int? {
    // As SQLite numbers them: 0 off, 1 normal, 2 full.
    try await store.queue.writeWithoutTransaction {
      try Int.fetchOne($0, sql: "PRAGMA synchronous")
    }
  }

  @Test("What is gathered does not wait for the disk each time, and all after it does again")
  func gathering() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "g-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try SyncStore.open(file: folder.appending(path: "s.sqlite").path)
    #expect(try await waitsForDisk(store) == 2)
    let answer = try await store.gathering {
      #expect(try await waitsForDisk(store) == 1)
      try store.transaction { try $0.set("a", "b") }
      // What somebody is told of next is on the disk before.
      let told = try store.transaction(isTold: true) { tx in
        try Int.fetchOne(tx.db, sql: "PRAGMA synchronous")
      }
      #expect(told == 2)
      #expect(try await waitsForDisk(store) == 1)
      return 7
    }
    #expect(answer == 7)
    #expect(try await waitsForDisk(store) == 2)
    await #expect(throws: Stop()) { try await store.gathering { throw Stop() } }
    #expect(try await waitsForDisk(store) == 2)
    #expect(try store.look { [try $0.setting("a")] } == ["b"])
  }

  @Test("A store that waits for no disk does not begin to")
  func gatheringCopy() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "g-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    var options = StoreOptions()
    options.durability = .none
    let store = try SyncStore.open(
      file: folder.appending(path: "s.sqlite").path, options: options)
    #expect(try await store.gathering { try await waitsForDisk(store) } == 0)
    #expect(try await waitsForDisk(store) == 0)
  }

  @Test("What has a number is known, whatever older state of the store is read meanwhile")
  func olderState() throws {
    let apart = Dictionaries()
    try test.store.snapshot { older in
      _ = try older.setting("a")
      try apart.loadAll(older.db)
      try test.store.transaction { tx in
        _ = try tx.dictionaries.id("late", tx.db)
        _ = try tx.ruleID("late-rule", name: "Late")
      }
      #expect(throws: Stop()) { try test.store.transaction { _ in throw Stop() } }
      try older.dictionaries.loadAll(older.db)
      #expect(try older.dictionaries.existingID("late", older.db) != nil)
    }
    try test.store.transaction { tx in
      let (name, rule) = (
        try tx.dictionaries.id("late", tx.db), try tx.ruleID("late-rule", name: "Late")
      )
      #expect(try apart.id("late", tx.db) == name)
      #expect(try apart.ruleID("late-rule", name: "Late", tx.db) == rule)
    }
  }

  @Test("Names and rules that were numbered in a transaction that failed are numbered anew")
  func dictionaries() throws {
    #expect(throws: Stop()) {
      try test.store.transaction { tx in
        _ = try tx.coding.encode([Attribute("ghost", ["x"]), Attribute("phantom", ["x"])])
        _ = try tx.ruleID("ghost-rule", name: "Ghost")
        throw Stop()
      }
    }
    let (bytes, rule) = try test.store.transaction { tx in
      (
        try tx.coding.encode([Attribute("phantom", ["y"]), Attribute("other", ["z"])]),
        try tx.ruleID("other-rule", name: "Other")
      )
    }
    #expect(
      try test.store.look { try $0.coding.decode(bytes) } == ["phantom": ["y"], "other": ["z"]])
    #expect(try test.store.look { try $0.dictionaries.ruleName(rule, $0.db) } == "Other")
    #expect(try test.number("SELECT COUNT(*) FROM attribute WHERE name = 'ghost'") == 0)
    let again = try SyncStore.open(file: test.store.file)
    #expect(
      try again.look { try $0.coding.decode(bytes) } == ["phantom": ["y"], "other": ["z"]])
  }

  @Test("A number that no dictionary lists is a contradiction, told as such")
  func unknownNumber() throws {
    let error = #expect(throws: StoreError.self) {
      try test.store.look { _ = try $0.dictionaries.name(4711, $0.db) }
    }
    #expect(error?.code == .corrupt && error?.message.contains("4711") == true)
    #expect(try test.store.look { try $0.dictionaries.ruleName(0, $0.db) } == "")
    #expect(
      try test.store.look { try $0.dictionaries.ruleName(4711, $0.db) } == "(a rule that is gone)")
  }

  @Test("A rule keeps its number, a reader knows its name")
  func rules() throws {
    let (a, b) = try test.store.transaction {
      (try $0.ruleID("k", name: "In - User"), try $0.ruleID("k", name: "In - User"))
    }
    #expect(a == b)
    let reader = try test.reader
    #expect(try reader.read { try $0.dictionaries.ruleName(a, $0.db) } == "In - User")
    let later = try test.store.transaction { try $0.ruleID("l", name: "Out - User") }
    #expect(try reader.read { try $0.dictionaries.ruleName(later, $0.db) } == "Out - User")
  }

  @Test("A rule that a person calls otherwise is known by its new name, to open readers, too")
  func renamedRule() throws {
    let rule = try test.store.transaction { try $0.ruleID("k", name: "In - User") }
    let reader = try test.reader
    func names() throws -> [String] {
      [
        try test.store.look { try $0.dictionaries.ruleName(rule, $0.db) },
        try reader.read { try $0.dictionaries.ruleName(rule, $0.db) },
      ]
    }
    #expect(try names() == ["In - User", "In - User"])
    #expect(throws: Stop()) {
      try test.store.transaction { tx in
        _ = try tx.ruleID("k", name: "In - Nobody")
        throw Stop()
      }
    }
    #expect(try names() == ["In - User", "In - User"])
    #expect(try test.store.transaction { try $0.ruleID("k", name: "In - Person") } == rule)
    #expect(try names() == ["In - Person", "In - Person"])
    // Another process gives it a name that this one has not met.
    let other = try SyncStore.open(file: test.store.file)
    #expect(try other.transaction { try $0.ruleID("k", name: "In - All") } == rule)
    try other.close()
    #expect(try names()[1] == "In - All")
  }

  @Test("Looking does not write")
  func look() throws {
    #expect(throws: StoreError.self) { try test.store.look { try $0.set("a", "b") } }
    #expect(try test.store.look { [try $0.setting("a")] } == [nil])
  }

  @Test("A reader sees what was committed, and nothing of what was not")
  func isolation() throws {
    let reader = try test.reader
    try test.store.transaction { tx in
      try tx.set("schedule.interval", "60")
      #expect(try reader.status().schedule.intervalSeconds == 10_800)
    }
    #expect(try reader.status().schedule.intervalSeconds == 60)
  }

  // MARK: Connectors

  @Test("A new connector must be imported in full, and says why")
  func register() throws {
    let state = try #require(try test.store.look { try $0.connectorState(test.source) })
    #expect(state.fullImportReason == "connector source was never imported")
    #expect(state.fullSyncReason == "connector source was never synchronized")
    #expect(state.watermark == nil)
  }

  @Test("Changed settings make the next import full; the same settings do not")
  func fingerprint() throws {
    func register(_ fingerprint: String) throws -> String? {
      try test.store.transaction { tx in
        let id = try tx.register(
          name: "source", type: "memory", isSource: true, fingerprint: fingerprint)
        #expect(id == test.source)
        return try tx.connectorState(id)?.fullImportReason
      }
    }
    try test.store.transaction { try $0.fullImportDone(test.source) }
    #expect(try register("1") == nil)
    #expect(try register("2") == "the settings of connector source changed")
  }

  @Test("A connector that is no longer configured is no longer shown, and comes back with its data")
  func retire() throws {
    try test.store.transaction { try $0.retireConnectors(except: [test.source]) }
    #expect(try test.reader.connectors().map(\.name) == ["source"])
    #expect(try test.store.look { [try $0.connectorID("target")] } == [nil])
    let id = try test.store.transaction {
      try $0.register(name: "TARGET", type: "memory", isSource: false, fingerprint: "1")
    }
    #expect(id == test.target)
  }

  @Test("A watermark is kept with the server that gave it")
  func watermark() throws {
    try test.store.transaction {
      try $0.setWatermark(
        Watermark(kind: "k", value: "v"), identity: "server 1", connector: test.source)
    }
    let state = try #require(try test.store.look { try $0.connectorState(test.source) })
    #expect(state.watermark == Watermark(kind: "k", value: "v"))
    #expect(state.watermarkIdentity == "server 1")
  }
}
