import Directory
import Foundation
import HTTP
import HTTPTesting
import JSON
import Tenant
import Testing

@testable import SCIMConnector

private let manager = AttributeName(SCIMSchema.enterpriseURN + ":manager")
private let workMail: AttributeName = #"emails[type eq "work"].value"#

@Suite("Entra's dialect")
struct EntraDialectTests {
  /// The requests that change something, by method, path and body.
  private func sent(
    _ operations: [ExportOperation], settings: (inout SCIMConnectorSettings) -> Void = { _ in }
  ) async throws -> [(line: String, body: JSONValue)] {
    var options = FakeDirectory.Options()
    options.hasBulk = true
    let directory = FakeDirectory(options)
    directory.add("/Users", id: "u1", [("userName", "ann")])
    directory.add("/Groups", id: "g1", [("displayName", "all")])
    let server = try directory.serve()
    defer { server.close() }
    let connector = connector(server) {
      $0.dialect = .entra
      settings(&$0)
    }
    let outcomes = try await connector.export(operations)
    #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
    return try server.requests.filter { $0.method != "GET" }.map {
      ("\($0.method) \($0.path)", $0.body.isEmpty ? .null : try JSONValue(parsing: $0.body))
    }
  }

  private func operations(_ text: String) throws -> JSONValue {
    [
      "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
      "Operations": try JSONValue(text: text),
    ]
  }

  @Test("makes users with the schemas and the resource type that Entra names")
  func user() async throws {
    let requests = try await sent([
      operation(
        1,
        .add([
          "userName": ["bob"], "externalId": ["anchor"], "active": [true],
          workMail: ["bob@example.com"],
        ]))
    ])
    #expect(requests.count == 1)
    #expect(requests[0].line == "POST /Users")
    let wanted = try JSONValue(
      text: """
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
          "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "userName": "bob", "externalId": "anchor", "active": true,
        "emails": [{"type": "work", "value": "bob@example.com"}], "meta": {"resourceType": "User"}}
        """)
    #expect(sorted(requests[0].body) == sorted(wanted))
  }

  @Test("makes groups without members, who follow in a change")
  func group() async throws {
    let requests = try await sent([
      operation(
        1,
        .add([
          "displayName": ["new"], "externalId": ["anchor"],
          "members": [.reference("u1"), .reference("u2")],
        ]), "group")
    ])
    #expect(requests.map(\.line).first == "POST /Groups")
    #expect(requests.count == 2)
    #expect(requests[0].body["members"] == nil)
    #expect(requests[0].body["schemas"]?.array?.last == .string(EntraDialect.groupURN))
    #expect(requests[1].line.hasPrefix("PATCH /Groups/"))
    let wanted = try operations(
      """
      [{"op": "Add", "path": "members", "value": [
        {"$ref": null, "value": "u1"}, {"$ref": null, "value": "u2"}]}]
      """)
    #expect(requests[1].body == wanted)
  }

  @Test("changes users as Entra does: capitals, text for truth, an id for a manager")
  func changes() async throws {
    let requests = try await sent([
      operation(
        1,
        .modify([
          AttributeChange("active", .replace([true])),
          AttributeChange("displayName", .replace(["Ann"])),
          AttributeChange("title", .replace([])),
          AttributeChange(workMail, .replace(["new@example.com"])),
          AttributeChange(manager, .replace([.reference("u2")])),
        ]), anchor: "u1")
    ])
    let urn = SCIMSchema.enterpriseURN
    let wanted = try operations(
      """
      [{"op": "Replace", "path": "active", "value": "True"},
      {"op": "Replace", "path": "displayName", "value": "Ann"},
      {"op": "Remove", "path": "title"},
      {"op": "Replace", "path": "emails[type eq \\"work\\"].value", "value": "new@example.com"},
      {"op": "Replace", "path": "\(urn):manager", "value": "u2"}]
      """)
    #expect(requests.map(\.line) == ["PATCH /Users/u1"])
    #expect(requests[0].body == wanted)
  }

