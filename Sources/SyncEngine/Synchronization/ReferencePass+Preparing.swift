import SyncRules
import SyncStore

/// What many objects make flow, worked out on all cores.
extension ReferencePass {
  mutating func prepare(inbound ids: Set<Int64>, _ connector: ActiveConnector) throws {
    if followsFull { try recall(ids) }
    let new = ids.filter { inbound[$0] == nil }
    guard new.count > 1 else { return }
    let loaded = try LoadedBatch(
      tx, facts: facts, connector: connector, try tx.storedObjects(new.sorted()))
    let evaluations = try loaded.evaluate(loaded.batch, plan: plan)
    for id in new where !loaded.isCrowded(id) { inbound[id] = (nil, [], [], nil) }
    for (object, evaluation) in zip(loaded.batch, evaluations) {
      guard let evaluation else { continue }
      inbound[object.id] = (
        object.metaverse, evaluation.failures.isEmpty ? evaluation.referenceFlows : [],
        facts.kept(evaluation), evaluation.failures.first
      )
    }
  }

  /// After a full synchronization what the rules said of each object is known by its digest.
  private mutating func recall(_ ids: Set<Int64>) throws {
    for object in try tx.referenceFlows(of: ids.sorted()) {
      if let flows = facts.flowMemory.flows(of: object.id, object.flows) {
        inbound[object.id] = (object.metaverse, flows, [], nil)
      }
    }
  }

  mutating func prepare(outbound ids: Set<Int64>) throws {
    let new = ids.filter { outbound[$0] == nil }.sorted()
    guard new.count > 1, let connector = facts.targets.first else { return }
    var linked: [Int64: [Int64: Int64]] = [:]
    for target in facts.targets {
      for (metaverse, object) in try tx.linkedIDs(to: new, connector: target.id) {
        linked[metaverse, default: [:]][target.id] = object
      }
    }
    var rows = try tx.storedMetaverse(recall(outbound: new, linked))
    var reader = try LoadedBatch(tx, facts: facts, connector: connector, [])
    for row in rows { try reader.loadReferences(ofMetaverse: row.id, type: row.objectType, tx) }
    rows.removeAll { reader.isCrowded(metaverse: $0.id) }
    let unseen = try newObjects(among: linked)
    let (links, facts, plan) = (linked, facts, plan)
    let frozen = FrozenBatch(reader)
    let found = try Parallel.map(rows) { row in
      let object = try facts.coder.decode(row)
      return try Self.flows(of: object, links[object.id] ?? [:], unseen, facts, plan, frozen)
    }
    for (row, item) in zip(rows, found) {
      outbound[row.id] = item.outbound
      if item.isFailing { failing.insert(row.id) }
    }
  }

  /// The objects of targets to which references that flow once still do; `linked` tells those of
  /// metaverse objects, by target.
  private func newObjects(among linked: [Int64: [Int64: Int64]]) throws -> Set<Int64> {
    guard !facts.onceReferences.isEmpty else { return [] }
    var found: Set<Int64> = []
    for target in facts.targets {
      for object in linked.values.compactMap({ $0[target.id] })
      where try isNew(object, in: target) {
        found.insert(object)
      }
    }
    return found
  }

  /// Takes what this step has found out of metaverse objects; the answer is the others.
  private mutating func recall(
    outbound ids: [Int64], _ linked: [Int64: [Int64: Int64]]
  ) -> [Int64] {
    ids.filter { id in
      guard let known = facts.flowMemory.outgoing(of: id) else { return true }
      var found: [Int64: Outbound] = [:]
      for outgoing in known {
        guard let counterpart = linked[id]?[outgoing.target] else { continue }
        found[outgoing.target] = (counterpart, outgoing.flows)
      }
      outbound[id] = found
      return false
    }
  }

  private static func flows(
    of object: MetaverseObject, _ linked: [Int64: Int64], _ new: Set<Int64>,
    _ facts: PlanFacts, _ plan: SyncPlan, _ reader: FrozenBatch
  ) throws -> (outbound: [Int64: Outbound], isFailing: Bool) {
    var found: [Int64: Outbound] = [:]
    var isFailing = false
    for target in facts.targets {
      guard let counterpart = linked[target.id] else { continue }
      let evaluation = try facts.evaluateOutbound(
        object.id, type: object.objectType, object.values, target, plan, reader,
        isNew: new.contains(counterpart))
      guard evaluation.failures.isEmpty else {
        isFailing = true
        continue
      }
      found[target.id] = (counterpart, evaluation.referenceFlows)
    }
    return (found, isFailing)
  }
}
