import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

private let userURN = SCIMSchema.userURN
private let enterpriseURN = SCIMSchema.enterpriseURN

private func type(
  _ name: String, _ endpoint: String, _ schema: String, _ extensions: [String] = []
) -> SCIMResourceType {
  SCIMResourceType(name: name, endpoint: endpoint, schema: schema, extensions: extensions)
}

@Suite("Several types of resources at one endpoint")
struct SharedEndpointTests {
  /// A server that lists these types, and shows ann, and whatever `more` says.
  private func serve(
    _ types: [SCIMResourceType], _ more: [(String, JSONValue)] = []
  ) throws -> ScriptedServer {
    let directory = FakeDirectory()
    directory.add("/Users", [("userName", "ann")])
    let shown: JSONValue = [
      "Resources": .array(
        types.map { type in
          [
            "name": .string(type.name), "endpoint": .string(type.endpoint),
            "schema": .string(type.schema),
          ]
        })
    ]
    return try directory.serve { request, carryOut in
      if request.path == "/ResourceTypes" { return directory.reply(200, shown) }
      guard request.path == "/Users", !more.isEmpty,
        case .answer(let status, let fields, let body) = carryOut(),
        var page = (try? JSONValue(parsing: body))?.object,
        let items = page["Resources"]?.array?.compactMap(\.object)
      else { return nil }
      page["Resources"] = .array(
        items.map { item in
          var item = item
          for (name, value) in more { item[name] = value }
          return .object(item)
        })
      return .answer(status, fields, JSONValue.object(page).encoded)
    }
  }

  @Test("are one list, with the schemas of all of them, in whatever order they are listed")
  func lists() {
    let user = type("User", "/users", userURN, ["urn:x:more"])
    let enterprise = type("EnterpriseUser", "/Users/", enterpriseURN, ["urn:x:More"])
    let device = type("Device", "/Devices", "urn:x:Device")
    for listed in [[enterprise, user, device], [user, device, enterprise]] {
      let lists = SCIMServer.lists(listed)
      #expect(lists.count == 2)
      let users = lists.first { $0.name == "User" }
      #expect(users?.schema == userURN && users?.extensions == ["urn:x:more", enterpriseURN])
      #expect(lists.contains(device))
    }
    // Types that share nothing but a name or a schema stay what they are.
    let apart = [user, type("User", "/Accounts", "urn:x:Account"), type("Agent", "/A", userURN)]
    #expect(SCIMServer.lists(apart) == apart)
  }

  @Test("show each object once, and as what it has the schema of", arguments: [false, true])
  func once(isReversed: Bool) async throws {
    let types = [
      type("EnterpriseUser", "/Users", enterpriseURN), type("Account", "/Users", userURN),
      type("Group", "/Groups", SCIMSchema.groupURN),
    ]
    let server = try serve(isReversed ? types.reversed() : types)
    defer { server.close() }
    let batches = try await readAll(connector(server))
    #expect(entries(batches).map(\.objectType) == ["account"])
    #expect(batches.flatMap(\.errors).isEmpty)
    #expect(server.requests.filter { $0.path == "/Users" && $0.query["count"] != "0" }.count <= 2)
    // What was read is what is counted.
    let watermark = try #require(batches.last?.watermark)
    let delta = try await readAll(connector(server), since: watermark, staged: { 1 })
    #expect(delta.allSatisfy { !$0.endsPresencePhase })
  }

  @Test(
    "show who has the schemas of several as the type that is named, else as that of the standard",
    arguments: [
      ("Guest", "guest"), ("Account", "account"), ("Visitor", "account"), (nil, "account"),
    ])
  func named(name: String?, objectType: String) async throws {
    let types = [type("Guest", "/Users", "urn:x:Guest"), type("Account", "/Users", userURN)]
    var meta = JSONObject()
    meta["lastModified"] = "2026-11-22T10:00:00.000Z"
    if let name { meta["resourceType"] = .string(name) }
    let server = try serve(
      types, [("schemas", [.string(userURN), "urn:x:Guest"]), ("meta", .object(meta))])
    defer { server.close() }
    #expect(entries(try await readAll(connector(server))).map(\.objectType) == [objectType])
  }

  @Test("are told to who tries the connection, and in what the server is")
  func told() async throws {
    let types = [type("Guest", "/Users", "urn:x:Guest"), type("User", "/Users", userURN)]
    let server = try serve(types)
    defer { server.close() }
    let findings = await connector(server).check()
    let finding = try #require(findings.first { $0.text.contains("2 types") })
    #expect(finding.text.contains("\"user\", \"guest\"") && finding.hint.contains("\"user\""))
    #expect(findings.filter { $0.text.hasPrefix("/Users: ") }.count == 1)
    let summary = try await connector(server).describe().summary
    #expect(summary.contains("/Users of user and guest"))
  }
}
