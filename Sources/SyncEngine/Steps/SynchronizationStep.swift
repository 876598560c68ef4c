import Directory
import SyncStore

/// Full Synchronization and Delta Synchronization of one connector.
struct SynchronizationStep {
  let context: StepContext
  let isFull: Bool

  private var connector: ActiveConnector { context.connector }
  private var store: SyncStore { context.store }

  /// How often objects without a metaverse object are tried again in one step, when each time gives
  /// others something to try again for.
  static let retryRounds = 5

  /// Runs the step.
  ///
  /// - Throws: ``StepStopped``, ``StoreError``.
  func run() async throws -> StepResult {
    let facts = try store.transaction { tx in
      let facts = try PlanFacts(context.plan, tx, batchSize: context.batchSize)
      try tx.note(merged: facts.mergedReferences)
      try facts.keepMembersPending(of: connector, tx)
      return facts
    }
    let id = connector.id
    try JoinIndexes(store: store, facts: facts).update {
      try context.checkStop()
      try store.transaction { try context.progress($0, phase: "indexing", amount: 0) }
    }
    if isFull {
      context.expect(
        try store.look { try $0.count(connector: id, .lost) + $0.count(connector: id, .all) })
      let isRebuild = try store.look { try $0.connectorState(id)?.fullSyncReason } != nil
      try await synchronize(.lost, facts)
      try await synchronize(.all, facts)
      if isRebuild {
        try reflood(facts)
      }
    } else {
      context.expect(
        try store.look { try $0.count(connector: id, .lost) + $0.count(connector: id, .pending) })
      // Who goes makes room for who comes, in whatever order they were staged.
      try await synchronize(.lost, facts)
      try await synchronize(.pending, facts)
    }
    for _ in 0..<Self.retryRounds where try store.transaction({ try $0.hasRetries(connector: id) })
    {
      try await synchronize(.retry, facts)
    }
    try flowReferences(facts)
    if isFull { try store.transaction { try $0.fullSyncDone(id) } }
    return try context.errorCount() > 0 ? StepResult(result: "completed-sync-errors") : .success
  }

  /// References that are set to flow anew in one transaction: meanwhile nobody else can write.
  private static let referencesAtOnce = 20_000

  /// Has every reference flow anew; if the step ends before that, the next full one does it all.
  private func reflood(_ facts: PlanFacts) throws {
    let (id, limit) = (connector.id, Self.referencesAtOnce)
    try inPages { try $0.lookAgainAtReferences(connector: id, after: $1, limit: limit) }
    try inPages {
      try $0.takeBackReferences(
        connector: id, but: facts.keptReferences, after: $1, limit: limit)
    }
    // What connectors gave that have left, those may give by now that took their place.
    guard try !store.look({ [try $0.isFullSyncDue(but: id)] })[0] else { return }
    try inPages { try $0.takeBackRetiredReferences(after: $1, limit: limit) }
    // Who can't be read or synchronized may be one of them under the new name of the source.
    let spares = try store.look { [try $0.hasFailingDisconnectors()] }[0]
    for source in try store.look({ try $0.retiredSources() }) {
      for scope in [SynchronizationScope.lost, .all] {
        try inPages { try retire(source, scope, facts, spares: spares, after: $1, $0) }
      }
    }
  }

  /// Takes objects of a source that is not configured any more from their metaverse objects: nobody
  /// keeps these alive whom no source shows.
  private func retire(
    _ source: (id: Int64, name: String), _ scope: SynchronizationScope, _ facts: PlanFacts,
    spares: Bool, after: Int64, _ tx: StoreTransaction
  ) throws -> Int64? {
    let limit = context.batchSize
    let rows = try tx.storedObjects(connector: source.id, scope, after: after, limit: limit)
    let surroundings = Decider.Surroundings(
      reader: tx, plan: context.plan, facts: facts, connector: connector)
    var applier = try DecisionApplier(
      tx: tx, connector: connector.id, step: context.step, facts: facts)
    for row in rows where row.metaverse != nil {
      try applier.flush()
      guard let object = try tx.object(row.id), object.metaverse != nil else { continue }
      try applier.apply(
        try Decider.retire(object, of: source.name, spares: spares, in: surroundings))
    }
    try applier.finish()
    return rows.count < limit ? nil : rows.last?.id
  }

