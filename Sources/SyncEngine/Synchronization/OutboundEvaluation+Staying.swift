import SyncRules
import SyncStore

/// Whether what a target has stays, and as what.
extension OutboundEvaluation {
  /// The rule that says of which type an object is made; nil if none is made.
  ///
  /// Where the strongest rule in scope, which makes none, and the one that does are for different
  /// types, nobody can say which is meant.
  var maker: SyncRule? {
    guard provisions, let type = connectorType, type != SyncRule.anyType,
      let maker = inScope.first(where: { $0.linkType == .provision }),
      SyncRule.isSame(maker.targetType, type)
    else { return nil }
    return maker
  }

  /// Whether another rule than `before`, by which it was made, makes an object of another type.
  func makesOther(than before: OutboundEvaluation) -> Bool {
    guard let old = before.maker, let new = maker else { return false }
    return old.id != new.id && !SyncRule.isSame(old.targetType, new.targetType)
  }

  /// The rules that would keep an object of a target, linked so by the rule of this number, and do not
  /// have it in scope any more; nil if it stays.
  ///
  /// As in Entra Connect, Join rules alone keep nothing that a Provision rule has made, or has taken
  /// over: who is filtered by `cloudFiltered` goes, though other rules still flow to him.
  func gone(
    _ kind: LinkKind, by rule: Int64, number: (SyncRule) -> Int64
  ) -> [RuleExclusion]? {
    guard !inScope.isEmpty, !keeps else { return nil }
    let makers = outOfScope.filter { $0.rule.linkType != .join }
    switch kind {
    case .provisioned:
      // A rule may make no more, and keep what it has made.
      return inScope.contains { number($0) == rule } ? nil : makers
    case .takenOver: return makers.isEmpty ? nil : makers
    case .joined: return makers.contains { number($0.rule) == rule } ? makers : nil
    case .none, .projected: return nil
    }
  }
}
