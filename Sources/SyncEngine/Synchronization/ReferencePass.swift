import Directory
import SyncRules
import SyncStore

/// Lets references flow once the objects of a step are in place: late, because a group may come
/// before its members, and a row at a time, because one member must cost the same in any group.
struct ReferencePass {
  let tx: StoreTransaction
  let plan: SyncPlan
  let facts: PlanFacts
  let step: Int64
  /// Whether the step has gone through all objects of its connector.
  let followsFull: Bool
  /// Whose references alone are looked at; nil for those of the whole connector.
  let subject: Subject?

  /// An object, with those that share its metaverse object, and its metaverse objects, before and
  /// after it was synchronized: what is looked at refers from one of them, or to one.
  struct Subject {
    var objects: Set<Int64>
    var metaverse: Set<Int64>
  }

  typealias Outbound = (object: Int64, flows: [ReferenceFlow])
  typealias Inbound = (
    metaverse: Int64?, flows: [ReferenceFlow], kept: [KeptReferences], failure: FlowFailure?
  )
  var inbound: [Int64: Inbound] = [:]
  var outbound: [Int64: [Int64: (object: Int64, flows: [ReferenceFlow])]] = [:]
  /// Metaverse objects whose references in an attribute changed for which scopes ask, and those of
  /// which a target's rules fail.
  private(set) var rescoped: Set<Int64> = []
  /// Linked objects of the connector of which inbound rules fail now: their references wait until
  /// they don't.
  private(set) var failed: [Int64: SyncFailure] = [:]
  /// Metaverse objects of which a target's rules fail.
  var failing: Set<Int64> = []
  /// Metaverse objects of which several references flow to where one has its place.
  private(set) var crowded: [Int64: SyncFailure] = [:]
  /// Those that were looked at, and of which this is not so.
  var roomy: Set<Int64> = []
  private var partners: [Int64: Int64] = [:]
  // By target, of the metaverse objects that the references at hand mean.
  private var counterparts: [Int64: [Int64: Int64]] = [:]
  /// Objects of targets whose exports are yet to be settled.
  private var unsettled: Set<Int64> = []
  /// What came into an attribute and went from it, and by which rule the first of it did.
  struct Change {
    var added: [Int64] = []
    var removed: [Int64] = []
    var rule: Int64
  }
  typealias Changes = [Int64: [AttributeName: Change]]
  var changes: Changes = [:]
  /// Of attributes of the metaverse to which references come by weaker rules than before, between
  /// which ranks that is.
  typealias Weakened = [StoreTransaction.MetaverseReferences: (before: Int, now: Int)]
  /// Those of the references at hand.
  private(set) var weakened: Weakened = [:]
  /// Those of the references before these: what stands between is looked at already.
  var knownWeakened: Weakened = [:]
  /// What objects of the connector give now and gave before, by the objects that are meant.
  var given: Changes = [:]
  /// What objects gave of which nothing else flowed, as rows of the metaverse.
  var lost: [Int64: [StoreTransaction.ChangedMetaverseReference]] = [:]

  init(
    tx: StoreTransaction, plan: SyncPlan, facts: PlanFacts, step: Int64, followsFull: Bool,
    subject: Subject? = nil
  ) {
    self.tx = tx
    self.plan = plan
    self.facts = facts
    self.step = step
    self.followsFull = followsFull
    self.subject = subject
  }

  /// Takes up to `limit` changed references of a connector space into the metaverse; the answer
  /// is how many there were.
  ///
  /// Those of ``failed`` objects are not taken: the caller notes why, and they wait.
  mutating func takeIn(
    _ connector: ActiveConnector, limit: Int, _ tally: inout CounterTally
  ) throws -> Int {
    let made = try takeInMade(limit: limit)
    guard made == 0 else { return made }
    let changed = try tx.changedReferences(
      connector: connector.id, outbound: facts.outboundRuleNames, about: subject?.objects,
      limit: limit)
    try prepare(inbound: Set(changed.map(\.source)), connector)
    partners = try tx.metaverseIDs(of: Set(changed.compactMap(\.target)))
    for reference in changed where try !fails(reference, connector) {
      try takeIn(reference, connector)
      try tx.settle(reference)
    }
    try reconsider()
    try recordGiven(&tally)
    return changed.count
  }

  /// Has what other rules give looked at, which may be as strong as what came by a stronger one.
  private func reconsider() throws {
    for (holder, range) in weakened {
      if let known = knownWeakened[holder], known.before <= range.before, known.now >= range.now {
        continue
      }
      try tx.reconsider(weakerThan: range.before, upTo: range.now, of: holder)
    }
  }

