import Directory
import SyncRules
import SyncStore

/// From the metaverse to the targets.
extension Decider {
  /// What the targets should hold of a metaverse object after references came or went for which
  /// scopes ask.
  ///
  /// What is wrong is told of an object that gives it its values. As long as one of those can't be
  /// synchronized, the metaverse object stays as it is.
  static func rescope(
    _ id: Int64, reader: Reader, plan: SyncPlan, facts: PlanFacts, connector: ActiveConnector
  ) throws -> Decision? {
    guard let metaverse = try reader.metaverse(id) else { return nil }
    let decider = Decider(reader: reader, plan: plan, facts: facts, connector: connector)
    let linked = try reader.linked(to: id)
    let givers = linked.filter { facts.contributors.contains($0.connector) }
    if givers.contains(where: { $0.hasSyncError && $0.hasPendingImport }) { return nil }
    do {
      try decider.outbound(
        .known(id), metaverse, display: linked.first?.display ?? "", linked: linked)
    } catch let failure as SyncFailure {
      return decider.failed(failure, givers)
    }
    decider.decision.counted.removeAll { $0.counter == .outboundNoFlow }
    return decider.decision
  }

  /// That references of a metaverse object can't go out, unless something is told already of an object
  /// that gives it its values.
  static func fail(
    _ id: Int64, with failure: SyncFailure, reader: Reader, plan: SyncPlan, facts: PlanFacts,
    connector: ActiveConnector
  ) throws -> Decision? {
    let givers = try reader.linked(to: id).filter { facts.contributors.contains($0.connector) }
    if givers.contains(where: { $0.hasSyncError && $0.hasPendingImport }) { return nil }
    return Decider(reader: reader, plan: plan, facts: facts, connector: connector)
      .failed(failure, givers)
  }

  /// That a metaverse object can't be taken out, which is told of one of its `givers`; nil if there
  /// is none.
  func failed(_ failure: SyncFailure, _ givers: [ConnectorSpaceObject]) -> Decision? {
    let givers = givers.filter { $0.image != nil }
    guard let giver = givers.first(where: { $0.connector == connector.id }) ?? givers.first
    else { return nil }
    var decision = Decision()
    decision.effects = [.fail(giver, failure)]
    decision.count(.flowFailure)
    decision.writes.note(object: giver.id)
    return decision
  }

  /// Brings what the rules want of each target in line with a metaverse object, to which `linked`
  /// belong.
  func outbound(
    _ identity: SyncEffect.Metaverse, _ metaverse: MetaverseObject, display: String,
    linked: [ConnectorSpaceObject]
  ) throws {
    guard !facts.targets.isEmpty else { return }
    let values = metaverse.values
    var missing: [LoadedBatch.Missing] = []
    for target in facts.targets {
      // What one target lacks is no reason to find out later what the next one does.
      do {
        try outbound(identity, metaverse, values, display: display, linked: linked, to: target)
      } catch let miss as LoadedBatch.Missing {
        missing.append(miss)
      }
    }
    if let first = missing.first {
      throw missing.count == 1 ? first : LoadedBatch.Missing.several(missing)
    }
  }

  private func outbound(
    _ identity: SyncEffect.Metaverse, _ metaverse: MetaverseObject, _ values: AttributeSet,
    display: String, linked: [ConnectorSpaceObject], to target: ActiveConnector
  ) throws {
    let there = linked.first { $0.connector == target.id }
    let evaluation = try facts.evaluateOutbound(
      metaverse.id, type: metaverse.objectType, values, target, plan, reader,
      isNew: there?.image == nil)
    if let failure = evaluation.failures.first { throw SyncFailure(failure) }
    note(evaluation, metaverse, target)
    if evaluation.inScope.isEmpty {
      if let there, there.desired != nil {
        deprovision(
          there,
          because: evaluation.outOfScope.isEmpty
            ? "no rule to \(target.name) is for it any more" : Self.reason(evaluation.outOfScope),
          cause: DeleteCause.leftScope(
            evaluation.outOfScope, type: metaverse.objectType, of: target.name))
      }
      return
    }
    // What is to go stays away until a rule makes it again, whatever joins it meanwhile.
    if let there, there.awaitsDelete, !evaluation.keeps { return }
    if let there, there.desired != nil,
      let makers = evaluation.gone(there.linkKind, by: there.linkRule, number: number)
    {
      return deprovision(
        there,
        because: "no Provision rule has it in scope any more"
          + (makers.isEmpty ? "" : ": " + Self.reason(makers)),
        cause: makers.isEmpty
          ? "no Provision rule to \(target.name) has it in scope any more"
          : DeleteCause.leftScope(makers, type: metaverse.objectType, of: target.name))
    }
    if let there, makesOther(than: there, evaluation, in: target) {
      return try remake(there, identity, metaverse, values, display, evaluation, in: target)
    }
    if evaluation.flowsNothing, let there, there.image == nil {
      // What was never sent is not sent any more; what was sent is for an import to show.
      if there.anchor == nil, there.exportState == .idle {
        deprovision(there, because: Self.withheld, cause: Self.withheld)
      }
      return
    }
    try provide(identity, metaverse, display, evaluation, in: target, linked: there)
  }

