import RuleTools
import SyncRules
import SyncStore

/// Telling what a change of the rules is and does, before any of it is done.
extension SyncEngine {
  /// The setting that names the rules whose difference was told to its end.
  static let assessed = "rules.assessed"

  /// Compares the rules with those that were last applied to all objects, and keeps for each
  /// connector what differs and on which attributes of how many objects.
  ///
  /// Whoever asks the engine to end does not wait for it; the next engine begins it anew.
  ///
  /// - Throws: ``StoreError``.
  func assessRules() throws {
    let known = try store.look { tx in
      (rules: try KeptRules.lastApplied(tx), assessed: try tx.setting(Self.assessed))
    }
    guard let before = known.rules, known.assessed != rules.fingerprint else { return }
    // An import that ended in its middle may have left some out.
    try store.completeIndexes()
    let assessment = try RuleAssessment(
      store: store, before: keptPlan(before), after: keptPlan(rules), isStopped: isAskedToEnd)
    for connector in assessment.after.connectors
    where try store.look({ try $0.connectorState(connector.id)?.fullSyncReason != nil }) {
      let changes = assessment.changes(of: connector)
      guard let effects = changes.isEmpty ? [] : try assessment.effects(on: connector) else {
        return
      }
      try store.transaction { try $0.setDue(connector.id, changes: changes, effects: effects) }
    }
    try store.transaction { try $0.set(Self.assessed, rules.fingerprint) }
  }

  @Sendable
  private func isAskedToEnd() throws -> Bool {
    try stopSignal.reason != .none || store.look { try $0.hasStopCommand() }
  }
}