  /// Notes by which rule a reference comes now that came by another one before.
  private mutating func note(
    _ rule: SyncRule, after before: Int, _ holder: StoreTransaction.MetaverseReferences
  ) {
    let now = facts.rank(of: rule)
    guard before < now, !facts.mergedReferences.contains(holder.attribute) else { return }
    let range = weakened[holder] ?? (before, now)
    weakened[holder] = (min(range.before, before), max(range.now, now))
  }

  /// Whether the object that refers can't be synchronized, though it could when it last was: an
  /// expression may say something else at another time.
  private mutating func fails(
    _ reference: StoreTransaction.ChangedReference, _ connector: ActiveConnector
  ) throws -> Bool {
    let source = try source(reference.source, connector)
    // What fails by the name of an outbound rule is taken in all the same.
    guard source.metaverse != nil, let failure = source.failure,
      !facts.outboundRuleNames.contains(failure.rule.name)
    else { return false }
    failed[reference.source] = SyncFailure(failure)
    return true
  }

  /// Takes references that outbound rules made for objects of the targets into the metaverse, where
  /// they wait for the counterparts of what they mean as all others do.
  private mutating func takeInMade(limit: Int) throws -> Int {
    guard try tx.hasOutboundReferences() else { return 0 }
    var count = 0
    for target in facts.targets {
      let changed = try tx.changedMadeReferences(
        connector: target.id, about: subject?.objects, limit: limit)
      let owners = try tx.metaverseIDs(
        of: Set(changed.map(\.source)).union(changed.compactMap(\.target)))
      for reference in changed {
        if let owner = owners[reference.source], let object = reference.target,
          let meant = owners[object]
        {
          try takeIn(made: reference, from: owner, to: meant)
        }
        try tx.settle(reference)
      }
      count += changed.count
    }
    return count
  }

  private func takeIn(
    made reference: StoreTransaction.ChangedReference, from owner: Int64, to meant: Int64
  ) throws {
    let number = StoreTransaction.metaverseNumber(of: reference.value)
    // Of one that is gone, another address may mean the same object.
    let stays =
      try reference.isRemoved
      ? reference.target.map { try tx.refers(reference.source, reference.attribute, to: $0) }
        == true
      : number ?? meant == meant
    if let rule = facts.madeRules[reference.attribute], stays {
      try tx.flow(
        reference.attribute, from: owner, to: meant, contributor: reference.source,
        rule: facts.number(of: rule), precedence: facts.rank(of: rule))
    } else {
      try tx.unflow(reference.attribute, from: owner, to: meant, contributor: reference.source)
    }
  }

  private mutating func takeIn(
    _ reference: StoreTransaction.ChangedReference, _ connector: ActiveConnector
  ) throws {
    let (metaverse, flows, kept, _) = try source(reference.source, connector)
    guard let metaverse, let targetObject = reference.target,
      let target = partners[targetObject]
    else { return }
    // Of several rules that let it flow to one attribute the first is the strongest.
    var seen: [AttributeName] = []
    for flow in flows where flow.source == reference.attribute && !seen.contains(flow.target) {
      seen.append(flow.target)
      guard let best = try giver(of: reference, to: targetObject, flow, flows) else {
        // What a rule gave stays as long as that one says so.
        let own = kept.filter { $0.attribute == flow.target }
        if !own.isEmpty,
          let there = try tx.giver(
            of: flow.target, from: metaverse, to: target, contributor: reference.source),
          own.contains(where: { $0.wereGiven(by: there.rule) })
        {
          continue
        }
        let isChange = try tx.unflow(
          flow.target, from: metaverse, to: target, contributor: reference.source)
        if isChange { note(flow, of: reference.source) { $0.removed.append(targetObject) } }
        continue
      }
      let before = try tx.flow(
        flow.target, from: metaverse, to: target, contributor: reference.source,
        rule: facts.number(of: best.rule), precedence: facts.rank(of: best.rule))
      if let before {
        note(best.rule, after: before, .init(source: metaverse, attribute: flow.target))
      } else {
        note(best, of: reference.source) { $0.added.append(targetObject) }
      }
    }
  }

  /// Notes what an object gives; that of one that got its metaverse object now is a part of that.
  private mutating func note(
    _ flow: ReferenceFlow, of object: Int64, _ note: (inout Change) -> Void
  ) {
    guard !facts.counted.isNew(object) else { return }
    // The rule's number is asked for once an attribute, not for each member of a group.
    note(
      &given[object, default: [:]][
        flow.target, default: Change(rule: facts.number(of: flow.rule))])
  }