  /// Makes an object of another type in the place of one, as rules want it now: no target turns the
  /// one into the other.
  private func remake(
    _ there: ConnectorSpaceObject, _ identity: SyncEffect.Metaverse, _ metaverse: MetaverseObject,
    _ values: AttributeSet, _ display: String, _ evaluation: OutboundEvaluation,
    in target: ActiveConnector
  ) throws {
    let new =
      evaluation.dependsOnNewness
      ? try facts.evaluateOutbound(
        metaverse.id, type: metaverse.objectType, values, target, plan, reader, isNew: true)
      : evaluation
    if let failure = new.failures.first { throw SyncFailure(failure) }
    let reason = "the rules make a \(evaluation.connectorType ?? "") of it now"
    deprovision(there, because: reason, cause: "\(target.name): \(reason)")
    try provide(identity, metaverse, display, new, in: target, linked: nil)
  }

  /// Whether rules make an object of another type in the target than the one that a rule made there.
  ///
  /// A type that no rule names is only how the target calls what was made, and so is another one than
  /// that of the very rule that made it.
  private func makesOther(
    than there: ConnectorSpaceObject, _ evaluation: OutboundEvaluation, in target: ActiveConnector
  ) -> Bool {
    guard there.linkKind == .provisioned, there.desired != nil, let maker = evaluation.maker,
      number(maker) != there.linkRule
    else { return false }
    return !SyncRule.isSame(maker.targetType, there.objectType)
      && facts.typesMade[target.id]?.contains(there.objectType.lowercased()) == true
  }

  private static var withheld: String { "a JoinNoFlow rule has it in scope" }

  /// Whether rules let nothing flow to the target of `other` of the metaverse object that it belongs
  /// to: what is there is another program's.
  func isWithheld(_ other: ConnectorSpaceObject, of stored: MetaverseObject?) throws -> Bool {
    guard facts.withholding.contains(other.connector), let stored,
      let target = plan.connector(other.connector)
    else { return false }
    return try facts.evaluateOutbound(
      stored.id, type: stored.objectType, stored.values, target, plan, reader
    ).flowsNothing
  }

  /// What rules say of references depends on no more than the object's own values, unless they ask
  /// for references or whether it is new.
  private func note(
    _ evaluation: OutboundEvaluation, _ metaverse: MetaverseObject, _ target: ActiveConnector
  ) {
    guard !evaluation.dependsOnNewness, facts.outboundNeeds.of(metaverse.objectType).isEmpty else {
      outgoing = nil
      return
    }
    outgoing?.append(.init(target: target.id, flows: evaluation.referenceFlows))
  }

