import Directory
import GRDB
import Synchronization
import Testing

@testable import SyncStore

/// Of a large group what waits is found by what waits, whatever SQLite thinks cheaper.
@Suite("What waits of a group is found without going through all of its members")
struct PendingPlanTests {
  private let test: TestStore

  init() throws { test = try TestStore() }

  private final class Seen: Sendable {
    private let texts = Mutex<Set<String>>([])
    func add(_ text: String) { _ = texts.withLock { $0.insert(text) } }
    var all: [String] { texts.withLock { $0.sorted() } }
  }

  private func trace(_ db: Database, _ seen: Seen) {
    db.trace(options: .statement) { event in
      guard case .statement(let statement) = event, statement.sql.hasPrefix("SELECT") else {
        return
      }
      seen.add(statement.sql)
    }
  }

  /// The lines of plans that go through all of an object's references, or through all objects.
  private func faults(_ seen: Seen) throws -> [String] {
    try test.store.look { tx in
      tx.db.trace()
      ListFunctions.registerComparisons(tx.db)
      return try seen.all.flatMap { sql in
        let statement = try tx.db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        statement.setUncheckedArguments([])
        return try Row.fetchAll(statement).map { $0["detail"] as String }.filter { detail in
          detail.hasSuffix("USING PRIMARY KEY (source_id=?)")
            || detail.hasPrefix("SCAN cs_object") || detail == "SCAN o"
        }.map { $0 + "\nin " + sql }
      }
    }
  }

  @Test("Who left a group is looked at by what is yet to be taken in of it")
  func awaited() throws {
    let seen = Seen()
    try test.store.transaction { tx in
      let (group, member) = (
        try tx.insertMetaverse(objectType: "group", image: tx.encode([]), display: "g", keys: []),
        try tx.insertMetaverse(objectType: "person", image: tx.encode([]), display: "p", keys: [])
      )
      trace(tx.db, seen)
      let holder = StoreTransaction.MetaverseReferences(source: group, attribute: "member")
      _ = try tx.changedMetaverseReferences(from: 0, limit: 10)
      _ = try tx.strongest(of: holder)
      _ = try tx.strongest(
        of: .init(
          holder: holder, target: member, contributor: 1, precedence: 1, isRemoved: true))
      _ = try tx.dictionaries.id("member", tx.db)
      _ = try tx.metaverseReferences(of: group, "member", limit: 10)
      _ = try tx.metaverseReferenceCount(of: group, "member")
      _ = try tx.stagedChanges(connector: test.source, .updates, tellsReferences: true)
    }
    #expect(seen.all.count { $0.contains("cs_reference_dirty") } == 6)
    #expect(try faults(seen) == [])
  }

  @Test("So is what is yet to be sent of it")
  func pending() throws {
    let id = try test.provision("team", DesiredImage(references: ["members"]), type: "group")
    let seen = Seen()
    try test.store.transaction { tx in
      trace(tx.db, seen)
      _ = try tx.pendingExports([id])
      _ = try tx.pendingChanges(of: id)
    }
    #expect(seen.all.count { $0.contains("export_reference_pending") } >= 2)
    #expect(try faults(seen) == [])
  }

  @Test("Who is found by an index is found without a look at all objects")
  func found() throws {
    try test.stage([.entry(try test.entry("ann", ["displayName": ["Ann Lee"]]))])
    let linked = try test.provision("bob", DesiredImage())
    let reader = try test.reader
    let seen = Seen()
    try reader.read { trace($0.db, seen) }
    #expect(try reader.find("BOB").map(\.id) == [linked])
    #expect(!seen.all.contains { $0.contains("o.image") })
    #expect(try faults(seen) == [])
    // Who is linked to nothing is found all the same.
    #expect(try reader.find("ann LEE").map(\.display) == ["Ann Lee"])
  }
}
