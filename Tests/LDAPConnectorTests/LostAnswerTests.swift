import Directory
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct LostAnswerTests {
  /// Sends `kind` through a relay that loses the answer to each of the requests `lost`.
  private func send(
    _ kind: ExportOperation.Kind, anchor: Anchor?, to directory: WritableDirectory,
    losing lost: Set<Int>
  ) async throws -> ExportOutcome {
    let relay = try Relay(to: directory.slapd.port, losing: lost)
    defer { relay.stop() }
    let connector = directory.slapd.connector {
      $0.connection.servers = [LDAPServer(host: "127.0.0.1", port: relay.port)]
      $0.isTarget = true
    }
    let operation = ExportOperation(
      id: 1, kind: kind, objectType: "user", anchor: anchor, dn: try WritableDirectory.dn("cn=Ann"))
    return try #require(try await connector.export([operation]).first)
  }

  // Before the operation come the bind, the root DSE, the schema and the base.
  private static let first = 4

  @Test(arguments: [[0], [0, 1], [1], [2], [0, 2]]) func anObjectIsMadeOnceWhateverIsLost(
    lost: [Int]
  ) async throws {
    let directory = try WritableDirectory()
    let outcome = try await send(
      .add(["sn": ["Lee"], "title": ["chief"]]), anchor: nil, to: directory,
      losing: Set(lost.map { $0 + Self.first }))
    let users = try await directory.connector.run(objectTypes: ["user"]).entries
    #expect(users.count == 1)
    #expect(outcome.anchor == users.first?.anchor)
  }

  @Test(arguments: [[0], [0, 1], [0, 2]]) func aChangeIsMadeOnceWhateverIsLost(
    lost: [Int]
  ) async throws {
    let directory = try WritableDirectory(person("Ann", "mail: a@x\n"))
    let anchor = try await directory.entry("cn=Ann")?.anchor
    let outcome = try await send(
      .modify([AttributeChange("mail", .update(added: ["b@x"], removed: ["a@x"]))]),
      anchor: anchor, to: directory, losing: Set(lost.map { $0 + Self.first }))
    #expect(outcome.isDone)
    #expect(try await directory.entry("cn=Ann")?.attributes["mail"] == ["b@x"])
  }

  @Test func aDeleteIsDoneWhateverIsLost() async throws {
    let directory = try WritableDirectory(person("Ann"))
    let anchor = try await directory.entry("cn=Ann")?.anchor
    let outcome = try await send(
      .delete, anchor: anchor, to: directory, losing: [Self.first])
    #expect(outcome.isDone)
    #expect(try await directory.entry("cn=Ann") == nil)
  }

  @Test func aServerThatDoesNotComeBackLeavesItOpen() async throws {
    let directory = try WritableDirectory()
    let outcome = try await send(
      .add(["sn": ["Lee"]]), anchor: nil, to: directory,
      losing: Set(Self.first..<100))
    guard case .unknown(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("ldap://127.0.0.1"))
    // The engine asks again with the next export.
    let again = try await directory.send(.add(["sn": ["Lee"]]), "cn=Ann", isRetry: true)
    #expect(again.isDone)
  }

  @Test("An add whose answer was lost is not repeated on another server, which may not have got it")
  func anotherServer() async throws {
    let first = try WritableDirectory()
    let second = try WritableDirectory()
    // From the first add on, nothing comes back.
    let relay = try Relay(to: first.slapd.port, losing: Set(Self.first..<100))
    defer { relay.stop() }
    let connector = first.slapd.connector {
      $0.connection.servers = [relay.port, second.slapd.port].map {
        LDAPServer(host: "127.0.0.1", port: $0)
      }
      $0.isTarget = true
    }
    let operations = try ["Ann", "Bob"].enumerated().map { index, name in
      ExportOperation(
        id: Int64(index), kind: .add(["sn": ["Lee"]]), objectType: "user", anchor: nil,
        dn: try WritableDirectory.dn("cn=" + name))
    }
    let outcomes = try await connector.export(operations)
    guard case .unknown? = outcomes.first else {
      Issue.record("\(outcomes)")
      return
    }
    // What was never sent goes to the other one.
    #expect(outcomes.last?.isDone == true)
    #expect(try await first.entry("cn=Ann") != nil)
    #expect(try await second.entry("cn=Ann") == nil)
    #expect(try await second.entry("cn=Bob") != nil)
  }

  @Test func whenNothingWasSettledTheWholeCallHasFailed() async throws {
    let directory = try WritableDirectory()
    directory.slapd.crash()
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await directory.send(.add(["sn": ["Lee"]]), "cn=Ann")
    }
    #expect(failure?.result == .noStartConnection)
  }
}
