import Directory
import SyncStore

/// Full Synchronization and Delta Synchronization of one connector.
struct SynchronizationStep {
  let context: StepContext
  let isFull: Bool

  private var connector: ActiveConnector { context.connector }
  private var store: SyncStore { context.store }

  /// Runs the step.
  ///
  /// - Throws: ``StepStopped``, ``StoreError``.
  func run() throws -> StepResult {
    let facts = PlanFacts(context.plan)
    let id = connector.id
    if isFull {
      context.expect(try store.look { try $0.count(connector: id, .all) })
      let isRebuild = try store.look { try $0.connectorState(id)?.fullSyncReason } != nil
      try synchronize(.lost, facts)
      try synchronize(.all, facts)
      if isRebuild { try store.transaction { try $0.refloodReferences(connector: id) } }
    } else {
      context.expect(try store.look { try $0.count(connector: id, .pending) })
      try synchronize(.pending, facts)
      try synchronize(.disconnectors, facts)
    }
    try flowReferences(facts)
    if isFull { try store.transaction { try $0.fullSyncDone(id) } }
    return try context.errorCount() > 0 ? StepResult(result: "completed-sync-errors") : .success
  }

  private func synchronize(_ scope: SynchronizationScope, _ facts: PlanFacts) throws {
    var after: Int64 = 0
    while true {
      try context.checkStop()
      let last = try store.transaction { tx -> Int64? in
        let objects = try tx.objects(
          connector: connector.id, scope, after: after, limit: context.batchSize)
        var synchronizer = Synchronizer(
          tx: tx, plan: context.plan, connector: connector, step: context.step, facts: facts)
        for object in objects { try synchronizer.synchronize(object) }
        try tx.add(synchronizer.tally, step: context.step)
        if !objects.isEmpty {
          try context.progress(tx, phase: "synchronizing", amount: objects.count)
        }
        return objects.last?.id
      }
      guard let last else { return }
      after = last
      if try context.errorCount() > StepContext.errorLimit {
        throw ConnectorFailure(
          .init("stopped-error-limit"),
          message: "More than \(StepContext.errorLimit) objects could not be synchronized",
          hint: "Look at the first errors: they most likely have one cause")
      }
    }
  }

  private func flowReferences(_ facts: PlanFacts) throws {
    var isMore = true
    while isMore {
      try context.checkStop()
      isMore = try store.transaction { tx in
        var pass = ReferencePass(tx: tx, plan: context.plan, facts: facts, step: context.step)
        var tally = CounterTally()
        let limit = context.batchSize * 4
        let taken = try pass.takeIn(connector, limit: limit)
        let sent = taken == 0 ? try pass.takeOut(limit: limit, &tally) : 0
        try tx.add(tally, step: context.step)
        if taken + sent > 0 {
          try context.progress(tx, phase: "completing-referential-updates", amount: 0)
        }
        return taken + sent > 0
      }
    }
  }
}
