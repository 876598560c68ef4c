import JSON
import Testing

@testable import Tenant

/// What RFC 7644 §3.9 and RFC 7643 §7 ("returned") demand of answers.
@Suite("Which attributes are given")
struct ProjectionTests {
  private let tenant: TestTenant
  private let id: String

  init() async throws {
    tenant = try TestTenant()
    id = try await tenant.user(
      "a@example.com",
      #"""
      ,"title":"T","name":{"givenName":"G","familyName":"F"},
      "emails":[{"value":"a@x.org","type":"work"},{"value":"b@x.org","type":"home"}],
      "\#(TestTenant.enterpriseURN)":{"department":"D","division":"V"}
      """#)
    try await tenant.group("G", members: [id])
  }

  /// The names that an answer has besides those that are always given.
  private func names(_ query: String) async -> Set<String> {
    let object = await tenant.get("/Users/\(id)?\(query)")
    let all = Set(object.members.map(\.name))
    #expect(all.isSuperset(of: ["schemas", "id"]))
    return all.subtracting(["schemas", "id"])
  }

  @Test(
    "attributes gives those and no others",
    arguments: [
      ("title", ["title"]), ("TITLE", ["title"]), ("title, name", ["name", "title"]),
      ("urn:ietf:params:scim:schemas:core:2.0:User:title", ["title"]), ("nothing", []),
      ("nickName", []), ("emails.value", ["emails"]), ("groups", ["groups"]), ("id", []),
      (TestTenant.enterpriseURN, [TestTenant.enterpriseURN]), ("meta.version", ["meta"]),
      (TestTenant.enterpriseURN + ":division", [TestTenant.enterpriseURN]),
    ])
  func only(_ attributes: String, _ expected: [String]) async {
    #expect(await names("attributes=" + Percent.encode(attributes)) == Set(expected))
  }

  private static let usual: Set<String> = [
    "meta", "userName", "title", "name", "emails", "active", TestTenant.enterpriseURN,
  ]

  @Test(
    "excludedAttributes gives the usual ones without those",
    arguments: [
      ("title", ["title"]), ("id,schemas", []), ("meta,NAME", ["meta", "name"]),
      ("nothing", []), ("name.givenName", []), ("groups", []), ("groups.display", []),
      ("name.givenName,name.familyName", ["name"]),
      (TestTenant.enterpriseURN, [TestTenant.enterpriseURN]),
    ])
  func except(_ excluded: String, _ gone: [String]) async {
    let usual = await names("")
    #expect(usual.isSubset(of: Self.usual) && usual.isSuperset(of: ["title", "name", "emails"]))
    #expect(
      await names("excludedAttributes=" + Percent.encode(excluded)) == usual.subtracting(gone))
  }

  @Test("Of a part, every value of a list gives that part; the whole is more than its parts")
  func parts() async {
    let part = await tenant.get("/Users/\(id)?attributes=emails.value")["emails"]
    #expect(part == [["value": "a@x.org"], ["value": "b@x.org"]])
    for names in ["emails,emails.value", "emails.value,emails"] {
      let whole = await tenant.get("/Users/\(id)?attributes=\(names)")["emails"]
      #expect(whole?.array?.first == ["value": "a@x.org", "type": "work"])
    }
    let rest = await tenant.get("/Users/\(id)?excludedAttributes=emails.value")["emails"]
    #expect(rest == [["type": "work"], ["type": "home"]])
  }

  @Test(
    "A list, a search and a write give a user as it is given alone",
    arguments: [
      "", "attributes=title,name.givenName", "excludedAttributes=emails,meta", "attributes=groups",
    ])
  func everywhere(_ query: String) async throws {
    let alone = await tenant.send("GET", "/Users/\(id)?\(query)").body
    let listed = await tenant.get("/Users?\(query)")["Resources"]?.array
    #expect(listed?.first == alone)
    let parts = query.split(separator: "=")
    let names = parts.last?.split(separator: ",").map { #""\#($0)""# }.joined(separator: ",")
    let asked = parts.count == 2 ? #","\#(parts[0])":[\#(names ?? "")]"# : ""
    let searched = await tenant.send(
      "POST", "/Users/.search",
      #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]\#(asked)}"#)
    #expect(searched["Resources"]?.array?.first == alone)
    let patched = await tenant.send(
      "PATCH", "/Users/\(id)?\(query)",
      #"""
      {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
       "Operations":[{"op":"add","path":"title","value":"T"}]}
      """#)
    #expect(patched.body == alone)
  }

  @Test("A creation gives what is asked for, and is found where it says")
  func creation() async throws {
    let reply = await tenant.send(
      "POST", "/Users?attributes=title",
      #"{"schemas":["\#(TestTenant.userURN)"],"userName":"n@example.com","title":"N"}"#)
    #expect(reply.status == 201 && reply["title"] == "N" && reply["userName"] == nil)
    let location = try #require(reply.headers["Location"])
    let found = await tenant.get(location.replacing(TestTenant.base, with: ""))
    #expect(found["userName"] == "n@example.com")
  }
}

/// Versions by RFC 7644 §3.14 and RFC 9110 §13.1.
@Suite("Rules of versions")
struct VersionRuleTests {
  private let tenant: TestTenant
  private let id: String

  init() async throws {
    tenant = try TestTenant()
    id = try await tenant.user("a@example.com")
  }

  private func write(_ method: String, _ ifMatch: String) async -> Int {
    let body =
      switch method {
      case "PUT": #"{"schemas":["\#(TestTenant.userURN)"],"userName":"b@example.com"}"#
      case "PATCH":
        #"""
        {"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
         "Operations":[{"op":"add","path":"title","value":"T"}]}
        """#
      default: nil as String?
      }
    return await tenant.send(method, "/Users/\(id)", body, ifMatch: ifMatch).status
  }

  @Test(
    "A write with a tag that the user has is done",
    arguments: ["PUT", "PATCH", "DELETE"],
    ["W/\"1\"", "*", "\"1\"", "W/\"7\", W/\"1\"", "W/\"7\",W/\"1\""])
  func right(_ method: String, _ tag: String) async {
    #expect(await write(method, tag) < 300)
  }

  @Test(
    "A write with another tag is refused and changes nothing",
    arguments: ["PUT", "PATCH", "DELETE"], ["W/\"2\"", "\"11\"", "1", "W/\"7\", W/\"8\"", ""])
  func wrong(_ method: String, _ tag: String) async {
    let before = await tenant.get("/Users/\(id)")
    #expect(await write(method, tag) == 412)
    #expect(await tenant.get("/Users/\(id)") == before)
  }

  @Test("The tag of every answer is the version in it")
  func sameTag() async {
    let put = await tenant.send(
      "PUT", "/Users/\(id)", #"{"schemas":["\#(TestTenant.userURN)"],"userName":"b@example.com"}"#)
    let read = await tenant.send("GET", "/Users/\(id)")
    for reply in [put, read] {
      #expect(reply["meta"]?["version"]?.string == reply.headers["ETag"])
    }
    #expect(put.headers["ETag"] == read.headers["ETag"])
  }

  @Test("A write that changes nothing keeps version and time")
  func unchanged() async {
    let before = await tenant.get("/Users/\(id)")
    let reply = await tenant.send(
      "PUT", "/Users/\(id)", #"{"schemas":["\#(TestTenant.userURN)"],"userName":"a@example.com"}"#)
    #expect(reply.body == .object(before))
  }
}
