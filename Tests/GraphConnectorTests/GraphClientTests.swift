import CGnuTLS
import Directory
import Foundation
import HTTP
import HTTPTesting
import JSON
import Synchronization
import Tenant
import Testing

@testable import GraphConnector

@Suite("A client of Graph")
struct GraphClientTests {
  @Test("The connection test tells the tenant and what it holds")
  func check() async throws {
    let cloud = try await TestCloud()
    try await cloud.add(user: "ada")
    let findings = await cloud.connector.check()
    #expect(findings.filter { !$0.isGood } == [])
    #expect(findings.contains { $0.text == "/users: 1 objects" })
    await cloud.stop()
  }

  @Test("That groups have no place for their source anchor is a warning, and no fault")
  func anchorless() async throws {
    let server = try ScriptedGraph { _ in .init(200, ["value": [["id": "a"]]]) }
    defer { server.close() }
    let warnings = await server.connector { $0.groupAnchorExtension = nil }.check()
      .filter(\.isWarning)
    #expect(warnings.map(\.isGood) == [true])
    #expect(warnings.first?.hint.contains("group_anchor") == true)
    let named = await server.connector { $0.groupAnchorExtension = "extension_a_sourceAnchor" }
      .check()
    #expect(named.filter(\.isWarning) == [])
  }

