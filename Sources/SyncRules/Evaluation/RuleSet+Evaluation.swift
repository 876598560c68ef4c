public import Directory
import SyncExpressions

extension RuleSet {
  /// What the inbound rules say of an object of a connector space.
  ///
  /// - Parameters:
  ///   - connector: The name of the object's connector.
  ///   - objectType: The object's type.
  ///   - subject: What the rules read of it.
  public func evaluateInbound(
    connector: String, objectType: String, _ subject: RuleSubject
  ) -> InboundEvaluation {
    var result = InboundEvaluation()
    guard let bucket = inbound.bucket(connector, objectType) else { return result }
    let reading = ObjectReading(bucket, subject)
    result.contributions.reserveCapacity(bucket.slots.count)
    var joins = JoinCollector(reading)
    var silence = Silence(bucket)
    for item in bucket.rules {
      if let failed = reading.failures(item) {
        result.outOfScope.append(RuleExclusion(rule: item.rule, failed: failed))
        continue
      }
      let link = item.rule.linkType
      result.inScope.append(item.rule)
      result.keepsAlive = result.keepsAlive || link != .join
      // Any type is none to make an object of.
      let makes = item.rule.targetType != SyncRule.anyType && reading.creates(item)
      result.projects = result.projects || makes
      joins.add(item)
      for place in item.flows {
        let found = reading.result(of: place)
        silence.note(found, of: place)
        result.take(found)
      }
    }
    if let failure = reading.undecidedScope { result.failures.append(failure) }
    silence.tell(&result)
    result.joins = joins.attempts
    let named = result.inScope.first { $0.targetType != SyncRule.anyType }
    result.metaverseType = (named ?? result.inScope.first)?.targetType
    result.settleReferences()
    return result
  }

  /// What the outbound rules to `connector` say of a metaverse object.
  ///
  /// - Parameters:
  ///   - connector: The name of the target's connector.
  ///   - metaverseType: The object's type.
  ///   - subject: What the rules read of it, and whether its counterpart is yet to be made.
  public func evaluateOutbound(
    connector: String, metaverseType: String, _ subject: RuleSubject
  ) -> OutboundEvaluation {
    var result = OutboundEvaluation()
    guard let bucket = outbound.bucket(connector, metaverseType) else { return result }
    let reading = ObjectReading(bucket, subject)
    var isInScope = [Bool](repeating: false, count: bucket.rules.count)
    var joins = JoinCollector(reading)
    joins.isHardMatchBlocked = matching(for: connector).blockHardMatch
    for (index, item) in bucket.rules.enumerated() {
      if let failed = reading.failures(item) {
        result.outOfScope.append(RuleExclusion(rule: item.rule, failed: failed))
        continue
      }
      isInScope[index] = true
      result.inScope.append(item.rule)
      result.provisions = result.provisions || reading.creates(item)
      joins.add(item)
    }
    if let failure = reading.undecidedScope { result.failures.append(failure) }
    result.joins = joins.attempts
    result.connectorType = result.inScope.first?.targetType
    result.dependsOnNewness = bucket.hasOnceFlows
    guard !result.flowsNothing else {
      result.provisions = false
      // Nothing is taken over that would be forbidden.
      for place in result.joins.indices { result.joins[place].isBlocked = false }
      return result
    }
    guard !result.inScope.isEmpty else { return result }
    result.attributes.reserveCapacity(bucket.slots.count)
    result.unvalued.reserveCapacity(bucket.slots.count)
    for slot in bucket.slots { result.resolve(slot, bucket, isInScope, reading) }
    return result
  }

  /// What the rules for objects of a type of a connector space ask for.
  public func needs(inboundFrom connector: String, objectType: String) -> RuleNeeds {
    inbound.bucket(connector, objectType)?.needs ?? RuleNeeds()
  }

  /// What the rules that take metaverse objects of a type to a connector ask for.
  public func needs(outboundTo connector: String, metaverseType: String) -> RuleNeeds {
    outbound.bucket(connector, metaverseType)?.needs ?? RuleNeeds()
  }
}

extension RuleSet {
  /// What the inbound rules say of an object with plain attributes.
  ///
  /// - Parameters:
  ///   - attributes: The object's values, without those of `references`.
  ///   - references: Attributes whose values are rows elsewhere, like `member`.
  ///   - presentReferences: Those of them that have a value.
  public func evaluateInbound(
    connector: String, objectType: String, attributes: AttributeSet,
    references: Set<AttributeName>, presentReferences: Set<AttributeName> = []
  ) -> InboundEvaluation {
    evaluateInbound(
      connector: connector, objectType: objectType,
      RuleSubject(attributes, references: references, presentReferences: presentReferences))
  }

