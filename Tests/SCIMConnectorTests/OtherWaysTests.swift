import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

/// What servers do that RFC 7644 has otherwise, and that can be lived with.
@Suite("A server with ways of its own")
struct OtherWaysTests {
  private static let list: JSONValue = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

  @Test("that numbers its objects has those numbers for ids")
  func numbers() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      switch (request.method, request.path) {
      case ("GET", "/Users"):
        return directory.reply(
          200,
          [
            "schemas": [Self.list], "totalResults": 2,
            "Resources": [["id": 7, "userName": "ann"], ["id": 8, "userName": "bob"]],
          ])
      case ("GET", "/Groups"):
        return directory.reply(
          200,
          [
            "schemas": [Self.list], "totalResults": 1,
            "Resources": [["id": 9, "displayName": "g", "members": [["value": 7], ["value": 8]]]],
          ])
      case ("POST", "/Users"): return directory.reply(201, ["id": 10])
      default: return nil
      }
    }
    defer { server.close() }
    let connector = connector(server)
    let batches = try await readAll(connector)
    #expect(entries(batches).map(\.anchor.text) == ["7", "8", "9"])
    #expect(batches.allSatisfy { $0.errors.isEmpty })
    #expect(entries(batches).last?.attributes["members"] == [.reference("7"), .reference("8")])
    #expect(try await connector.export([addUser(1, "cid")])[0].anchor == "10")
  }

  @Test("that knows no groups and lists no types has users alone", arguments: [404, 501])
  func usersAlone(status: Int) async throws {
    let directory = FakeDirectory()
    directory.add("/Users", id: "a", [("userName", "ann")])
    let server = try directory.serve { request, _ in
      ["/ResourceTypes", "/Schemas", "/Groups"].contains(request.path)
        ? directory.reply(status, ["error": "Not Found"]) : nil
    }
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.describe().schema.objectTypes == ["user"])
    #expect(try await entries(readAll(connector)).map(\.anchor.text) == ["a"])
    let group = ExportOperation.Kind.add(["displayName": ["g"]])
    let outcome = try await connector.export([operation(1, group, "group")])[0]
    #expect(outcome.failure?.message.contains("no objects of type group") == true)
  }

  @Test("that takes no choice of attributes is asked for all of them")
  func noChoice() async throws {
    let directory = FakeDirectory()
    directory.add("/Users", id: "a", [("userName", "ann"), ("externalId", "ext-ann")])
    let server = try directory.serve { request, _ in
      request.query["attributes"] == nil
        ? nil : directory.reply(400, ["detail": "attributes is not supported"])
    }
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.export([addUser(1, "ann", isRetry: true)])[0].anchor == "a")
    #expect(directory.resources("/Users").count == 1)
    let mark = try #require(try await readAll(connector).last?.watermark)
    // Another number is staged: the ids of all are read.
    let batches = try await readAll(connector, since: mark) { 2 }
    #expect(batches.last?.endsPresencePhase == true)
    #expect(batches.flatMap(\.changes).contains(.present(Anchor("a"))))
  }

  @Test("that may not show its groups now has them all the same", arguments: [403, 500])
  func hiddenGroups(status: Int) async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      switch request.path {
      case "/ResourceTypes": directory.reply(404, ["detail": "no such path"])
      case "/Groups": directory.reply(status, ["detail": "not now"])
      default: nil
      }
    }
    defer { server.close() }
    #expect(try await connector(server).describe().schema.objectTypes.contains("group"))
    await #expect(throws: ConnectorFailure.self) { try await readAll(connector(server)) }
  }

  @Test("that takes only plain JSON gets that, and is asked once whether it does")
  func plainJSON() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.method == "POST" && request.headers["content-type"] != "application/json"
        ? directory.reply(415, ["detail": "Unsupported Media Type"]) : nil
    }
    defer { server.close() }
    let connector = connector(server) { $0.useBulk = false }
    for name in ["ann", "bob"] {
      #expect(try await connector.export([addUser(1, name)])[0].isDone)
    }
    #expect(server.requests.count { $0.method == "POST" } == 3)
    #expect(directory.resources("/Users").count == 2)
  }

  @Test("that gives its endpoints from the root is read and written there")
  func rootedEndpoints() async throws {
    let directory = FakeDirectory()
    directory.add("/Users", id: "a", [("userName", "ann")])
    let server = try ScriptedServer { request in
      guard request.target.hasPrefix("/scim/v2/") else {
        return directory.reply(404, ["detail": "no such path"])
      }
      var request = request
      request.target = String(request.target.dropFirst("/scim/v2".count))
      guard request.path == "/ResourceTypes" else { return directory.answer(request) }
      let types: [JSONValue] = [
        ["name": "User", "endpoint": "/scim/v2/Users", "schema": .string(SCIMSchema.userURN)],
        ["name": "Group", "endpoint": "/scim/v2/Groups", "schema": .string(SCIMSchema.groupURN)],
        ["name": "Role", "endpoint": "https://roles.example/scim/v2/R", "schema": "urn:x:Role"],
      ]
      return directory.reply(200, ["schemas": [Self.list], "Resources": .array(types)])
    }
    defer { server.close() }
    let connector = connector(server.url + "/scim/v2")
    #expect(try await entries(readAll(connector)).map(\.anchor.text) == ["a"])
    #expect(try await connector.export([addUser(1, "bob")])[0].isDone)
    #expect(directory.resources("/Users").count == 2)
    // What it lists and nobody can reach is told.
    let finding = await connector.check().first { $0.text.contains("\"Role\"") }
    #expect(finding?.isGood == false)
    #expect(finding?.text.contains("https://roles.example/scim/v2/R") == true)
  }

  @Test("that publishes members and managers without links has them as references all the same")
  func unlinkedReferences() async throws {
    let directory = FakeDirectory()
    directory.add("/Groups", id: "g", [("displayName", "all"), ("members", [["value": "a"]])])
    func schema(_ urn: String, _ attributes: [JSONValue]) -> JSONValue {
      ["id": .string(urn), "attributes": .array(attributes)]
    }
    // As https://github.com/AzureAD/SCIMReferenceCode has them.
    let value: JSONValue = ["name": "value", "type": "string"]
    let schemas: [JSONValue] = [
      schema(SCIMSchema.userURN, [["name": "userName", "type": "string", "required": true]]),
      schema(
        SCIMSchema.enterpriseURN,
        [["name": "manager", "type": "complex", "subAttributes": [value]]]),
      schema(
        SCIMSchema.groupURN,
        [
          ["name": "displayName", "type": "string"],
          [
            "name": "members", "type": "complex", "multiValued": true,
            "subAttributes": [value, ["name": "type", "type": "string"]],
          ],
        ]),
    ]
    let server = try directory.serve { request, _ in
      request.path == "/Schemas" ? directory.reply(200, ["Resources": .array(schemas)]) : nil
    }
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.describe().schema["members"].kind == .reference)
    let group = try await entries(readAll(connector)).first
    #expect(group?.attributes["members"] == [.reference("a")])
    let manager = AttributeName(SCIMSchema.enterpriseURN + ":manager")
    let outcomes = try await connector.export([
      operation(1, .add(["userName": ["bob"], manager: [.reference("a")]])),
      operation(2, .add(["displayName": ["few"], "members": [.reference("a")]]), "group"),
    ])
    #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
    let made = directory.resources("/Users").first?[SCIMSchema.enterpriseURN]?["manager"]
    #expect(made == ["value": "a"])
    #expect(directory.resources("/Groups").last?["members"] == [["value": "a"]])
  }

  @Test("that cuts a name in the middle of a character is read, with all that it lists beside")
  func halfCharacter() async throws {
    let directory = FakeDirectory()
    let page =
      #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":2,"#
      + #""Resources":[{"id":"a","displayName":"Ann \ud83d"},{"id":"b"}]}"#
    let server = try directory.serve { request, _ in
      request.path == "/Users" && request.query["count"] != "0"
        ? .answer(200, [("Content-Type", "application/scim+json")], Array(page.utf8)) : nil
    }
    defer { server.close() }
    let found = try await entries(readAll(connector(server), types: ["user"]))
    #expect(found.map(\.anchor.text) == ["a", "b"])
    #expect(found.first?.attributes.text("displayName") == "Ann \u{FFFD}")
  }
}
