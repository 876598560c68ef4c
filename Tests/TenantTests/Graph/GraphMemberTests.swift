import JSON
import Testing

@testable import Tenant

@Suite("Members and managers by Graph")
struct GraphMemberTests {
  let graph: TestGraph

  init() throws { graph = try TestGraph() }

  private func link(_ id: String) -> String { #""\#(TestGraph.base)/directoryObjects/\#(id)""# }

  @Test("Members come with the group, by a link and by a change, and go one by one")
  func members() async throws {
    let ids = try await [graph.user("a"), graph.user("b"), graph.user("c")]
    let group = try await graph.group("all", members: [ids[0]])
    let added = try await graph.send(
      "POST", "/groups/\(group)/members/$ref", #"{"@odata.id":\#(link(ids[1]))}"#)
    #expect(added.status == 204)
    let bound = try await graph.send(
      "PATCH", "/groups/\(group)", #"{"members@odata.bind":[\#(link(ids[2]))]}"#)
    #expect(bound.status == 204)
    #expect(try await graph.members(group) == Set(ids))
    let removed = try await graph.send("DELETE", "/groups/\(group)/members/\(ids[0])/$ref")
    #expect(removed.status == 204)
    #expect(try await graph.members(group) == Set(ids.dropFirst()))
    #expect(try await graph.names("/users/\(ids[1])/memberOf") == ["all"])
  }

  @Test("Links are cast to groups and to roles, with the header that Graph wants for it")
  func casts() async throws {
    let id = try await graph.user("a")
    _ = try await graph.group("all", members: [id])
    let eventual = ["consistencylevel": "eventual"]
    #expect(
      try await graph.names(
        "/users/\(id)/memberOf/microsoft.graph.group?$count=true", headers: eventual) == ["all"])
    for links in ["memberOf", "transitiveMemberOf"] {
      let path = "/users/\(id)/\(links)/microsoft.graph.directoryRole?$count=true"
      let roles = try await graph.send("GET", path, headers: eventual)
      #expect(roles.status == 200 && roles["value"]?.array == [])
      #expect(try await graph.send("GET", path).status == 400)
    }
    let nobody = "/users/nobody/transitiveMemberOf/microsoft.graph.directoryRole?$count=true"
    #expect(try await graph.send("GET", nobody, headers: eventual).status == 404)
  }

  @Test("A member that is there already is refused, and one that is not can't be removed")
  func twice() async throws {
    let id = try await graph.user("a")
    let group = try await graph.group("all", members: [id])
    let reply = try await graph.send(
      "POST", "/groups/\(group)/members/$ref", #"{"@odata.id":\#(link(id))}"#)
    #expect(reply.status == 400)
    #expect(reply.words.contains("already exist for the following modified properties: 'members'"))
    _ = try await graph.send("DELETE", "/groups/\(group)/members/\(id)/$ref")
    // Of who is none of its members Graph says that the group does not exist.
    let again = try await graph.send("DELETE", "/groups/\(group)/members/\(id)/$ref")
    #expect(again.status == 404)
    #expect(again.words.contains("'\(group)'"))
  }

  @Test("More than 20 members in one request are refused, and none of them is added")
  func tooMany() async throws {
    var ids: [String] = []
    for index in 0..<21 { ids.append(try await graph.user("u\(index)")) }
    let group = try await graph.group("all")
    let reply = try await graph.send(
      "PATCH", "/groups/\(group)",
      #"{"members@odata.bind":[\#(ids.map(link).joined(separator: ","))]}"#)
    #expect(reply.status == 400)
    #expect(try await graph.members(group) == [])
  }

  @Test("Members that are nowhere, or no links, are refused")
  func unknown() async throws {
    let group = try await graph.group("all")
    let nowhere = try await graph.send(
      "POST", "/groups/\(group)/members/$ref", #"{"@odata.id":\#(link("none"))}"#)
    #expect(nowhere.status == 404)
    let noLink = try await graph.send(
      "POST", "/groups/\(group)/members/$ref", #"{"@odata.id":"none"}"#)
    #expect(noLink.status == 400)
  }

  @Test("Members are given in pages of the size that is asked for")
  func pages() async throws {
    var ids: [String] = []
    for index in 0..<5 { ids.append(try await graph.user("u\(index)")) }
    let group = try await graph.group("all", members: ids)
    var target: String? = "/groups/\(group)/members?$select=id&$top=2"
    var sizes: [Int] = []
    while let next = target {
      let page = try await graph.get(next)
      sizes.append(page["value"]?.array?.count ?? 0)
      target = page["@odata.nextLink"]?.string
    }
    #expect(sizes == [2, 2, 1])
  }

  @Test("A manager is set, given and taken away")
  func manager() async throws {
    let (boss, ada) = try await (graph.user("boss"), graph.user("ada"))
    #expect(try await graph.send("GET", "/users/\(ada)/manager").status == 404)
    let set = try await graph.send(
      "PUT", "/users/\(ada)/manager/$ref", #"{"@odata.id":\#(link(boss))}"#)
    #expect(set.status == 204)
    #expect(try await graph.get("/users/\(ada)/manager")["displayName"] == "boss")
    let expanded = try await graph.get("/users/\(ada)?$expand=manager")
    #expect(expanded["manager"]?["id"] == .string(boss))
    #expect(try await graph.send("DELETE", "/users/\(ada)/manager/$ref").status == 204)
    #expect(try await graph.send("GET", "/users/\(ada)/manager").status == 404)
    let again = try await graph.send("DELETE", "/users/\(ada)/manager/$ref")
    #expect(again.status == 404)
    #expect(again.words.contains("'\(ada)'"))
  }

  @Test("A manager who is deleted is nobody's manager when the user comes back")
  func restoredWithoutManager() async throws {
    let (boss, ada) = try await (graph.user("boss"), graph.user("ada"))
    _ = try await graph.send(
      "PUT", "/users/\(ada)/manager/$ref", #"{"@odata.id":\#(link(boss))}"#)
    _ = try await graph.send("DELETE", "/users/\(ada)")
    _ = try await graph.send("DELETE", "/users/\(boss)")
    #expect(try await graph.send("POST", "/directory/deletedItems/\(ada)/restore").status == 200)
    #expect(try await graph.send("GET", "/users/\(ada)/manager").status == 404)
  }

  @Test("Members are cast to their kinds, by either name of the kind")
  func castMembers() async throws {
    let (ada, inner) = try await (graph.user("ada"), graph.group("inner"))
    let group = try await graph.group("all", members: [ada, inner])
    #expect(try await graph.names("/groups/\(group)/members/graph.user") == ["ada"])
    #expect(try await graph.names("/groups/\(group)/members/microsoft.graph.group") == ["inner"])
    #expect(try await graph.names("/groups/\(group)/members/graph.device") == [])
    let eventual = ["consistencylevel": "eventual"]
    let count = "/groups/\(group)/members/graph.user/$count"
    #expect(try await graph.send("GET", count, headers: eventual).body == 1)
    let boss = try await graph.user("boss")
    _ = try await graph.send("PUT", "/users/\(ada)/manager/$ref", #"{"@odata.id":\#(link(boss))}"#)
    #expect(try await graph.names("/users/\(boss)/directReports/graph.user") == ["ada"])
    #expect(try await graph.send("GET", "/groups/\(group)/members/graph.user/x").status == 400)
  }

  @Test("Lists of links tell their number, and their links alone")
  func numbers() async throws {
    let (ada, boss) = try await (graph.user("ada"), graph.user("boss"))
    let group = try await graph.group("all", members: [ada])
    _ = try await graph.send("PUT", "/users/\(ada)/manager/$ref", #"{"@odata.id":\#(link(boss))}"#)
    let eventual = ["consistencylevel": "eventual"]
    for list in ["/groups/\(group)/members", "/users/\(boss)/directReports"] {
      let number = try await graph.send("GET", list + "/$count", headers: eventual)
      #expect(number.body == 1 && number.contentType == "text/plain")
      #expect(try await graph.send("GET", list + "/$count").status == 400)
      let links = try await graph.get(list + "/$ref")["value"]
      #expect(links == [["@odata.id": .string("\(TestGraph.base)/directoryObjects/\(ada)")]])
    }
    let manager = try await graph.get("/users/\(ada)/manager/$ref")
    #expect(manager["@odata.id"]?.string == "\(TestGraph.base)/directoryObjects/\(boss)")
    #expect(try await graph.send("GET", "/users/\(ada)/manager/x").status == 400)
    #expect(try await graph.send("POST", "/users/\(ada)/memberOf/$ref").status == 405)
  }

  @Test("A device that is a member has its id and its kind, in the list and in the changes")
  func device() async throws {
    let urn = "urn:lockstep:params:scim:schemas:core:2.0:Device"
    let made = await graph.tenant.send(
      "POST", "/Devices", #"{"schemas":["\#(urn)"],"displayName":"pc"}"#)
    let id = try #require(made["id"]?.string)
    let group = try await graph.group("all", members: [id])
    let member = try await graph.get("/groups/\(group)/members")["value"]?.array?.first
    #expect(member?["id"]?.string == id && member?["displayName"] == "pc")
    #expect(member?["@odata.type"] == "#microsoft.graph.device")
    let changes = try await graph.get("/groups/delta")["value"]?.array?.first?["members@delta"]
    #expect(changes == [["@odata.type": "#microsoft.graph.device", "id": .string(id)]])
    #expect(try await graph.names("/devices") == ["pc"])
    #expect(try await graph.send("POST", "/devices", "{}").status == 405)
    #expect(try await graph.send("DELETE", "/devices/\(id)").status == 405)
  }
}