  /// What the outbound rules to `connector` say of a metaverse object with plain attributes, whose
  /// counterpart is yet to be made.
  ///
  /// - Parameters:
  ///   - attributes: The object's values, without those of `references`.
  ///   - references: Attributes whose values are rows elsewhere, like `member`.
  ///   - presentReferences: Those of them that have a value.
  public func evaluateOutbound(
    connector: String, metaverseType: String, attributes: AttributeSet,
    references: Set<AttributeName>, presentReferences: Set<AttributeName> = []
  ) -> OutboundEvaluation {
    evaluateOutbound(
      connector: connector, metaverseType: metaverseType,
      RuleSubject(attributes, references: references, presentReferences: presentReferences))
  }

  /// Whether the password of an object is to be synchronized: an inbound and an outbound rule that
  /// it is in scope of carry the flag.
  public static func synchronizesPassword(
    _ inbound: InboundEvaluation, _ outbound: OutboundEvaluation
  ) -> Bool {
    inbound.enablesPasswordSync && outbound.enablesPasswordSync
  }
}

extension ObjectReading {
  /// The failure of a scope that can't be decided by the values at hand.
  fileprivate var undecidedScope: FlowFailure? {
    guard let clause = undecided,
      let rule = bucket.rules.first(where: { item in
        item.rule.scope.groups.contains { $0.clauses.contains(clause) }
      })?.rule
    else { return nil }
    let count = subject.referenceValues[clause.attribute]?.count ?? 0
    return FlowFailure(
      rule: rule, target: clause.attribute, expression: clause.description,
      failure: .shortened(clause.attribute, count: count), value: "")
  }

  /// Whether the rule makes an object on the other side for this one.
  fileprivate func creates(_ item: RuleBucket.Rule) -> Bool {
    guard item.rule.linkType == .provision else { return false }
    return item.joinSources.isEmpty || item.joinSources.contains { isPresent(at: $0) }
  }
}

/// The ways to look for a partner, each once, in the order of the rules.
private struct JoinCollector {
  let reading: ObjectReading
  var isHardMatchBlocked = false
  private(set) var attempts: [JoinAttempt] = []
  private var seen: [Int] = []

  init(_ reading: ObjectReading) { self.reading = reading }

  mutating func add(_ item: RuleBucket.Rule) {
    for place in item.joins where !seen.contains(place) {
      let (group, sources) = reading.bucket.joins[place]
      guard sources.allSatisfy({ !reading.values(at: $0).isEmpty }) else { continue }
      seen.append(place)
      let conditions = zip(group.conditions, sources).map { condition, source in
        JoinAttempt.Condition(
          source: condition.source, target: condition.target,
          values: reading.values(at: source), isCaseSensitive: condition.isCaseSensitive)
      }
      attempts.append(
        JoinAttempt(
          rule: item.rule, conditions: conditions, match: group.match,
          anchors: group.match == .soft ? reading.bucket.anchors : [],
          isBlocked: group.match == .hard && isHardMatchBlocked))
    }
  }
}

/// Flows without a value of which something is to be told: those that leave their attribute to a
/// weaker rule that has one, and those that apply once, since what they gave before may stay.
private struct Silence {
  private let bucket: RuleBucket
  private var places: [Int] = []
  /// By the place of the attribute, whether a rule has given it a value.
  private var isGiven: [Bool]

  init(_ bucket: RuleBucket) {
    self.bucket = bucket
    isGiven = Array(repeating: false, count: bucket.slots.count)
  }

  mutating func note(_ result: FlowResult, of place: Int) {
    let slot = bucket.contested[place]
    switch result {
    case .contribution(let contribution):
      if slot >= 0, !contribution.values.isEmpty { isGiven[slot] = true }
    case .nothing:
      if slot >= 0 && !isGiven[slot] || bucket.flows[place].flow.applyOnce { places.append(place) }
    case .reference, .failure: break
    }
  }

  func tell(_ evaluation: inout InboundEvaluation) {
    for place in places {
      let (slot, flow) = (bucket.contested[place], bucket.flows[place].flow)
      guard flow.applyOnce || isGiven[slot] else { continue }
      evaluation.contributions.append(Contribution(flow, []))
    }
  }
}

extension InboundEvaluation {
  fileprivate mutating func take(_ result: FlowResult) {
    switch result {
    case .contribution(let contribution): contributions.append(contribution)
    case .reference(let flow): referenceFlows.append(flow)
    case .failure(let failure): failures.append(failure)
    case .nothing: break
    }
  }

