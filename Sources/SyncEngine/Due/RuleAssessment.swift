import Directory
import RuleTools
import SyncRules
import SyncStore

/// What a change of rules is, and what it does to the objects that are there: each is evaluated by
/// both sets of rules, and nothing is stored.
struct RuleAssessment: Sendable {
  let store: SyncStore
  let before: SyncPlan
  let after: SyncPlan
  /// Whether what is asked for meanwhile matters more.
  private let isStopped: @Sendable () throws -> Bool
  private let facts: (before: PlanFacts, after: PlanFacts)

  /// Whether rules to the metaverse differ, so that what they give may come to something else in a
  /// target, too.
  private let changesInbound: Bool

  /// So many objects of a connector space, and of the metaverse, are looked at.
  private static let most = 200_000
  private static let page = 2000

  init(
    store: SyncStore, before: SyncPlan, after: SyncPlan,
    isStopped: @escaping @Sendable () throws -> Bool = { false }
  ) throws {
    self.store = store
    self.isStopped = isStopped
    self.before = before
    self.after = after
    func inbound(_ plan: SyncPlan) -> [SyncRule] {
      plan.rules.rules.filter { $0.direction == .inbound && !$0.isDisabled }
    }
    changesInbound =
      inbound(before) != inbound(after) || before.rules.parameters != after.rules.parameters
    let now = Timestamp.now
    facts = try store.transaction {
      (before: try PlanFacts(before, $0, now: now), after: try PlanFacts(after, $0, now: now))
    }
  }

  // MARK: What differs

  /// What differs in the rules of a connector.
  func changes(of connector: ActiveConnector) -> [DueChange] {
    let name = connector.name.lowercased()
    var found: [DueChange] = []
    for (old, new) in RuleDifference.paired(before.rules.rules, after.rules.rules)
    where [old, new].contains(where: { $0?.connector.lowercased() == name }) {
      found += Self.changes(from: old, to: new)
    }
    let (was, now) = (before.rules.parameters, after.rules.parameters)
    let (old, new) = (was.values(for: connector.name), now.values(for: connector.name))
    for key in Set(old.keys).union(new.keys).sorted() where old[key] != new[key] {
      found.append(
        DueChange(
          rule: "", what: "parameter \(key)", before: old[key] ?? "", after: new[key] ?? ""))
    }
    let items = RuleDifference.items(
      before.rules.matching(for: connector.name), after.rules.matching(for: connector.name))
    return found
      + items.map {
        DueChange(rule: "", what: "matching " + $0.what, before: $0.before, after: $0.after)
      }
  }

  private static func changes(from old: SyncRule?, to new: SyncRule?) -> [DueChange] {
    let (items, isGone): ([RuleDifference.Item], Bool) =
      switch (old, new) {
      case (let old?, let new?): (RuleDifference.items(old, new), false)
      case (nil, let new?): (RuleDifference.content(of: new), false)
      case (let old?, nil): (RuleDifference.content(of: old), true)
      case (nil, nil): ([], false)
      }
    let rule = new?.name ?? old?.name ?? ""
    return items.filter { $0.what != "description" && $0.what != "id" }.map { item in
      isGone
        ? DueChange(rule: rule, what: item.what, before: item.after, after: "")
        : DueChange(rule: rule, what: item.what, before: item.before, after: item.after)
    }
  }

  // MARK: What it does

  /// What the change does to the objects of a connector space and, if it is a target, to what
  /// flows there; nil if it was stopped before that was known.
  ///
  /// - Parameter hasChanged: Whether rules of the connector itself differ; where only others do, a
  ///   target may lose objects or get some by what these give.
  func effects(on connector: ActiveConnector, hasChanged: Bool) throws -> [DueEffect]? {
    guard hasChanged || changesInbound else { return [] }
    var inbound = EffectTally()
    if hasChanged { try eachObject(of: connector, &inbound) }
    var outbound = EffectTally()
    let isTarget = [facts.before, facts.after].contains { facts in
      facts.targets.contains { $0.id == connector.id }
    }
    if isTarget { try eachMetaverseObject(to: connector, movesOnly: !hasChanged, &outbound) }
    guard try !isStopped() else { return nil }
    return inbound.effects(of: .inbound) + outbound.effects(of: .outbound)
  }

  /// What becomes of the objects of a source that is not configured any more; nil if it was stopped
  /// before that was known.
  func effects(ofRetired source: Int64) throws -> [DueEffect]? {
    var tally = EffectTally()
    tally.total = try store.snapshot { try $0.stagedCount(connector: source) }
    var last: Int64 = 0
    while tally.looked < Self.most, try !isStopped() {
      let found = try store.snapshot { tx -> [ObjectEffect]? in
        let rows = try tx.storedObjects(connector: source, .all, after: last, limit: Self.page)
        guard let end = rows.last?.id else { return nil }
        last = end
        let batch = try rows.map { try facts.after.coder.decode($0) }
        let (rivals, held) = (try rivals(of: batch, tx), try heldValues(of: batch, tx))
        return batch.map { object in
          guard let metaverse = object.metaverse, let held = held[metaverse] else {
            return .nothing(object.objectType)
          }
          return ObjectEffect(
            retiring: object, beside: rivals[metaverse] ?? Rivals(), in: held)
        }
      }
      guard let found else { break }
      tally.add(found)
    }
    return try isStopped() ? nil : tally.effects(of: .inbound)
  }

