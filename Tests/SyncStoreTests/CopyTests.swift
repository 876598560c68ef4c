import Directory
import Foundation
import Testing

@testable import SyncStore

@Suite("A copy of the store is made where there is room, and goes without a trace")
struct CopyTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  @Test("What is done to the copy is not done to the store, and the copy holds all of it")
  func apart() throws {
    try test.store.transaction { try $0.set("a", "1") }
    let copy = try test.store.copy()
    #expect(try copy.look { try $0.setting("a") } == "1")
    try copy.transaction { try $0.set("a", "2") }
    #expect(try test.store.look { try $0.setting("a") } == "1")
    try copy.close()
    try test.store.removeCopies()
    #expect(!FileManager.default.fileExists(atPath: copy.file))
  }

  @Test("It waits for no disk, whatever was gathered")
  func waitsForNothing() async throws {
    let copy = try test.store.copy()
    func synchronous() throws -> Int64? {
      try copy.look { try $0.integer("PRAGMA synchronous") }
    }
    #expect(try synchronous() == 0)
    try await copy.gathering { try copy.transaction { try $0.set("a", "1") } }
    try copy.transaction(isTold: true) { try $0.set("a", "2") }
    #expect(try synchronous() == 0)
    try copy.close()
  }

  @Test("A number that means something else to the store by now is not taken over")
  func otherNumbers() throws {
    let youngest = try test.store.youngest()
    let copy = try test.store.copy()
    let step = try test.step()
    let number = try copy.transaction { try $0.dictionaries.id("rehearsed", $0.db) }
    #expect(try test.store.transaction { try $0.dictionaries.id("real", $0.db) } == number)
    let error = #expect(throws: StoreError.self) {
      try test.store.carry(step: step, of: copy, as: step, youngest: youngest)
    }
    #expect(error?.message.contains("while this was rehearsed") == true)
    #expect(try test.number("SELECT COUNT(*) FROM attribute WHERE name = 'rehearsed'") == 0)
    try copy.close()
  }

  @Test("It is for its owner's eyes only")
  func permissions() throws {
    let copy = try test.store.copy()
    let mode = try FileManager.default.attributesOfItem(atPath: copy.file)[.posixPermissions]
    #expect(mode as? Int == 0o600)
    try copy.close()
  }

  @Test("An older copy that a crash left is replaced")
  func replaced() throws {
    _ = FileManager.default.createFile(
      atPath: test.store.copyFile, contents: Data("rubbish".utf8))
    let copy = try test.store.copy()
    #expect(try copy.look { try $0.connectorID("source") } == test.source)
    try copy.close()
  }

  @Test("Without room it is refused in words, and nothing is left")
  func room() throws {
    let error = #expect(throws: StoreError.self) {
      try SyncStore.checkRoom(needed: 100 << 20, at: "/data/store.sqlite", free: { _ in 7 << 20 })
    }
    #expect(error?.code == .diskFull)
    #expect(error?.message.contains("100 MB in /data; 7 MB are free") == true)
    try SyncStore.checkRoom(needed: 100, at: "/data/store.sqlite", free: { _ in 100 })
    try SyncStore.checkRoom(needed: 100, at: "/data/store.sqlite", free: { _ in nil })
  }

  @Test(
    "What a copy's step recorded comes over under this store's numbers, its own objects below 0")
  func carried() throws {
    let youngest = try test.store.youngest()
    let copy = try test.store.copy()
    let step = try test.step()
    let other = try copy.transaction { tx -> Int64 in
      // Another number than the store's own step has.
      for _ in 0..<3 {
        _ = try tx.beginStep(
          cycle: nil, connector: test.source, type: .fullImport, requestedBy: "x", phase: "")
      }
      let step = try tx.beginStep(
        cycle: nil, connector: test.source, type: .fullImport, requestedBy: "x", phase: ""
      ).step
      var tally = CounterTally()
      tally.count(.stageAdd, amount: 2)
      try tx.add(tally, step: step)
      try tx.record(
        ObjectChange(
          .stageAdd, objectID: youngest.connectorSpace + 5, dn: "CN=a", display: "a",
          objectType: "user",
          deltas: [.init("newAttribute", before: [], after: ["x"])]), step: step)
      try tx.record(
        StepError(
          .synchronization, .typeMismatch, objectID: youngest.connectorSpace + 5, dn: "CN=a",
          message: "m",
          hint: "h"), step: step, connector: test.source)
      return step
    }
    try test.store.carry(step: other, of: copy, as: step, youngest: youngest)
    try test.end(step)
    let reader = try test.reader
    #expect(try reader.operation(step: step)?.adds == 2)
    #expect(try reader.operation(step: step)?.errors == 1)
    let change = try #require(
      try reader.changes(
        step: step, group: .staging, counter: "stage-add", after: nil, limit: 9
      ).first)
    #expect(change.objectID == -(youngest.connectorSpace + 5))
    #expect(try reader.deltas(change: change.id).map(\.name) == ["newAttribute"])
    #expect(try reader.errors(step: step, after: nil, limit: 9).map(\.message) == ["m"])
    try copy.close()
  }
}
