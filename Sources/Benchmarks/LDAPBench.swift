import Directory
import Foundation
import LDAPConnector
import SyncEngine
import SyncRules
import SyncStore

/// A full import from an LDAP server beside ldapsearch on the same server.
struct LDAPBench {
  let folder: String
  let users: Int

  /// Reads with ldapsearch, with the connector alone, and into the store.
  func rows() async throws -> [Measurement] {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let slapd = try BenchSlapd(users: users, in: folder)
    defer { slapd.stop() }
    _ = try BenchSlapd.search(slapd.url, scope: "sub")
    let reference = try await Measurement.seconds {
      _ = try BenchSlapd.search(slapd.url, scope: "sub")
    }
    let connector = LDAPConnector(Self.settings(slapd))
    let reading = try await Measurement.seconds { try await read(connector, slapd.objects) }
    let staged = try await stage(connector, slapd.objects)
    return [
      row("ldapsearch >/dev/null", reference, slapd.objects, reference, "-"),
      row("read by the connector", reading, slapd.objects, reference, "-"),
      row("full import, staged", staged, slapd.objects, reference, "0.5 of ldapsearch"),
    ]
  }

  private func row(
    _ name: String, _ seconds: Double, _ objects: Int, _ reference: Double, _ goal: String
  ) -> Measurement {
    Measurement(
      name: "LDAP: " + name,
      figure: String(
        format: "%.0f/s (%.2f s, %.2f of ldapsearch), peak %d MB", Double(objects) / seconds,
        seconds,
        reference / seconds, Phase.peak() >> 20), goal: goal)
  }

  private static func settings(_ slapd: BenchSlapd) -> LDAPConnectorSettings {
    LDAPConnectorSettings(
      connection: LDAPSettings(
        servers: [LDAPServer(host: "127.0.0.1", port: slapd.port)],
        authentication: .simple(name: BenchSlapd.admin) { BenchSlapd.password }))
  }

  private func read(_ connector: LDAPConnector, _ objects: Int) async throws {
    let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
    var count = 0
    while let batch = try await reader.next() { count += batch.changes.count }
    guard count == objects else {
      throw BenchError(message: "\(count) objects were read instead of \(objects)")
    }
  }

  private func stage(_ connector: LDAPConnector, _ objects: Int) async throws -> Double {
    let store = try SyncStore.open(file: folder + "/ldap.sqlite")
    let engine = SyncEngine(
      store: store, lease: try EngineLease.take(lockFile: folder + "/ldap.lock"),
      connectors: [
        EngineConnector(
          name: "people", type: "ldap", isSource: true, connector: connector, fingerprint: "bench")
      ], rules: try StandardRules.ruleSet(source: "people", target: "cloud"),
      options: EngineOptions(idleExitSeconds: nil, version: "bench"))
    try engine.prepare()
    let seconds = try await Measurement.seconds {
      _ = try await engine.runProfile(connector: "people", .fullImport)
    }
    let rows = try StoreReader(file: store.file).connectors()
    guard rows.first?.objects == objects else {
      throw BenchError(message: "\(rows.first?.objects ?? 0) objects were staged, not \(objects)")
    }
    return seconds
  }
}
