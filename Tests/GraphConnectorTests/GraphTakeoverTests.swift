import Directory
import HTTP
import JSON
import Testing

@testable import GraphConnector

@Suite("Who is taken over, and who is not")
struct GraphTakeoverTests {
  private typealias Reply = ScriptedGraph.Reply

  private func ann() throws -> ExportOperation {
    try Operations.user("ann", ["mail": ["ann@contoso.com"]])
  }

  /// A tenant in which the address of ann is taken, with these users, groups, contacts and roles.
  private func tenant(
    users: [JSONValue] = [], groups: [JSONValue] = [], contacts: [JSONValue] = [],
    roles: Reply = .list([])
  ) throws -> ScriptedGraph {
    try ScriptedGraph { call in
      switch (call.method, call.path) {
      case ("POST", _): .conflict("proxyAddresses")
      case ("GET", "/users"): .list(call.query.contains("proxyAddresses%2F") ? users : [])
      case ("GET", "/groups"): .list(groups)
      case ("GET", "/contacts"): .list(contacts)
      case ("GET", _): roles
      default: Reply(204)
      }
    }
  }

  private func holder(_ addresses: String...) -> JSONValue {
    [
      "id": "other", "userPrincipalName": "other@contoso.com",
      "proxyAddresses": .array(addresses.map { .string($0) }),
    ]
  }

  @Test("The primary address is a soft match, once it is known that no administrator has it")
  func primary() async throws {
    let server = try tenant(users: [holder("smtp:x@contoso.com", "SMTP:Ann@contoso.com")])
    defer { server.close() }
    let outcome = try await server.connector().export([ann()])[0]
    #expect(outcome.anchor?.text == "other", "\(outcome)")
    let roles = server.calls.first { $0.path.hasSuffix("/microsoft.graph.directoryRole") }
    #expect(roles?.path.hasPrefix("/users/other/") == true)
    #expect(server.count("PATCH /users/other") == 1)
  }

  @Test(
    "A secondary address, or another user from a server that ignores filters, is none",
    arguments: [["smtp:ann@contoso.com", "SMTP:x@contoso.com"], ["SMTP:zoe@contoso.com"], []])
  func others(_ addresses: [String]) async throws {
    let user: JSONValue = [
      "id": "other", "userPrincipalName": "ann@contoso.com.example",
      "proxyAddresses": .array(addresses.map { .string($0) }),
    ]
    let server = try tenant(users: [user])
    defer { server.close() }
    let outcome = try await server.connector().export([ann()])[0]
    #expect(outcome.failure?.type == .attributeValueMustBeUnique, "\(outcome)")
    #expect(!server.calls.contains { $0.method == "PATCH" })
  }

  @Test("A member of the tenant is no guest, though what tells guests is there without a value")
  func member() async throws {
    var user = try #require(holder("SMTP:ann@contoso.com").object)
    user["userType"] = "Member"
    user["externalUserState"] = .null
    let server = try tenant(users: [.object(user)])
    defer { server.close() }
    let outcome = try await server.connector().export([ann()])[0]
    #expect(outcome.anchor?.text == "other", "\(outcome)")
  }

  @Test("An administrator is not taken over")
  func administrator() async throws {
    let server = try tenant(
      users: [holder("SMTP:ann@contoso.com")],
      roles: .list([["id": "r", "displayName": "Global Administrator"]]))
    defer { server.close() }
    let failure = try #require(try await server.connector().export([ann()])[0].failure)
    #expect(failure.type == .existingAdminRoleConflict)
    #expect(failure.message.contains("Global Administrator"))
    #expect(failure.conflictingAnchor?.text == "other")
    #expect(!server.calls.contains { $0.method == "PATCH" })
  }

  @Test("Nobody is taken over whose roles can't be read", arguments: [403, 200])
  func hiddenRoles(status: Int) async throws {
    let server = try tenant(
      users: [holder("SMTP:ann@contoso.com")],
      roles: status == 200
        ? Reply(200, [:]) : .error(403, "Authorization_RequestDenied", "Insufficient privileges"))
    defer { server.close() }
    let failure = try #require(try await server.connector().export([ann()])[0].failure)
    #expect(failure.type == .invalidSoftMatch)
    #expect(failure.message.contains("Directory.Read.All"))
    #expect(!server.calls.contains { $0.method == "PATCH" })
  }

  @Test("An address of a group or a contact is a match of another type", arguments: [true, false])
  func otherType(isGroup: Bool) async throws {
    let other: JSONValue = ["id": "other", "proxyAddresses": ["smtp:ANN@contoso.com"]]
    let server = try tenant(groups: isGroup ? [other] : [], contacts: isGroup ? [] : [other])
    defer { server.close() }
    let failure = try #require(try await server.connector().export([ann()])[0].failure)
    #expect(failure.type == .objectTypeMismatch)
    #expect(failure.message.contains(isGroup ? "a group" : "a contact") && failure.isOfAnother)
    #expect(failure.conflictingAnchor?.text == "other")
  }

  @Test("A group with another anchor from a server that ignores filters is not taken for the own")
  func otherGroup() async throws {
    let name = TestCloud.anchorExtension
    let server = try ScriptedGraph { call in
      call.method == "POST"
        ? Reply(201, ["id": "new"])
        : .list([["id": "other", name: .string(Operations.anchor("zoe"))]])
    }
    defer { server.close() }
    let outcome = try await server.connector { $0.groupAnchorExtension = name }
      .export([Operations.group("all", isRetry: true)])[0]
    #expect(outcome.anchor?.text == "new", "\(outcome)")
    #expect(!server.calls.contains { $0.method == "PATCH" })
  }

  @Test("Several groups with one source anchor are told, and none is made or changed")
  func severalGroups() async throws {
    let name = TestCloud.anchorExtension
    let group: JSONValue = ["id": "one", name: .string(Operations.anchor("all"))]
    let server = try ScriptedGraph { _ in .list([group, group]) }
    defer { server.close() }
    let outcome = try await server.connector { $0.groupAnchorExtension = name }
      .export([Operations.group("all", isRetry: true)])[0]
    #expect(outcome.failure?.type == .duplicateAnchor, "\(outcome)")
    #expect(server.calls.allSatisfy { $0.method == "GET" })
  }
}
