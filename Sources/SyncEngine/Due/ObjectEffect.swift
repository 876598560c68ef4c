import Directory
import SyncExpressions
import SyncRules
import SyncStore

/// What other objects give to a metaverse object, before a change of rules and after it.
struct Rivals: Sendable {
  private(set) var was: [(contributor: Int64, contribution: Contribution)] = []
  private(set) var now: [(contributor: Int64, contribution: Contribution)] = []
  /// Whether one of them keeps the metaverse object after it.
  private(set) var keep = false
  /// Whether one of them has a change that is yet to be synchronized.
  private(set) var isPending = false

  mutating func add(
    _ id: Int64, was: [Contribution], now: [Contribution], keeps: Bool = false,
    isPending: Bool = false
  ) {
    if keeps { keep = true }
    if isPending { self.isPending = true }
    self.was += was.map { (id, $0) }
    self.now += now.map { (id, $0) }
  }

  /// The same with what the object `id` gives, in the order of the objects, as a synchronization has
  /// it.
  func with(_ id: Int64, was: [Contribution], now: [Contribution]) -> Self {
    var all = self
    all.add(id, was: was, now: now)
    all.was.sort { $0.contributor < $1.contributor }
    all.now.sort { $0.contributor < $1.contributor }
    return all
  }
}

/// What a metaverse object holds, as a change of rules finds it.
struct HeldValues: Sendable {
  let stored: MetaverseObject
  let before: PlanFacts
  let after: PlanFacts

  /// What changes by other rules, beside what a synchronization by those of before would change.
  ///
  /// - Parameter isSettled: Whether nothing waits for one: what it holds already does not change.
  func changed(_ all: Rivals, isSettled: Bool) -> Set<AttributeName> {
    let was = ObjectEffect.values(resolve(all.was, before))
    let now = ObjectEffect.values(resolve(all.now, after))
    let changed = ObjectEffect.changed(was, now)
    guard isSettled, !changed.isEmpty else { return changed }
    let values = stored.values
    return changed.filter { values[$0].sorted() != now[$0] ?? [] }
  }

  /// What changes where one that gave something gives nothing any more.
  func lost(_ all: Rivals, by object: Int64) -> Set<AttributeName> {
    let given = Set(stored.attributes.filter { $0.contributor == object }.map(\.name))
    let now = ObjectEffect.values(resolve(all.now, after))
    let values = stored.values
    return given.filter { values[$0].sorted() != now[$0] ?? [] }
  }

  /// What it holds by the rules after the change.
  func values(_ now: [(contributor: Int64, contribution: Contribution)]) -> AttributeSet {
    AttributeSet(
      distinct: resolve(now, after).map {
        Attribute($0.attribute, AttributeSet.canonical($0.values))
      })
  }

  private func resolve(
    _ given: [(contributor: Int64, contribution: Contribution)], _ facts: PlanFacts
  ) -> [ResolvedAttribute] {
    MetaverseMerge.resolve(given) { contributor, contribution in
      facts.gave(contribution, of: contributor, in: stored)?.values
    }
  }
}

/// What a target has of a metaverse object: what it shows, and what it was to say.
struct HeldLink: Sendable {
  let object: ConnectorSpaceObject
  let target: ActiveConnector
  let unions: OutboundUnions?

  /// Whether the target is to say something else in an attribute, of which rules make something else
  /// than before; what it shows already is not sent, nor is what it was to say anyway.
  func takes(
    _ name: AttributeName, _ was: OutboundEvaluation, _ now: OutboundEvaluation
  ) -> Bool {
    // Text and constants name no object.
    guard target.schema[name].kind != .reference else { return false }
    guard let wanted = wanted(name, now) else {
      // Rules that are for others write it: what it has by them goes, if they gave it.
      let left = now.outOfScope.contains { $0.rule.flows.contains { $0.target == name } }
      guard left else { return !now.inScope.contains { $0.flows.contains { $0.target == name } } }
      return object.desired?.attributes.contains { $0.name == name && !$0.values.isEmpty } == true
        && !target.schema[name].isNeverEmptied
    }
    let known = object.desired?.attributes.first { $0.name == name }?.values
    guard let image = object.image else { return known != wanted }
    let shown = image[name]
    guard unions?.merge(of: name, type: object.objectType) == nil else {
      let given = self.wanted(name, was) ?? []
      return !wanted.allSatisfy(shown.contains)
        || given.contains { !wanted.contains($0) && shown.contains($0) }
    }
    return AttributeSet.canonical(shown) != wanted && known != wanted
  }

