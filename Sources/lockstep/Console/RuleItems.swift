import Configuration
import Console
import Directory
import RuleTools
import SyncRules
import SyncStore
import Workspace

/// The rules of a workspace for the console's view of them.
enum RuleItems {
  /// The rules as they stand in the files now, the strongest of each direction first.
  ///
  /// - Throws: ``StoreError`` with the place of the first mistake.
  static func load(_ workspace: Workspace) throws -> [RuleItem] {
    do {
      return of(try WorkspaceRules.load(workspace).rules)
    } catch let error as ConfigurationError {
      throw StoreError(
        .inaccessible, message: "The rules can't be read: \(error)",
        hint: "'lockstep rules check' tells all that is wrong")
    }
  }

  /// The rules of each direction.
  static func of(_ rules: [SyncRule]) -> [RuleItem] {
    rules.filter { $0.direction == .inbound }.map(item)
      + rules.filter { $0.direction == .outbound }.map(item)
  }

  private static func item(_ rule: SyncRule) -> RuleItem {
    var item = RuleItem(
      id: rule.id, name: rule.name, isInbound: rule.direction == .inbound,
      connector: rule.connector, source: rule.sourceType, target: rule.targetType,
      link: rule.linkType.ruleWord, precedence: rule.precedence)
    item.description = rule.description
    item.isDisabled = rule.isDisabled
    item.hasPasswordSync = rule.enablePasswordSync
    item.scope = rule.scope.groups.map { $0.clauses.map(\.description) }
    item.joins = rule.joins.map { group in
      group.conditions.map { condition in
        condition.source.text + " = " + condition.target.text
          + (condition.isCaseSensitive ? " (case counts)" : "")
          + (group.match == .plain ? "" : " (\(group.match.rawValue) match)")
      }
    }
    item.flows = rule.flows.map(flow)
    item.file = rule.place.file
    item.line = rule.place.line
    return item
  }

  private static func flow(_ flow: AttributeFlow) -> RuleItem.Flow {
    let (kind, source) =
      switch flow.source {
      case .direct(let name): ("direct", name.text)
      case .constant(let values): ("constant", values.map(\.text).joined(separator: "; "))
      case .expression: ("expression", flow.source.text)
      }
    var notes: [String] = []
    if flow.applyOnce { notes.append("once") }
    if flow.merge != .update { notes.append(flow.merge.ruleWord) }
    return RuleItem.Flow(
      target: flow.target.text, kind: kind, source: source, note: notes.joined(separator: ", "))
  }
}
