import Directory
import SyncRules
import SyncStore

/// What was loaded of the store for a batch, all of one moment.
struct LoadedBatch: SyncReading, Sendable {
  /// What a decision asked for and was not loaded.
  enum Missing: Error, Hashable, Sendable {
    case object(Int64)
    case metaverse(Int64)
    case holders(JoinQuery)
    case objectHolders(JoinQuery, connector: Int64)
    case metaverseReferences(Int64)
    indirect case several([Missing])

    /// The single things.
    var parts: [Missing] {
      if case .several(let parts) = self { parts.flatMap(\.parts) } else { [self] }
    }
  }

  /// The batch's own objects.
  private(set) var batch: [ConnectorSpaceObject] = []
  private let facts: PlanFacts
  private let connector: ActiveConnector
  private var objects: [Int64: ConnectorSpaceObject] = [:]
  private var absent: Set<Int64> = []
  private var metaverse: [Int64: MetaverseObject] = [:]
  private var absentMetaverse: Set<Int64> = []
  private var links: [Int64: [Int64]] = [:]
  private var holders: [JoinQuery: [Int64]] = [:]
  private var objectHolders: [Missing: [Int64]] = [:]
  private var references: [Int64: [AttributeName: [AttributeValue]]] = [:]
  private var counts: [Int64: [AttributeName: Int]] = [:]
  /// The groups that hold each object as a member, of those for which rules ask.
  private var groups: [Int64: Set<String>] = [:]
  private var metaverseReferences: [Int64: [AttributeName: [AttributeValue]]] = [:]
  private var metaverseCounts: [Int64: [AttributeName: Int]] = [:]
  /// Connectors in whose space look-ups find nothing.
  private var withoutDisconnectors: Set<Int64> = []
  /// How many references there is still room for.
  private var room: Int
  /// Objects, and metaverse objects, for whose references there is no room.
  private var crowded: Set<Int64> = []
  private var crowdedMetaverse: Set<Int64> = []

  init(
    _ tx: StoreTransaction, facts: PlanFacts, connector: ActiveConnector, _ rows: [StoredObject]
  ) throws {
    self.facts = facts
    self.connector = connector
    room = facts.referenceRoom
    let coder = facts.coder
    batch = try Parallel.map(rows) { try coder.decode($0) }
    objects.reserveCapacity(batch.count)
    for object in batch { objects[object.id] = object }
    for target in facts.targets where try !tx.hasDisconnectors(connector: target.id) {
      withoutDisconnectors.insert(target.id)
    }
    try loadReferences(tx, batch.map(\.id), connector.id)
  }

  /// Whether an object has more references that rules look at than there is room for: whoever looks at
  /// it reads them of the store, and lets them go before the next one.
  func isCrowded(_ object: Int64) -> Bool { crowded.contains(object) }

  /// As ``isCrowded(_:)``, of a metaverse object.
  func isCrowded(metaverse: Int64) -> Bool { crowdedMetaverse.contains(metaverse) }

  /// What the inbound rules make of the batch's objects; nothing of those that are crowded.
  func evaluate(
    _ objects: [ConnectorSpaceObject], plan: SyncPlan
  ) throws -> [InboundEvaluation?] {
    try Parallel.map(objects) { object in
      guard !crowded.contains(object.id) else { return nil }
      return try object.image.map {
        try facts.evaluateInbound(object, $0, connector, plan, self)
      }
    }
  }

  // MARK: Loading

  /// Loads the metaverse objects that the batch's objects are linked to or may join, and all that
  /// is linked to those.
  mutating func loadMetaverse(
    _ tx: StoreTransaction, _ objects: [ConnectorSpaceObject], _ evaluations: [InboundEvaluation?]
  ) throws {
    var wanted = Set(objects.compactMap(\.metaverse))
    for (object, evaluation) in zip(objects, evaluations) where object.metaverse == nil {
      guard let evaluation, let type = evaluation.metaverseType else { continue }
      for query in evaluation.joins.flatMap({ $0.lookups.queries(type: type) })
      where holders[query] == nil {
        let found = try tx.metaverseHolding(query)
        holders[query] = found
        wanted.formUnion(found)
      }
    }
    try load(metaverse: wanted, tx)
  }

