import Directory
import SyncRules
import SyncStore

/// From a connector space to the metaverse.
extension Decider {
  /// Joins or projects a disconnector; the answer is whether its import is finished with that.
  func connect(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation
  ) throws -> Bool {
    guard let type = evaluation.metaverseType else {
      decision.count(.disconnectorRemains)
      return false
    }
    if try isReplaced(object, evaluation, type: type) {
      remain(object, evaluation)
      return false
    }
    let match = try join(object, evaluation, type: type)
    if let (stored, _) = match, try staysApart(object, from: stored) {
      remain(object, evaluation)
      return false
    }
    if let (stored, rule) = match {
      let isMade = object.isMadeThatGoes
      decision.effects.append(
        .link(
          object.id, to: .known(stored.id), isMade ? .provisioned : .joined,
          rule: isMade ? object.linkRule : number(rule)))
      decision.writes.note(object: object.id)
      decision.writes.note(metaverse: stored.id)
      noteFlows(of: object, evaluation, isFirst: true)
      var joined = object
      joined.metaverse = stored.id
      joined.linkKind = isMade ? .provisioned : .joined
      let deltas = try update(stored, with: joined, evaluation)
      let counter: Counter = deltas.isEmpty ? .disconnectorJoinedNoFlow : .disconnectorJoinedFlow
      decision.count(counter, of: object.id)
      var change = change(counter, object, deltas)
      change.metaverse = stored.id
      change.linkRule = number(rule)
      record(change)
      return false
    }
    guard evaluation.projects else {
      remain(object, evaluation)
      return false
    }
    try project(object, evaluation, type: type)
    return true
  }

  /// Leaves an object without a metaverse object until there is one that it may join.
  private func remain(_ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation) {
    decision.count(.disconnectorRemains)
    let keys = evaluation.joins.flatMap { $0.lookups.flatMap(\.keys) }
    if !keys.isEmpty { decision.effects.append(.wait(object.id, keys)) }
  }

  /// Whether an object of a target that is to be deleted there stays without the metaverse object
  /// that it would join, since the rules want nothing of that one in the target.
  ///
  /// Only where they find it again by their own joins once they do: it would be made a second time
  /// otherwise.
  private func staysApart(
    _ object: ConnectorSpaceObject, from metaverse: MetaverseObject
  ) throws -> Bool {
    guard object.awaitsDelete, let image = object.image else { return false }
    let values = metaverse.values
    let isFoundAgain = plan.rules(of: connector, .outbound).contains { rule in
      rule.makes(object.objectType, of: metaverse.objectType)
        && rule.joins.contains { $0.match != .soft && $0.matches(values, image) }
    }
    guard isFoundAgain else { return false }
    let wanted = try facts.evaluateOutbound(
      metaverse.id, type: metaverse.objectType, values, connector, plan, reader)
    return !wanted.keeps && wanted.failures.isEmpty
  }

  /// Whether an object of a target that is to be deleted there would join a metaverse object for which
  /// there is another one by now, as of another type: it only waits for its leaving.
  private func isReplaced(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, type: String
  ) throws -> Bool {
    guard object.awaitsDelete else { return false }
    return try evaluation.joins.contains { attempt in
      let found = try findMetaverse(type: type, attempt.lookups)
      guard found.count == 1, let metaverse = found.first else { return false }
      return try linked(to: metaverse.id).contains { $0.connector == connector.id }
    }
  }

  private func join(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, type: String
  ) throws -> (metaverse: MetaverseObject, rule: SyncRule)? {
    for attempt in evaluation.joins {
      let found = try findMetaverse(type: type, attempt.lookups)
      guard found.count == 1, let metaverse = found.first else { continue }
      let other = try linked(to: metaverse.id).first { $0.connector == connector.id }
      if let other { throw ambiguous(object, other, attempt) }
      try checkOthers(than: attempt, metaverse, object, evaluation, type: type)
      return (metaverse, attempt.rule)
    }
    return nil
  }

