import Configuration
import Directory

extension RuleSet {
  /// Refuses rules that can't live together.
  static func checkTogether(_ rules: [SyncRule]) throws(ConfigurationError) {
    try checkUnique(rules, key: \.id) { first in
      "has the same id as \"\(first.name)\" at \(first.place)"
    }
    // A rule that is switched off says nothing, and may keep its number beside the one in its place.
    try checkUnique(
      rules.filter { !$0.isDisabled },
      key: { "\($0.direction)/\($0.precedence)/\($0.connector.lowercased())" }
    ) { first in
      "has the same precedence \(first.precedence) as \"\(first.name)\" at \(first.place)"
    }
    try checkMerges(rules)
    try checkMemory(rules)
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

  private static func checkMerges(_ rules: [SyncRule]) throws(ConfigurationError) {
    guard let conflict = MergeConflict.all(among: rules).first else { return }
    throw ConfigurationError(
      place: conflict.rule.place,
      message: "The rule \"\(conflict.rule.name)\" and the rule \"\(conflict.first.name)\" at "
        + "\(conflict.first.place) write \(conflict.attribute) with different merge types",
      hint: "give both flows the same merge type")
  }

  private static func checkMemory(_ rules: [SyncRule]) throws(ConfigurationError) {
    guard let found = UnitedMemory.all(among: rules).first else { return }
    throw ConfigurationError(
      place: found.rule.place,
      message: "The rule \"\(found.rule.name)\" unites \(found.attribute) with what "
        + "\"\(found.other.name)\" at \(found.other.place) gives, and is to keep what it gave before "
        + "(\(found.reason)): which of the values that is, nobody knows then",
      hint: found.appliesOnce
        ? "let the flow apply always, or give both flows the merge type Update"
        : "let the expression give a value or NULL, or give both flows the merge type Update")
  }
}
