import JSON
import Testing

@testable import Tenant

@Suite("Lists by Graph")
struct GraphListTests {
  let graph: TestGraph
  private let eventual = ["consistencylevel": "eventual"]

  init() async throws {
    graph = try TestGraph()
    try await graph.user("ada", #","department":"Engines","onPremisesImmutableId":"AAEC""#)
    try await graph.user("bob", #","department":"Engines""#)
    _ = try await graph.send(
      "POST", "/users",
      TestGraph.user("oneil", #","city":"Cork""#)
        .replacing(#""displayName":"oneil""#, with: #""displayName":"o'neil""#))
  }

  @Test(
    "Filters in the usual forms find whom they describe",
    arguments: [
      ("displayName eq 'ada'", ["ada"]), ("displayName eq 'ADA'", ["ada"]),
      ("startswith(displayName,'b')", ["bob"]), ("department eq 'Engines'", ["ada", "bob"]),
      ("department eq 'Engines' and not(displayName eq 'ada')", ["bob"]),
      ("displayName in ('ada', 'bob')", ["ada", "bob"]),
      ("displayName eq 'ada' or city eq 'Cork'", ["ada", "o'neil"]),
      ("displayName eq 'o''neil'", ["o'neil"]), ("onPremisesImmutableId eq 'AAEC'", ["ada"]),
      ("userPrincipalName eq 'bob@contoso.com'", ["bob"]), ("city eq null", ["ada", "bob"]),
      ("accountEnabled eq true", ["ada", "bob", "o'neil"]),
      ("createdDateTime ge 2020-01-01T00:00:00Z and displayName ne 'bob'", ["ada", "o'neil"]),
    ])
  func filters(_ filter: String, _ names: [String]) async throws {
    let target = "/users?$count=true&$filter=" + Percent.encode(filter)
    #expect(try await graph.names(target, headers: eventual) == names)
  }

  @Test("Addresses are looked for in their list")
  func any() async throws {
    _ = try await graph.tenant.user(
      "eve@contoso.com",
      #","displayName":"eve","\#(TestTenant.onPremisesURN)":{"proxyAddresses":["SMTP:eve@contoso.com"]}"#
    )
    let filter = Percent.encode("proxyAddresses/any(p:p eq 'smtp:eve@contoso.com')")
    #expect(try await graph.names("/users?$filter=\(filter)") == ["eve"])
  }

  @Test(
    "A filter that makes no sense is refused",
    arguments: [
      "displayName", "displayName eq", "shoeSize eq 'x'", "displayName eq 'x", "(",
      "displayName eq 'a' b",
    ])
  func broken(_ filter: String) async throws {
    let reply = try await graph.send("GET", "/users?$filter=" + Percent.encode(filter))
    #expect(reply.status == 400)
  }

  @Test("An advanced filter needs the header and the count, as Graph has it")
  func advanced() async throws {
    let target = "/users?$filter=" + Percent.encode("displayName ne 'bob'")
    #expect(try await graph.send("GET", target).code == "Request_UnsupportedQuery")
    #expect(try await graph.send("GET", target, headers: eventual).status == 400)
    #expect(try await graph.send("GET", target + "&$count=true", headers: eventual).status == 200)
  }

  @Test("Pages follow each other by links, and no object comes twice")
  func pages() async throws {
    let first = try await graph.get("/users?$top=2&$select=displayName")
    let next = try #require(first["@odata.nextLink"]?.string)
    #expect(next.hasPrefix(TestGraph.base + "/users?"))
    #expect(first["value"]?.array?.count == 2)
    #expect(try await graph.names(next) == ["o'neil"])
    #expect(try await graph.get(next)["@odata.nextLink"] == nil)
  }

  @Test("A page has 1 to 999 objects", arguments: ["0", "1000", "x", "-1"])
  func top(_ top: String) async throws {
    #expect(try await graph.send("GET", "/users?$top=\(top)").code == "Request_UnsupportedQuery")
  }

  @Test("The number is told to those who take it a little late")
  func count() async throws {
    #expect(try await graph.send("GET", "/users/$count").status == 400)
    #expect(try await graph.send("GET", "/users/$count", headers: eventual).body == 3)
    let reply = try await graph.send("GET", "/users?$count=true&$top=1", headers: eventual)
    #expect(reply["@odata.count"] == 3)
  }
}
