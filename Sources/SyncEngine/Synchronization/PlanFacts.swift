import Directory
import SyncRules
import SyncStore

/// What a plan says, worked out once a step.
struct PlanFacts {
  var references: [Int64: Set<AttributeName>]
  var contributors: Set<Int64>
  var indexedMetaverse: Set<AttributeName>
  var metaverseReferences: Set<AttributeName>
  var targets: [ActiveConnector]
  /// The types that Provision rules make in each target.
  var provided: [Int64: Set<String>]
  /// References that scope clauses of inbound rules ask for, by connector.
  var scopedInbound: [Int64: Set<AttributeName>]
  /// References that scope clauses of outbound rules ask for.
  var scopedOutbound: Set<AttributeName>
  var now: Timestamp

  init(_ plan: SyncPlan, now: Timestamp = .now) {
    references = Dictionary(
      plan.connectors.map { ($0.id, $0.references) }, uniquingKeysWith: { first, _ in first })
    contributors = Set(plan.connectors.filter(plan.contributes).map(\.id))
    indexedMetaverse = plan.rules.indexedMetaverseAttributes.union(["userPrincipalName"])
    metaverseReferences = plan.metaverseReferences
    targets = plan.connectors.filter { !plan.rules(of: $0, .outbound).isEmpty }
    provided = Dictionary(
      plan.connectors.map { connector in
        let rules = plan.rules(of: connector, .outbound).filter { $0.linkType == .provision }
        return (connector.id, Set(rules.map { $0.targetType.lowercased() }))
      }, uniquingKeysWith: { first, _ in first })
    scopedInbound = Dictionary(
      plan.connectors.map { connector in
        let scoped = Self.scoped(plan.rules(of: connector, .inbound))
        return (connector.id, scoped.intersection(connector.references))
      }, uniquingKeysWith: { first, _ in first })
    let outbound = plan.connectors.flatMap { plan.rules(of: $0, .outbound) }
    scopedOutbound = Self.scoped(outbound).intersection(plan.metaverseReferences)
    self.now = now
  }

  private static func scoped(_ rules: [SyncRule]) -> Set<AttributeName> {
    Set(rules.flatMap { $0.scope.groups.flatMap { $0.clauses.map(\.attribute) } })
  }

  /// Whether a Provision rule makes objects like this one in its target.
  func provides(_ object: ConnectorSpaceObject) -> Bool {
    provided[object.connector]?.contains(object.objectType.lowercased()) == true
  }

  /// What the inbound rules make of an object, references that they ask for included.
  func evaluateInbound(
    _ object: ConnectorSpaceObject, _ image: AttributeSet, _ connector: ActiveConnector,
    _ plan: SyncPlan, _ tx: StoreTransaction
  ) throws -> InboundEvaluation {
    var attributes = image
    var present: Set<AttributeName> = []
    for name in scopedInbound[connector.id] ?? [] {
      let values = try tx.references(of: object.id, name, limit: 1000)
      if !values.isEmpty { present.insert(name) }
      attributes[name] = values
    }
    return plan.rules.evaluateInbound(
      connector: connector.name, objectType: object.objectType, attributes: attributes,
      references: references[connector.id] ?? [], presentReferences: present)
  }

  /// What the outbound rules make of a metaverse object for a target.
  func evaluateOutbound(
    _ metaverse: Int64, type: String, _ values: AttributeSet, _ target: ActiveConnector,
    _ plan: SyncPlan, _ tx: StoreTransaction
  ) throws -> OutboundEvaluation {
    var present: Set<AttributeName> = []
    for name in scopedOutbound where try tx.hasMetaverseReference(of: metaverse, name) {
      present.insert(name)
    }
    return plan.rules.evaluateOutbound(
      connector: target.name, metaverseType: type, attributes: values,
      references: metaverseReferences, presentReferences: present)
  }
}
