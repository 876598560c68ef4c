import Directory
import HTTP
import HTTPTesting
import JSON
import Testing

@testable import GraphConnector

@Suite("Faults of some requests in a batch")
struct GraphBatchFaultTests {
  private typealias Reply = ScriptedGraph.Reply

  private func users(_ names: String...) throws -> [ExportOperation] {
    try names.enumerated().map { try Operations.user($1, id: Int64($0)) }
  }

  /// The name that a creation gives.
  private static func name(_ call: ScriptedGraph.Call) -> String {
    call.body?["displayName"]?.string ?? ""
  }

  /// Changes of several objects, of which each takes two requests.
  private static func twoSteps(_ type: String, _ ids: [Anchor], _ other: Anchor) throws
    -> [ExportOperation]
  {
    let changes = [
      AttributeChange(type == "user" ? "title" : "description", .replace(["new"])),
      type == "user"
        ? AttributeChange("manager", .replace([.reference(other.text)]))
        : AttributeChange("member", .update(added: [.reference(other.text)], removed: [])),
    ]
    return try ids.enumerated().map {
      try Operations.modify(type, $1, changes, id: Int64($0))
    }
  }

  @Test("Several objects of which each takes several requests are all changed", arguments: [1, 4])
  func severalChains(requests: Int) async throws {
    let cloud = try await TestCloud { $0.requestsInFlight = requests }
    let boss = try await cloud.add(user: "boss")
    let users = try await cloud.connector.export(
      (0..<7).map { try Operations.user("u\($0)", id: Int64($0)) }
    ).compactMap(\.anchor)
    var groups: [Anchor] = []
    for number in 0..<7 { groups.append(try await cloud.add(group: "g\(number)")) }
    let outcomes = try await cloud.connector.export(
      Self.twoSteps("user", users, boss) + Self.twoSteps("group", groups, boss))
    #expect(outcomes.map(\.anchor) == users + groups, "\(outcomes)")
    let entries = try await cloud.entries()
    for name in ["manager", "member"] as [AttributeName] {
      #expect(entries.values.filter { $0.attributes[name] == [.reference(boss.text)] }.count == 7)
    }
    await cloud.stop()
  }

  @Test("The requests of one object alone go out together, each after the one before it")
  func oneChain() async throws {
    let server = try ScriptedGraph { _ in Reply(204) }
    defer { server.close() }
    let outcome = try await server.connector().export(
      Self.twoSteps("group", [Anchor("g")], Anchor("m")))
    #expect(outcome[0].anchor?.text == "g")
    #expect(server.server.requests.count == 1 && server.calls.count == 2)
  }

  @Test("A wish to wait for too long takes nothing back of what its neighbours were answered")
  func longWait() async throws {
    let server = try ScriptedGraph { call in
      Self.name(call) == "cay"
        ? .error(429, "TooManyRequests", "slow down", [("Retry-After", "3600")])
        : Reply(201, ["id": .string("id-" + Self.name(call))])
    }
    defer { server.close() }
    let outcomes = try await server.connector().export(users("ann", "bob", "cay"))
    #expect(outcomes[0].anchor?.text == "id-ann" && outcomes[1].anchor?.text == "id-bob")
    #expect(outcomes[2].failure?.code == "not sent", "\(outcomes[2])")
    #expect(outcomes[2].failure?.message.contains("3600 s") == true)
    #expect(server.count("POST /users") == 3)
  }

  @Test("503 for a creation in a batch holds the requests back, and then it is looked for")
  func unavailable() async throws {
    let server = try ScriptedGraph { call in
      if call.method == "GET" {
        return .list([
          ["id": "id-ann", "onPremisesImmutableId": .string(Operations.anchor("ann"))]
        ])
      }
      guard call.method == "POST" else { return Reply(204) }
      return Self.name(call) == "ann"
        ? .error(503, "ServiceUnavailable", "not now", [("Retry-After", "1")])
        : Reply(201, ["id": "id-bob"])
    }
    defer { server.close() }
    let connector = server.connector()
    let start = ContinuousClock.now
    let outcomes = try await connector.export(users("ann", "bob"))
    #expect(ContinuousClock.now - start >= .seconds(1))
    #expect(outcomes.map { $0.anchor?.text } == ["id-ann", "id-bob"])
    #expect(connector.throttle.count == 1 && connector.throttle.words == "not now")
    #expect(server.count("POST /users") == 2)
  }

