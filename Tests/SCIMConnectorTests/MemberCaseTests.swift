import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

/// A GUID is the same in capitals (RFC 9562 §4).
@Suite("Members whose ids are written in other letters")
struct MemberCaseTests {
  private static let ann = "0a8b1c2d-1111-4222-8333-abcdefabcdef"
  private static let bob = "0a8b1c2d-1111-4222-8333-fedcbafedcba"

  private func directory(
    _ users: [String], members: [String], group: String = "g"
  ) -> FakeDirectory {
    let directory = FakeDirectory()
    for id in users { directory.add("/Users", id: id, [("userName", .string(id))]) }
    let values: [JSONValue] = members.map { ["value": .string($0)] }
    directory.add("/Groups", id: group, [("displayName", "g"), ("members", .array(values))])
    return directory
  }

  private func members(
    _ directory: FakeDirectory, since watermark: Watermark? = nil, knowing: Set<String> = []
  ) async throws -> [String] {
    let server = try directory.serve()
    defer { server.close() }
    let all = entries(
      try await readAll(connector(server), since: watermark, knowing: knowing) { 3 })
    return all.first { $0.objectType == "group" }?.attributes["members"].map(\.text) ?? []
  }

  @Test("are those whose ids are the same but for that", arguments: [false, true])
  func resolved(isCapital: Bool) async throws {
    func other(_ id: String) -> String { isCapital ? id.uppercased() : id }
    let ids = [Self.ann, Self.bob].map(other)
    let shown = [isCapital ? Self.ann : Self.ann.uppercased(), ids[1]]
    #expect(try await members(directory(ids, members: shown)) == ids)
  }

  @Test("are as they are shown where ids are of both kinds, or are no GUIDs")
  func unresolved() async throws {
    let shown = [Self.ann.uppercased(), "ABC"]
    #expect(
      try await members(directory([Self.ann, Self.bob.uppercased()], members: shown)) == shown)
    #expect(try await members(directory(["abc", "def"], members: shown)) == shown)
  }

  @Test("are known by who is staged, where a delta shows the group alone")
  func delta() async throws {
    let directory = FakeDirectory()
    for id in [Self.ann, Self.bob] {
      directory.add(
        "/Users", id: id, modified: "2026-11-20T10:00:00.000Z", [("userName", .string(id))])
    }
    directory.add(
      "/Groups", id: "g", modified: "2026-11-22T19:00:00.000Z",
      [("displayName", "g"), ("members", [["value": .string(Self.ann.uppercased())]])])
    var watermark = ModificationWatermark()
    watermark.moments = [
      "user": Timestamp("2026-11-22T18:00:00Z"), "group": Timestamp("2026-11-22T18:00:00Z"),
    ]
    #expect(
      try await members(directory, since: watermark.watermark, knowing: [Self.ann, Self.bob])
        == [Self.ann])
  }

  @Test(
    "are found when they leave, and the others stay, in Entra's dialect",
    arguments: [
      FakeDirectory.Removal.bySelector, .byList,
    ])
  func leaver(removal: FakeDirectory.Removal) async throws {
    var options = FakeDirectory.Options()
    options.removal = removal
    let directory = FakeDirectory(options)
    let values: [JSONValue] = [Self.ann, Self.bob].map { ["value": .string($0.uppercased())] }
    directory.add("/Groups", id: "g", [("displayName", "g"), ("members", .array(values))])
    // The server itself compares them as GUIDs.
    let server = try directory.serve { request, _ in
      guard request.method == "PATCH" else { return nil }
      var request = request
      let text = String(decoding: request.body, as: UTF8.self)
      request.body = Array(
        text.split(separator: Self.ann, omittingEmptySubsequences: false)
          .joined(separator: Self.ann.uppercased()).utf8)
      return directory.answer(request)
    }
    defer { server.close() }
    let change = AttributeChange("members", .update(added: [], removed: [.reference(Self.ann)]))
    let outcome = try await connector(server) { $0.dialect = .entra }.export([
      operation(1, .modify([change]), "group", anchor: "g")
    ])[0]
    #expect(outcome.isDone, "\(outcome)")
    let left = directory.resources("/Groups")[0]["members"]?.array ?? []
    #expect(left.map { $0["value"]?.string } == [Self.bob.uppercased()])
  }
}
