import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("Who leaves")
struct LeaverTests {
  private let department = AttributeName(enterprise + ":department")

  private func changes(_ more: [AttributeChange]) -> [AttributeChange] {
    more + [AttributeChange("active", .replace([.boolean(false)]))]
  }

  /// A server that refuses what is written with this word in it.
  private func serve(_ directory: FakeDirectory, refusing word: String) throws -> ScriptedServer {
    try directory.serve { request, _ in
      guard request.method == "PATCH" || request.method == "PUT",
        String(decoding: request.body, as: UTF8.self).contains(word)
      else { return nil }
      return directory.reply(400, ["scimType": "invalidValue", "detail": "department is too long"])
    }
  }

  private func bodies(_ server: ScriptedServer, _ method: String) throws -> [JSONValue] {
    try server.requests.filter { $0.method == method }.map { try JSONValue(parsing: $0.body) }
  }

  private func isShut(_ directory: FakeDirectory, _ id: String) -> Bool {
    directory.resources("/Users").first { $0["id"]?.string == id }?["active"] == false
  }

  @Test("has the account shut though something else is refused", arguments: [false, true])
  func refused(hasBulk: Bool) async throws {
    var options = FakeDirectory.Options()
    options.hasBulk = hasBulk
    let directory = FakeDirectory(options)
    let ids = ["a", "b"].map { name in
      directory.add("/Users", id: name, [("userName", .string(name)), ("active", true)])
    }
    let server = try directory.serve { request, _ in
      let text = String(decoding: request.body, as: UTF8.self)
      guard request.method == "PATCH" || request.path == "/Bulk", text.contains("xxxxx") else {
        return nil
      }
      return directory.reply(
        request.path == "/Bulk" ? 413 : 400, ["scimType": "invalidValue", "detail": "department!"])
    }
    defer { server.close() }
    let long = AttributeChange(department, .replace(["xxxxx"]))
    let title = AttributeChange("title", .replace(["T"]))
    let outcomes = try await connector(server).export([
      operation(1, .modify(changes([long])), anchor: ids[0]),
      operation(2, .modify(changes([title])), anchor: ids[1]),
    ])
    #expect(ids.allSatisfy { isShut(directory, $0) })
    guard case .partly(let part) = outcomes[0] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(part.anchor.text == ids[0] && part.lacking == [long])
    #expect(part.failure.attribute == department.text && part.failure.message == "department!")
    #expect(outcomes[1].anchor == ids[1])
    #expect(directory.resources("/Users").last?["title"] == "T")
  }

  @Test("has the account shut though something else can't be sent at all")
  func unsendable() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("active", true)])
    let server = try directory.serve()
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(
        1, .modify(changes([AttributeChange("meta.created", .replace(["x"]))])), anchor: id)
    ])[0]
    #expect(isShut(directory, id))
    guard case .partly(let part) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(part.failure.type == .readOnlyAttribute)
  }

  @Test("has nothing else sent where the account can't be shut")
  func notShut() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("active", true)])
    let server = try serve(directory, refusing: "active")
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(1, .modify(changes([AttributeChange("title", .replace(["T"]))])), anchor: id)
    ])[0]
    #expect(outcome.failure != nil)
    #expect(try bodies(server, "PATCH").count == 1)
  }

  @Test("is changed by one request where nothing else changes")
  func alone() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("active", true)])
    let server = try directory.serve()
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(1, .modify(changes([])), anchor: id)
    ])[0]
    #expect(outcome.isDone && isShut(directory, id))
    #expect(try bodies(server, "PATCH").count == 1)
  }

  @Test("has the account shut by a server that takes only whole objects, and not opened again")
  func whole() async throws {
    var options = FakeDirectory.Options()
    options.canPatch = false
    let directory = FakeDirectory(options)
    let id = directory.add("/Users", [("active", true), (enterprise, ["department": "IT"])])
    let server = try serve(directory, refusing: "xxxxx")
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(
        1, .modify(changes([AttributeChange(department, .replace(["xxxxx"]))])), anchor: id)
    ])[0]
    let puts = try bodies(server, "PUT")
    try #require(puts.count == 2)
    #expect(puts[0]["active"] == false && puts[0][enterprise]?["department"] == "IT")
    // The object as it is shown may be from before.
    #expect(puts[1]["active"] == false && puts[1][enterprise]?["department"] == "xxxxx")
    guard case .partly(let part) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(part.lacking.map(\.name) == [department])
  }

  @Test("goes before all else of a call, and loses nothing when the server goes away then")
  func gone() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("active", true)])
    let server = try directory.serve { request, _ in
      let isRest = String(decoding: request.body, as: UTF8.self).contains("title")
      return isRest ? directory.reply(401, ["detail": "token expired"]) : nil
    }
    defer { server.close() }
    let title = AttributeChange("title", .replace(["T"]))
    let outcomes = try await connector(server) { $0.requestsInFlight = 1 }.export([
      addUser(1, "eve"), operation(2, .modify(changes([title])), anchor: id),
    ])
    let writes = server.requests.filter { $0.method != "GET" }
    #expect(writes.map(\.method).prefix(1) == ["PATCH"])
    #expect(isShut(directory, id))
    guard case .partly(let part) = outcomes[1] else {
      Issue.record("\(outcomes)")
      return
    }
    #expect(part.lacking == [title] && part.failure.isTransient)
  }
}
