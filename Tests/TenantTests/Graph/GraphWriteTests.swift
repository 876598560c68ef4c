import GRDB
import JSON
import Testing

@testable import Tenant

/// What is taken and refused, by the resource types user and group of Graph v1.0.
@Suite("Changes of objects by Graph")
struct GraphWriteTests {
  private let graph: TestGraph

  init() throws { graph = try TestGraph() }

  private func patched(_ type: String, _ id: String, _ change: String) async throws -> Reply {
    try await graph.send("PATCH", "/\(type)/\(id)", change)
  }

  @Test(
    "A change that is refused changes nothing at all",
    arguments: [
      #"{"jobTitle":"New","accountEnabled":"no"}"#, #"{"jobTitle":"New","id":"x"}"#,
      #"{"jobTitle":"New","createdDateTime":"2020-01-01T00:00:00Z"}"#,
      #"{"jobTitle":"New","userPrincipalName":"bob@contoso.com"}"#,
      #"{"jobTitle":"New","displayName":null}"#, #"{"jobTitle":"New","mailNickname":""}"#,
      #"{"jobTitle":"New","businessPhones":null,"shoeSize":5}"#,
    ])
  func atomic(_ change: String) async throws {
    try await graph.user("bob")
    let id = try await graph.user("ada", #","jobTitle":"Old","businessPhones":["1"]"#)
    let before = await graph.tenant.get("/Users/\(id)")
    #expect(try await patched("users", id, change).status == 400)
    #expect(await graph.tenant.get("/Users/\(id)") == before)
  }

  @Test(
    "A text has as many characters as Graph says, and not one more",
    arguments: [
      ("jobTitle", 128), ("department", 64), ("companyName", 64), ("employeeId", 16),
      ("givenName", 64), ("surname", 64), ("streetAddress", 1024), ("city", 128),
      ("postalCode", 40), ("officeLocation", 128), ("displayName", 256),
    ])
  func lengths(_ property: String, _ limit: Int) async throws {
    let id = try await graph.user("ada")
    func set(_ count: Int) async throws -> Reply {
      try await patched(
        "users", id, #"{"\#(property)":"\#(String(repeating: "x", count: count))"}"#)
    }
    #expect(try await set(limit).status == 204)
    let over = try await set(limit + 1)
    #expect(over.status == 400 && over.target == property)
    let kept = try await graph.get("/users/\(id)?$select=\(property)")[property]?.string
    #expect(kept?.count == limit)
  }

  @Test(
    "What a group is at its creation it stays",
    arguments: [
      #"{"groupTypes":["Unified"]}"#, #"{"mailEnabled":true}"#,
      #"{"visibility":"HiddenMembership"}"#,
    ])
  func fixed(_ change: String) async throws {
    let id = try await graph.group("all")
    #expect(try await patched("groups", id, change).status == 400)
  }

  @Test("A unified group that was not made with a hidden membership does not get one")
  func hiddenLater() async throws {
    let body = TestGraph.group("all", #","groupTypes":["Unified"],"visibility":"Private""#)
    let id = try #require(try await graph.send("POST", "/groups", body)["id"]?.string)
    #expect(try await patched("groups", id, #"{"visibility":"Public"}"#).status == 204)
    #expect(try await patched("groups", id, #"{"visibility":"HiddenMembership"}"#).status == 400)
  }

  @Test(
    "A group is not created without what every group has",
    arguments: ["displayName", "mailEnabled", "mailNickname", "securityEnabled"])
  func required(_ name: String) async throws {
    var body = try object(TestGraph.group("all"))
    body[name] = nil
    let reply = try await graph.send("POST", "/groups", JSONValue.object(body).text)
    #expect(reply.status == 400 && reply.target == name)
  }

  @Test("A creation with a member who is nobody makes no group")
  func memberWhoIsNobody() async throws {
    let link = #"["\#(TestGraph.base)/directoryObjects/none"]"#
    let body = TestGraph.group("all", #","members@odata.bind":\#(link)"#)
    let reply = try await graph.send("POST", "/groups", body)
    #expect([400, 404].contains(reply.status))
    #expect(try await graph.names("/groups") == [])
  }

  @Test("Numbered attributes change one by one, and null takes one away")
  func numbered() async throws {
    let id = try await graph.user(
      "ada",
      #","onPremisesExtensionAttributes":{"extensionAttribute1":"a","extensionAttribute15":"z"}"#)
    let change =
      #"{"onPremisesExtensionAttributes":{"extensionAttribute1":null,"extensionAttribute2":"b"}}"#
    #expect(try await patched("users", id, change).status == 204)
    let all = try await graph.get("/users/\(id)?$select=onPremisesExtensionAttributes")
    let object = all["onPremisesExtensionAttributes"]?.object
    #expect(object?.written("extensionAttribute1") == .null)
    #expect(object?["extensionAttribute2"] == "b" && object?["extensionAttribute15"] == "z")
  }

  @Test("A list is given whole: what is not in the new one is gone")
  func lists() async throws {
    let id = try await graph.user("ada", #","otherMails":["a@x.org","b@x.org"]"#)
    #expect(try await patched("users", id, #"{"otherMails":["b@x.org","c@x.org"]}"#).status == 204)
    let mails = try await graph.get("/users/\(id)?$select=otherMails")["otherMails"]
    #expect(mails == ["b@x.org", "c@x.org"])
    #expect(try await patched("users", id, #"{"otherMails":[]}"#).status == 204)
    #expect(try await graph.get("/users/\(id)?$select=otherMails")["otherMails"] == [])
  }

  @Test("One property of an address goes without the others")
  func parts() async throws {
    let id = try await graph.user("ada", #","city":"Cork","country":"Ireland""#)
    #expect(try await patched("users", id, #"{"city":null}"#).status == 204)
    let user = try await graph.get("/users/\(id)?$select=city,country")
    #expect(user.written("city") == .null && user["country"] == "Ireland")
  }

  @Test(
    "An error has a code, a message, and the ids that support asks for",
    arguments: [
      ("GET", "/users/none"), ("GET", "/planets"), ("POST", "/users"), ("PUT", "/users"),
      ("GET", "/users/delta?$deltatoken=x"),
    ])
  func errorBody(_ method: String, _ target: String) async throws {
    let reply = try await graph.send(method, target, method == "POST" ? "{}" : nil)
    #expect(reply.status >= 400 && !reply.code.isEmpty && !reply.words.isEmpty)
    let inner = reply.body?["error"]?["innerError"]
    #expect(inner?["date"]?.string?.isEmpty == false)
    #expect(inner?["request-id"]?.string == reply.headers["request-id"])
    #expect(inner?["client-request-id"]?.string?.isEmpty == false)
  }

  @Test("A password is given to nobody, and stands nowhere in the store")
  func passwords() async throws {
    let id = try await graph.user("ada")
    for target in ["/users/\(id)?$select=passwordProfile", "/users?$select=passwordProfile"] {
      #expect(try await graph.send("GET", target).body?.text.contains("xWwvJ") == false)
    }
    let bodies = try await graph.tenant.store.read {
      try String.fetchAll($0, sql: "SELECT CAST(body AS TEXT) FROM resource")
    }
    #expect(bodies.count == 1 && bodies.allSatisfy { !$0.contains("xWwvJ") })
  }
}
