import Directory
import Foundation
import HTTP
import HTTPTesting
import JSON
import Synchronization
import Tenant
import Testing

@testable import GraphConnector

/// What happens on the way to Graph and back, by a server that does what a test says.
@Suite("Faults between here and Graph")
struct GraphFaultTests {
  /// What the script of a server remembers.
  private final class Story: Sendable {
    private let state = Mutex((posts: 0, looks: 0))
    func post() -> Int {
      state.withLock {
        $0.posts += 1; return $0.posts
      }
    }
    func look() -> Int {
      state.withLock {
        $0.looks += 1; return $0.looks
      }
    }
  }

  private func connector(
    _ server: ScriptedServer, _ change: (inout GraphConnectorSettings) -> Void = { _ in }
  ) -> GraphConnector {
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "contoso",
      credentials: .bearer { "a-token" })
    settings.retry = RetryPolicy(tries: 4, firstDelay: 0.01, longestDelay: 0.02)
    settings.timeout = 10
    // The scripts know of no deleted users.
    settings.restoresDeleted = false
    change(&settings)
    return GraphConnector(settings)
  }

  private func reply(
    _ status: Int, _ json: JSONValue?, _ headers: [(String, String)] = []
  ) -> Reaction {
    .answer(status, [("Content-Type", "application/json")] + headers, json?.encoded ?? [])
  }

  private func list(_ items: [JSONValue]) -> Reaction { reply(200, ["value": .array(items)]) }

  /// The user `name` as the server shows it.
  private func user(_ name: String) -> JSONValue {
    [
      "id": .string("id-" + name), "userPrincipalName": .string(name + "@contoso.com"),
      "onPremisesImmutableId": .string(Operations.anchor(name)),
    ]
  }

  private func posts(_ server: ScriptedServer) -> Int {
    server.requests.filter { $0.method == "POST" && $0.path == "/v1.0/users" }.count
  }

  @Test("Half an answer to a creation: what was made is found, and not made twice")
  func halfBody() async throws {
    let server = try ScriptedServer { request in
      request.method == "POST"
        ? .raw(Array("HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{\"id\":\"id-".utf8))
        : list([user("ann")])
    }
    defer { server.close() }
    let outcome = try await connector(server).export([Operations.user("ann")])[0]
    #expect(outcome.anchor?.text == "id-ann")
    #expect(posts(server) == 1)
  }

  @Test("A page instead of JSON makes nothing known, and no other user is touched")
  func page() async throws {
    let server = try ScriptedServer { request in
      request.method == "POST"
        ? .answer(200, [("Content-Type", "text/html")], Array("<html>Sign in".utf8))
        // A server that ignores the filter gives another user.
        : list([user("zoe")])
    }
    defer { server.close() }
    let outcome = try await connector(server).export([Operations.user("ann")])[0]
    guard case .unknown(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("text/html") || reason.contains("Sign in"), "\(reason)")
    #expect(!server.requests.contains { $0.method == "PATCH" })
  }

  @Test("A conflict after a creation that was not answered is one with itself")
  func conflictWithItself() async throws {
    let story = Story()
    let server = try ScriptedServer { request in
      if request.method == "POST" {
        if story.post() == 1 { return .close }
        return reply(
          400,
          [
            "error": [
              "code": "Request_BadRequest",
              "message":
                "Another object with the same value for property userPrincipalName already exists.",
              "details": [["code": "ObjectConflict", "target": "userPrincipalName"]],
            ]
          ])
      }
      // The first creation comes into sight late.
      return story.look() == 1 ? list([]) : list([user("ann")])
    }
    defer { server.close() }
    let outcome = try await connector(server).export([Operations.user("ann")])[0]
    #expect(outcome.anchor?.text == "id-ann", "\(outcome)")
    #expect(posts(server) == 2)
  }

  @Test("What was made is found by its name where a search by its anchor comes too soon")
  func anchorLate() async throws {
    let story = Story()
    let server = try ScriptedServer { request in
      guard request.method == "POST" else {
        let isByAnchor = request.query["$filter"]?.hasPrefix("onPremisesImmutableId") == true
        return isByAnchor ? list([]) : list([user("ann")])
      }
      if story.post() == 1 { return .close }
      return reply(
        400,
        [
          "error": [
            "code": "Request_BadRequest", "message": "It already exists.",
            "details": [["code": "ObjectConflict", "target": "userPrincipalName"]],
          ]
        ])
    }
    defer { server.close() }
    let outcome = try await connector(server) { $0.softMatches = false }
      .export([Operations.user("ann")])[0]
    #expect(outcome.anchor?.text == "id-ann", "\(outcome)")
  }

  @Test("Half a character in an answer makes it no other answer")
  func halfCharacter() async throws {
    let body = #"{"id":"id-ann","displayName":"Ann \ud83d"}"#
    let server = try ScriptedServer { request in
      request.method == "POST"
        ? .answer(201, [("Content-Type", "application/json")], Array(body.utf8)) : list([])
    }
    defer { server.close() }
    let outcome = try await connector(server).export([Operations.user("ann")])[0]
    #expect(outcome.anchor?.text == "id-ann", "\(outcome)")
    #expect(posts(server) == 1)
  }

  @Test("429 without a time is waited for by the usual delays")
  func throttledWithoutTime() async throws {
    let story = Story()
    let server = try ScriptedServer { request in
      guard request.method == "POST" else { return list([]) }
      return story.post() < 3
        ? reply(429, ["error": ["code": "TooManyRequests", "message": "slow down"]])
        : reply(201, user("ann"))
    }
    defer { server.close() }
    let connector = connector(server)
    let outcome = try await connector.export([Operations.user("ann")])[0]
    #expect(outcome.anchor?.text == "id-ann")
    #expect(posts(server) == 3)
    #expect(connector.throttle.count == 2 && connector.throttle.words == "slow down")
  }

  @Test("A server that fails for long leaves the creation unknown, to be found out later")
  func failsForLong() async throws {
    let server = try ScriptedServer { request in
      request.method == "POST"
        ? reply(503, ["error": ["code": "ServiceUnavailable", "message": "not now"]])
        : list([])
    }
    defer { server.close() }
    let outcome = try await connector(server).export([Operations.user("ann")])[0]
    guard case .unknown(let reason) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(reason.contains("not now"))
  }

  @Test("A provisioning log that may not be read holds no import up, and the check tells of it")
  func logForbidden() async throws {
    let server = try ScriptedServer { request in
      if request.path.hasPrefix("/v1.0/auditLogs/provisioning") {
        return reply(
          403,
          [
            "error": [
              "code": "Authorization_RequestDenied",
              "message": "Insufficient privileges to complete the operation.",
            ]
          ])
      }
      return request.path.contains("/delta")
        ? reply(
          200,
          [
            "value": .array(request.path.hasPrefix("/v1.0/users") ? [user("ann")] : []),
            "@odata.deltaLink": .string("http://\(request.headers["host"] ?? "")/v1.0/again"),
          ])
        : reply(200, ["value": [["displayName": "Contoso"]], "@odata.count": 0])
    }
    defer { server.close() }
    let connector = connector(server) {
      $0.bulkUpload = BulkUploadSettings(servicePrincipal: "a-principal", job: "a-job")
    }
    let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
    var (count, reports): (Int, [ExportReport]) = (0, [])
    while let batch = try await reader.next() {
      count += batch.changes.count
      reports += batch.reports
    }
    #expect(count == 1 && reports.isEmpty)
    #expect(server.requests.contains { $0.path.hasPrefix("/v1.0/auditLogs/provisioning") })
    let finding = await connector.check().first { $0.text.contains("provisioning log") }
    #expect(finding?.isGood == false && finding?.hint.contains("AuditLog.Read.All") == true)
    #expect(finding?.text.contains("Insufficient privileges") == true)
  }

  @Test("A precondition that failed (412) may pass, and is told with the server's words")
  func precondition() async throws {
    let server = try ScriptedServer { request in
      reply(412, ["error": ["code": "PreconditionFailed", "message": "it has changed"]])
    }
    defer { server.close() }
    let change = AttributeChange("displayName", .replace(["x"]))
    let outcome = try await connector(server).export([
      Operations.modify("user", Anchor("id-ann"), [change])
    ])[0]
    #expect(outcome.failure?.isTransient == true)
    #expect(outcome.failure?.message == "it has changed")
  }

  @Test("A clock that differs by an hour is found by the connection test", arguments: [0, 3600])
  func clock(difference: Int) async throws {
    let server = try ScriptedServer { request in
      let date = HTTPDateText.text(Int(Date().timeIntervalSince1970) - difference)
      return reply(
        200, ["value": [["id": "t", "displayName": "Contoso"]], "@odata.count": 1],
        [("Date", date)])
    }
    defer { server.close() }
    let findings = await connector(server).check()
    let clock = try #require(findings.first { $0.text.contains("clock") })
    #expect(clock.isGood == (difference == 0))
    if difference != 0 { #expect(clock.hint.contains("NTP")) }
  }

  @Test(
    "A certificate that nobody vouches for is refused before a secret is sent; named, it is fine")
  func certificate() async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("graph-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let authority = try CertificateMaker(in: folder.path)
    let files = try authority.server()
    var configuration = TenantConfiguration(
      databasePath: folder.appendingPathComponent("tenant.sqlite").path,
      token: .plain(Tenant.makeToken()))
    configuration.certificate = .init(file: files.certificate, keyFile: files.key)
    configuration.applications = [TenantApplication(clientID: "app", secret: "a secret of tests")]
    let server = try TenantServer(configuration)
    let root = "https://127.0.0.1:\(try await server.start())"
    func connector(_ caFile: String?) -> GraphConnector {
      var settings = GraphConnectorSettings(
        graphRoot: root, loginRoot: root, tenant: "contoso",
        credentials: .secret(application: "app") { "a secret of tests" })
      settings.retry = RetryPolicy(tries: 1, firstDelay: 0.01, longestDelay: 0.02)
      settings.caFile = caFile
      return GraphConnector(settings)
    }
    await #expect {
      _ = try await connector(nil).describe()
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .noStartConnection
        && failure?.serverWords.contains("certificate") == true
        && failure?.hint.contains("CA") == true && !"\(error)".contains("a secret of tests")
    }
    let trusting = connector(authority.file)
    _ = try await trusting.describe()
    #expect(try await trusting.export([Operations.user("ann")])[0].anchor != nil)
    await server.stop()
  }
}

/// Dates as HTTP writes them (RFC 9110 §5.6.7).
private enum HTTPDateText {
  static func text(_ seconds: Int) -> String {
    var time = time_t(seconds)
    var parts = tm()
    gmtime_r(&time, &parts)
    let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
    return "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) "
      + "\(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
  }
}
