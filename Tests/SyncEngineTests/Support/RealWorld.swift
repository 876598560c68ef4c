import Directory
import Foundation
import HTTP
import LDIFConnector
import SCIMConnector
import SampleDirectory
import SyncEngine
import SyncRules
import SyncStore
import Tenant

/// The sample directory in LDIF, the standard rules, and a tenant that speaks SCIM on loopback.
final class RealWorld {
  let folder: URL
  let token = Tenant.makeToken()
  private(set) var server: TenantServer
  private(set) var port: UInt16 = 0
  let summary: SampleDirectory.Summary?

  init(users: Int = 120, groups: Int = 12, withFaults: Bool = false) async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "real-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "changes"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(
      at: folder.appending(path: "directory"), withIntermediateDirectories: true)
    var parameters = SampleDirectory.Parameters()
    parameters.users = users
    parameters.groups = groups
    parameters.contacts = 5
    parameters.withFaults = withFaults
    summary = try SampleDirectory(parameters).write(to: folder.appending(path: "directory").path)
    server = try TenantServer(Self.tenant(folder, token, port: 0))
    port = try await server.start()
  }

  private static func tenant(_ folder: URL, _ token: String, port: UInt16) -> TenantConfiguration {
    TenantConfiguration(
      databasePath: folder.appending(path: "tenant.sqlite").path, port: port,
      token: .plain(token), faultsEnabled: true)
  }

  func end() async {
    await server.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  func stopTenant() async { await server.stop() }

  func startTenant() async throws {
    server = try TenantServer(Self.tenant(folder, token, port: port))
    port = try await server.start()
  }

  func source() -> LDIFConnector {
    LDIFConnector(
      settings: LDIFConnectorSettings(
        content: [folder.appending(path: "directory").path],
        changes: folder.appending(path: "changes").path))
  }

  func target(token: String? = nil) -> SCIMConnector {
    let token = token ?? self.token
    var settings = SCIMConnectorSettings(url: "http://127.0.0.1:\(port)/scim/v2") { token }
    settings.retry = RetryPolicy(tries: 2, firstDelay: 0.05, longestDelay: 0.1)
    return SCIMConnector(settings)
  }

  func engine(token: String? = nil) throws -> SyncEngine {
    let engine = SyncEngine(
      store: try SyncStore.open(file: storeFile),
      lease: try EngineLease.take(lockFile: folder.appending(path: "engine.lock").path),
      connectors: [
        EngineConnector(
          name: "contoso.test", type: "ldif", isSource: true, connector: source(),
          fingerprint: "1"),
        EngineConnector(
          name: "tenant", type: "scim", isSource: false, connector: target(token: token),
          fingerprint: "1"),
      ], rules: try StandardRules.ruleSet(source: "contoso.test", target: "tenant"),
      options: EngineOptions(idleExitSeconds: nil, version: "test"))
    try engine.prepare()
    return engine
  }

  /// Writes a file with changes of the sample directory.
  func changeSource(number: Int) throws {
    var parameters = SampleDirectory.Parameters()
    parameters.users = 120
    parameters.groups = 12
    parameters.contacts = 5
    parameters.withFaults = false
    _ = try SampleDirectory(parameters).writeChanges(
      to: folder.appending(path: "changes/\(number).ldif").path, number: number)
  }

  var storeFile: String { folder.appending(path: "store.sqlite").path }
  var reader: StoreReader { get throws { try StoreReader(file: storeFile) } }

  @discardableResult
  func cycle(_ policy: CyclePolicy = .delta, token: String? = nil) async throws -> CycleSummary {
    let id = try await engine(token: token).runCycle(policy)
    guard let summary = try reader.cycle(id: id) else { throw World.Missing() }
    return summary
  }
}
