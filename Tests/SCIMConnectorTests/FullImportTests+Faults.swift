import Directory
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import SCIMConnector

/// Servers that forget, repeat themselves, or break off.
extension FullImportTests {
  @Test("takes half a page for none: it is asked for again, or the import ends without a watermark")
  func halfPage() async throws {
    for isOnce in [true, false] {
      let directory = directory(users: 30)
      let count = Mutex(0)
      let server = try directory.serve { request, _ in
        guard request.path == "/Users", request.query["startIndex"] == "10" else { return nil }
        let number = count.withLock { count in
          count += 1
          return count
        }
        guard number == 1 || !isOnce else { return nil }
        let body = #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"Resour"#
        return .raw(Array(("HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + body).utf8))
      }
      defer { server.close() }
      let connector = connector(server) { $0.pageSize = 10 }
      if isOnce {
        #expect(Set(entries(try await readAll(connector)).map(\.anchor.text)).count == 30)
        continue
      }
      let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
      let first = try await reader.next()
      #expect(first?.changes.count == 10 && first?.watermark == nil)
      let failure = await failure { _ = try await reader.next() }
      #expect(failure?.result == .stoppedConnectivity, "\(String(describing: failure))")
    }
  }

  @Test("ends where two lists have an object of the same id, before the second one is given")
  func sharedIDs() async throws {
    let directory = FakeDirectory()
    directory.add("/Users", id: "5", [("userName", "ann")])
    directory.add("/Groups", id: "4", [("displayName", "h")])
    directory.add("/Groups", id: "5", [("displayName", "g")])
    let server = try directory.serve()
    defer { server.close() }
    let reader = try await connector(server).openImport(ImportRequest(watermark: nil) { 0 })
    let first = try #require(try await reader.next())
    #expect(entries([first]).map(\.objectType) == ["user"])
    let failure = await failure { _ = try await reader.next() }
    #expect(failure?.result == .stoppedUnexpectedData)
    #expect(failure?.description.contains("/Groups") == true)
    #expect(failure?.description.contains("with the id 5") == true)
  }

  @Test("goes on where a list shows what is another list's, too, and says so")
  func sharedObjects() async throws {
    let directory = FakeDirectory()
    directory.add("/Users", id: "5", [("userName", "ann")])
    let server = try directory.serve { request, _ in
      guard request.path == "/Groups" else { return nil }
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 1,
          "Resources": [["id": "5", "displayName": "ann", "meta": ["resourceType": "User"]]],
        ])
    }
    defer { server.close() }
    #expect(entries(try await readAll(connector(server))).count == 2)
  }

  @Test("starts the list again when the server has forgotten the cursor")
  func lostCursor() async throws {
    var options = FakeDirectory.Options()
    options.hasCursors = true
    let directory = directory(users: 25, options)
    let isFirst = Mutex(true)
    let server = try directory.serve { request, _ in
      guard request.query["cursor"] == "20" else { return nil }
      let fails = isFirst.withLock { first in
        defer { first = false }
        return first
      }
      return fails ? directory.reply(400, ["scimType": "expiredCursor", "detail": "old"]) : nil
    }
    defer { server.close() }
    let all = entries(try await readAll(connector(server) { $0.pageSize = 10 }))
    #expect(all.map(\.anchor.text).sorted() == (0..<25).map { "u\($0)" }.sorted())
  }

  @Test("reads the list again when an object vanished from a page before")
  func shifted() async throws {
    let directory = directory(users: 30)
    let server = try directory.serve { request, _ in
      // Between the first and the second page somebody deletes one and adds one: the total stays.
      if request.path == "/Users", request.query["startIndex"] == "10",
        directory.remove("/Users", id: "u3")
      {
        directory.add("/Users", id: "new", [("userName", "new")])
      }
      return nil
    }
    defer { server.close() }
    let all = entries(try await readAll(connector(server) { $0.pageSize = 10 }))
    let ids = Set(all.map(\.anchor.text))
    #expect(all.count == ids.count)
    #expect(ids.isSuperset(of: (0..<30).filter { $0 != 3 }.map { "u\($0)" } + ["new"]))
  }

  @Test("stops rather than believe a list that is shorter than counted")
  func short() async throws {
    let directory = directory(users: 30)
    let server = try directory.serve { request, _ in
      guard request.path == "/Users", request.query["startIndex"] == "10" else { return nil }
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 30,
          "Resources": [["id": "u9"]],
        ])
    }
    defer { server.close() }
    let failure = await failure { _ = try await readAll(connector(server) { $0.pageSize = 10 }) }
    #expect(failure?.result == .stoppedUnexpectedData)
    #expect(failure?.message.contains("10 objects and counts 30") == true)
  }

  /// A server that counts so many more users than it lists.
  private func counting(_ more: Int, _ directory: FakeDirectory) throws -> ScriptedServer {
    try directory.serve { request, carryOut in
      guard request.path == "/Users", request.query["filter"] == nil,
        case .answer(let status, let headers, let body) = carryOut(),
        var json = (try? JSONValue(parsing: body))?.object
      else { return nil }
      json["totalResults"] = .integer(Int64(directory.resources("/Users").count + more))
      return .answer(status, headers, JSONValue.object(json).encoded)
    }
  }

  @Test(
    "goes on with a server that goes on counting whom it shows no more, and says so",
    arguments: [5, 10, 25, 30])
  func surplus(users: Int) async throws {
    let directory = directory(users: users)
    let server = try counting(3, directory)
    defer { server.close() }
    let connector = connector(server) { $0.pageSize = 10 }
    let first = try await readAll(connector)
    #expect(entries(first).count == users)
    #expect(
      first.last?.doubt
        == "/Users counts \(users + 3) objects and lists \(users), however often it is "
        + "read")
    let mark = try #require(first.last?.watermark)
    #expect(ModificationWatermark(mark)?.unread == 3)
    // A delta is no comparison because of that, and the next full import reads once.
    let quiet = try await readAll(connector, since: mark) { users }
    #expect(quiet.allSatisfy { !$0.endsPresencePhase })
    let before = server.requests.count { $0.path == "/Users" }
    let again = try await readAll(connector)
    #expect(entries(again).count == users && again.last?.doubt != nil)
    #expect(server.requests.count { $0.path == "/Users" } - before <= users / 9 + 4)
  }

  @Test("stops where a page is missing of what is counted, or all", arguments: [(25, 10), (0, 3)])
  func pageMissing(users: Int, more: Int) async throws {
    let directory = directory(users: users)
    let server = try counting(more, directory)
    defer { server.close() }
    let failure = await failure { _ = try await readAll(connector(server) { $0.pageSize = 10 }) }
    #expect(failure?.result == .stoppedUnexpectedData)
    #expect(failure?.message.contains("counts \(users + more)") == true)
  }

  @Test("stops when the server gives the same page for ever")
  func samePage() async throws {
    let directory = directory(users: 30)
    let server = try directory.serve { request, _ in
      guard request.path == "/Users", request.query["count"] != "0" else { return nil }
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 30,
          "Resources": [["id": "u0"], ["id": "u1"]],
        ])
    }
    defer { server.close() }
    let failure = await failure { _ = try await readAll(connector(server) { $0.pageSize = 2 }) }
    #expect(failure?.result == .stoppedUnexpectedData)
  }

  @Test(
    "stops with the first bytes of what is no SCIM",
    arguments: [
      ("<html><body>Please sign in", "<html><body>Please sign in"), ("{\"a\":", "{\"a\":"),
      ("{}", "{}"), ("[]", "[]"), ("", ""),
      ("{\"Resources\":[],\"totalResults\":0}", "totalResults"),
      (
        "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":5}",
        "5"
      ),
      ("\u{1B}[2Jhidden", "[2Jhidden"),
    ])
  func noSCIM(body: String, words: String) async throws {
    let directory = directory(users: 3)
    let server = try directory.serve { request, _ in
      request.path == "/Users" && request.query["count"] != "0"
        ? .answer(200, [("Content-Type", "text/html")], Array(body.utf8)) : nil
    }
    defer { server.close() }
    let failure = await failure { _ = try await readAll(connector(server)) }
    #expect(failure?.result == .stoppedUnexpectedData)
    #expect(failure?.serverWords.contains(words) == true || words.isEmpty)
    #expect(failure?.description.contains("\u{1B}") == false)
  }

  @Test("leaves out what can't be understood and says so")
  func discoveryErrors() async throws {
    let directory = directory(users: 2)
    directory.add("/Users", id: "bad", [("active", "perhaps")])
    let server = try directory.serve()
    defer { server.close() }
    let batches = try await readAll(connector(server))
    #expect(entries(batches).count == 2)
    let errors = batches.flatMap(\.errors)
    #expect(errors.map(\.attribute) == ["active"])
    #expect(errors.first?.location.hasSuffix("/Users/bad") == true)
  }

  @Test("reads only the types that are asked for, and refuses those that are none")
  func types() async throws {
    let server = try directory(users: 2, groups: 2).serve()
    defer { server.close() }
    let all = entries(try await readAll(connector(server), types: ["group"]))
    #expect(all.map(\.objectType) == ["group", "group"])
    let failure = await failure { _ = try await readAll(connector(server), types: ["device"]) }
    #expect(failure?.result == .badConfiguration)
    #expect(failure?.hint.contains("user, group") == true)
  }

  @Test("asks for no more than the server gives at a time")
  func pageLimit() async throws {
    var options = FakeDirectory.Options()
    options.maxResults = 4
    let server = try directory(users: 10, options).serve()
    defer { server.close() }
    #expect(entries(try await readAll(connector(server))).count == 10)
  }

  @Test("goes on after answers that pass: 429, 502, a closed connection")
  func passingFaults() async throws {
    let directory = directory(users: 30)
    let count = Mutex(0)
    let server = try directory.serve { request, _ in
      guard request.path == "/Users" else { return nil }
      switch count.withLock({ count in
        count += 1; return count
      }) {
      case 2: return directory.reply(429, nil, [("Retry-After", "0")])
      case 3: return .answer(502)
      case 5: return .close
      case 6: return directory.reply(503, nil)
      default: return nil
      }
    }
    defer { server.close() }
    #expect(entries(try await readAll(connector(server) { $0.pageSize = 10 })).count == 30)
  }

  @Test("stops with the server's words when the token is refused on the way")
  func refused() async throws {
    let directory = directory(users: 3)
    let server = try directory.serve { request, _ in
      request.path == "/Users" ? directory.reply(401, ["detail": "token expired"]) : nil
    }
    defer { server.close() }
    let failure = await failure { _ = try await readAll(connector(server)) }
    #expect(failure?.result == .stoppedCredentials)
    #expect(failure?.serverWords == "token expired")
  }

  @Test("stops when its task is cancelled")
  func cancelled() async throws {
    let directory = directory(users: 3)
    let server = try directory.serve { request, _ in
      request.path == "/Users" ? .stall(promised: 10, sent: 0) : nil
    }
    defer { server.close() }
    let task = Task {
      await failure { _ = try await readAll(connector(server) { $0.timeout = 60 }) }
    }
    while !server.requests.contains(where: { $0.path == "/Users" }) { await Task.yield() }
    task.cancel()
    #expect(await task.value != nil)
  }
}
