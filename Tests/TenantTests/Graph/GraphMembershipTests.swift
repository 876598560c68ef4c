import JSON
import Testing

@testable import Tenant

@Suite("Memberships by way of other groups, and objects of any kind")
struct GraphMembershipTests {
  private let graph: TestGraph
  private let eventual = ["consistencylevel": "eventual"]
  private let ada: String
  /// Each a member of the next, and the last of the first.
  private let groups: [String]

  init() async throws {
    graph = try TestGraph(verifiedDomains: ["contoso.com", "contoso.onmicrosoft.com"])
    ada = try await graph.user("ada")
    var groups: [String] = []
    for index in 0..<3 {
      groups.append(
        try await graph.group("g\(index)", members: [groups.last ?? ada]))
    }
    self.groups = groups
    _ = try await graph.send(
      "POST", "/groups/\(groups[0])/members/$ref",
      #"{"@odata.id":"\#(TestGraph.base)/directoryObjects/\#(groups[2])"}"#)
  }

  private func ids(_ path: String, _ body: String) async throws -> [String]? {
    let reply = try await graph.send("POST", path, body)
    return reply["value"]?.array?.compactMap(\.string)
  }

  @Test("Members and groups are found as far as they go, even in a circle, each once")
  func transitive() async throws {
    #expect(try await graph.names("/users/\(ada)/memberOf") == ["g0"])
    #expect(try await graph.names("/users/\(ada)/transitiveMemberOf") == ["g0", "g1", "g2"])
    let path = "/groups/\(groups[1])/transitiveMembers"
    #expect(try await graph.names(path) == ["ada", "g0", "g2"])
    #expect(try await graph.names(path + "/microsoft.graph.user") == ["ada"])
    #expect(try await graph.send("GET", path + "/$count", headers: eventual).body == 3)
    let page = try await graph.get(path + "?$top=2")
    let next = try #require(page["@odata.nextLink"]?.string)
    #expect(page["value"]?.array?.count == 2)
    #expect(try await graph.names(next) == ["g2"])
    let cast = "/users/\(ada)/transitiveMemberOf/microsoft.graph.group?$count=true"
    #expect(try await graph.names(cast, headers: eventual) == ["g0", "g1", "g2"])
  }

  @Test("Whether an object is in a group is told for those that are asked about")
  func checks() async throws {
    let other = try await graph.group("other")
    let asked = "[\"\(groups[2].uppercased())\",\"\(other)\",\"\(groups[2])\",\"nowhere\"]"
    #expect(
      try await ids("/users/\(ada)/checkMemberGroups", "{\"groupIds\":\(asked)}") == [groups[2]])
    #expect(
      try await ids("/directoryObjects/\(ada)/checkMemberObjects", "{\"ids\":\(asked)}")
        == [groups[2]])
    let user = "/users/ada@contoso.com"
    #expect(
      try await ids(user + "/microsoft.graph.getMemberGroups", #"{"securityEnabledOnly":false}"#)
        == groups)
    #expect(
      try await ids("/groups/\(groups[0])/getMemberObjects", "{}") == Array(groups.dropFirst()))
    let many = (0..<21).map { "\"\($0)\"" }.joined(separator: ",")
    for body in ["{}", #"{"groupIds":[]}"#, #"{"groupIds":[1]}"#, "{\"groupIds\":[\(many)]}"] {
      #expect(try await graph.send("POST", user + "/checkMemberGroups", body).status == 400)
    }
    #expect(try await graph.send("GET", user + "/checkMemberGroups").status == 405)
    #expect(
      try await graph.send("POST", "/users/nobody/getMemberGroups", "{}").status == 404)
  }

  @Test("Groups that give no rights are left out where only those that do are wanted")
  func securityOnly() async throws {
    let made = try await graph.send(
      "POST", "/groups",
      #"{"displayName":"mail","mailEnabled":true,"mailNickname":"m","securityEnabled":false,"#
        + #""groupTypes":["Unified"],"members@odata.bind":["\#(TestGraph.base)/users/\#(ada)"]}"#)
    let mail = try #require(made["id"]?.string)
    let all = try await ids("/users/\(ada)/getMemberGroups", #"{"securityEnabledOnly":false}"#)
    #expect(all == groups + [mail])
    let some = try await ids("/users/\(ada)/getMemberGroups", #"{"securityEnabledOnly":true}"#)
    #expect(some == groups)
  }

  @Test("An object is found by its id alone, and so are several, by their kinds")
  func anyKind() async throws {
    let one = try await graph.get("/directoryObjects/\(ada)")
    #expect(one["displayName"] == "ada" && one["@odata.type"] == "#microsoft.graph.user")
    #expect(try await graph.names("/directoryObjects/\(ada)/memberOf") == ["g0"])
    #expect(try await graph.send("GET", "/directoryObjects/nowhere").status == 404)
    #expect(try await graph.send("GET", "/directoryObjects").status == 400)
    #expect(try await graph.send("DELETE", "/directoryObjects/\(ada)").status == 405)
    func found(_ types: String) async throws -> [String] {
      let asked = "[\"\(groups[0])\",\"nowhere\",\"\(ada)\"]"
      let reply = try await graph.send(
        "POST", "/directoryObjects/getByIds", "{\"ids\":\(asked)\(types)}")
      return (reply["value"]?.array ?? []).compactMap { $0["displayName"]?.string }
    }
    #expect(try await found("") == ["g0", "ada"])
    #expect(try await found(#","types":["user"]"#) == ["ada"])
    #expect(try await found(#","types":["group","User"]"#) == ["g0", "ada"])
    #expect(try await found(#","types":["device"]"#) == [])
    #expect(try await graph.send("POST", "/directoryObjects/getByIds", "{}").status == 400)
  }

  @Test("The tenant and its domains are found by id, and what is not asked for is left out")
  func tenant() async throws {
    let list = try await graph.get("/organization")["value"]?.array?.first
    let id = try #require(list?["id"]?.string)
    #expect(try await graph.get("/organization/\(id.uppercased())")["displayName"] == "Lockstep")
    #expect(try await graph.send("GET", "/organization/nowhere").status == 404)
    let chosen = try await graph.get("/organization?$select=displayname,assignedPlans,street")
    #expect(
      chosen["value"]?.array?.first
        == ["id": .string(id), "displayName": "Lockstep", "assignedPlans": [], "street": .null])
    for wrong in ["$filter=x", "$select=shoeSize", "$expand=extensions"] {
      #expect(try await graph.send("GET", "/organization?\(wrong)").status == 400)
    }
    let domains = try await graph.get("/domains?$select=id,isDefault")["value"]
    #expect(
      domains == [
        ["id": "contoso.com", "isDefault": true],
        ["id": "contoso.onmicrosoft.com", "isDefault": false],
      ])
    #expect(try await graph.get("/domains/Contoso.com")["isVerified"] == true)
    #expect(try await graph.send("GET", "/domains/other.com").status == 404)
    #expect(try await graph.send("POST", "/domains", "{}").status == 405)
  }
}
