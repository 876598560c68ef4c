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
    let engine = try engine(connector)
    let staged = try await stage(engine, slapd.objects)
    let changed = try await delta(engine, slapd)
    return [
      row("ldapsearch >/dev/null", reference, slapd.objects, reference, "-"),
      row("read by the connector", reading, slapd.objects, reference, "-"),
      row("full import, staged", staged, slapd.objects, reference, "0.5 of ldapsearch"),
      Measurement(
        name: "LDAP: delta of \(Self.changes) changes over \(slapd.objects)",
        figure: String(format: "%.3f s, staged", changed), goal: "0.3 s"),
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

  /// How many objects change before a delta.
  private static let changes = 100

  private var storeFile: String { folder + "/ldap.sqlite" }

  private func engine(_ connector: LDAPConnector) throws -> SyncEngine {
    let engine = SyncEngine(
      store: try SyncStore.open(file: storeFile),
      lease: try EngineLease.take(lockFile: folder + "/ldap.lock"),
      connectors: [
        EngineConnector(
          name: "people", type: "ldap", isSource: true, connector: connector, fingerprint: "bench")
      ], rules: try StandardRules.ruleSet(source: "people", target: "cloud"),
      options: EngineOptions(idleExitSeconds: nil, version: "bench"))
    try engine.prepare()
    return engine
  }

  private func stage(_ engine: SyncEngine, _ objects: Int) async throws -> Double {
    let seconds = try await Measurement.seconds {
      _ = try await engine.runProfile(connector: "people", .fullImport)
    }
    let rows = try StoreReader(file: storeFile).connectors()
    guard rows.first?.objects == objects else {
      throw BenchError(message: "\(rows.first?.objects ?? 0) objects were staged, not \(objects)")
    }
    return seconds
  }

  /// A delta import from the connection to the committed watermark, after titles changed.
  private func delta(_ engine: SyncEngine, _ slapd: BenchSlapd) async throws -> Double {
    try slapd.entitle(Self.changes)
    let seconds = try await Measurement.seconds {
      _ = try await engine.runProfile(connector: "people", .deltaImport)
    }
    let step = try StoreReader(file: storeFile).operations(
      OperationFilter(), before: nil, limit: 1
    ).first
    guard step?.result == "success", step?.updates == Self.changes else {
      throw BenchError(
        message:
          "the delta ended with \(step?.result ?? "nothing") and \(step?.updates ?? 0) updates")
    }
    return seconds
  }
}
