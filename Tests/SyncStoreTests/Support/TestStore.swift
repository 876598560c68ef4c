import Directory
import Foundation
import GRDB
import Testing

@testable import SyncStore

/// A store in a folder of its own, with a source and a target.
final class TestStore {
  let folder: URL
  let store: SyncStore
  let source: Int64
  let target: Int64

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    store = try SyncStore.open(file: folder.appending(path: "store.sqlite").path)
    (source, target) = try store.transaction { tx in
      (
        try tx.register(name: "source", type: "memory", isSource: true, fingerprint: "1"),
        try tx.register(name: "target", type: "memory", isSource: false, fingerprint: "1")
      )
    }
  }

  deinit {
    try? store.close()
    try? FileManager.default.removeItem(at: folder)
  }

  var reader: StoreReader { get throws { try StoreReader(file: store.file) } }

  // MARK: Steps

  func step(
    _ type: StepType = .fullImport, connector: Int64? = nil, cycle: Int64? = nil
  ) throws -> Int64 {
    try store.transaction {
      try $0.beginStep(
        cycle: cycle, connector: connector ?? source, type: type, requestedBy: "test",
        phase: "starting"
      ).step
    }
  }

  func end(_ step: Int64, _ result: String = "success", message: String = "") throws {
    try store.transaction { try $0.endStep(step, result: result, message: message, hint: "") }
  }

  /// Stages changes in a step of their own; the answer is what was counted, by counter.
  @discardableResult
  func stage(
    _ changes: [ImportedChange], errors: [DiscoveryError] = [], reports: [ExportReport] = [],
    connector: Int64? = nil,
    relevant: Set<AttributeName> = ["title"], flowsReferences: Bool = true, obsolete: Bool = false,
    cycle: Int64? = nil, beganEmpty: Bool = false, by type: StepType = .fullImport,
    isBrokenOff: Bool = false
  ) throws -> Staged {
    let connector = connector ?? source
    let step = try step(type, connector: connector, cycle: cycle)
    var context = StagingContext(
      step: step, connector: connector, relevant: relevant, indexed: ["mail"],
      flowsReferences: flowsReferences, isTarget: connector == target)
    context.beganEmpty = beganEmpty
    var tallies: [CounterTally] = []
    var seen = SeenObjects()
    let found = try store.transaction { tx in
      var stager = try Stager(tx, context, seen: SeenObjects())
      var batch = ImportBatch(changes: changes, errors: errors)
      batch.reports = reports
      let (nowSeen, result) = try stager.stage(batch)
      tallies.append(result.tally)
      seen = nowSeen
      return result.errors
    }
    if obsolete {
      try store.transaction { tx in
        var stager = try Stager(tx, context, seen: seen)
        tallies.append(try stager.stageObsolete(after: 0, limit: 1000).result.tally)
      }
    }
    if isBrokenOff {
      try end(step, "stopped-server")
      return Staged(step: step, tallies: tallies, errors: found, seen: seen)
    }
    try store.transaction { tx in
      var stager = try Stager(tx, context, seen: seen)
      try stager.settleAwaiting(seen.awaiting.sorted()[...])
    }
    try end(step)
    return Staged(step: step, tallies: tallies, errors: found, seen: seen)
  }

  struct Staged {
    var step: Int64
    var tallies: [CounterTally]
    var errors: Int
    var seen: SeenObjects
    func count(_ counter: Counter) -> Int { tallies.reduce(0) { $0 + $1.total(counter) } }
    /// The counters that are not 0.
    var counts: [String: Int] {
      Dictionary(
        Counter.allCases.filter { count($0) > 0 }.map { ($0.name, count($0)) },
        uniquingKeysWith: +)
    }
  }

  // MARK: Objects

  func entry(
    _ name: String, _ attributes: AttributeSet = [:], ou: String = "Staff", type: String = "user",
    anchor: String? = nil
  ) throws -> DirectoryEntry {
    var all = attributes
    if !all.contains("displayName") { all["displayName"] = [.string(name)] }
    return DirectoryEntry(
      anchor: Anchor(anchor ?? "a-" + name), dn: try Self.dn(name, ou: ou), objectType: type,
      attributes: all)
  }

  static func dn(_ name: String, ou: String = "Staff") throws -> DistinguishedName {
    try DistinguishedName("CN=\(name),OU=\(ou),DC=contoso,DC=test")
  }

  func id(_ name: String, connector: Int64? = nil) throws -> Int64 {
    let connector = connector ?? source
    return try #require(
      try store.look { [try $0.objectID(connector: connector, anchor: Anchor("a-" + name))] }[0])
  }

  func object(_ id: Int64) throws -> ConnectorSpaceObject {
    try #require(try store.look { [try $0.object(id)] }[0])
  }

  /// Notes that everything staged has been synchronized.
  func synchronizeAll() throws {
    try store.transaction {
      try $0.execute("UPDATE cs_object SET pending_import = 0")
      try $0.execute("DELETE FROM cs_before")
      try $0.execute("DELETE FROM cs_reference WHERE state = 2")
      try $0.execute("UPDATE cs_reference SET state = 0")
    }
  }

  /// A person in the metaverse that `desired` is provisioned from.
  func provision(_ name: String, _ desired: DesiredImage, type: String = "user") throws -> Int64 {
    try store.transaction { tx in
      let upn = AttributeValue.string(name + "@contoso.test")
      let metaverse = try tx.insertMetaverse(
        objectType: "person",
        image: try tx.encode([
          MetaverseAttribute(
            name: "userPrincipalName", values: [upn], contributor: 1, rule: 0, time: .now)
        ]), display: name, keys: [JoinKey("userPrincipalName", upn)])
      return try tx.provision(
        connector: target, dn: try DistinguishedName("CN={\(name)}"), objectType: type,
        display: name, desired: try tx.encode(desired), metaverse: metaverse, rule: 0)
    }
  }

  /// The number in one cell of the store.
  func number(_ sql: String) throws -> Int {
    try store.look { Int(try $0.integer(sql) ?? 0) }
  }
}
