import Directory
import Foundation
import SyncEngine
import SyncRules
import SyncStore
import Synchronization

/// Two sources, a tenant, a store in a folder of its own, a clock, and an engine now and then.
final class SimulatedWorld {
  let ad: SourceDirectory
  let hr: SourceDirectory
  let cloud: TenantDirectory
  let trace: Trace
  let setup: History.Setup
  /// The containers of "ad"; the last one is not read.
  let containers: [Int]
  var model: RuleModel
  /// What the clocks say, in milliseconds since 1970.
  var time: Int64 = 1_700_000_000_000
  private(set) var watch = CommitWatch()
  /// The sources that are not in the configuration.
  private var retired: Set<Place> = []
  private let folder: URL
  private var running: SyncEngine?
  private var store: SyncStore?

  init(_ setup: History.Setup, trace: Trace) throws {
    self.setup = setup
    self.trace = trace
    model = setup.models.first ?? RuleModel()
    folder = Self.scratch.appending(path: "lockstep-simulation-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var content = SourceState(
      prefix: "ad", suffix: "DC=ad,DC=test", anchorsAreNames: false,
      refersByAnchor: setup.adRefersByAnchor)
    containers = try Self.makeContainers(&content)
    ad = SourceDirectory(
      .ad, content, delivery: .entries, knowsDeltas: setup.adKnowsDeltas,
      retellsBelow: setup.adRetellsBelow, page: setup.page, schema: Self.schema, trace: trace)
    hr = SourceDirectory(
      .hr,
      SourceState(
        prefix: "hr", suffix: "ou=people,o=hr", anchorsAreNames: true, refersByAnchor: false),
      delivery: .log, knowsDeltas: setup.hrKnowsDeltas, page: setup.page, schema: Self.schema,
      trace: trace)
    cloud = TenantDirectory(page: setup.page, batch: setup.exportBatch, trace: trace)
    try keepAll()
    try Self.emptyStore.get().write(to: URL(filePath: storeFile))
    _ = try engine()
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  private static let schema = DirectorySchema(
    attributes: ["member": .init(.reference, isMultiValued: true), "manager": .init(.reference)],
    objectTypes: ["user", "group", "contact", "container", "person", "team"])

  /// A folder in memory where there is one: thousands of small commits need no disk.
  private static let scratch =
    FileManager.default.isWritableFile(atPath: "/dev/shm")
    ? URL(filePath: "/dev/shm") : FileManager.default.temporaryDirectory

  private static func makeContainers(_ content: inout SourceState) throws -> [Int] {
    var ids: [Int] = []
    for label in ["Staff", "Berlin", "Lab", "Closed"] {
      let parent = label == "Lab" ? ids.last : nil
      if let id = try content.add("container", "OU=\(label)", in: parent, [:]) { ids.append(id) }
    }
    if let closed = ids.last { content.unread.insert(closed) }
    return ids
  }

  /// A directory that shows nothing is not believed: in each, one object stays.
  private func keepAll() throws {
    try ad.state.withLock {
      _ = try $0.content.add(
        "user", "CN=Keeper", in: containers.first,
        ["key": ["K1"], "upn": ["keeper@test"], "displayName": ["Keeper"], "badge": ["BK1"]])
    }
    try hr.state.withLock {
      _ = try $0.content.add(
        "person", "cn=Keeper", in: nil,
        ["key": ["K2"], "mail": ["keeper@hr"], "displayName": ["Keeper"], "badge": ["BK2"]])
    }
    cloud.state.withLock { state in
      state.content.record(
        .put(
          .init(
            id: state.content.newID("user"), type: "user",
            attributes: ["userName": ["admin@cloud"]])))
    }
  }

  // MARK: Engines

  /// A store that nothing has been written to; to copy it is quicker than to make one.
  private static let emptyStore = Result {
    let file = scratch.appending(path: "lockstep-simulation-\(UUID().uuidString).sqlite")
    defer { try? FileManager.default.removeItem(at: file) }
    try SyncStore.open(file: file.path).close()
    return try Data(contentsOf: file)
  }

  var storeFile: String { folder.appending(path: "store.sqlite").path }

  private static let parsed = Mutex<[String: RuleSet]>([:])

  private static func rules(_ model: RuleModel, without left: Set<Place>) throws -> RuleSet {
    let text = model.text(without: left)
    if let known = parsed.withLock({ $0[text] }) { return known }
    let rules = try RuleSet.parse(text, file: "rules.toml")
    parsed.withLock { $0[text] = rules }
    return rules
  }

  /// Takes a source out of the configuration, or brings it back, for the next engine; one source is
  /// always there.
  func configure(_ place: Place, isThere: Bool) {
    guard place != .cloud, isThere || retired.isEmpty else { return }
    if isThere { retired.remove(place) } else { retired.insert(place) }
    endEngine()
  }

  /// The engine that runs, or a new one on what the store holds.
  func engine() throws -> SyncEngine {
    if let running { return running }
    watch = CommitWatch()
    var options = StoreOptions()
    options.durability = .none
    options.onCommit = { [watch] moment in try watch.see(moment) }
    let store = try SyncStore.open(file: storeFile, options: options)
    var work = EngineOptions(idleExitSeconds: nil, batchSize: setup.batch, version: "simulated")
    // Whoever works in the tenant by hand makes it show what it showed before, and nobody waits.
    work.lateness = nil
    let engine = SyncEngine(
      store: store,
      lease: try EngineLease.take(lockFile: folder.appending(path: "engine.lock").path),
      connectors: [
        connector(.ad, ad, isSource: true), connector(.hr, hr, isSource: true),
        connector(.cloud, cloud, isSource: false),
      ].filter { connector in !retired.contains { $0.rawValue == connector.name } },
      rules: try Self.rules(model, without: setup.keepsRulesOfRetired ? [] : retired),
      options: work)
    try store.transaction { tx in
      var schedule = try tx.schedule()
      schedule.deletionThreshold = setup.threshold
      try tx.set(schedule)
    }
    try engine.prepare()
    self.store = store
    running = engine
    return engine
  }

  private func connector(
    _ name: Place, _ connector: any Connector, isSource: Bool
  ) -> EngineConnector {
    EngineConnector(
      name: name.rawValue, type: "simulated", isSource: isSource, connector: connector,
      fingerprint: "1")
  }

  /// Ends the engine, if one runs; the next is a new one.
  func endEngine() {
    running = nil
    store = nil
  }

  /// A face's view of the store.
  private(set) lazy var reader = Result { try StoreReader(file: storeFile) }

  /// A person believes the imports that are held now and lets the deletes go that are; the answer
  /// is which objects these are of, by their anchors, or names without one.
  func releaseDeletes() throws -> [String] {
    _ = try engine()
    guard let store else { return [] }
    return try store.transaction { tx in
      for place in Place.allCases {
        guard let id = try tx.connectorID(place.rawValue) else { continue }
        _ = try tx.releaseImport(
          connector: id, until: Timestamp(milliseconds: .max), by: "a person")
      }
      guard let id = try tx.connectorID(Place.cloud.rawValue) else { return [] }
      // The clocks may have gone back since the deletes were held.
      _ = try tx.releaseDeletes(
        connector: id, until: Timestamp(milliseconds: .max), by: "a person")
      let ids = try tx.pendingDeletes(connector: id, releasedOnly: true)
      return try tx.pendingDeletes(ids, releasedOnly: true)
        .map { $0.object.anchor?.text ?? $0.object.dn }
    }
  }

  // MARK: What should be

  /// What the tenant should hold by the rules and the sources as they are now.
  var expectation: Expectation {
    Expectation(
      model, ad: Self.shown(ad, retired), hr: Self.shown(hr, retired),
      bornInCloud: cloud.state.withLock { state in
        Set(state.content.objects.filter(\.isBornInCloud).compactMap(\.key))
      })
  }

  /// Whether a directory is in the configuration.
  func isConfigured(_ place: Place) -> Bool { !retired.contains(place) }

  /// What a source shows: nothing if it is not in the configuration.
  private static func shown(_ source: SourceDirectory, _ retired: Set<Place>) -> SourceState {
    var content = source.state.withLock { $0.content }
    if retired.contains(source.name) { content.nodes = [:] }
    return content
  }
}
