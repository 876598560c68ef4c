import Directory
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import SCIMConnector

/// 501 is what frameworks answer to a path that they don't know, and not only to a method.
@Suite("A change of members that a server has not implemented")
struct NotImplementedTests {
  private func directory(
    _ removal: FakeDirectory.Removal, hasBulk: Bool = false
  ) -> FakeDirectory {
    .withGroups(of: 3, removal, hasBulk: hasBulk)
  }

  /// A server that says 501 to changes with one of these words; its `PUT` changes no members.
  private func serve(_ directory: FakeDirectory, _ words: [String]) throws -> ScriptedServer {
    try directory.serve { request, carryOut in
      guard request.method == "PATCH" || request.path == "/Bulk" else { return nil }
      let text = String(decoding: request.body, as: UTF8.self)
      guard words.contains(where: { text.contains($0) }) else { return nil }
      let error: JSONValue = ["detail": "not implemented"]
      guard request.path == "/Bulk" else { return directory.reply(501, error) }
      let operations = (try? JSONValue(parsing: request.body))?["Operations"]?.array ?? []
      return directory.reply(
        200,
        [
          "Operations": .array(
            operations.map {
              [
                "method": "PATCH", "bulkId": $0["bulkId"] ?? .null, "status": "501",
                "response": error,
              ]
            })
        ])
    }
  }

  private func change(
    _ group: String, added: [String] = [], removed: [String] = []
  ) throws -> ExportOperation {
    let change = AttributeChange(
      "members",
      .update(added: added.map { .reference($0) }, removed: removed.map { .reference($0) }))
    return try operation(group == "g" ? 1 : 2, .modify([change]), "group", anchor: group)
  }

  private func members(_ directory: FakeDirectory, _ group: String) -> [String] {
    let found = directory.resources("/Groups").first { $0["id"]?.string == group }
    return (found?["members"]?.array ?? []).compactMap { $0["value"]?.string }.sorted()
  }

  private func count(_ server: ScriptedServer, _ method: String) -> Int {
    server.requests.count { $0.method == method && $0.path.hasPrefix("/Groups/") }
  }

  @Test("is sent as a list of all who stay", arguments: [false, true])
  func replaced(hasBulk: Bool) async throws {
    let directory = directory(.byList, hasBulk: hasBulk)
    let server = try serve(directory, ["members["])
    defer { server.close() }
    let connector = connector(server)
    let outcomes = try await connector.export([
      change("g", removed: ["u3"]), change("h", added: ["u4"], removed: ["u1"]),
    ])
    #expect(outcomes.allSatisfy { $0.isDone }, "\(outcomes)")
    #expect(members(directory, "g") == ["u1", "u2"])
    #expect(members(directory, "h") == ["u2", "u3", "u4"])
    #expect(count(server, "PUT") == 0)
  }

  @Test("is sent as a list of those who go where no list of those who stay is taken")
  func listed() async throws {
    let directory = directory(.byList)
    let server = try serve(directory, ["members[", #""replace""#])
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.export([change("g", removed: ["u2", "u3"])])[0].isDone)
    #expect(members(directory, "g") == ["u1"])
    let before = count(server, "PATCH")
    let next = try await connector.export([
      change("h", removed: ["u3"]), change("g", added: ["u5"]),
    ])
    #expect(next.allSatisfy { $0.isDone } && count(server, "PATCH") == before + 2, "\(next)")
    #expect(members(directory, "h") == ["u1", "u2"] && members(directory, "g") == ["u1", "u5"])
    #expect(count(server, "PUT") == 0)
    let body = try #require(
      try server.requests.last { $0.path == "/Groups/h" && $0.method == "PATCH" }
        .map { try JSONValue(parsing: $0.body) })
    #expect(
      body["Operations"] == [["op": "remove", "path": "members", "value": [["value": "u3"]]]])
  }

  @Test("takes nobody else away where such a list is one of all")
  func emptied() async throws {
    let directory = directory(.bySelector)
    let server = try serve(directory, ["members[", #""replace""#])
    defer { server.close() }
    let connector = connector(server)
    #expect(try await connector.export([change("g", removed: ["u3"])])[0].isDone)
    #expect(members(directory, "g") == ["u1", "u2"])
  }

  @Test("brings back with the next try whom such a server took away and did not take back")
  func restored() async throws {
    let directory = directory(.bySelector)
    let refusals = Mutex(1)
    let server = try directory.serve { request, _ in
      guard request.method == "PATCH" else { return nil }
      let text = String(decoding: request.body, as: UTF8.self)
      if ["members[", #""replace""#].contains(where: text.contains) {
        return directory.reply(501, ["detail": "not implemented"])
      }
      let isRefused = refusals.withLock { count in
        defer { if text.contains(#""add""#) { count -= 1 } }
        return text.contains(#""add""#) && count > 0
      }
      return isRefused ? directory.reply(400, ["detail": "not now"]) : nil
    }
    defer { server.close() }
    let connector = connector(server)
    guard case .unknown = try await connector.export([change("g", removed: ["u3"])])[0] else {
      Issue.record("it is known")
      return
    }
    #expect(members(directory, "g").isEmpty)
    var again = try change("g", removed: ["u3"])
    again.isRepeated = true
    again.whole = [Attribute("members", ["u1", "u2"].map { .reference($0) })]
    #expect(try await connector.export([again])[0].isDone)
    #expect(members(directory, "g") == ["u1", "u2"])
  }

  @Test("is not believed to be in an object that is taken whole, and others go as changes")
  func ignored() async throws {
    let directory = directory(.byList)
    let server = try serve(directory, [#""remove""#, #""replace""#])
    defer { server.close() }
    let connector = connector(server)
    guard case .unknown(let reason) = try await connector.export([change("g", removed: ["u3"])])[0]
    else {
      Issue.record("it is known")
      return
    }
    #expect(reason.contains("still shows the list as it was") && count(server, "PUT") == 1)
    #expect(try await connector.export([change("h", added: ["u4"])])[0].isDone)
    #expect(members(directory, "h") == ["u1", "u2", "u3", "u4"] && count(server, "PUT") == 1)
  }

  @Test("is sent as a list of all who stay where its syntax is refused")
  func syntax() async throws {
    let directory = directory(.byList)
    let server = try directory.serve { request, _ in
      guard request.method == "PATCH",
        String(decoding: request.body, as: UTF8.self).contains(#""remove""#)
      else { return nil }
      return directory.reply(400, ["scimType": "invalidSyntax", "detail": "only replace"])
    }
    defer { server.close() }
    #expect(try await connector(server).export([change("g", removed: ["u3"])])[0].isDone)
    #expect(members(directory, "g") == ["u1", "u2"])
  }
}
