import JSON
import Testing

@testable import Tenant

/// One store, two faces: what is written by one is read by the other.
@Suite("Graph and SCIM show the same")
struct TwoFacesTests {
  private let graph: TestGraph
  private var tenant: TestTenant { graph.tenant }

  init() throws { graph = try TestGraph() }

  /// A property of Graph's users, and where SCIM has it.
  private static let places: [(property: String, path: String)] = [
    ("jobTitle", "title"), ("displayName", "displayName"), ("givenName", "name.givenName"),
    ("surname", "name.familyName"), ("preferredLanguage", "preferredLanguage"),
    ("department", TestTenant.enterpriseURN + ":department"),
    ("employeeId", TestTenant.enterpriseURN + ":employeeNumber"),
    ("companyName", TestTenant.enterpriseURN + ":organization"),
    ("city", #"addresses[type eq "work"].locality"#),
    ("postalCode", #"addresses[type eq "work"].postalCode"#),
    ("mobilePhone", #"phoneNumbers[type eq "mobile"].value"#),
    ("onPremisesImmutableId", TestTenant.onPremisesURN + ":immutableId"),
  ]

  /// A filter that finds whoever has `value` at the path.
  private static func filter(_ path: String, _ value: String) -> String {
    guard let bracket = path.firstIndex(of: "]"), case let head = path[..<bracket] else {
      return #"\#(path) eq "\#(value)""#
    }
    let part = path[bracket...].dropFirst(2)
    return #"\#(head) and \#(part) eq "\#(value)"]"#
  }

  @Test("What Graph is given SCIM finds", arguments: places)
  func byGraph(_ property: String, _ path: String) async throws {
    let id = try await graph.user("ada")
    let reply = try await graph.send("PATCH", "/users/\(id)", #"{"\#(property)":"Value 1"}"#)
    #expect(reply.status == 204, "\(reply.words)")
    let found = await tenant.find("Users", Self.filter(path, "Value 1"))["Resources"]?.array
    #expect(found?.map { $0["id"]?.string } == [id])
  }

  @Test("What SCIM is given Graph shows, and what SCIM takes away is null", arguments: places)
  func bySCIM(_ property: String, _ path: String) async throws {
    let id = try await graph.user("ada")
    let escaped = path.replacing("\"", with: "\\\"")
    let added = await tenant.patch(
      "/Users/\(id)", #"{"op":"add","path":"\#(escaped)","value":"Value 2"}"#)
    #expect(added.status == 200, "\(added.detail)")
    func shown() async throws -> JSONValue? {
      try await graph.get("/users/\(id)?$select=\(property)").written(property)
    }
    #expect(try await shown() == "Value 2")
    _ = await tenant.patch("/Users/\(id)", #"{"op":"remove","path":"\#(escaped)"}"#)
    #expect(try await shown() == .null)
  }

  @Test("Members and managers are the same, whoever sets them")
  func links() async throws {
    let (a, b) = try await (graph.user("a"), graph.user("b"))
    let group = try await graph.group("all", members: [a])
    #expect(await tenant.members(group) == [a])
    _ = await tenant.patch(
      "/Groups/\(group)", #"{"op":"add","path":"members","value":[{"value":"\#(b)"}]}"#)
    #expect(try await graph.members(group) == [a, b])
    let path = TestTenant.enterpriseURN + ":manager"
    _ = await tenant.patch(
      "/Users/\(a)", #"{"op":"add","path":"\#(path)","value":{"value":"\#(b)"}}"#)
    #expect(try await graph.get("/users/\(a)/manager")["id"] == .string(b))
    _ = try await graph.send("DELETE", "/users/\(a)/manager/$ref")
    #expect(await tenant.names("Users", "\(path) pr") == [])
  }

  @Test("Who SCIM deletes can be restored by Graph, and is told as removed")
  func deleted() async throws {
    let id = try await graph.user("ada")
    let link = try #require(try await graph.get("/users/delta")["@odata.deltaLink"]?.string)
    #expect(await tenant.send("DELETE", "/Users/\(id)").status == 204)
    #expect(try await graph.get(link)["value"]?.array?.first?["@removed"] != nil)
    #expect(try await graph.send("POST", "/directory/deletedItems/\(id)/restore").status == 200)
    #expect(await tenant.names("Users", "userName pr") == ["ada@contoso.com"])
  }

  @Test("A name that one face gave is taken for the other")
  func taken() async throws {
    try await tenant.user("ada@contoso.com")
    #expect(
      try await graph.send("POST", "/users", TestGraph.user("Ada")).target == "userPrincipalName")
    try await graph.user("bob")
    let body = #"{"schemas":["\#(TestTenant.userURN)"],"userName":"BOB@contoso.com"}"#
    #expect(await tenant.send("POST", "/Users", body).status == 409)
  }
}