  @Test("The connection test gives a server up sooner than a run does")
  func impatient() async throws {
    let server = try ScriptedServer { _ in .close }
    defer { server.close() }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "contoso", credentials: .bearer { "t" })
    settings.retry = RetryPolicy(tries: 6, firstDelay: 0.001, longestDelay: 0.001)
    let findings = await GraphConnector(settings).check()
    #expect(findings.contains { !$0.isGood && $0.text.hasPrefix("No answer from") })
    #expect(server.requests.count == 3)
    #expect(settings.forCheck.timeout == 20 && settings.timeout == 120)
    settings.timeout = 5
    #expect(settings.forCheck.timeout == 5)
  }

  @Test("A wrong secret is told as such, and is not in the words")
  func wrongSecret() async throws {
    let cloud = try await TestCloud {
      $0.credentials = .secret(application: TestCloud.application) { "a wrong secret" }
    }
    await #expect {
      _ = try await cloud.connector.describe()
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .noStartCredentials
        && failure?.serverWords.contains("AADSTS7000215") == true
        && !"\(error)".contains("a wrong secret")
    }
    await cloud.stop()
  }

  @Test("A token that ends in mid-run is renewed once, and the work goes on")
  func renewal() async throws {
    let cloud = try await TestCloud()
    try await cloud.add(user: "a")
    cloud.server.faults.knobs.expireTokenNext = 1
    try await cloud.add(user: "b")
    #expect(try await cloud.entries().count == 2)
    await cloud.stop()
  }

  @Test(
    "An endpoint for tokens that is silent keeps nobody who is stopped", .timeLimit(.minutes(1)))
  func silentTokens() async throws {
    let server = try ScriptedServer { _ in .stall(promised: 1, sent: 0) }
    defer { server.close() }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t",
      credentials: .secret(application: "app") { "a secret of tests" })
    settings.timeout = 3600
    let connector = GraphConnector(settings)
    let task = Task { try await connector.describe() }
    while server.requests.isEmpty { await Task.yield() }
    #expect(connector.load?.silence?.attempt == 1)
    task.cancel()
    let result = await task.result
    #expect(throws: ConnectorFailure.self) { try result.get() }
  }

  @Test("An endpoint for tokens that is busy refuses nobody", arguments: [408, 429, 503])
  func busyTokens(status: Int) async throws {
    let server = try ScriptedServer { _ in
      .answer(status, [], Array(#"{"error":"x","error_description":"not now"}"#.utf8))
    }
    defer { server.close() }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t",
      credentials: .secret(application: "app") { "a secret of tests" })
    settings.retry = RetryPolicy(tries: 2, firstDelay: 0.01, longestDelay: 0.02)
    let connector = GraphConnector(settings)
    await #expect {
      _ = try await connector.describe()
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .noStartConnection && failure?.serverWords == "not now"
        && failure?.message.contains("tokens answered \(status)") == true
    }
    // Nothing of the work was sent, and nobody takes it for unknown.
    await #expect {
      _ = try await connector.export([Operations.user("a"), Operations.group("b")])
    } throws: {
      ($0 as? ConnectorFailure)?.result == .stoppedConnectivity
    }
  }

  @Test("An endpoint for tokens that repeats the secret gives it to nobody", arguments: [400, 503])
  func repeatedSecret(status: Int) async throws {
    let secret = "a secret/of tests"
    let server = try ScriptedServer { request in
      .answer(status, [], request.body + Array(" is odd, \(secret)".utf8))
    }
    defer { server.close() }
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "t",
      credentials: .secret(application: "app") { secret })
    settings.retry = RetryPolicy(tries: 1, firstDelay: 0.01, longestDelay: 0.02)
    let connector = GraphConnector(settings)
    await #expect {
      _ = try await connector.describe()
    } throws: { error in
      let words = (error as? ConnectorFailure)?.serverWords ?? ""
      return words.contains("client_secret=•••") && words.hasSuffix("is odd, •••")
        && !"\(error)".contains(secret)
    }
  }

  @Test("Addresses of two of Microsoft's clouds are told as such", arguments: GraphCloud.allCases)
  func mixedClouds(_ graph: GraphCloud) async throws {
    for login in GraphCloud.allCases {
      let settings = GraphConnectorSettings(
        graphRoot: graph.graphRoot + "/", loginRoot: login.loginRoot, tenant: "t",
        credentials: .bearer { "" })
      #expect((settings.cloudMismatch == nil) == (graph.loginRoot == login.loginRoot))
    }
    // A token that can't be used: nothing is sent anywhere.
    let settings = GraphConnectorSettings(
      graphRoot: graph.graphRoot,
      loginRoot: graph == .china ? GraphCloud.global.loginRoot : GraphCloud.china.loginRoot,
      tenant: "t", credentials: .bearer { "" })
    let finding = try #require(await GraphConnector(settings).check().first)
    #expect(!finding.isGood && finding.text.contains("another cloud"))
    #expect(finding.text.contains(graph.graphRoot) && finding.hint.contains("same one"))
  }

  @Test("Throttling is waited out, of the whole and of one request in a batch")
  func throttled() async throws {
    let cloud = try await TestCloud()
    cloud.server.faults.knobs.retryAfterSeconds = 0
    cloud.server.faults.knobs.throttleNext = 1
    cloud.server.faults.knobs.throttleInBatchNext = 3
    let operations = try (0..<30).map { try Operations.user("u\($0)", id: Int64($0)) }
    let outcomes = try await cloud.connector.export(operations)
    #expect(outcomes.compactMap(\.anchor).count == 30)
    #expect(cloud.connector.throttle.count >= 2)
    await cloud.stop()
  }

  @Test("How much of what is allowed is used up is told as the tenant tells it")
  func quota() async throws {
    let cloud = try await TestCloud()
    try await cloud.add(user: "a")
    #expect(cloud.connector.load?.quotaUsed == nil)
    cloud.server.faults.knobs.quotaPercent = 90
    try await cloud.add(user: "b")
    #expect(cloud.connector.load?.quotaUsed == 0.9)
    await cloud.stop()
  }

  @Test(
    "What is told of the share is a percentage or nothing, whatever number a server writes",
    arguments: [
      ("0.8", 80), ("1.8", 180), ("0.57", 57), ("0", 0), ("1e300", 10_000), ("-1e300", 0),
      ("-0.8", 0), ("nan", nil), ("inf", nil), ("-infinity", nil), ("", nil), ("80%", nil),
    ] as [(String, Int?)])
  func share(text: String, percent: Int?) { #expect(GraphClient.percent(text) == percent) }

  @Test("An application that may not see the tenant itself works all the same")
  func hiddenOrganization() async throws {
    let server = try ScriptedGraph { call in
      call.path == "/organization"
        ? .error(403, "Authorization_RequestDenied", "Insufficient privileges")
        : .init(200, ["value": [], "@odata.count": 0])
    }
    defer { server.close() }
    let description = try await server.connector().describe()
    #expect(description.serverIdentity == "graph \(server.server.url) contoso")
    let findings = await server.connector().check()
    #expect(findings.filter { !$0.isGood } == [])
    #expect(findings.contains { $0.hint.contains("Organization.Read.All") })
  }

  @Test("The check tells what it means if groups of users can't be read", arguments: [403, 200])
  func hiddenGroups(status: Int) async throws {
    let server = try ScriptedGraph { call in
      call.path == "/users/a/memberOf" && status == 403
        ? .error(403, "Authorization_RequestDenied", "Insufficient privileges")
        : .init(200, ["value": [["id": "a"]], "@odata.count": 1])
    }
    defer { server.close() }
    let findings = await server.connector().check()
    #expect(findings.filter { !$0.isGood } == [])
    #expect(findings.contains { $0.hint.contains("Directory.Read.All") } == (status == 403))
    #expect(server.count("GET /users/a/memberOf") == 1)
  }

  @Test("A limit that begins anew late is no wish to wait for so long")
  func longLimit() async throws {
    let fields = [("X-RateLimit-Remaining", "3900"), ("X-RateLimit-Reset", "3000")]
    let server = try ScriptedGraph { call in
      call.number == 0 ? .error(429, "TooManyRequests", "slowly", fields) : .list([["id": "t"]])
    }
    defer { server.close() }
    #expect(try await server.connector().describe().serverIdentity.hasSuffix(" t"))
  }

  @Test("A wish to wait for longer than is allowed ends the step, told as what it is")
  func tooLong() async throws {
    let cloud = try await TestCloud { $0.maxRetryWait = 1 }
    _ = try await cloud.connector.describe()
    cloud.server.faults.knobs.retryAfterSeconds = 3600
    cloud.server.faults.knobs.throttleNext = 100
    await #expect {
      _ = try await cloud.connector.export([try Operations.user("a")])
    } throws: {
      ($0 as? ConnectorFailure)?.message.contains("3600 s") == true
    }
    await cloud.stop()
  }

  @Test("A server error before the work is tried again")
  func serverError() async throws {
    let cloud = try await TestCloud()
    _ = try await cloud.connector.describe()
    cloud.server.faults.knobs.serverErrorNext = 1
    try await cloud.add(user: "a")
    #expect(try await cloud.entries().count == 1)
    await cloud.stop()
  }

  @Test("A client for reading alone sends nothing that changes anything")
  func readOnly() async throws {
    let cloud = try await TestCloud()
    try await cloud.add(user: "a")
    let twin = try #require(cloud.connector.readOnly as? GraphConnector)
    _ = try await twin.describe()
    let outcome = try? await twin.export([try Operations.user("b")])
    #expect(outcome?.first?.anchor == nil)
    #expect(try await cloud.entries().count == 1)
    await cloud.stop()
  }

  @Test("A certificate is shown by a statement that the tenant can check")
  func certificate() async throws {
    let (certificate, key) = try Self.makeCertificate()
    let signer = try AssertionSigner(certificate: certificate, key: key)
    let text = try signer.assertion(
      application: "app", audience: "https://login", now: Timestamp.now)
    let parts = text.split(separator: ".")
    #expect(parts.count == 3)
    let claims = try JSONValue(
      parsing: try #require(Base64Text.decode(String(parts[1]))))
    #expect(claims["aud"] == "https://login")
    #expect(claims["sub"] == "app")
    let (_, other) = try Self.makeCertificate()
    #expect(throws: AssertionSigner.Failure.self) {
      _ = try AssertionSigner(certificate: certificate, key: other)
        .assertion(application: "app", audience: "x", now: Timestamp.now)
    }
  }

  @Test("A tenant gives a token for a certificate's statement, and none for another's")
  func certificateToken() async throws {
    let (certificate, key) = try Self.makeCertificate()
    let (otherCertificate, otherKey) = try Self.makeCertificate()
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("graph-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var configuration = TenantConfiguration(
      databasePath: folder + "/tenant.sqlite", token: .plain(Tenant.makeToken()))
    configuration.applications = [
      TenantApplication(clientID: "app", certificate: try Self.der(certificate))
    ]
    let server = try TenantServer(configuration)
    let root = "http://127.0.0.1:\(try await server.start())"
    func connector(_ certificate: String, _ key: String) -> GraphConnector {
      GraphConnector(
        GraphConnectorSettings(
          graphRoot: root, loginRoot: root, tenant: "contoso",
          credentials: .certificate(
            application: "app", certificate: { certificate }, key: { key })))
    }
    let own = connector(certificate, key)
    _ = try await own.describe()
    // One that ends in mid-run is renewed by another statement.
    server.faults.knobs.expireTokenNext = 1
    #expect(try await own.export([Operations.user("ann")])[0].anchor != nil)
    #expect(server.faults.knobs.expireTokenNext == 0)
    await #expect {
      _ = try await connector(otherCertificate, otherKey).describe()
    } throws: {
      ($0 as? ConnectorFailure)?.result == .noStartCredentials
    }
    await server.stop()
  }

  @Test(
    "Each national cloud has the addresses that Microsoft tells, by its name in lockstep.toml",
    arguments: [
      ("global", "graph.microsoft.com", "login.microsoftonline.com"),
      ("us-government", "graph.microsoft.us", "login.microsoftonline.us"),
      ("us-defense", "dod-graph.microsoft.us", "login.microsoftonline.us"),
      ("china", "microsoftgraph.chinacloudapi.cn", "login.partner.microsoftonline.cn"),
    ])
  func clouds(_ name: String, graph: String, login: String) throws {
    let cloud = try #require(GraphCloud(rawValue: name))
    let settings = GraphConnectorSettings(cloud: cloud, tenant: "t", credentials: .bearer { "x" })
    #expect(settings.graphRoot == "https://" + graph)
    #expect(settings.loginRoot == "https://" + login)
    #expect(settings.scope == "https://" + graph + "/.default")
  }

  // MARK: Certificates

  private static func makeCertificate() throws -> (certificate: String, key: String) {
    var key: gnutls_x509_privkey_t?
    var certificate: gnutls_x509_crt_t?
    try #require(gnutls_x509_privkey_init(&key) >= 0)
    defer { gnutls_x509_privkey_deinit(key) }
    try #require(gnutls_x509_privkey_generate(key, GNUTLS_PK_RSA, 2048, 0) >= 0)
    try #require(gnutls_x509_crt_init(&certificate) >= 0)
    defer { gnutls_x509_crt_deinit(certificate) }
    gnutls_x509_crt_set_version(certificate, 3)
    gnutls_x509_crt_set_serial(certificate, [1], 1)
    gnutls_x509_crt_set_activation_time(certificate, time(nil) - 60)
    gnutls_x509_crt_set_expiration_time(certificate, time(nil) + 3600)
    gnutls_x509_crt_set_dn(certificate, "CN=lockstep", nil)
    gnutls_x509_crt_set_key(certificate, key)
    try #require(gnutls_x509_crt_sign2(certificate, certificate, key, GNUTLS_DIG_SHA256, 0) >= 0)
    var (first, second) = (gnutls_datum_t(), gnutls_datum_t())
    try #require(gnutls_x509_crt_export2(certificate, GNUTLS_X509_FMT_PEM, &first) >= 0)
    try #require(gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &second) >= 0)
    defer {
      cgnutls_free(first.data)
      cgnutls_free(second.data)
    }
    return (text(first), text(second))
  }

  private static func text(_ datum: gnutls_datum_t) -> String {
    String(
      decoding: UnsafeBufferPointer(start: datum.data, count: Int(datum.size)), as: UTF8.self)
  }

  private static func der(_ pem: String) throws -> [UInt8] {
    let lines = pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }
    return try #require(Base64Text.decode(lines.joined()))
  }
}
