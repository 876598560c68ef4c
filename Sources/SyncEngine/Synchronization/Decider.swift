import Directory
import SyncRules
import SyncStore

/// Decides what synchronizing one object comes to; stores nothing.
///
/// What is decided depends only on what is read, so an object may be synchronized any number of
/// times: the second time changes nothing.
///
/// A class: it lives for one decision, and closures that ask it something copy nothing.
final class Decider<Reader: SyncReading> {
  /// What all decisions of a batch share, behind one pointer, so that a decider is cheap to make.
  final class Surroundings {
    let reader: Reader
    let plan: SyncPlan
    /// What the plan says, worked out once a step.
    let facts: PlanFacts
    let connector: ActiveConnector

    init(reader: Reader, plan: SyncPlan, facts: PlanFacts, connector: ActiveConnector) {
      self.reader = reader
      self.plan = plan
      self.facts = facts
      self.connector = connector
    }
  }

  let surroundings: Surroundings
  var decision = Decision()
  /// By which flows references go to the targets; nil if that may not be so any more when they do.
  var outgoing: [FlowMemory.Outgoing]? = []
  /// The object whose link this decision undoes: for look-ups it is free again.
  var disconnected: ConnectorSpaceObject?

  var reader: Reader { surroundings.reader }
  var plan: SyncPlan { surroundings.plan }
  var facts: PlanFacts { surroundings.facts }
  var connector: ActiveConnector { surroundings.connector }

  init(_ surroundings: Surroundings) { self.surroundings = surroundings }

  convenience init(
    reader: Reader, plan: SyncPlan, facts: PlanFacts, connector: ActiveConnector
  ) {
    self.init(
      Surroundings(reader: reader, plan: plan, facts: facts, connector: connector))
  }

  /// What to do about `object`; an object that can't be synchronized comes to its failure alone.
  static func decide(
    _ object: ConnectorSpaceObject, evaluation: InboundEvaluation? = nil,
    in surroundings: Surroundings
  ) throws -> Decision {
    let decider = Decider(surroundings)
    do {
      try decider.process(object, evaluation)
    } catch let failure as SyncFailure {
      // Nothing of the attempt stays: what was half done is neither stored nor counted.
      decider.decision.effects = [.fail(object, failure)]
      decider.decision.counted = []
      decider.decision.count(.flowFailure)
      decider.decision.writes = Footprint()
      decider.decision.writes.note(object: object.id)
    }
    return decider.decision
  }

  private func process(
    _ object: ConnectorSpaceObject, _ known: InboundEvaluation?
  ) throws {
    decision.reads.note(object: object.id)
    if let metaverse = object.metaverse { decision.reads.note(metaverse: metaverse) }
    guard let image = object.image else { return try removeLost(object) }
    let evaluation =
      try known ?? facts.evaluateInbound(object, image, connector, plan, reader)
    if let failure = evaluation.failures.first { throw SyncFailure(failure) }
    if object.isDeleteAdd { decision.count(.connectorDeleteAddProcessed) }
    // What rules made or took over in a target stays linked as long as they want it there.
    if evaluation.inScope.isEmpty && object.desired == nil {
      return try leaveOut(object, evaluation)
    }
    if let metaverse = object.metaverse, let stored = try self.metaverse(metaverse) {
      if object.linkKind != .provisioned || object.awaitsDelete,
        let type = evaluation.metaverseType,
        type != SyncRule.anyType, !SyncRule.isSame(type, stored.objectType)
      {
        return try changeType(object, to: type)
      }
      // Without such a rule it would not come to its metaverse object either.
      guard evaluation.links || object.desired != nil else {
        return try leaveOrphaned(
          object, evaluation, because: "no rule that makes or joins it has it in scope any more"
        ) { $0.linkType != .join || !$0.joins.isEmpty }
      }
      guard try isKept(stored, by: object, evaluation) else {
        return try leaveOrphaned(
          object, evaluation, because: "no Provision rule has it in scope any more"
        ) { $0.linkType != .join }
      }
      try flow(object, evaluation, into: stored)
    } else {
      if try connect(object, evaluation) { return }
    }
    finishImport(of: object, isFiltered: false)
    // While it could not be synchronized, its references did not flow.
    if object.hasSyncError { decision.effects.append(.touchObject(object.id)) }
  }

  // MARK: Reading

  func metaverse(_ id: Int64) throws -> MetaverseObject? {
    decision.reads.note(metaverse: id)
    return try reader.metaverse(id)
  }

  func linked(to metaverse: Int64) throws -> [ConnectorSpaceObject] {
    decision.reads.note(metaverse: metaverse)
    return try reader.linked(to: metaverse)
  }

