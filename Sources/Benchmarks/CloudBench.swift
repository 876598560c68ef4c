import Directory
import Foundation
import GraphConnector
import HTTP
import JSON
import LDIFConnector
import SCIMConnector
import SampleDirectory
import SyncEngine
import SyncRules
import SyncStore

/// What the cloud costs: an initial export to the embedded tenant beside what a loader gets that sends
/// the same bodies; one member in a large group; a delta import out of many users.
struct CloudBench {
  /// How the tenant is spoken to.
  enum Face: String, CaseIterable { case scim, graph }

  private let folder: String
  private let (users, groups): (Int, Int)
  private let (members, staged): (Int, Int)

  /// The sizes that the project promises figures for, or smaller ones where `users` is smaller.
  init(folder: String, users: Int) {
    self.folder = folder
    self.users = min(users, 10_000)
    groups = max(1, self.users / 20)
    members = min(users, 50_000)
    staged = users
  }

  /// All figures, over both faces.
  func rows() async throws -> [Measurement] {
    var rows: [Measurement] = []
    for face in Face.allCases {
      rows += try await export(face)
      rows.append(try await member(face))
      rows.append(try await delta(face))
    }
    return rows
  }

  // MARK: Parts

  private func connector(_ face: Face, _ root: String) -> any Connector {
    let token = CloudTenant.token
    switch face {
    case .scim: return SCIMConnector(SCIMConnectorSettings(url: root + "/scim/v2") { token })
    case .graph:
      var settings = GraphConnectorSettings(
        graphRoot: root, loginRoot: root, tenant: "bench", credentials: .bearer { token })
      settings.groupAnchorExtension =
        "extension_0123456789abcdef0123456789abcdef_sourceAnchor"
      return GraphConnector(settings)
    }
  }

  private func engine(
    _ folder: String, _ face: Face, _ root: String, store: SyncStore
  ) throws -> SyncEngine {
    let engine = SyncEngine(
      store: store, lease: try EngineLease.take(lockFile: folder + "/bench.lock"),
      connectors: [
        EngineConnector(
          name: "people", type: "ldif", isSource: true,
          connector: LDIFConnector(
            settings: LDIFConnectorSettings(
              content: [folder + "/directory.ldif"], changes: folder + "/changes")),
          fingerprint: "bench"),
        EngineConnector(
          name: "cloud", type: face.rawValue, isSource: false, connector: connector(face, root),
          fingerprint: "bench"),
      ], rules: try rules(face), options: EngineOptions(idleExitSeconds: nil, version: "bench"))
    try engine.prepare()
    return engine
  }

  private func rules(_ face: Face) throws -> RuleSet {
    guard face == .graph else {
      return try StandardRules.ruleSet(source: "people", target: "cloud")
    }
    return try RuleSet.parse(Self.graphRules, file: "rules of the benchmark")
  }

  private func fresh(_ name: String) throws -> String {
    let own = folder + "/" + name
    try? FileManager.default.removeItem(atPath: own)
    try FileManager.default.createDirectory(
      atPath: own + "/changes", withIntermediateDirectories: true)
    return own
  }

  private static func expectSuccess(_ file: String) throws {
    let reader = try StoreReader(file: file)
    for step in try reader.operations(OperationFilter(), before: nil, limit: 100)
    where step.result != "success" {
      throw BenchError(
        message: "\(step.type.profileName) on \(step.connector) ended with \(step.result)")
    }
  }

  // MARK: The initial export

  private func export(_ face: Face) async throws -> [Measurement] {
    Bench.say("cloud: initial export of \(users) users and \(groups) groups over \(face.rawValue)")
    let own = try fresh(face.rawValue)
    var parameters = SampleDirectory.Parameters()
    (parameters.users, parameters.groups, parameters.contacts) = (users, groups, 0)
    parameters.withFaults = false
    _ = try SampleDirectory(parameters).write(to: own)
    let tenant = try CloudTenant(folder: own + "/tenant")
    let store = try SyncStore.open(file: own + "/bench.sqlite")
    let engine = try engine(own, face, tenant.root, store: store)
    for connector in ["people", "cloud"] {
      _ = try await engine.runProfile(connector: connector, .fullImport)
    }
    _ = try await engine.runProfile(connector: "people", .fullSynchronization)
    let exchanges = CloudExchanges()
    let seconds = try await Measurement.seconds {
      try await exchanges.watch {
        _ = try await engine.runProfile(connector: "cloud", .export)
      }
    }
    _ = try await engine.runProfile(connector: "cloud", .deltaImport)
    try Self.expectSuccess(store.file)
    tenant.stop()
    let other = try CloudTenant(folder: own + "/loaded")
    let width = face == .scim ? SCIMConnectorSettings(url: "") { "" }.requestsInFlight : 4
    let loaded = try await exchanges.replay(from: tenant.root, to: other.root, width: width)
    other.stop()
    let objects = Double(users + groups)
    let ratio = loaded / seconds
    return [
      Measurement(
        name: "initial export over \(face.rawValue), \(users) users and \(groups) groups",
        figure: String(format: "%.0f objects/s in %.1f s", objects / seconds, seconds),
        goal: "2000 objects/s"),
      Measurement(
        name: "  a loader with the same \(exchanges.writes.count) bodies",
        figure: String(format: "%.0f objects/s, share %.2f", objects / loaded, ratio),
        goal: "share 0.9"),
    ]
  }

