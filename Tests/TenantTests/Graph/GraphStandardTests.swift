import JSON
import Testing

@testable import Tenant

@Suite("What Graph has of everybody, and what it says of itself")
struct GraphStandardTests {
  private let graph: TestGraph

  init() throws { graph = try TestGraph() }

  @Test("Who came by SCIM with no more than a name is an enabled member, to filters too")
  func standards() async throws {
    let id = try await graph.tenant.user("ada@contoso.com", #","displayName":"ada""#)
    let user = try await graph.get("/users/\(id)?$select=userType,accountEnabled")
    #expect(user["userType"] == "Member" && user["accountEnabled"] == true)
    let filter = Percent.encode("userType eq 'Member' and accountEnabled eq true")
    #expect(try await graph.names("/users?$filter=\(filter)") == ["ada"])
    _ = try await graph.send(
      "PATCH", "/users/\(id)", #"{"userType":"Guest","accountEnabled":false}"#)
    #expect(try await graph.names("/users?$filter=\(filter)") == [])
    #expect(await graph.tenant.get("/Users/\(id)")["userType"] == "Guest")
  }

  @Test("What SCIM writes of where data is kept, Graph shows, and the other way round")
  func dataLocation() async throws {
    for (list, kind) in [("users", "User"), ("groups", "Group")] {
      let id = try await list == "users" ? graph.user("ada") : graph.group("staff")
      let change = try await graph.send(
        "PATCH", "/\(list)/\(id)", #"{"preferredDataLocation":"EUR"}"#)
      #expect(change.status == 204)
      let shown = try await graph.get("/\(list)/\(id)?$select=preferredDataLocation")
      #expect(shown["preferredDataLocation"] == "EUR")
      let urn = "urn:lockstep:params:scim:schemas:extension:entra:2.0:\(kind)"
      let resource = await graph.tenant.get("/\(kind)s/\(id)")
      #expect(resource[urn]?["preferredDataLocation"] == "EUR")
    }
  }

  @Test("An address is the primary one, and none shows in its place once it is taken away")
  func mail() async throws {
    let id = try await graph.tenant.user(
      "ada@contoso.com",
      #","emails":[{"value":"a@x.org","type":"work"},{"value":"b@x.org","type":"work","primary":true},"#
        + #"{"value":"c@x.org","type":"home"}]"#)
    #expect(try await graph.get("/users/\(id)")["mail"] == "b@x.org")
    _ = try await graph.send("PATCH", "/users/\(id)", #"{"mail":"d@x.org"}"#)
    let emails = await graph.tenant.get("/Users/\(id)")["emails"]?.array ?? []
    #expect(emails.compactMap { $0["value"]?.string } == ["a@x.org", "d@x.org", "c@x.org"])
    _ = try await graph.send("PATCH", "/users/\(id)", #"{"mail":null}"#)
    #expect(try await graph.get("/users/\(id)").written("mail") == .null)
    let left = await graph.tenant.get("/Users/\(id)")["emails"]?.array ?? []
    #expect(left.compactMap { $0["value"]?.string } == ["c@x.org"])
  }

  @Test("A part of an address goes from all of its kind, and leaves the other parts")
  func city() async throws {
    let id = try await graph.tenant.user(
      "ada@contoso.com",
      #","addresses":[{"type":"work","locality":"Cork","country":"IE"},{"type":"work","locality":"Bonn"}]"#
    )
    _ = try await graph.send("PATCH", "/users/\(id)", #"{"city":null}"#)
    let user = try await graph.get("/users/\(id)?$select=city,country")
    #expect(user.written("city") == .null && user["country"] == "IE")
    #expect(await graph.tenant.get("/Users/\(id)")["addresses"]?.array?.count == 1)
  }

  @Test("A password is needed for a new user, and not to have it changed at the next sign-in")
  func passwordProfile() async throws {
    let id = try await graph.user("ada")
    let next = #"{"passwordProfile":{"forceChangePasswordNextSignIn":true}}"#
    #expect(try await graph.send("PATCH", "/users/\(id)", next).status == 204)
    for profile in [#"{"password":"short"}"#, "null", #"{"password":7}"#] {
      let body = "{\"passwordProfile\":\(profile)}"
      #expect(try await graph.send("PATCH", "/users/\(id)", body).status == 400)
    }
    let bare = TestGraph.user("bob").replacing(
      #"{"password":"xWwvJ]6NMw+bWH-d"}"#, with: #"{"forceChangePasswordNextSignIn":true}"#)
    #expect(try await graph.send("POST", "/users", bare).detailCode == "InvalidPassword")
  }

  @Test(
    "What Graph knows and is not kept here is empty, and can't be written",
    arguments: [
      ("users", "imAddresses", "[]"), ("users", "assignedLicenses", "[]"),
      ("users", "identities", "[]"), ("users", "employeeHireDate", "null"),
      ("users", "signInSessionsValidFromDateTime", "null"), ("users", "ageGroup", "null"),
      ("users", "employeeOrgData", "null"), ("users", "isResourceAccount", "null"),
      ("groups", "assignedLabels", "[]"), ("groups", "membershipRule", "null"),
      ("groups", "resourceProvisioningOptions", "[]"),
    ])
  func unkept(_ list: String, _ name: String, _ value: String) async throws {
    let id = try await list == "users" ? graph.user("ada") : graph.group("ada")
    let shown = try await graph.get("/\(list)/\(id)?$select=\(name)")
    #expect(try shown.written(name) == json(value))
    let reply = try await graph.send("PATCH", "/\(list)/\(id)", "{\"\(name)\":\"x\"}")
    #expect(reply.detailCode == "ReadOnlyProperty" && reply.target == name)
  }

  @Test("A group to which roles may be given is made so, and stays so")
  func roles() async throws {
    let made = try await graph.send(
      "POST", "/groups", TestGraph.group("all", #","isAssignableToRole":true"#))
    let id = try #require(made["id"]?.string)
    #expect(
      try await graph.get("/groups/\(id)?$select=isAssignableToRole")["isAssignableToRole"] == true)
    let changed = try await graph.send("PATCH", "/groups/\(id)", #"{"isAssignableToRole":false}"#)
    #expect(changed.status == 400)
  }

  @Test("A refusal names Graph's property, not SCIM's attribute")
  func words() async throws {
    let error = GraphError(.invalidValue("userName", "is wrong."), type: .user)
    #expect(error.message == "Property 'userPrincipalName': is wrong.")
    #expect(error.details.map(\.target) == ["userPrincipalName"])
    let other = GraphError(SCIMError(400, nil, "Something 'else' is wrong."), type: .user)
    #expect(other.message == "Something 'else' is wrong.")
    let urn = ResourceType.enterpriseUser.id
    let department = GraphError(.invalidValue(urn + ":department", "is wrong."), type: .user)
    #expect(department.message == "Property 'department': is wrong.")
  }

  @Test("Every answer has a number, and gives back the client's own")
  func numbers() async throws {
    let tenant = try await RunningTenant()
    let mine = "11111111-1111-1111-1111-111111111111"
    let json = ["Content-Type": "application/json"]
    for (path, status) in [("/v1.0/users", 200), ("/v1.0/users/nobody", 404)] {
      let answer = try await tenant.send("GET", path, headers: ["client-request-id": mine])
      #expect(answer.status == status)
      #expect(answer.header("client-request-id") == mine)
      let number = try #require(answer.header("request-id"))
      #expect(number.count == 36 && number != mine)
      guard status == 404 else { continue }
      let inner = answer.json?["error"]?["innerError"]
      #expect(inner?["client-request-id"]?.string == mine && inner?["request-id"]?.string == number)
    }
    let made = try await tenant.send("POST", "/v1.0/users", TestGraph.user("ada"), headers: json)
    #expect(made.header("request-id") == made.header("client-request-id"))
    let none = try await tenant.send(
      "GET", "/v1.0/users", headers: ["Authorization": "Bearer x", "client-request-id": mine])
    #expect(none.status == 401 && none.header("client-request-id") == mine)
    await tenant.server.stop()
  }

  @Test("A body that is packed is refused in words, by either face")
  func packed() async throws {
    let tenant = try await RunningTenant()
    let graph = try await tenant.send(
      "POST", "/v1.0/users", TestGraph.user("ada"),
      headers: ["Content-Type": "application/json", "Content-Encoding": "gzip"])
    #expect(graph.status == 415)
    #expect(graph.json?["error"]?["message"]?.string?.contains("gzip") == true)
    #expect(graph.header("Accept-Encoding") == "identity")
    let scim = try await tenant.send(
      "POST", "/scim/v2/Users", "x", headers: ["Content-Encoding": "br"])
    #expect(scim.status == 415 && scim.json?["detail"]?.string?.contains("br") == true)
    let plain = try await tenant.send(
      "POST", "/v1.0/users", TestGraph.user("ada"),
      headers: ["Content-Type": "application/json", "Content-Encoding": "identity"])
    #expect(plain.status == 201)
    #expect(try await tenant.count() == 1)
    await tenant.server.stop()
  }
}
