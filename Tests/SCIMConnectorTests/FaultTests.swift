import Directory
import HTTP
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import SCIMConnector

/// What servers do that no standard allows, and what happens between two requests.
@Suite("A server with faults")
struct FaultTests {
  private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
      value.withLock { value in
        value += 1
        return value
      }
    }
  }

  private static let page = Reaction.answer(
    200, [("Content-Type", "text/html")], Array("<html><body>Please sign in".utf8))

  private func writes(_ server: ScriptedServer, _ method: String) -> [ReceivedRequest] {
    server.requests.filter { $0.method == method }
  }

  @Test("that answers 200 with a page is not believed that it made something")
  func pageForAdd() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in request.method == "POST" ? Self.page : nil }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann")])
    #expect(outcomes[0].isUnknown)
    #expect(writes(server, "POST").count == 2)
    guard case .unknown(let reason) = outcomes[0] else { return }
    #expect(reason.contains("Please sign in"))
  }

  @Test(
    "that answers 200 with a page is not believed that it changed or deleted something",
    arguments: ["PATCH", "DELETE"])
  func pageForChange(method: String) async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("userName", "ann")])
    let server = try directory.serve { request, _ in request.method == method ? Self.page : nil }
    defer { server.close() }
    let change = ExportOperation.Kind.modify([AttributeChange("title", .replace(["x"]))])
    let outcomes = try await connector(server).export([
      operation(1, method == "PATCH" ? change : .delete, anchor: id)
    ])
    #expect(outcomes[0].isUnknown)
    guard case .unknown(let reason) = outcomes[0] else { return }
    #expect(reason.contains("Please sign in"), "\(reason)")
    #expect(directory.resources("/Users").count == 1)
  }

  @Test(
    "behind something that knows nothing of an object: 404 in other words deletes nothing",
    arguments: [
      "<html><body>Not found", #"{"message":"no Route matched"}"#, "not found",
      #"{"type":"about:blank","title":"Not Found","status":404,"detail":"No static resource"}"#,
    ])
  func strangersAbsence(body: String) async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("userName", "ann")])
    let server = try directory.serve { request, _ in
      request.method == "DELETE" || request.method == "PATCH"
        ? .answer(404, [("Content-Type", "text/html")], Array(body.utf8)) : nil
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .delete, anchor: id),
      operation(2, .modify([AttributeChange("title", .replace(["x"]))]), anchor: id),
    ])
    guard case .unknown(let reason) = outcomes[0] else {
      Issue.record("\(outcomes[0])")
      return
    }
    #expect(reason.contains("404") && reason.contains("not by a SCIM server"), "\(reason)")
    // Whoever is told that it is missing would make it again.
    #expect(outcomes[1].failure?.type == .connectedDirectoryError)
    #expect(outcomes[1].failure?.isTransient == true)
  }

  @Test(
    "that says itself that an object is gone has deleted it",
    arguments: [
      "", "\r\n", #"{"detail":"no such user"}"#,
      #"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],"status":"404"}"#,
    ])
  func ownAbsence(body: String) async throws {
    for status in [404, 410] {
      let server = try FakeDirectory().serve { request, _ in
        request.method == "DELETE" ? .answer(status, [], Array(body.utf8)) : nil
      }
      defer { server.close() }
      let outcomes = try await connector(server).export([operation(1, .delete, anchor: "x")])
      #expect(outcomes[0].isDone, "\(outcomes)")
    }
  }

  @Test("that refuses the token in the middle of an export has that told as what it is")
  func refusedOnTheWay() async throws {
    let directory = FakeDirectory()
    let posts = Counter()
    let server = try directory.serve { request, _ in
      request.method == "POST" && posts.next() > 1
        ? directory.reply(401, ["detail": "token expired"]) : nil
    }
    defer { server.close() }
    let outcomes = try await connector(server) { $0.requestsInFlight = 1 }.export(
      try (1...3).map { try addUser(Int64($0), "user\($0)") })
    #expect(outcomes[0].isDone)
    for outcome in outcomes.dropFirst() {
      #expect(outcome.failure?.isOfCredentials == true)
      #expect(outcome.failure?.type == .permissionIssue)
      #expect(outcome.failure?.message.contains("token expired") == true)
    }
  }

  @Test("that is busy for long is told as busy, not as a server of another kind")
  func busy() async throws {
    let directory = FakeDirectory()
    for path in ["/Users", "/ServiceProviderConfig"] {
      let server = try directory.serve { request, _ in
        request.path == path ? directory.reply(503, ["detail": "not now"]) : nil
      }
      defer { server.close() }
      let failure = await failure { _ = try await readAll(connector(server)) }
      #expect(failure?.result == (path == "/Users" ? .stoppedConnectivity : .noStartConnection))
      #expect(failure?.serverWords == "not now" && failure?.message.contains("503") == true)
      #expect(failure?.hint.contains("the next run goes on") == true)
    }
  }

  @Test("that answers 500 where a name is taken has the conflict told as one, and by whom")
  func duplicate() async throws {
    let directory = FakeDirectory()
    let other = directory.add("/Users", [("userName", "Ann"), ("externalId", "another")])
    let server = try directory.serve { request, _ in
      request.method == "POST" ? directory.reply(500, ["detail": "ERROR 23505"]) : nil
    }
    defer { server.close() }
    // The fake's filter knows case; the server of this story does not.
    let outcomes = try await connector(server).export([
      operation(1, .add(["userName": ["Ann"], "externalId": ["ext-ann"]]))
    ])
    let failure = try #require(outcomes[0].failure)
    #expect(failure.type == .attributeValueMustBeUnique)
    #expect(failure.attribute == "userName" && failure.value == "Ann")
    #expect(failure.conflictingAnchor?.text == other)
    #expect(failure.message.contains("ERROR 23505"))
    #expect(!failure.isTransient)
    #expect(writes(server, "POST").count == 1)
    // The other one is as it was.
    #expect(directory.resources("/Users").count == 1)
    #expect(directory.resources("/Users")[0]["externalId"] == "another")
  }

  @Test("that ignores filters is read until what was sent before is found, and no other is taken")
  func ignoredFilter() async throws {
    var options = FakeDirectory.Options()
    options.obeysFilter = false
    let directory = FakeDirectory(options)
    for number in 0..<30 {
      directory.add(
        "/Users", [("userName", .string("u\(number)")), ("externalId", .string("x\(number)"))])
    }
    let id = directory.add("/Users", [("userName", "ann"), ("externalId", "ext-ann")])
    let server = try directory.serve()
    defer { server.close() }
    let outcomes = try await connector(server) { $0.pageSize = 7 }.export([
      addUser(1, "ann", isRetry: true), addUser(2, "bob", isRetry: true),
    ])
    #expect(outcomes[0].anchor == id)
    let bob = directory.resources("/Users").first { $0["userName"] == "bob" }
    #expect(bob != nil && outcomes[1].anchor == bob?["id"]?.string)
    #expect(directory.resources("/Users").count == 32)
  }

  @Test("that refuses a filter which it said it has is read, too")
  func refusedFilter() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("userName", "ann"), ("externalId", "ext-ann")])
    let server = try directory.serve { request, _ in
      request.query["filter"] == nil
        ? nil : directory.reply(400, ["scimType": "invalidFilter", "detail": "no"])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann", isRetry: true)])
    #expect(outcomes[0].anchor == id)
    #expect(writes(server, "POST").isEmpty)
  }

  @Test("that takes no PATCH, whatever it says, gets the whole object", arguments: [405, 501])
  func noPatch(status: Int) async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("userName", "ann"), ("title", "old"), ("nickName", "A")])
    let server = try directory.serve { request, _ in
      request.method == "PATCH" ? .answer(status) : nil
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .modify([AttributeChange("title", .replace(["new"]))]), anchor: id)
    ])
    #expect(outcomes[0].isDone, "\(outcomes)")
    let put = try #require(writes(server, "PUT").first)
    let body = try JSONValue(parsing: put.body)
    #expect(body["title"] == "new")
    #expect(body["nickName"] == "A" && body["userName"] == "ann")
    #expect(body["meta"] == nil)
  }

  @Test("where the object changed meanwhile (412), is asked anew and gets both changes")
  func changedMeanwhile() async throws {
    var options = FakeDirectory.Options()
    (options.canPatch, options.hasETags) = (false, true)
    let directory = FakeDirectory(options)
    let id = directory.add("/Users", [("userName", "ann")])
    let looks = Counter()
    let server = try directory.serve { request, _ in
      switch request.method {
      case "GET" where request.path.hasPrefix("/Users/"):
        let number = looks.next()
        return directory.reply(
          200,
          [
            "schemas": [.string(SCIMSchema.userURN)], "id": .string(id), "userName": "ann",
            "title": .string("title \(number)"),
          ], [("ETag", "W/\"\(number)\"")])
      case "PUT":
        let isOld = request.headers["if-match"] != "W/\"3\""
        return isOld
          ? directory.reply(412, ["detail": "changed"]) : directory.reply(200, ["id": "x"])
      default: return nil
      }
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .modify([AttributeChange("displayName", .replace(["Ann"]))]), anchor: id)
    ])
    #expect(outcomes[0].isDone, "\(outcomes)")
    let puts = writes(server, "PUT")
    #expect(puts.map { $0.headers["if-match"] } == ["W/\"1\"", "W/\"2\"", "W/\"3\""])
    let last = try JSONValue(parsing: try #require(puts.last).body)
    #expect(last["title"] == "title 3" && last["displayName"] == "Ann")
  }

  @Test("that does not take back the version which it shows has that told")
  func foreignTag() async throws {
    var options = FakeDirectory.Options()
    (options.canPatch, options.hasETags) = (false, true)
    let directory = FakeDirectory(options)
    let id = directory.add("/Users", [("userName", "ann")])
    let server = try directory.serve { request, carryOut in
      if request.method == "PUT" { return directory.reply(412, ["detail": "changed"]) }
      guard request.path.hasPrefix("/Users/"),
        case .answer(let status, let headers, let body) = carryOut()
      else { return nil }
      return .answer(status, headers + [("ETag", "\"7-gzip\"")], body)
    }
    defer { server.close() }
    let outcome = try await connector(server).export([
      operation(1, .modify([AttributeChange("displayName", .replace(["Ann"]))]), anchor: id)
    ])[0]
    #expect(outcome.failure?.message.contains("does not take back the version \"7-gzip\"") == true)
    #expect(writes(server, "PUT").allSatisfy { $0.headers["if-match"] == "\"7-gzip\"" })
  }

  @Test("behind a proxy that compresses is told the version that the object itself says")
  func compressed() {
    func tag(_ field: String?, _ version: String?) -> String? {
      let body = version.map { "{\"meta\":{\"version\":\(JSONValue.string($0).text)}}" } ?? "{}"
      let headers = field.map { [(name: "ETag", value: $0)] } ?? []
      return SCIMResponse(
        http: HTTPResponse(status: 200, headers: headers, body: Array(body.utf8)), request: ""
      ).entityTag
    }
    #expect(tag("\"7-gzip\"", "\"7\"") == "\"7\"")
    #expect(tag("W/\"7\"", "\"7\"") == "\"7\"")
    #expect(tag("W/\"7\"", "W/\"7\"") == "W/\"7\"")
    #expect(tag("\"7\"", "\"6\"") == "\"7\"")
    #expect(tag(nil, "\"7\"") == "\"7\"")
    // A version that is no tag is none to send back where there is one.
    #expect(tag("W/\"7\"", "7") == "W/\"7\"")
    #expect(tag("\"a-b\"", nil) == "\"a-b\"")
  }

  @Test("where the object changes all the time, has that told as something that passes")
  func changedAlways() async throws {
    var options = FakeDirectory.Options()
    (options.canPatch, options.hasETags) = (false, true)
    let directory = FakeDirectory(options)
    let id = directory.add("/Users", [("userName", "ann")])
    let server = try directory.serve { request, _ in
      request.method == "PUT" ? directory.reply(412, ["detail": "changed"]) : nil
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .modify([AttributeChange("displayName", .replace(["Ann"]))]), anchor: id)
    ])
    #expect(outcomes[0].failure?.isTransient == true)
    #expect(outcomes[0].failure?.message == "changed")
    #expect(writes(server, "PUT").count == 4)
  }

  @Test("that takes few values at a time gets a new group's members in several requests")
  func manyMembers() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve()
    defer { server.close() }
    let members = (0..<25).map { AttributeValue.reference("u\($0)") }
    let outcomes = try await connector(server) { $0.valuesPerRequest = 10 }.export([
      operation(1, .add(["displayName": ["all"], "members": members]), "group")
    ])
    #expect(outcomes[0].isDone, "\(outcomes)")
    let post = try JSONValue(parsing: try #require(writes(server, "POST").first).body)
    #expect(post["members"]?.array?.count == 10)
    let rest = try writes(server, "PATCH").map { request in
      try JSONValue(parsing: request.body)["Operations"]?.array?.compactMap {
        $0["value"]?.array?.count
      }
    }
    #expect(rest == [[10], [5]])
  }

  @Test("that refuses the rest of a new group's members leaves it for the next try, and says so")
  func halfGroup() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.method == "PATCH" ? directory.reply(400, ["detail": "too many"]) : nil
    }
    defer { server.close() }
    let members = (0..<25).map { AttributeValue.reference("u\($0)") }
    let add = try operation(
      1, .add(["displayName": ["all"], "externalId": ["g"], "members": members]), "group")
    let outcomes = try await connector(server) { $0.valuesPerRequest = 10 }.export([add])
    let part = try #require(outcomes[0].part, "\(outcomes[0])")
    let rest = (0..<25).map { "u\($0)" }.sorted().dropFirst(10)
    #expect(part.failure.message == "too many")
    #expect(
      part.lacking == [
        AttributeChange("members", .update(added: rest.map { .reference($0) }, removed: []))
      ])
    #expect(part.anchor.text == directory.resources("/Groups").first?["id"]?.string)
  }
}