  /// The strongest flow of an object that gives a reference to the attribute to which `flow` goes.
  ///
  /// The object may hold the same reference in several attributes, and in one of them under several
  /// names, an old one and a new one; nil if it holds none any more.
  private func giver(
    of reference: StoreTransaction.ChangedReference, to object: Int64, _ flow: ReferenceFlow,
    _ flows: [ReferenceFlow]
  ) throws -> ReferenceFlow? {
    var best = reference.isRemoved ? nil : flow
    for other in flows
    where other.target == flow.target && (reference.isRemoved || other.source != flow.source) {
      guard best.map({ facts.rank(of: other.rule) < facts.rank(of: $0.rule) }) ?? true,
        try tx.refers(reference.source, other.source, to: object)
      else { continue }
      best = other
    }
    return best
  }

  private mutating func source(
    _ id: Int64, _ connector: ActiveConnector
  ) throws -> Inbound {
    if let known = inbound[id] { return known }
    var found: Inbound = (nil, [], [], nil)
    if let object = try tx.object(id), let image = object.image {
      let evaluation = try facts.evaluateInbound(object, image, connector, plan, tx)
      // An object that can't be synchronized stays as it is; it flows once it can.
      found = (
        object.metaverse, evaluation.failures.isEmpty ? evaluation.referenceFlows : [],
        facts.kept(evaluation), evaluation.failures.first
      )
    }
    inbound[id] = found
    return found
  }

  /// What was looked at on its way out.
  struct Page {
    /// How many references there were.
    var count = 0
    /// How many of them need not be looked at any more.
    var settled = 0
    /// The metaverse object to go on with; nil at the end.
    var next: Int64?
  }

  /// Takes up to `limit` changed references of metaverse objects, from the object `first` on, out to
  /// the targets.
  ///
  /// Those of an object of which a target's rules fail, or failed when it was synchronized, wait
  /// until they don't; so do those of ``crowded`` ones.
  mutating func takeOut(
    from first: Int64, limit: Int, _ connector: ActiveConnector, _ tally: inout CounterTally
  ) throws -> Page {
    let changed = try tx.changedMetaverseReferences(
      from: first, about: subject?.metaverse, limit: limit)
    let holders = Set(changed.map(\.holder.source))
    let failed = try tx.unableToLeave(holders, outbound: facts.outboundRuleNames)
    try prepare(outbound: holders)
    try findCounterparts(of: Set(changed.map(\.target)))
    let asked = facts.outboundNeeds.all.all
    var page = Page(count: changed.count)
    // Those of an object come together; which rule is the strongest does not change meanwhile.
    var holder: StoreTransaction.MetaverseReferences?
    var strongest: Int?
    var promoted: [StoreTransaction.MetaverseReferences: Int] = [:]
    for var reference in changed {
      let id = reference.holder.source
      if failed.contains(id) { continue }
      _ = try targets(of: id)
      if failing.contains(id) {
        rescoped.insert(id)
        continue
      }
      if let failure = try crowded[id] ?? crowding(of: id) {
        crowded[id] = failure
        continue
      }
      if asked.contains(reference.holder.attribute) { rescoped.insert(reference.holder.source) }
      if holder != reference.holder {
        holder = reference.holder
        strongest = try self.strongest(of: reference.holder)
        if let strongest, strongest < .max {
          try tx.overrideWeaker(than: strongest, of: reference.holder)
        }
      }
      // What an ignored flow gave gives way for good, as a value does.
      if let strongest, strongest < KeptReferences.rank,
        reference.precedence >= KeptReferences.rank
      {
        reference.isRemoved = true
      }
      let counts = try counts(reference, strongest)
      try takeOut(reference, stays: counts)
      try tx.settle(reference)
      page.settled += 1
      // Who is gone is taken out of what referred to it without a word of that one.
      if reference.isRemoved, facts.counted.countsLoss(of: reference.contributor) {
        lost[reference.contributor, default: []].append(reference)
      }
      if let strongest, strongest < .max, reference.isRemoved, reference.precedence < strongest {
        promoted[reference.holder] = strongest
      }
    }
    for (holder, strongest) in promoted { try tx.promote(strongest, of: holder) }
    for id in unsettled.sorted() { try tx.settleExport(of: id) }
    unsettled = []
    try recordChanges(&tally)
    try recordLost(connector, &tally)
    if changed.count == limit, let last = changed.last?.holder.source {
      let waits = failed.contains(last) || failing.contains(last) || crowded[last] != nil
      page.next = waits ? last + 1 : last
    }
    return page
  }

