import Directory
import GRDB
import Synchronization
import Testing

@testable import SyncEngine
@testable import SyncStore

/// A statement that reads a whole table is quick in a test and endless at a million objects.
@Suite("Nothing that the engine asks of its store reads a whole table")
struct QueryPlanTests {
  /// Indexes that hold only what waits: reading one from end to end is what it is for.
  private static let queues: Set<String> = [
    "cs_to_write", "cs_to_delete", "export_reference_new", "export_reference_sent",
    "export_reference_pending", "export_reference_unwanted", "cs_pending_import",
    "cs_reference_dirty", "mv_reference_dirty", "cs_sync_error", "cs_export_error",
    "command_open", "step_open",
  ]
  private static let large: Set<String> = [
    "cs_object", "cs_reference", "cs_value", "export_reference", "mv_object", "mv_value",
    "mv_reference", "step_change", "step_error", "step", "run",
  ]

  /// What a full import or a full synchronization does once: it looks at everything anyway.
  private static let fullSteps = [
    "UPDATE cs_object SET anchor = NULL, pending_export = 1,",
    "UPDATE mv_reference SET state = 2\nWHERE contributor_id IN (SELECT id",
    "UPDATE cs_reference SET state = 1 WHERE connector_id = ? AND state = 0",
  ]

  /// How plans end that go through all of a connector's objects, or all that have an anchor.
  private static let wholeSpaces = ["(connector_id=?)", "(connector_id=? AND anchor>?)"]

  /// What is wrong with one line of a query plan, or nil.
  private static func fault(_ detail: String, in sql: String) -> String? {
    let words = detail.split(separator: " ").map(String.init)
    guard words.count > 1, ["SCAN", "SEARCH"].contains(words[0]) else { return nil }
    let index = words.firstIndex(of: "INDEX").map { words[$0 + 1] } ?? ""
    guard !queues.contains(index), !fullSteps.contains(where: sql.hasPrefix) else { return nil }
    // Short names stand for tables in joins and subqueries.
    let table = words[1]
    let isLarge =
      large.contains(table) || table.count <= 2 && !sql.contains(" connector \(table) ")
    // Whether a table is empty its first row tells.
    if words[0] == "SCAN" {
      return isLarge && !sql.hasPrefix("SELECT 1 FROM \(table) LIMIT 1") ? detail : nil
    }
    // A connector's whole space is no better, but for whether there is anything, and for how much is
    // staged, which an index of nothing else tells.
    guard isLarge, wholeSpaces.contains(where: detail.hasSuffix) else { return nil }
    if sql.contains("COUNT(*)") { return index == "cs_staged" ? nil : detail }
    return sql.contains("LIMIT 1") ? nil : detail
  }

  private func statements(
    _ rules: String, of work: (World, SyncStore) async throws -> Void
  ) async throws -> (world: World, statements: Set<String>) {
    let world = try World(rules: rules)
    let store = try SyncStore.open(file: world.storeFile)
    let seen = Seen()
    try await store.queue.writeWithoutTransaction { db in
      db.trace(options: .statement) { event in
        guard case .statement(let statement) = event else { return }
        seen.add(statement.sql)
      }
    }
    try await work(world, store)
    return (world, seen.all)
  }

  private final class Seen: Sendable {
    private let texts = Mutex<Set<String>>([])
    func add(_ text: String) { _ = texts.withLock { $0.insert(text) } }
    var all: Set<String> { texts.withLock { $0 } }
  }

  @Test("A full import with objects that can't be read looks once for what it did not see")
  func unseenOnce() async throws {
    let world = try World()
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    try await world.cycle()
    world.source.state.withLock { state in
      state.errors = [
        DiscoveryError(.parseError, dn: "CN=x", location: "", message: "broken", hint: "mend it")
      ]
    }
    let store = try SyncStore.open(file: world.storeFile)
    let pages = Mutex(0)
    try await store.queue.writeWithoutTransaction { db in
      db.trace(options: .statement) { event in
        guard case .statement(let statement) = event,
          statement.sql.hasPrefix("SELECT id, object_type FROM cs_object")
        else { return }
        pages.withLock { $0 += 1 }
      }
    }
    _ = try await world.engine(store: store).runProfile(connector: "source", .fullImport)
    // The second page tells that the first was the last.
    #expect(pages.withLock { $0 } == 2)
  }

