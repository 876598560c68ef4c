import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("A member that goes")
struct RemovedMemberTests {
  private func directory(
    _ removal: FakeDirectory.Removal, hasBulk: Bool = false
  ) -> FakeDirectory {
    .withGroups(of: 4, removal, hasBulk: hasBulk)
  }

  private func remove(_ member: String, from group: String, isRepeated: Bool = false) throws
    -> ExportOperation
  {
    let change = AttributeChange("members", .update(added: [], removed: [.reference(member)]))
    var operation = try operation(group == "g" ? 1 : 2, .modify([change]), "group", anchor: group)
    operation.isRepeated = isRepeated
    return operation
  }

  private func members(_ directory: FakeDirectory, _ group: String) -> [String] {
    let found = directory.resources("/Groups").first { $0["id"]?.string == group }
    return (found?["members"]?.array ?? []).compactMap { $0["value"]?.string }.sorted()
  }

  private func operations(_ server: ScriptedServer) throws -> [JSONValue] {
    try server.requests.filter { $0.method == "PATCH" }.flatMap {
      try JSONValue(parsing: $0.body)["Operations"]?.array ?? []
    }
  }

  @Test("leaves the others where Entra's way of removing one is RFC 7644's of removing all")
  func dialect() async throws {
    let directory = directory(.bySelector)
    let server = try directory.serve()
    defer { server.close() }
    let connector = connector(server) {
      $0.dialect = .entra
      $0.requestsInFlight = 1
      $0.valuesPerRequest = 2
    }
    let outcomes = try await connector.export([remove("u1", from: "g"), remove("u2", from: "h")])
    #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
    #expect(members(directory, "g") == ["u2", "u3", "u4"])
    #expect(members(directory, "h") == ["u1", "u3", "u4"])
    let sent = try operations(server)
    #expect(sent.map { $0["op"]?.string } == ["Remove", "Add", "Add", "Remove"])
    #expect(sent.last?["path"] == #"members[value eq "u2"]"#)
    #expect(
      sent[1]["value"] == [["$ref": .null, "value": "u2"], ["$ref": .null, "value": "u3"]])
  }

  @Test("is removed in Entra's way, and nobody looks again, where that takes the one alone")
  func byList() async throws {
    let directory = directory(.byList)
    let server = try directory.serve()
    defer { server.close() }
    let connector = connector(server) { $0.dialect = .entra }
    #expect(try await connector.export([remove("u1", from: "g")])[0].isDone)
    let looks = server.requests.count { $0.path == "/Groups/g" && $0.method == "GET" }
    #expect(looks == 2)
    #expect(try await connector.export([remove("u2", from: "g")])[0].isDone)
    #expect(members(directory, "g") == ["u3", "u4"])
    #expect(server.requests.count { $0.path == "/Groups/g" && $0.method == "GET" } == looks)
    #expect(try operations(server).allSatisfy { $0["path"] == "members" })
  }

  @Test("is told with the others where these are not taken back")
  func notTakenBack() async throws {
    let directory = directory(.bySelector)
    let server = try directory.serve { request, _ in
      String(decoding: request.body, as: UTF8.self).contains(#""Add""#)
        ? directory.reply(400, ["detail": "closed"]) : nil
    }
    defer { server.close() }
    let outcome = try await connector(server) { $0.dialect = .entra }
      .export([remove("u1", from: "g")])[0]
    // Nobody would look again after a failure: what is left in the list is not known.
    guard case .unknown(let message) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(message.hasPrefix("closed (") && message.contains("does not take back 3 others"))
    #expect(try operations(server).count == 2)
  }

  @Test("is looked for a limited number of times where it is shown late")
  func late() async throws {
    let directory = directory(.byList)
    let shown = directory.resources("/Groups")[0]
    let server = try directory.serve { request, _ in
      request.path == "/Groups/g" && request.method == "GET"
        ? directory.reply(200, .object(shown)) : nil
    }
    defer { server.close() }
    let connector = connector(server) { $0.dialect = .entra }
    for _ in 0..<12 { #expect(try await connector.export([remove("u1", from: "g")])[0].isDone) }
    #expect(server.requests.count { $0.path == "/Groups/g" && $0.method == "GET" } == 20)
  }

  @Test("who is alone tells nothing, and takes no look from who goes after him")
  func alone() async throws {
    let directory = directory(.bySelector)
    directory.add("/Groups", id: "one", [("displayName", "one"), ("members", [["value": "u1"]])])
    let server = try directory.serve()
    defer { server.close() }
    let connector = connector(server) { $0.dialect = .entra }
    for _ in 0..<12 { #expect(try await connector.export([remove("u1", from: "one")])[0].isDone) }
    #expect(server.requests.count { $0.path == "/Groups/one" && $0.method == "GET" } == 12)
    #expect(try await connector.export([remove("u1", from: "g")])[0].isDone)
    #expect(members(directory, "g") == ["u2", "u3", "u4"])
  }

  @Test("is a risk of Entra's dialect that a check tells")
  func check() async throws {
    let server = try directory(.both).serve()
    defer { server.close() }
    func texts(_ dialect: SCIMDialect) async -> [String] {
      await connector(server) { $0.dialect = dialect }.check().map(\.text)
    }
    let told = "dialect: that of Entra's provisioning service"
    #expect(await texts(.entra).contains(told))
    #expect(await !texts(.standard).contains(told))
  }

  @Test("goes with a list of those who stay where a server says yes to a path and does nothing")
  func ignored() async throws {
    let directory = directory(.byList)
    let server = try directory.serve()
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.export([remove("u1", from: "g")])[0].isDone)
    #expect(members(directory, "g") == ["u2", "u3", "u4"])
    #expect(try await connector.export([remove("u2", from: "g")])[0].isDone)
    #expect(members(directory, "g") == ["u3", "u4"])
    let sent = try operations(server)
    #expect(sent.map { $0["op"] } == ["remove", "replace", "replace"])
  }

  @Test("is not sent again where the answer shows what was there before")
  func before() async throws {
    let directory = directory(.both)
    let server = try directory.serve { request, carryOut in
      guard request.method == "PATCH" else { return nil }
      let before = directory.resources("/Groups").first.map { JSONValue.object($0) }
      _ = carryOut()
      return directory.reply(200, before)
    }
    defer { server.close() }
    #expect(try await connector(server).export([remove("u1", from: "g")])[0].isDone)
    #expect(try operations(server).count == 1)
  }

  @Test(
    "is looked after where nothing is answered, once it was shown again", arguments: [false, true])
  func silent(isRepeated: Bool) async throws {
    let directory = directory(.byList, hasBulk: true)
    let server = try directory.serve { request, carryOut in
      guard request.method == "PATCH" else { return nil }
      _ = carryOut()
      return .answer(204)
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      remove("u1", from: "g", isRepeated: isRepeated),
      remove("u1", from: "h", isRepeated: isRepeated),
    ])
    #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
    let kept = isRepeated ? ["u2", "u3", "u4"] : ["u1", "u2", "u3", "u4"]
    #expect(members(directory, "g") == kept && members(directory, "h") == kept)
    #expect(server.requests.contains { $0.path == "/Bulk" } != isRepeated)
  }
}
