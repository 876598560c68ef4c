import Configuration
import SyncRules
import Workspace

/// What the rules and the rest of the configuration must agree on.
enum RuleCheck {
  /// The workspace's rules, with the parameters of its connectors.
  static func load(_ workspace: Workspace) throws -> RuleSet {
    let rules = try RuleSet.load(
      folder: workspace.settings.rulesFolder, parameters: parameters(of: workspace))
    try connectors(of: rules, in: workspace)
    return rules
  }

  /// What `%Name%` stands for in the workspace's rules.
  static func parameters(of workspace: Workspace) -> RuleParameters {
    RuleParameters(connectors: workspace.settings.parameters)
  }

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