  @Test("What is to be sent of a group is found out as often for many members as for few")
  func groupSettledOnce() async throws {
    func settled(members: Int) async throws -> Int {
      let world = try World()
      world.batchSize = 100
      let names = (0..<members).map { "u\($0)" }
      func put(_ id: String, _ type: String, _ attributes: AttributeSet) throws {
        world.target.put(
          DirectoryEntry(
            anchor: Anchor(id), dn: try DistinguishedName("CN={\(id)}"), objectType: type,
            attributes: attributes))
      }
      for name in names {
        world.source.put(try world.user(name))
        try put("id-" + name, "user", ["externalId": [.string("g-" + name)]])
      }
      world.source.put(try world.group("team", members: names))
      try put(
        "id-team", "group",
        [
          "externalId": ["g-team"], "displayName": ["team"],
          "members": names.map { .reference("id-" + $0) },
        ])
      let store = try SyncStore.open(file: world.storeFile)
      let engine = try world.engine(store: store)
      for name in ["source", "target"] {
        _ = try await engine.runProfile(connector: name, .fullImport)
      }
      let count = Mutex(0)
      try await store.queue.writeWithoutTransaction { db in
        let team = try Int64.fetchOne(
          db, sql: "SELECT id FROM cs_object WHERE anchor = 'id-team'")
        db.trace(options: .statement) { event in
          guard case .statement(let statement) = event,
            statement.expandedSQL.hasPrefix(
              "SELECT attribute_id FROM export_reference INDEXED BY export_reference_pending\n"
                + "WHERE source_id = \(team ?? 0) AND state <> 0 AND attribute_id > 0 ")
          else { return }
          count.withLock { $0 += 1 }
        }
      }
      _ = try await engine.runProfile(connector: "source", .fullSynchronization)
      let wanted = try await store.queue.read { db in
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM export_reference WHERE state = 0")
      }
      #expect(wanted == members)
      return count.withLock { $0 }
    }
    let few = try await settled(members: 3)
    #expect(few > 0)
    #expect(try await settled(members: 30) == few)
  }

  /// A history that meets every kind of step: new, changed, renamed, gone, refused, lost answers.
  private func live(_ world: World, _ store: SyncStore) async throws {
    world.source.put(try world.container("ou", named: "Staff"))
    for name in ["ann", "bob", "cay", "dan"] {
      world.source.put(try world.user(name, ["boss": ["dan"]]))
    }
    world.source.put(try world.group("staff", members: ["ann", "bob", "zoe"]))
    world.target.state.withLock { $0.refuseValue = "cay" }
    let engine = try world.engine(store: store)
    _ = try await engine.runCycle(.initial)
    world.target.state.withLock {
      $0.refuseValue = nil
      $0.dropAnswers = 1
    }
    world.source.change("g-ann") { $0["displayName"] = [.string("Ann B.")] }
    world.source.rename("g-bob", to: try world.dn("bobby", ou: "Staff"))
    world.source.renameTree(
      "g-ou", to: try DistinguishedName("OU=Crew,DC=contoso,DC=test"))
    world.source.remove("g-dan")
    world.source.put(try world.user("zoe"))
    for _ in 0..<3 { _ = try await engine.runCycle(.delta) }
    _ = try await engine.runCycle(.initial)
    _ = try await engine.runCycle(.delta)
  }

  private static let making = #"CRef("CN={" & ConvertToUTF8Hex("g-" & [boss]) & "}")"#

  @Test(
    "Cycles with adds, changes, renames, deletes, refusals and lost answers",
    arguments: [false, true])
  func cyclesReadByIndex(makesReferences: Bool) async throws {
    let rules =
      makesReferences ? try World.rules(outboundManager: Self.making) : World.rules
    let (world, statements) = try await statements(rules, of: live)
    #expect(statements.count > 60)
    let queue = try DatabaseQueue(path: world.storeFile)
    try await queue.read { db in
      for sql in statements where sql.hasPrefix("SELECT") || sql.hasPrefix("UPDATE") {
        let statement = try db.makeStatement(sql: "EXPLAIN QUERY PLAN " + sql)
        statement.setUncheckedArguments([])
        for row in try Row.fetchAll(statement) {
          let detail: String = row["detail"]
          if let fault = Self.fault(detail, in: sql) {
            Issue.record("\(fault)\nin \(sql)")
          }
        }
      }
    }
  }
}