  /// Metaverse objects of a type, or of any, that fulfil all conditions of a join.
  func findMetaverse(
    type: String, _ conditions: [JoinLookup]
  ) throws -> [MetaverseObject] {
    var found: [MetaverseObject] = []
    for key in conditions.flatMap(\.keys) { decision.reads.note(key) }
    for query in conditions.queries(type: type) {
      for id in try reader.metaverseHolding(query) where !found.contains(where: { $0.id == id }) {
        guard let object = try metaverse(id),
          type == SyncRule.anyType || SyncRule.isSame(object.objectType, type),
          case let values = object.values, conditions.allSatisfy({ $0.matches(values) })
        else { continue }
        found.append(object)
      }
    }
    return found
  }

  /// Objects of a connector space without a metaverse object that fulfil all conditions of a join.
  func findUnlinked(
    connector: Int64, type: String, _ conditions: [JoinLookup]
  ) throws -> [ConnectorSpaceObject] {
    var found: [ConnectorSpaceObject] = []
    for key in conditions.flatMap(\.keys) { decision.reads.note(key, connector: connector) }
    for query in conditions.queries(type: type) {
      for id in try reader.objectsHolding(query, connector: connector)
      where !found.contains(where: { $0.id == id }) {
        decision.reads.note(object: id)
        guard let object = try reader.object(id),
          object.metaverse == nil || object.id == disconnected?.id,
          SyncRule.isSame(object.objectType, type),
          let image = object.image, conditions.allSatisfy({ $0.matches(image) })
        else { continue }
        found.append(object)
      }
    }
    // One that this decision itself sets free is not looked up where nothing was free before.
    if let disconnected, disconnected.connector == connector,
      SyncRule.isSame(disconnected.objectType, type),
      !found.contains(where: { $0.id == disconnected.id }), let image = disconnected.image,
      !conditions.isEmpty, conditions.allSatisfy({ $0.matches(image) })
    {
      found.append(disconnected)
    }
    return found
  }

  /// What the inbound rules make of an object; of one that awaits its leaving, what they made of it.
  func evaluate(_ object: ConnectorSpaceObject) throws -> InboundEvaluation? {
    guard let image = object.image ?? (awaitsLeaving(object) ? object.last : nil),
      let connector = plan.connector(object.connector)
    else { return nil }
    // Whose member it was is not known any more.
    if object.image == nil, facts.inboundNeeds[object.connector]?.groups.isEmpty == false {
      return nil
    }
    return try facts.evaluateInbound(object, image, connector, plan, reader)
  }

  // MARK: Deciding

  func finishImport(of object: ConnectorSpaceObject, isFiltered: Bool) {
    guard object.hasPendingImport || object.hasSyncError || object.isFiltered != isFiltered else {
      return
    }
    decision.effects.append(.finishImport(object, isFiltered: isFiltered))
  }

  func record(_ change: ObjectChange) {
    var change = change
    change.encoded = facts.coder.encode(change.deltas)
    // What is stored are the bytes; the deltas are only for names that have no number yet.
    if change.encoded != nil { change.deltas = [] }
    decision.effects.append(.record(change))
  }

  func change(
    _ counter: Counter, _ object: ConnectorSpaceObject, _ deltas: [ObjectChange.Delta]
  ) -> ObjectChange {
    ObjectChange(
      counter, objectID: object.id, dn: object.dn, display: object.display,
      objectType: object.objectType, deltas: deltas)
  }

  func image(
    _ attributes: [MetaverseAttribute], display: String
  ) -> SyncEffect.MetaverseImage {
    let encoded = facts.coder.encode(attributes)
    return SyncEffect.MetaverseImage(
      attributes: encoded == nil ? attributes : [], encoded: encoded, display: display)
  }

  /// Under what joins find a metaverse object.
  func keys(_ attributes: [MetaverseAttribute]) -> [JoinKey] {
    attributes.filter { facts.indexedMetaverse.contains($0.name) }.flatMap { attribute in
      attribute.values.map { JoinKey(attribute.name, $0) }
    }
  }

  /// The number of a rule in the store.
  func number(_ rule: SyncRule) -> Int64 { facts.number(of: rule) }
}

extension JoinAttempt {
  /// The conditions as the store looks them up.
  var lookups: [JoinLookup] {
    conditions.map {
      JoinLookup(attribute: $0.target, values: $0.values, isCaseSensitive: $0.isCaseSensitive)
    }
  }
}

extension Decider.Surroundings: Sendable where Reader: Sendable {}