  /// Loads what decisions lacked.
  mutating func load(_ missing: [Missing], _ tx: StoreTransaction) throws {
    var wantedObjects: Set<Int64> = []
    var wantedMetaverse: Set<Int64> = []
    for item in Set(missing.flatMap(\.parts)) {
      switch item {
      case .object(let id): wantedObjects.insert(id)
      case .metaverse(let id): wantedMetaverse.insert(id)
      case .holders(let query):
        let found = try tx.metaverseHolding(query)
        holders[query] = found
        wantedMetaverse.formUnion(found)
      case .objectHolders(let query, let connector):
        let found = try tx.objectsHolding(query, connector: connector)
        objectHolders[item] = found
        wantedObjects.formUnion(found)
      case .metaverseReferences(let id):
        try load(facts.outboundNeeds.all, ofMetaverse: id, tx)
      case .several: break
      }
    }
    try load(objects: wantedObjects, tx)
    try load(metaverse: wantedMetaverse, tx)
  }

  private mutating func load(metaverse wanted: Set<Int64>, _ tx: StoreTransaction) throws {
    let ids = wanted.filter { metaverse[$0] == nil && !absentMetaverse.contains($0) }.sorted()
    guard !ids.isEmpty else { return }
    let coder = facts.coder
    absentMetaverse.formUnion(ids)
    for object in try Parallel.map(try tx.storedMetaverse(ids), { try coder.decode($0) }) {
      metaverse[object.id] = object
      absentMetaverse.remove(object.id)
      links[object.id] = []
      try loadReferences(ofMetaverse: object.id, type: object.objectType, tx)
    }
    var linked: Set<Int64> = []
    for (id, object) in try tx.linkedIDs(to: ids) {
      links[id, default: []].append(object)
      linked.insert(object)
    }
    try load(objects: linked, tx)
  }

  private mutating func load(objects wanted: Set<Int64>, _ tx: StoreTransaction) throws {
    let ids = wanted.filter { objects[$0] == nil && !absent.contains($0) }.sorted()
    guard !ids.isEmpty else { return }
    let coder = facts.coder
    absent.formUnion(ids)
    let found = try Parallel.map(try tx.storedObjects(ids)) { try coder.decode($0) }
    var byConnector: [Int64: [Int64]] = [:]
    for object in found {
      objects[object.id] = object
      absent.remove(object.id)
      byConnector[object.connector, default: []].append(object.id)
    }
    for (connector, ids) in byConnector {
      try loadReferences(tx, ids, connector)
    }
  }

  private mutating func loadReferences(
    _ tx: StoreTransaction, _ ids: [Int64], _ connector: Int64
  ) throws {
    guard let needs = facts.inboundNeeds[connector], !needs.isEmpty else { return }
    if !needs.groups.isEmpty {
      let found = try tx.groups(of: ids, among: needs.groups, connector: connector)
      for id in ids { groups[id] = found[id] ?? [] }
    }
    for id in ids {
      let found = try held(needs) { try tx.references(of: id, $0, limit: $1) }
      guard let found else {
        crowded.insert(id)
        continue
      }
      references[id] = found
      for name in needs.counts {
        counts[id, default: [:]][name] = try tx.referenceCount(of: id, name)
      }
    }
  }

  /// Loads those of a metaverse object's references for which outbound rules for its type ask.
  mutating func loadReferences(
    ofMetaverse id: Int64, type: String, _ tx: StoreTransaction
  ) throws {
    let needs = facts.outboundNeeds.of(type)
    if !needs.isEmpty { try load(needs, ofMetaverse: id, tx) }
  }

