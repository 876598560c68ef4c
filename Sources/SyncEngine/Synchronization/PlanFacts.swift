import Directory
import SyncRules
import SyncStore

/// What a plan says, worked out once a step.
struct PlanFacts: Sendable {
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
  /// Attributes in which joins look for objects of each connector.
  var indexedConnector: [Int64: Set<AttributeName>]
  /// Writes what the store keeps, with the numbers of all names and rules of the plan.
  var coder: StoreCoder
  var now: Timestamp
  private var order: [AttributeName: Int]

  /// How many references of an object the scope of a rule sees.
  static let referenceLimit = 1000

  /// The facts of a plan; its names and rules get numbers in the store.
  init(_ plan: SyncPlan, _ tx: StoreTransaction, now: Timestamp = .now) throws {
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
        (connector.id, plan.scopedReferences(of: connector))
      }, uniquingKeysWith: { first, _ in first })
    let outbound = plan.connectors.flatMap { plan.rules(of: $0, .outbound) }
    scopedOutbound = Self.scoped(outbound).intersection(plan.metaverseReferences)
    indexedConnector = Dictionary(
      plan.connectors.map { connector in
        (connector.id, plan.rules.indexedConnectorAttributes(connector: connector.name))
      }, uniquingKeysWith: { first, _ in first })
    let written = Set(plan.rules.rules.flatMap { $0.flows.map(\.target) })
    coder = try tx.coder(
      numbering: written, rules: plan.rules.rules.map { (key: $0.id, name: $0.name) })
    order = Dictionary(
      uniqueKeysWithValues: written.sorted().enumerated().map { ($0.element, $0.offset) })
    self.now = now
  }

  /// The attributes in order of their names.
  func sorted(_ attributes: [Attribute]) -> [Attribute] {
    attributes.sorted { a, b in
      if let first = order[a.name], let second = order[b.name] { return first < second }
      return a.name < b.name
    }
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
    _ plan: SyncPlan, _ reader: some SyncReading
  ) throws -> InboundEvaluation {
    var attributes = image
    var present: Set<AttributeName> = []
    for name in scopedInbound[connector.id] ?? [] {
      let values = try reader.references(of: object.id, name, limit: Self.referenceLimit)
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
    _ plan: SyncPlan, _ reader: some SyncReading
  ) throws -> OutboundEvaluation {
    var present: Set<AttributeName> = []
    for name in scopedOutbound where try reader.hasMetaverseReference(of: metaverse, name) {
      present.insert(name)
    }
    return plan.rules.evaluateOutbound(
      connector: target.name, metaverseType: type, attributes: values,
      references: metaverseReferences, presentReferences: present)
  }
}
