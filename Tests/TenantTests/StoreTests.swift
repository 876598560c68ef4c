import Foundation
import GRDB
import JSON
import Testing

@testable import Tenant

@Suite("The store")
struct StoreTests {
  private let folder = TemporaryFolder()

  @Test("After a start the next write is stamped behind a delete, too")
  func stampBehindDelete() async throws {
    let folder = TemporaryFolder()
    let later = Moment.now + 3_600_000
    do {
      let store = try TenantStore(path: folder.file("t.sqlite"))
      try await store.write { context in
        try context.database.execute(
          sql: """
            INSERT INTO deleted_resource (seq, id, type, deleted, created, version, links)
            VALUES (1, 'x', ?, ?, 0, 1, '')
            """, arguments: [ResourceType.user.code, later])
      }
      store.close()
    }
    let store = try TenantStore(path: folder.file("t.sqlite"))
    #expect(try await store.write { $0.now } > later)
    store.close()
  }

  @Test("A file that was closed is the whole tenant, whoever read it before")
  func closed() async throws {
    let path = folder.file("t.sqlite")
    let store = try TenantStore(path: path)
    try await store.write { context in
      try context.database.execute(sql: "CREATE TABLE other (a)")
    }
    for _ in 0..<2 { _ = try await store.read { try $0.tableExists("other") } }
    store.close()
    for suffix in ["-wal", "-shm"] {
      #expect(!FileManager.default.fileExists(atPath: path + suffix), "\(suffix)")
    }
  }

  @Test("A file that is no database is named, and stays as it is")
  func notADatabase() throws {
    let path = folder.file("notes.txt")
    let text = Data(String(repeating: "These are notes.\n", count: 500).utf8)
    try text.write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: TenantError.self) { try TenantStore(path: path) }
    #expect(error?.code == .notADatabase)
    #expect(error?.message.contains("file is not a database") == true)
    #expect(FileManager.default.contents(atPath: path) == text)
  }

  @Test("The database of another program is refused")
  func foreign() throws {
    let path = folder.file("other.sqlite")
    let other = try DatabaseQueue(path: path)
    try other.write { try $0.execute(sql: "CREATE TABLE theirs (a)") }
    try other.close()
    let error = #expect(throws: TenantError.self) { try TenantStore(path: path) }
    #expect(error?.code == .notADatabase)
  }

  @Test("A database of a newer version is refused")
  func newer() throws {
    let path = folder.file("t.sqlite")
    let store = try TenantStore(path: path)
    try store.pool.write {
      try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('99')")
    }
    store.close()
    let error = #expect(throws: TenantError.self) { try TenantStore(path: path) }
    #expect(error?.code == .newerVersion)
  }

  @Test("A folder that is not there is named")
  func noFolder() {
    let error = #expect(throws: TenantError.self) {
      try TenantStore(path: folder.file("none/t.sqlite"))
    }
    #expect(error?.code == .storeFailed)
  }

  @Test("Two servers can't have one file; after a close another can")
  func inUse() throws {
    let path = folder.file("t.sqlite")
    let first = try TenantStore(path: path)
    let error = #expect(throws: TenantError.self) { try TenantStore(path: path) }
    #expect(error?.code == .inUse)
    first.close()
    let second = try TenantStore(path: path)
    second.close()
  }

  @Test("Every commit is flushed to the disk")
  func synchronous() async throws {
    let store = try TenantStore(path: folder.file("t.sqlite"))
    let mode = try await store.write { context in
      try Int.fetchOne(try context.database, sql: "PRAGMA synchronous")
    }
    #expect(mode == 2)
    store.close()
  }

  @Test("What was answered is in the files at that moment, as a kill would leave them")
  func crash() async throws {
    let tenant = try TestTenant()
    let id = try await tenant.user("a@example.com")
    try await tenant.group("G", members: [id])
    for name in ["tenant.sqlite", "tenant.sqlite-wal"] {
      try FileManager.default.copyItem(atPath: tenant.folder.file(name), toPath: folder.file(name))
    }
    let store = try TenantStore(path: folder.file("tenant.sqlite"))
    let found = try await store.read { database in
      try ResourceTable.fetch(database, .user, id: id)?.body["userName"]
    }
    #expect(found == "a@example.com")
    store.close()
  }

  @Test("A write that fails leaves nothing, and its neighbours in the transaction stay")
  func savepoints() async throws {
    let tenant = try TestTenant()
    let statuses = await withTaskGroup(of: Int.self) { group in
      for index in 0..<50 {
        group.addTask {
          let name = index % 2 == 0 ? "u\(index)@example.com" : "no name"
          let body = #"{"schemas":["\#(TestTenant.userURN)"],"userName":"\#(name)"}"#
          return await tenant.send("POST", "/Users", body).status
        }
      }
      return await group.reduce(into: [Int: Int]()) { $0[$1, default: 0] += 1 }
    }
    #expect(statuses == [201: 25, 400: 25])
    let (rows, keys) = try await tenant.store.read { database in
      (
        try Int.fetchOne(database, sql: "SELECT count(*) FROM resource"),
        try Int.fetchOne(database, sql: "SELECT count(*) FROM key_value")
      )
    }
    #expect(rows == 25 && keys == 25)
  }

  @Test("Stamps go on from the last one, also when the clock went back")
  func stamps() async throws {
    let path = folder.file("t.sqlite")
    let future = Moment.now + 3_600_000
    let store = try TenantStore(path: path)
    try await store.write { context in
      let user = StoredResource(id: "x", type: .user, now: future, body: JSONObject())
      _ = try ResourceTable.insert(try context.database, user)
    }
    store.close()
    let again = try TenantStore(path: path)
    let (first, second) = (
      try await again.write { $0.now }, try await again.write { $0.now }
    )
    #expect(first == future + 1 && second == future + 2)
    again.close()
  }

  @Test(
    "Questions that must not scan use an index",
    arguments: [
      "SELECT count(*) FROM resource WHERE type = 1 AND modified BETWEEN 5 AND 9",
      "SELECT seq FROM resource WHERE seq IN (SELECT resource FROM key_value WHERE code = 1 AND value = 'x')",
      "SELECT total FROM type_count WHERE type = 1",
      "SELECT seq FROM resource INDEXED BY resource_type WHERE type = 1 AND seq > 5 ORDER BY seq LIMIT 9",
      "DELETE FROM link WHERE target = 5",
      "SELECT source FROM link WHERE target = 5 AND number = 1",
    ])
  func plans(_ sql: String) async throws {
    let tenant = try TestTenant()
    let plan = try await tenant.store.read { database in
      try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + sql).map { $0["detail"] as String }
    }
    #expect(!plan.isEmpty)
    #expect(plan.allSatisfy { !$0.hasPrefix("SCAN") }, "\(plan)")
    #expect(plan.allSatisfy { !$0.contains("TEMP B-TREE") }, "\(plan)")
  }

  @Test("Counts by type follow what is there")
  func counts() async throws {
    let tenant = try TestTenant()
    let id = try await tenant.user("a@example.com")
    try await tenant.user("b@example.com")
    try await tenant.group("G")
    _ = await tenant.send("DELETE", "/Users/\(id)")
    let counts = try await tenant.store.read { database in
      try ResourceType.all.map { try ResourceTable.count(database, $0) }
    }
    #expect(counts == [1, 1, 0, 0])
  }
}