  /// Several rules may have join conditions as long as they mean the same partner.
  private func checkOthers(
    than attempt: JoinAttempt, _ metaverse: MetaverseObject, _ object: ConnectorSpaceObject,
    _ evaluation: InboundEvaluation, type: String
  ) throws {
    for other in evaluation.joins where other.rule != attempt.rule {
      let found = try findMetaverse(type: type, other.lookups)
      guard found.count == 1, let rival = found.first, rival.id != metaverse.id else { continue }
      let condition = other.conditions.first
      let (first, second) = (try partner(metaverse), try partner(rival))
      throw SyncFailure(
        type: .ruleConflictingJoins,
        message: "The rules \(attempt.rule.name) and \(other.rule.name) join \(object.dn) to two "
          + "different metaverse objects: the one to \(first.name) by \(Self.words(attempt)), the "
          + "other to \(second.name) by \(Self.words(other))",
        hint: "Correct the values that the rules compare, or remove the join conditions of one",
        attribute: condition?.source.text ?? "",
        value: condition?.values.first?.portableText ?? "", other: second.object,
        rule: other.rule.name)
    }
  }

  /// A metaverse object by the name of what it was made of, and that object.
  private func partner(
    _ metaverse: MetaverseObject
  ) throws -> (name: String, object: Int64?) {
    let there = try linked(to: metaverse.id).first
    let name = display(metaverse.attributes) ?? ""
    let address = there?.dn ?? "metaverse object \(metaverse.id)"
    return (name.isEmpty ? address : "\(name) (\(address))", there?.id)
  }

  private static func words(_ attempt: JoinAttempt) -> String {
    attempt.conditions.map { condition in
      "\(condition.source) = "
        + condition.values.prefix(3).map(\.portableText)
        .joined(separator: ", ")
    }.joined(separator: " and ")
  }

  private func ambiguous(
    _ object: ConnectorSpaceObject, _ other: ConnectorSpaceObject, _ attempt: JoinAttempt
  ) -> SyncFailure {
    let condition = attempt.conditions.first
    let value = condition?.values.first?.portableText ?? ""
    let there = other.image ?? AttributeSet()
    if let moved = attempt.conditions.first(where: { !$0.isFulfilled(by: there) }) {
      let now = there[moved.source].prefix(3).map(\.portableText).joined(separator: ", ")
      return SyncFailure(
        type: .ambiguousImportFlow,
        message: "\(object.dn) would join by \(Self.words(attempt)) the metaverse object that "
          + "\(other.dn) joined earlier, which has "
          + (now.isEmpty ? "no \(moved.source)" : "\(moved.source) = \(now)")
          + " by now (rule \(attempt.rule.name))",
        hint: "Only one object of a connector can be a person. \(other.dn) leaves it when it is "
          + "deleted, or when no rule has it in scope; this one takes its place then",
        attribute: moved.source.text,
        value: moved.values.first?.portableText ?? "", other: other.id, rule: attempt.rule.name)
    }
    return SyncFailure(
      type: .ambiguousImportFlow,
      message: "\(object.dn) and \(other.dn) both join the same metaverse object by "
        + "\(condition?.source.text ?? "a join rule") = \(value) (rule \(attempt.rule.name))",
      hint: "Only one object of a connector can be a person: correct the value at one of the two",
      attribute: condition?.source.text ?? "", value: value, other: other.id,
      rule: attempt.rule.name)
  }

  private func project(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, type: String
  ) throws {
    let resolved = MetaverseMerge.resolve(
      evaluation.contributions.map { (contributor: object.id, contribution: $0) },
      tellsEmptied: true)
    let attributes = Settled(resolved.map { attribute($0, current: nil) }).attributes
    let display = self.display(attributes) ?? object.display
    let keys = keys(attributes)
    for key in keys { decision.writes.note(key) }
    decision.writes.note(object: object.id)
    decision.effects.append(
      .insertMetaverse(type: type, image(attributes, display: display), keys: keys))
    let rule = evaluation.inScope.first { $0.linkType == .provision } ?? evaluation.inScope[0]
    decision.effects.append(
      .linkProjected(object.id, rule: number(rule), flows: flows(evaluation)))
    keepMade(evaluation, of: object)
    let counter: Counter =
      attributes.allSatisfy(\.values.isEmpty)
      ? .disconnectorProjectedNoFlow : .disconnectorProjectedFlow
    decision.count(counter, of: object.id)
    var change = change(counter, object, deltas(from: [], to: attributes))
    change.linkRule = number(rule)
    record(change)
    // Rules may write to where the object comes from, too.
    var projected = object
    projected.linkKind = .projected
    try outbound(
      .new, MetaverseObject(id: 0, objectType: type, attributes: attributes), display: display,
      linked: [projected])
    if let place = outgoing.flatMap(facts.flowMemory.place) {
      decision.effects.append(.noteOutgoing(place))
    }
  }

