import Directory
import SyncRules
import SyncStore

/// Synchronizes objects of one connector with the metaverse, and the metaverse with the targets,
/// inside one transaction.
///
/// What is computed depends only on what is stored, so an object may be synchronized any number of
/// times: the second time changes nothing.
struct Synchronizer {
  let tx: StoreTransaction
  let plan: SyncPlan
  let connector: ActiveConnector
  let step: Int64
  /// What the plan says, worked out once a step.
  let facts: PlanFacts
  var tally = CounterTally()

  /// An object that can't be synchronized as it is.
  struct Failure: Error {
    var type: SyncErrorType
    var message: String
    var hint: String
    var attribute = ""
    var value = ""
    var other: Int64?
  }

  /// Synchronizes one object; its failure is recorded, and the object stays pending.
  mutating func synchronize(_ object: ConnectorSpaceObject) throws {
    let counted = tally
    do {
      try tx.attempt { try process(object) }
    } catch let failure as Failure {
      // Nothing of the attempt stays: what was half done is neither stored nor counted.
      tally = counted
      tally.count(.flowFailure)
      var error = StepError(
        .synchronization, failure.type, objectID: object.id, dn: object.dn,
        message: failure.message, hint: failure.hint)
      error.attribute = failure.attribute
      error.value = failure.value
      error.otherObjectID = failure.other
      try tx.record(error, step: step, connector: connector.id)
      try tx.keepPending(object.id)
    }
  }

  private mutating func process(_ object: ConnectorSpaceObject) throws {
    guard let image = object.image else { return try removeLost(object) }
    let evaluation = try facts.evaluateInbound(object, image, connector, plan, tx)
    // What rules made or took over in a target stays linked as long as they want it there.
    if evaluation.inScope.isEmpty && object.desired == nil {
      return try leaveOut(object, isFiltered: !evaluation.outOfScope.isEmpty)
    }
    if let metaverse = object.metaverse, let stored = try tx.metaverse(metaverse) {
      try flow(object, evaluation, into: stored)
    } else {
      if try connect(object, evaluation) { return }
    }
    try tx.finishImport(of: object, isFiltered: false)
  }

  // MARK: Disconnectors

  /// Joins or projects a disconnector; the answer is whether its import is finished with that.
  private mutating func connect(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation
  ) throws -> Bool {
    guard let type = evaluation.metaverseType else {
      tally.count(.disconnectorRemains)
      return false
    }
    if let (metaverse, rule) = try join(object, evaluation, type: type),
      let stored = try tx.metaverse(metaverse)
    {
      try tx.link(
        object.id, to: metaverse, .joined, rule: try tx.ruleID(rule.id, name: rule.name))
      let deltas = try update(stored, with: [(object, evaluation)])
      let counter: Counter = deltas.isEmpty ? .disconnectorJoinedNoFlow : .disconnectorJoinedFlow
      tally.count(counter)
      try tx.record(change(counter, object, deltas), step: step)
      return false
    }
    guard evaluation.projects else {
      tally.count(.disconnectorRemains)
      return false
    }
    try project(object, evaluation, type: type)
    return true
  }

  private func join(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, type: String
  ) throws -> (metaverse: Int64, rule: SyncRule)? {
    for attempt in evaluation.joins {
      let lookups = attempt.conditions.map {
        JoinLookup(
          attribute: $0.target, values: $0.values, isCaseSensitive: $0.isCaseSensitive)
      }
      let found = try tx.findMetaverse(objectType: type, lookups)
      guard found.count == 1, let metaverse = found.first else { continue }
      if let other = try tx.linked(to: metaverse, connector: connector.id).first {
        throw ambiguous(object, other, attempt)
      }
      return (metaverse, attempt.rule)
    }
    return nil
  }

  private func ambiguous(
    _ object: ConnectorSpaceObject, _ other: ConnectorSpaceObject, _ attempt: JoinAttempt
  ) -> Failure {
    let condition = attempt.conditions.first
    let value = condition?.values.first?.portableText ?? ""
    return Failure(
      type: .ambiguousImportFlow,
      message: "\(object.dn) and \(other.dn) both join the same metaverse object by "
        + "\(condition?.source.text ?? "a join rule") = \(value) (rule \(attempt.rule.name))",
      hint: "Only one object of a connector can be a person: correct the value at one of the two",
      attribute: condition?.source.text ?? "", value: value, other: other.id)
  }

