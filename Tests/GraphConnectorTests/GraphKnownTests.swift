import Directory
import JSON
import Testing

@testable import GraphConnector

@Suite("What Graph named before and does not show is asked for by its id before it is made anew")
struct GraphKnownTests {
  private typealias Reply = ScriptedGraph.Reply

  private static let gone = Reply.error(
    404, "Request_ResourceNotFound",
    "Resource 'old' does not exist or one of its queried reference-property objects are not present."
  )

  private func doubted(_ operation: ExportOperation) -> ExportOperation {
    var operation = operation
    operation.anchor = Anchor("old")
    operation.isRetry = true
    return operation
  }

  @Test(
    "One that is there gets what it is to have, and is not made again", arguments: [true, false])
  func isThere(hasPlace: Bool) async throws {
    let server = try ScriptedGraph { call in
      call.method == "GET" ? Reply(200, ["id": "old"]) : Reply(204)
    }
    defer { server.close() }
    let connector = server.connector {
      $0.groupAnchorExtension = hasPlace ? TestCloud.anchorExtension : nil
    }
    let outcomes = try await connector.export([
      doubted(try Operations.user("ann")), doubted(try Operations.group("all", [Anchor("m")])),
    ])
    #expect(outcomes.map(\.anchor) == [Anchor("old"), Anchor("old")], "\(outcomes)")
    #expect(!server.calls.contains { $0.method == "POST" })
    #expect(server.count("GET /users/old") == 1 && server.count("GET /groups/old") == 1)
    #expect(server.count("PATCH /users/old") == 1 && server.count("PATCH /groups/old") == 2)
  }

  @Test("One that a copy does not have yet is asked for once more")
  func isLate() async throws {
    let server = try ScriptedGraph { call in
      if call.method == "GET" { return call.number == 0 ? Self.gone : Reply(200, ["id": "old"]) }
      return Reply(204)
    }
    defer { server.close() }
    let outcome = try await server.connector().export([doubted(try Operations.group("all"))])[0]
    #expect(outcome.anchor == Anchor("old"), "\(outcome)")
    #expect(!server.calls.contains { $0.method == "POST" })
  }

  @Test("One that is gone is looked for as what may be there, and made anew")
  func isGone() async throws {
    let server = try ScriptedGraph { call in
      if call.path == "/groups/old" { return Self.gone }
      return call.method == "GET" ? .list([]) : Reply(201, ["id": "new"])
    }
    defer { server.close() }
    let connector = server.connector { $0.groupAnchorExtension = TestCloud.anchorExtension }
    let outcome = try await connector.export([doubted(try Operations.group("all"))])[0]
    #expect(outcome.anchor == Anchor("new"), "\(outcome)")
    #expect(server.count("POST /groups") == 1 && server.count("GET /groups") == 1)
  }

  @Test("A 404 that is none of Graph's, and a refusal to tell, make nothing anew")
  func isUnknown() async throws {
    for reply in [Reply(404), .error(403, "Authorization_RequestDenied", "not for you")] {
      let server = try ScriptedGraph { _ in reply }
      defer { server.close() }
      let outcome = try await server.connector().export([doubted(try Operations.group("all"))])[0]
      #expect(outcome.anchor == nil, "\(outcome)")
      #expect(!server.calls.contains { $0.method == "POST" })
    }
  }
}