  private func provide(
    _ metaverse: SyncEffect.Metaverse, _ object: MetaverseObject, _ display: String,
    _ evaluation: OutboundEvaluation, in target: ActiveConnector, linked: ConnectorSpaceObject?
  ) throws {
    if let linked {
      try checkTakeover(evaluation, linked, target)
      if linked.linkKind == .joined, evaluation.keeps, !evaluation.flowsNothing {
        decision.writes.note(object: linked.id)
        decision.effects.append(.noteTakeover(linked.id))
      } else if linked.isMadeThatGoes,
        let maker = evaluation.inScope.first(where: { $0.linkType == .provision }),
        number(maker) != linked.linkRule
      {
        link(linked, to: metaverse, .provisioned, rule: number(maker))
      }
      var desired = try desiredImage(evaluation, target, linked)
      clear(&desired, of: linked, evaluation, target)
      unite(&desired, of: linked, in: target, type: linked.objectType)
      return want(desired, of: linked, evaluation, target)
    }
    guard let type = evaluation.connectorType else { return }
    if let (found, rule) = try joinOutbound(evaluation, target, type: type),
      !found.awaitsDelete || evaluation.keeps
    {
      decision.writes.note(object: found.id)
      relink(found, to: metaverse, evaluation, joinedBy: rule)
      let settled = try forExisting(evaluation, object, target)
      var desired = try desiredImage(settled, target, found)
      clear(&desired, of: found, settled, target)
      unite(&desired, of: found, in: target, type: found.objectType)
      return want(desired, of: found, settled, target, joinedBy: rule)
    }
    guard evaluation.provisions else { return }
    var desired = try desiredImage(evaluation, target, nil)
    unite(&desired, of: nil, in: target, type: type)
    provision(metaverse, display, evaluation, desired, in: target, type: type)
  }

  /// What the rules say now that the object turned out to be there already.
  private func forExisting(
    _ evaluation: OutboundEvaluation, _ object: MetaverseObject, _ target: ActiveConnector
  ) throws -> OutboundEvaluation {
    guard evaluation.dependsOnNewness else { return evaluation }
    return try facts.evaluateOutbound(
      object.id, type: object.objectType, object.values, target, plan, reader, isNew: false)
  }

  /// Links what a join rule found in a target.
  ///
  /// What a rule had made there, and was to go, is what a rule makes again: it goes with that rule, as
  /// it would have before.
  private func relink(
    _ found: ConnectorSpaceObject, to metaverse: SyncEffect.Metaverse,
    _ evaluation: OutboundEvaluation, joinedBy rule: SyncRule
  ) {
    let isTaken = evaluation.keeps && !evaluation.flowsNothing
    guard isTaken, found.isMadeThatGoes else {
      return link(found, to: metaverse, isTaken ? .takenOver : .joined, rule: number(rule))
    }
    let maker = evaluation.inScope.first { $0.linkType == .provision }
    link(found, to: metaverse, .provisioned, rule: maker.map(number) ?? found.linkRule)
  }

  private func link(
    _ found: ConnectorSpaceObject, to metaverse: SyncEffect.Metaverse, _ kind: LinkKind, rule: Int64
  ) {
    switch metaverse {
    case .known(let id):
      decision.writes.note(metaverse: id)
      decision.effects.append(.link(found.id, to: .known(id), kind, rule: rule))
    case .new: decision.effects.append(.link(found.id, to: .new, kind, rule: rule))
    }
  }

  private func provision(
    _ metaverse: SyncEffect.Metaverse, _ display: String, _ evaluation: OutboundEvaluation,
    _ desired: DesiredImage, in target: ActiveConnector, type: String
  ) {
    let rule = evaluation.inScope.first { $0.linkType == .provision } ?? evaluation.inScope[0]
    let numbers = Dictionary(
      evaluation.attributes.map { ($0.attribute, number($0.winner.rule)) },
      uniquingKeysWith: { first, _ in first })
    let deltas = desired.attributes.filter { !$0.values.isEmpty }.map {
      ObjectChange.Delta($0.name, before: [], after: $0.values, rule: numbers[$0.name] ?? 0)
    }
    if case .known(let id) = metaverse { decision.writes.note(metaverse: id) }
    let (encoded, history) = (facts.coder.encode(desired), facts.coder.encode(deltas))
    decision.effects.append(
      .provision(
        .init(
          connector: target.id, dn: provisionalName(desired, evaluation), objectType: type,
          display: display, desired: encoded == nil ? desired : DesiredImage(), encoded: encoded,
          metaverse: metaverse, rule: number(rule), deltas: history == nil ? deltas : [],
          history: history, made: evaluation.made)))
  }

  /// The name of an object that its target has not named yet: the one that the rules compute, else
  /// `CN={HEX}` of its source anchor, as Entra Connect's connector has it.
  private func provisionalName(
    _ desired: DesiredImage, _ evaluation: OutboundEvaluation
  ) -> DistinguishedName? {
    func text(_ name: AttributeName) -> String? {
      desired.attributes.first { $0.name == name }?.values.first?.portableText
    }
    let given = evaluation.attributes.first { $0.attribute == ExternalID.computed }
    if let computed = given?.values.first.flatMap({ try? DistinguishedName($0.portableText) }) {
      return computed
    }
    return ExternalID.names.lazy.compactMap(text).first.flatMap(ExternalID.name)
  }

