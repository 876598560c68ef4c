import Configuration
import Directory

extension RuleSet {
  /// Refuses rules that can't live together.
  static func checkTogether(_ rules: [SyncRule]) throws(ConfigurationError) {
    try checkUnique(rules, key: \.id) { first in
      "has the same id as \"\(first.name)\" at \(first.place)"
    }
    try checkUnique(
      rules, key: { "\($0.direction)/\($0.precedence)/\($0.connector.lowercased())" }
    ) { first in
      "has the same precedence \(first.precedence) as \"\(first.name)\" at \(first.place)"
    }
    try checkMerges(rules)
    try checkLoops(rules)
  }

  private static func checkUnique(
    _ rules: [SyncRule], key: (SyncRule) -> String, message: (SyncRule) -> String
  ) throws(ConfigurationError) {
    var known: [String: SyncRule] = [:]
    for rule in rules {
      guard let first = known.updateValue(rule, forKey: key(rule)) else { continue }
      throw ConfigurationError(
        place: rule.place, message: "The rule \"\(rule.name)\" \(message(first))",
        hint: "change one of them")
    }
  }

  // If one rule unites and another replaces, the result would depend on who is asked first.
  private static func checkMerges(_ rules: [SyncRule]) throws(ConfigurationError) {
    var known: [String: (rule: SyncRule, merge: MergeType)] = [:]
    for rule in rules where !rule.isDisabled {
      let side = rule.direction == .inbound ? "" : rule.connector.lowercased()
      for flow in rule.flows {
        let key = "\(rule.direction)/\(rule.targetType.lowercased())/\(flow.target.key)/\(side)"
        guard let first = known[key] else {
          known[key] = (rule, flow.merge)
          continue
        }
        guard first.merge != flow.merge else { continue }
        throw ConfigurationError(
          place: rule.place,
          message: "The rule \"\(rule.name)\" and the rule \"\(first.rule.name)\" at "
            + "\(first.rule.place) write \(flow.target) with different merge types",
          hint: "give both flows the same merge type")
      }
    }
  }
}
