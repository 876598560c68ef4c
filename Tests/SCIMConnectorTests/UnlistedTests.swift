import Directory
import HTTP
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("A service that lists active people only")
struct UnlistedTests {
  private func directory() -> FakeDirectory {
    let directory = FakeDirectory()
    for number in 1...2 {
      directory.add("/Users", id: "u\(number)", [("userName", .string("user\(number)"))])
    }
    return directory
  }

  private func user(_ id: String, _ more: [(String, JSONValue)] = []) -> JSONValue {
    var object = JSONObject([
      "schemas": [.string(SCIMSchema.userURN)], "id": .string(id), "userName": .string(id),
      "active": false, "meta": ["lastModified": "2026-11-22T10:00:00.000Z"],
    ])
    for (name, value) in more { object[name] = value }
    return .object(object)
  }

  private func read(_ reader: any ImportReader) async throws -> [ImportBatch] {
    var batches: [ImportBatch] = []
    while let batch = try await reader.next() { batches.append(batch) }
    return batches
  }

  @Test("is asked for each of the others by its id, and believed where it does not have them")
  func looked() async throws {
    let directory = directory()
    let answers: [String: (Int, JSONValue)] = [
      "/Users/u3": (200, user("u3", [("title", "Clerk")])),
      "/Users/u4": (404, ["detail": "no"]),
      "/Users/u5": (405, ["detail": "no"]),
      "/Users/u6": (200, user("u2")),
      "/Users/u7": (200, ["Resources": []]),
      "/Groups/g8": (
        200, ["schemas": [.string(SCIMSchema.groupURN)], "id": "g8", "displayName": "all"]
      ),
    ]
    let server = try directory.serve { request, _ in
      answers[request.path].map { directory.reply($0.0, $0.1) }
    }
    defer { server.close() }
    let reader = try await connector(server).openImport(ImportRequest(watermark: nil) { 0 })
    _ = try await read(reader)
    let objects = (3...7).map { UnshownObject(anchor: Anchor("u\($0)"), objectType: "user") }
    let more = [
      UnshownObject(anchor: Anchor("g8"), objectType: "group"),
      UnshownObject(anchor: Anchor("x9"), objectType: "printer"),
    ]
    let found = try #require(try await reader.look(for: objects + more))
    let entries = entries([found])
    #expect(entries.map(\.anchor.text) == ["u3", "g8"])
    #expect(entries.first?.attributes["title"].first?.text == "Clerk")
    #expect(entries.first?.attributes["active"] == [.boolean(false)])
    #expect(found.errors.isEmpty && !found.endsPresencePhase && found.doubt == nil)
  }

  @Test("that can't answer now leaves in doubt whether they are gone", arguments: [401, 403, 500])
  func silent(status: Int) async throws {
    let server = try directory().serve { request, _ in
      request.path.hasPrefix("/Users/") ? .answer(status, [], Array("{}".utf8)) : nil
    }
    defer { server.close() }
    let reader = try await connector(server) { $0.retry.tries = 1 }
      .openImport(ImportRequest(watermark: nil) { 0 })
    _ = try await read(reader)
    let unshown = UnshownObject(anchor: Anchor("u3"), objectType: "user")
    let found = try? await reader.look(for: [unshown])
    // A server that is down ends the import, which believes nothing then.
    #expect(found == nil || found?.doubt?.contains("HTTP status \(status)") == true)
  }

  @Test("is asked in the names of Entra Connect, too, and in other letters")
  func renamed() async throws {
    let directory = directory()
    let other = user("U3", [("title", "Clerk")])
    let server = try directory.serve { request, _ in
      request.path == "/Users/u3" ? directory.reply(200, other) : nil
    }
    defer { server.close() }
    let reader = try await connector(server) { $0.names = .entra }
      .openImport(ImportRequest(watermark: nil) { 0 })
    _ = try await read(reader)
    let unshown = UnshownObject(anchor: Anchor("u3"), objectType: "user")
    let found = try #require(try await reader.look(for: [unshown]))
    let entry = try #require(entries([found]).first)
    #expect(entry.anchor.text == "u3" && entry.attributes.contains("cloudAnchor"))
  }

  @Test("counts fewer than are staged, and is not read anew by each delta because of that")
  func counted() async throws {
    let directory = directory()
    let hidden = user("u3")
    let server = try directory.serve { request, _ in
      request.path == "/Users/u3" ? directory.reply(200, hidden) : nil
    }
    defer { server.close() }
    let connector = connector(server)
    let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
    let first = try await read(reader).last?.watermark
    let unshown = UnshownObject(anchor: Anchor("u3"), objectType: "user")
    let found = try #require(try await reader.look(for: [unshown]))
    let mark = try #require(found.watermark)
    #expect(mark != first && ModificationWatermark(mark)?.unread == -1)
    let quiet = try await readAll(connector, since: mark) { 3 }
    #expect(quiet.allSatisfy { !$0.endsPresencePhase })
    #expect(quiet.last?.watermark.flatMap { ModificationWatermark($0) }?.unread == -1)
    // One of those that are listed is gone.
    _ = directory.remove("/Users", id: "u1")
    let compared = try await connector.openImport(ImportRequest(watermark: mark) { 3 })
    let batches = try await read(compared)
    #expect(batches.last?.endsPresencePhase == true)
    let counted = batches.last?.watermark.flatMap { ModificationWatermark($0) }?.unread
    let again = try #require(try await compared.look(for: [unshown]))
    let both = again.watermark.flatMap { ModificationWatermark($0) }?.unread
    #expect(try #require(both) == #require(counted) - 1)
  }

  @Test("that shows something unreadable is told, and nothing is taken for gone")
  func unreadable() async throws {
    let directory = directory()
    let odd = user("u3", [("active", "perhaps")])
    let server = try directory.serve { request, _ in
      request.path == "/Users/u3" ? directory.reply(200, odd) : nil
    }
    defer { server.close() }
    let reader = try await connector(server).openImport(ImportRequest(watermark: nil) { 0 })
    _ = try await read(reader)
    let found = try #require(
      try await reader.look(for: [UnshownObject(anchor: Anchor("u3"), objectType: "user")]))
    #expect(found.changes.isEmpty && found.errors.map(\.anchor?.text) == ["u3"])
  }
}
