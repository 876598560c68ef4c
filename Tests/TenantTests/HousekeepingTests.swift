import GRDB
import JSON
import Testing

@testable import Tenant

@Suite("What nobody can ask for any more is forgotten")
struct HousekeepingTests {
  private let graph: TestGraph
  private static let month: Int64 = 31 * 86_400_000

  init() throws { graph = try TestGraph() }

  private func keepHouse(after time: Int64 = 0, limit: Int = 20_000) async throws {
    try await graph.tenant.store.write {
      try Housekeeping.run(try $0.database, now: Moment.now + time, limit: limit)
    }
  }

  private func count(_ table: String) async throws -> Int? {
    try await graph.tenant.store.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM " + table)
    }
  }

  private func link(_ target: String) async throws -> String {
    try #require(try await graph.send("GET", target)["@odata.deltaLink"]?.string)
  }

  @Test("What was deleted a month ago, with its password; who has not heard of it begins anew")
  func deleted() async throws {
    let ids = try await [graph.user("a"), graph.user("b"), graph.user("c")]
    let old = try await link("/users/delta")
    let oldGroups = try await link("/groups/delta")
    for id in ids.prefix(2) {
      #expect(try await graph.send("DELETE", "/users/\(id)").status == 204)
    }
    let new = try await link(old)
    try await keepHouse()
    #expect(try await count("deleted_resource") == 2)
    try await keepHouse(after: Self.month, limit: 1)
    #expect(try await count("deleted_resource") == 1)
    #expect(try await count("credential") == 2)
    try await keepHouse(after: Self.month)
    #expect(try await count("deleted_resource") == 0)
    #expect(try await count("credential") == 1)
    #expect(try await count("resource") == 1)
    for known in [old, oldGroups] { #expect(try await graph.send("GET", known).status == 410) }
    // And goes on from then.
    let next = try await link(new)
    #expect(try await graph.send("GET", next).status == 200)
    // What is deleted from now on is told.
    _ = try await graph.send("DELETE", "/users/\(ids[2])")
    let told = try await graph.send("GET", next)["value"]?.array ?? []
    #expect(told.map { $0["id"]?.string } == [ids[2]])
  }

  @Test("Which members came and went, once that was a month ago; those since are told")
  func members() async throws {
    let ids = try await [graph.user("a"), graph.user("b")]
    let group = try await graph.group("all", members: [ids[0]])
    let old = try await link("/groups/delta")
    _ = try await graph.send("DELETE", "/groups/\(group)/members/\(ids[0])/$ref")
    let known = try await link(old)
    // A mark is made of how far they went, and only a month later what was before it goes.
    try await keepHouse(after: Self.month)
    #expect(try await count("member_change") == 2)
    try await keepHouse(after: 2 * Self.month, limit: 1)
    #expect(try await count("member_change") == 1)
    try await keepHouse(after: 2 * Self.month)
    #expect(try await count("member_change") == 0)
    // Nothing is left by which it could be told what it missed.
    #expect(try await graph.send("GET", old).status == 410)
    #expect(try await graph.send("GET", known).status == 200)
    _ = try await graph.send(
      "PATCH", "/groups/\(group)",
      #"{"members@odata.bind":["\#(TestGraph.base)/directoryObjects/\#(ids[1])"]}"#)
    try await keepHouse(after: 2 * Self.month)
    let changed = try await graph.send("GET", known)["value"]?.array?.first
    #expect(changed?["members@delta"]?.array?.compactMap { $0["id"]?.string } == [ids[1]])
  }

  @Test("A file that is opened and a token that is given have it done")
  func occasions() async throws {
    func age() async throws {
      let id = try await graph.user("a")
      #expect(try await graph.send("DELETE", "/users/\(id)").status == 204)
      try await graph.tenant.store.write {
        try $0.database.execute(
          sql: "UPDATE deleted_resource SET deleted = deleted - ?", arguments: [Self.month])
      }
      #expect(try await count("deleted_resource") == 1)
    }
    try await age()
    let service = TokenService(
      store: graph.tenant.store,
      applications: [TenantApplication(clientID: "app", secret: "a secret of tests")],
      audience: { $0 }, lifetime: 60)
    let reply = await service.answer(
      tenant: "contoso",
      form: [
        "grant_type": "client_credentials", "client_id": "app",
        "client_secret": "a secret of tests", "scope": "https://graph.microsoft.com/.default",
      ])
    #expect(reply.status == 200)
    #expect(try await count("deleted_resource") == 0)
    try await age()
    graph.tenant.store.close()
    let again = try TenantStore(path: graph.tenant.folder.file("tenant.sqlite"))
    let left = try await again.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM deleted_resource")
    }
    #expect(left == 0)
    again.close()
  }

  @Test("It looks at nothing that is to stay")
  func plan() async throws {
    let details = try await graph.tenant.store.read { database in
      try Row.fetchAll(
        database,
        sql: """
          EXPLAIN QUERY PLAN SELECT seq, deleted FROM deleted_resource
          WHERE type = 1 AND deleted < 5 ORDER BY deleted LIMIT 9
          """
      ).map { $0["detail"] as String }
    }
    #expect(details.allSatisfy { $0.hasPrefix("SEARCH") && $0.contains("deleted_resource_type") })
  }
}
