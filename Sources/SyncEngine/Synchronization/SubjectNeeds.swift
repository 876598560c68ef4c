import Directory
import SyncExpressions
import SyncRules

/// What the rules of a connector ask of references, which are rows of their own and must be
/// fetched: of all its object types together, so that a batch is fetched at once.
struct SubjectNeeds: Sendable {
  /// References whose values are looked at, or of which it matters whether there is one.
  var values: Set<AttributeName> = []
  /// Those of them of which all must be fetched.
  private(set) var whole: Set<AttributeName> = []
  /// References that are counted.
  var counts: Set<AttributeName> = []
  /// Groups, by their normalized names, of which it is asked whether an object is a member.
  private(set) var groups: Set<String> = []

  /// References of which anything is asked: an object is synchronized again when one changes.
  var all: Set<AttributeName> { values.union(counts) }

  /// Whether nothing is asked.
  var isEmpty: Bool { values.isEmpty && counts.isEmpty && groups.isEmpty }

  /// What inbound rules ask of objects of `connector`.
  init(inboundFrom connector: ActiveConnector, _ plan: SyncPlan) {
    let types = Set(plan.rules(of: connector, .inbound).map(\.sourceType))
    for type in types {
      let needs = plan.rules.needs(inboundFrom: connector.name, objectType: type)
      add(needs, among: connector.references)
    }
  }

  /// Nothing.
  init() {}

  /// How many references of an attribute are fetched for `values`.
  ///
  /// Whoever only hands them on, or asks whether there are any, does with the first.
  func limit(of name: AttributeName) -> Int {
    whole.contains(name) ? Self.largestWhole : Self.first
  }

  private static let first = 1000
  /// As many values as an expression may make.
  private static let largestWhole = 1_000_000

  fileprivate mutating func add(_ other: SubjectNeeds) {
    values.formUnion(other.values)
    whole.formUnion(other.whole)
    counts.formUnion(other.counts)
    groups.formUnion(other.groups)
  }

  fileprivate mutating func add(_ needs: RuleNeeds, among references: Set<AttributeName>) {
    values.formUnion(needs.values.union(needs.present).intersection(references))
    whole.formUnion(needs.whole.intersection(references))
    counts.formUnion(needs.counts.intersection(references))
    groups.formUnion(needs.groups)
  }
}

/// What outbound rules ask of the references of metaverse objects.
///
/// By the type of object: that a rule for groups looks at members is no reason to fetch anything for
/// the many people.
struct OutboundNeeds: Sendable {
  /// What is asked of any object.
  private(set) var all = SubjectNeeds()
  // By the type, in every spelling that rules use and in lower case.
  private var byType: [String: SubjectNeeds] = [:]

  /// What the outbound rules to all targets ask.
  init(_ plan: SyncPlan) {
    let references = plan.metaverseReferences
    var spellings: [String: Set<String>] = [:]
    for connector in plan.connectors {
      for type in Set(plan.rules(of: connector, .outbound).map(\.sourceType)) {
        let needs = plan.rules.needs(outboundTo: connector.name, metaverseType: type)
        all.add(needs, among: references)
        byType[type.lowercased(), default: SubjectNeeds()].add(needs, among: references)
        spellings[type.lowercased(), default: []].insert(type)
      }
    }
    // Rules for any type ask of all of them.
    if let any = byType[SyncRule.anyType] {
      for type in byType.keys { byType[type]?.add(any) }
    }
    for (lower, others) in spellings {
      for other in others { byType[other] = byType[lower] }
    }
  }

  /// What is asked of objects of a type.
  func of(_ type: String) -> SubjectNeeds {
    if all.isEmpty { return all }
    return byType[type] ?? byType[type.lowercased()] ?? byType[SyncRule.anyType] ?? SubjectNeeds()
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
