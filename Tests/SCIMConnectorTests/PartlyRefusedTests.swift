import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

/// A PATCH is taken as a whole or not at all (RFC 7644 §3.5.2).
@Suite("A change of which a server refuses a part")
struct PartlyRefusedTests {
  private let title = AttributeChange("title", .replace(["T"]))
  private let zone = AttributeChange("timezone", .replace(["Mars/Base"]))
  private let name = AttributeChange("displayName", .replace(["Ann"]))
  private let nick = AttributeChange("nickName", .replace(["A"]))

  private func directory(hasBulk: Bool = false) -> FakeDirectory {
    var options = FakeDirectory.Options()
    options.hasBulk = hasBulk
    let directory = FakeDirectory(options)
    for id in ["a", "b"] { directory.add("/Users", id: id, [("userName", .string(id))]) }
    directory.add(
      "/Groups", id: "g", [("displayName", "g"), ("members", [["value": "old"]])])
    return directory
  }

  /// A server that refuses each body with this word in it.
  private func serve(
    _ directory: FakeDirectory, refusing word: String, _ status: Int = 400,
    detail: String = "not so"
  ) throws -> ScriptedServer {
    try directory.serve { request, _ in
      let text = String(decoding: request.body, as: UTF8.self)
      guard text.contains(word) else { return nil }
      let error: JSONValue = [
        "schemas": [.string(SCIMErrorMessage.urn)], "detail": .string(detail),
      ]
      guard request.path == "/Bulk" else { return directory.reply(status, error) }
      let operations = (try? JSONValue(parsing: request.body))?["Operations"]?.array ?? []
      let answers: [JSONValue] = operations.map {
        [
          "method": "PATCH", "bulkId": $0["bulkId"] ?? .null, "status": .string("\(status)"),
          "response": error,
        ]
      }
      return directory.reply(200, ["Operations": .array(answers)])
    }
  }

  private func patches(_ server: ScriptedServer) -> Int {
    server.requests.count { $0.method == "PATCH" }
  }

  private func members(_ directory: FakeDirectory) -> Set<String> {
    Set(
      (directory.resources("/Groups").first?["members"]?.array ?? []).compactMap {
        $0["value"]?.string
      })
  }

  private func group(
    added: [String], removed: [String] = [], on server: ScriptedServer
  ) async throws -> ExportOutcome {
    let change = AttributeChange(
      "members",
      .update(added: added.map { .reference($0) }, removed: removed.map { .reference($0) }))
    return try await connector(server).export([
      operation(1, .modify([change]), "group", anchor: "g")
    ])[0]
  }