  private func inPages(_ page: (StoreTransaction, Int64) throws -> Int64?) throws {
    var after: Int64? = 0
    while let last = after {
      try context.checkStop()
      after = try store.transaction { [try page($0, last)] }[0]
    }
  }

  /// Goes through the objects of `scope`: while one batch is stored, the next are read and decided.
  private func synchronize(_ scope: SynchronizationScope, _ facts: PlanFacts) async throws {
    let reader = SynchronizationReader(
      store: store, plan: context.plan, facts: facts, connector: connector, scope: scope,
      limit: context.batchSize)
    var deferred: [Int64] = []
    if scope == .retry {
      // What is stored adds to the queue that is read: one after the other, so that the same
      // comes of it every time.
      var after: Int64 = 0
      while let batch = try reader.batch(after: after) {
        _ = try store(batch, scope, facts, before: [], &deferred)
        after = batch.last
      }
    } else {
      try await BatchesAhead.read(from: reader.ahead) { ahead in
        var before: [Changes] = []
        while let batch = try await ahead.next() {
          before.append(try store(batch, scope, facts, before: before, &deferred))
          before = before.suffix(BatchesAhead<SynchronizationBatch>.depth)
          ahead.discard(batch)
        }
      }
    }
    try settle(deferred, facts)
  }

  /// Synchronizes objects whose place was taken when they were looked at, now that whoever had it
  /// has been looked at, too.
  private func settle(_ deferred: [Int64], _ facts: PlanFacts) throws {
    for start in stride(from: 0, to: deferred.count, by: context.batchSize) {
      try context.checkStop()
      let page = deferred[start..<min(start + context.batchSize, deferred.count)]
      try store.transaction { tx in
        try tx.retried(page, connector: connector.id)
        var synchronizer = try Synchronizer(
          tx: tx, plan: context.plan, connector: connector, step: context.step, facts: facts)
        for id in page {
          if let object = try tx.object(id) { try synchronizer.synchronize(object) }
        }
        try synchronizer.finish()
        try context.progress(tx, phase: "synchronizing", amount: page.count)
      }
    }
  }

  /// Stores what was decided about a batch; the answer is what that changed.
  ///
  /// The batch may have been read before the last ones were stored: what those changed is `before`.
  /// Objects that are to be looked at again are added to `deferred`; if the step ends before that,
  /// the next one does it.
  private func store(
    _ batch: SynchronizationBatch, _ scope: SynchronizationScope, _ facts: PlanFacts,
    before: [Changes], _ deferred: inout [Int64]
  ) throws -> Changes {
    try context.checkStop()
    try checkErrors(before: batch, scope)
    let (changes, left) = try store.transaction { tx in
      // What this transaction does may have one of them tried again, also one that came first.
      try tx.retried(batch.items.map(\.id), connector: connector.id)
      var synchronizer = try Synchronizer(
        tx: tx, plan: context.plan, connector: connector, step: context.step, facts: facts)
      synchronizer.applier.defers = true
      for item in batch.items { try synchronizer.store(item, before: before) }
      try synchronizer.finish()
      let left = synchronizer.applier.deferred
      for id in left { try tx.retry(id) }
      try context.progress(tx, phase: "synchronizing", amount: batch.items.count - left.count)
      return (synchronizer.applier.changes, left)
    }
    deferred += left
    return changes
  }

  /// Ends the step if so many objects have failed that it is of no use to go on to others.
  ///
  /// Looked at before a batch: a step that has gone through everything is a whole one, however many
  /// have failed, and what it computed may leave. What is tried again was gone through.
  private func checkErrors(
    before batch: SynchronizationBatch, _ scope: SynchronizationScope
  ) throws {
    guard scope != .retry, !batch.items.isEmpty else { return }
    try context.checkErrorLimit(
      "could not be synchronized, and there are others that were not looked at",
      consequence: "Nothing is exported until they are mended. ")
  }

  private func flowReferences(_ facts: PlanFacts) throws {
    var rounds = ReferenceRounds(
      plan: context.plan, facts: facts, connector: connector, step: context.step,
      followsFull: isFull, limit: context.batchSize * 4)
    var isMore = true
    while isMore {
      try context.checkStop()
      isMore = try store.transaction { tx in
        let round = try rounds.go(tx)
        if round.hasLooked {
          try context.progress(tx, phase: "completing-referential-updates", amount: 0)
        }
        return round.isMore
      }
    }
  }
}