  private mutating func findCounterparts(of metaverse: Set<Int64>) throws {
    counterparts = [:]
    for target in facts.targets {
      counterparts[target.id] = Dictionary(
        try tx.linkedIDs(to: metaverse, connector: target.id).map { ($0.metaverse, $0.object) },
        uniquingKeysWith: { first, _ in first })
    }
  }

  /// The rank up to which rules count that give references to an attribute: that of the
  /// strongest, or any where all are united; nil if none gives any.
  func strongest(of holder: StoreTransaction.MetaverseReferences) throws -> Int? {
    let strongest = try tx.strongest(of: holder)
    return strongest == nil || !facts.mergedReferences.contains(holder.attribute)
      ? strongest : .max
  }

  /// Whether a rule as strong as any that gives references to the attribute gives this one.
  private func counts(
    _ reference: StoreTransaction.ChangedMetaverseReference, _ strongest: Int?
  ) throws -> Bool {
    guard let strongest else { return false }
    if !reference.isRemoved && reference.precedence <= strongest { return true }
    return try tx.strongest(of: reference).map { $0 <= strongest } ?? false
  }

  private mutating func takeOut(
    _ reference: StoreTransaction.ChangedMetaverseReference, stays: Bool
  ) throws {
    let attribute = reference.holder.attribute
    for (connector, source) in try targets(of: reference.holder.source) {
      guard let target = counterparts[connector]?[reference.target] else { continue }
      let own = source.flows.filter { $0.source == attribute }
      for flow in own {
        if try !stays && isGivenOtherwise(reference, in: flow.target, source.flows) { continue }
        try set(flow.target, of: source.object, to: target, isWanted: stays, by: flow.rule)
      }
      // What came from here while this flowed there stays only if what flows there now gives it.
      let others = source.flows.lazy.map(\.target).filter { name in
        !own.contains { $0.target == name }
      }
      for name in Set(others)
      where try tx.wantsReference(name, of: source.object, to: target)
        && !isGivenOtherwise(reference, in: name, source.flows)
      {
        try set(name, of: source.object, to: target, isWanted: false)
      }
    }
  }

  private mutating func set(
    _ attribute: AttributeName, of object: Int64, to target: Int64, isWanted: Bool,
    by rule: SyncRule? = nil
  ) throws {
    let isChange = try tx.setReference(
      attribute, of: object, to: target, isWanted: isWanted, unsettled: &unsettled)
    guard isChange else { return }
    let facts = facts
    if isWanted {
      changes[object, default: [:]][
        attribute, default: Change(rule: rule.map(facts.number) ?? 0)
      ].added.append(target)
    } else {
      changes[object, default: [:]][
        attribute, default: Change(rule: rule.map(facts.number) ?? 0)
      ].removed.append(target)
    }
  }

  /// Whether a flow from another attribute to `target` gives the reference.
  private func isGivenOtherwise(
    _ reference: StoreTransaction.ChangedMetaverseReference, in target: AttributeName,
    _ flows: [ReferenceFlow]
  ) throws -> Bool {
    for other in flows
    where other.target == target && other.source != reference.holder.attribute {
      var rival = reference
      rival.holder.attribute = other.source
      guard let limit = try strongest(of: rival.holder), let own = try tx.strongest(of: rival)
      else { continue }
      if own <= limit { return true }
    }
    return false
  }

  mutating func targets(
    of metaverse: Int64
  ) throws -> [Int64: (object: Int64, flows: [ReferenceFlow])] {
    if let known = outbound[metaverse] { return known }
    var found: [Int64: (object: Int64, flows: [ReferenceFlow])] = [:]
    if let object = try tx.metaverse(metaverse) {
      for target in facts.targets {
        guard let linked = try tx.linkedID(to: metaverse, connector: target.id) else { continue }
        let evaluation = try facts.evaluateOutbound(
          metaverse, type: object.objectType, object.values, target, plan, tx,
          isNew: try isNew(linked, in: target))
        guard evaluation.failures.isEmpty else {
          failing.insert(metaverse)
          continue
        }
        found[target.id] = (linked, evaluation.referenceFlows)
      }
    }
    outbound[metaverse] = found
    return found
  }

  /// Whether references that flow once still do: the target is yet to show the object.
  func isNew(_ object: Int64, in target: ActiveConnector) throws -> Bool {
    try facts.onceReferences.contains(target.id) && tx.object(object)?.image == nil
  }
}
