import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("A server that takes no paths which pick values")
struct ValuePathTests {
  private let directory: FakeDirectory

  init() { directory = Self.directory(hasBulk: false) }

  private static func directory(hasBulk: Bool) -> FakeDirectory {
    var options = FakeDirectory.Options()
    (options.hasBulk, options.hasETags) = (hasBulk, true)
    let directory = FakeDirectory(options)
    for id in ["a", "b"] {
      directory.add(
        "/Users", id: id,
        [
          ("userName", .string(id)),
          ("emails", [["type": "work", "value": "old"], ["type": "home", "value": "h"]]),
        ])
    }
    directory.add(
      "/Groups", id: "g",
      [
        ("displayName", "g"),
        (
          "members",
          [["value": "u0", "display": "U"], ["value": "u1"], ["value": "n", "type": "Group"]]
        ),
      ])
    return directory
  }

  private func serve(
    _ directory: FakeDirectory? = nil, _ scimType: String = "invalidPath"
  ) throws -> ScriptedServer {
    let directory = directory ?? self.directory
    return try directory.serve { request, carryOut in
      let error: JSONValue = [
        "schemas": [.string(SCIMErrorMessage.urn)], "scimType": .string(scimType),
        "detail": "no filter in a path",
      ]
      let body = try? JSONValue(parsing: request.body)
      if request.method == "PATCH", Self.picks(body) { return directory.reply(400, error) }
      guard request.path == "/Bulk", let operations = body?["Operations"]?.array,
        operations.contains(where: { Self.picks($0["data"]) })
      else { return nil }
      let answers: [JSONValue] = operations.map { operation in
        [
          "method": "PATCH", "bulkId": operation["bulkId"] ?? .null, "status": "400",
          "response": error,
        ]
      }
      return directory.reply(200, ["Operations": .array(answers)])
    }
  }

  private static func picks(_ body: JSONValue?) -> Bool {
    body?["Operations"]?.array?.contains { $0["path"]?.string?.contains("[") ?? false } ?? false
  }

  private func patches(_ server: ScriptedServer) throws -> [JSONValue] {
    try server.requests.filter { $0.method == "PATCH" }.map { try JSONValue(parsing: $0.body) }
  }

  private var changes: [AttributeChange] {
    [
      AttributeChange("title", .replace(["T"])),
      AttributeChange(#"emails[type eq "work"].value"#, .replace(["new"])),
      AttributeChange(#"addresses[type eq "work"].locality"#, .replace(["Ulm"])),
      AttributeChange(#"addresses[type eq "work"].country"#, .replace(["DE"])),
      AttributeChange(#"phoneNumbers[type eq "work"].value"#, .replace([])),
    ]
  }

  @Test(
    "gets the whole of what changes in part, and is not tried with such a path again",
    arguments: ["invalidPath", "invalidFilter", "invalidValue", ""])
  func whole(scimType: String) async throws {
    let server = try serve(nil, scimType)
    defer { server.close() }
    let connector = connector(server)
    for id in ["a", "b"] {
      let outcome = try await connector.export([operation(1, .modify(changes), anchor: id)])[0]
      #expect(outcome.isDone, "\(outcome)")
    }
    let patches = try patches(server)
    try #require(patches.count == 3)
    let expected: JSONValue = [
      ["op": "replace", "path": "title", "value": "T"],
      [
        "op": "replace", "path": "emails",
        "value": [["type": "work", "value": "new"], ["type": "home", "value": "h"]],
      ],
      [
        "op": "replace", "path": "addresses",
        "value": [["type": "work", "locality": "Ulm", "country": "DE"]],
      ],
    ]
    #expect(patches[1]["Operations"] == expected && patches[2]["Operations"] == expected)
  }

  @Test("gets the whole of it also after a Bulk request")
  func bulk() async throws {
    let directory = Self.directory(hasBulk: true)
    let server = try serve(directory)
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .modify(changes), anchor: "a"), operation(2, .modify(changes), anchor: "b"),
    ])
    #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
    let titles = directory.resources("/Users").map { $0["title"] }
    #expect(titles == ["T", "T"])
  }

  @Test("gets no such path in Bulk once it has refused one there")
  func bulkAgain() async throws {
    let server = try serve(Self.directory(hasBulk: true))
    defer { server.close() }
    let connector = connector(server)
    for _ in 0..<2 {
      let outcomes = try await connector.export([
        operation(1, .modify(changes), anchor: "a"), operation(2, .modify(changes), anchor: "b"),
      ])
      #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
    }
    #expect(server.requests.count { $0.path == "/Bulk" } == 1)
  }

  @Test(
    "is told from one that refuses to remove a member, which says nothing of the others",
    arguments: ["invalidValue", ""])
  func noMember(scimType: String) async throws {
    let server = try serve(nil, scimType)
    defer { server.close() }
    let connector = connector(server)
    for _ in 0..<2 {
      let change = AttributeChange("members", .update(added: [], removed: [.reference("u1")]))
      let outcome = try await connector.export([
        operation(1, .modify([change]), "group", anchor: "g")
      ])[0]
      #expect(outcome.failure?.message == "no filter in a path")
    }
    let paths = try patches(server).map { $0["Operations"]?.array?.first?["path"]?.string }
    #expect(paths == [#"members[value eq "u1"]"#, #"members[value eq "u1"]"#])
  }

  private func leave(_ server: ScriptedServer, most: Int = 5000) async throws -> ExportOutcome {
    let change = AttributeChange(
      "members", .update(added: [.reference("u9")], removed: [.reference("u1")]))
    return try await connector(server) { $0.valuesPerRequest = most }.export([
      operation(1, .modify([change]), "group", anchor: "g")
    ])[0]
  }

  @Test("gets the members that stay, where it shows them")
  func members() async throws {
    let server = try serve()
    defer { server.close() }
    #expect(try await leave(server).isDone)
    #expect(
      try patches(server).last?["Operations"] == [
        [
          "op": "replace", "path": "members",
          "value": [["value": "u0"], ["value": "n", "type": "Group"], ["value": "u9"]],
        ]
      ])
  }

