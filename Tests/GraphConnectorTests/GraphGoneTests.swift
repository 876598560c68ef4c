import Directory
import JSON
import Testing

@testable import GraphConnector

@Suite("An object that is not found is taken for deleted only where it is gone")
struct GraphGoneTests {
  private typealias Reply = ScriptedGraph.Reply

  private static let absent = Reply.error(
    404, "Request_ResourceNotFound",
    "Resource 'ann' does not exist or one of its queried reference-property objects are not present."
  )

  private static let delete = "DELETE /users/ann"
  private static let bin = "GET /directory/deletedItems/ann"
  private static let user = "GET /users/ann"

  /// What becomes of the delete of "ann" at a server that answers so, and what was sent.
  private func deleted(
    _ script: @escaping ScriptedGraph.Script
  ) async throws -> (ExportOutcome, ScriptedGraph) {
    let server = try ScriptedGraph(script)
    defer { server.close() }
    return (
      try await server.connector().export([Operations.delete("user", Anchor("ann"))])[0], server
    )
  }

  @Test("Of whom one copy knows nothing yet, the next one deletes", arguments: [1, 3])
  func isLate(times: Int) async throws {
    let (outcome, server) = try await deleted { call in
      call.line == Self.delete && call.number >= times ? Reply(204) : Self.absent
    }
    #expect(outcome.anchor?.text == "ann", "\(outcome)")
    #expect(server.count(Self.delete) == times + 1)
    #expect(server.count(Self.bin) == 1 && server.count(Self.user) == 0)
  }

  @Test("Who is in the recycle bin is deleted, and nothing more is sent")
  func isInBin() async throws {
    let (outcome, server) = try await deleted { call in
      call.line == Self.bin ? Reply(200, ["id": "ANN"]) : Self.absent
    }
    #expect(outcome.anchor?.text == "ann", "\(outcome)")
    #expect(server.calls.map(\.line) == [Self.delete, Self.bin])
  }

  @Test("Who is nowhere after several tries is gone", arguments: [404, 403])
  func isNowhere(bin: Int) async throws {
    let (outcome, server) = try await deleted { call in
      call.line == Self.bin
        ? .error(bin, bin == 404 ? "Request_ResourceNotFound" : "Authorization_RequestDenied", "no")
        : Self.absent
    }
    #expect(outcome.anchor?.text == "ann", "\(outcome)")
    #expect(server.count(Self.delete) == 4 && server.count(Self.bin) == 2)
    #expect(server.calls.last?.line == Self.user)
  }

  @Test("Who is shown all the same is not told as deleted, and is tried again by the next export")
  func isThere() async throws {
    let (outcome, server) = try await deleted { call in
      call.line == Self.user ? Reply(200, ["id": "ann"]) : Self.absent
    }
    let failure = try #require(outcome.failure, "\(outcome)")
    #expect(failure.isTransient && failure.type == .connectedDirectoryError)
    #expect(failure.message.contains("4 times") && failure.message.contains("shows the object"))
    #expect(server.count(Self.delete) == 4)
  }

  @Test("Whether it is there may not be told: that is the error")
  func isForbidden() async throws {
    let (outcome, _) = try await deleted { call in
      call.line == Self.user
        ? .error(403, "Authorization_RequestDenied", "Insufficient privileges") : Self.absent
    }
    #expect(outcome.failure?.type == .permissionIssue, "\(outcome)")
  }

  @Test("What answers for the recycle bin and is not Graph proves nothing")
  func strangersBin() async throws {
    let (outcome, _) = try await deleted { call in
      call.line == Self.bin ? Reply(404) : Self.absent
    }
    #expect(outcome.failure?.isTransient == true, "\(outcome)")
    let (other, _) = try await deleted { call in
      switch call.line {
      case Self.bin: Reply(200, ["id": "bob"])
      case Self.user: Reply(200, ["id": "ann"])
      default: Self.absent
      }
    }
    #expect(other.failure != nil, "\(other)")
  }

  @Test("Who is not found holds up none of the others")
  func others() async throws {
    let server = try ScriptedGraph { call in
      call.path.hasSuffix("/ann") ? Self.absent : Reply(204)
    }
    defer { server.close() }
    let outcomes = try await server.connector().export(
      ["ann", "bob", "cay"].map { try Operations.delete("user", Anchor($0)) })
    #expect(outcomes.compactMap(\.anchor?.text) == ["ann", "bob", "cay"])
    #expect(server.count("DELETE /users/bob") == 1 && server.count("DELETE /users/cay") == 1)
  }

  @Test("The embedded tenant tells who is in its recycle bin, and who is deleted for ever")
  func embedded() async throws {
    let cloud = try await TestCloud()
    let (a, group) = try await (cloud.add(user: "a"), cloud.add(group: "all"))
    for _ in 0..<2 {
      let outcomes = try await cloud.connector.export([
        Operations.delete("user", a), Operations.delete("group", group),
        Operations.delete("user", Anchor("00000000-0000-0000-0000-000000000001")),
      ])
      #expect(outcomes.compactMap(\.anchor).count == 3, "\(outcomes)")
    }
    await cloud.stop()
  }
}
