import Directory
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import SCIMConnector

@Suite("A delta import")
struct DeltaImportTests {
  private func directory(_ options: FakeDirectory.Options = .init()) -> FakeDirectory {
    let directory = FakeDirectory(options)
    for number in 0..<5 {
      directory.add(
        "/Users", id: "u\(number)", modified: "2026-11-22T10:00:0\(number).000Z",
        [("userName", .string("user\(number)"))])
    }
    return directory
  }

  private func mark(_ user: String, group: String = "null") -> Watermark {
    Watermark(kind: "scim-modified", value: #"{"user":\#(user),"group":\#(group)}"#)
  }

  private func present(_ batches: [ImportBatch]) -> [String] {
    batches.flatMap(\.changes).compactMap { change in
      if case .present(let anchor) = change { anchor.text } else { nil }
    }
  }

  @Test("reads what was changed since, and nothing else when the counts agree")
  func changes() async throws {
    let server = try directory().serve()
    defer { server.close() }
    let batches = try await readAll(
      connector(server), since: mark("\"2026-11-22T10:00:03.000Z\"")
    ) { 5 }
    #expect(entries(batches).map(\.anchor.text) == ["u3", "u4"])
    #expect(present(batches).isEmpty)
    #expect(batches.allSatisfy { !$0.endsPresencePhase })
    #expect(
      batches.last?.watermark?.value == #"{"group":null,"user":"2026-11-22T10:00:04.001Z"}"#)
    #expect(batches.dropLast().allSatisfy { $0.watermark == nil })
  }

  @Test("reads nothing again when nothing is new")
  func nothingNew() async throws {
    let server = try directory().serve()
    defer { server.close() }
    let first = try await readAll(connector(server))
    let second = try await readAll(connector(server), since: first.last?.watermark) { 5 }
    #expect(entries(second).isEmpty)
    #expect(second.last?.watermark == first.last?.watermark)
  }

  @Test(
    "is not had from a server that takes any filter and finds nothing", arguments: [true, false])
  func deafFilter(isDeaf: Bool) async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      guard isDeaf, request.query["filter"]?.contains("lastModified") == true else { return nil }
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 0,
          "Resources": [],
        ])
    }
    defer { server.close() }
    let connector = connector(server)
    let full = try await readAll(connector)
    #expect(entries(full).count == 5 && full.flatMap(\.errors).isEmpty)
    #expect((full.last?.watermark == nil) == isDeaf)
    #expect(connector.capabilities.deltaImport == !isDeaf)
  }

  @Test("names all that is present when the counts differ, so that what is gone is known")
  func deletes() async throws {
    let directory = directory()
    directory.add("/Groups", id: "g", [("displayName", "g")])
    let server = try directory.serve()
    defer { server.close() }
    let batches = try await readAll(
      connector(server) { $0.pageSize = 2 }, since: mark("\"2026-11-22T10:00:04.000Z\"")
    ) { 7 }
    #expect(entries(batches).map(\.anchor.text) == ["u4", "g"])
    #expect(present(batches) == ["u0", "u1", "u2", "u3", "u4", "g"])
    #expect(batches.map(\.endsPresencePhase) == batches.indices.map { $0 == batches.count - 1 })
    #expect(batches.last?.watermark != nil)
    let ids = server.requests.filter { $0.query["attributes"] == "id" }
    #expect(!ids.isEmpty)
  }

  private static let all: Set<String> = ["u0", "u1", "u2", "u3", "u4"]

  @Test("knows nothing to be gone where the list of all has objects without an id")
  func nameless() async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      guard request.path == "/Users", request.query["attributes"] == "id" else { return nil }
      let ids: [JSONValue] = (0..<4).map { ["id": .string("u\($0)")] }
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 5,
          "Resources": .array(ids + [["userName": "user4"]]),
        ])
    }
    defer { server.close() }
    let batches = try await readAll(
      connector(server), since: mark("\"2026-11-22T10:00:05.000Z\""), knowing: Self.all
    ) { 6 }
    #expect(present(batches) == ["u0", "u1", "u2", "u3"])
    // An import with an error removes nothing.
    let errors = batches.flatMap(\.errors)
    #expect(errors.map(\.type) == [.missingAnchor] && errors.map(\.anchor) == [nil])
    #expect(errors.first?.location.hasSuffix("/Users") == true)
  }

  @Test("finds what was deleted beside an object that can't be read, which the server counts")
  func unreadable() async throws {
    let directory = directory()
    directory.add("/Users", id: "bad", [("active", "perhaps")])
    let server = try directory.serve()
    defer { server.close() }
    let connector = connector(server)
    let full = try await readAll(connector)
    let mark = try #require(full.last?.watermark)
    #expect(ModificationWatermark(mark)?.unread == 1)
    // Nothing has happened: five are staged, six are counted.
    let quiet = try await readAll(connector, since: mark, knowing: Self.all) { 5 }
    #expect(present(quiet).isEmpty && quiet.last?.watermark == mark)
    #expect(directory.remove("/Users", id: "u0"))
    let batches = try await readAll(connector, since: mark, knowing: Self.all) { 5 }
    #expect(present(batches) == ["u1", "u2", "u3", "u4", "bad"])
    #expect(batches.last?.endsPresencePhase == true)
    // The one that is gone is removed now.
    let known = Self.all.subtracting(["u0"])
    let next = try await readAll(connector, since: batches.last?.watermark, knowing: known) { 4 }
    #expect(present(next).isEmpty)
  }

  @Test("finds what was deleted when as many came that can't be read")
  func unreadableSince() async throws {
    let directory = directory()
    directory.add(
      "/Users", id: "bad", modified: "2026-11-22T10:00:09.000Z", [("active", "perhaps")])
    #expect(directory.remove("/Users", id: "u0"))
    let server = try directory.serve()
    defer { server.close() }
    let connector = connector(server)
    let since = mark("\"2026-11-22T10:00:05.000Z\"")
    let first = try await readAll(connector, since: since, knowing: Self.all) { 5 }
    // Who can't be read is known to be there, so that the others may go.
    #expect(first.flatMap(\.errors).map(\.anchor) == [Anchor("bad")])
    #expect(present(first) == ["u1", "u2", "u3", "u4", "bad"])
    #expect(first.last?.endsPresencePhase == true)
    let mark = try #require(first.last?.watermark)
    #expect(ModificationWatermark(mark)?.unread == 1)
    let second = try await readAll(connector, since: mark, knowing: Self.all) { 5 }
    #expect(present(second) == ["u1", "u2", "u3", "u4", "bad"])
    #expect(second.flatMap(\.errors).isEmpty && second.last?.endsPresencePhase == true)
  }

  @Test("asks how much is staged only after the changes were taken")
  func order() async throws {
    let server = try directory().serve()
    defer { server.close() }
    // A window of a delta is read whole before the first of it is stored.
    let read = Mutex(0)
    let taken = Mutex(0)
    let reader = try await connector(server).openImport(
      ImportRequest(watermark: mark("\"2026-11-22T10:00:03.000Z\"")) {
        taken.withLock { $0 } == 2 ? 5 : -1
      })
    var last: ImportBatch?
    while let batch = try await reader.next() {
      last = batch
      read.withLock { $0 += batch.changes.count }
      if batch.endsWindow { taken.withLock { $0 = read.withLock(\.self) } }
    }
    #expect(last?.endsPresencePhase == false)
    #expect(taken.withLock { $0 } == 2)
  }

  @Test("demands a full import of what it can't go on from")
  func unusable() async throws {
    let server = try directory().serve()
    defer { server.close() }
    let marks = [
      Watermark(kind: "dirsync", value: "x"), Watermark(kind: "scim-modified", value: "x"),
      Watermark(kind: "scim-modified", value: #"{"user":null}"#),
      mark("\"yesterday\""), mark("5"),
    ]
    for mark in marks {
      let failure = await failure { _ = try await readAll(connector(server), since: mark) }
      #expect(failure?.result == .fullImportRequired, "\(mark)")
    }
  }

  @Test("can't be had from a server without filters")
  func noFilter() async throws {
    var options = FakeDirectory.Options()
    options.canFilter = false
    let server = try directory(options).serve()
    defer { server.close() }
    let connector = connector(server)
    #expect(connector.capabilities.deltaImport)
    _ = try await connector.describe()
    #expect(!connector.capabilities.deltaImport)
    let failure = await failure { _ = try await readAll(connector, since: mark("null")) }
    #expect(failure?.result == .fullImportRequired)
  }

  @Test(
    "demands a full import where the server can filter, but not by moments",
    arguments: [400, 500, 501])
  func otherFilters(status: Int) async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      request.query["filter"] == nil
        ? nil : directory.reply(status, ["scimType": "invalidFilter", "detail": "eq only"])
    }
    defer { server.close() }
    let failure = await failure {
      _ = try await readAll(connector(server), since: mark("\"2026-11-22T10:00:03.000Z\"")) { 5 }
    }
    #expect(failure?.result == .fullImportRequired)
    #expect(failure?.message.contains("/Users can't be asked for what was changed") == true)
    #expect(failure?.serverWords == "eq only")
  }

  @Test("ends where the server has no time, rather than read everything", arguments: [503, 504])
  func busy(status: Int) async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      request.query["filter"] == nil ? nil : directory.reply(status, ["detail": "later"])
    }
    defer { server.close() }
    let failure = await failure {
      _ = try await readAll(connector(server), since: mark("\"2026-11-22T10:00:03.000Z\"")) { 5 }
    }
    #expect(failure?.result == .stoppedConnectivity)
  }

  @Test("does not take a server that fails whatever it is asked for one that can't filter")
  func trouble() async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      request.path == "/Users" ? directory.reply(500, ["detail": "oops"]) : nil
    }
    defer { server.close() }
    let failure = await failure {
      _ = try await readAll(connector(server), since: mark("\"2026-11-22T10:00:03.000Z\"")) { 5 }
    }
    #expect(failure?.result == .stoppedConnectivity)
  }

  @Test("fails as what it is where the filter worked for the page before")
  func laterPage() async throws {
    let directory = directory()
    let server = try directory.serve { request, _ in
      request.query["filter"] != nil && request.query["startIndex"] != "1"
        ? directory.reply(500, ["detail": "oops"]) : nil
    }
    defer { server.close() }
    let failure = await failure {
      _ = try await readAll(
        connector(server) { $0.pageSize = 2 }, since: mark("\"2026-11-22T10:00:00.000Z\"")
      ) { 5 }
    }
    #expect(failure?.result == .stoppedConnectivity)
  }

  @Test("finds what is gone also where the server does not count", arguments: [true, false])
  func uncounted(hasCursors: Bool) async throws {
    var options = FakeDirectory.Options()
    (options.total, options.hasCursors, options.givesNoEmptyPage) = (.nothing, hasCursors, true)
    let server = try directory(options).serve()
    defer { server.close() }
    let batches = try await readAll(
      connector(server), since: mark("\"2026-11-22T10:00:05.000Z\""), knowing: Self.all
    ) { 5 }
    #expect(Set(present(batches)) == Self.all)
    #expect(batches.last?.endsPresencePhase == true && batches.last?.doubt == nil)
  }

  @Test("does not take a list for whole whose server counts only the page")
  func falseTotal() async throws {
    var options = FakeDirectory.Options()
    options.total = .page
    let server = try directory(options).serve()
    defer { server.close() }
    let batches = try await readAll(
      connector(server) { $0.pageSize = 2 }, since: mark("\"2026-11-22T10:00:03.000Z\""),
      knowing: Self.all
    ) { 5 }
    #expect(entries(batches).map(\.anchor.text) == ["u3", "u4"])
    #expect(Set(present(batches)) == Self.all)
    #expect(batches.last?.doubt != nil)
  }

  @Test("passes on an error of the store that counts")
  func countFails() async throws {
    struct StoreFault: Error {}
    let server = try directory().serve()
    defer { server.close() }
    await #expect(throws: StoreFault.self) {
      try await readAll(connector(server), since: mark("null")) { throw StoreFault() }
    }
  }
}