  @Test(
    "gets the members that stay for the version that it shows, though it does not announce any",
    arguments: [false, true])
  func version(refusesVersions: Bool) async throws {
    let directory = FakeDirectory()
    directory.add(
      "/Groups", id: "g", [("displayName", "g"), ("members", [["value": "u0"], ["value": "u1"]])])
    let server = try directory.serve { request, _ in
      let body = try? JSONValue(parsing: request.body)
      if request.method == "PATCH", Self.picks(body) {
        return directory.reply(400, ["scimType": "invalidPath", "detail": "no filter in a path"])
      }
      if refusesVersions, request.headers["if-match"] != nil {
        return directory.reply(412, ["detail": "another version"])
      }
      guard request.method == "GET", request.path == "/Groups/g" else { return nil }
      return directory.reply(
        200, directory.resources("/Groups").first.map { .object($0) }, [("ETag", "W/\"7\"")])
    }
    defer { server.close() }
    #expect(try await leave(server).isDone)
    let sent = server.requests.filter { $0.method == "PATCH" }.map { $0.headers["if-match"] }
    #expect(sent == (refusesVersions ? [nil, "W/\"7\"", "W/\"7\"", nil] : [nil, "W/\"7\""]))
  }

  @Test("loses no other member where a list is shown to nobody, or is too long for one request")
  func unsure() async throws {
    let server = try serve()
    defer { server.close() }
    #expect(try await leave(server, most: 3).part?.failure.message == "no filter in a path")
    let hidden = FakeDirectory()
    hidden.add("/Groups", id: "g", [("displayName", "g")])
    let other = try serve(hidden)
    defer { other.close() }
    _ = try await leave(other)
    for body in try patches(server) + patches(other) {
      let operations = body["Operations"]?.array ?? []
      #expect(operations.allSatisfy { $0["path"] != "members" || $0["op"] == "add" })
    }
  }

  @Test("is told from one that refuses a value, once it has taken such a path")
  func badValue() async throws {
    let directory = directory
    let server = try directory.serve { request, _ in
      String(decoding: request.body, as: UTF8.self).contains("bad")
        ? directory.reply(400, ["scimType": "invalidValue", "detail": "no mail"]) : nil
    }
    defer { server.close() }
    let connector = connector(server)
    func set(_ value: AttributeValue) async throws -> ExportOutcome {
      let change = AttributeChange(#"emails[type eq "work"].value"#, .replace([value]))
      return try await connector.export([operation(1, .modify([change]), anchor: "a")])[0]
    }
    #expect(try await set("good").isDone)
    #expect(try await set("bad").failure?.message == "no mail")
    #expect(try patches(server).count == 2)
  }
}
