import Explanations
import SyncRules
import SyncStore
import Workspace

/// The rules of a workspace, for those who explain and do not synchronize.
enum WorkspaceRules {
  /// The rules as they stand in the workspace's files now.
  ///
  /// - Throws: `ConfigurationError` with the place of the first mistake.
  static func load(_ workspace: Workspace) throws -> RuleSet {
    try RuleSet.load(
      folder: workspace.settings.rulesFolder,
      parameters: RuleParameters(connectors: workspace.settings.parameters))
  }

  /// Why an object is not in the targets, by the rules as they stand now.
  ///
  /// - Throws: ``StoreError``, also for rules that can't be read.
  static func explain(
    _ object: Int64, in store: any StoreReading, _ workspace: Workspace
  ) throws -> [WhyNot] {
    let rules: RuleSet
    do {
      rules = try load(workspace)
    } catch {
      throw StoreError(
        .inaccessible, message: "The rules can't be read: \(error)",
        hint: "'lockstep rules check' tells all that is wrong")
    }
    return try Explainer(store: store, rules: rules).whyNot(object: object)
  }
}
