public import Directory

/// A flow that is to keep what it gave before, to an attribute in which several rules unite what they
/// give: of the values that stand there nobody knows who gave which.
public struct UnitedMemory {
  /// The rule.
  public let rule: SyncRule
  /// A rule that writes the same attribute.
  public let other: SyncRule
  /// The attribute.
  public let attribute: AttributeName
  /// Whether the flow applies once; else its expression may say `IgnoreThisFlow`.
  public let appliesOnce: Bool

  /// What is to be kept so, in words.
  public var reason: String { appliesOnce ? "apply_once = true" : "IgnoreThisFlow" }

  /// All such flows among `rules`, in their order; disabled ones don't count.
  ///
  /// On the way out what applies once is not asked for again, and only `IgnoreThisFlow` counts.
  public static func all(among rules: [SyncRule]) -> [UnitedMemory] {
    var writers: [AttributeName: [SyncRule]] = [:]
    for rule in rules where !rule.isDisabled {
      for flow in rule.flows where flow.merge != .update {
        writers[flow.target, default: []].append(rule)
      }
    }
    var found: [UnitedMemory] = []
    for rule in rules where !rule.isDisabled {
      for flow in rule.flows where flow.merge != .update {
        let appliesOnce = flow.applyOnce && rule.direction == .inbound
        guard appliesOnce || flow.mayBeIgnored,
          let other = writers[flow.target]?.first(where: { unite($0, rule) })
        else { continue }
        found.append(
          UnitedMemory(
            rule: rule, other: other, attribute: flow.target, appliesOnce: appliesOnce))
      }
    }
    return found
  }

  private static func unite(_ a: SyncRule, _ b: SyncRule) -> Bool {
    a.id != b.id && a.direction == b.direction
      && (a.direction == .inbound || a.connector.lowercased() == b.connector.lowercased())
      && MergeConflict.meet(a, b)
  }
}
