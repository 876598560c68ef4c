import JSON
import Testing

@testable import Tenant

/// Deleted objects, as the pages "List deletedItems", "Restore deleted directory object item" and
/// "Permanently delete an item" tell of them.
@Suite("Deleted objects by Graph")
struct GraphDeletedTests {
  private let graph: TestGraph

  init() throws { graph = try TestGraph() }

  private let bin = "/directory/deletedItems"

  private func delete(_ id: String, _ type: String = "users") async throws {
    try #require(try await graph.send("DELETE", "/\(type)/\(id)").status == 204)
  }

  private func restore(_ id: String, _ body: String? = nil) async throws -> Reply {
    try await graph.send("POST", "\(bin)/\(id)/restore", body)
  }

  @Test("A deleted object is shown with its kind and the time, alone and in the list of its kind")
  func shown() async throws {
    let (user, group) = try await (graph.user("ada"), graph.group("all"))
    try await delete(user)
    try await delete(group, "groups")
    #expect(try await graph.get("\(bin)/\(group)")["@odata.type"] == "#microsoft.graph.group")
    for (kind, name) in [("user", "ada"), ("group", "all")] {
      let list = "\(bin)/microsoft.graph.\(kind)"
      #expect(try await graph.names(list) == [name])
      let chosen = try await graph.get("\(list)?$select=id,deletedDateTime")["value"]?.array
      #expect(chosen?.first?["deletedDateTime"]?.string?.hasSuffix("Z") == true)
    }
  }

  @Test("Deleted objects come in pages, each once")
  func pages() async throws {
    for name in ["a", "b", "c", "d", "e"] { try await delete(graph.user(name)) }
    var target: String? = "\(bin)/microsoft.graph.user?$top=2&$select=displayName"
    var names: [String] = []
    while let next = target {
      let page = try await graph.get(next)
      names += (page["value"]?.array ?? []).compactMap { $0["displayName"]?.string }
      target = page["@odata.nextLink"]?.string
      try #require(names.count < 10)
    }
    #expect(names == ["a", "b", "c", "d", "e"])
  }

  @Test(
    "What is not deleted is not in the bin, whatever is asked of it",
    arguments: [("GET", ""), ("DELETE", ""), ("POST", "/restore")])
  func notThere(_ method: String, _ action: String) async throws {
    let id = try await graph.user("ada")
    #expect(try await graph.send(method, "\(bin)/\(id)\(action)").status == 404)
    #expect(try await graph.get("/users/\(id)")["displayName"] == "ada")
  }

