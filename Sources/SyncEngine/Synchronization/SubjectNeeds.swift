import Directory
import SyncExpressions
import SyncRules

/// What the rules of a connector ask of references, which are rows of their own and must be
/// fetched: of all its object types together, so that a batch is fetched at once.
struct SubjectNeeds: Sendable {
  /// References whose values are looked at, or of which it matters whether there is one.
  var values: Set<AttributeName> = []
  /// References that are counted.
  var counts: Set<AttributeName> = []

  /// References of which anything is asked: an object is synchronized again when one changes.
  var all: Set<AttributeName> { values.union(counts) }

  /// Whether nothing is asked.
  var isEmpty: Bool { values.isEmpty && counts.isEmpty }

  /// What inbound rules ask of objects of `connector`.
  init(inboundFrom connector: ActiveConnector, _ plan: SyncPlan) {
    let types = Set(plan.rules(of: connector, .inbound).map(\.sourceType))
    for type in types {
      let needs = plan.rules.needs(inboundFrom: connector.name, objectType: type)
      add(needs, among: connector.references)
    }
  }

  /// What the outbound rules to all targets ask of metaverse objects.
  init(outbound plan: SyncPlan) {
    let references = plan.metaverseReferences
    for connector in plan.connectors {
      for type in Set(plan.rules(of: connector, .outbound).map(\.sourceType)) {
        let needs = plan.rules.needs(outboundTo: connector.name, metaverseType: type)
        add(needs, among: references)
      }
    }
  }

  private mutating func add(_ needs: RuleNeeds, among references: Set<AttributeName>) {
    values.formUnion(needs.values.union(needs.present).intersection(references))
    counts.formUnion(needs.counts.intersection(references))
  }
}

extension SyncFailure {
  /// The failure of a flow whose expression can't be evaluated for `other`, or for the object itself.
  init(_ failure: FlowFailure, other: Int64? = nil) {
    self.init(
      type: failure.type, message: failure.description, hint: failure.hint,
      attribute: failure.target.text, value: failure.value, other: other)
    rule = failure.rule.name
    expression = failure.expression
    column = failure.failure.column
  }
}
