import Directory
import Foundation
import HTTPTesting
import JSON
import Testing

@testable import GraphConnector

@Suite("Users who were deleted and are to be made again")
struct GraphRestoreTests {
  /// The users that an import gives, by their DN.
  private func users(_ cloud: TestCloud) async throws -> [String: DirectoryEntry] {
    try await cloud.entries().filter { $0.value.objectType == "user" }
  }

  @Test("A user comes back by the source anchor, as the same object, in the same groups, corrected")
  func restored() async throws {
    let cloud = try await TestCloud()
    let ada = try await cloud.add(user: "ada")
    let other = try await cloud.add(user: "ben")
    let group = try await cloud.add(group: "all", members: [ada, other])
    _ = try await cloud.connector.export([Operations.delete("user", ada)])
    #expect(try await users(cloud).count == 1)
    let outcome = try await cloud.connector.export([
      Operations.user("ada", ["title": ["Lead"]]), Operations.user("cyd", id: 2),
    ])
    #expect(outcome[0].anchor == ada, "\(outcome)")
    #expect(outcome[1].anchor != nil && outcome[1].anchor != ada)
    let all = try await cloud.entries()
    #expect(all[try Operations.dn("ada").text]?.attributes.text("title") == "Lead")
    let members = all.values.first { $0.anchor == group }?.attributes["member"] ?? []
    #expect(Set(members) == [.reference(ada.text), .reference(other.text)])
    await cloud.stop()
  }

  @Test("Of several with one source anchor the last one deleted comes back")
  func several() async throws {
    let cloud = try await TestCloud { $0.pageSize = 1 }
    let first = try await cloud.add(user: "ada")
    _ = try await cloud.connector.export([Operations.delete("user", first)])
    // Made anew by somebody else, and deleted again.
    let maker = GraphConnector(without(cloud.settings))
    let second = try #require(try await maker.export([Operations.user("ada")])[0].anchor)
    #expect(second != first)
    _ = try await maker.export([Operations.delete("user", second)])
    let outcome = try await cloud.connector.export([Operations.user("ada")])
    #expect(outcome[0].anchor == second, "\(outcome)")
    await cloud.stop()
  }

  @Test("Where that is switched off a new user is made")
  func off() async throws {
    let cloud = try await TestCloud { $0.restoresDeleted = false }
    let first = try await cloud.add(user: "ada")
    _ = try await cloud.connector.export([Operations.delete("user", first)])
    let again = try await cloud.add(user: "ada")
    #expect(again != first)
    await cloud.stop()
  }

  @Test("One who can't come back, for another has the name by now, is told as a conflict")
  func conflict() async throws {
    let cloud = try await TestCloud()
    let ada = try await cloud.add(user: "ada")
    _ = try await cloud.connector.export([Operations.delete("user", ada)])
    try await cloud.add(
      user: "new", ["userPrincipalName": ["ada@contoso.com"]])
    let outcome = try await cloud.connector.export([Operations.user("ada")])[0]
    #expect(outcome.failure?.type == .attributeValueMustBeUnique, "\(outcome)")
    #expect(try await users(cloud).count == 1)
    await cloud.stop()
  }

  @Test("One whose old name another has by now comes back under the new name")
  func newName() async throws {
    let cloud = try await TestCloud()
    let ada = try await cloud.add(user: "ada")
    _ = try await cloud.connector.export([Operations.delete("user", ada)])
    try await cloud.add(user: "new", ["userPrincipalName": ["ada@contoso.com"]])
    let outcome = try await cloud.connector.export([
      Operations.user("ada", ["userPrincipalName": ["ada2@contoso.com"]])
    ])[0]
    #expect(outcome.anchor == ada, "\(outcome)")
    let names = try await users(cloud).values.map { $0.attributes.text("userPrincipalName") }
    #expect(Set(names) == ["ada@contoso.com", "ada2@contoso.com"])
    await cloud.stop()
  }

