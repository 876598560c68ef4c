import Directory
import JSON
import Testing

@testable import GraphConnector

@Suite("A creation whose answer was lost, and that stands in its own way")
struct GraphLostCreationTests {
  private typealias Reply = ScriptedGraph.Reply

  /// A tenant that makes "ann" and cuts the connection, takes none of that name any more, and whose
  /// searches find nobody yet.
  private func server() throws -> ScriptedGraph {
    try ScriptedGraph { call in
      guard call.line == "POST /users" else { return .list([]) }
      return call.number == 0 ? nil : .conflict("userPrincipalName")
    }
  }

  @Test("Who can't be seen yet is no other account that has the name: nothing is known of it")
  func isOwn() async throws {
    let server = try server()
    defer { server.close() }
    let outcome = try await server.connector().export([Operations.user("ann")])[0]
    guard case .unknown(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("was not answered") && reason.contains("already exists"))
    #expect(server.count("POST /users") == 2)
  }

  @Test("The next export joins it, and one that has the name without that is told as before")
  func nextExport() async throws {
    let found = try ScriptedGraph { call in
      call.method == "GET"
        ? .list([["id": "own", "onPremisesImmutableId": .string(Operations.anchor("ann"))]])
        : Reply(204)
    }
    defer { found.close() }
    let own = try await found.connector().export([Operations.user("ann", isRetry: true)])[0]
    #expect(own.anchor?.text == "own", "\(own)")
    let taken = try ScriptedGraph { call in
      call.method == "POST" ? .conflict("userPrincipalName") : .list([])
    }
    defer { taken.close() }
    for isRetry in [true, false] {
      let outcome = try await taken.connector().export([Operations.user("ann", isRetry: isRetry)])[
        0]
      #expect(outcome.failure?.type == .attributeValueMustBeUnique, "\(outcome)")
    }
  }
}
