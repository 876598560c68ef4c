import Directory
import GraphConnector
import SyncRules
import Workspace

// Rules that were made for the connector of Entra Connect, which writes what Graph lets nobody write.
extension RuleImport {
  /// The rules as far as a target that is written by Graph can take them, and what is left out.
  ///
  /// With a flow to a property that nobody can write no object would ever arrive: Graph refuses all
  /// that is sent with it.
  static func fitted(
    _ rules: [SyncRule], to workspace: Workspace
  ) -> (rules: [SyncRule], notes: [String]) {
    var rules = rules
    var notes: [String] = []
    for connector in workspace.settings.connectors where !connector.isSource {
      guard case .graph(let section) = connector.kind else { continue }
      let schema = GraphConnector.schema(ConnectorFactory.bulkUpload(section))
      var left: [String: Set<AttributeName>] = [:]
      var disabled: [String: [String]] = [:]
      var unknown: [String: [String]] = [:]
      rules = rules.map { rule in
        guard rule.direction == .outbound,
          rule.connector.lowercased() == connector.name.lowercased()
        else { return rule }
        let type = rule.targetType.lowercased()
        let isMissing =
          type != SyncRule.anyType && !schema.objectTypes.contains { $0.lowercased() == type }
        guard !isMissing, !GraphConnector.readOnlyTypes.contains(type) else {
          if !rule.isDisabled {
            if isMissing {
              unknown[type, default: []].append(rule.name)
            } else {
              disabled[type, default: []].append(rule.name)
            }
          }
          return rule.with(flows: rule.flows, isDisabled: true)
        }
        var unwritable = GraphConnector.unwritable[type] ?? []
        // Nothing would ever show it: each would be told as not taken, and be sent again.
        if type == "group", section.groupAnchor == nil {
          unwritable.formUnion(["sourceAnchor", "dn"])
        }
        let flows = rule.flows.filter { flow in
          schema.attributes[flow.target]?.isReadOnly == false && !unwritable.contains(flow.target)
        }
        guard flows.count < rule.flows.count else { return rule }
        left[type, default: []].formUnion(
          Set(rule.flows.map(\.target)).subtracting(flows.map(\.target)))
        return rule.with(flows: flows, isDisabled: rule.isDisabled)
      }
      for (type, names) in left.sorted(by: { $0.key < $1.key }) {
        notes.append(
          "\(connector.name): Microsoft Graph lets nobody write these attributes of a \(type), so "
            + "that flows to them are left out: "
            + names.map(\.text).sorted { $0.lowercased() < $1.lowercased() }.joined(separator: ", ")
        )
      }
      for (type, names) in disabled.sorted(by: { $0.key < $1.key }) {
        notes.append(
          "\(connector.name): Microsoft Graph lets nobody make or change a \(type), so that these "
            + "rules are switched off: " + names.joined(separator: ", "))
      }
      for (type, names) in unknown.sorted(by: { $0.key < $1.key }) {
        notes.append(
          "\(connector.name): objects of type \(type) are not written by Microsoft Graph, so that "
            + "these rules are switched off: " + names.joined(separator: ", "))
      }
    }
    return (rules, notes)
  }
}

extension SyncRule {
  fileprivate func with(flows: [AttributeFlow], isDisabled: Bool) -> SyncRule {
    SyncRule(
      id: id, name: name, description: description, direction: direction, connector: connector,
      sourceType: sourceType, targetType: targetType, linkType: linkType, precedence: precedence,
      scope: scope, joins: joins, flows: flows, isDisabled: isDisabled,
      enablePasswordSync: enablePasswordSync, place: place)
  }
}
