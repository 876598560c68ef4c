public import Directory

/// Two rules that write one attribute of one object with different merge types: if one unites and
/// another replaces, the result would depend on who is asked first.
public struct MergeConflict {
  /// The rule that comes later.
  public let rule: SyncRule
  /// The rule from which it differs.
  public let first: SyncRule
  /// The attribute.
  public let attribute: AttributeName
  /// What the later one says.
  public let merge: MergeType
  /// What the first one says.
  public let firstMerge: MergeType

  private struct Key: Hashable {
    var direction: Direction
    var attribute: AttributeName
    /// The target in lower case; empty for the metaverse, to which all go.
    var side: String
  }

  /// The conflicts among `rules`, in their order; disabled ones don't count.
  public static func all(among rules: [SyncRule]) -> [MergeConflict] {
    var known: [Key: [(rule: SyncRule, merge: MergeType)]] = [:]
    var found: [MergeConflict] = []
    for rule in rules where !rule.isDisabled {
      let side = rule.direction == .inbound ? "" : rule.connector.lowercased()
      for flow in rule.flows {
        let key = Key(direction: rule.direction, attribute: flow.target, side: side)
        let other = known[key]?.first { $0.merge != flow.merge && meet($0.rule, rule) }
        guard let other else {
          known[key, default: []].append((rule, flow.merge))
          continue
        }
        found.append(
          MergeConflict(
            rule: rule, first: other.rule, attribute: flow.target, merge: flow.merge,
            firstMerge: other.merge))
      }
    }
    return found
  }

  /// Whether rules of one direction may write to one object; outbound rules for objects of any type
  /// are asked together with all others.
  static func meet(_ a: SyncRule, _ b: SyncRule) -> Bool {
    RuleSet.meet(a.targetType, b.targetType)
      || a.direction == .outbound
        && (a.sourceType == SyncRule.anyType || b.sourceType == SyncRule.anyType)
  }
}
