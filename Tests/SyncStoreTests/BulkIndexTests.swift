import Directory
import Foundation
import GRDB
import Testing

@testable import SyncStore

@Suite("Indexes are left out while rows come in bulk, and are there in the end")
struct BulkIndexTests {
  private let test: TestStore
  private static let left: Set<String> = ["cs_reference_target", "cs_reference_dirty"]

  init() throws { test = try TestStore() }

  private func indexes(_ store: SyncStore? = nil) throws -> [String: String] {
    try (store ?? test.store).look { tx in
      Dictionary(
        try tx.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql <> ''")
          .map { ($0[0] as String, $0[1] as String) }, uniquingKeysWith: { first, _ in first })
    }
  }

  /// A thousand people and a group of which all are members.
  private func bulk(_ count: Int = 1000) throws -> [ImportedChange] {
    var group = try test.entry("all", ou: "Groups", type: "group")
    group.attributes["member"] = try (0..<count).map { .reference(try TestStore.dn("p\($0)").text) }
    return try [.entry(group)] + (0..<count).map { .entry(try test.entry("p\($0)")) }
  }

  @Test("A first import in bulk leaves out two indexes, and they come back as they were")
  func comeBack() throws {
    let before = try indexes()
    #expect(Self.left.isSubset(of: before.keys))
    try test.stage(try bulk(), beganEmpty: true)
    #expect(Set(before.keys).subtracting(try indexes().keys) == Self.left)
    try test.store.completeIndexes()
    #expect(try indexes() == before)
    #expect(try test.number("SELECT COUNT(*) FROM setting WHERE key LIKE 'index left out%'") == 0)
    #expect(
      try test.number(
        "SELECT COUNT(*) FROM cs_reference INDEXED BY cs_reference_target WHERE target_id > 0")
        == 1000)
  }

  @Test("Nothing is left out of a space that was not empty, of a small import, or twice")
  func onlyInBulk() throws {
    let before = try indexes()
    try test.stage(try bulk(), beganEmpty: false)
    #expect(try indexes() == before)
    let small = try TestStore()
    try small.stage(Array(try bulk(100)), beganEmpty: true)
    #expect(try indexes(small.store) == before)
    let again = try TestStore()
    try again.stage(try bulk(), beganEmpty: true)
    try again.store.completeIndexes()
    let more = try (0..<1000).map { ImportedChange.entry(try test.entry("q\($0)")) }
    try again.stage(more, beganEmpty: true)
    #expect(try indexes(again.store) == before)
  }

  @Test("A store whose engine ended in its middle has all its indexes once it is opened again")
  func reopened() throws {
    let before = try indexes()
    try test.stage(try bulk(), beganEmpty: true)
    #expect(try indexes().count == before.count - 2)
    let other = try SyncStore.open(file: test.store.file)
    defer { try? other.close() }
    #expect(try indexes(other) == before)
    #expect(try indexes() == before)
  }

  @Test("An engine that goes on finds what a first import without the indexes left")
  func goesOn() throws {
    try test.stage(try bulk(), beganEmpty: true)
    // Without them all works, and slowly.
    try test.stage([
      .delete(ObjectAddress(anchor: Anchor("a-p7"))),
      .rename(ObjectAddress(anchor: Anchor("a-p8")), newDN: try TestStore.dn("p8", ou: "Berlin")),
    ])
    try test.store.completeIndexes()
    #expect(try test.number("SELECT COUNT(*) FROM cs_reference WHERE state <> 2") == 999)
    #expect(
      try test.number(
        "SELECT COUNT(*) FROM cs_reference WHERE value LIKE '%p8,ou=berlin,%' AND target_id > 0")
        == 1)
  }

  @Test("What is staged in bulk is what is staged in small", arguments: [true, false])
  func sameRows(inBulk: Bool) throws {
    let changes = try bulk()
    func dump(_ test: TestStore) throws -> [String] {
      try test.store.look { tx in
        try tx.rows(
          "SELECT source_id || ' ' || value || ' ' || IFNULL(target_id, '-') || ' ' || state "
            + "FROM cs_reference ORDER BY 1"
        ).map { $0[0] }
      }
    }
    try test.stage(changes, beganEmpty: inBulk)
    let small = try TestStore()
    for start in stride(from: 0, to: changes.count, by: 90) {
      try small.stage(Array(changes[start..<min(start + 90, changes.count)]), beganEmpty: true)
    }
    let rows = try dump(test)
    #expect(rows.count == 1000)
    #expect(try dump(small) == rows)
  }

  @Test("What could not be made is made the next time")
  func interrupted() throws {
    let before = try indexes()
    try test.stage(try bulk(), beganEmpty: true)
    // A setting that no SQL stands behind: the first that is made is refused.
    try test.store.transaction { try $0.set("index left out: a", "CREATE INDEX a ON nothing (x)") }
    #expect(throws: StoreError.self) { try test.store.completeIndexes() }
    try test.store.transaction { try $0.set("index left out: a", nil) }
    try test.store.completeIndexes()
    #expect(try indexes() == before)
  }
}