  private mutating func project(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, type: String
  ) throws {
    let resolved = MetaverseMerge.resolve(
      evaluation.contributions.map { (contributor: object.id, contribution: $0) })
    let attributes = try resolved.map { try attribute($0, current: nil) }
    let display = self.display(attributes) ?? object.display
    let metaverse = try tx.insertMetaverse(
      objectType: type, attributes, display: display, indexed: facts.indexedMetaverse)
    let rule = evaluation.inScope.first { $0.linkType == .provision } ?? evaluation.inScope[0]
    try tx.linkProjected(
      object.id, to: metaverse, rule: try tx.ruleID(rule.id, name: rule.name))
    let counter: Counter =
      attributes.isEmpty ? .disconnectorProjectedNoFlow : .disconnectorProjectedFlow
    tally.count(counter)
    try tx.record(
      change(counter, object, attributes.map { delta(from: nil, to: $0) }), step: step)
    try outbound(
      MetaverseObject(id: metaverse, objectType: type, attributes: attributes), display: display,
      isNew: true)
  }

  // MARK: Connectors

  private mutating func flow(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, into stored: MetaverseObject
  ) throws {
    let deltas = try update(stored, with: [(object, evaluation)])
    let counter: Counter = deltas.isEmpty ? .connectorNoFlow : .connectorFlow
    tally.count(counter)
    if !deltas.isEmpty { try tx.record(change(counter, object, deltas), step: step) }
  }

