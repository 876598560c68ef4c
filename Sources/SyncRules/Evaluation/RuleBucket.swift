import Directory
import SyncExpressions

/// The rules for one object type from one connector (inbound) or to it (outbound), prepared for
/// evaluation.
///
/// Every attribute that the rules read has a place in a table; equal scope clauses, join groups and
/// expressions of several rules are one each, so that they are worked out once an object.
///
/// It and its larger parts are classes, so that looking at one copies nothing but a pointer.
final class RuleBucket: Sendable {
  /// Where a flow's values come from, as places in the bucket's tables.
  enum Source: Sendable {
    case attribute(Int)
    case constant([AttributeValue])
    case expression(Int)
  }

  /// One flow of one rule.
  final class Flow: Sendable {
    /// The rule's place in ``rules``.
    let rule: Int
    let source: Source
    let flow: RuleFlow

    init(rule: Int, source: Source, flow: RuleFlow) {
      self.rule = rule
      self.source = source
      self.flow = flow
    }
  }

  /// One condition of scopes.
  final class Clause: Sendable {
    let clause: ScopeClause
    /// The place of its attribute in ``attributes``.
    let attribute: Int

    init(_ clause: ScopeClause, attribute: Int) {
      self.clause = clause
      self.attribute = attribute
    }
  }

  /// One rule: its flows are `flows` of the bucket.
  final class Rule: Sendable {
    let rule: SyncRule
    /// The scope's groups, as places in ``clauses``.
    let groups: [[Int]]
    /// The join groups, as places in ``joins``.
    let joins: [Int]
    /// The place in ``attributes`` of everything that any of its join groups reads.
    let joinSources: [Int]
    let flows: Range<Int>

    init(
      rule: SyncRule, groups: [[Int]], joins: [Int], joinSources: [Int], flows: Range<Int>
    ) {
      self.rule = rule
      self.groups = groups
      self.joins = joins
      self.joinSources = joinSources
      self.flows = flows
    }
  }

  /// One attribute of the target with the flows that write it, the strongest first.
  struct Slot: Sendable {
    let target: AttributeName
    /// Places in ``offers``.
    let offers: Range<Int>
  }

  /// What it takes to see at a glance whether a flow counts and has a value: most have none.
  struct Offer: Sendable {
    /// The place in ``flows``.
    let flow: Int
    /// The rule's place in ``rules``.
    let rule: Int
    /// Whether it counts only when the target object is made.
    let isOnce: Bool
    /// The place in ``attributes`` of its source if that is an attribute, else -1.
    let attribute: Int

    init(_ place: Int, _ flow: Flow) {
      self.flow = place
      rule = flow.rule
      isOnce = flow.flow.applyOnce
      attribute = if case .attribute(let source) = flow.source { source } else { -1 }
    }
  }

  let rules: [Rule]
  let flows: [Flow]
  let slots: [Slot]
  /// The flows in the order of the slots.
  let offers: [Offer]
  /// For each flow whose attribute other flows write, too, the place of that attribute in ``slots``;
  /// -1 for the others.
  let contested: [Int]
  /// The attributes that the rules read.
  let attributes: [AttributeName]
  let clauses: [Clause]
  let expressions: [SharedExpression]
  /// The join groups, with the place in ``attributes`` of each condition's source.
  let joins: [(group: JoinGroup, sources: [Int])]
  /// The attributes of the target that hold an object's anchor: those that hard matches look in.
  let anchors: [AttributeName]
  let parameters: [String: String]
  let needs: RuleNeeds
  /// Whether a flow counts only when the target object is made.
  let hasOnceFlows: Bool
  // The place in `attributes` by the name's number; -1 for names that nobody reads.
  private let places: [Int32]

  init(_ rules: [SyncRule], parameters: [String: String], matching: MatchOptions) {
    var builder = RuleBucketBuilder(matching: matching)
    for (index, rule) in rules.enumerated() { builder.add(rule, index) }
    self.rules = builder.rules
    let flows = builder.flows
    var slots: [Slot] = []
    var offers: [Offer] = []
    var contested = [Int](repeating: -1, count: flows.count)
    for slot in builder.slots {
      if slot.flows.count > 1 { for flow in slot.flows { contested[flow] = slots.count } }
      let start = offers.count
      offers += slot.flows.map { Offer($0, flows[$0]) }
      slots.append(Slot(target: slot.target, offers: start..<offers.count))
    }
    (self.flows, self.slots, self.offers, self.contested) = (flows, slots, offers, contested)
    clauses = builder.clauses.items.map {
      Clause($0, attribute: builder.attributes.place(of: $0.attribute))
    }
    expressions = builder.expressions
    let groups = builder.joins.items
    joins = groups.map { group in
      (group, group.conditions.map { builder.attributes.place(of: $0.source) })
    }
    let attributes = builder.attributes.items
    self.attributes = attributes
    anchors = groups.filter { $0.match == .hard }.flatMap { $0.conditions.map(\.target) }
    needs = builder.needs.adding(choices: builder.slots, flows)
    hasOnceFlows = flows.contains { $0.flow.applyOnce }
    self.parameters = parameters
    var places = [Int32](repeating: -1, count: (attributes.map(\.number).max() ?? -1) + 1)
    for (place, name) in attributes.enumerated() { places[name.number] = Int32(place) }
    self.places = places
  }

