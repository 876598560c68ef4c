import Directory
import Foundation
import SyncEngine
import SyncRules
import SyncStore
import Synchronization

/// A source, a target, a store in a folder of its own, and the rules between them.
final class World {
  let folder: URL
  let source: MemoryDirectory
  let target: MemoryDirectory
  /// What stands between the engine and the target; nil for nothing.
  var wrap: ((MemoryDirectory) -> any Connector)?
  /// What stands in the source's place; nil for nothing.
  var otherSource: (any Connector)?
  /// What lockstep.toml and the rules call the source.
  var sourceName = "source"
  /// Whether lockstep.toml has the target as a source.
  var readsTarget = false
  /// How many objects a batch of a synchronization takes.
  var batchSize = 5
  /// What in the rules can't work.
  var ruleFaults: [String] = []
  /// Errors after which a step ends; nil for as many as usual.
  var errorLimit: Int?
  var rulesText: String
  /// How many changes pass, by connector; what is missing has the usual limits.
  var limits: [String: GuardLimits] = [:]
  /// Entries that an import of the source must show.
  var canaries: [DistinguishedName] = []
  /// Whether the engine stands by.
  var isStaging = false
  /// How the source is watched; nil if it is not.
  var watch: ChangeWatchSetup?
  /// Seconds for which those who exchange names are waited for once a step is to end; nil for as many
  /// as usual.
  var exchangePatience: Double?
  /// Who is told what the store can't keep; a full disk is then tried again at once.
  var tell: (@Sendable (String) -> Void)?
  /// Differs when a person has changed the connectors' settings.
  var fingerprint = "1"

  typealias Definitions = [AttributeName: DirectorySchema.AttributeDefinition]

