import RuleTools
import SyncRules
import SyncStore

/// Telling what a change of the rules is and does, before any of it is done.
extension SyncEngine {
  /// Compares the rules with those that were last applied to all objects, and keeps for each
  /// connector what differs and on which attributes of how many objects.
  ///
  /// Whoever asks the engine to end does not wait for it; the next engine begins it anew.
  ///
  /// - Throws: ``StoreError``.
  func assessRules() throws {
    guard let known = try store.look({ try changedRules($0) }) else { return }
    // An import that ended in its middle may have left some out.
    try store.completeIndexes()
    let assessment = try RuleAssessment(
      store: store, before: keptPlan(known.before), after: keptPlan(rules),
      isStopped: isAskedToEnd)
    for source in known.retired {
      guard let effects = try assessment.effects(ofRetired: source.id) else { return }
      try store.transaction { try $0.setDue(source.id, changes: [], effects: effects) }
    }
    for connector in assessment.after.connectors
    where try store.look({ try $0.connectorState(connector.id)?.fullSyncReason != nil }) {
      let changes = assessment.changes(of: connector)
      let told = try assessment.effects(on: connector, hasChanged: !changes.isEmpty)
      guard let told else { return }
      try store.transaction { try $0.setDue(connector.id, changes: changes, effects: told) }
    }
    try store.transaction { try $0.set(StoreTransaction.assessedRules, known.mark) }
  }

  /// What a full synchronization that is due has to do with rules and sources that were taken out,
  /// if it is not told yet: the rules of before, and the sources that are yet to leave.
  private func changedRules(
    _ tx: StoreTransaction
  ) throws -> (before: RuleSet, retired: [(id: Int64, name: String)], mark: String)? {
    guard try tx.isFullSyncDue() else { return nil }
    let retired = try tx.leavingSources()
    let mark = ([rules.fingerprint] + retired.map(\.name)).joined(separator: "\n")
    guard try tx.setting(StoreTransaction.assessedRules) != mark else { return nil }
    let before = try KeptRules.lastApplied(tx)
    guard before != nil || !retired.isEmpty else { return nil }
    return (before ?? rules, retired, mark)
  }

  /// Forgets that the difference of the rules was told where a step has changed objects on which it
  /// depends.
  func outdateAssessment(by step: Int64, _ tx: StoreTransaction) throws {
    guard try tx.setting(StoreTransaction.assessedRules) != nil, try tx.isFullSyncDue(),
      try tx.hasChangedObjects(step: step)
    else { return }
    try tx.set(StoreTransaction.assessedRules, nil)
  }

  @Sendable
  private func isAskedToEnd() throws -> Bool {
    try stopSignal.reason != .none || store.look { try $0.hasStopCommand() }
  }
}