@Suite("The watermark of changes")
struct ModificationWatermarkTests {
  private let start = Timestamp(milliseconds: 100_000)

  private func next(_ newest: Int64?, _ old: Int64?) -> Int64? {
    ModificationWatermark.next(
      newest: newest.map(Timestamp.init), old: old.map(Timestamp.init), start: start, lag: 5
    )?.milliseconds
  }

  @Test("moves behind the last change once that is settled")
  func settled() {
    #expect(next(90_000, nil) == 90_001)
    #expect(next(90_000, 80_000) == 90_001)
  }

  @Test("stays before what may still become visible")
  func unsettled() {
    #expect(next(99_000, nil) == 95_000)
    #expect(next(150_000, 90_000) == 95_000)
  }

  @Test("never moves back, and stays when nothing was seen")
  func monotone() {
    #expect(next(nil, 80_000) == 80_000)
    #expect(next(nil, nil) == nil)
    #expect(next(97_000, 96_000) == 96_000)
  }

  @Test("is stored and read back, types without objects included")
  func roundTrip() {
    var mark = ModificationWatermark()
    mark.moments.updateValue(Timestamp("2026-01-01T00:00:00.001Z"), forKey: "user")
    mark.moments.updateValue(nil, forKey: "group")
    #expect(mark.watermark.value == #"{"group":null,"user":"2026-01-01T00:00:00.001Z"}"#)
    #expect(ModificationWatermark(mark.watermark) == mark)
    mark.asked["group"] = "1f"
    #expect(
      mark.watermark.value
        == #"{"group":null,"user":"2026-01-01T00:00:00.001Z","asked":{"group":"1f"}}"#)
    #expect(ModificationWatermark(mark.watermark) == mark)
  }
}