  init(
    rules: String = World.rules, sourceKnowsDeltas: Bool = true,
    sourceAttributes: Definitions = [:], targetAttributes: Definitions = [:]
  ) throws {
    folder = Self.scratch.appending(path: "world-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    source = MemoryDirectory(
      DirectorySchema(
        attributes: [
          "member": .init(.reference, isMultiValued: true), "manager": .init(.reference),
        ].merging(sourceAttributes) { _, new in new }, objectTypes: ["user", "group"]),
      knowsDeltas: sourceKnowsDeltas)
    target = MemoryDirectory(
      DirectorySchema(
        attributes: [
          "externalId": .init(.string), "userName": .init(.string),
          "displayName": .init(.string), "active": .init(.boolean), "title": .init(.string),
          "members": .init(.reference, isMultiValued: true), "manager": .init(.reference),
        ].merging(targetAttributes) { _, new in new }, objectTypes: ["user", "group"]),
      writable: true)
    rulesText = rules
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// A folder in memory where there is one: thousands of small commits need no disk.
  private static let scratch =
    FileManager.default.isWritableFile(atPath: "/dev/shm")
    ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory

  private static let parsed = Mutex<[String: RuleSet]>([:])

  private static func parse(_ text: String) throws -> RuleSet {
    if let known = parsed.withLock({ $0[text] }) { return known }
    let rules = try RuleSet.parse(text, file: "rules.toml")
    parsed.withLock { $0[text] = rules }
    return rules
  }

  var storeFile: String { folder.appending(path: "store.sqlite").path }

  /// A new engine on the same store, as after a restart.
  func engine(
    idleExitSeconds: Int? = nil, store: SyncStore? = nil,
    configuration: (any ConfigurationWatching)? = nil, passwords: [PasswordChannelSetup] = [],
    keepsSchedule: Bool = true, continuation: EngineContinuation? = nil
  ) throws -> SyncEngine {
    var from = EngineConnector(
      name: sourceName, type: "memory", isSource: true, connector: otherSource ?? source,
      fingerprint: fingerprint)
    var to = EngineConnector(
      name: "target", type: "memory", isSource: readsTarget, connector: wrap?(target) ?? target,
      fingerprint: fingerprint)
    from.limits = limits["source"] ?? GuardLimits()
    from.canaries = canaries
    from.watch = watch
    to.limits = limits["target"] ?? GuardLimits()
    var options = EngineOptions(
      idleExitSeconds: idleExitSeconds, batchSize: batchSize, keepsSchedule: keepsSchedule,
      version: "test")
    options.passwordChannels = passwords
    options.isStaging = isStaging
    options.ruleFaults = ruleFaults
    if let errorLimit { options.errorLimit = errorLimit }
    if let exchangePatience { options.exchangePatience = exchangePatience }
    if let tell {
      options.tell = tell
      options.fullDiskPause = 0
    }
    options.continuation = continuation
    options.configuration = configuration
    let engine = SyncEngine(
      store: try store ?? SyncStore.open(file: storeFile),
      lease: try EngineLease.take(lockFile: folder.appending(path: "engine.lock").path),
      connectors: [from, to],
      rules: try Self.parse(
        rulesText.replacing("connector = \"source\"", with: "connector = \"\(sourceName)\"")),
      options: options)
    try engine.prepare()
    return engine
  }

  var reader: StoreReader { get throws { try StoreReader(file: storeFile) } }

  /// Runs a cycle with an engine of its own and answers with its steps.
  @discardableResult
  func cycle(_ policy: CyclePolicy = .delta) async throws -> CycleSummary {
    let id = try await engine().runCycle(policy)
    guard let summary = try reader.cycle(id: id) else { throw Missing() }
    return summary
  }

  /// Has an engine do what is filed and what is due, and leave.
  func obeyAll() async throws {
    try await engine(idleExitSeconds: 0).run()
  }

  struct Missing: Error {}

  // MARK: Objects

  func user(
    _ name: String, _ extra: AttributeSet = [:], ou: String = "Staff"
  ) throws -> DirectoryEntry {
    var attributes: AttributeSet = [
      "employeeNumber": [.string("g-" + name)], "upn": [.string(name + "@contoso.test")],
      "displayName": [.string(name)],
    ]
    for attribute in extra.attributes { attributes[attribute.name] = attribute.values }
    return DirectoryEntry(
      anchor: Anchor("g-" + name), dn: try dn(name, ou: ou), objectType: "user",
      attributes: attributes)
  }

  func container(_ key: String, named ou: String) throws -> DirectoryEntry {
    DirectoryEntry(
      anchor: Anchor("g-" + key), dn: try DistinguishedName("OU=\(ou),DC=contoso,DC=test"),
      objectType: "container", attributes: ["employeeNumber": [.string("g-" + key)]])
  }

  func group(_ name: String, members: [String]) throws -> DirectoryEntry {
    DirectoryEntry(
      anchor: Anchor("g-" + name), dn: try dn(name, ou: "Groups"), objectType: "group",
      attributes: [
        "employeeNumber": [.string("g-" + name)], "displayName": [.string(name)],
        "member": try members.map { .reference(try dn($0, ou: "Staff").text) },
      ])
  }

  func dn(_ name: String, ou: String) throws -> DistinguishedName {
    try DistinguishedName("CN=\(name),OU=\(ou),DC=contoso,DC=test")
  }

  /// What the target holds, with references as the external ids that they mean.
  var outcome: [String: [String: [String]]] {
    let all = target.all
    let names = Dictionary(
      all.map { ($0.anchor.text, $0.attributes.text("externalId") ?? "?") },
      uniquingKeysWith: { first, _ in first })
    var result: [String: [String: [String]]] = [:]
    for entry in all {
      var values: [String: [String]] = [:]
      for attribute in entry.attributes.attributes {
        values[attribute.name.key] =
          attribute.values.map { value in
            if case .reference(let id) = value { return names[id] ?? "gone:" + id }
            return value.text
          }.sorted()
      }
      result[entry.attributes.text("externalId") ?? entry.anchor.text] = values
    }
    return result
  }

  static let rules = #"""
    [[rule]]
    name = "In - User"
    direction = "inbound"
    connector = "source"
    source = "user"
    target = "person"
    link = "provision"
    precedence = 100
    [[rule.scope]]
    clauses = [{ attribute = "hidden", operator = "ISNULL" }]
    [[rule.join]]
    conditions = [{ source = "employeeNumber", target = "sourceAnchor" }]
    [[rule.flow]]
    target = "sourceAnchor"
    direct = "employeeNumber"
    [[rule.flow]]
    target = "userPrincipalName"
    direct = "upn"
    [[rule.flow]]
    target = "displayName"
    direct = "displayName"
    [[rule.flow]]
    target = "title"
    direct = "title"
    [[rule.flow]]
    target = "manager"
    direct = "manager"

    [[rule]]
    name = "In - Group"
    direction = "inbound"
    connector = "source"
    source = "group"
    target = "group"
    link = "provision"
    precedence = 110
    [[rule.join]]
    conditions = [{ source = "employeeNumber", target = "sourceAnchor" }]
    [[rule.flow]]
    target = "sourceAnchor"
    direct = "employeeNumber"
    [[rule.flow]]
    target = "displayName"
    direct = "displayName"
    [[rule.flow]]
    target = "member"
    direct = "member"

    [[rule]]
    name = "In from target - User"
    direction = "inbound"
    connector = "target"
    source = "user"
    target = "person"
    link = "join"
    precedence = 120
    [[rule.join]]
    conditions = [{ source = "externalId", target = "sourceAnchor", case_sensitive = true }]

    [[rule]]
    name = "Out - User"
    direction = "outbound"
    connector = "target"
    source = "person"
    target = "user"
    link = "provision"
    precedence = 200
    [[rule.join]]
    conditions = [{ source = "sourceAnchor", target = "externalId" }]
    [[rule.flow]]
    target = "externalId"
    direct = "sourceAnchor"
    [[rule.flow]]
    target = "userName"
    direct = "userPrincipalName"
    [[rule.flow]]
    target = "displayName"
    direct = "displayName"
    [[rule.flow]]
    target = "title"
    direct = "title"
    [[rule.flow]]
    target = "manager"
    direct = "manager"

    [[rule]]
    name = "Out - Group"
    direction = "outbound"
    connector = "target"
    source = "group"
    target = "group"
    link = "provision"
    precedence = 210
    [[rule.join]]
    conditions = [{ source = "sourceAnchor", target = "externalId" }]
    [[rule.flow]]
    target = "externalId"
    direct = "sourceAnchor"
    [[rule.flow]]
    target = "displayName"
    direct = "displayName"
    [[rule.flow]]
    target = "members"
    direct = "member"
    """#
}