  /// What rules want of an attribute, in the target's types; nil if they leave it as it is.
  private func wanted(_ name: AttributeName, _ said: OutboundEvaluation) -> [AttributeValue]? {
    if let item = said.attributes.first(where: { $0.attribute == name }) {
      let kind = target.schema[name].kind
      return AttributeSet.canonical(item.values.map { $0.converted(to: kind) ?? $0 })
    }
    return said.unvalued.contains(name) && !target.schema[name].isNeverEmptied ? [] : nil
  }
}

/// What a change of rules does to one object.
struct ObjectEffect: Sendable {
  /// The object's number.
  var id: Int64 = 0
  var objectType: String
  var display = ""
  /// ``DueEffect/Kind/comes`` or ``DueEffect/Kind/goes``; nil if it stays in or out.
  var moves: DueEffect.Kind?
  var attributes: Set<AttributeName> = []
  var failing: Set<AttributeName> = []
  /// Attributes of a target that no rule writes any more: what is there is somebody else's from now
  /// on, and not to be removed.
  private(set) var staying: Set<AttributeName> = []
  /// What rules write of it in a target, in scope or not; nil where nothing stays.
  private var written: Set<AttributeName>?
  /// Attributes to which references flow from elsewhere now, with where these come from: a change
  /// if the object has some there.
  private var redirected: [AttributeName: Set<AttributeName>] = [:]

  /// Nothing, for an object of a type.
  static func nothing(_ type: String) -> ObjectEffect { ObjectEffect(objectType: type) }

  fileprivate init(objectType: String) { self.objectType = objectType }

  /// What becomes of an object of a connector space, and of the metaverse object to which others
  /// contribute beside it: what that holds of flows that apply once, or are ignored, stays.
  init(
    _ object: ConnectorSpaceObject, _ was: InboundEvaluation, _ now: InboundEvaluation,
    beside rivals: Rivals, in held: HeldValues?
  ) {
    id = object.id
    objectType = object.objectType
    display = object.display.isEmpty ? object.dn : object.display
    let isLinked = object.metaverse != nil
    failing = Self.failing(was.failures, now.failures)
    if (was.inScope.isEmpty || !was.projects && !isLinked) && !now.inScope.isEmpty
      && (was.inScope.isEmpty || now.projects)
    {
      moves = .comes
      failing = []
      return
    }
    // What joins nothing gives nothing, to nobody.
    guard isLinked, let held else { return }
    // Whatever rules made or took over in a target stays as long as they want it there.
    let leaves =
      object.desired == nil
      && (!was.inScope.isEmpty && now.inScope.isEmpty || was.links && !now.links)
    let isAbandoned =
      object.desired == nil && was.keepsAlive && !now.keepsAlive && !rivals.keep
    if leaves || isAbandoned {
      moves = .goes
      failing = []
      // Where others keep the metaverse object, it loses what this one gave.
      guard rivals.keep else { return }
    }
    let all = rivals.with(
      object.id, was: was.contributions, now: leaves ? [] : now.contributions)
    attributes = held.changed(all, isSettled: !object.hasPendingImport && !rivals.isPending)
    attributes.subtract(failing)
    redirected = Self.redirected(was.referenceFlows, leaves ? [] : now.referenceFlows)
  }

  /// What becomes of an object whose source is not configured any more, and of the metaverse object
  /// to which others contribute beside it.
  init(retiring object: ConnectorSpaceObject, beside rivals: Rivals, in held: HeldValues) {
    id = object.id
    objectType = object.objectType
    display = object.display.isEmpty ? object.dn : object.display
    guard rivals.keep else {
      moves = .goes
      return
    }
    let all = rivals.with(object.id, was: [], now: [])
    attributes = held.lost(all, by: object.id)
  }

  /// What becomes of a metaverse object in a target, which loses it if `goes`, though rules still
  /// have it in scope.
  ///
  /// - Parameters:
  ///   - link: What the target has of it; nil for nothing.
  ///   - movesOnly: Whether no rule to the target has changed: what its values come to is told of
  ///     where they come from.
  init(
    _ object: MetaverseObject, in link: HeldLink?, goes: Bool, movesOnly: Bool,
    _ was: OutboundEvaluation, _ now: OutboundEvaluation
  ) {
    let isThere = link != nil
    id = object.id
    objectType = object.objectType
    let names: [AttributeName] = ["displayName", "cn", "userPrincipalName"]
    let values = object.values
    display = names.lazy.compactMap { values[$0].first?.text }.first ?? "object \(object.id)"
    if was.inScope.isEmpty && !now.inScope.isEmpty
      || !isThere && !was.provisions && now.provisions
    {
      moves = .comes
      return
    }
    if goes || isThere && !was.inScope.isEmpty && now.inScope.isEmpty {
      moves = .goes
      return
    }
    guard !now.flowsNothing else {
      if isThere, !was.flowsNothing { moves = .withheld }
      return
    }
    // Where nothing is, and nothing is made, no value changes.
    guard !movesOnly, isThere || now.provisions else { return }
    failing = Self.failing(was.failures, now.failures)
    attributes = Self.changed(Self.values(was.attributes), Self.values(now.attributes))
    attributes.subtract(now.kept)
    attributes.subtract(failing)
    if let link {
      attributes = attributes.filter { link.takes($0, was, now) }
    }
    let rules = now.inScope + now.outOfScope.map(\.rule)
    let written = Set(rules.flatMap(\.flows).map(\.target))
    self.written = written
    if isThere {
      staying = attributes.subtracting(written)
      attributes.subtract(staying)
    }
    redirected = Self.redirected(was.referenceFlows, now.referenceFlows)
  }

