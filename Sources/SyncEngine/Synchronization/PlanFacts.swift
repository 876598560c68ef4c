import Certificates
import Directory
import SyncRules
import SyncStore

/// What a plan says, worked out once a step.
///
/// A class: every decision about an object holds it, on all cores at once, and copying a dozen
/// tables for each is what they would wait for.
final class PlanFacts: Sendable {
  let references: [Int64: Set<AttributeName>]
  let contributors: Set<Int64>
  /// The sources that are not configured any more.
  let retired: Set<Int64>
  /// The connectors whose objects give values to the metaverse.
  let givers: Set<Int64>
  let indexedMetaverse: Set<AttributeName>
  let metaverseReferences: Set<AttributeName>
  /// Those of them to which expressions may give references.
  let madeReferences: Set<AttributeName>
  /// Those in which the references of all rules count together, not only the strongest rule's.
  let mergedReferences: Set<AttributeName>
  /// Metaverse attributes in which inbound rules unite what they give.
  let mergedAttributes: Set<AttributeName>
  /// Attributes of targets to which expressions may give references; only targets that have some.
  let madeOutbound: [Int64: Set<AttributeName>]
  /// Attributes of targets to which references of several metaverse attributes may flow, with these;
  /// only targets that have some.
  let contested: [Int64: [AttributeName: Set<AttributeName>]]
  /// The targets to which references may flow only when an object is made there.
  let onceReferences: Set<Int64>
  /// Attributes of targets that take one reference, and to which several may flow; only targets that
  /// have some.
  let singles: [Int64: Set<AttributeName>]
  /// The types of objects that rules make in each target, in small letters.
  let typesMade: [Int64: Set<String>]
  /// What rules unite with what targets have; only targets of which there is some.
  let unions: [Int64: OutboundUnions]
  /// Metaverse attributes of references of which an inbound rule may say that they stay.
  let keptReferences: Set<AttributeName>
  /// The outbound rules that may make references, by the name under which these are kept.
  let madeRules: [AttributeName: SyncRule]
  let targets: [ActiveConnector]
  /// The names that only rules of targets have.
  let outboundRuleNames: Set<String>
  /// The types that Provision rules make in each target.
  let provided: [Int64: Set<String>]
  /// The targets from which JoinNoFlow rules keep what they have in scope.
  let withholding: Set<Int64>
  /// What inbound rules ask of references, by connector.
  let inboundNeeds: [Int64: SubjectNeeds]
  /// What outbound rules ask of references.
  let outboundNeeds: OutboundNeeds
  /// Attributes in which joins look for objects of each connector.
  let indexedConnector: [Int64: Set<AttributeName>]
  /// Writes what the store keeps, with the numbers of all names and rules of the plan.
  let coder: StoreCoder
  let now: Timestamp
  /// How many references are held at a time for all objects of a batch: one that holds more is worked
  /// on by itself.
  let referenceRoom: Int
  /// How many that is for each object of a batch.
  static let roomForEach = 100
  /// By which flows the references of this step's objects flow.
  let flowMemory = FlowMemory()
  /// What this step has counted of its objects.
  let counted = CountedObjects()
  private let rules: [SyncRule]
  private let ruleNumbers: [ObjectIdentifier: Int64]
  private let ruleRanks: [ObjectIdentifier: Int]
  /// The numbers of rules that the store knows and that are not in force any more.
  private let goneRules: Set<Int64>
  // The rank of each attribute that rules write, in order of the names, by the name's number.
  private let ranks: [Int32]

