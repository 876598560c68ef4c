import RuleTools
import SyncRules
import SyncStore

/// Telling what a change of the rules is and does, before any of it is done.
extension SyncEngine {
  /// Compares the rules with those that were last applied to all objects, and keeps for each
  /// connector what differs and on which attributes of how many objects.
  ///
  /// - Throws: ``StoreError``.
  func assessRules() throws {
    guard let before = try store.look({ [try KeptRules.lastApplied($0)] })[0] else { return }
    let assessment = try RuleAssessment(
      store: store, before: keptPlan(before), after: keptPlan(rules))
    for connector in assessment.after.connectors {
      let changes = assessment.changes(of: connector)
      let effects = changes.isEmpty ? [] : try assessment.effects(on: connector)
      try store.transaction { try $0.setDue(connector.id, changes: changes, effects: effects) }
    }
  }
}
