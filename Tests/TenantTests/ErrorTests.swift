import JSON
import Testing

@testable import Tenant

/// Errors by RFC 7644 §3.12, wherever they come from.
@Suite("Errors of SCIM")
struct ErrorTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private static let user = #"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"#

  @Test(
    "Every error has its schema, its status as text, and words",
    arguments: [
      ("GET", "/Users/none", nil, 404, nil), ("GET", "/Users?filter=x", nil, 400, "invalidFilter"),
      ("POST", "/Users", "", 400, "invalidSyntax"), ("POST", "/Users", "[1]", 400, "invalidSyntax"),
      ("POST", "/Users", "{", 400, "invalidSyntax"), ("POST", "/Users", "{}", 400, nil),
      ("POST", "/Users", user + #""userName":5}"#, 400, "invalidValue"),
      ("POST", "/Users", user + #""userName":"t@example.com"}"#, 409, "uniqueness"),
      ("DELETE", "/Users", nil, 405, nil), ("GET", "/Nothing", nil, 404, nil),
      ("GET", "/Users?count=x", nil, 400, "invalidCount"),
      ("GET", "/Users?cursor=x", nil, 400, "invalidCursor"),
      ("GET", "/Users?sortBy=nothing", nil, 400, "invalidPath"),
      ("POST", "/Bulk", "{}", 400, "invalidSyntax"), ("GET", "/Me", nil, 501, nil),
    ] as [(String, String, String?, Int, String?)])
  func shape(
    _ method: String, _ target: String, _ body: String?, _ status: Int, _ kind: String?
  ) async throws {
    try await tenant.user("t@example.com")
    let reply = await tenant.send(method, target, body)
    #expect(reply.status == status)
    #expect(reply["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"])
    #expect(reply["status"] == .string(String(status)))
    if let kind { #expect(reply.kind == kind) }
    #expect(!reply.detail.isEmpty)
  }

  @Test("JSON that is too deep or repeats a name is refused, and the tenant lives on")
  func hostile() async throws {
    let deep = String(repeating: "[", count: 100_000)
    #expect(await tenant.send("POST", "/Users", deep).status == 400)
    let nested = Self.user + #""name":"# + String(repeating: "[", count: 2000)
    #expect(await tenant.send("POST", "/Users", nested).status == 400)
    let twice = Self.user + #""userName":"a@example.com","userName":"b@example.com"}"#
    #expect(await tenant.send("POST", "/Users", twice).status == 400)
    #expect(await tenant.get("/Users")["totalResults"] == 0)
  }

  @Test(
    "A text that no text should hold is refused or kept as it is",
    arguments: [#"\u0000"#, #"\ud800"#, #"\u202e"#, #"\\u0041"#, "e\u{301}", "ﬁ"])
  func oddTexts(_ text: String) async throws {
    let reply = await tenant.send(
      "POST", "/Users", Self.user + #""userName":"a@example.com","title":"a\#(text)b"}"#)
    try #require([201, 400].contains(reply.status))
    guard reply.status == 201 else { return }
    let sent = try json("\"a\(text)b\"").string
    let kept = await tenant.get("/Users?attributes=title")["Resources"]?.array?.first?["title"]
    #expect(kept?.string.map { Array($0.utf8) } == sent.map { Array($0.utf8) })
  }
}

/// What the server says of itself, by RFC 7643 §5 to §7.
@Suite("Rules of discovery")
struct DiscoveryRuleTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private func list(_ path: String) async throws -> [JSONObject] {
    try #require(await tenant.get(path)["Resources"]?.array).compactMap(\.object)
  }

  @Test("The abilities have every part that is required")
  func abilities() async {
    let config = await tenant.get("/ServiceProviderConfig")
    for name in ["patch", "bulk", "filter", "changePassword", "sort", "etag"] {
      #expect(config[name]?["supported"]?.boolean != nil, "\(name)")
    }
    for (name, part) in [
      ("bulk", "maxOperations"), ("bulk", "maxPayloadSize"), ("filter", "maxResults"),
    ] { #expect((config[name]?[part]?.integer ?? 0) > 0) }
    for scheme in config["authenticationSchemes"]?.array ?? [] {
      for name in ["type", "name", "description"] { #expect(scheme[name]?.string != nil) }
    }
  }

  @Test("Every type tells its place, its schemas, and is found alone where it says")
  func types() async throws {
    let schemas = Set(try await list("/Schemas").compactMap { $0["id"]?.string })
    for type in try await list("/ResourceTypes") {
      let endpoint = try #require(type["endpoint"]?.string)
      #expect(await tenant.send("GET", endpoint).status == 200)
      #expect(type["name"]?.string?.isEmpty == false)
      let extensions = (type["schemaExtensions"]?.array ?? [])
      #expect(extensions.allSatisfy { $0["required"]?.boolean != nil })
      let named = [type["schema"]?.string] + extensions.map { $0["schema"]?.string }
      #expect(named.allSatisfy { schemas.contains($0 ?? "") })
      let location = try #require(type["meta"]?["location"]?.string)
      #expect(await tenant.get(location.replacing(TestTenant.base, with: "")) == type)
    }
  }

  private func check(_ attribute: JSONObject, _ path: String) {
    for name in ["name", "type", "mutability", "returned"] {
      #expect(attribute[name]?.string?.isEmpty == false, "\(path) \(name)")
    }
    for name in ["multiValued", "required"] {
      #expect(attribute[name]?.boolean != nil, "\(path) \(name)")
    }
    let kinds = [
      "string", "boolean", "decimal", "integer", "dateTime", "reference", "complex", "binary",
    ]
    #expect(kinds.contains(attribute["type"]?.string ?? ""), "\(path)")
    #expect(
      ["readOnly", "readWrite", "immutable", "writeOnly"]
        .contains(attribute["mutability"]?.string ?? ""))
    #expect(
      ["always", "never", "default", "request"].contains(attribute["returned"]?.string ?? ""))
    let parts = attribute["subAttributes"]?.array ?? []
    #expect((attribute["type"] == "complex") == !parts.isEmpty, "\(path)")
    for part in parts.compactMap(\.object) {
      check(part, path + "." + (part["name"]?.string ?? ""))
    }
  }

  @Test("Every attribute of every schema tells all that a client must know of it")
  func attributes() async throws {
    for schema in try await list("/Schemas") {
      let id = try #require(schema["id"]?.string)
      #expect(await tenant.get("/Schemas/\(id)") == schema)
      let attributes = (schema["attributes"]?.array ?? []).compactMap(\.object)
      #expect(!attributes.isEmpty, "\(id)")
      for attribute in attributes { check(attribute, id + ":" + (attribute["name"]?.string ?? "")) }
    }
  }

  @Test("What a user has is in the schemas that it names")
  func truth() async throws {
    let id = try await tenant.user(
      "a@example.com",
      #","name":{"givenName":"G"},"\#(TestTenant.enterpriseURN)":{"department":"D"}"#)
    let user = await tenant.get("/Users/\(id)")
    let named = (user["schemas"]?.array ?? []).compactMap(\.string)
    #expect(named == [TestTenant.userURN, TestTenant.enterpriseURN])
    let core = await tenant.get("/Schemas/\(TestTenant.userURN)")
    let known = Set((core["attributes"]?.array ?? []).compactMap { $0["name"]?.string })
      .union(["schemas", "id", "externalId", "meta"]).union(named)
    #expect(Set(user.members.map(\.name)).isSubset(of: known))
  }
}
