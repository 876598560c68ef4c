import Directory
import GraphConnector
import RuleTools
import SyncRules
import Workspace

/// Finds out what is known of the world in which a workspace's rules work.
struct WorkspaceSurroundings {
  let workspace: Workspace

  init(_ workspace: Workspace) { self.workspace = workspace }

  /// What is known, and notes on what could not be found out.
  ///
  /// - Parameter factory: Builds the connectors to ask; nil asks none.
  /// - Throws: ``ConfigurationError`` if a connector can't be built.
  func find(_ factory: ConnectorFactory?) async throws -> (RuleSurroundings, [String]) {
    let parameters = RuleCheck.parameters(of: workspace)
    var notes: [String] = []
    var connectors: [RuleSurroundings.Connector] = []
    for definition in workspace.settings.connectors {
      var known = RuleSurroundings.Connector(
        name: definition.name,
        parameters: Set(parameters.values(for: definition.name).keys))
      known.isSource = definition.isSource
      if case .scim(let section) = definition.kind {
        known.anchors = section.usesEntraNames ? ["sourceAnchor", "dn"] : ["externalId"]
        if let factory {
          let connector = try factory.connector(definition)
          do {
            known.schema = try await connector.describe().schema
          } catch let error as ConnectorFailure {
            notes.append("\(definition.name) does not tell its attributes: \(error.message)")
          }
        }
      }
      if case .graph(let section) = definition.kind {
        known.anchors = ["sourceAnchor", "dn"]
        known.schema = GraphConnector.schema(ConnectorFactory.bulkUpload(section))
        known.unwritable = GraphConnector.unwritable
        if section.groupAnchor == nil { known.anchorless = ["group"] }
      }
      connectors.append(known)
    }
    return (RuleSurroundings(connectors: connectors), notes)
  }
}
