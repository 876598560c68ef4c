import Directory
public import SyncStore

/// Synchronizing one object alone, to look at what it does.
extension SyncEngine {
  /// What synchronizing an object would do; nothing of it is stored.
  ///
  /// - Parameter isFull: Whether everything is worked out anew, or only what is staged.
  /// - Throws: ``EngineError`` if there is no such object, ``StoreError``.
  public func preview(object: Int64, isFull: Bool) async throws -> PreviewReport {
    let order = PreviewOrder(object: object, isFull: isFull, commits: false)
    return try await preview(order, requestedBy: "the program")
  }

  /// Synchronizes an object alone and stores it, as after a look at ``preview(object:isFull:)``.
  ///
  /// - Throws: ``EngineError`` if there is no such object, ``StoreError``.
  public func commitPreview(object: Int64, isFull: Bool) async throws -> PreviewReport {
    let order = PreviewOrder(object: object, isFull: isFull, commits: true)
    return try await preview(order, requestedBy: "the program")
  }

  func preview(_ order: PreviewOrder, requestedBy: String) async throws -> PreviewReport {
    guard let object = try store.look({ [try $0.object(order.object)] })[0] else {
      throw EngineError(
        message: "There is no object number \(order.object)",
        hint: "lockstep object finds one by its DN or user name")
    }
    if order.commits, let held = try synchronizationStop() {
      throw EngineError(message: held.message, hint: held.hint)
    }
    let active = try await makePlan()
    guard let connector = active.connector(object.connector) else {
      throw EngineError(
        message: "The connector of object \(order.object) is not configured any more",
        hint: "See lockstep connectors for those that there are")
    }
    try JoinIndexes(store: store, facts: try store.transaction { try PlanFacts(active, $0) })
      .update {}
    // An import that ended in its middle may have left some out.
    try store.completeIndexes()
    func work(_ tx: StoreTransaction) throws -> PreviewReport {
      let facts = try PlanFacts(active, tx)
      return try PreviewWork(
        plan: active, connector: connector, facts: facts, order: order, requestedBy: requestedBy
      ).run(tx)
    }
    guard order.commits else { return try store.tryOut(work) }
    let report = try store.transaction { tx in
      if try tx.isFullSyncDue() { try tx.set(StoreTransaction.assessedRules, nil) }
      return try work(tx)
    }
    try assessRules()
    return report
  }

  /// Does what a face asked for and leaves the report for it.
  func preview(_ order: PreviewOrder, _ taken: TakenCommand) async throws -> String {
    let report = try await preview(order, requestedBy: taken.requestedBy)
    try store.transaction { try $0.keep(report, command: taken.id) }
    return order.commits ? "Object \(order.object) was synchronized" : "Nothing was stored"
  }
}