  /// What the metaverse objects hold to which these objects are linked.
  private func heldValues(
    of batch: [ConnectorSpaceObject], _ tx: StoreTransaction
  ) throws -> [Int64: HeldValues] {
    let rows = try tx.storedMetaverse(Set(batch.compactMap(\.metaverse)).sorted())
    let held = try Parallel.map(rows) { row in
      HeldValues(
        stored: try facts.after.coder.decode(row), before: facts.before, after: facts.after)
    }
    return Dictionary(held.map { ($0.stored.id, $0) }, uniquingKeysWith: { first, _ in first })
  }

  private func eachObject(of connector: ActiveConnector, _ tally: inout EffectTally) throws {
    let rules = [before, after].flatMap { $0.rules(of: connector, .inbound) }
    guard !rules.isEmpty else { return }
    tally.total = try store.snapshot { try $0.stagedCount(connector: connector.id) }
    var last: Int64 = 0
    while tally.looked < Self.most, try !isStopped() {
      let found = try store.snapshot { tx -> [ObjectEffect]? in
        let rows = try tx.storedObjects(
          connector: connector.id, .all, after: last, limit: Self.page)
        guard let end = rows.last?.id else { return nil }
        last = end
        let old = try LoadedBatch(tx, facts: facts.before, connector: connector, rows)
        let new = try LoadedBatch(tx, facts: facts.after, connector: connector, rows)
        let evaluations = (
          try old.evaluate(old.batch, plan: before), try new.evaluate(new.batch, plan: after)
        )
        let (rivals, held) = (try rivals(of: new.batch, tx), try heldValues(of: new.batch, tx))
        return try zip(new.batch, zip(evaluations.0, evaluations.1)).map { object, both in
          let was = try both.0 ?? evaluate(object, old, connector, (facts.before, before), tx)
          let now = try both.1 ?? evaluate(object, new, connector, (facts.after, after), tx)
          guard let was, let now else { return .nothing(object.objectType) }
          var effect = ObjectEffect(
            object, was, now, beside: object.metaverse.flatMap { rivals[$0] } ?? Rivals(),
            in: object.metaverse.flatMap { held[$0] })
          try effect.settle { try tx.referenceCount(of: object.id, $0) > 0 }
          return effect
        }
      }
      guard let found else { return }
      tally.add(found)
    }
  }

  /// What the other objects give that are linked to the same metaverse objects: a value that one of
  /// them gives may win where it lost, though nothing changes in any of them.
  private func rivals(
    of batch: [ConnectorSpaceObject], _ tx: StoreTransaction
  ) throws -> [Int64: Rivals] {
    let givers = facts.before.contributors.union(facts.after.contributors)
    guard givers.count > 1 || !facts.after.retired.isEmpty else { return [:] }
    let own = Set(batch.map(\.id))
    var owners: [Int64: Int64] = [:]
    for (metaverse, object) in try tx.linkedIDs(to: Set(batch.compactMap(\.metaverse)).sorted())
    where !own.contains(object) {
      owners[object] = metaverse
    }
    guard !owners.isEmpty else { return [:] }
    var found: [Int64: Rivals] = [:]
    for row in try tx.storedObjects(owners.keys.sorted()) {
      let object = try facts.after.coder.decode(row)
      guard let owner = owners[object.id], let image = object.image,
        givers.contains(object.connector)
      else { continue }
      func evaluate(_ facts: PlanFacts, _ plan: SyncPlan) throws -> InboundEvaluation? {
        guard let connector = plan.connector(object.connector) else { return nil }
        let evaluation = try facts.evaluateInbound(object, image, connector, plan, tx)
        return evaluation.links || object.desired != nil ? evaluation : nil
      }
      let (was, now) = (try evaluate(facts.before, before), try evaluate(facts.after, after))
      found[owner, default: Rivals()].add(
        object.id, was: was?.contributions ?? [], now: now?.contributions ?? [],
        keeps: now?.keepsAlive == true, isPending: object.hasPendingImport)
    }
    return found
  }

  /// What rules make of an object whose references there was no room for.
  private func evaluate(
    _ object: ConnectorSpaceObject, _ batch: LoadedBatch, _ connector: ActiveConnector,
    _ rules: (facts: PlanFacts, plan: SyncPlan), _ tx: StoreTransaction
  ) throws -> InboundEvaluation? {
    guard batch.isCrowded(object.id), let image = object.image else { return nil }
    return try rules.facts.evaluateInbound(object, image, connector, rules.plan, tx)
  }

