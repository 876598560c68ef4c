import Directory
import SyncEngine
import SyncRules
import SyncStore
import Testing

@testable import LDAPConnector

/// A connector space that an engine fills from one directory.
final class ImportedSpace {
  /// An object as it is staged, with who refers to it.
  struct Object: Equatable {
    var dn: String
    var type: String
    var attributes: AttributeSet
    var referrers: Set<Anchor>
  }

  private let connector: LDAPConnector
  private let folder: TestFolder
  let engine: SyncEngine
  private let store: SyncStore

  init(
    _ connector: LDAPConnector, fingerprint: String = "1", watchedAt pace: ChangePace? = nil
  ) throws {
    self.connector = connector
    var source = EngineConnector(
      name: "source", type: "ldap", isSource: true, connector: connector, fingerprint: fingerprint)
    source.watch = pace.map { ChangeWatchSetup(connector, pace: $0) }
    folder = try TestFolder()
    store = try SyncStore.open(file: folder.path + "/store.sqlite")
    engine = SyncEngine(
      store: store, lease: try EngineLease.take(lockFile: folder.path + "/engine.lock"),
      connectors: [source], rules: try RuleSet.parse(Self.rules, file: "rules", parameters: [:]),
      options: EngineOptions(idleExitSeconds: nil, version: "test"))
    try engine.prepare()
  }

  /// Imports and synchronizes; the answer is how the import ended, with its reason.
  @discardableResult
  func run(_ type: StepType) async throws -> (result: String, message: String) {
    let run = try await engine.runProfile(connector: "source", type)
    let result = try #require(try last { $0.runID == run })
    if type == .fullImport || type == .deltaImport {
      _ = try await engine.runProfile(connector: "source", .deltaSynchronization)
    }
    return (result.result, try reader.stepMessage(step: result.id).message)
  }

  /// A person says that the import which is held is right.
  func release() throws {
    _ = try store.transaction { tx in
      try tx.releaseImport(
        connector: try #require(try tx.connectorID("source")), until: .now, by: "ann")
    }
  }

  /// Where the next delta begins.
  var watermark: Watermark? {
    get throws {
      let id = try #require(try store.look { try $0.connectorID("source") })
      return try store.look { try $0.connectorState(id)?.watermark }
    }
  }

  /// Has the next delta begin elsewhere.
  func set(_ watermark: Watermark) throws {
    try store.transaction { tx in
      let id = try #require(try tx.connectorID("source"))
      let identity = try #require(try tx.connectorState(id)).watermarkIdentity
      try tx.setWatermark(watermark, identity: identity, connector: id)
    }
  }

  /// The counters of the last import that are not 0, but for objects that are as they were.
  func counters() throws -> [String: Int] {
    let step = try #require(try last { $0.type == .fullImport || $0.type == .deltaImport })
    let rows = try reader.counters(step: step.id).filter { $0.count > 0 }
    return Dictionary(rows.map { ($0.name, $0.count) }) { $0 + $1 }
      .filter { $0.key != "stage-no-change" }
  }

  var reader: StoreReader {
    get throws { try StoreReader(file: folder.path + "/store.sqlite") }
  }

  private func last(_ isWanted: (OperationRow) -> Bool) throws -> OperationRow? {
    try reader.operations(OperationFilter(), before: nil, limit: 20).first(where: isWanted)
  }

  /// What is staged, by anchors.
  func objects() throws -> [Anchor: Object] {
    try store.look { tx in
      let id = try #require(try tx.connectorID("source"))
      var found: [Anchor: Object] = [:]
      for anchor in try tx.staged(connector: id, below: try DistinguishedName("")) {
        let number = try #require(try tx.objectID(connector: id, anchor: anchor))
        let object = try #require(try tx.object(number))
        found[anchor] = Object(
          dn: object.dn, type: object.objectType,
          attributes: try #require(object.image),
          referrers: Set(try tx.referrers(connector: id, to: [anchor])))
      }
      return found
    }
  }

  /// Where this space is not what a full import into an empty one gives, in words.
  func differences() async throws -> [String] {
    let fresh = try ImportedSpace(connector)
    #expect(try await fresh.run(.fullImport).result == "success")
    let (mine, theirs) = (try objects(), try fresh.objects())
    var found: [String] = []
    for (anchor, object) in theirs where mine[anchor] == nil { found.append("lacks \(object.dn)") }
    for (anchor, object) in mine {
      guard let right = theirs[anchor] else {
        found.append("keeps \(object.dn)")
        continue
      }
      if object.dn != right.dn { found.append("calls \(right.dn) \(object.dn)") }
      if object.type != right.type { found.append("takes \(right.dn) for \(object.type)") }
      for name in Set(object.attributes.names + right.attributes.names)
      where object.attributes[name] != right.attributes[name] {
        found.append(
          "\(right.dn) \(name): \(object.attributes[name]) instead of \(right.attributes[name])")
      }
      if object.referrers != right.referrers {
        let more = object.referrers.subtracting(right.referrers).compactMap { theirs[$0]?.dn }
        let less = right.referrers.subtracting(object.referrers).compactMap { theirs[$0]?.dn }
        found.append("\(right.dn) is referred to by \(more) and not by \(less)")
      }
    }
    return found.sorted()
  }

  private static let rules = #"""
    [[rule]]
    name = "In - Person"
    direction = "inbound"
    connector = "source"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    flow = [
      { target = "displayName", direct = "cn" },
      { target = "manager", direct = "manager" },
    ]

    [[rule]]
    name = "In - Group"
    direction = "inbound"
    connector = "source"
    source = "group"
    target = "group"
    link = "Provision"
    precedence = 101
    flow = [
      { target = "displayName", direct = "cn" },
      { target = "member", direct = "member" },
    ]
    """#
}