  private mutating func load(
    _ needs: SubjectNeeds, ofMetaverse id: Int64, _ tx: StoreTransaction
  ) throws {
    guard !crowdedMetaverse.contains(id) else { return }
    let found = try held(needs) { try tx.metaverseReferences(of: id, $0, limit: $1) }
    guard let found else {
      crowdedMetaverse.insert(id)
      return
    }
    metaverseReferences[id] = found
    for name in needs.counts {
      metaverseCounts[id, default: [:]][name] = try tx.metaverseReferenceCount(of: id, name)
    }
  }

  /// The references of an object that are asked for; nil if there is no room for them.
  private mutating func held(
    _ needs: SubjectNeeds, _ read: (AttributeName, _ limit: Int) throws -> [AttributeValue]
  ) throws -> [AttributeName: [AttributeValue]]? {
    var found: [AttributeName: [AttributeValue]] = [:]
    var left = room
    for name in needs.values {
      // One more than is looked at tells that there are others.
      let values = try read(name, min(needs.limit(of: name), left) + 1)
      guard values.count <= left else { return nil }
      left -= values.count
      if !values.isEmpty { found[name] = values }
    }
    room = left
    return found
  }

  // MARK: Reading

  func object(_ id: Int64) throws -> ConnectorSpaceObject? {
    if let known = objects[id] { return known }
    if absent.contains(id) { return nil }
    throw Missing.object(id)
  }

  func metaverse(_ id: Int64) throws -> MetaverseObject? {
    if let known = metaverse[id] { return known }
    if absentMetaverse.contains(id) { return nil }
    throw Missing.metaverse(id)
  }

  func linked(to metaverse: Int64) throws -> [ConnectorSpaceObject] {
    guard let ids = links[metaverse] else {
      if absentMetaverse.contains(metaverse) { return [] }
      throw Missing.metaverse(metaverse)
    }
    return try ids.compactMap { try object($0) }
  }

  func metaverseHolding(_ query: JoinQuery) throws -> [Int64] {
    guard let known = holders[query] else { throw Missing.holders(query) }
    return known
  }

  func objectsHolding(_ query: JoinQuery, connector: Int64) throws -> [Int64] {
    if withoutDisconnectors.contains(connector) { return [] }
    let item = Missing.objectHolders(query, connector: connector)
    guard let known = objectHolders[item] else { throw item }
    return known
  }

  func expect(_ queries: [JoinQuery], connector: Int64) throws {
    if withoutDisconnectors.contains(connector) { return }
    let missing = queries.map { Missing.objectHolders($0, connector: connector) }
      .filter { objectHolders[$0] == nil }
    if !missing.isEmpty { throw Missing.several(missing) }
  }

  func references(
    of id: Int64, _ attribute: AttributeName, limit: Int
  ) throws -> [AttributeValue] {
    guard let known = references[id] else { throw Missing.object(id) }
    return first(limit, of: known[attribute] ?? [])
  }

  // Most often that is all, which need not be copied.
  private func first(_ limit: Int, of values: [AttributeValue]) -> [AttributeValue] {
    values.count <= limit ? values : Array(values.prefix(limit))
  }

  func referenceCount(of id: Int64, _ attribute: AttributeName) throws -> Int {
    guard references[id] != nil else { throw Missing.object(id) }
    return counts[id]?[attribute] ?? 0
  }

  func groups(of id: Int64, among names: Set<String>, connector: Int64) throws -> Set<String> {
    guard let known = groups[id] else { throw Missing.object(id) }
    return known
  }

  func metaverseReferences(
    of id: Int64, _ attribute: AttributeName, limit: Int
  ) throws -> [AttributeValue] {
    // An object that is yet to be made refers to nothing.
    if id == 0 { return [] }
    guard let known = metaverseReferences[id] else { throw Missing.metaverseReferences(id) }
    return first(limit, of: known[attribute] ?? [])
  }

  func metaverseReferenceCount(of id: Int64, _ attribute: AttributeName) throws -> Int {
    if id == 0 { return 0 }
    guard metaverseReferences[id] != nil else { throw Missing.metaverseReferences(id) }
    return metaverseCounts[id]?[attribute] ?? 0
  }
}
