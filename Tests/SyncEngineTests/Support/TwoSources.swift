import Directory
import Foundation
import SyncEngine
import SyncRules
import SyncStore

/// A personnel system that says who there is, a directory that only adds to it, and a target.
final class TwoSources {
  let folder: URL
  var personnel = TwoSources.emptyPersonnel
  /// What lockstep.toml and the rules call the personnel system.
  var personnelName = "personnel"
  let directory: MemoryDirectory
  let target: MemoryDirectory
  /// Whether lockstep.toml names the personnel system.
  var hasPersonnel = true
  /// What its target is to take at most.
  var limits = GuardLimits()
  /// Whether lockstep.toml names the target.
  var hasTarget = true

  /// The rules; by another link type the directory keeps people alive.
  var rulesText: String

  /// - Parameters:
  ///   - references: Attributes that hold a reference, on all sides.
  ///   - lists: Those that hold any number of them.
  init(
    directoryLink link: String = "join", rules: String = TwoSources.rules,
    references: [AttributeName] = [], lists: [AttributeName] = []
  ) throws {
    let held = Dictionary(
      (references + lists).map { name in
        (name, .init(.reference, isMultiValued: lists.contains(name)))
      } as [(AttributeName, DirectorySchema.AttributeDefinition)],
      uniquingKeysWith: { first, _ in first })
    personnel = MemoryDirectory(DirectorySchema(attributes: held, objectTypes: ["employee"]))
    directory = MemoryDirectory(DirectorySchema(attributes: held, objectTypes: ["user"]))
    rulesText = rules.replacing("link = \"join\"", with: "link = \"\(link)\"")
    folder = FileManager.default.temporaryDirectory.appending(path: "two-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    target = MemoryDirectory(
      DirectorySchema(
        attributes: [
          "externalId": .init(.string), "title": .init(.string), "phone": .init(.string),
        ].merging(held) { first, _ in first }, objectTypes: ["user"]), writable: true)
    // A directory that shows nothing is not believed.
    personnel.put(try employee("keeper"))
    directory.put(try account("keeper"))
  }

  static var emptyPersonnel: MemoryDirectory {
    MemoryDirectory(DirectorySchema(attributes: [:], objectTypes: ["employee"]))
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func employee(_ number: String, title: String? = nil) throws -> DirectoryEntry {
    var attributes: AttributeSet = ["number": [.string(number)]]
    attributes["title"] = title.map { [.string($0)] } ?? []
    return DirectoryEntry(
      anchor: Anchor("p-" + number), dn: try DistinguishedName("CN=\(number),O=personnel"),
      objectType: "employee", attributes: attributes)
  }

  func account(
    _ number: String, title: String? = nil, phone: String? = nil
  ) throws -> DirectoryEntry {
    var attributes: AttributeSet = ["employeeID": [.string(number)]]
    attributes["title"] = title.map { [.string($0)] } ?? []
    attributes["phone"] = phone.map { [.string($0)] } ?? []
    return DirectoryEntry(
      anchor: Anchor("d-" + number), dn: try DistinguishedName("CN=\(number),O=directory"),
      objectType: "user", attributes: attributes)
  }

  var storeFile: String { folder.appending(path: "store.sqlite").path }

  var reader: StoreReader { get throws { try StoreReader(file: storeFile) } }

  /// A new engine, as after a restart.
  func engine(store: SyncStore? = nil) throws -> SyncEngine {
    func connector(_ name: String, _ it: MemoryDirectory, isSource: Bool) -> EngineConnector {
      EngineConnector(
        name: name, type: "memory", isSource: isSource, connector: it, fingerprint: "1")
    }
    var to = connector("target", target, isSource: false)
    to.limits = limits
    let engine = SyncEngine(
      store: try store ?? SyncStore.open(file: storeFile),
      lease: try EngineLease.take(lockFile: folder.appending(path: "engine.lock").path),
      connectors: (hasPersonnel ? [connector(personnelName, personnel, isSource: true)] : [])
        + [connector("directory", directory, isSource: true)]
        + (hasTarget ? [to] : []),
      rules: try RuleSet.parse(
        rulesText.replacing("connector = \"personnel\"", with: "connector = \"\(personnelName)\""),
        file: "rules.toml"),
      options: EngineOptions(idleExitSeconds: nil, batchSize: 3, version: "test"))
    try engine.prepare()
    return engine
  }

  @discardableResult
  func cycle(_ policy: CyclePolicy = .delta) async throws -> CycleSummary {
    let id = try await engine().runCycle(policy)
    guard let summary = try reader.cycle(id: id) else { throw World.Missing() }
    return summary
  }

  /// What the target says of a person; nil if it has none.
  func outcome(_ number: String) -> AttributeSet? {
    target.all.first { $0.attributes.text("externalId") == number }?.attributes
  }

  /// What the last synchronization of a connector counted.
  func counted(_ counter: String, on connector: String) throws -> Int {
    let steps = try reader.operations(OperationFilter(), before: nil, limit: 20)
    guard
      let step = steps.first(where: {
        $0.connector == connector && $0.type == .deltaSynchronization
      })
    else { return 0 }
    return try reader.counters(step: step.id).first { $0.name == counter }?.count ?? 0
  }

  static let rules = """
    [[rule]]
    name = "In from personnel"
    direction = "inbound"
    connector = "personnel"
    source = "employee"
    target = "person"
    link = "provision"
    precedence = 100
    join = [ { conditions = [ { source = "number", target = "number" } ] } ]
    flow = [ { target = "number", direct = "number" }, { target = "title", direct = "title" } ]

    [[rule]]
    name = "In from directory"
    direction = "inbound"
    connector = "directory"
    source = "user"
    target = "person"
    link = "join"
    precedence = 110
    join = [ { conditions = [ { source = "employeeID", target = "number" } ] } ]
    flow = [ { target = "title", direct = "title" }, { target = "phone", direct = "phone" } ]

    [[rule]]
    name = "Out to target"
    direction = "outbound"
    connector = "target"
    source = "person"
    target = "user"
    link = "provision"
    precedence = 200
    flow = [
      { target = "externalId", direct = "number" }, { target = "title", direct = "title" },
      { target = "phone", direct = "phone" },
    ]
    """
}