  fileprivate static func values(
    _ resolved: [ResolvedAttribute]
  ) -> [AttributeName: [AttributeValue]] {
    Dictionary(
      resolved.filter { !isVolatile($0.winner) }.map { ($0.attribute, $0.values.sorted()) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Whether an expression gives another value each time.
  private static func isVolatile(_ contribution: Contribution) -> Bool {
    if case .expression(let expression) = contribution.origin {
      expression.isVolatile
    } else {
      false
    }
  }

  fileprivate static func changed(
    _ was: [AttributeName: [AttributeValue]], _ now: [AttributeName: [AttributeValue]]
  ) -> Set<AttributeName> {
    Set(Set(was.keys).union(now.keys).filter { was[$0] != now[$0] })
  }

  private static func failing(
    _ was: [FlowFailure], _ now: [FlowFailure]
  ) -> Set<AttributeName> {
    Set(now.map(\.target)).subtracting(was.map(\.target))
  }

  private static func redirected(
    _ was: [ReferenceFlow], _ now: [ReferenceFlow]
  ) -> [AttributeName: Set<AttributeName>] {
    func sources(_ flows: [ReferenceFlow]) -> [AttributeName: Set<AttributeName>] {
      Dictionary(grouping: flows, by: \.target).mapValues { Set($0.map(\.source)) }
    }
    let (old, new) = (sources(was), sources(now))
    guard old != new else { return [:] }
    var found: [AttributeName: Set<AttributeName>] = [:]
    for target in Set(old.keys).union(new.keys) where old[target] != new[target] {
      found[target] = (old[target] ?? []).symmetricDifference(new[target] ?? [])
    }
    return found
  }

  /// Counts attributes to which references flow from elsewhere, where `refers` says that the object
  /// has some.
  mutating func settle(refers: (AttributeName) throws -> Bool) throws {
    for (target, sources) in redirected where try sources.contains(where: refers) {
      if written?.contains(target) == false {
        staying.insert(target)
      } else {
        attributes.insert(target)
      }
    }
    redirected = [:]
  }
}

/// The effects on many objects, counted by what they are.
struct EffectTally {
  private struct Key: Hashable {
    /// Nil for a value that changes.
    var kind: DueEffect.Kind?
    var objectType: String
    var attribute: String
  }

  private var counts: [Key: (count: Int, samples: [String])] = [:]
  private(set) var looked = 0
  var total = 0

  private static let samples = 3

  mutating func add(_ effects: [ObjectEffect]) {
    looked += effects.count
    for effect in effects {
      if let kind = effect.moves { count(kind, effect) }
      for name in effect.attributes { count(nil, effect, name.text) }
      for name in effect.failing { count(.fails, effect, name.text) }
      for name in effect.staying { count(.stays, effect, name.text) }
    }
  }

  private mutating func count(
    _ kind: DueEffect.Kind?, _ effect: ObjectEffect, _ attribute: String = ""
  ) {
    let key = Key(kind: kind, objectType: effect.objectType, attribute: attribute)
    counts[key, default: (0, [])].count += 1
    if let known = counts[key], known.samples.count < Self.samples {
      counts[key]?.samples.append(effect.display)
    }
  }

  /// What was counted, what concerns whole objects first, then the most frequent; `kind` is that of
  /// a value that changes.
  func effects(of kind: DueEffect.Kind) -> [DueEffect] {
    counts.sorted { a, b in
      let (first, second) = (rank(a.key), rank(b.key))
      if first != second { return first < second }
      if a.value.count != b.value.count { return a.value.count > b.value.count }
      return (a.key.attribute, a.key.objectType) < (b.key.attribute, b.key.objectType)
    }.map { key, value in
      DueEffect(
        key.kind ?? kind, objectType: key.objectType, attribute: key.attribute,
        count: value.count, looked: looked, total: max(total, looked), samples: value.samples)
    }
  }

  private func rank(_ key: Key) -> Int {
    switch key.kind {
    case .goes: 0
    case .comes: 1
    case .withheld: 2
    case .fails: 3
    case .stays: 5
    default: 4
    }
  }
}
