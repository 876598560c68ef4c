import Directory
import HTTPTesting
import JSON
import Synchronization
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
  ///
  /// Somebody on the way to it answers the first request for `lost` with a page.
  private func serve(_ returned: String, lost: String = "") throws -> ScriptedServer {
    let count = Mutex(0)
    return try directory.serve { [directory] request, carryOut in
      if request.path == lost {
        let isFirst = count.withLock { count in
          count += 1
          return count == 1
        }
        if isFirst { return Self.page }
      }
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

  private static let page = Reaction.answer(
    404, [("Content-Type", "text/html")], Array("<html><body>Not found".utf8))

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
      server.requests.first { $0.path == "/Groups" && $0.query["attributes"] != nil }?.query)
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

  @Test(
    "loses no member when something on the way says once that it does not describe itself",
    arguments: ["/ServiceProviderConfig", "/ResourceTypes", "/Schemas"])
  func strangersAbsence(path: String) async throws {
    let server = try serve("request", lost: path)
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(
        1, .modify([AttributeChange("displayName", .replace(["new"]))]), "group", anchor: id)
    ])[0]
    #expect(outcome.isDone, "\(outcome)")
    let bodies = try puts(server)
    #expect(bodies.count == 1 && members(bodies.first) == ["u0", "u1"])
    #expect(bodies.first?["displayName"] == "new")
  }

  @Test("is gone on with only from an import that asked for the same")
  func watermark() async throws {
    let server = try serve("request")
    defer { server.close() }
    let mark = try #require(try await readAll(connector(server)).last?.watermark)
    let next = try await readAll(connector(server), since: mark) { 1 }.last?.watermark
    #expect(next == mark)
    // An import of all that did not ask: no group has its members.
    let plain = try serve("default")
    defer { plain.close() }
    let old = try #require(try await readAll(connector(plain)).last?.watermark)
    var other = try #require(ModificationWatermark(mark))
    other.asked["group"] = "0"
    for (server, mark, reason) in [
      (server, old, "shows members of objects of type group only on request"),
      (server, other.watermark, "are others than at the last import"),
      (plain, mark, "are others than at the last import"),
    ] {
      let failure = await failure {
        _ = try await readAll(connector(server), since: mark) { 1 }
      }
      #expect(failure?.result == .fullImportRequired)
      #expect(failure?.message.contains(reason) == true, "\(String(describing: failure))")
    }
  }

  @Test("is asked for the same in whatever order it names its attributes")
  func order() {
    func server(_ names: [String]) -> SCIMServer {
      let attributes = names.map { name in
        var attribute = SCIMAttribute(name)
        attribute.returned = name == "secret" ? .request : .default
        return attribute
      }
      let schema = SCIMSchema(id: SCIMSchema.userURN, attributes: attributes)
      return SCIMServer(
        features: .init(), resourceTypes: SCIMServer.commonResourceTypes,
        schemas: [schema.id.lowercased(): schema], publishesSchemas: true)
    }
    let digest = server(["userName", "secret"]).wantedDigest(userType)
    #expect(digest != nil && server(["secret", "userName"]).wantedDigest(userType) == digest)
    #expect(server(["userName", "secret", "title"]).wantedDigest(userType) != digest)
    #expect(server(["userName"]).wantedDigest(userType) == nil)
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

  @Test("and takes changes has it told in a check that nobody can see what arrived")
  func neverShownChanges() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.path == "/Schemas"
        ? directory.reply(200, ["Resources": [Self.schema("never")]]) : nil
    }
    defer { server.close() }
    let finding = await connector(server).check().first { $0.text.contains("never shown") }
    #expect(finding?.isGood == false && finding?.text == "/Groups: members is never shown")
    #expect(finding?.hint.contains("sent again with each cycle") == true)
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
