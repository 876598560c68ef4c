import GRDB
import JSON
import Testing

@testable import Tenant

@Suite("Changes by Graph")
struct GraphDeltaTests {
  let graph: TestGraph

  init() throws { graph = try TestGraph() }

  /// All objects of a round, and the link of the next.
  private func round(_ target: String, size: Int = 200) async throws -> ([JSONValue], String) {
    var objects: [JSONValue] = []
    var target = target
    while true {
      let reply = try await graph.send(
        "GET", target, headers: ["prefer": "odata.maxpagesize=\(size)"])
      try #require(reply.status == 200, "\(reply.words)")
      objects += reply["value"]?.array ?? []
      if let link = reply["@odata.deltaLink"]?.string { return (objects, link) }
      target = try #require(reply["@odata.nextLink"]?.string)
    }
  }

  private func names(_ objects: [JSONValue]) -> [String] {
    objects.compactMap { $0["displayName"]?.string }
  }

  @Test("A first round gives everything in pages, the next one only what changed")
  func users() async throws {
    for name in ["a", "b", "c", "d", "e"] { try await graph.user(name) }
    let (all, link) = try await round("/users/delta?$select=displayName,jobTitle", size: 2)
    #expect(names(all) == ["a", "b", "c", "d", "e"])
    let (none, second) = try await round(link)
    #expect(none == [])
    _ = try await graph.send("PATCH", "/users/b@contoso.com", #"{"jobTitle":"x"}"#)
    try await graph.user("f")
    let (changed, third) = try await round(second, size: 1)
    #expect(names(changed) == ["b", "f"])
    #expect(changed.first?["jobTitle"] == "x")
    let again = try await round(third).0
    #expect(again == [])
    let repeated = try await round(second).0
    #expect(names(repeated) == ["b", "f"])
  }

  @Test("A value that was taken away is null, and a deleted object is told as removed")
  func removals() async throws {
    let (a, b) = try await (graph.user("a", #","jobTitle":"x""#), graph.user("b"))
    let (_, link) = try await round("/users/delta?$select=displayName,jobTitle")
    _ = try await graph.send("PATCH", "/users/\(a)", #"{"jobTitle":null}"#)
    _ = try await graph.send("DELETE", "/users/\(b)")
    let (changed, next) = try await round(link)
    #expect(changed.first?.object?.written("jobTitle") == .null)
    #expect(changed.last?["id"] == .string(b))
    #expect(changed.last?["@removed"]?["reason"] == "changed")
    _ = try await graph.send("DELETE", "/directory/deletedItems/\(b)")
    #expect(try await round(next).0.last?["@removed"]?["reason"] == "deleted")
  }

  @Test("A restored object is told again")
  func restored() async throws {
    let id = try await graph.user("a")
    _ = try await graph.send("DELETE", "/users/\(id)")
    let (_, link) = try await round("/users/delta")
    _ = try await graph.send("POST", "/directory/deletedItems/\(id)/restore")
    #expect(try await names(round(link).0) == ["a"])
  }

  @Test("Of a group only the members that came and went are told")
  func members() async throws {
    let ids = try await [graph.user("a"), graph.user("b"), graph.user("c")]
    let group = try await graph.group("all", members: [ids[0], ids[1]])
    let (all, link) = try await round("/groups/delta?$select=displayName,members")
    let first = all.first?["members@delta"]?.array ?? []
    #expect(Set(first.compactMap { $0["id"]?.string }) == [ids[0], ids[1]])
    _ = try await graph.send("DELETE", "/groups/\(group)/members/\(ids[0])/$ref")
    _ = try await graph.send(
      "PATCH", "/groups/\(group)",
      #"{"members@odata.bind":["\#(TestGraph.base)/directoryObjects/\#(ids[2])"]}"#)
    let changed = try await round(link).0.first?["members@delta"]?.array ?? []
    #expect(changed.count == 2)
    #expect(changed.first?["@removed"]?["reason"] == "deleted")
    #expect(changed.first?["id"] == .string(ids[0]))
    #expect(changed.last?["id"] == .string(ids[2]))
    #expect(changed.last?["@odata.type"] == "#microsoft.graph.user")
  }

  @Test("Groups tell nothing of a member that is deleted and restored, until it is gone for ever")
  func deletedMember() async throws {
    let id = try await graph.user("a")
    let group = try await graph.group("all", members: [id])
    let (_, link) = try await round("/groups/delta")
    _ = try await graph.send("DELETE", "/users/\(id)")
    #expect(try await graph.members(group) == [])
    let (deleted, second) = try await round(link)
    #expect(deleted == [])
    _ = try await graph.send("POST", "/directory/deletedItems/\(id)/restore")
    #expect(try await graph.members(group) == [id])
    let (restored, third) = try await round(second)
    #expect(restored == [])
    _ = try await graph.send("DELETE", "/users/\(id)")
    _ = try await graph.send("DELETE", "/directory/deletedItems/\(id)")
    let changed = try await round(third).0.first?["members@delta"]?.array ?? []
    #expect(changed.first?["id"] == .string(id) && changed.first?["@removed"] != nil)
  }

  @Test("A manager is told with the user, and that there is none any more")
  func manager() async throws {
    let (boss, ada) = try await (graph.user("boss"), graph.user("ada"))
    _ = try await graph.send(
      "PUT", "/users/\(ada)/manager/$ref",
      #"{"@odata.id":"\#(TestGraph.base)/users/\#(boss)"}"#)
    let (all, link) = try await round("/users/delta?$select=displayName,manager")
    #expect(all.last?["manager@delta"]?.array?.first?["id"] == .string(boss))
    _ = try await graph.send("DELETE", "/users/\(ada)/manager/$ref")
    #expect(try await round(link).0.first?["manager@delta"] == [])
  }

  @Test("From now on: the latest token tells nothing of what was before")
  func latest() async throws {
    try await graph.user("a")
    let (none, link) = try await round("/users/delta?$deltatoken=latest")
    #expect(none == [])
    try await graph.user("b")
    #expect(try await names(round(link).0) == ["b"])
  }

  @Test("A token that is none, of another tenant or of another type asks for a new beginning")
  func resync() async throws {
    let (_, link) = try await round("/users/delta")
    let other = try TestGraph()
    for target in ["/users/delta?$deltatoken=abc", link.replacing("/users/", with: "/groups/")] {
      let reply = try await graph.send("GET", target)
      #expect(reply.status == 410)
      #expect(reply.headers["Location"]?.contains("/delta") == true)
    }
    #expect(try await other.send("GET", link).status == 410)
  }

  @Test("A token older than the known changes of members asks for a new beginning")
  func tooOld() async throws {
    let ids = try await [graph.user("a"), graph.user("b")]
    try await graph.group("all", members: [ids[0]])
    let (_, link) = try await round("/groups/delta")
    try await graph.group("some", members: ids)
    try await graph.tenant.store.write {
      try $0.database.execute(
        sql: "DELETE FROM member_change WHERE position < (SELECT max(position) FROM member_change)")
    }
    #expect(try await graph.send("GET", link).status == 410)
  }

  @Test("A group with very many members comes in parts that are the whole")
  func largeGroup() async throws {
    let group = try await graph.group("all")
    try await graph.tenant.store.write { context in
      try context.database.execute(
        sql: """
          WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
          INSERT INTO resource (id, type, version, created, modified, display, body)
          SELECT 'u' || i, 1, 1, 1, 1, 'u', '{"userName":"u"}' FROM n;
          INSERT INTO link (source, number, target)
          SELECT (SELECT seq FROM resource WHERE type = 2), 1, seq FROM resource WHERE type = 1;
          """)
    }
    let parts = try await round("/groups/delta?$select=displayName,members").0
    #expect(parts.count == 3)
    #expect(parts.allSatisfy { $0["id"] == .string(group) })
    let ids = parts.flatMap { $0["members@delta"]?.array ?? [] }.compactMap { $0["id"]?.string }
    #expect(Set(ids).count == 12_000)
    #expect(ids.count == 12_000)
  }
}