  /// The facts of a plan; its names and rules get numbers in the store.
  init(
    _ plan: SyncPlan, _ tx: StoreTransaction, now: Timestamp = .now,
    batchSize: Int = EngineOptions.usualBatchSize
  ) throws {
    referenceRoom = batchSize * Self.roomForEach
    references = Dictionary(
      plan.connectors.map { ($0.id, $0.references) }, uniquingKeysWith: { first, _ in first })
    contributors = Set(plan.connectors.filter(plan.contributes).map(\.id))
    retired = Set(try tx.retiredSources().map(\.id))
    givers = Set(
      plan.connectors.filter { plan.rules(of: $0, .inbound).contains { !$0.flows.isEmpty } }
        .map(\.id))
    indexedMetaverse = plan.rules.indexedMetaverseAttributes.union(["userPrincipalName"])
    metaverseReferences = plan.metaverseReferences
    madeReferences = plan.madeReferences
    mergedAttributes = plan.mergedAttributes
    mergedReferences = metaverseReferences.intersection(mergedAttributes)
    // Nothing is written to a source, whatever rules say that were made for another product. What
    // rules wanted of a target is taken back where there are none for it any more.
    targets = try plan.connectors.filter {
      try !$0.engine.isSource
        && (!plan.rules(of: $0, .outbound).isEmpty || tx.wantsAnything(of: $0.id))
    }
    madeOutbound = Dictionary(
      targets.map { ($0.id, plan.madeReferences(in: $0)) }, uniquingKeysWith: { first, _ in first }
    ).filter { !$0.value.isEmpty }
    contested = Self.contested(plan, targets, metaverseReferences)
    singles = Self.singles(plan, targets, merged: mergedReferences)
    typesMade = Dictionary(
      targets.map { target in
        let makers = plan.rules(of: target, .outbound).filter { $0.linkType == .provision }
        return (target.id, Set(makers.map { $0.targetType.lowercased() }))
      }, uniquingKeysWith: { first, _ in first })
    onceReferences = Self.onceReferences(plan, targets, metaverseReferences)
    unions = Dictionary(
      targets.map { ($0.id, OutboundUnions(plan.rules(of: $0, .outbound))) },
      uniquingKeysWith: { first, _ in first }
    ).filter { !$0.value.isEmpty }
    keptReferences = Self.keptReferences(plan).intersection(metaverseReferences)
    madeRules = Self.madeRules(plan, targets, madeOutbound)
    provided = Dictionary(
      plan.connectors.map { connector in
        let rules = plan.rules(of: connector, .outbound).filter { $0.linkType == .provision }
        return (connector.id, Set(rules.map { $0.targetType.lowercased() }))
      }, uniquingKeysWith: { first, _ in first })
    withholding = Set(
      targets.filter { target in
        plan.rules(of: target, .outbound).contains { $0.linkType == .joinNoFlow }
      }.map(\.id))
    inboundNeeds = Dictionary(
      plan.connectors.map { ($0.id, SubjectNeeds(inboundFrom: $0, plan)) },
      uniquingKeysWith: { first, _ in first })
    outboundNeeds = OutboundNeeds(plan)
    indexedConnector = Dictionary(
      plan.connectors.map { connector in
        (connector.id, plan.rules.indexedConnectorAttributes(connector: connector.name))
      }, uniquingKeysWith: { first, _ in first })
    rules = plan.rules.rules
    outboundRuleNames = Set(rules.filter { $0.direction == .outbound }.map(\.name))
      .subtracting(rules.filter { $0.direction == .inbound }.map(\.name))
    let written = Set(rules.flatMap { $0.flows.map(\.target) }).union(
      contested.values.flatMap { $0 }.flatMap { name, sources in
        sources.map { ReferenceFlow.mark(of: $0, name) }
      })
    let coder = try tx.coder(
      numbering: written, rules: rules.map { (key: $0.id, name: $0.name) })
    self.coder = coder
    ruleNumbers = Dictionary(
      rules.map { (ObjectIdentifier($0), coder.ruleID($0.id) ?? 0) },
      uniquingKeysWith: { first, _ in first })
    ruleRanks = Self.ranks(rules.filter { !$0.isDisabled })
    goneRules = coder.rules.subtracting(
      rules.filter { !$0.isDisabled }.compactMap { coder.ruleID($0.id) })
    var ranks = [Int32](repeating: -1, count: (written.map(\.number).max() ?? -1) + 1)
    for (rank, name) in written.sorted().enumerated() { ranks[name.number] = Int32(rank) }
    self.ranks = ranks
    self.now = now
  }

  private static func contested(
    _ plan: SyncPlan, _ targets: [ActiveConnector], _ references: Set<AttributeName>
  ) -> [Int64: [AttributeName: Set<AttributeName>]] {
    var found: [Int64: [AttributeName: Set<AttributeName>]] = [:]
    for target in targets {
      var sources: [AttributeName: Set<AttributeName>] = [:]
      for flow in plan.rules(of: target, .outbound).flatMap(\.flows) {
        guard case .direct(let source) = flow.source, references.contains(source) else { continue }
        sources[flow.target, default: []].insert(source)
      }
      let contested = sources.filter { $0.value.count > 1 }
      if !contested.isEmpty { found[target.id] = contested }
    }
    return found
  }