  @Test("lacks that part and no other", arguments: [400, 409, 422], [false, true])
  func attribute(status: Int, hasBulk: Bool) async throws {
    let directory = directory(hasBulk: hasBulk)
    let server = try serve(directory, refusing: "Mars", status, detail: "timezone is unknown")
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .modify([title, zone, name, nick]), anchor: "a"),
      operation(2, .modify([zone, title]), anchor: "b"),
    ])
    for (outcome, id) in zip(outcomes, ["a", "b"]) {
      let part = try #require(outcome.part, "\(outcome)")
      #expect(part.anchor.text == id && part.lacking == [zone])
      #expect(part.failure.attribute == "timezone" && part.failure.value == "Mars/Base")
    }
    let users = directory.resources("/Users")
    #expect(users.map { $0["title"] } == ["T", "T"])
    #expect(users[0]["displayName"] == "Ann" && users[0]["nickName"] == "A")
  }

  @Test("is refused as a whole where it is but one, or nothing of it is taken")
  func whole() async throws {
    let directory = directory()
    let server = try serve(directory, refusing: "Operations")
    defer { server.close() }
    let one = try await connector(server).export([operation(1, .modify([zone]), anchor: "a")])[0]
    #expect(one.failure?.message == "not so" && patches(server) == 1)
    let two = try await connector(server).export([
      operation(1, .modify([zone, title]), anchor: "a")
    ])[0]
    #expect(two.failure?.message == "not so" && patches(server) == 4)
  }

  @Test("of a group's members lacks the one, and who leaves is out")
  func member() async throws {
    let directory = directory()
    let server = try serve(directory, refusing: #""u77""#)
    defer { server.close() }
    let new = (0..<200).map { "u\($0)" }
    let part = try #require(try await group(added: new, removed: ["old"], on: server).part)
    #expect(
      part.lacking == [
        AttributeChange("members", .update(added: [.reference("u77")], removed: []))
      ])
    #expect(members(directory) == Set(new).subtracting(["u77"]))
    #expect(patches(server) <= 31)
  }

  @Test("keeps what was taken of it where whole objects are sent and shown late")
  func wholeObjects() async throws {
    var options = FakeDirectory.Options()
    options.canPatch = false
    // What is put is never shown.
    let directory = FakeDirectory(options)
    directory.add("/Users", id: "a", [("userName", "a")])
    let server = try serve(directory, refusing: "Mars")
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(1, .modify([title, zone, name, nick]), anchor: "a")
    ])[0]
    #expect(outcome.part?.lacking == [zone], "\(outcome)")
    let puts = try server.requests.filter { $0.method == "PUT" }.map {
      try JSONValue(parsing: $0.body)
    }
    let last = try #require(puts.last { $0["timezone"] == nil })
    #expect(last["title"] == "T" && last["displayName"] == "Ann" && last["nickName"] == "A")
  }

  @Test("is sent whole from the first part on where the server takes no PATCH, whatever it says")
  func noPatch() async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      if request.method == "PATCH" { return .answer(405) }
      guard request.method == "PUT" else { return nil }
      return String(decoding: request.body, as: UTF8.self).contains("Mars")
        ? directory.reply(400, ["detail": "not so"]) : nil
    }
    defer { server.close() }
    let connector = connector(server)
    for id in ["a", "b"] {
      let outcome = try await connector.export([
        operation(1, .modify([title, zone, name]), anchor: id)
      ])[0]
      #expect(outcome.part?.lacking == [zone], "\(outcome)")
    }
    #expect(patches(server) == 1)
  }

  @Test("leaves out who is out where whole lists are sent and shown late")
  func wholeLists() async throws {
    let directory = FakeDirectory()
    let old: [JSONValue] = ["a", "boss", "b", "stay"].map { ["value": $0] }
    directory.add("/Groups", id: "g", [("displayName", "g"), ("members", .array(old))])
    let shown = directory.resources("/Groups")[0]
    let server = try directory.serve { request, _ in
      guard request.path == "/Groups/g" else { return nil }
      guard request.method == "PATCH" else { return directory.reply(200, .object(shown)) }
      let text = String(decoding: request.body, as: UTF8.self)
      if text.contains("members[") {
        return directory.reply(400, ["scimType": "invalidPath", "detail": "no paths"])
      }
      return text.contains("boss") ? nil : directory.reply(400, ["detail": "the boss stays"])
    }
    defer { server.close() }
    let part = try #require(
      try await group(added: [], removed: ["a", "boss", "b"], on: server).part)
    #expect(
      part.lacking == [
        AttributeChange("members", .update(added: [], removed: [.reference("boss")]))
      ])
    #expect(members(directory) == ["boss", "stay"])
  }

  @Test("is tried a limited number of times, and who leaves comes first")
  func tries() async throws {
    let directory = directory()
    let server = try serve(directory, refusing: #""op":"add""#)
    defer { server.close() }
    let new = (0..<200).map { "u\($0)" }
    let part = try #require(try await group(added: new, removed: ["old"], on: server).part)
    #expect(members(directory) == [])
    #expect(patches(server) == 31)
    guard case .update(let added, let removed)? = part.lacking.first?.operation else {
      Issue.record("\(part.lacking)")
      return
    }
    #expect(part.lacking.count == 1 && Set(added).count == 200 && removed == [])
  }

  @Test("gives a group the others, however many of the first are refused")
  func manyRefused() async throws {
    let directory = directory()
    let server = try serve(directory, refusing: "gone")
    defer { server.close() }
    let new = (0..<20).map { "gone\($0)" } + (20..<200).map { "u\($0)" }
    let part = try #require(try await group(added: new, removed: ["old"], on: server).part)
    #expect(members(directory).count >= 175 && !members(directory).contains("old"))
    #expect(part.lacking.count == 1 && patches(server) <= 31)
  }

  @Test("with 404 speaks of a member where the object itself is there", arguments: [1, 3])
  func missingMember(count: Int) async throws {
    let directory = directory()
    let server = try serve(directory, refusing: "nobody", 404, detail: "no such user")
    defer { server.close() }
    let outcome = try await group(
      added: ["nobody"] + (1..<count).map { "u\($0)" }, on: server)
    let failure = outcome.failure ?? outcome.part?.failure
    #expect(failure?.type == .dnAttributesFailure && failure?.message == "no such user")
    #expect((outcome.part != nil) == (count > 1))
    #expect(members(directory).count == count)
  }

  @Test("is not tried in parts where the object is gone", arguments: [false, true])
  func gone(hasBulk: Bool) async throws {
    let server = try directory(hasBulk: hasBulk).serve { request, _ in
      request.path == "/Users/gone" ? .answer(404) : nil
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .modify([title, name]), anchor: "gone"),
      operation(2, .modify([title]), anchor: "a"),
    ])
    #expect(outcomes[0].failure?.type == .missingObject && outcomes[1].isDone, "\(outcomes)")
    #expect(server.requests.count { $0.path == "/Users/gone" && $0.method == "PATCH" } == 1)
  }

  @Test("is the rest of a new group, and the group is there with the others")
  func newGroup() async throws {
    let directory = FakeDirectory()
    let server = try serve(directory, refusing: #""u9""#)
    defer { server.close() }
    let members = (0..<25).map { AttributeValue.reference("u\($0)") }
    let add = try operation(
      1, .add(["displayName": ["all"], "externalId": ["g"], "members": members]), "group")
    let outcome = try await connector(server) { $0.valuesPerRequest = 10 }.export([add])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.anchor.text == directory.resources("/Groups").first?["id"]?.string)
    #expect(
      part.lacking == [
        AttributeChange("members", .update(added: [.reference("u9")], removed: []))
      ])
    #expect(self.members(directory).count == 24)
  }
}