  // MARK: Connectors

  func flow(
    _ object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, into stored: MetaverseObject
  ) throws {
    let deltas = try update(stored, with: object, evaluation)
    noteFlows(of: object, evaluation, isFirst: object.referenceFlows == 0)
    let counter: Counter = deltas.isEmpty ? .connectorNoFlow : .connectorFlow
    decision.count(counter, of: object.id)
    if !deltas.isEmpty { record(change(counter, object, deltas)) }
  }

  /// References are rows of their own, which nobody looks at while they stay as they are: when
  /// other rules let them flow, they must be looked at.
  private func noteFlows(
    of object: ConnectorSpaceObject, _ evaluation: InboundEvaluation, isFirst: Bool
  ) {
    let flows = flows(evaluation)
    guard flows != object.referenceFlows else { return }
    decision.effects.append(
      .setReferenceFlows(
        object.id, flows, isFirst: isFirst, keeping: facts.kept(evaluation)))
    keepMade(evaluation, of: object)
  }

  /// Keeps the references that expressions made beside those that the directory shows.
  private func keepMade(
    _ evaluation: InboundEvaluation, of object: ConnectorSpaceObject
  ) {
    guard !facts.madeReferences.isEmpty else { return }
    decision.effects.append(.setMadeReferences(object, evaluation.made))
  }

  /// By which rules an object's references flow, as a digest that is never 0.
  private func flows(_ evaluation: InboundEvaluation) -> Int64 {
    var digest = FNV1a()
    for flow in evaluation.referenceFlows {
      withUnsafeBytes(of: number(flow.rule)) { digest.add($0) }
      digest.add("\(flow.source.key) \(flow.target.key)\n".utf8)
    }
    for made in evaluation.made {
      for address in made.addresses { digest.add("\(made.source.key) \(address)\n".utf8) }
    }
    let kept = facts.kept(evaluation)
    for item in kept { digest.add("~ \(item.rule) \(item.attribute.key)\n".utf8) }
    let value = Int64(bitPattern: digest.value | 1)
    if evaluation.made.isEmpty, kept.isEmpty {
      facts.flowMemory.remember(evaluation.referenceFlows, as: value)
    }
    return value
  }

  /// Brings a metaverse object to what its contributors give now, `object` with `evaluation` among
  /// them, and the targets with it; the answer is what changed.
  func update(
    _ stored: MetaverseObject, with object: ConnectorSpaceObject?,
    _ evaluation: InboundEvaluation?
  ) throws -> [ObjectChange.Delta] {
    var linked = try self.linked(to: stored.id).filter { $0.id != disconnected?.id }
    if let object {
      linked.removeAll { $0.id == object.id }
      linked.append(object)
      linked.sort { $0.id < $1.id }
    }
    let (contributions, kept) = try contributions(to: stored, linked, object, evaluation)
    var finder = AttributeFinder(stored.attributes)
    let resolved = MetaverseMerge.resolve(contributions, tellsEmptied: true) {
      contributor, contribution in
      facts.gave(contribution, of: contributor, in: stored)?.values
    }.map { resolved in
      let place = finder.place(of: resolved.attribute)
      return attribute(resolved, current: place.map { stored.attributes[$0] })
    }
    let settled = Settled(resolved)
    let attributes = keep(stored, settled.attributes, of: kept)
    let display = self.display(attributes) ?? object?.display ?? ""
    var deltas: [ObjectChange.Delta] = []
    if attributes != stored.attributes {
      deltas = self.deltas(
        from: stored.attributes, to: attributes, emptied: settled.emptied)
      let (old, new) = (keys(stored.attributes), keys(attributes))
      let removed = old.filter { !new.contains($0) }
      let added = new.filter { !old.contains($0) }
      for key in removed + added { decision.writes.note(key) }
      decision.writes.note(metaverse: stored.id)
      decision.effects.append(
        .updateMetaverse(
          stored.id, image(attributes, display: display), removed: removed, added: added))
    }
    try outbound(
      .known(stored.id),
      MetaverseObject(id: stored.id, objectType: stored.objectType, attributes: attributes),
      display: display, linked: linked)
    return deltas
  }

