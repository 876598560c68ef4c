import Directory
import SyncRules
import SyncStore

/// Which rule gave what a target refused, or holds otherwise.
extension StepContext {
  /// Names in `error` the rule that writes its attribute, and the expression if one made the value;
  /// where the words name one that got no value, that one.
  func blame(_ error: inout StepError, _ tx: StoreTransaction) throws {
    guard !error.attribute.isEmpty || error.type == .identityDataValidationFailed,
      let id = error.objectID,
      let metaverse = try tx.metaverseID(of: id), let stored = try tx.metaverse(metaverse)
    else { return }
    let evaluation = try facts(tx).evaluateOutbound(
      metaverse, type: stored.objectType, stored.values, connector, plan, tx,
      isNew: try tx.object(id)?.image == nil)
    guard !error.attribute.isEmpty else { return Self.blameMissing(&error, evaluation) }
    let attribute = AttributeName(error.attribute)
    if let given = evaluation.attributes.first(where: { $0.attribute == attribute }) {
      error.rule = given.winner.rule.name
      error.expression = given.winner.expressionText
    } else if let flow = evaluation.referenceFlows.first(where: { $0.target == attribute }) {
      error.rule = flow.rule.name
    }
  }

  /// What a target needs and does not get it can only name: nothing of it was sent.
  private static func blameMissing(_ error: inout StepError, _ evaluation: OutboundEvaluation) {
    let words = error.message.lowercased()
    let named = evaluation.unvalued.filter { words.contains($0.text.lowercased()) }
    guard let missing = named.max(by: { $0.text.utf8.count < $1.text.utf8.count }) else { return }
    error.attribute = missing.text
    var source = ""
    for rule in evaluation.inScope where error.rule.isEmpty {
      guard let flow = rule.flows.first(where: { $0.target == missing }) else { continue }
      error.rule = rule.name
      if case .expression = flow.source {
        error.expression = flow.source.text
      } else {
        source = ", which comes from " + flow.source.text
      }
    }
    error.hint =
      "Nothing flows to \(missing.text)\(source): see that the object has what its rules make it "
      + "of, or add a rule that gives it a value"
  }
}