  /// The place of `name` in ``attributes``, or nil if nobody reads it.
  func place(of name: AttributeName) -> Int? {
    let number = name.number
    guard number < places.count, case let place = places[number], place >= 0 else { return nil }
    return Int(place)
  }
}

extension RuleNeeds {
  /// Whether a reference has a value matters where several may flow to one attribute.
  fileprivate func adding(
    choices slots: [RuleBucketBuilder.Slot], _ flows: [RuleBucket.Flow]
  ) -> RuleNeeds {
    var needs = self
    for slot in slots where slot.flows.count > 1 {
      let sources = Set(
        slot.flows.compactMap { place -> AttributeName? in
          if case .direct(let name) = flows[place].flow.source { name } else { nil }
        })
      let hasExpression = slot.flows.contains { place in
        if case .expression = flows[place].flow.source { true } else { false }
      }
      if sources.count > 1 || hasExpression { needs.present.formUnion(sources) }
    }
    return needs
  }
}

/// An expression behind one pointer, so that looking at it copies nothing.
final class SharedExpression: Sendable {
  let expression: Expression
  init(_ expression: Expression) { self.expression = expression }

  func evaluate(_ input: ObjectReading) throws(ExpressionFailure) -> ExpressionOutcome {
    try expression.evaluate(input)
  }
}

/// A list in which each item stands once.
struct OrderedTable<Item: Hashable> {
  private(set) var items: [Item] = []
  private var places: [Item: Int] = [:]

  mutating func place(of item: Item) -> Int {
    if let known = places[item] { return known }
    places[item] = items.count
    items.append(item)
    return items.count - 1
  }
}

/// Collects what the rules of a bucket share.
private struct RuleBucketBuilder {
  /// One attribute of the target with the flows that write it.
  struct Slot {
    let target: AttributeName
    /// Places in ``flows``.
    var flows: [Int]
  }

  let matching: MatchOptions
  var rules: [RuleBucket.Rule] = []
  var flows: [RuleBucket.Flow] = []
  var slots: [Slot] = []
  var attributes = OrderedTable<AttributeName>()
  var clauses = OrderedTable<ScopeClause>()
  var expressions: [SharedExpression] = []
  var needs = RuleNeeds()
  private var shared: [String: Int] = [:]
  private var positions: [AttributeName: Int] = [:]
  var joins = OrderedTable<JoinGroup>()

  init(matching: MatchOptions) { self.matching = matching }

  mutating func add(_ rule: SyncRule, _ index: Int) {
    let groups = rule.scope.groups.map { group in group.clauses.map { add($0, of: rule) } }
    var own: [Int] = []
    var sources: [Int] = []
    for group in rule.joins {
      let places = group.conditions.map { attributes.place(of: $0.source) }
      needs.present.formUnion(group.conditions.map(\.source))
      needs.values.formUnion(group.conditions.map(\.source))
      needs.whole.formUnion(group.conditions.map(\.source))
      sources += places
      if group.match == .soft && matching.blockSoftMatch { continue }
      own.append(joins.place(of: group))
    }
    let start = flows.count
    for flow in rule.flows { add(RuleFlow(rule, flow), index) }
    rules.append(
      RuleBucket.Rule(
        rule: rule, groups: groups, joins: own, joinSources: sources, flows: start..<flows.count))
  }

  private mutating func add(_ clause: ScopeClause, of rule: SyncRule) -> Int {
    _ = attributes.place(of: clause.attribute)
    // The groups say who is a member, whatever attribute stands in the clause.
    if rule.direction == .inbound, let group = clause.operand.group {
      needs.groups.insert(group)
      return clauses.place(of: clause)
    }
    needs.present.insert(clause.attribute)
    if clause.operand.test != .isNotNull {
      needs.values.insert(clause.attribute)
      needs.whole.insert(clause.attribute)
    }
    return clauses.place(of: clause)
  }

  private mutating func add(_ flow: RuleFlow, _ index: Int) {
    let place = flows.count
    flows.append(RuleBucket.Flow(rule: index, source: source(flow.source), flow: flow))
    if let position = positions[flow.target] {
      slots[position].flows.append(place)
    } else {
      positions[flow.target] = slots.count
      slots.append(Slot(target: flow.target, flows: [place]))
    }
  }

  private mutating func source(_ source: AttributeFlow.Source) -> RuleBucket.Source {
    switch source {
    case .direct(let name): return .attribute(attributes.place(of: name))
    case .constant(let values): return .constant(values)
    case .expression(let expression): return .expression(add(expression))
    }
  }

  private mutating func add(_ expression: Expression) -> Int {
    let read = expression.attributes.union(expression.importedAttributes)
    for name in read { _ = attributes.place(of: name) }
    for name in expression.countedAttributes { _ = attributes.place(of: name) }
    needs.present.formUnion(read)
    needs.values.formUnion(read)
    needs.whole.formUnion(expression.inspectedAttributes)
    needs.counts.formUnion(expression.countedAttributes)
    needs.imported.formUnion(expression.importedAttributes)
    // A random number for one rule is none for another.
    if !expression.isVolatile, let known = shared[expression.text] { return known }
    expressions.append(SharedExpression(expression))
    if !expression.isVolatile { shared[expression.text] = expressions.count - 1 }
    return expressions.count - 1
  }
}