  /// Brings a metaverse object to what its contributors give now, and the targets with it; the
  /// answer is what changed.
  private mutating func update(
    _ stored: MetaverseObject,
    with known: [(object: ConnectorSpaceObject, evaluation: InboundEvaluation)]
  ) throws -> [ObjectChange.Delta] {
    let contributions = try contributions(to: stored, known)
    let current = Dictionary(
      stored.attributes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let attributes = try MetaverseMerge.resolve(contributions).map {
      try attribute($0, current: current[$0.attribute])
    }
    let new = Dictionary(
      attributes.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var deltas: [ObjectChange.Delta] = []
    for item in attributes where current[item.name]?.values != item.values {
      deltas.append(delta(from: current[item.name], to: item))
    }
    for item in stored.attributes where new[item.name] == nil {
      deltas.append(.init(item.name, before: item.values, after: []))
    }
    let display = self.display(attributes) ?? known.first?.object.display ?? ""
    if attributes != stored.attributes {
      try tx.updateMetaverse(
        stored.id, attributes, display: display, indexed: facts.indexedMetaverse,
        reindex: deltas.contains { facts.indexedMetaverse.contains($0.name) })
    }
    try outbound(
      MetaverseObject(id: stored.id, objectType: stored.objectType, attributes: attributes),
      display: display)
    return deltas
  }

  private func contributions(
    to stored: MetaverseObject,
    _ known: [(object: ConnectorSpaceObject, evaluation: InboundEvaluation)]
  ) throws -> [(contributor: Int64, contribution: Contribution)] {
    var result: [(contributor: Int64, contribution: Contribution)] = []
    for (object, evaluation) in known {
      result += evaluation.contributions.map { (object.id, $0) }
    }
    let others = facts.contributors.subtracting(known.map(\.object.connector))
    if !others.isEmpty {
      for other in try tx.linked(to: stored.id)
      where others.contains(other.connector)
        && !known.contains(where: { $0.object.id == other.id })
      {
        result += (try evaluate(other)?.contributions ?? []).map { (other.id, $0) }
      }
    }
    // A value that flows only once keeps what it was when the object was new.
    return result.map { contributor, contribution in
      guard contribution.applyOnce,
        let current = stored.attributes.first(where: { $0.name == contribution.target })
      else { return (contributor, contribution) }
      var kept = contribution
      kept.values = current.values
      return (contributor, kept)
    }
  }

  private func evaluate(_ object: ConnectorSpaceObject) throws -> InboundEvaluation? {
    guard let image = object.image, let connector = plan.connector(object.connector) else {
      return nil
    }
    return try facts.evaluateInbound(object, image, connector, plan, tx)
  }

  private func attribute(
    _ resolved: ResolvedAttribute, current: MetaverseAttribute?
  ) throws -> MetaverseAttribute {
    let rule = resolved.winner.rule
    let item = MetaverseAttribute(
      name: resolved.attribute, values: AttributeSet.canonical(resolved.values),
      contributor: resolved.contributor ?? 0, rule: try tx.ruleID(rule.id, name: rule.name),
      time: facts.now)
    guard let current, current.values == item.values, current.contributor == item.contributor,
      current.rule == item.rule
    else { return item }
    return current
  }

  private func delta(
    from old: MetaverseAttribute?, to new: MetaverseAttribute
  ) -> ObjectChange.Delta {
    .init(new.name, before: old?.values ?? [], after: new.values, rule: new.rule)
  }

  private func display(_ attributes: [MetaverseAttribute]) -> String? {
    for name in ["displayName", "cn", "userPrincipalName"] as [AttributeName] {
      if let text = attributes.first(where: { $0.name == name })?.values.first?.text {
        return text
      }
    }
    return nil
  }

  func change(
    _ counter: Counter, _ object: ConnectorSpaceObject, _ deltas: [ObjectChange.Delta]
  ) -> ObjectChange {
    ObjectChange(
      counter, objectID: object.id, dn: object.dn, display: object.display,
      objectType: object.objectType, deltas: deltas)
  }

  // MARK: Objects that leave

  /// No rule has the object in scope.
  private mutating func leaveOut(_ object: ConnectorSpaceObject, isFiltered: Bool) throws {
    if object.metaverse != nil {
      let removed = try disconnect(object, isFiltered: true)
      let counter: Counter =
        removed ? .connectorFilteredRemoveMV : .connectorFilteredLeaveMV
      tally.count(counter)
      try tx.record(change(counter, object, []), step: step)
    } else {
      tally.count(isFiltered ? .disconnectorFiltered : .disconnectorRemains)
    }
    try tx.finishImport(of: object, isFiltered: isFiltered)
  }

  /// The directory does not hold the object any more.
  private mutating func removeLost(_ object: ConnectorSpaceObject) throws {
    if object.metaverse != nil {
      let removed = try disconnect(object, isFiltered: false)
      let counter: Counter = removed ? .connectorDeleteRemoveMV : .connectorDeleteLeaveMV
      tally.count(counter)
      try tx.record(change(counter, object, []), step: step)
    }
    try tx.remove(object.id)
  }

  /// Takes an object from its metaverse object; the answer is whether that one is gone, too.
  private mutating func disconnect(
    _ object: ConnectorSpaceObject, isFiltered: Bool
  ) throws -> Bool {
    guard let metaverse = object.metaverse else { return false }
    try tx.unlink(object.id, isFiltered: isFiltered)
    let others = try tx.linked(to: metaverse)
    let isAlive = try others.contains {
      try facts.contributors.contains($0.connector) && evaluate($0)?.keepsAlive == true
    }
    guard isAlive, let stored = try tx.metaverse(metaverse) else {
      for other in others { try release(other) }
      try tx.deleteMetaverse(metaverse)
      return true
    }
    _ = try update(stored, with: [])
    return false
  }

  /// The metaverse object of `other` is gone: what the rules made of it goes, too.
  private mutating func release(_ other: ConnectorSpaceObject) throws {
    guard other.desired != nil else {
      try tx.unlink(other.id, isFiltered: false)
      return
    }
    try deprovision(other)
  }

  /// Has an object deleted in its target that rules have made there, or that a Provision rule took
  /// over; one that Join rules only wrote to is let go.
  mutating func deprovision(_ object: ConnectorSpaceObject) throws {
    guard object.linkKind == .provisioned || facts.provides(object) else {
      try tx.letGo(object.id)
      return
    }
    try tx.deprovision(object)
    tally.count(.provisionedDisconnect, target: object.connector)
    var change = change(.provisionedDisconnect, object, [])
    change.target = object.connector
    try tx.record(change, step: step)
  }
}