  /// What objects gave that await their leaving stays until they leave, also if rules can't say any
  /// more what that was.
  ///
  /// To take it out before would empty what is to be deleted, or perhaps kept by a person's word.
  private func keep(
    _ stored: MetaverseObject, _ resolved: [MetaverseAttribute], of leaving: [Int64]
  ) -> [MetaverseAttribute] {
    guard !leaving.isEmpty else { return resolved }
    let kept = stored.attributes.filter {
      leaving.contains($0.contributor) && !$0.values.isEmpty
    }
    return resolved.filter { item in !kept.contains { $0.name == item.name } } + kept
  }

  /// What the objects give that are linked to a metaverse object, and those of which that is not
  /// known any more.
  private func contributions(
    to stored: MetaverseObject, _ linked: [ConnectorSpaceObject], _ object: ConnectorSpaceObject?,
    _ evaluation: InboundEvaluation?
  ) throws -> (known: [(contributor: Int64, contribution: Contribution)], kept: [Int64]) {
    // In the order of the objects, whichever of them is synchronized: what comes of it is the same.
    var result: [(contributor: Int64, contribution: Contribution)] = []
    result.reserveCapacity(evaluation?.contributions.count ?? 0)
    var kept: [Int64] = []
    for other in linked {
      if other.id == object?.id {
        for item in evaluation?.contributions ?? [] { result.append((other.id, item)) }
      } else if facts.retired.contains(other.connector) {
        // It is yet to leave, as one that its directory does not hold any more.
        kept.append(other.id)
      } else if facts.contributors.contains(other.connector) {
        let evaluation = try evaluate(other)
        if awaitsLeaving(other), evaluation?.failures.isEmpty != true {
          kept.append(other.id)
          continue
        }
        // Without what this one gives, values would be taken away that nobody removed.
        if let failure = evaluation?.failures.first { throw SyncFailure(failure, other: other.id) }
        // Its own synchronization takes it from here, and says what becomes of the rest.
        if let evaluation, !evaluation.links, other.desired == nil {
          kept.append(other.id)
          continue
        }
        for item in evaluation?.contributions ?? [] { result.append((other.id, item)) }
      }
    }
    return (result, kept)
  }

}

extension SyncRule {
  /// Whether an outbound rule makes objects of `type` of metaverse objects of the type `source`.
  fileprivate func makes(_ type: String, of source: String) -> Bool {
    linkType == .provision && targetType.lowercased() == type.lowercased()
      && (sourceType == SyncRule.anyType || sourceType.lowercased() == source.lowercased())
  }
}

extension JoinAttempt.Condition {
  /// Whether another object of the same connector that says `image` has one of the values, too.
  fileprivate func isFulfilled(by image: AttributeSet) -> Bool {
    JoinLookup(attribute: source, values: values, isCaseSensitive: isCaseSensitive).matches(image)
  }
}

extension JoinGroup {
  /// Whether it joins an object that says `values` to one that says `image`.
  fileprivate func matches(_ values: AttributeSet, _ image: AttributeSet) -> Bool {
    conditions.allSatisfy { condition in
      JoinLookup(
        attribute: condition.target, values: values[condition.source],
        isCaseSensitive: condition.isCaseSensitive
      ).matches(image)
    }
  }
}

/// Finds attributes by their names; those that are asked for in the list's own order at once.
private struct AttributeFinder {
  private let attributes: [MetaverseAttribute]
  private var next = 0

  init(_ attributes: [MetaverseAttribute]) { self.attributes = attributes }

  mutating func place(of name: AttributeName) -> Int? {
    if next < attributes.count, attributes[next].name == name {
      next += 1
      return next - 1
    }
    for place in attributes.indices where attributes[place].name == name {
      next = place + 1
      return place
    }
    return nil
  }
}
