import Directory
import SyncRules
import SyncStore

/// Which rule gave what a target refused, or holds otherwise.
extension StepContext {
  /// Names in `error` the rule that writes its attribute, and the expression if one made the value.
  func blame(_ error: inout StepError, _ tx: StoreTransaction) throws {
    guard !error.attribute.isEmpty, let id = error.objectID,
      let metaverse = try tx.metaverseID(of: id), let stored = try tx.metaverse(metaverse)
    else { return }
    let attribute = AttributeName(error.attribute)
    let evaluation = try facts(tx).evaluateOutbound(
      metaverse, type: stored.objectType, stored.values, connector, plan, tx,
      isNew: try tx.object(id)?.image == nil)
    if let given = evaluation.attributes.first(where: { $0.attribute == attribute }) {
      error.rule = given.winner.rule.name
      error.expression = given.winner.expressionText
    } else if let flow = evaluation.referenceFlows.first(where: { $0.target == attribute }) {
      error.rule = flow.rule.name
    }
  }
}
