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

  mutating func add(
    _ id: Int64, was: [Contribution], now: [Contribution], keeps: Bool = false
  ) {
    if keeps { keep = true }
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

  private init(objectType: String) { self.objectType = objectType }

  /// What becomes of an object of a connector space, and of the metaverse object to which others
  /// contribute beside it.
  init(
    _ object: ConnectorSpaceObject, _ was: InboundEvaluation, _ now: InboundEvaluation,
    beside rivals: Rivals = Rivals()
  ) {
    id = object.id
    objectType = object.objectType
    display = object.display.isEmpty ? object.dn : object.display
    let isLinked = object.metaverse != nil
    if (was.inScope.isEmpty || !was.projects && !isLinked) && !now.inScope.isEmpty
      && (was.inScope.isEmpty || now.projects)
    {
      moves = .comes
      return
    }
    let leaves = isLinked && object.desired == nil && was.links && !now.links
    if !was.inScope.isEmpty && now.inScope.isEmpty || was.keepsAlive && !now.keepsAlive || leaves {
      moves = .goes
      // Where others keep the metaverse object, it loses what this one gave.
      guard isLinked, rivals.keep else { return }
    }
    let gives = moves == nil || now.links || object.desired != nil
    let contributions = gives ? now.contributions : []
    failing = gives ? Self.failing(was.failures, now.failures) : []
    let all = rivals.with(object.id, was: was.contributions, now: contributions)
    let before = MetaverseMerge.resolve(all.was)
    let after = MetaverseMerge.resolve(all.now)
    attributes = Self.changed(Self.values(before), Self.values(after))
    if isLinked { attributes.subtract(Self.once(before).intersection(Self.once(after))) }
    // What an ignored flow gave stays where no other says anything.
    let ignored = Set(contributions.filter { $0.kind == .ignored }.map(\.target))
    let decided = Set(all.now.map(\.contribution).filter(\.decides).map(\.target))
    attributes.subtract(ignored.subtracting(decided))
    attributes.subtract(failing)
    redirected = Self.redirected(was.referenceFlows, gives ? now.referenceFlows : [])
  }

  /// What becomes of a metaverse object in a target, which has it already if `isThere`, and loses it
  /// if `goes`, though rules still have it in scope.
  init(
    _ object: MetaverseObject, isThere: Bool, goes: Bool, _ was: OutboundEvaluation,
    _ now: OutboundEvaluation
  ) {
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
    if goes || !was.inScope.isEmpty && now.inScope.isEmpty {
      moves = .goes
      return
    }
    failing = Self.failing(was.failures, now.failures)
    guard !now.flowsNothing else { return }
    attributes = Self.changed(Self.values(was.attributes), Self.values(now.attributes))
    attributes.subtract(now.kept)
    attributes.subtract(failing)
    let rules = now.inScope + now.outOfScope.map(\.rule)
    let written = Set(rules.flatMap(\.flows).map(\.target))
    self.written = written
    if isThere {
      staying = attributes.subtracting(written)
      attributes.subtract(staying)
    }
    redirected = Self.redirected(was.referenceFlows, now.referenceFlows)
  }

  /// What flows that apply once give: an object that is there keeps what it got.
  private static func once(_ resolved: [ResolvedAttribute]) -> Set<AttributeName> {
    Set(resolved.filter(\.winner.applyOnce).map(\.attribute))
  }

  private static func values(
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

  private static func changed(
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
    case .fails: 2
    case .stays: 4
    default: 3
    }
  }
}
