import Directory
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("A full import")
struct FullImportTests {
  func directory(
    users: Int, groups: Int = 0, _ options: FakeDirectory.Options = .init()
  ) -> FakeDirectory {
    let directory = FakeDirectory(options)
    for number in 0..<users {
      directory.add("/Users", id: "u\(number)", [("userName", .string("user\(number)"))])
    }
    for number in 0..<groups {
      directory.add(
        "/Groups", id: "g\(number)",
        [("displayName", "g"), ("members", [["value": "u0"], ["value": "u1"]])])
    }
    return directory
  }

  @Test("gives every object of every type once", arguments: [1, 7, 100, 500])
  func everything(pageSize: Int) async throws {
    let server = try directory(users: 35, groups: 3).serve()
    defer { server.close() }
    let batches = try await readAll(connector(server) { $0.pageSize = pageSize })
    let all = entries(batches)
    #expect(all.count == 38)
    #expect(Set(all.map(\.anchor.text)).count == 38)
    #expect(all.filter { $0.objectType == "group" }.count == 3)
    #expect(all.last?.attributes["members"] == [.reference("u0"), .reference("u1")])
    #expect(batches.last?.fractionRead == 1)
    #expect(batches.allSatisfy { !$0.endsPresencePhase && $0.errors.isEmpty })
  }

  /// The lists of all users that a server was asked for, without those that only count.
  func lists(_ server: ScriptedServer) -> [ReceivedRequest] {
    server.requests.filter {
      $0.path == "/Users" && $0.query["count"] != "0" && $0.query["filter"] == nil
    }
  }

  @Test(
    "asks for nothing behind the last page, unless that is full", arguments: [(35, 4), (40, 5)])
  func requests(users: Int, lists count: Int) async throws {
    let server = try directory(users: users).serve()
    defer { server.close() }
    let batches = try await readAll(connector(server) { $0.pageSize = 10 })
    #expect(entries(batches).count == users)
    #expect(lists(server).count == count)
    #expect(batches.allSatisfy { $0.doubt == nil })
  }

  @Test(
    "reads on where the server counts only the page, and says that nobody knows what is behind",
    arguments: [FakeDirectory.Total.page, .rest], [FakeDirectory.Paging.index, .number])
  func falseTotal(total: FakeDirectory.Total, paging: FakeDirectory.Paging) async throws {
    var options = FakeDirectory.Options()
    (options.total, options.paging) = (total, paging)
    for users in [35, 40] {
      let server = try directory(users: users, options).serve()
      defer { server.close() }
      let batches = try await readAll(connector(server) { $0.pageSize = 10 })
      let ids = entries(batches).map(\.anchor.text)
      #expect(ids.count == users && Set(ids).count == users)
      #expect(batches.last?.doubt?.contains("/Users counts fewer objects than it lists") == true)
    }
  }

  @Test(
    "reads on behind a page that ends at a limit of which the server says nothing",
    arguments: [FakeDirectory.Paging.index, .number])
  func silentLimit(paging: FakeDirectory.Paging) async throws {
    var options = FakeDirectory.Options()
    (options.total, options.maxResults, options.paging) = (.page, 50, paging)
    let server = try directory(users: 120, options).serve()
    defer { server.close() }
    let batches = try await readAll(connector(server))
    #expect(Set(entries(batches).map(\.anchor.text)).count == 120)
    #expect(batches.last?.doubt != nil)
  }

  @Test("takes what a server always gives whole for whole, wherever its list was to begin")
  func noPages() async throws {
    var options = FakeDirectory.Options()
    options.paging = .none
    for (users, pageSize) in [(35, 10), (10, 10), (50, 500)] {
      let server = try directory(users: users, options).serve()
      defer { server.close() }
      let batches = try await readAll(connector(server) { $0.pageSize = pageSize })
      #expect(entries(batches).count == users)
      #expect(batches.last?.doubt == nil)
      // As many as were asked for may be but the first of them: that is looked into.
      #expect(lists(server).contains { $0.query["cursor"] != nil } == (users == pageSize))
    }
  }

  @Test(
    "doubts that a full page is all, where the count is looked at or limited, and the index is not",
    arguments: [true, false])
  func onlyFirstPage(looksAtCount: Bool) async throws {
    var options = FakeDirectory.Options()
    options.total = .page
    if !looksAtCount { (options.paging, options.maxResults) = (.none, 10) }
    let directory = directory(users: 10, options)
    let server = try directory.serve { request, _ in
      if request.path == "/ServiceProviderConfig", !looksAtCount {
        return directory.reply(200, ["filter": ["supported": true, "maxResults": 10]])
      }
      guard request.path == "/Users", looksAtCount else { return nil }
      var first = request
      first.target = "/Users?count=" + (request.query["count"] ?? "")
      return directory.answer(first)
    }
    defer { server.close() }
    let batches = try await readAll(connector(server) { $0.pageSize = 10 })
    #expect(entries(batches).count == 10)
    #expect(batches.last?.doubt != nil)
  }