  @Test("Who comes back has all that was known of them, and the id of before")
  func same() async throws {
    let id = try await graph.user("ada", #","jobTitle":"Analyst","mail":"ada@contoso.com""#)
    let before = await graph.tenant.get("/Users/\(id)")
    try await delete(id)
    let reply = try await restore(id)
    #expect(reply["id"] == .string(id) && reply["@odata.type"] == "#microsoft.graph.user")
    var after = await graph.tenant.get("/Users/\(id)")
    #expect(after["meta"]?["version"] != before["meta"]?["version"])
    after["meta"] = before["meta"]
    #expect(after == before)
  }

  @Test("Nobody else can have an address again that somebody who came back has")
  func keysReturn() async throws {
    let id = try await graph.user("ada", #","mail":"ada@contoso.com""#)
    try await delete(id)
    _ = try await restore(id)
    let other = TestGraph.user("eve", #","mail":"ADA@contoso.com""#)
    #expect(try await graph.send("POST", "/users", other).detailCode == "ObjectConflict")
  }

  @Test(
    "A group and its member find each other again, whoever comes back first",
    arguments: [true, false])
  func bothDeleted(_ userFirst: Bool) async throws {
    let user = try await graph.user("ada")
    let group = try await graph.group("all", members: [user])
    try await delete(user)
    try await delete(group, "groups")
    for id in userFirst ? [user, group] : [group, user] {
      #expect(try await restore(id).status == 200)
    }
    #expect(try await graph.members(group) == [user])
  }

  @Test("A member who left while the group was deleted does not come back with it")
  func emptiedForEver() async throws {
    let user = try await graph.user("ada")
    let group = try await graph.group("all", members: [user])
    try await delete(group, "groups")
    try await delete(user)
    _ = try await graph.send("DELETE", "\(bin)/\(user)")
    #expect(try await restore(group).status == 200)
    #expect(try await graph.members(group) == [])
  }

  @Test("Who got another manager meanwhile keeps that one when the old one comes back")
  func otherManager() async throws {
    let (ada, old, new) = try await (graph.user("ada"), graph.user("old"), graph.user("new"))
    func set(_ manager: String) async throws {
      let body = #"{"@odata.id":"\#(TestGraph.base)/users/\#(manager)"}"#
      _ = try await graph.send("PUT", "/users/\(ada)/manager/$ref", body)
    }
    try await set(old)
    try await delete(old)
    try await set(new)
    #expect(try await restore(old).status == 200)
    #expect(try await graph.get("/users/\(ada)/manager")["id"] == .string(new))
    #expect(try await graph.names("/users/\(old)/directReports") == [])
  }

  @Test(
    "A new name must be a name", arguments: ["\"ada\"", "\"\"", "5", "\"a b@contoso.com\"", "null"])
  func newName(_ name: String) async throws {
    let id = try await graph.user("ada")
    try await delete(id)
    let reply = try await restore(id, #"{"newUserPrincipalName":\#(name)}"#)
    #expect(reply.status == 400)
    #expect(try await graph.send("GET", "/users/\(id)").status == 404)
  }

  @Test("A group has no principal name to come back under")
  func nameOfGroup() async throws {
    let id = try await graph.group("all")
    try await delete(id, "groups")
    #expect(try await restore(id, #"{"newUserPrincipalName":"a@contoso.com"}"#).status == 400)
  }

  @Test("Addresses that others have by now are left to them where that is asked for")
  func reconcile() async throws {
    let id = try await graph.user("ada", #","mail":"ada@contoso.com""#)
    try await delete(id)
    let taker = try await graph.user("bob", #","mail":"ada@contoso.com""#)
    #expect(try await restore(id).detailCode == "ObjectConflict")
    #expect(try await restore(id, #"{"autoReconcileProxyConflict":true}"#).status == 200)
    let select = "?$select=proxyAddresses"
    #expect(try await graph.get("/users/\(id)\(select)")["proxyAddresses"] == [])
    #expect(
      try await graph.get("/users/\(taker)\(select)")["proxyAddresses"] == ["SMTP:ada@contoso.com"])
  }

  @Test("Who is gone for ever is gone from the list, and the name is free")
  func forEver() async throws {
    let id = try await graph.user("ada")
    try await delete(id)
    #expect(try await graph.send("DELETE", "\(bin)/\(id)").status == 204)
    #expect(try await graph.send("DELETE", "\(bin)/\(id)").status == 404)
    #expect(try await graph.names("\(bin)/microsoft.graph.user") == [])
    try await graph.user("ada")
  }

  @Test(
    "Nothing is deleted for ever by a path that has more behind the id",
    arguments: ["/foo", "/restore", "/microsoft.graph.restore", "/microsoft.graph.user", "/a/b"])
  func moreBehind(_ more: String) async throws {
    let id = try await graph.user("ada")
    try await delete(id)
    let reply = try await graph.send("DELETE", "\(bin)/\(id)\(more)")
    #expect([400, 405].contains(reply.status))
    #expect(try await graph.names("\(bin)/microsoft.graph.user") == ["ada"])
    #expect(try await restore(id).status == 200)
  }

  @Test("The list of a kind tells its number, and gives one object by its id")
  func ofKind() async throws {
    let (user, group) = try await (graph.user("ada"), graph.group("all"))
    try await delete(user)
    try await delete(group, "groups")
    let eventual = ["consistencylevel": "eventual"]
    for kind in ["microsoft.graph.user", "graph.user"] {
      #expect(
        try await graph.send("GET", "\(bin)/\(kind)/$count", headers: eventual).body == 1)
      #expect(try await graph.send("GET", "\(bin)/\(kind)/$count").status == 400)
      #expect(try await graph.get("\(bin)/\(kind)/\(user)")["displayName"] == "ada")
      #expect(try await graph.get("\(bin)/\(user)/\(kind)")["displayName"] == "ada")
      for method in ["GET", "DELETE"] {
        #expect(try await graph.send(method, "\(bin)/\(kind)/\(group)").status == 404)
      }
      #expect(try await graph.send("GET", "\(bin)/\(kind)/\(user)/foo").status == 400)
    }
    #expect(
      try await graph.send("POST", "\(bin)/\(group)/microsoft.graph.restore").status == 200)
    #expect(try await graph.send("DELETE", "\(bin)/microsoft.graph.user/\(user)").status == 204)
    #expect(try await graph.names("\(bin)/microsoft.graph.user") == [])
  }
}