  // References are chosen between where they are stored; here only what an expression says of them
  // counts: AuthoritativeNull takes weaker flows out, IgnoreThisFlow keeps what is stored.
  fileprivate mutating func settleReferences() {
    guard !referenceFlows.isEmpty, contributions.contains(where: { $0.values.isEmpty }) else {
      return
    }
    let targets = Set(referenceFlows.map(\.target))
    let emptied = Set(contributions.filter { $0.kind == .authoritativeNull }.map(\.target))
    for said in contributions where said.kind == .authoritativeNull {
      referenceFlows.removeAll { $0.target == said.target && said.rule.precedes($0.rule) }
    }
    contributions.removeAll {
      targets.contains($0.target) && $0.values.isEmpty
        && ($0.kind != .ignored || emptied.contains($0.target))
    }
  }
}

extension RuleBucket.Slot {
  /// Whether what the rules give to the attribute is united; they all say the same.
  fileprivate func unites(_ bucket: RuleBucket) -> Bool {
    offers.first.map { bucket.flows[bucket.offers[$0].flow].flow.merge != .update } ?? false
  }
}

extension OutboundEvaluation {
  fileprivate mutating func resolve(
    _ slot: RuleBucket.Slot, _ bucket: RuleBucket, _ isInScope: [Bool], _ reading: ObjectReading
  ) {
    let isNew = reading.subject.isNew
    func isTaken(_ offer: RuleBucket.Offer) -> Bool {
      isInScope[offer.rule] && (isNew || !offer.isOnce)
    }
    // Of several rules that write an attribute, most often one is in scope, and most have no value.
    var taken: Int?
    var isAlone = true
    var isBlank = true
    for place in slot.offers {
      let offer = bucket.offers[place]
      guard isTaken(offer) else { continue }
      isAlone = taken == nil
      taken = offer.flow
      isBlank = isBlank && offer.attribute >= 0 && reading.isBlank(at: offer.attribute)
      if !isAlone && !isBlank { break }
    }
    guard let taken else { return }
    if isBlank { return unvalued.append(slot.target) }
    if isAlone { return resolve(alone: reading.result(of: taken), slot) }
    var candidates: [MetaverseMerge.Candidate] = []
    var flows: [ReferenceFlow] = []
    var isBlocked = false
    for place in slot.offers where isTaken(bucket.offers[place]) {
      switch reading.offer(of: bucket.offers[place].flow) {
      case .contribution(let contribution):
        candidates.append(.init(contributor: nil, contribution: contribution))
        isBlocked = isBlocked || contribution.kind == .authoritativeNull
      case .reference(let flow): if !isBlocked { flows.append(flow) }
      case .failure(let failure): failures.append(failure)
      case .nothing: break
      }
    }
    if let first = flows.first {
      let there = flows.first { reading.subject.presentReferences.contains($0.source) }
      candidates.removeAll { candidate in
        candidate.contribution.values.isEmpty
          || there.map { $0.rule.precedes(candidate.contribution.rule) } ?? false
      }
      // Rows that are there count, unless a stronger rule gives a value itself; where rules unite
      // what they give, the rows of all do.
      if candidates.isEmpty {
        referenceFlows += slot.unites(bucket) ? flows : [there ?? first]
      }
    }
    if !candidates.isEmpty { choose(candidates, slot.target) }
  }

  // Most attributes are written by one rule, which needs no comparing.
  private mutating func resolve(alone result: FlowResult, _ slot: RuleBucket.Slot) {
    switch result {
    case .contribution(let contribution) where contribution.kind == .ignored:
      kept.insert(slot.target)
    case .contribution(let contribution) where contribution.values.isEmpty:
      unvalued.append(slot.target)
    case .contribution(let contribution): attributes.append(ResolvedAttribute(contribution, nil))
    case .reference(let flow): referenceFlows.append(flow)
    case .failure(let failure): failures.append(failure)
    case .nothing: unvalued.append(slot.target)
    }
  }

  private mutating func choose(
    _ candidates: [MetaverseMerge.Candidate], _ target: AttributeName
  ) {
    if let resolved = MetaverseMerge.resolve(candidates) {
      attributes.append(resolved)
      return
    }
    let isRemoved = candidates.contains { $0.contribution.kind == .authoritativeNull }
    if !isRemoved, candidates.contains(where: { $0.contribution.kind == .ignored }) {
      kept.insert(target)
    } else {
      unvalued.append(target)
    }
  }
}
