import JSON
import Testing

@testable import Tenant

@Suite("Owners of groups by Graph")
struct GraphOwnerTests {
  private let graph: TestGraph

  init() throws { graph = try TestGraph() }

  private func link(_ id: String) -> String { #""\#(TestGraph.base)/users/\#(id)""# }

  private func owners(_ group: String) async throws -> [String] {
    try await graph.names("/groups/\(group)/owners")
  }

  private func add(_ owner: String, to group: String) async throws -> Reply {
    try await graph.send(
      "POST", "/groups/\(group)/owners/$ref", #"{"@odata.id":\#(link(owner))}"#)
  }

  @Test("Owners come with the group, by a change and by a link, and go one by one, but the last")
  func owned() async throws {
    let ids = try await [graph.user("a"), graph.user("b"), graph.user("c")]
    let made = try await graph.send(
      "POST", "/groups", TestGraph.group("all", #","owners@odata.bind":[\#(link(ids[0]))]"#))
    let group = try #require(made["id"]?.string)
    #expect(try await owners(group) == ["a"])
    #expect(try await add(ids[1], to: group).status == 204)
    let bound = try await graph.send(
      "PATCH", "/groups/\(group)", #"{"owners@odata.bind":[\#(link(ids[2]))]}"#)
    #expect(bound.status == 204)
    #expect(try await owners(group) == ["a", "b", "c"])
    #expect(try await graph.members(group) == [])
    #expect(try await graph.names("/users/\(ids[1])/ownedObjects") == ["all"])
    for id in ids.prefix(2) {
      #expect(try await graph.send("DELETE", "/groups/\(group)/owners/\(id)/$ref").status == 204)
    }
    let last = try await graph.send("DELETE", "/groups/\(group)/owners/\(ids[2])/$ref")
    #expect(last.status == 400 && last.words.contains("at least one owner"))
    #expect(try await owners(group) == ["c"])
  }

  @Test("Who is nobody, no user, or an owner already makes no owner, and no group")
  func refused() async throws {
    let (ada, other) = try await (graph.user("ada"), graph.group("other"))
    let made = try await graph.send(
      "POST", "/groups",
      TestGraph.group("all", #","owners@odata.bind":[\#(link(ada)),\#(link("nobody"))]"#))
    #expect(made.status == 404)
    #expect(try await graph.names("/groups") == ["other"])
    #expect(try await add(other, to: other).status == 404)
    #expect(try await add(ada, to: other).status == 204)
    let twice = try await add(ada, to: other)
    #expect(twice.status == 400 && twice.words.contains("'owners'"))
    #expect(try await graph.send("DELETE", "/groups/\(other)/owners/nobody/$ref").status == 404)
    #expect(try await add(ada, to: "nowhere").status == 404)
  }

  @Test("An owner is kept apart from SCIM, and comes back with the group")
  func restored() async throws {
    let ada = try await graph.user("ada")
    let group = try await graph.group("all")
    _ = try await add(ada, to: group)
    #expect(await graph.tenant.members(group) == [])
    _ = try await graph.send("DELETE", "/groups/\(group)")
    #expect(try await graph.names("/users/\(ada)/ownedObjects") == [])
    _ = try await graph.send("POST", "/directory/deletedItems/\(group)/restore")
    #expect(try await owners(group) == ["ada"])
    _ = try await graph.send("DELETE", "/users/\(ada)")
    #expect(try await owners(group) == [])
  }

  @Test("20 links come with a group, members and owners together")
  func tooMany() async throws {
    var ids: [String] = []
    for index in 0..<21 { ids.append(link(try await graph.user("u\(index)"))) }
    func made(_ name: String, _ owners: Int) async throws -> Int {
      let (some, rest) = (ids.prefix(owners), ids.dropFirst(owners))
      let bound =
        #","owners@odata.bind":[\#(some.joined(separator: ","))],"#
        + #""members@odata.bind":[\#(rest.prefix(10).joined(separator: ","))]"#
      return try await graph.send("POST", "/groups", TestGraph.group(name, bound)).status
    }
    #expect(try await made("few", 10) == 201)
    #expect(try await made("many", 11) == 400)
  }
}
