import Directory
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import SCIMConnector

@Suite("A request without an answer")
struct UnknownOutcomeTests {
  private final class Counter: Sendable {
    private let value = Mutex(0)
    func next() -> Int {
      value.withLock { value in
        value += 1; return value
      }
    }
  }

  private func isPost(_ request: ReceivedRequest) -> Bool {
    request.method == "POST" && (request.path == "/Users" || request.path == "/Bulk")
  }

  @Test("is found done when the server had carried it out", arguments: [0, 500, 502, 503, 504])
  func carriedOut(status: Int) async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, carryOut in
      guard request.method == "POST" else { return nil }
      _ = carryOut()
      return status == 0 ? .close : .answer(status)
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann")])
    #expect(directory.resources("/Users").count == 1)
    #expect(outcomes[0].anchor == directory.resources("/Users")[0]["id"]?.string)
    #expect(server.requests.filter(isPost).count == 1)
  }

  @Test("is found done when only half the answer to it came")
  func halfAnswer() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, carryOut in
      guard request.method == "POST" else { return nil }
      _ = carryOut()
      let head = "HTTP/1.1 201 Created\r\nContent-Type: application/scim+json\r\n"
      return .raw(Array((head + "Content-Length: 900\r\n\r\n{\"id\":\"").utf8))
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann")])
    #expect(directory.resources("/Users").count == 1)
    #expect(outcomes[0].anchor == directory.resources("/Users")[0]["id"]?.string)
    #expect(server.requests.filter(isPost).count == 1)
  }

  @Test("is sent once more when the server had not carried it out", arguments: [0, 500, 503])
  func notCarriedOut(status: Int) async throws {
    let directory = FakeDirectory()
    let count = Counter()
    let server = try directory.serve { request, _ in
      guard request.method == "POST", count.next() == 1 else { return nil }
      return status == 0 ? .close : .answer(status)
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann")])
    #expect(outcomes[0].anchor != nil)
    #expect(directory.resources("/Users").count == 1)
    #expect(server.requests.filter(isPost).count == 2)
  }

  @Test("is all that is unknown of an export that is stopped", .timeLimit(.minutes(1)))
  func stopped() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.method == "POST" ? .stall(promised: 1, sent: 0) : nil
    }
    defer { server.close() }
    let connector = connector(server) {
      $0.requestsInFlight = 1
      $0.timeout = 3600
      $0.useBulk = false
    }
    let operations = try [addUser(1, "ann"), addUser(2, "bob"), addUser(3, "cid")]
    let task = Task { try await connector.export(operations) }
    while !server.requests.contains(where: isPost) { await Task.yield() }
    task.cancel()
    let outcomes = try await task.value
    #expect(outcomes[0].isUnknown)
    for outcome in outcomes.dropFirst() {
      let failure = try #require(outcome.failure)
      #expect(failure.type == .connectivityError && failure.isTransient)
    }
    #expect(server.requests.filter(isPost).count == 1)
  }

  @Test("is not said not to have been sent where only the rest of a new object was not")
  func rest() async throws {
    let directory = FakeDirectory()
    let isMade = Mutex(false)
    let server = try directory.serve { request, _ in
      if request.method == "POST", request.path == "/Groups" { isMade.withLock { $0 = true } }
      return nil
    }
    defer { server.close() }
    let connector = connector(server) {
      $0.requestsInFlight = 1
      $0.useBulk = false
      $0.valuesPerRequest = 1
      $0.token = {
        if isMade.withLock({ $0 }) { throw NoToken() }
        return "secret-token"
      }
    }
    let members = AttributeSet([
      Attribute("displayName", ["g"]), Attribute("externalId", ["ext-g"]),
      Attribute("members", [.reference("a"), .reference("b")]),
    ])
    let outcomes = try await connector.export([
      addUser(1, "ann"), operation(2, .add(members), "group"),
    ])
    #expect(outcomes[0].isDone)
    #expect(outcomes[1].isUnknown)
  }

  private struct NoToken: Error {}

  @Test("stays unknown when it is lost twice")
  func lostTwice() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in request.method == "POST" ? .close : nil }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann")])
    #expect(outcomes[0].isUnknown)
    #expect(server.requests.filter(isPost).count == 2)
  }

  @Test("stays unknown when there is nothing to find it by")
  func nothingToFindBy() async throws {
    let server = try FakeDirectory().serve { request, _ in
      request.method == "POST" ? .close : nil
    }
    defer { server.close() }
    let add = try operation(1, .add(["userName": ["ann"]]))
    #expect(try await connector(server).export([add])[0].isUnknown)
    #expect(server.requests.filter(isPost).count == 1)
  }

  @Test("is not taken for done because a filter gave another object")
  func wrongFilterAnswer() async throws {
    let directory = FakeDirectory()
    directory.add("/Users", [("userName", "zoe"), ("externalId", "ext-zoe")])
    let count = Counter()
    let server = try directory.serve { request, _ in
      if request.method == "POST", count.next() == 1 { return .close }
      guard request.query["filter"] != nil else { return nil }
      // A server that ignores filters gives everything.
      return directory.reply(
        200,
        [
          "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": 1,
          "Resources": [["id": "id-1", "externalId": "ext-zoe"]],
        ])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann")])
    let ann = directory.resources("/Users").first { $0["userName"] == "ann" }
    #expect(outcomes[0].anchor == ann?["id"]?.string)
    #expect(outcomes[0].anchor != "id-1")
  }

  @Test("is looked for first when an earlier run had sent it")
  func retryFound() async throws {
    let directory = FakeDirectory()
    let id = directory.add("/Users", [("userName", "ann"), ("externalId", "ext-ann")])
    let server = try directory.serve()
    defer { server.close() }
    let outcomes = try await connector(server).export([
      addUser(1, "ann", isRetry: true), addUser(2, "bob", isRetry: true),
    ])
    #expect(outcomes[0].anchor == id)
    #expect(outcomes[1].anchor != nil)
    #expect(directory.resources("/Users").count == 2)
  }

  @Test("is found done when the repeated one meets the first")
  func conflictWithItself() async throws {
    let directory = FakeDirectory()
    let count = Counter()
    let server = try directory.serve { request, carryOut in
      guard request.method == "POST" else { return nil }
      if count.next() == 1 { return .close }
      // The first was carried out late, after it had been looked for.
      _ = carryOut()
      return directory.reply(409, ["scimType": "uniqueness", "detail": "userName is taken"])
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([addUser(1, "ann")])
    #expect(outcomes[0].anchor == directory.resources("/Users")[0]["id"]?.string)
  }

  @Test("is repeated when it does the same again")
  func repeatable() async throws {
    let directory = FakeDirectory()
    let one = directory.add("/Users", [("userName", "one")])
    let two = directory.add("/Users", [("userName", "two")])
    let patches = Counter()
    let deletes = Counter()
    let server = try directory.serve { request, carryOut in
      switch request.method {
      case "PATCH": return patches.next() == 1 ? .close : nil
      case "DELETE":
        guard deletes.next() == 1 else { return nil }
        _ = carryOut()
        return .answer(504)
      default: return nil
      }
    }
    defer { server.close() }
    let outcomes = try await connector(server).export([
      operation(1, .modify([AttributeChange("displayName", .replace(["x"]))]), anchor: one),
      operation(2, .delete, anchor: two),
    ])
    #expect(outcomes[0].isDone && outcomes[1].isDone)
    #expect(server.requests.filter { $0.method == "PATCH" }.count == 2)
    #expect(server.requests.filter { $0.method == "DELETE" }.count == 2)
  }

  @Test("is found out for each operation of a Bulk that was cut off", arguments: [true, false])
  func bulk(isCarriedOut: Bool) async throws {
    var options = FakeDirectory.Options()
    options.hasBulk = true
    let directory = FakeDirectory(options)
    let gone = directory.add("/Users", [("userName", "gone")])
    let server = try directory.serve { request, carryOut in
      guard request.path == "/Bulk" else { return nil }
      if isCarriedOut { _ = carryOut() }
      return .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n{\"Opera".utf8))
    }
    defer { server.close() }
    let users = try (1...10).map { try addUser(Int64($0), "user\($0)") }
    let outcomes = try await connector(server).export(
      users + [operation(11, .delete, anchor: gone)])
    #expect(outcomes.allSatisfy { $0.isDone })
    #expect(Set(outcomes.prefix(10).compactMap(\.anchor)).count == 10)
    #expect(directory.resources("/Users").count == 10)
  }

  @Test("keeps what was settled when the server goes away on the way")
  func goneOnTheWay() async throws {
    let directory = FakeDirectory()
    let count = Counter()
    let server = try directory.serve { request, _ in
      guard request.method != "GET" || request.query["filter"] != nil else { return nil }
      return count.next() <= 2 ? nil : .close
    }
    defer { server.close() }
    let users = try (1...6).map { try addUser(Int64($0), "user\($0)") }
    let outcomes = try await connector(server) { $0.requestsInFlight = 1 }.export(users)
    #expect(outcomes[0].isDone && outcomes[1].isDone)
    #expect(outcomes[2].isUnknown)
    for outcome in outcomes[3...] {
      #expect(outcome.failure?.type == .connectivityError)
      #expect(outcome.failure?.isTransient == true)
    }
  }

  @Test("is a failure of the step when the server settled nothing")
  func gone() async throws {
    let server = try FakeDirectory().serve()
    let connector = connector(server)
    _ = try await connector.describe()
    server.close()
    let failure = await failure { _ = try await connector.export([addUser(1, "ann")]) }
    #expect(failure?.result == .stoppedConnectivity)
  }

  @Test("does not come of a token that is refused: nothing was carried out")
  func refused() async throws {
    let directory = FakeDirectory()
    let server = try directory.serve { request, _ in
      request.method == "POST" ? directory.reply(401, ["detail": "revoked"]) : nil
    }
    defer { server.close() }
    let failure = await failure {
      _ = try await connector(server).export([addUser(1, "ann"), addUser(2, "bob")])
    }
    #expect(failure?.result == .stoppedCredentials)
    #expect(failure?.serverWords == "revoked")
    #expect(failure?.description.contains("secret-token") == false)
  }
}
