import Directory
import HTTP
import HTTPTesting
import JSON
import Testing

@testable import SCIMConnector

@Suite("A client that may only read sends nothing that could change anything")
struct ReadOnlyTests {
  @Test("Requests other than GET and HEAD are refused before a connection is made")
  func refuses() async throws {
    let server = try ScriptedServer { _ in .answer(200) }
    defer { server.close() }
    var settings = HTTPClient.Settings()
    settings.isReadOnly = true
    let client = HTTPClient(settings)
    for method in ["POST", "PUT", "PATCH", "DELETE", "get", "MERGE"] {
      await #expect(throws: HTTPError.self) {
        _ = try await client.send(HTTPRequest(method, server.url + "/Users/1"))
      }
    }
    #expect(server.requests.isEmpty)
    for method in ["GET", "HEAD"] {
      #expect(try await client.send(HTTPRequest(method, server.url + "/Users")).status == 200)
    }
    #expect(server.requests.map(\.method) == ["GET", "HEAD"])
  }

  @Test(
    "Even when it is asked to export, a read-only connector only looks: the server is as it was")
  func export() async throws {
    let server = try FakeDirectory().serve()
    defer { server.close() }
    let connector = try #require(connector(server).readOnly as? SCIMConnector)
    let operations = [
      ExportOperation(
        id: 1, kind: .add(["userName": ["ann@contoso.test"]]), objectType: "user", anchor: nil,
        dn: try DistinguishedName("CN=ann")),
      ExportOperation(
        id: 2, kind: .delete, objectType: "user", anchor: Anchor("1"),
        dn: try DistinguishedName("CN=bob")),
    ]
    let outcomes = try? await connector.export(operations)
    for case .done in outcomes ?? [] { Issue.record("nothing can have been done") }
    #expect(server.requests.allSatisfy { $0.method == "GET" })
  }

  @Test("It reads as the connector does that it was made of")
  func reads() async throws {
    let server = try FakeDirectory().serve()
    defer { server.close() }
    let connector = connector(server)
    let identity = try await connector.describe().serverIdentity
    #expect(try await connector.readOnly.describe().serverIdentity == identity)
  }
}
