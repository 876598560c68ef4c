import Configuration
import RuleTools
import SyncEngine
import SyncRules
import Workspace

/// What an engine is made of, as a workspace's files say it.
struct LoadedConfiguration: Sendable {
  let workspace: Workspace
  let tenant: TenantKeeper?
  let connectors: [EngineConnector]
  let rules: RuleSet
  let passwords: [PasswordWay]
  /// What in the rules can't work, as far as that is known without asking a connector.
  let ruleFaults: [String]

  /// Reads the workspace in `folder`; nothing else is touched.
  ///
  /// - Parameters:
  ///   - folder: The workspace's folder.
  ///   - former: What is there already: its tenant is kept if it is still the same one.
  /// - Throws: ``ConfigurationError`` with the place of what is wrong, ``WorkspaceError``.
  static func read(_ folder: String, after former: LoadedConfiguration? = nil) throws -> Self {
    let workspace = try Workspace.open(folder)
    if let former, former.workspace.settings.storeFile != workspace.settings.storeFile {
      throw WorkspaceError(
        .usage, message: "[store] names another file, and the engine works on the one before",
        hint: "End the engine first: lockstep service stop")
    }
    let isSame = former?.workspace.settings.tenant == workspace.settings.tenant
    let tenant =
      isSame && former != nil
      ? former?.tenant
      : workspace.settings.tenant == nil ? nil : try TenantKeeper(workspace)
    let factory = ConnectorFactory(workspace: workspace, tenant: tenant)
    let rules = try RuleCheck.load(workspace)
    return Self(
      workspace: workspace, tenant: tenant, connectors: try factory.connectors(), rules: rules,
      passwords: try factory.passwordWays(),
      ruleFaults: WorkspaceSurroundings(workspace).faults(in: rules)
        .map { "\($0.rule) \($0.message)" })
  }
}
