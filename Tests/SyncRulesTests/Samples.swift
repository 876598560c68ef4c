import Configuration
import Directory
import SyncExpressions
import SyncRules

let nowhere = SourcePlace(file: "test", line: 1, column: 1)

/// A rule for tests; what is left out does not matter.
func rule(
  _ name: String, _ direction: Direction = .inbound, precedence: Int = 100,
  link: LinkType = .join, connector: String = "hr", from source: String = "user",
  to target: String = "person", scope: [[ScopeClause]] = [], joins: [[JoinCondition]] = [],
  flows: [AttributeFlow] = [], disabled: Bool = false
) -> SyncRule {
  SyncRule(
    id: name, name: name, direction: direction, connector: connector, sourceType: source,
    targetType: target, linkType: link, precedence: precedence,
    scope: ScopeFilter(groups: scope.map { ScopeGroup(clauses: $0) }),
    joins: joins.map { JoinGroup(conditions: $0) }, flows: flows, isDisabled: disabled,
    place: nowhere)
}

func direct(
  _ target: AttributeName, _ source: AttributeName, merge: MergeType = .update, once: Bool = false
) -> AttributeFlow {
  AttributeFlow(target: target, source: .direct(source), applyOnce: once, merge: merge)
}

func constant(_ target: AttributeName, _ values: AttributeValue...) -> AttributeFlow {
  AttributeFlow(target: target, source: .constant(values))
}

extension RuleSet {
  func inbound(
    _ attributes: AttributeSet, references: Set<AttributeName> = [],
    present: Set<AttributeName> = []
  ) -> InboundEvaluation {
    evaluateInbound(
      connector: "hr", objectType: "user", attributes: attributes, references: references,
      presentReferences: present)
  }

  func outbound(
    _ attributes: AttributeSet, references: Set<AttributeName> = [],
    present: Set<AttributeName> = []
  ) -> OutboundEvaluation {
    evaluateOutbound(
      connector: "cloud", metaverseType: "person", attributes: attributes, references: references,
      presentReferences: present)
  }
}

/// An outbound rule from person to the connector `cloud`.
func outboundRule(
  _ name: String, precedence: Int = 100, link: LinkType = .join, scope: [[ScopeClause]] = [],
  joins: [[JoinCondition]] = [], flows: [AttributeFlow] = []
) -> SyncRule {
  rule(
    name, .outbound, precedence: precedence, link: link, connector: "cloud", from: "person",
    to: "account", scope: scope, joins: joins, flows: flows)
}

/// A flow by an expression.
func computed(
  _ target: AttributeName, _ text: String, merge: MergeType = .update
) throws -> AttributeFlow {
  AttributeFlow(target: target, source: .expression(try Expression(text)), merge: merge)
}