  // MARK: One member

  private func member(_ face: Face) async throws -> Measurement {
    Bench.say("cloud: one member of \(members) over \(face.rawValue)")
    let own = try fresh("member-" + face.rawValue)
    let tenant = try CloudTenant(folder: own + "/tenant")
    defer { tenant.stop() }
    let loader = CloudLoader(root: tenant.root)
    let ids = try await loader.users(members + 20)
    let group = try await loader.group(Array(ids.prefix(members)))
    let connector = connector(face, tenant.root)
    _ = try await connector.describe()
    var times: [Double] = []
    for id in ids.suffix(20) {
      let operation = ExportOperation(
        id: 1,
        kind: .modify([
          AttributeChange(
            face == .scim ? "members" : "member", .update(added: [.reference(id)], removed: []))
        ]), objectType: "group", anchor: Anchor(group), dn: try DistinguishedName("CN=Large"))
      let start = ContinuousClock.now
      let outcome = try await connector.export([operation])[0]
      times.append(Measurement.seconds(since: start))
      guard case .done = outcome else {
        throw BenchError(message: "the member was not taken: \(outcome)")
      }
    }
    times.sort()
    return Measurement(
      name: "one member into a group of \(members) over \(face.rawValue)",
      figure: String(
        format: "%.1f ms, the worst of 20 %.1f ms", times[10] * 1000, times[19] * 1000),
      goal: "50 ms")
  }

  // MARK: A delta

  private func delta(_ face: Face) async throws -> Measurement {
    Bench.say("cloud: delta import of 100 changes over \(staged) users over \(face.rawValue)")
    let own = try fresh("delta-" + face.rawValue)
    try "version: 1\n".write(toFile: own + "/directory.ldif", atomically: true, encoding: .utf8)
    let tenant = try CloudTenant(folder: own + "/tenant")
    defer { tenant.stop() }
    let loader = CloudLoader(root: tenant.root)
    let ids = try await loader.users(staged)
    // What was made within the seconds after which SCIM takes a change for visible would be read
    // again beside the changes.
    try await Task.sleep(for: .seconds(SCIMConnectorSettings(url: "") { "" }.modificationLag + 1))
    let store = try SyncStore.open(file: own + "/bench.sqlite")
    let engine = try engine(own, face, tenant.root, store: store)
    let whole = try await Measurement.seconds {
      _ = try await engine.runProfile(connector: "cloud", .fullImport)
    }
    try await loader.change(stride(from: 0, to: staged, by: max(1, staged / 100)).map { ids[$0] })
    let seconds = try await Measurement.seconds {
      _ = try await engine.runProfile(connector: "cloud", .deltaImport)
    }
    let last = try StoreReader(file: store.file).operations(
      OperationFilter(), before: nil, limit: 1)
    guard let step = last.first, step.result == "success", step.updates >= min(100, staged) else {
      throw BenchError(message: "the delta import did not bring the changes")
    }
    return Measurement(
      name: "delta import of 100 changes over \(staged) users over \(face.rawValue)",
      figure: String(format: "%.0f ms (a full import %.1f s)", seconds * 1000, whole),
      goal: "1000 ms")
  }

  private static let graphRules = #"""
    [[rule]]
    name = "In - User"
    direction = "inbound"
    connector = "people"
    source = "user"
    target = "person"
    link = "provision"
    precedence = 100
    join = [ { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] } ]
    flow = [
      { target = "sourceAnchor", expression = 'ConvertToBase64([objectGUID])' },
      { target = "userPrincipalName", direct = "userPrincipalName" },
      { target = "displayName", direct = "displayName" },
      { target = "givenName", direct = "givenName" },
      { target = "sn", direct = "sn" },
      { target = "department", direct = "department" },
      { target = "title", direct = "title" },
      { target = "manager", direct = "manager" },
    ]
    [[rule]]
    name = "In - Group"
    direction = "inbound"
    connector = "people"
    source = "group"
    target = "group"
    link = "provision"
    precedence = 110
    flow = [
      { target = "sourceAnchor", expression = 'ConvertToBase64([objectGUID])' },
      { target = "displayName", direct = "displayName" },
      { target = "member", direct = "member" },
    ]
    [[rule]]
    name = "Out - User"
    direction = "outbound"
    connector = "cloud"
    source = "person"
    target = "user"
    link = "provision"
    precedence = 200
    flow = [
      { target = "sourceAnchor", direct = "sourceAnchor" },
      { target = "userPrincipalName", direct = "userPrincipalName" },
      { target = "displayName", direct = "displayName" },
      { target = "accountEnabled", constant = true },
      { target = "givenName", direct = "givenName" },
      { target = "surname", direct = "sn" },
      { target = "department", direct = "department" },
      { target = "title", direct = "title" },
      { target = "manager", direct = "manager" },
    ]
    [[rule]]
    name = "Out - Group"
    direction = "outbound"
    connector = "cloud"
    source = "group"
    target = "group"
    link = "provision"
    precedence = 210
    flow = [
      { target = "sourceAnchor", direct = "sourceAnchor" },
      { target = "displayName", direct = "displayName" },
      { target = "securityEnabled", constant = true },
      { target = "member", direct = "member" },
    ]
    """#
}
