import Directory
import Foundation
import GraphConnector
import HTTP
import JSON
import LDAPConnector
import PasswordSync
import SCIMConnector
import SambaTesting
import SyncEngine
import SyncRules
import SyncStore
import Tenant
import Testing

@testable import DirectoryReplication

/// A domain of Samba, a tenant on loopback, and the engine between them by the standard rules.
private final class Journey {
  static let application = "11111111-2222-3333-4444-555555555555"

  let domain: SambaDomain
  let folder: URL
  let server: TenantServer
  private let port: UInt16
  private let token = Tenant.makeToken()

  init(_ domain: SambaDomain) async throws {
    self.domain = domain
    folder = FileManager.default.temporaryDirectory.appending(path: "journey-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var configuration = TenantConfiguration(
      databasePath: folder.appending(path: "tenant.sqlite").path, token: .plain(token))
    var application = TenantApplication(clientID: Self.application, secret: "a secret of tests")
    application.maySetPasswords = true
    configuration.applications = [application]
    server = try TenantServer(configuration)
    port = try await server.start()
  }

  func end() async {
    await server.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  private var root: String { "http://127.0.0.1:\(port)" }
  private var storeFile: String { folder.appending(path: "store.sqlite").path }
  var reader: StoreReader { get throws { try StoreReader(file: storeFile) } }

  private func channel() -> PasswordChannelSetup {
    let settings = GraphConnectorSettings(
      graphRoot: root, loginRoot: root, tenant: "phs",
      credentials: .secret(application: Self.application) { "a secret of tests" })
    return PasswordChannelSetup(
      sourceConnector: SambaDomain.name, targetConnector: "tenant",
      source: ReplicationPasswordSource(domain.settings(as: "sync")),
      target: TenantPasswordTarget(settings))
  }

  private func engine() throws -> SyncEngine {
    var connection = LDAPSettings(
      servers: [LDAPServer(host: domain.address)],
      authentication: .simple(name: "sync@" + SambaDomain.name) { "Pw-sync-Secret" })
    connection.operationTimeout = 60
    let token = token
    var options = EngineOptions(idleExitSeconds: 0, keepsSchedule: false, version: "test")
    options.passwordChannels = [channel()]
    return SyncEngine(
      store: try SyncStore.open(file: storeFile),
      lease: try EngineLease.take(lockFile: folder.appending(path: "engine.lock").path),
      connectors: [
        EngineConnector(
          name: SambaDomain.name, type: "ldap", isSource: true,
          connector: LDAPConnector(LDAPConnectorSettings(connection: connection)),
          fingerprint: "1"),
        EngineConnector(
          name: "tenant", type: "scim", isSource: false,
          connector: SCIMConnector(
            SCIMConnectorSettings(url: root + "/scim/v2") { token }), fingerprint: "1"),
      ], rules: try StandardRules.ruleSet(source: SambaDomain.name, target: "tenant"),
      options: options)
  }

  func cycle(_ policy: CyclePolicy = .delta) async throws {
    let engine = try engine()
    try engine.prepare()
    let id = try await engine.runCycle(policy)
    let steps = try #require(try reader.cycle(id: id)).steps
    for step in steps { #expect(step.severity < .stopped, "\(step.type) of \(step.connector)") }
  }

  /// Has an engine do what a person asks for; the answer is its outcome.
  @discardableResult
  func passwords(_ order: PasswordOrder = .now) async throws -> String {
    let engine = try engine()
    try engine.prepare()
    let id = try reader.file(.passwords(order), requestedBy: "test")
    try await engine.run()
    return try #require(try reader.command(id: id)).outcome
  }

  func status(_ name: String) throws -> PasswordStatus? {
    try reader.passwords(channel: 1, .all, text: "CN=\(name),", after: nil, limit: 10).first?.status
  }

  /// The number of the error that signing in ends with; nil for a success.
  func signIn(_ name: String, _ password: String) async throws -> Int64? {
    let url = try #require(server.loginURL) + "/t/oauth2/v2.0/token"
    let form = [
      ("grant_type", "password"), ("client_id", Tenant.publicClientID), ("scope", "openid"),
      ("username", name + "@phs.test"), ("password", password),
    ].map { $0.0 + "=" + HTTPURL.encode($0.1) }.joined(separator: "&")
    let response = try await HTTPClient().send(HTTPRequest("POST", url, body: Array(form.utf8)))
    guard response.status != 200 else { return nil }
    return try #require(JSONValue(parsing: response.body)["error_codes"]?.array?.first?.integer)
  }

  /// Signs in to the domain as a service does, which its controller notes.
  func logOn(_ name: String, _ password: String) async throws {
    let settings = LDAPSettings(
      servers: [LDAPServer(host: domain.address)],
      authentication: .simple(name: name + "@" + SambaDomain.name) { password })
    let findings = await LDAPConnector(LDAPConnectorSettings(connection: settings)).check()
    #expect(!findings.isEmpty)
  }

  func events(_ code: Int) throws -> [String] {
    try reader.events(codes: [code], text: "", before: nil, limit: 1000).reversed().map(\.message)
  }

  /// The accounts that events with this number name, in order.
  func named(_ code: Int) throws -> [String] {
    try events(code).flatMap { text in
      text.components(separatedBy: "\n").compactMap { line in
        line.range(of: ", Dn : CN=").flatMap { from in
          line[from.upperBound...].firstIndex(of: ",").map {
            String(line[from.upperBound..<$0])
          }
        }
      }
    }
  }
}

extension SambaTests {
  // The error of a tenant to a wrong password.
  private static let wrongPassword: Int64 = 50126

  @Test("A password of the domain signs in at the tenant, a changed one within a turn")
  func journey() async throws {
    let journey = try await Journey(domain)
    func toolUser(_ name: String, _ password: String) throws {
      try domain.tool("user", "create", name, password, "--userou=OU=People")
    }
    for name in ["walker1", "walker2", "walker3"] { try toolUser(name, "Pw-\(name)-Secret") }

    // Before the first directory synchronization nothing is sent.
    #expect(try await journey.passwords().contains("has not ended"))
    try await journey.cycle(.initial)
    #expect(try await journey.passwords().contains("passwords were taken"))
    let channel = try #require(try journey.reader.passwordChannels().first)
    // All users of the domain but those that are disabled.
    #expect(try #require(channel.byStatus[.success]) >= 180)
    #expect(channel.byStatus[.error] == nil && channel.waiting == 0)
    #expect(try journey.status("user0009") == .noTargetConnection)
    for name in ["walker1", "walker2", "user0010"] {
      #expect(try await journey.signIn(name, "Pw-\(name)-Secret") == nil, "\(name)")
    }
    #expect(try journey.named(656) == journey.named(657))
    #expect(try journey.events(657).allSatisfy { !$0.contains("Failed") })

    // A change arrives, alone.
    let before = try journey.named(656).count
    try domain.tool("user", "setpassword", "walker1", "--newpassword=Brand-new-Secret")
    #expect(try await journey.passwords() == "phs.test: 1 passwords were taken")
    #expect(try journey.named(656).dropFirst(before) == ["walker1"])
    #expect(try await journey.signIn("walker1", "Brand-new-Secret") == nil)
    #expect(
      try await journey.signIn("walker1", "Pw-walker1-Secret") == Self.wrongPassword)

    // A rename, and a service that signs in, send nothing.
    try domain.tool("user", "rename", "walker2", "--surname=W", "--force-new-cn=Walker Two")
    for _ in 1...3 { try await journey.logOn("walker3", "Pw-walker3-Secret") }
    #expect(try await journey.passwords() == "phs.test: nothing was to be sent")
    #expect(try journey.named(656).count == before + 1)

    // Who is new in the domain waits for the directory synchronization, and heals by it.
    try toolUser("walker4", "Pw-walker4-Secret")
    #expect(try await journey.passwords() == "phs.test: nothing was to be sent")
    #expect(try journey.status("walker4") == .sourceConnectorNotPresent)
    try await journey.cycle()
    #expect(try await journey.passwords() == "phs.test: 1 passwords were taken")
    #expect(try journey.status("walker4") == .success)
    #expect(try await journey.signIn("walker4", "Pw-walker4-Secret") == nil)

    // All again when a person asks for it.
    #expect(try await journey.passwords(.full).contains("passwords were taken"))
    #expect(try journey.events(623).count == 2)
    #expect(try await journey.signIn("walker1", "Brand-new-Secret") == nil)
    await journey.end()
  }
}
