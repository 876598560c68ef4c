import Directory
import Foundation
import GRDB
import Testing

@testable import SyncStore

@Suite("What an object was when a synchronization took it last")
struct BeforeTests {
  private let test: TestStore

  private func person(
    _ name: String, _ attributes: AttributeSet = [:], ou: String = "Staff"
  ) throws -> ImportedChange {
    .entry(try test.entry(name, attributes, ou: ou))
  }

  private func stage(_ changes: ImportedChange..., isWhole: Bool = false) throws {
    try test.stage(changes, obsolete: isWhole)
  }

  init() throws {
    test = try TestStore()
    try test.stage([
      .entry(test.entry("ann", ["title": ["Clerk"]])), .entry(test.entry("bob")),
    ])
    try test.synchronizeAll()
  }

  private func attribute(_ name: String, of id: Int64) throws -> AttributeRow? {
    try test.reader.object(id: id, valueLimit: 10)?.attributes.first { $0.name == name }
  }

  private func kept() throws -> [Int64: String] {
    try test.store.look { tx in
      Dictionary(
        uniqueKeysWithValues: try tx.rows("SELECT object_id, dn FROM cs_before", []).map {
          ($0[0] as Int64, $0[1] as String)
        })
    }
  }

  @Test("It is kept from the first change to the next synchronization, whatever changes again")
  func keepsTheFirst() throws {
    let ann = try test.id("ann")
    #expect(try kept().isEmpty)
    try stage(person("ann", ["title": ["Head"]]), person("bob"))
    try stage(person("ann", ["title": ["Chief"]], ou: "Board"), person("bob"))
    #expect(try kept() == [ann: "CN=ann,OU=Staff,DC=contoso,DC=test"])
    let title = try #require(try attribute("title", of: ann))
    #expect(title.values == ["Chief"] && title.before == ["Clerk"])
    let object = try test.object(ann)
    #expect(object.lastDN == "CN=ann,OU=Staff,DC=contoso,DC=test")
    try test.store.transaction { try $0.finishImport(of: object, isFiltered: false) }
    #expect(try kept().isEmpty)
    #expect(try test.object(ann).lastDN == nil)
  }

  @Test("What is as it was again is no change, and what was renamed is one")
  func countsChanges() throws {
    func changes(_ kind: GuardedKind) throws -> Int {
      try test.store.look { tx in
        [try tx.stagedChanges(connector: test.source, kind, tellsReferences: true)]
      }[0]
    }
    try stage(person("ann", ["title": ["Head"]]), person("bob"))
    #expect(try changes(.updates) == 1 && changes(.renames) == 0)
    try stage(person("ann", ["title": ["Clerk"]]), person("bob"))
    #expect(try changes(.updates) == 0)
    try stage(person("ann", ["title": ["Clerk"]]), person("bob", ou: "Board"))
    #expect(try changes(.updates) == 1 && changes(.renames) == 1)
  }

  @Test("Of one that is gone it is what is left, and goes with it")
  func goesWithIt() throws {
    let ann = try test.id("ann")
    try stage(person("bob"), isWhole: true)
    let gone = try test.object(ann)
    #expect(gone.image == nil && gone.last?["title"] == ["Clerk"])
    #expect(try kept().keys.sorted() == [ann])
    try test.store.transaction { try $0.remove(ann) }
    #expect(try kept().isEmpty)
  }

  @Test("One that is looked at again without a change is as it was, and one that waits stays so")
  func keepPending() throws {
    let (ann, bob) = (try test.id("ann"), try test.id("bob"))
    try stage(person("ann", ["title": ["Head"]]), person("bob"))
    try test.store.transaction { tx in
      try tx.keepPending(ann)
      try tx.keepPending(bob)
      try tx.keepPending(999)
    }
    #expect(try kept().keys.sorted() == [ann, bob].sorted())
    #expect(try attribute("title", of: ann)?.before == ["Clerk"])
    #expect(try attribute("displayName", of: bob)?.before == nil)
    #expect(try test.object(bob).hasPendingImport)
  }

  @Test("A store of an earlier version has it in rows of its own, and only for what still waits")
  func upgrades() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "before-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appending(path: "s.sqlite").path
    let queue = try DatabaseQueue(path: file)
    try Schema.migrator.migrate(queue, upTo: "discovery errors that are over")
    try queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO connector(id, name, type, is_source) VALUES (1, 'source', 'ldif', 1);
          INSERT INTO cs_object(id, connector_id, anchor, dn, dn_path, object_type, image, synced,
            synced_dn, pending_import) VALUES
            (1, 1, 'a', 'CN=a', 'cn=a', 'user', x'01', x'02', 'CN=was', 2),
            (2, 1, 'b', 'CN=b', 'cn=b', 'user', x'01', NULL, NULL, 1),
            (3, 1, 'c', 'CN=c', 'cn=c', 'user', NULL, x'03', 'CN=c', 4),
            (4, 1, 'd', 'CN=d', 'cn=d', 'user', x'01', NULL, NULL, 0);
          """)
    }
    try queue.close()
    let store = try SyncStore.open(file: file)
    let rows = try store.look { tx in
      try tx.rows("SELECT object_id, hex(image), dn FROM cs_before ORDER BY object_id", []).map {
        "\($0[0] as Int64) \($0[1] as String) \($0[2] as String)"
      }
    }
    #expect(rows == ["1 02 CN=was", "3 03 CN=c"])
    #expect(
      try store.look { tx in
        try tx.rows(
          "SELECT 1 FROM cs_object WHERE unused_image IS NOT NULL OR unused_dn IS NOT NULL", []
        ).isEmpty
      })
  }
}
