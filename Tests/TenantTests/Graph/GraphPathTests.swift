import JSON
import Testing

@testable import Tenant

/// Paths and names in the forms that clients give them, the SDKs of Microsoft among them.
@Suite("Paths and names of Graph in every form")
struct GraphPathTests {
  private static let id = "0f8fad5b-d9cb-469f-a165-70867728950e"

  @Test(
    "A path is routed in one form",
    arguments: [
      ("USERS", ["users"]), ("Users/Delta()", ["users", "delta"]),
      ("users/microsoft.graph.delta()", ["users", "delta"]),
      ("users/graph.delta", ["users", "delta"]),
      ("users('\(id)')/MemberOf", ["users", id, "memberOf"]),
      ("users('o''neil@contoso.com')", ["users", "o'neil@contoso.com"]),
      ("Groups/\(id.uppercased())/Members/$COUNT", ["groups", id, "members", "$count"]),
      ("groups/g/members/graph.User", ["groups", "g", "members", "microsoft.graph.user"]),
      (
        "directory/deleteditems/Microsoft.Graph.OrgContact",
        ["directory", "deletedItems", "microsoft.graph.orgContact"]
      ),
      (
        "directory/deletedItems/x/microsoft.graph.restore",
        ["directory", "deletedItems", "x", "restore"]
      ),
      ("users/Ada@contoso.com", ["users", "Ada@contoso.com"]),
      ("users/delta(x", ["users", "delta(x"]), ("users/(x)", ["users", "(x)"]),
      ("users/graph.nothing", ["users", "graph.nothing"]),
      (
        "users/0F8FAD5B-D9CB-469F-A165-70867728950G",
        ["users", "0F8FAD5B-D9CB-469F-A165-70867728950G"]
      ),
    ])
  func normalised(_ path: String, _ parts: [String]) {
    #expect(GraphPath.normalised(path.split(separator: "/").map(String.init)) == parts)
  }

  @Test("The changes of a type are found under each of their names")
  func delta() async throws {
    let graph = try TestGraph()
    try await graph.user("ada")
    for name in ["delta", "delta()", "microsoft.graph.delta", "microsoft.graph.delta()"] {
      let page = try await graph.get("/users/\(name)")
      #expect(page["value"]?.array?.count == 1)
      let link = try #require(page["@odata.deltaLink"]?.string)
      let next = link.replacing("$deltatoken", with: "$deltaToken")
      #expect(try await graph.get(next)["value"] == [])
    }
  }

  @Test("Ids, options and names of properties know no case in a query")
  func anyCase() async throws {
    let graph = try TestGraph()
    let id = try await graph.user("ada", #","department":"Engines""#)
    let group = try await graph.group("all")
    #expect(try await graph.get("/Users/\(id.uppercased())")["displayName"] == "ada")
    #expect(try await graph.names("/users?$TOP=1&$Select=ID,displayname") == ["ada"])
    let filter = Percent.encode("DEPARTMENT eq 'Engines' and Id eq '\(id.uppercased())'")
    #expect(try await graph.names("/users?$Filter=\(filter)") == ["ada"])
    let link = #"{"@odata.id":"\#(TestGraph.base)/directoryObjects('\#(id.uppercased())')"}"#
    #expect(try await graph.send("POST", "/groups/\(group)/members/$ref", link).status == 204)
    #expect(try await graph.members(group) == [id])
  }

  @Test("A property that is chosen twice is given once, blanks or not")
  func chosenTwice() async throws {
    let graph = try TestGraph()
    try await graph.user("ada")
    let chosen = Percent.encode("displayName, mail ,DisplayName,id")
    let user = try await graph.get("/users?$select=\(chosen)")["value"]?.array?.first?.object
    #expect(user?.members.map(\.name) == ["id", "displayName", "mail"])
    #expect(try await graph.send("GET", "/users?$select=shoeSize").status == 400)
  }

  @Test("In a body a name is as Graph spells it")
  func bodies() async throws {
    let graph = try TestGraph()
    let id = try await graph.user("ada")
    let reply = try await graph.send("PATCH", "/users/\(id)", #"{"jobtitle":"x"}"#)
    #expect(reply.detailCode == "UnknownProperty")
    let part = #"{"onPremisesExtensionAttributes/extensionAttribute1":"x"}"#
    #expect(try await graph.send("PATCH", "/users/\(id)", part).status == 400)
  }

  @Test("A part of the extension attributes is found, in any case")
  func extensionAttribute() async throws {
    let graph = try TestGraph()
    try await graph.user(
      "ada", #","onPremisesExtensionAttributes":{"extensionAttribute7":"seven"}"#)
    try await graph.user("bob")
    for name in ["extensionAttribute7", "ExtensionATTRIBUTE7"] {
      let filter = Percent.encode("onPremisesExtensionAttributes/\(name) eq 'seven'")
      #expect(try await graph.names("/users?$filter=\(filter)") == ["ada"])
    }
    let none = Percent.encode("onPremisesExtensionAttributes/extensionAttribute16 eq 'x'")
    #expect(try await graph.send("GET", "/users?$filter=\(none)").status == 400)
  }
}
