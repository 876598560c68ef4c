import Directory
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import SCIMConnector

@Suite("An export")
struct ExportTests {
  private func body(_ request: ReceivedRequest?) throws -> JSONValue {
    try JSONValue(parsing: try #require(request).body)
  }

  @Test("creates, changes and deletes, and answers in order", arguments: [false, true])
  func allKinds(hasBulk: Bool) async throws {
    var options = FakeDirectory.Options()
    options.hasBulk = hasBulk
    let directory = FakeDirectory(options)
    let kept = directory.add("/Users", [("userName", "kept")])
    let gone = directory.add("/Users", [("userName", "gone")])
    let server = try directory.serve()
    defer { server.close() }
    let outcomes = try await connector(server).export([
      addUser(1, "ann"),
      operation(2, .modify([AttributeChange("displayName", .replace(["K"]))]), anchor: kept),
      operation(3, .delete, anchor: gone),
      operation(4, .delete, anchor: "never-was"),
      operation(5, .modify([AttributeChange("displayName", .replace(["X"]))]), anchor: "nobody"),
    ])
    #expect(outcomes.count == 5)
    let ann = directory.resources("/Users").first { $0["userName"] == "ann" }
    #expect(outcomes[0].anchor == ann?["id"]?.string)
    #expect(ann?["externalId"] == "ext-ann")
    #expect(outcomes[1].anchor == kept)
    #expect(outcomes[2].isDone && outcomes[3].isDone)
    #expect(outcomes[4].failure?.type == .missingObject)
    #expect(!directory.resources("/Users").contains { $0["id"]?.string == gone })
    #expect(server.requests.contains { $0.path == "/Bulk" } == hasBulk)
  }

  @Test("sends the token, and says what it sends")
  func headers() async throws {
    let server = try FakeDirectory().serve()
    defer { server.close() }
    _ = try await connector(server).export([addUser(1, "ann")])
    #expect(server.requests.allSatisfy { $0.headers["authorization"] == "Bearer secret-token" })
    let post = server.requests.first { $0.method == "POST" }
    #expect(post?.headers["content-type"] == "application/scim+json")
  }

  @Test("sends nothing for what can't be sent, and the rest all the same")
  func unsendable() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve()
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .add(["active": ["perhaps"]])), addUser(2, "bob"),
      operation(3, .add([:]), "device"), operation(4, .delete), operation(5, .modify([])),
    ])
    #expect(outcomes[0].failure?.type == .invalidAttributeValue)
    #expect(outcomes[0].failure?.attribute == "active")
    #expect(outcomes[1].isDone)
    #expect(outcomes[2].failure?.type == .schemaViolation)
    #expect(outcomes[3].failure?.type == .missingObject)
    #expect(outcomes[4].failure?.type == .missingObject)
    #expect(server.requests.filter { $0.method == "POST" }.count == 1)
  }

  @Test("asks an id for what it is, whatever characters it has")
  func oddIDs() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve()
    defer { server.close() }
    _ = try await connector(server).export([operation(1, .delete, anchor: "../Groups/1?x#y")])
    #expect(server.requests.last?.target == "/Users/..%2FGroups%2F1%3Fx%23y")
  }

  @Test("goes by what is there when a path picked nothing")
  func noTarget() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("emails", [["type": "home", "value": "h"]])])
    let server = try directory.serve { request, _ in
      guard request.method == "PATCH",
        String(decoding: request.body, as: UTF8.self).contains("[type eq")
      else { return nil }
      return directory.reply(400, ["scimType": "noTarget", "detail": "nothing there"])
    }
    defer { server.close() }
    let change = AttributeChange("emails[type eq \"work\"].value", .replace(["w"]))
    let outcomes = try await connector(server).export([operation(1, .modify([change]), anchor: id)])
    #expect(outcomes[0].isDone)
    let patches = server.requests.filter { $0.method == "PATCH" }
    #expect(patches.count == 2)
    #expect(
      try body(patches.last)["Operations"] == [
        ["op": "add", "path": "emails", "value": [["type": "work", "value": "w"]]]
      ])
  }

  @Test("reads a plain list before it takes values from it")
  func plainList() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [(extensionURN, ["proxyAddresses": ["a", "b"]])])
    let schemas: JSONValue = [
      "Resources": [
        [
          "id": .string(extensionURN),
          "attributes": [["name": "proxyAddresses", "type": "string", "multiValued": true]],
        ]
      ]
    ]
    let server = try directory.serve { request, _ in
      request.path == "/Schemas" ? directory.reply(200, schemas) : nil
    }
    defer { server.close() }
    let change = AttributeChange(
      AttributeName(extensionURN + ":proxyAddresses"), .update(added: ["c"], removed: ["a"]))
    let outcomes = try await connector(server).export([operation(1, .modify([change]), anchor: id)])
    #expect(outcomes[0].isDone)
    #expect(
      try body(server.requests.last)["Operations"]?.array?.first?["value"] == ["b", "c"])
  }

  @Test("has a refusal as the answer of its object, in the server's words")
  func refusal() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      guard request.method == "POST", String(decoding: request.body, as: UTF8.self).contains("bob")
      else { return nil }
      return directory.reply(
        409,
        [
          "scimType": "uniqueness", "detail": "userName bob is already used",
          "conflictingId": "id-7",
        ])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      addUser(1, "ann"), addUser(2, "bob"), addUser(3, "cho"),
    ])
    #expect(outcomes.map(\.isDone) == [true, false, true])
    let failure = try #require(outcomes[1].failure)
    #expect(failure.type == .attributeValueMustBeUnique)
    #expect(failure.message == "userName bob is already used")
    #expect(failure.attribute == "userName" && failure.value == "bob")
    #expect(failure.conflictingAnchor?.text == "id-7")
    #expect(!failure.isTransient)
  }

  @Test("keeps the order of the requests of one object")
  func chunks() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Groups", [("displayName", "g")])
    let server = try directory.serve()
    defer { server.close() }
    let members = (0..<12_000).map { AttributeValue.reference("u\($0)") }
    let outcomes = try await connector(server).export([
      operation(1, .modify([AttributeChange("members", .replace(members))]), "group", anchor: id)
    ])
    #expect(outcomes[0].isDone)
    let patches = try server.requests.filter { $0.method == "PATCH" }.map(body)
    #expect(
      patches.map { $0["Operations"]?.array?.first?["op"]?.string } == ["replace", "add", "add"])
  }

  @Test("has no more requests under way than it may", arguments: [1, 3])
  func inFlight(limit: Int) async throws {
    let server = try FakeDirectory().serve()
    defer { server.close() }
    let operations = try (0..<40).map { try addUser(Int64($0), "user\($0)") }
    let outcomes = try await connector(server) { $0.requestsInFlight = limit }.export(operations)
    #expect(outcomes.allSatisfy { $0.isDone })
    let posts = server.requests.filter { $0.method == "POST" }
    #expect(posts.count == 40)
    #expect(Set(posts.map(\.connection)).count <= limit)
  }

  @Test("says so when the token can't be read, and never prints it")
  func badToken() async throws {
    struct NoFile: Error {}
    let server = try FakeDirectory().serve()
    defer { server.close() }
    var settings = SCIMConnectorSettings(url: server.url, token: { throw NoFile() })
    let missing = await failure { _ = try await SCIMConnector(settings).export([addUser(1, "a")]) }
    #expect(missing?.result == .noStartCredentials)
    settings.token = { "two\r\nlines" }
    let broken = await failure { _ = try await SCIMConnector(settings).export([addUser(1, "a")]) }
    #expect(broken?.result == .noStartCredentials)
    #expect(broken?.description.contains("lines") == false)
    #expect(server.requests.isEmpty)
  }
}
