import Configuration
import SyncRules
import Workspace

/// What the rules and the rest of the configuration must agree on.
enum RuleCheck {
  /// The workspace's rules, with the parameters of its connectors.
  ///
  /// - Throws: ``ConfigurationError`` with the first mistake, or if no rule is in force.
  static func load(_ workspace: Workspace) throws -> RuleSet {
    let rules = try RuleSet.load(
      folder: workspace.settings.rulesFolder, parameters: parameters(of: workspace))
    try connectors(of: rules, in: workspace)
    try presence(of: rules, in: workspace)
    return rules
  }

  /// Refuses a set without a rule in force: it says that nobody is wanted anywhere, which a folder
  /// says too whose files were moved away, or that is not mounted.
  private static func presence(of rules: RuleSet, in workspace: Workspace) throws {
    guard rules.rules.allSatisfy(\.isDisabled) else { return }
    let folder = workspace.settings.rulesFolder
    throw ConfigurationError(
      message: rules.rules.isEmpty
        ? "The rule folder \(folder) holds no rule: every object would be deleted at the targets"
        : "All rules in \(folder) are disabled: every object would be deleted at the targets",
      hint: "put the rule files (*.toml) back, or enable a rule; 'lockstep rules standard' puts "
        + "the standard rules into a folder without any; if every object is meant to go, give a "
        + "rule a scope that none fulfils")
  }

  /// The first fault of each rule file; where all can be read, that of the rules together.
  static func faults(of workspace: Workspace) throws -> [any Error] {
    let parameters = parameters(of: workspace)
    var faults: [any Error] = []
    for file in try RuleSource.files(in: workspace.settings.rulesFolder) {
      do {
        try connectors(of: try RuleSet.load(files: [file], parameters: parameters), in: workspace)
      } catch {
        faults.append(error)
      }
    }
    guard faults.isEmpty else { return faults }
    do {
      _ = try load(workspace)
      return []
    } catch {
      return [error]
    }
  }

  /// What `%Name%` stands for in the workspace's rules.
  static func parameters(of workspace: Workspace) -> RuleParameters {
    RuleParameters(connectors: workspace.settings.parameters)
  }

  /// Refuses rules for connectors that there are not, and what is said of matching in one that there is
  /// not, or to which nothing is ever written.
  static func connectors(of rules: RuleSet, in workspace: Workspace) throws {
    let names = workspace.settings.connectors.map(\.name)
    let known = Set(names.map { $0.lowercased() })
    for rule in rules.rules where !known.contains(rule.connector.lowercased()) {
      throw ConfigurationError(
        place: rule.place,
        message: "The rule \"\(rule.name)\" is for the connector \"\(rule.connector)\", which "
          + "lockstep.toml does not have", hint: Spelling.hint(for: rule.connector, among: names))
    }
    let sources = workspace.settings.connectors.filter(\.isSource).map { $0.name.lowercased() }
    let targets = names.filter { !sources.contains($0.lowercased()) }
    for name in rules.matching.keys.sorted()
    where !known.contains(name) || sources.contains(name) {
      throw ConfigurationError(
        place: rules.matchingPlaces[name],
        message: "[[matching]] is for the connector \"\(name)\", "
          + (known.contains(name)
            ? "which is a source: nothing is matched there"
            : "which lockstep.toml does not have"),
        hint: Spelling.hint(for: name, among: targets))
    }
  }
}