  @Test(
    "A time to wait in a batch is read whatever the field's case, as seconds or a moment",
    arguments: ["Retry-After", "retry-after"], ["7", "Sun, 06 Nov 1994 08:49:44 GMT"])
  func retryAfter(name: String, text: String) async throws {
    let server = try ScriptedGraph(headers: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT")]) { _ in
      .error(429, "TooManyRequests", "slow down", [(name, text)])
    }
    defer { server.close() }
    let answers = try await GraphClient(server.settings()).batch([
      GraphCall("GET", "/users/a"), GraphCall("GET", "/users/b"),
    ])
    #expect(answers.map(\.retryAfter) == [7, 7])
  }

  @Test("424 to a request that waits for nothing ends after the allowed tries")
  func dependency() async throws {
    let server = try ScriptedGraph { _ in .error(424, "FailedDependency", "no") }
    defer { server.close() }
    let changes = try ["a", "b"].map {
      try Operations.modify("user", Anchor($0), [AttributeChange("title", .replace(["x"]))])
    }
    let outcomes = try await server.connector().export(changes)
    #expect(outcomes.allSatisfy { $0.isUnknown }, "\(outcomes)")
    #expect(server.calls.count == 8)
  }

  @Test("A creation answered without an id is looked for, not told as refused")
  func noID() async throws {
    let server = try ScriptedGraph { call in
      switch call.method {
      case "POST": Reply(201, [:])
      case "GET":
        .list([["id": "id-ann", "onPremisesImmutableId": .string(Operations.anchor("ann"))]])
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector().export(users("ann"))[0]
    #expect(outcome.anchor?.text == "id-ann", "\(outcome)")
    #expect(server.count("POST /users") == 1)
  }

  @Test("A search answered without a list finds nothing out, and nothing is made")
  func noList() async throws {
    let server = try ScriptedGraph { call in
      call.method == "GET" ? Reply(200, [:]) : Reply(201, ["id": "x"])
    }
    defer { server.close() }
    let outcome = try await server.connector().export([Operations.user("ann", isRetry: true)])[0]
    #expect(outcome.isUnknown, "\(outcome)")
    #expect(server.count("POST /users") == 0)
  }

  @Test("A batch of creations and changes that is cut ends no step: each finds its own way on")
  func cut() async throws {
    let server = try ScriptedGraph { call in
      switch call.line {
      case "PATCH /users/bob": call.number == 0 ? nil : Reply(204)
      case "POST /users": Reply(201, ["id": "id-ann"])
      case "GET /users":
        .list([["id": "id-ann", "onPremisesImmutableId": .string(Operations.anchor("ann"))]])
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcomes = try await server.connector().export([
      Operations.user("ann"),
      Operations.modify("user", Anchor("bob"), [AttributeChange("title", .replace(["x"]))]),
    ])
    #expect(outcomes.map { $0.anchor?.text } == ["id-ann", "bob"], "\(outcomes)")
    #expect(server.count("POST /users") == 1)
  }

  @Test("A token that ends for one request of a batch is renewed, and the request sent again")
  func token() async throws {
    let server = try ScriptedGraph { call in
      call.path == "/users/a" && call.number == 0
        ? .error(401, "InvalidAuthenticationToken", "expired") : Reply(204)
    }
    defer { server.close() }
    let changes = try ["a", "b"].map {
      try Operations.modify("user", Anchor($0), [AttributeChange("title", .replace(["x"]))])
    }
    let outcomes = try await server.connector().export(changes)
    #expect(outcomes.map { $0.anchor?.text } == ["a", "b"], "\(outcomes)")
  }
}

extension ExportOutcome {
  /// Whether what became of it is not known.
  var isUnknown: Bool { if case .unknown = self { true } else { false } }
  /// What was taken, if not all was.
  var part: PartialExport? { if case .partly(let part) = self { part } else { nil } }
}
