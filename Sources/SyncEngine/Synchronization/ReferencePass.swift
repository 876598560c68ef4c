import Directory
import SyncRules
import SyncStore

/// Lets references flow once the objects of a step are in place: late, because a group may come
/// before its members, and a row at a time, because one member must cost the same in any group.
struct ReferencePass {
  let tx: StoreTransaction
  let plan: SyncPlan
  let facts: PlanFacts
  let step: Int64
  private var inbound: [Int64: (metaverse: Int64?, flows: [ReferenceFlow])] = [:]
  private var outbound: [Int64: [Int64: (object: Int64, flows: [ReferenceFlow])]] = [:]
  private var changes: [Int64: [AttributeName: (added: [Int64], removed: [Int64])]] = [:]

  init(tx: StoreTransaction, plan: SyncPlan, facts: PlanFacts, step: Int64) {
    self.tx = tx
    self.plan = plan
    self.facts = facts
    self.step = step
  }

  /// Takes up to `limit` changed references of a connector space into the metaverse; the answer
  /// is how many there were.
  mutating func takeIn(_ connector: ActiveConnector, limit: Int) throws -> Int {
    let changed = try tx.changedReferences(connector: connector.id, limit: limit)
    for reference in changed {
      try takeIn(reference, connector)
      try tx.settle(reference)
    }
    return changed.count
  }

  private mutating func takeIn(
    _ reference: StoreTransaction.ChangedReference, _ connector: ActiveConnector
  ) throws {
    let (metaverse, flows) = try source(reference.source, connector)
    guard let metaverse, let targetObject = reference.target,
      let target = try tx.metaverseID(of: targetObject)
    else { return }
    for flow in flows where flow.source == reference.attribute {
      if reference.isRemoved {
        try tx.unflow(
          flow.target, from: metaverse, to: target, contributor: reference.source)
      } else {
        try tx.flow(
          flow.target, from: metaverse, to: target, contributor: reference.source,
          rule: try tx.ruleID(flow.rule.id, name: flow.rule.name),
          precedence: flow.rule.precedence)
      }
    }
  }

  private mutating func source(
    _ id: Int64, _ connector: ActiveConnector
  ) throws -> (metaverse: Int64?, flows: [ReferenceFlow]) {
    if let known = inbound[id] { return known }
    var found: (metaverse: Int64?, flows: [ReferenceFlow]) = (nil, [])
    if let object = try tx.object(id), let image = object.image {
      found = (
        object.metaverse,
        try facts.evaluateInbound(object, image, connector, plan, tx).referenceFlows
      )
    }
    inbound[id] = found
    return found
  }

  /// Takes up to `limit` changed metaverse references out to the targets; the answer is how many
  /// there were.
  mutating func takeOut(limit: Int, _ tally: inout CounterTally) throws -> Int {
    let changed = try tx.changedMetaverseReferences(limit: limit)
    for reference in changed {
      try takeOut(reference)
      try tx.settle(reference)
    }
    try recordChanges(&tally)
    return changed.count
  }

  private mutating func takeOut(
    _ reference: StoreTransaction.ChangedMetaverseReference
  ) throws {
    for (connector, source) in try targets(of: reference.source) {
      guard let target = try tx.linkedID(to: reference.target, connector: connector) else {
        continue
      }
      let stays = reference.isRemoved ? try tx.hasOtherFlow(reference) : reference.isEffective
      for flow in source.flows where flow.source == reference.attribute {
        let isChange = try tx.setReference(
          flow.target, of: source.object, to: target, isWanted: stays)
        guard isChange else { continue }
        if stays {
          changes[source.object, default: [:]][flow.target, default: ([], [])].added.append(target)
        } else {
          changes[source.object, default: [:]][flow.target, default: ([], [])].removed
            .append(target)
        }
      }
    }
  }

  private mutating func targets(
    of metaverse: Int64
  ) throws -> [Int64: (object: Int64, flows: [ReferenceFlow])] {
    if let known = outbound[metaverse] { return known }
    var found: [Int64: (object: Int64, flows: [ReferenceFlow])] = [:]
    if let object = try tx.metaverse(metaverse) {
      for target in facts.targets {
        guard let linked = try tx.linkedID(to: metaverse, connector: target.id) else { continue }
        let evaluation = try facts.evaluateOutbound(
          metaverse, type: object.objectType, object.values, target, plan, tx)
        found[target.id] = (linked, evaluation.referenceFlows)
      }
    }
    outbound[metaverse] = found
    return found
  }

  private mutating func recordChanges(_ tally: inout CounterTally) throws {
    for (id, attributes) in changes.sorted(by: { $0.key < $1.key }) {
      guard let object = try tx.object(id) else { continue }
      let deltas = try attributes.sorted { $0.key < $1.key }.map { name, change in
        ObjectChange.Delta(
          name, before: try change.removed.compactMap(address),
          after: try change.added.compactMap(address))
      }
      tally.count(.outboundFlow, target: object.connector)
      try tx.record(
        ObjectChange(
          .outboundFlow, target: object.connector, objectID: id, dn: object.dn,
          display: object.display, objectType: object.objectType, deltas: deltas), step: step)
    }
    changes = [:]
  }

  private func address(_ id: Int64) throws -> AttributeValue? {
    try tx.object(id).map { .reference($0.display.isEmpty ? $0.dn : $0.display) }
  }
}