  /// From which of several attributes references flow to those of a target, as marks in what is
  /// wanted of it: when that changes, they flow anew.
  func choices(_ evaluation: OutboundEvaluation, _ target: ActiveConnector) -> [AttributeName] {
    guard let contested = contested[target.id] else { return [] }
    return evaluation.referenceFlows.filter { contested[$0.target]?.contains($0.source) == true }
      .map(\.mark)
  }

  private static func onceReferences(
    _ plan: SyncPlan, _ targets: [ActiveConnector], _ references: Set<AttributeName>
  ) -> Set<Int64> {
    let found = targets.filter { target in
      plan.rules(of: target, .outbound).flatMap(\.flows).contains { flow in
        guard flow.applyOnce else { return false }
        if case .direct(let name) = flow.source { return references.contains(name) }
        return flow.mayMakeReferences(of: references)
      }
    }
    return Set(found.map(\.id))
  }

  private static func keptReferences(_ plan: SyncPlan) -> Set<AttributeName> {
    let flows = plan.rules.rules.filter { $0.direction == .inbound && !$0.isDisabled }
      .flatMap(\.flows)
    return Set(flows.filter(\.mayBeIgnored).map(\.target))
  }

  private static func madeRules(
    _ plan: SyncPlan, _ targets: [ActiveConnector], _ made: [Int64: Set<AttributeName>]
  ) -> [AttributeName: SyncRule] {
    var found: [AttributeName: SyncRule] = [:]
    for target in targets {
      guard let names = made[target.id] else { continue }
      for rule in plan.rules(of: target, .outbound) {
        for flow in rule.flows where names.contains(flow.target) {
          found[MadeReferences.source(of: rule, flow.target)] = rule
        }
      }
    }
    return found
  }

  /// The references that stay as the rules gave them before, since they say so now.
  func kept(_ evaluation: InboundEvaluation) -> [KeptReferences] {
    guard !keptReferences.isEmpty else { return [] }
    let said = evaluation.contributions
    return said.filter { item in
      item.kind == .ignored && keptReferences.contains(item.target)
        && !said.contains { $0.kind == .authoritativeNull && $0.target == item.target }
    }.map {
      KeptReferences(
        attribute: $0.target, rule: number(of: $0.rule), heirlooms: goneRules)
    }
  }

  /// What an attribute holds by a flow of an object, or by one to which this is the heir: that of a
  /// rule that is no more, as one is that got another name, or was copied to be changed.
  func gave(
    _ contribution: Contribution, of contributor: Int64, in stored: MetaverseObject
  ) -> MetaverseAttribute? {
    let rule = number(of: contribution.rule)
    return stored.attributes.first { held in
      held.name == contribution.target && held.contributor == contributor && !held.values.isEmpty
        && (held.rule == rule || goneRules.contains(held.rule))
    }
  }

  /// The number of a rule in the store.
  func number(of rule: SyncRule) -> Int64 {
    ruleNumbers[ObjectIdentifier(rule)] ?? coder.ruleID(rule.id) ?? 0
  }

  /// How strong the references are that a rule gives; the smaller counts.
  func rank(of rule: SyncRule) -> Int {
    ruleRanks[ObjectIdentifier(rule)] ?? rule.precedence * ReferenceRank.step
  }

  /// The ranks of rules in their order: those of one precedence follow one another.
  private static func ranks(_ rules: [SyncRule]) -> [ObjectIdentifier: Int] {
    var found: [ObjectIdentifier: Int] = [:]
    var last: (precedence: Int, place: Int)?
    for rule in rules {
      let place = last.flatMap { $0.precedence == rule.precedence ? $0.place + 1 : nil } ?? 0
      found[ObjectIdentifier(rule)] =
        rule.precedence * ReferenceRank.step + min(place, ReferenceRank.step - 1)
      last = (rule.precedence, place)
    }
    return found
  }

