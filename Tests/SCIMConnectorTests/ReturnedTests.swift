import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

/// Servers that show some attributes only to who asks for them, or to nobody (RFC 7643 §7).
@Suite("A server that does not show everything")
struct ReturnedTests {
  private let directory: FakeDirectory
  private let id: String

  init() {
    var options = FakeDirectory.Options()
    options.canPatch = false
    directory = FakeDirectory(options)
    id = directory.add(
      "/Groups", id: "g",
      [
        ("displayName", "old"), ("colour", "red"), ("members", [["value": "u0"], ["value": "u1"]]),
      ])
  }

  /// A server over the directory whose groups' members are returned so.
  private func serve(_ returned: String) throws -> ScriptedServer {
    try directory.serve { [directory] request, carryOut in
      if request.path == "/Schemas" {
        return directory.reply(200, ["Resources": [Self.schema(returned)]])
      }
      let names = request.query["attributes"]?.split(separator: ",").map(String.init)
      guard request.method == "GET", request.path.hasPrefix("/Groups") else { return nil }
      guard case .answer(let status, let headers, let body) = carryOut(),
        let json = try? JSONValue(parsing: body)
      else { return nil }
      let isAsked = returned == "request" && names?.contains("members") ?? false
      let shown = Self.shown(json, names, isAsked: isAsked)
      return .answer(status, headers, shown.encoded)
    }
  }

  /// What of an answer is shown to who asks for these attributes.
  private static func shown(_ json: JSONValue, _ names: [String]?, isAsked: Bool) -> JSONValue {
    guard var object = json.object else { return json }
    if let items = object["Resources"]?.array {
      object["Resources"] = .array(items.map { shown($0, names, isAsked: isAsked) })
      return .object(object)
    }
    guard object["id"] != nil else { return json }
    object.members.removeAll { member in
      if member.name == "id" { return false }
      return member.name == "members" ? !isAsked : !(names?.contains(member.name) ?? true)
    }
    return .object(object)
  }

  private static func schema(_ returned: String) -> JSONValue {
    [
      "id": .string(SCIMSchema.groupURN),
      "attributes": [
        ["name": "displayName", "type": "string", "required": true],
        [
          "name": "members", "type": "complex", "multiValued": true,
          "returned": .string(returned),
          "subAttributes": [
            ["name": "value", "type": "string"],
            ["name": "$ref", "type": "reference", "referenceTypes": ["User"]],
          ],
        ],
      ],
    ]
  }

  private func puts(_ server: ScriptedServer) throws -> [JSONValue] {
    try server.requests.filter { $0.method == "PUT" }.map { try JSONValue(parsing: $0.body) }
  }

  private func members(_ json: JSONValue?) -> [String] {
    (json?["members"]?.array ?? []).compactMap { $0["value"]?.string }
  }

  @Test("is asked for the members of its groups by their name, beside all else")
  func list() async throws {
    let server = try serve("request")
    defer { server.close() }
    let group = try #require(
      entries(try await readAll(connector(server))).first { $0.objectType == "group" })
    #expect(group.attributes["members"] == [.reference("u0"), .reference("u1")])
    #expect(group.attributes.text("displayName") == "old")
    let query = try #require(
      server.requests.first { $0.path == "/Groups" && $0.query["count"] != "0" }?.query)
    #expect(query["attributes"] == "id,externalId,meta,displayName,members")
    // A type that shows everything is not asked so.
    #expect(
      server.requests.allSatisfy { $0.path != "/Users" || $0.query["attributes"] == nil })
  }

  @Test("loses no member when all of a group is sent, whatever of it was to change")
  func whole() async throws {
    let server = try serve("request")
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(
        1, .modify([AttributeChange("displayName", .replace(["new"]))]), "group", anchor: id),
      operation(
        2, .modify([AttributeChange("members", .update(added: [.reference("u2")], removed: []))]),
        "group", anchor: id),
    ])
    #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
    let bodies = try puts(server)
    #expect(bodies.count == 2)
    let renamed = bodies.first { $0["displayName"] == "new" }
    #expect(members(renamed) == ["u0", "u1"])
    #expect(members(bodies.first { $0["displayName"] == "old" }) == ["u0", "u1", "u2"])
    // What no schema tells of stays, too.
    #expect(bodies.allSatisfy { $0["colour"] == "red" })
  }

  @Test("and shows members to nobody has no group changed by sending all of it, and is told of")
  func never() async throws {
    let server = try serve("never")
    defer { server.close() }
    let connector = connector(server)
    let outcome = try await connector.export([
      operation(
        1, .modify([AttributeChange("displayName", .replace(["new"]))]), "group", anchor: id)
    ])[0]
    #expect(outcome.failure?.type == .schemaViolation)
    #expect(outcome.failure?.message.contains("members") == true)
    #expect(try puts(server).isEmpty)
    let finding = await connector.check().first { $0.text.contains("never shown") }
    #expect(finding?.isGood == false && finding?.text.contains("/Groups: members") == true)
  }

  @Test("and refuses PATCH, which it said it takes, loses no member either")
  func neverAfterAll() async throws {
    var options = FakeDirectory.Options()
    options.canPatch = true
    let directory = FakeDirectory(options)
    directory.add("/Groups", id: "g", [("displayName", "old")])
    let server = try directory.serve { request, _ in
      if request.method == "PATCH" { return .answer(405) }
      return request.path == "/Schemas"
        ? directory.reply(200, ["Resources": [Self.schema("never")]]) : nil
    }
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(
        1, .modify([AttributeChange("displayName", .replace(["new"]))]), "group", anchor: "g")
    ])[0]
    #expect(outcome.failure?.type == .schemaViolation, "\(outcome)")
    #expect(try puts(server).isEmpty)
  }

  @Test("keeps a password that is left out: it is no reason to change nothing")
  func password() {
    var password = SCIMAttribute("password")
    password.returned = .never
    var pin = SCIMAttribute("pin")
    pin.returned = .never
    let schema = SCIMSchema(id: SCIMSchema.userURN, attributes: [password, pin])
    let server = SCIMServer(
      features: .init(), resourceTypes: SCIMServer.commonResourceTypes,
      schemas: [schema.id.lowercased(): schema], publishesSchemas: true)
    #expect(server.neverShown(userType) == ["pin"])
    #expect(server.wanted(userType) == nil)
  }
}
