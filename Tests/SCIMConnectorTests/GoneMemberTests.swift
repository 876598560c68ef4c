import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

/// Not every server takes who is deleted out of the groups.
@Suite("A member who is gone and is kept in a group")
struct GoneMemberTests {
  private func directory(_ members: [String], canPatch: Bool = true) -> FakeDirectory {
    var options = FakeDirectory.Options()
    options.canPatch = canPatch
    let directory = FakeDirectory(options)
    for id in ["u1", "u2", "u3"] { directory.add("/Users", id: id, [("userName", .string(id))]) }
    let values: [JSONValue] = members.map { ["value": .string($0)] }
    directory.add("/Groups", id: "g", [("displayName", "g"), ("members", .array(values))])
    return directory
  }

  private func members(_ object: JSONObject) -> [String] {
    (object["members"]?.array ?? []).compactMap { $0["value"]?.string }
  }

  /// A server that takes no group with somebody in it who is not there, and names the first.
  private func serve(_ directory: FakeDirectory, status: Int = 400) throws -> ScriptedServer {
    try directory.serve { request, carryOut in
      guard ["PATCH", "PUT"].contains(request.method) else { return nil }
      let before = directory.resources("/Groups")[0]
      let group: JSONObject
      if request.method == "PUT" {
        group = (try? JSONValue(parsing: request.body))?.object ?? JSONObject()
      } else {
        _ = carryOut()
        group = directory.resources("/Groups")[0]
      }
      let users = Set(directory.resources("/Users").compactMap { $0["id"]?.string })
      let missing = members(group).first { !users.contains($0) }
      guard request.method == "PUT" || missing != nil else { return nil }
      _ = directory.remove("/Groups", id: "g")
      let kept = missing == nil ? group : before
      directory.add(
        "/Groups", id: "g",
        kept.members.filter { !["id", "meta"].contains($0.name) }
          .map { ($0.name, $0.value) })
      guard let missing else { return directory.reply(200, .object(group)) }
      return directory.reply(
        status,
        [
          "schemas": [.string(SCIMErrorMessage.urn)],
          "detail": .string("the member \(missing) was not found."),
        ])
    }
  }

  private func change(
    added: [String] = [], removed: [String] = []
  ) throws -> ExportOperation {
    let change = AttributeChange(
      "members",
      .update(added: added.map { .reference($0) }, removed: removed.map { .reference($0) }))
    return try operation(1, .modify([change]), "group", anchor: "g")
  }

  @Test("goes with the next change of the group", arguments: [true, false], [400, 404])
  func goes(canPatch: Bool, status: Int) async throws {
    let directory = directory(["gone-1", "u1", "gone-2"], canPatch: canPatch)
    let server = try serve(directory, status: status)
    defer { server.close() }
    let outcome = try await connector(server).export([change(added: ["u2"])])[0]
    #expect(outcome.isDone, "\(outcome)")
    #expect(Set(members(directory.resources("/Groups")[0])) == ["u1", "u2"])
  }

  @Test("goes also where something else of the group changes")
  func name() async throws {
    let directory = directory(["u1", "gone-1"])
    let server = try serve(directory)
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(
        1, .modify([AttributeChange("displayName", .replace(["new"]))]), "group", anchor: "g")
    ])[0]
    let group = directory.resources("/Groups")[0]
    #expect(outcome.isDone && group["displayName"] == "new" && members(group) == ["u1"])
  }

  @Test("is not one who is to come, nor one whom the server has")
  func wanted() async throws {
    let directory = directory(["u1"])
    let server = try serve(directory)
    defer { server.close() }
    let outcome = try await connector(server).export([change(added: ["nobody"])])[0]
    #expect(outcome.failure?.message == "the member nobody was not found.", "\(outcome)")
    let refusing = try directory.serve { request, _ in
      request.method == "PATCH" ? directory.reply(400, ["detail": "not with u1"]) : nil
    }
    defer { refusing.close() }
    #expect(try await connector(refusing).export([change(added: ["u2"])])[0].failure != nil)
    let patches = try refusing.requests.filter { $0.method == "PATCH" }.map {
      try JSONValue(parsing: $0.body).text
    }
    #expect(patches.allSatisfy { !$0.contains("u1") } && patches.count == 1)
  }
}
