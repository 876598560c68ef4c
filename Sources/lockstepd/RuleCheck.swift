import Configuration
import SyncRules
import Workspace

/// What the rules and the rest of the configuration must agree on.
enum RuleCheck {
  /// Refuses rules for connectors that there are not.
  static func connectors(of rules: RuleSet, in workspace: Workspace) throws {
    let names = workspace.settings.connectors.map(\.name)
    let known = Set(names.map { $0.lowercased() })
    for rule in rules.rules where !known.contains(rule.connector.lowercased()) {
      throw ConfigurationError(
        place: rule.place,
        message: "The rule \"\(rule.name)\" is for the connector \"\(rule.connector)\", which "
          + "lockstep.toml does not have", hint: Spelling.hint(for: rule.connector, among: names))
    }
  }
}