  @Test("An address that another has by now is told, and no value of what was sent is blamed")
  func takenAddress() async throws {
    let cloud = try await TestCloud()
    let ada = try await cloud.add(user: "ada", ["mail": ["old@contoso.com"]])
    _ = try await cloud.connector.export([Operations.delete("user", ada)])
    try await cloud.add(user: "new", ["mail": ["old@contoso.com"]])
    let failure = try #require(
      try await cloud.connector.export([
        Operations.user("ada", ["mail": ["ada@contoso.com"]])
      ])[0].failure)
    #expect(failure.type == .attributeValueMustBeUnique && failure.value == nil, "\(failure)")
    #expect(failure.message.contains(ada.text) && failure.message.contains("delete that user"))
    await cloud.stop()
  }

  @Test("An application that may not see who was deleted makes users anew", arguments: [403, 404])
  func hidden(status: Int) async throws {
    let server = try ScriptedServer { request in
      let json: JSONValue =
        request.method == "GET"
        ? ["error": ["code": "Authorization_RequestDenied", "message": "no"]] : ["id": "id-ada"]
      return .answer(request.method == "GET" ? status : 201, [], json.encoded)
    }
    defer { server.close() }
    let settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t", credentials: .bearer { "token" })
    let outcome = try await GraphConnector(settings).export([Operations.user("ada")])[0]
    #expect(outcome.anchor?.text == "id-ada")
    #expect(server.requests.map(\.method) == ["GET", "POST"])
  }

  @Test("One who was deleted for ever since the look is made anew")
  func goneForEver() async throws {
    let server = try ScriptedServer { request in
      func reply(_ status: Int, _ json: JSONValue) -> Reaction { .answer(status, [], json.encoded) }
      if request.method == "GET" {
        return reply(
          200,
          [
            "value": [
              ["id": "old", "onPremisesImmutableId": .string(Operations.anchor("ada"))]
            ]
          ])
      }
      if request.path.hasSuffix("/restore") {
        return reply(404, ["error": ["code": "Request_ResourceNotFound", "message": "gone"]])
      }
      return reply(201, ["id": "new"])
    }
    defer { server.close() }
    let settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t", credentials: .bearer { "token" })
    let outcome = try await GraphConnector(settings).export([Operations.user("ada")])[0]
    #expect(outcome.anchor?.text == "new", "\(outcome)")
  }

  @Test(
    "Nobody is made anew because nobody could look who was deleted, and all else goes on",
    arguments: [500, 400])
  func unreadable(status: Int) async throws {
    let server = try ScriptedGraph { call in
      switch call.method {
      case "GET": .error(status, "Something", "not now")
      case "POST": .init(201, ["id": "new"])
      default: .init(204)
      }
    }
    defer { server.close() }
    let connector = server.connector {
      $0.restoresDeleted = true
      $0.groupAnchorExtension = TestCloud.anchorExtension
    }
    let outcomes = try await connector.export([
      Operations.user("ada"),
      Operations.modify("user", Anchor("b"), [AttributeChange("title", .replace(["Boss"]))]),
      Operations.delete("user", Anchor("c")), Operations.group("all"),
    ])
    #expect(outcomes[0].failure?.isTransient == true, "\(outcomes[0])")
    #expect(outcomes[0].failure?.message.contains("not now") == true)
    #expect(outcomes.dropFirst().allSatisfy { $0.anchor != nil }, "\(outcomes)")
    #expect(server.count("POST /users") == 0 && server.count("DELETE /users/c") == 1)
  }

  @Test("A restoration that something else answers with 404 makes nobody anew")
  func strangersAbsence() async throws {
    let server = try ScriptedGraph { call in
      switch call.line {
      case "GET /directory/deletedItems/microsoft.graph.user": .list([Self.deleted])
      case "POST /directory/deletedItems/old/restore": .init(404)
      default: .init(201, ["id": "new"])
      }
    }
    defer { server.close() }
    let outcome = try await server.connector { $0.restoresDeleted = true }
      .export([Operations.user("ada")])[0]
    #expect(outcome.failure?.isTransient == true, "\(outcome)")
    #expect(server.count("POST /users") == 0)
  }

  private static let deleted: JSONValue = [
    "id": "old", "onPremisesImmutableId": .string(Operations.anchor("ada")),
  ]

  @Test("One who was to be made and got no answer comes back all the same, at the next attempt")
  func retried() async throws {
    let server = try ScriptedGraph { call in
      switch call.line {
      case "GET /directory/deletedItems/microsoft.graph.user": .list([Self.deleted])
      case "GET /users": .list([])
      case "POST /directory/deletedItems/old/restore": .init(200, ["id": "old"])
      default: .init(call.method == "POST" ? 201 : 204, ["id": "new"])
      }
    }
    defer { server.close() }
    let outcome = try await server.connector { $0.restoresDeleted = true }
      .export([Operations.user("ada", isRetry: true)])[0]
    #expect(outcome.anchor?.text == "old", "\(outcome)")
    #expect(server.count("POST /users") == 0 && server.count("PATCH /users/old") == 1)
  }

  @Test("A restoration that got no answer is sent again, and who is back is found")
  func cut() async throws {
    let server = try ScriptedGraph { call in
      switch call.line {
      case "GET /directory/deletedItems/microsoft.graph.user": return .list([Self.deleted])
      case "POST /directory/deletedItems/old/restore":
        return call.number == 0 ? nil : .error(404, "Request_ResourceNotFound", "not deleted")
      case "POST /users": return .conflict("userPrincipalName")
      case "GET /users": return .list([Self.deleted])
      default: return .init(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector { $0.restoresDeleted = true }
      .export([Operations.user("ada")])[0]
    #expect(outcome.anchor?.text == "old", "\(outcome)")
    #expect(server.count("PATCH /users/old") == 1)
  }

  private func without(_ settings: GraphConnectorSettings) -> GraphConnectorSettings {
    var settings = settings
    settings.restoresDeleted = false
    return settings
  }
}
