import Directory
import Synchronization
import Testing

@testable import LDAPConnector

@Suite(
  "A server that has no time for a question is not taken for one that lacks what was asked for")
struct BusyServerTests {
  private static let badge =
    "( 1.1 NAME 'badge' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )"

  /// A server that publishes a schema, and answers with `code` to the first one who asks for it.
  private func server(schemaOnce code: Int32) throws -> FakeServer {
    let isFirst = Mutex(true)
    return try FakeServer { request in
      switch request.base {
      case "":
        return .init([
          SearchEntry(
            dn: "",
            attributes: [
              SearchAttribute("namingContexts", "dc=x"),
              SearchAttribute("subschemaSubentry", "cn=schema"),
            ])
        ])
      case "cn=schema":
        let isRefused = isFirst.withLock { first in
          defer { first = false }
          return first
        }
        guard !isRefused else { return .refusing(code) }
        return .init([
          SearchEntry(dn: "cn=schema", attributes: [SearchAttribute("attributeTypes", Self.badge)])
        ])
      default:
        return .init([
          SearchEntry(
            dn: "dc=x",
            attributes: [
              SearchAttribute("objectClass", "person"), SearchAttribute("badge", "7"),
            ])
        ])
      }
    }
  }

  @Test(
    "Nothing is imported without the schema while the server has no time to tell it",
    arguments: [
      LDAPCode.busy, LDAPCode.unavailable, LDAPCode.timeLimitExceeded, LDAPCode.adminLimitExceeded,
      LDAPCode.operationsError,
    ])
  func schema(code: Int32) async throws {
    let server = try server(schemaOnce: code)
    defer { server.stop() }
    let connector = server.connector()
    let failure = await #expect(throws: ConnectorFailure.self) { _ = try await connector.run() }
    #expect(failure?.result == .noStartConnection)
    #expect(failure?.serverWords.contains("(\(code))") == true)
    #expect(try await connector.run().entries.first?.attributes["badge"] == [.integer(7)])
  }

  @Test("A schema that the account may not read is gone without, as ever")
  func unreadableSchema() async throws {
    let server = try server(schemaOnce: LDAPCode.insufficientAccessRights)
    defer { server.stop() }
    #expect(try await server.connector().run().entries.first?.attributes["badge"] == ["7"])
  }

  @Test("Deltas are not begun by lesser means while a server has no time for the best")
  func contentSynchronization() async throws {
    let server = try FakeServer { request in
      request.controls.contains(ControlOID.syncRequest)
        ? .refusing(LDAPCode.busy) : FakeProvider.answer(request)
    }
    defer { server.stop() }
    let connector = server.connector()
    for failure in [
      await #expect(throws: ConnectorFailure.self) { _ = try await connector.run() },
      await #expect(throws: ConnectorFailure.self) { _ = try await connector.watch() },
    ] {
      #expect(failure?.result == .noStartConnection)
      #expect(failure?.message.contains("It was not told where changes begin") == true)
    }
  }

  @Test("A domain controller that has no time for DirSync is not said to refuse it")
  func dirSync() async throws {
    let controller = TellingController([[]], whole: [])
    let server = try FakeServer { request in
      request.controls.contains(ControlOID.dirSync)
        ? .refusing(LDAPCode.unavailable) : controller.answer(request)
    }
    defer { server.stop() }
    for delta in [nil, DeltaStrategy.dirSync] {
      let failure = await #expect(throws: ConnectorFailure.self) {
        _ = try await server.connector { $0.delta = delta }.run()
      }
      #expect(failure?.result == .noStartConnection)
    }
  }

  @Test("Nothing is imported without a place for deltas to begin while a server has no time for it")
  func stamps() async throws {
    let server = try FakeServer { request in
      if request.attributes == ["modifyTimestamp"] { return .refusing(LDAPCode.busy) }
      let place = request.base.isEmpty ? "" : "dc=x"
      return .init([
        SearchEntry(
          dn: place,
          attributes: [
            SearchAttribute("namingContexts", "dc=x"), SearchAttribute("objectClass", "person"),
          ])
      ])
    }
    defer { server.stop() }
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await server.connector().run()
    }
    #expect(failure?.result == .noStartConnection)
  }
}
