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
    var notes: [String] = []
    var connectors = known
    for (index, definition) in workspace.settings.connectors.enumerated() {
      guard let factory, case .scim = definition.kind else { continue }
      let connector = try factory.connector(definition)
      do {
        connectors[index].schema = try await connector.describe().schema
      } catch let error as ConnectorFailure {
        notes.append("\(definition.name) does not tell its attributes: \(error.message)")
      }
    }
    return (RuleSurroundings(connectors: connectors), notes)
  }

  /// What is known of the connectors, in their order, without asking any.
  private var known: [RuleSurroundings.Connector] {
    let parameters = RuleCheck.parameters(of: workspace)
    return workspace.settings.connectors.map { definition in
      var known = RuleSurroundings.Connector(
        name: definition.name,
        parameters: Set(parameters.values(for: definition.name).keys))
      known.isSource = definition.isSource
      switch definition.kind {
      case .scim(let section):
        known.anchors = section.usesEntraNames ? ["sourceAnchor", "dn"] : ["externalId"]
      case .graph(let section):
        known.anchors = ["sourceAnchor", "dn"]
        known.schema = GraphConnector.schema(ConnectorFactory.bulkUpload(section))
        known.unwritable = GraphConnector.unwritable
        known.longest = GraphConnector.longest
        if section.groupAnchor == nil { known.anchorless = ["group"] }
      case .ldap, .ldif: break
      }
      return known
    }
  }

  /// What in `rules` can't work with what is known of the connectors without asking any: each of the
  /// faults would be told at every export, of every object.
  func faults(in rules: RuleSet) -> [Finding] {
    let told = Set(known.filter { $0.schema != nil }.map { $0.name.lowercased() })
    guard !told.isEmpty else { return [] }
    let meant = Set(
      rules.rules.filter { $0.direction == .outbound && told.contains($0.connector.lowercased()) }
        .map(\.name))
    return RuleLint.findings(rules.rules, in: RuleSurroundings(connectors: known))
      .filter { $0.severity == .error && meant.contains($0.rule) }
  }
}
