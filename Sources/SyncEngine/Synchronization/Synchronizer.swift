import Directory
import SyncRules
import SyncStore

/// Synchronizes objects of one connector with the metaverse, and the metaverse with the targets,
/// one at a time inside one transaction.
///
/// A step decides about many objects at once (``SynchronizationBatch``) and comes here for those
/// that depend on one another; what is stored is the same.
struct Synchronizer {
  let tx: StoreTransaction
  let plan: SyncPlan
  let connector: ActiveConnector
  /// What the plan says, worked out once a step.
  let facts: PlanFacts
  var applier: DecisionApplier

  init(
    tx: StoreTransaction, plan: SyncPlan, connector: ActiveConnector, step: Int64,
    facts: PlanFacts
  ) throws {
    self.tx = tx
    self.plan = plan
    self.connector = connector
    self.facts = facts
    applier = try DecisionApplier(
      tx: tx, connector: connector.id, step: step, facts: facts)
  }

  /// Synchronizes one object as it is stored now; its failure is recorded, and it stays pending.
  ///
  /// ``finish()`` follows the last one.
  mutating func synchronize(_ object: ConnectorSpaceObject) throws {
    try applier.flush()
    try applier.apply(
      try Decider.decide(
        object,
        in: Decider.Surroundings(reader: tx, plan: plan, facts: facts, connector: connector)))
  }

  /// Stores what was decided about an object; if what that depends on has changed since, it is
  /// synchronized as it is stored now, if `scope` still has it.
  ///
  /// - Parameter before: What was stored since the batch may have been read.
  mutating func store(_ item: SynchronizationBatch.Item, before: [Changes]) throws {
    if let decision = item.decision,
      !before.contains(where: { $0.touch(decision.reads) }),
      !applier.changes.touch(decision.reads)
    {
      return try applier.apply(decision)
    }
    try applier.flush()
    guard let object = try tx.object(item.id) else { return }
    try synchronize(object)
  }

  /// Stores what is stored once for all objects, and counts them.
  mutating func finish() throws { try applier.finish() }
}