  @Test(
    "takes what is counted for whole though it fills a page, where nothing comes for an index in it",
    arguments: [(50, 500, 50), (10, 10, 10), (50, 500, 0)])
  func otherIndex(users: Int, pageSize: Int, total: Int) async throws {
    let directory = directory(users: users)
    let server = try directory.serve { request, _ in
      guard request.path == "/Users", request.query["startIndex"] != "1" else { return nil }
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
          "totalResults": .integer(Int64(total)), "Resources": [],
        ])
    }
    defer { server.close() }
    let batches = try await readAll(connector(server) { $0.pageSize = pageSize })
    #expect(entries(batches).count == users)
    #expect((batches.last?.doubt != nil) == (total == 0))
    #expect(lists(server).count == 2)
  }

  @Test(
    "doubts a full page of a server that counts nothing and looks neither at index nor cursor",
    arguments: [(25, 10, 100, true), (120, 500, 50, true), (7, 10, 100, false)])
  func onlyCount(users: Int, pageSize: Int, limit: Int, isDoubtful: Bool) async throws {
    let directory = directory(users: users)
    let server = try directory.serve { request, _ in
      guard request.path == "/Users" else { return nil }
      let count = min(request.query["count"].flatMap { Int($0) } ?? limit, limit)
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
          "Resources": .array(directory.resources("/Users").prefix(count).map(JSONValue.object)),
        ])
    }
    defer { server.close() }
    let batches = try await readAll(connector(server) { $0.pageSize = pageSize })
    #expect(entries(batches).count == min(users, pageSize, limit))
    #expect((batches.last?.doubt != nil) == isDoubtful)
  }

  @Test(
    "tries cursors where the index leads nowhere, though the server has said nothing of them",
    arguments: [FakeDirectory.Total.list, .page])
  func cursorsOnly(total: FakeDirectory.Total) async throws {
    var options = FakeDirectory.Options()
    (options.paging, options.total) = (.cursor, total)
    for users in [10, 35] {
      let server = try directory(users: users, options).serve()
      defer { server.close() }
      let batches = try await readAll(connector(server) { $0.pageSize = 10 })
      let ids = entries(batches).map(\.anchor.text)
      #expect(ids.count == users && Set(ids).count == users)
      #expect(batches.last?.doubt == nil)
    }
  }

  @Test("takes a server that knows no cursors for what it is", arguments: [400, 500])
  func noCursors(status: Int) async throws {
    var options = FakeDirectory.Options()
    options.total = .page
    let directory = directory(users: 10, options)
    let server = try directory.serve { request, _ in
      guard request.path == "/Users" else { return nil }
      if request.query["cursor"] != nil {
        return directory.reply(status, ["scimType": "invalidCursor", "detail": "what?"])
      }
      var first = request
      first.target = "/Users?count=" + (request.query["count"] ?? "")
      return directory.answer(first)
    }
    defer { server.close() }
    let batches = try await readAll(connector(server) { $0.pageSize = 10 })
    #expect(entries(batches).count == 10 && batches.last?.doubt != nil)
  }

  @Test("reads pages that a server finds by their number")
  func numbered() async throws {
    var options = FakeDirectory.Options()
    options.paging = .number
    let server = try directory(users: 35, groups: 3, options).serve()
    defer { server.close() }
    let batches = try await readAll(connector(server) { $0.pageSize = 10 })
    #expect(Set(entries(batches).map(\.anchor.text)).count == 38)
    #expect(entries(batches).count == 38)
    #expect(batches.last?.doubt == nil && batches.last?.fractionRead == 1)
  }

  @Test("misses nothing that moves to a numbered page which was read already")
  func numberedShift() async throws {
    var options = FakeDirectory.Options()
    options.paging = .number
    let directory = directory(users: 35, options)
    let server = try directory.serve { request, _ in
      // Between the second page and the third somebody deletes one: what led the third is on the
      // second now, and as many are read as are counted.
      if request.path == "/Users", request.query["startIndex"] == "21" {
        _ = directory.remove("/Users", id: "u3")
      }
      return nil
    }
    defer { server.close() }
    let ids = Set(
      entries(try await readAll(connector(server) { $0.pageSize = 10 })).map(\.anchor.text))
    #expect(ids.contains("u20"))
    #expect(ids.isSuperset(of: (0..<35).filter { $0 != 3 }.map { "u\($0)" }))
  }

  @Test("does not ask for more than the server says it gives at a time")
  func announcedLimit() async throws {
    let directory = directory(users: 10)
    let server = try directory.serve { request, _ in
      if request.path == "/ServiceProviderConfig" {
        return directory.reply(200, ["filter": ["supported": true, "maxResults": 4]])
      }
      let count = request.query["count"].flatMap { Int($0) } ?? 0
      return count > 4 ? directory.reply(400, ["detail": "too many"]) : nil
    }
    defer { server.close() }
    #expect(entries(try await readAll(connector(server))).count == 10)
  }

  @Test(
    "needs no number of all objects",
    arguments: [FakeDirectory.Total.list, .nothing], [false, true])
  func noCount(total: FakeDirectory.Total, hasCursors: Bool) async throws {
    var options = FakeDirectory.Options()
    (options.total, options.hasCursors, options.givesNoEmptyPage) = (total, hasCursors, true)
    let server = try directory(users: 25, groups: 1, options).serve()
    defer { server.close() }
    let connector = connector(server) { $0.pageSize = 10 }
    let batches = try await readAll(connector)
    #expect(entries(batches).count == 26)
    #expect((batches.first?.fractionRead != nil) == (total == .list))
    // Once it has refused to list nothing, it is not asked for that again.
    #expect(server.requests.count { $0.query["count"] == "0" } == 1)
    let findings = await connector.check()
    let size = total == .list ? "/Users: 25 objects" : "/Users: can be listed, and is not counted"
    #expect(findings.contains { $0.isGood && $0.text == size }, "\(findings)")
  }

  @Test("follows cursors of which the server has not said that it has them")
  func silentCursors() async throws {
    var options = FakeDirectory.Options()
    (options.givesCursors, options.total) = (true, .nothing)
    let server = try directory(users: 25, options).serve()
    defer { server.close() }
    let all = entries(try await readAll(connector(server) { $0.pageSize = 10 }))
    #expect(all.count == 25)
    #expect(lists(server).map { $0.query["cursor"] } == [nil, "10", "20"])
  }

  @Test("has its watermark on the last batch only, bounded by the server's clock")
  func watermark() async throws {
    let directory = directory(users: 3)
    directory.add("/Users", modified: "2026-11-22T20:00:30Z", [("userName", "late")])
    let server = try directory.serve()
    defer { server.close() }
    let batches = try await readAll(connector(server))
    #expect(batches.dropLast().allSatisfy { $0.watermark == nil })
    let mark = try #require(batches.last?.watermark)
    #expect(mark.kind == "scim-modified")
    // The clock said 20:00:00 at the start: what was changed 5 s before or later is read again.
    #expect(mark.value == #"{"group":null,"user":"2026-11-22T19:59:55.000Z"}"#)
  }

  @Test("has no watermark when an object does not say when it was changed")
  func noWatermark() async throws {
    let directory = directory(users: 1)
    directory.add("/Users", modified: "lately", [("userName", "x")])
    let server = try directory.serve()
    defer { server.close() }
    #expect(try await readAll(connector(server)).last?.watermark == nil)
  }

  @Test("goes by this machine's clock where the server tells no time")
  func noDate() async throws {
    var options = FakeDirectory.Options()
    options.date = nil
    let directory = directory(users: 1, options)
    directory.add("/Users", modified: "2999-01-01T00:00:00Z", [("userName", "x")])
    let server = try directory.serve()
    defer { server.close() }
    let before = Timestamp.now
    let mark = try #require(try await readAll(connector(server)).last?.watermark)
    let moment = try #require(ModificationWatermark(mark)?.moments["user"] ?? nil)
    #expect(moment >= before.adding(seconds: -5) && moment <= Timestamp.now.adding(seconds: -5))
  }

  @Test("follows cursors where the server has them")
  func cursors() async throws {
    var options = FakeDirectory.Options()
    options.hasCursors = true
    let server = try directory(users: 25, options).serve()
    defer { server.close() }
    let all = entries(try await readAll(connector(server) { $0.pageSize = 10 }))
    #expect(Set(all.map(\.anchor.text)).count == 25)
    let queries = lists(server)
    #expect(queries.map { $0.query["cursor"] } == ["", "10", "20"])
    #expect(queries.allSatisfy { $0.query["startIndex"] == nil })
  }

  @Test("stops when cursors lead back to where it has been")
  func cursorsInACircle() async throws {
    var options = FakeDirectory.Options()
    options.hasCursors = true
    let directory = directory(users: 5, options)
    let server = try directory.serve { request, _ in
      guard request.path == "/Users", let cursor = request.query["cursor"] else { return nil }
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 5,
          "Resources": [["id": "u0"]], "nextCursor": cursor == "a" ? "b" : "a",
        ])
    }
    defer { server.close() }
    let failure = await failure { _ = try await readAll(connector(server)) }
    #expect(failure?.result == .stoppedUnexpectedData)
    #expect(failure?.message.contains("the same cursor twice") == true)
    #expect(server.requests.count { $0.query["cursor"] != nil } == 3)
  }
}
