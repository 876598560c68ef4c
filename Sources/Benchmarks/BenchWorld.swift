import Directory
import Foundation
import LDIFConnector
import SyncEngine
import SyncRules
import SyncStore

/// One engine between a generated directory and a target that takes everything, in a folder.
struct BenchWorld {
  let folder: String
  let target: BenchTarget
  let engine: SyncEngine
  let store: SyncStore

  init(folder: String, rules: BenchRules) throws {
    self.folder = folder
    let loaded = try rules.load()
    target = BenchTarget(schema: loaded.targetSchema)
    store = try SyncStore.open(file: folder + "/bench.sqlite")
    let changes = folder + "/changes"
    try FileManager.default.createDirectory(atPath: changes, withIntermediateDirectories: true)
    let source = LDIFConnector(
      settings: LDIFConnectorSettings(content: [folder + "/directory.ldif"], changes: changes))
    engine = SyncEngine(
      store: store, lease: try EngineLease.take(lockFile: folder + "/bench.lock"),
      connectors: [
        EngineConnector(
          name: "people", type: "ldif", isSource: true, connector: source, fingerprint: "bench"),
        EngineConnector(
          name: "cloud", type: "bench", isSource: false, connector: target, fingerprint: "bench"),
      ], rules: loaded.rules, options: EngineOptions(idleExitSeconds: nil, version: "bench"))
    try engine.prepare()
    // The deletes of the benchmark are meant.
    try store.transaction { tx in
      var schedule = try tx.schedule()
      schedule.deletionThreshold = .max
      try tx.set(schedule)
    }
  }

  /// Runs one step and answers with the seconds that it took.
  func run(_ connector: String, _ step: StepType) async throws -> Double {
    try await Measurement.seconds { _ = try await engine.runProfile(connector: connector, step) }
  }

  /// Runs a delta cycle and answers with the seconds that it took.
  func deltaCycle() async throws -> Double {
    try await Measurement.seconds { _ = try await engine.runCycle(.delta) }
  }

  /// A figure over work that was not done would be worth nothing.
  func expect(_ connector: String, objects: Int, linked: Int) throws {
    let rows = try StoreReader(file: store.file).connectors()
    guard let row = rows.first(where: { $0.name == connector }) else {
      throw BenchError(message: "there is no connector \(connector)")
    }
    guard row.objects == objects, row.connectors >= linked else {
      throw BenchError(
        message: "\(connector) has \(row.objects) objects and \(row.connectors) linked ones; "
          + "\(objects) and \(linked) were expected")
    }
  }

  /// Throws if any step has ended otherwise than well, or has met an error.
  func expectSuccess() throws {
    let reader = try StoreReader(file: store.file)
    let steps = try reader.operations(OperationFilter(), before: nil, limit: 100)
    if let step = steps.first(where: { $0.result != "success" }) {
      throw BenchError(
        message: "\(step.type.profileName) on \(step.connector) ended with \(step.result)")
    }
    let errors = try reader.connectors().reduce(0) { $0 + $1.objectsInError }
    if errors > 0 { throw BenchError(message: "\(errors) objects are in error") }
  }
}

/// Why a figure can't be given.
struct BenchError: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}