  @Test("marks references alone as such: addresses without a type stay as they are")
  func addresses() async throws {
    let requests = try await sent([
      operation(
        1, .modify([AttributeChange("emails.value", .replace(["new@example.com"]))]), anchor: "u1")
    ])
    let wanted = try operations(
      #"[{"op": "Replace", "path": "emails", "value": [{"value": "new@example.com"}]}]"#)
    #expect(requests.map(\.body) == [wanted])
  }

  @Test("shuts an account first and by itself")
  func leaver() async throws {
    let requests = try await sent([
      operation(
        1,
        .modify([
          AttributeChange("displayName", .replace(["Ann"])),
          AttributeChange("active", .replace([false])),
        ]), anchor: "u1")
    ])
    #expect(requests.map(\.line) == ["PATCH /Users/u1", "PATCH /Users/u1"])
    let shut = try operations(#"[{"op": "Replace", "path": "active", "value": "False"}]"#)
    let rest = try operations(#"[{"op": "Replace", "path": "displayName", "value": "Ann"}]"#)
    #expect(requests.map(\.body) == [shut, rest])
  }

  @Test("removes members by a list of values, and adds them by one")
  func members() async throws {
    let requests = try await sent([
      operation(
        1,
        .modify([
          AttributeChange(
            "members",
            .update(
              added: [.reference("u3")], removed: [.reference("u1"), .reference("u2")]))
        ]), "group", anchor: "g1")
    ])
    let wanted = try operations(
      """
      [{"op": "Remove", "path": "members", "value": [
        {"$ref": null, "value": "u1"}, {"$ref": null, "value": "u2"}]},
      {"op": "Add", "path": "members", "value": [{"$ref": null, "value": "u3"}]}]
      """)
    #expect(requests.map(\.line) == ["PATCH /Groups/g1"])
    #expect(requests[0].body == wanted)
  }

  @Test("sends no Bulk, also where the server has it")
  func noBulk() async throws {
    let requests = try await sent((1...5).map { try addUser(Int64($0), "user\($0)") })
    #expect(requests.map(\.line) == Array(repeating: "POST /Users", count: 5))
  }

  @Test("is understood by a server that others wrote", .enabled(if: ForeignServer.program != nil))
  func foreign() async throws {
    try await withForeignServer { server in
      // It takes no schema that it does not know, nor a list of values to remove: the group is made
      // in the other dialect, and nobody leaves it.
      try await roundTrip(
        server.connector { $0.dialect = .entra }, groupsBy: server.connector(), removes: false)
    }
  }

  @Test("is understood by a tenant that is not strict")
  func tenant() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("entra-dialect-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let token = Tenant.makeToken()
    let server = try TenantServer(
      TenantConfiguration(
        databasePath: folder.appendingPathComponent("tenant.sqlite").path, token: .plain(token),
        isStrict: false))
    try await server.start()
    var settings = SCIMConnectorSettings(url: server.baseURL ?? "", token: { token })
    settings.dialect = .entra
    do {
      try await roundTrip(SCIMConnector(settings), groupsBy: SCIMConnector(settings))
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  /// Users, a manager, a group and its members, made and changed; what is there then is looked at.
  private func roundTrip(
    _ connector: SCIMConnector, groupsBy maker: SCIMConnector, removes: Bool = true
  ) async throws {
    let users = try await connector.export(
      (0..<4).map { number in
        try operation(
          Int64(number),
          .add([
            "userName": [.string("user\(number)@example.com")], "active": [true],
            "externalId": [.string("anchor-\(number)")],
            "displayName": [.string("User \(number)")],
            workMail: [.string("user\(number)@example.com")],
          ]))
      })
    let ids = users.compactMap(\.anchor)
    try #require(ids.count == 4, "\(users)")
    let made = try await maker.export([
      operation(
        10,
        .add([
          "displayName": ["All"], "externalId": ["group"],
          "members": ids.prefix(3).map { .reference($0) },
        ]), "group")
    ])
    let group = try #require(made[0].anchor, "\(made)")
    let changed = try await connector.export([
      operation(
        11,
        .modify([
          AttributeChange("active", .replace([false])),
          AttributeChange(workMail, .replace(["new@example.com"])),
        ]), anchor: ids[0]),
      operation(
        12,
        .modify([
          AttributeChange(
            "members",
            .update(
              added: [.reference(ids[3])], removed: removes ? [.reference(ids[0])] : []))
        ]), "group", anchor: group),
    ])
    #expect(changed.allSatisfy { $0.isDone }, "\(changed)")
    let all = entries(try await readAll(connector))
    let first = all.first { $0.anchor.text == ids[0] }?.attributes
    #expect(first?["active"] == [false])
    #expect(first?[workMail] == ["new@example.com"])
    let members = all.first { $0.anchor.text == group }?.attributes["members"] ?? []
    #expect(Set(members) == Set(ids.dropFirst(removes ? 1 : 0).map { .reference($0) }))
  }

  /// The value with the members of all objects in the order of their names.
  private func sorted(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let items): .array(items.map(sorted))
    case .object(let object):
      .object(
        JSONObject(
          members: object.members.sorted { $0.name < $1.name }.map {
            JSONMember(name: $0.name, value: sorted($0.value))
          }))
    default: value
    }
  }
}