  private func eachMetaverseObject(
    to target: ActiveConnector, movesOnly: Bool, _ tally: inout EffectTally
  ) throws {
    tally.total = try store.snapshot { try $0.metaverseCount() }
    var last: Int64 = 0
    while tally.looked < Self.most, try !isStopped() {
      let found = try store.snapshot { tx -> [ObjectEffect]? in
        let ids = try tx.metaverseIDs(after: last, limit: Self.page)
        guard let end = ids.last else { return nil }
        last = end
        return try effects(ids, target, movesOnly: movesOnly, tx).map { effect in
          var effect = effect
          let id = effect.id
          try effect.settle { try tx.metaverseReferenceCount(of: id, $0) > 0 }
          return effect
        }
      }
      guard let found else { return }
      tally.add(found)
    }
  }

  /// What becomes of metaverse objects in a target; on all cores, unless rules ask for references.
  private func effects(
    _ ids: [Int64], _ target: ActiveConnector, movesOnly: Bool, _ tx: StoreTransaction
  ) throws -> [ObjectEffect] {
    let rows = try tx.storedMetaverse(ids)
    let linked = try linked(to: ids, target, tx)
    let asks =
      [facts.before, facts.after].contains { !$0.outboundNeeds.all.isEmpty }
      || changesInbound && facts.after.inboundNeeds.values.contains { !$0.isEmpty }
    guard !asks else {
      return try rows.map { try effect(of: $0, linked, target, movesOnly: movesOnly, tx) }
    }
    let reader = try LoadedBatch(tx, facts: facts.after, connector: target, [])
    return try Parallel.map(rows) {
      try effect(of: $0, linked, target, movesOnly: movesOnly, reader)
    }
  }

  /// What belongs to metaverse objects, as far as it matters: what the target has, and, where what
  /// others give may be something else now, these.
  private func linked(
    to ids: [Int64], _ target: ActiveConnector, _ tx: StoreTransaction
  ) throws -> [Int64: [ConnectorSpaceObject]] {
    let pairs =
      changesInbound
      ? try tx.linkedIDs(to: ids) : try tx.linkedIDs(to: ids, connector: target.id)
    let owners = Dictionary(
      pairs.map { ($0.object, $0.metaverse) }, uniquingKeysWith: { first, _ in first })
    let objects = try Parallel.map(try tx.storedObjects(owners.keys.sorted())) {
      try facts.after.coder.decode($0)
    }
    return Dictionary(grouping: objects) { owners[$0.id] ?? 0 }
  }

  private func effect(
    of row: StoredMetaverse, _ linked: [Int64: [ConnectorSpaceObject]],
    _ target: ActiveConnector, movesOnly: Bool, _ reader: some SyncReading
  ) throws -> ObjectEffect {
    let object = try facts.after.coder.decode(row)
    let others = linked[object.id] ?? []
    let there = others.first { $0.connector == target.id }
    func evaluate(
      _ facts: PlanFacts, _ plan: SyncPlan, _ values: AttributeSet
    ) throws -> OutboundEvaluation {
      try facts.evaluateOutbound(
        object.id, type: object.objectType, values, target, plan, reader, isNew: there == nil)
    }
    let values = object.values
    let will = try self.values(of: object, others, reader) ?? values
    let was = try evaluate(facts.before, before, values)
    let now = try evaluate(facts.after, after, will)
    let goes =
      there.map { there in
        now.makesOther(than: was)
          || was.gone(there.linkKind, by: there.linkRule, number: facts.before.number) == nil
            && now.gone(there.linkKind, by: there.linkRule, number: facts.after.number) != nil
      } ?? false
    return ObjectEffect(
      object,
      in: there.map { HeldLink(object: $0, target: target, unions: facts.after.unions[target.id]) },
      goes: goes, movesOnly: movesOnly, was, now)
  }

  /// What a metaverse object says once those that give it something are looked at by the rules
  /// after the change; nil if that is not known, or none of it is for them to change.
  private func values(
    of object: MetaverseObject, _ linked: [ConnectorSpaceObject], _ reader: some SyncReading
  ) throws -> AttributeSet? {
    guard changesInbound else { return nil }
    var now: [(contributor: Int64, contribution: Contribution)] = []
    for other in linked where facts.after.contributors.contains(other.connector) {
      guard let image = other.image, let connector = after.connector(other.connector) else {
        return nil
      }
      let said = try facts.after.evaluateInbound(other, image, connector, after, reader)
      guard said.failures.isEmpty else { return nil }
      guard said.links || other.desired != nil else { continue }
      now += said.contributions.map { (other.id, $0) }
    }
    guard !now.isEmpty, !linked.contains(where: { facts.after.retired.contains($0.connector) })
    else { return nil }
    return HeldValues(stored: object, before: facts.before, after: facts.after).values(now)
  }
}
