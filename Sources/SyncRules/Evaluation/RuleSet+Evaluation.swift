public import Directory

extension RuleSet {
  /// What the inbound rules say of an object of a connector space.
  ///
  /// - Parameters:
  ///   - attributes: The object's values, without those of `references`.
  ///   - references: Attributes whose values are rows elsewhere, like `member`.
  ///   - presentReferences: Those of them that have a value, for ISNULL and ISNOTNULL.
  public func evaluateInbound(
    connector: String, objectType: String, attributes: AttributeSet,
    references: Set<AttributeName>, presentReferences: Set<AttributeName> = []
  ) -> InboundEvaluation {
    var result = InboundEvaluation()
    guard let bucket = inbound.bucket(connector, objectType) else { return result }
    let subject = ScopeSubject(
      attributes: attributes, references: references, presentReferences: presentReferences)
    result.contributions.reserveCapacity(bucket.slots.count)
    for rule in bucket.rules {
      if let failed = rule.scope.failures(subject) {
        result.outOfScope.append(RuleExclusion(rule: rule, failed: failed))
        continue
      }
      result.inScope.append(rule)
      result.keepsAlive = result.keepsAlive || rule.linkType != .join
      result.projects = result.projects || rule.creates(from: attributes)
      rule.addJoins(from: attributes, to: &result.joins)
      for flow in rule.flows { result.add(flow, of: rule, subject) }
    }
    result.metaverseType = result.inScope.first?.targetType
    return result
  }

  /// What the outbound rules to `connector` say of a metaverse object.
  ///
  /// - Parameters:
  ///   - attributes: The object's values, without those of `references`.
  ///   - references: Attributes whose values are rows elsewhere, like `member`.
  ///   - presentReferences: Those of them that have a value, for ISNULL and ISNOTNULL and for the
  ///     choice between two flows to one reference attribute.
  public func evaluateOutbound(
    connector: String, metaverseType: String, attributes: AttributeSet,
    references: Set<AttributeName>, presentReferences: Set<AttributeName> = []
  ) -> OutboundEvaluation {
    var result = OutboundEvaluation()
    guard let bucket = outbound.bucket(connector, metaverseType) else { return result }
    let subject = ScopeSubject(
      attributes: attributes, references: references, presentReferences: presentReferences)
    var isInScope = [Bool](repeating: false, count: bucket.rules.count)
    for (index, rule) in bucket.rules.enumerated() {
      if let failed = rule.scope.failures(subject) {
        result.outOfScope.append(RuleExclusion(rule: rule, failed: failed))
        continue
      }
      isInScope[index] = true
      result.inScope.append(rule)
      result.provisions = result.provisions || rule.creates(from: attributes)
      rule.addJoins(from: attributes, to: &result.joins)
    }
    result.connectorType = result.inScope.first?.targetType
    guard !result.inScope.isEmpty else { return result }
    result.managed.reserveCapacity(bucket.slots.count)
    result.attributes.reserveCapacity(bucket.slots.count)
    for slot in bucket.slots { result.resolve(slot, bucket.rules, isInScope, subject) }
    return result
  }
}

extension SyncRule {
  /// Whether the rule makes an object on the other side for one with these attributes.
  fileprivate func creates(from attributes: AttributeSet) -> Bool {
    guard linkType == .provision else { return false }
    return joins.isEmpty
      || joins.contains { $0.conditions.contains { attributes.contains($0.source) } }
  }

  fileprivate func addJoins(from attributes: AttributeSet, to attempts: inout [JoinAttempt]) {
    for group in joins
    where group.conditions.allSatisfy({ attributes.contains($0.source) }) {
      let conditions = group.conditions.map {
        JoinAttempt.Condition(
          source: $0.source, target: $0.target, values: attributes[$0.source],
          isCaseSensitive: $0.isCaseSensitive)
      }
      attempts.append(JoinAttempt(rule: self, conditions: conditions))
    }
  }
}

extension AttributeFlow {
  /// What the flow gives, perhaps nothing; nil if its values are rows elsewhere.
  fileprivate func contribution(_ rule: SyncRule, _ subject: ScopeSubject) -> Contribution? {
    let values: [AttributeValue]
    var attribute: AttributeName?
    switch source {
    case .direct(let name):
      if subject.references.contains(name) { return nil }
      values = subject.attributes[name]
      attribute = name
    case .constant(let constants): values = constants
    }
    return Contribution(
      target: target, values: values, rule: rule, applyOnce: applyOnce, merge: merge,
      source: attribute)
  }

  fileprivate func reference(_ rule: SyncRule) -> ReferenceFlow? {
    guard case .direct(let name) = source else { return nil }
    return ReferenceFlow(source: name, target: target, rule: rule)
  }
}

extension InboundEvaluation {
  fileprivate mutating func add(
    _ flow: AttributeFlow, of rule: SyncRule, _ subject: ScopeSubject
  ) {
    if let contribution = flow.contribution(rule, subject) {
      if !contribution.values.isEmpty { contributions.append(contribution) }
    } else if let reference = flow.reference(rule) {
      referenceFlows.append(reference)
    }
  }
}

extension OutboundEvaluation {
  // Most attributes are written by one rule, which needs no comparing.
  private mutating func resolve(
    _ flow: AttributeFlow, _ rule: SyncRule, _ subject: ScopeSubject
  ) {
    if let contribution = flow.contribution(rule, subject) {
      managed.insert(flow.target)
      if !contribution.values.isEmpty { attributes.append(ResolvedAttribute(contribution, nil)) }
    } else if let reference = flow.reference(rule) {
      referenceFlows.append(reference)
    }
  }

  fileprivate mutating func resolve(
    _ slot: RuleBucket.Slot, _ rules: [SyncRule], _ isInScope: [Bool], _ subject: ScopeSubject
  ) {
    if slot.flows.count == 1 {
      let (index, flow) = slot.flows[0]
      if isInScope[index] { resolve(flow, rules[index], subject) }
      return
    }
    var candidates: [MetaverseMerge.Candidate] = []
    var flows: [ReferenceFlow] = []
    for (index, flow) in slot.flows where isInScope[index] {
      if let contribution = flow.contribution(rules[index], subject) {
        candidates.append(MetaverseMerge.Candidate(contributor: nil, contribution: contribution))
      } else if let reference = flow.reference(rules[index]) {
        flows.append(reference)
      }
    }
    if let first = flows.first {
      referenceFlows.append(
        flows.first { subject.presentReferences.contains($0.source) } ?? first)
    }
    if !candidates.isEmpty {
      managed.insert(slot.target)
      if let resolved = MetaverseMerge.resolve(candidates) { attributes.append(resolved) }
    }
  }
}
