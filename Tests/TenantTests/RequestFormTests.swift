import JSON
import Testing

@testable import Tenant

/// Forms of requests that RFC 7644 leaves to the client.
@Suite("Forms of requests")
struct RequestFormTests {
  @Test(
    "HEAD is answered as GET is", arguments: ["/Users", "/Users/ID", "/Schemas", "/Users/none"])
  func head(_ path: String) async throws {
    let tenant = try TestTenant()
    let id = try await tenant.user("a@example.com")
    let path = path.replacing("ID", with: id)
    let (head, get) = await (tenant.send("HEAD", path), tenant.send("GET", path))
    #expect(head.status == get.status && head.headers == get.headers && head.body == get.body)
    #expect(get.status == (path.hasSuffix("none") ? 404 : 200))
  }

  @Test(
    "An answer is of SCIM's type unless the client wants plain JSON only",
    arguments: [
      (nil, "application/scim+json"), ("", "application/scim+json"),
      ("application/json", "application/json"),
      ("Application/JSON; charset=utf-8, text/plain", "application/json"),
      ("application/json, application/scim+json", "application/scim+json"),
      ("application/json, text/plain, */*", "application/scim+json"),
      ("application/json;q=0.5, application/*", "application/scim+json"),
      ("text/html", "application/scim+json"),
    ] as [(String?, String)])
  func accepted(_ header: String?, _ type: String) {
    #expect(SCIMHandler.contentType(accepted: header) == type)
  }

  @Test("The type that a client accepts is that of resources and of errors")
  func answered() async throws {
    let tenant = try await RunningTenant()
    for (path, status) in [("/scim/v2/Users", 200), ("/scim/v2/Users/none", 404)] {
      let plain = try await tenant.send("GET", path, headers: ["Accept": "application/json"])
      #expect(plain.status == status && plain.header("Content-Type") == "application/json")
      let own = try await tenant.send("GET", path, headers: ["Accept": "application/scim+json"])
      #expect(own.header("Content-Type") == "application/scim+json")
    }
    await tenant.server.stop()
  }

  @Test("The names in a search may be in any case, and what is null was not given")
  func search() async throws {
    let tenant = try TestTenant()
    for name in ["a", "b", "c"] { try await tenant.user("\(name)@example.com") }
    let urn = ListParameters.searchSchema
    let reply = await tenant.send(
      "POST", "/Users/.search",
      #"""
      {"SCHEMAS":["\#(urn.uppercased())"],"COUNT":1,"StartIndex":2,"sortby":"userName",
       "SORTORDER":"descending","Attributes":["userName"],"filter":null,"cursor":null}
      """#)
    #expect(reply["totalResults"] == 3 && reply["startIndex"] == 2, "\(reply.detail)")
    let found = reply["Resources"]?.array ?? []
    #expect(found.map { $0["userName"] } == ["b@example.com"])
    for body in [#"{"count":1}"#, #"{"schemas":null}"#, #"{"schemas":["\#(urn)"],"sort":"x"}"#] {
      let refused = await tenant.send("POST", "/Users/.search", body)
      #expect(refused.status == 400 && refused.kind == "invalidSyntax", "\(body)")
    }
  }

  @Test("A Bulk names its schema in any case")
  func bulk() async throws {
    let reply = try await TestTenant().send(
      "POST", "/Bulk", #"{"schemas":["\#(TestTenant.bulkURN.uppercased())"],"Operations":[]}"#)
    #expect(reply.status == 200 && reply["Operations"] == [])
  }
}