  private func want(
    _ desired: DesiredImage, of object: ConnectorSpaceObject, _ evaluation: OutboundEvaluation,
    _ target: ActiveConnector, joinedBy rule: SyncRule? = nil
  ) {
    let encoded = facts.coder.encode(desired)
    keepMade(evaluation, of: object)
    guard encoded == nil || object.encodedDesired != encoded else {
      decision.count(.outboundNoFlow, target: target.id, of: object.id)
      return
    }
    decision.writes.note(object: object.id)
    decision.effects.append(
      .setDesired(object.id, encoded == nil ? desired : DesiredImage(), encoded))
    if let metaverse = object.metaverse {
      decision.writes.note(metaverse: metaverse)
      if Set(object.desired?.references ?? []) != Set(desired.references) {
        decision.effects.append(.touchReferences(metaverse))
      }
    }
    // What is not wanted any more goes from nothing where it stays.
    let isWithheld = evaluation.flowsNothing
    let before = isWithheld ? [] : Self.written(object.desired, now: desired)
    let changes = ObjectChange.deltas(from: before, to: desired.attributes)
    if changes.isEmpty, rule == nil, !isWithheld, Self.writesLess(desired, than: object.desired) {
      return decision.count(.outboundNoFlow, target: target.id, of: object.id)
    }
    decision.count(.outboundFlow, target: target.id)
    let deltas = changes.map { delta in
      var delta = delta
      delta.rule = ruleNumber(of: delta.name, evaluation)
      return delta
    }
    var change = change(.outboundFlow, object, deltas)
    if isWithheld { change.reason = Self.withheld }
    change.target = target.id
    if let rule { change.linkRule = number(rule) }
    record(change)
  }

  /// What was wanted of the attributes that rules still write: what the target has in others stays.
  private static func written(_ before: DesiredImage?, now: DesiredImage) -> [Attribute] {
    guard let before else { return [] }
    let names = AttributeNameSet(now.attributes.map(\.name))
    return before.attributes.filter { names.contains($0.name) }
  }

  /// Whether all that is wanted was so before, and only some is written no more.
  private static func writesLess(_ now: DesiredImage, than before: DesiredImage?) -> Bool {
    guard let before else { return false }
    return Set(now.references).isSubset(of: before.references)
      && now.unions.allSatisfy(before.unions.contains)
  }

  /// Keeps the references that expressions made, or that none are made any more.
  private func keepMade(_ evaluation: OutboundEvaluation, of object: ConnectorSpaceObject) {
    let had = object.desired?.references.contains { MadeReferences.isOutboundSource($0.text) }
    guard !evaluation.made.isEmpty || had == true else { return }
    decision.effects.append(
      .setOutboundReferences(object.id, connector: object.connector, evaluation.made))
  }

  private func ruleNumber(of name: AttributeName, _ evaluation: OutboundEvaluation) -> Int64 {
    evaluation.attributes.first { $0.attribute == name }.map { number($0.winner.rule) } ?? 0
  }

  /// What a rule wrote that has the object in scope no more goes; what it never wrote stays.
  private func clear(
    _ desired: inout DesiredImage, of object: ConnectorSpaceObject,
    _ evaluation: OutboundEvaluation, _ target: ActiveConnector
  ) {
    guard !evaluation.outOfScope.isEmpty, !evaluation.flowsNothing else { return }
    // One that was to be deleted had come from the rules; all that they may write there is theirs.
    let old =
      object.awaitsDelete
      ? (object.image?.names ?? []) + target.references
      : (object.desired?.attributes.map(\.name) ?? []) + (object.desired?.references ?? [])
    var now = AttributeNameSet(desired.references)
    for attribute in desired.attributes { now.insert(attribute.name) }
    var gone = old.filter { !now.contains($0) }
    guard !gone.isEmpty else { return }
    let left = Set(evaluation.outOfScope.flatMap { $0.rule.flows.map(\.target) })
    gone.removeAll {
      !left.contains($0) || evaluation.kept.contains($0) || target.schema[$0].isNeverEmptied
    }
    guard !gone.isEmpty else { return }
    desired = DesiredImage(
      attributes: facts.sorted(desired.attributes + gone.map { Attribute($0, []) }),
      references: desired.references)
  }

