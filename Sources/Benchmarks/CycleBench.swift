import Directory
import Foundation
import LDIFConnector
import SampleDirectory
import SyncEngine
import SyncRules
import SyncStore

/// Import, synchronization and an empty Delta cycle over a generated directory.
struct CycleBench {
  private let folder: String
  private let users: Int
  private let file: String
  private let records: Int

  /// Generates the directory; that is not measured.
  init(folder: String, users: Int) throws {
    self.folder = folder
    self.users = users
    let summary = try SampleDirectory(SampleDirectory.Parameters.large(users: users)).write(
      to: folder)
    file = summary.path
    records = summary.records
  }

  /// Reading LDIF alone, without a store.
  func parse() throws -> Measurement {
    let start = ContinuousClock.now
    let reader = try LDIFReader(path: file)
    while try reader.next() != nil {}
    return .rate(
      "LDIF parsing alone", records, of: "entries", in: Measurement.seconds(since: start),
      goal: "-")
  }

  /// Full import, full synchronization, and a Delta cycle in which nothing is new.
  func steps() async throws -> [Measurement] {
    let store = try SyncStore.open(file: folder + "/bench.sqlite")
    let lease = try EngineLease.take(lockFile: folder + "/bench.lock")
    let changes = folder + "/changes"
    try FileManager.default.createDirectory(atPath: changes, withIntermediateDirectories: true)
    let connector = LDIFConnector(
      settings: LDIFConnectorSettings(content: [file], changes: changes))
    let engine = SyncEngine(
      store: store, lease: lease,
      connectors: [
        EngineConnector(
          name: "people", type: "ldif", isSource: true, connector: connector, fingerprint: "bench")
      ],
      rules: try RuleSet.parse(Self.rules, file: "rules of the benchmark"),
      options: EngineOptions(idleExitSeconds: nil, version: "bench"))
    try engine.prepare()

    Bench.say("full import")
    let imported = try await Measurement.seconds {
      _ = try await engine.runProfile(connector: "people", .fullImport)
    }
    Bench.say("full synchronization")
    let synchronized = try await Measurement.seconds {
      _ = try await engine.runProfile(connector: "people", .fullSynchronization)
    }
    try checkCounts(store)
    Bench.say("delta cycle")
    _ = try await engine.runCycle(.delta)
    let idle = try await Measurement.seconds { _ = try await engine.runCycle(.delta) }
    return [
      .rate("LDIF full import, staged", records, of: "entries", in: imported, goal: "20000/s"),
      .rate(
        "full synchronization, ten flows", users, of: "objects", in: synchronized,
        goal: "10000/s"),
      Measurement(
        name: "delta cycle, nothing new", figure: String(format: "%.0f ms", idle * 1000),
        goal: "under 1000 ms"),
    ]
  }

  /// A figure over work that was not done would be worth nothing.
  private func checkCounts(_ store: SyncStore) throws {
    let reader = try StoreReader(file: store.file)
    let row = try reader.connectors().first
    guard let row, row.objects == records, row.connectors >= users else {
      throw BenchError(
        message: "\(row?.objects ?? 0) objects were staged and \(row?.connectors ?? 0) linked; "
          + "\(records) and \(users) were expected")
    }
  }

  /// One rule that projects people with ten direct flows.
  private static let rules = """
    [[rule]]
    name = "In from people"
    direction = "inbound"
    connector = "people"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    join = [ { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", direct = "objectGUID" },
      { target = "displayName", direct = "displayName" },
      { target = "givenName", direct = "givenName" },
      { target = "sn", direct = "sn" },
      { target = "accountName", direct = "sAMAccountName" },
      { target = "userPrincipalName", direct = "userPrincipalName" },
      { target = "mail", direct = "mail" },
      { target = "department", direct = "department" },
      { target = "title", direct = "title" },
      { target = "description", direct = "description" },
    ]
    """
}

/// Why a figure can't be given.
struct BenchError: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}