  /// The attributes in order of their names.
  func sorted(_ attributes: [Attribute]) -> [Attribute] {
    guard let order = order(attributes.lazy.map(\.name)) else {
      return attributes.sorted { $0.name < $1.name }
    }
    return order.map { attributes[$0] }
  }

  /// The names in their order, each once.
  func sorted(_ names: [AttributeName]) -> [AttributeName] {
    guard let order = order(names) else { return Set(names).sorted() }
    var result: [AttributeName] = []
    result.reserveCapacity(names.count)
    for place in order where result.last != names[place] { result.append(names[place]) }
    return result
  }

  /// The places of names in their order; nil if one is none that rules write.
  ///
  /// Numbers are sorted, which touches nothing else.
  private func order(_ names: some Sequence<AttributeName>) -> [Int]? {
    var keys: [Int] = []
    keys.reserveCapacity(names.underestimatedCount)
    for (place, name) in names.enumerated() {
      guard let rank = rank(of: name) else { return nil }
      keys.append(Int(rank) << 32 | place)
    }
    keys.sort()
    return keys.map { $0 & 0xFFFF_FFFF }
  }

  private func rank(of name: AttributeName) -> Int32? {
    guard name.number < ranks.count, case let rank = ranks[name.number], rank >= 0 else {
      return nil
    }
    return rank
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
    var subject = RuleSubject(image, dn: object.dn, references: references[connector.id] ?? [])
    prepare(&subject)
    if let needs = inboundNeeds[connector.id], !needs.isEmpty {
      for name in needs.values {
        let limit = needs.limit(of: name)
        subject.take(
          try reader.references(of: object.id, name, limit: limit + 1), of: name, limit: limit)
      }
      for name in needs.counts {
        subject.counts[name] = try reader.referenceCount(of: object.id, name)
      }
      if !needs.groups.isEmpty {
        subject.groups = try reader.groups(
          of: object.id, among: needs.groups, connector: connector.id)
      }
    }
    var evaluation = plan.rules.evaluateInbound(
      connector: connector.name, objectType: object.objectType, subject)
    if !madeReferences.isEmpty { evaluation.takeReferences(for: madeReferences) }
    return evaluation
  }

  /// Has the objects of a connector synchronized again whose membership in a group changed for which its
  /// inbound rules ask; before references are looked at, which tell it.
  func keepMembersPending(of connector: ActiveConnector, _ tx: StoreTransaction) throws {
    guard let needs = inboundNeeds[connector.id], !needs.groups.isEmpty else { return }
    try tx.keepPending(membersOf: needs.groups, connector: connector.id)
  }

  /// What the outbound rules make of a metaverse object for a target, in which `isNew` says that
  /// its counterpart is yet to be made.
  func evaluateOutbound(
    _ metaverse: Int64, type: String, _ values: AttributeSet, _ target: ActiveConnector,
    _ plan: SyncPlan, _ reader: some SyncReading, isNew: Bool = false
  ) throws -> OutboundEvaluation {
    var subject = RuleSubject(values, references: metaverseReferences, isNew: isNew)
    prepare(&subject)
    let needs = outboundNeeds.of(type)
    for name in needs.values {
      let limit = needs.limit(of: name)
      subject.take(
        try reader.metaverseReferences(of: metaverse, name, limit: limit + 1), of: name,
        limit: limit)
    }
    for name in needs.counts {
      subject.counts[name] = try reader.metaverseReferenceCount(of: metaverse, name)
    }
    var evaluation = plan.rules.evaluateOutbound(
      connector: target.name, metaverseType: type, subject)
    if let made = madeOutbound[target.id] { evaluation.takeReferences(for: made) }
    return evaluation
  }

  /// Gives expressions what they ask for beside the object.
  private func prepare(_ subject: inout RuleSubject) {
    subject.now = now
    subject.certificates = CertificateReader()
  }
}

extension RuleSubject {
  /// Takes references that were asked for with one more than the limit, which tells of others.
  fileprivate mutating func take(
    _ values: [AttributeValue], of name: AttributeName, limit: Int
  ) {
    guard !values.isEmpty else { return }
    presentReferences.insert(name)
    if values.count > limit {
      shortened.insert(name)
      referenceValues[name] = Array(values.prefix(limit))
    } else {
      referenceValues[name] = values
    }
  }
}