  /// What the rules want of `present`, or of an object that is yet to be made, in the types of the
  /// target's schema.
  private func desiredImage(
    _ evaluation: OutboundEvaluation, _ target: ActiveConnector, _ present: ConnectorSpaceObject?
  ) throws -> DesiredImage {
    // That an expression makes them is part of what is wanted: when it begins or ends to, what came
    // otherwise goes.
    var references =
      evaluation.referenceFlows.map(\.target) + evaluation.made.map(\.source)
      + facts.choices(evaluation, target)
    var attributes: [Attribute] = []
    attributes.reserveCapacity(evaluation.attributes.count + evaluation.unvalued.count)
    // Who was never made has nothing to keep: a value that was refused would be sent for ever.
    if !evaluation.kept.isEmpty, present?.isUnmade == false, let wanted = present?.desired {
      // A change that the target has never taken is no value that it could keep: it is as if the flow
      // had not been.
      let isOpen = present?.exportState == .idle
      let whole = present?.image.map { wanted.attributes(showing: $0) } ?? []
      attributes = wanted.attributes.enumerated().filter { place, attribute in
        guard evaluation.kept.contains(attribute.name) else { return false }
        guard isOpen, let image = present?.image else { return true }
        return image[attribute.name] == whole[place].values
      }.map(\.element)
      references += wanted.references.filter(evaluation.kept.contains)
    }
    let elsewhere = AttributeNameSet(references)
    for item in evaluation.attributes
    where !elsewhere.contains(item.attribute) && !isName(item.attribute, target) {
      let definition = target.schema[item.attribute]
      // Text and constants name no object.
      if definition.kind == .reference { continue }
      let values = AttributeSet.canonical(
        item.values.allSatisfy { $0.kind == definition.kind }
          ? item.values
          : try item.values.map { try convert($0, item, definition, target, present) })
      if !definition.isMultiValued && values.count > 1 {
        throw SyncFailure(
          type: .multiValueToSingle,
          message: "\(values.count) values flow to \(item.attribute) of \(target.name), which "
            + "takes one (rule \(item.winner.rule.name))",
          hint: "Leave one value in the source, or change the rule", attribute: item.attribute.text,
          value: values.prefix(3).map(\.text).joined(separator: "; "),
          other: present?.id, rule: item.winner.rule.name, expression: item.winner.expressionText)
      }
      attributes.append(Attribute(item.attribute, values))
    }
    for name in evaluation.unvalued where !elsewhere.contains(name) && !isName(name, target) {
      attributes.append(Attribute(name, []))
    }
    // Asked to empty such an attribute the target would refuse, and show what it holds for ever.
    attributes.removeAll { $0.values.isEmpty && target.schema[$0.name].isNeverEmptied }
    return DesiredImage(attributes: facts.sorted(attributes), references: facts.sorted(references))
  }

  /// Whether the attribute stands for the object's name, which is no attribute of the target.
  private func isName(_ name: AttributeName, _ target: ActiveConnector) -> Bool {
    name == RuleSubject.dnAttribute && target.schema.attributes[name] == nil
  }

  private func convert(
    _ value: AttributeValue, _ item: ResolvedAttribute,
    _ definition: DirectorySchema.AttributeDefinition, _ target: ActiveConnector,
    _ present: ConnectorSpaceObject?
  ) throws -> AttributeValue {
    if let converted = value.converted(to: definition.kind) { return converted }
    throw SyncFailure(
      type: .typeMismatch,
      message: "A \(value.typeName) flows to \(item.attribute) of \(target.name), which takes a "
        + "\(definition.kind.rawValue) (rule \(item.winner.rule.name))",
      hint: "Correct the value in the source, or change the rule", attribute: item.attribute.text,
      value: value.text, other: present?.id, rule: item.winner.rule.name,
      expression: item.winner.expressionText)
  }
}

/// The attributes by which a target names an object before it has given it an id.
enum ExternalID {
  static let names: [AttributeName] = ["externalId", "sourceAnchor"]
  /// The pseudo-attribute in which rules compute an object's name.
  static let computed = RuleSubject.dnAttribute

  /// `CN={HEX}` of `text`.
  static func name(of text: String) -> DistinguishedName? {
    try? DistinguishedName("CN={\(Hexadecimal.encode(text.utf8).uppercased())}")
  }
}
