import Directory
import SyncRules
import SyncStore

/// From the metaverse to the targets.
extension Synchronizer {
  /// Brings what the rules want of each target in line with a metaverse object.
  mutating func outbound(
    _ metaverse: MetaverseObject, display: String, isNew: Bool = false
  ) throws {
    let values = metaverse.values
    for target in facts.targets {
      let evaluation = try facts.evaluateOutbound(
        metaverse.id, type: metaverse.objectType, values, target, plan, tx)
      let linked = isNew ? nil : try tx.linked(to: metaverse.id, connector: target.id).first
      if evaluation.inScope.isEmpty {
        if let linked, linked.desired != nil { try deprovision(linked) }
        continue
      }
      try provide(
        metaverse, display, evaluation, in: target, linked: linked, isNew: isNew)
    }
  }

  private mutating func provide(
    _ metaverse: MetaverseObject, _ display: String, _ evaluation: OutboundEvaluation,
    in target: ActiveConnector, linked: ConnectorSpaceObject?, isNew: Bool
  ) throws {
    let desired = try desiredImage(evaluation, target)
    if let linked {
      try want(desired, of: linked, evaluation, target)
      return
    }
    guard let type = evaluation.connectorType else { return }
    if let (found, rule) = try joinOutbound(evaluation, target, type: type) {
      try tx.link(
        found.id, to: metaverse.id, .joined, rule: try tx.ruleID(rule.id, name: rule.name))
      try want(desired, of: found, evaluation, target)
      return
    }
    guard evaluation.provisions else { return }
    try provision(
      metaverse, display, evaluation, desired, in: target, type: type, isNew: isNew)
  }

  private mutating func provision(
    _ metaverse: MetaverseObject, _ display: String, _ evaluation: OutboundEvaluation,
    _ desired: DesiredImage, in target: ActiveConnector, type: String, isNew: Bool
  ) throws {
    let dn = try provisionalName(desired, metaverse)
    let rule = evaluation.inScope.first { $0.linkType == .provision } ?? evaluation.inScope[0]
    let id = try tx.provision(
      connector: target.id, dn: dn, objectType: type, display: display, desired: desired,
      metaverse: metaverse.id, rule: try tx.ruleID(rule.id, name: rule.name), isNew: isNew)
    tally.count(.provisionedAdd, target: target.id)
    let rules = try rulesByAttribute(evaluation)
    let deltas = desired.attributes.filter { !$0.values.isEmpty }.map {
      ObjectChange.Delta($0.name, before: [], after: $0.values, rule: rules[$0.name] ?? 0)
    }
    try tx.record(
      ObjectChange(
        .provisionedAdd, target: target.id, objectID: id, dn: dn.text, display: display,
        objectType: type, deltas: deltas), step: step)
  }

  /// The name of an object that its target has not named yet: `CN={HEX}` of its source anchor, as
  /// Entra Connect's connector has it.
  private func provisionalName(
    _ desired: DesiredImage, _ metaverse: MetaverseObject
  ) throws -> DistinguishedName {
    let anchor = desired.attributes.first { $0.name == "externalId" }?.values.first?.portableText
    let text = anchor ?? "metaverse-\(metaverse.id)"
    return try DistinguishedName("CN={\(Hexadecimal.encode(text.utf8).uppercased())}")
  }

  private mutating func want(
    _ desired: DesiredImage, of object: ConnectorSpaceObject, _ evaluation: OutboundEvaluation,
    _ target: ActiveConnector
  ) throws {
    guard object.desired != desired else {
      tally.count(.outboundNoFlow, target: target.id)
      return
    }
    try tx.setDesired(desired, of: object.id)
    if object.desired?.references != desired.references, let metaverse = object.metaverse {
      try tx.touchMetaverseReferences(of: metaverse)
    }
    tally.count(.outboundFlow, target: target.id)
    let rules = try rulesByAttribute(evaluation)
    let deltas = ObjectChange.deltas(
      from: object.desired?.attributes ?? [], to: desired.attributes
    ).map { delta in
      var delta = delta
      delta.rule = rules[delta.name] ?? 0
      return delta
    }
    var change = change(.outboundFlow, object, deltas)
    change.target = target.id
    try tx.record(change, step: step)
  }

  private func rulesByAttribute(_ evaluation: OutboundEvaluation) throws -> [AttributeName: Int64] {
    var rules: [AttributeName: Int64] = [:]
    for item in evaluation.attributes {
      rules[item.attribute] = try tx.ruleID(item.winner.rule.id, name: item.winner.rule.name)
    }
    return rules
  }

  /// What the rules want, in the types of the target's schema.
  private func desiredImage(
    _ evaluation: OutboundEvaluation, _ target: ActiveConnector
  ) throws -> DesiredImage {
    let references = evaluation.referenceFlows.map(\.target)
    var attributes: [Attribute] = []
    var seen: Set<AttributeName> = []
    for item in evaluation.attributes where !references.contains(item.attribute) {
      let definition = target.schema[item.attribute]
      if !definition.isMultiValued && item.values.count > 1 {
        throw Failure(
          type: .multiValueToSingle,
          message: "\(item.values.count) values flow to \(item.attribute) of \(target.name), which "
            + "takes one (rule \(item.winner.rule.name))",
          hint: "Leave one value in the source, or change the rule", attribute: item.attribute.text,
          value: item.values.prefix(3).map(\.text).joined(separator: "; "))
      }
      attributes.append(
        Attribute(item.attribute, try item.values.map { try convert($0, item, definition, target) })
      )
      seen.insert(item.attribute)
    }
    for name in evaluation.managed where !seen.contains(name) && !references.contains(name) {
      attributes.append(Attribute(name, []))
    }
    attributes.sort { $0.name < $1.name }
    return DesiredImage(
      attributes: attributes.map { Attribute($0.name, AttributeSet.canonical($0.values)) },
      references: references.sorted())
  }

  private func convert(
    _ value: AttributeValue, _ item: ResolvedAttribute,
    _ definition: DirectorySchema.AttributeDefinition, _ target: ActiveConnector
  ) throws -> AttributeValue {
    if let converted = value.converted(to: definition.kind) { return converted }
    throw Failure(
      type: .typeMismatch,
      message: "A \(value.typeName) flows to \(item.attribute) of \(target.name), which takes a "
        + "\(definition.kind.rawValue) (rule \(item.winner.rule.name))",
      hint: "Correct the value in the source, or change the rule", attribute: item.attribute.text,
      value: value.text)
  }

  private func joinOutbound(
    _ evaluation: OutboundEvaluation, _ target: ActiveConnector, type: String
  ) throws -> (object: ConnectorSpaceObject, rule: SyncRule)? {
    for attempt in evaluation.joins {
      let lookups = attempt.conditions.map {
        JoinLookup(
          attribute: $0.target, values: $0.values, isCaseSensitive: $0.isCaseSensitive)
      }
      let found = try tx.findUnlinked(connector: target.id, objectType: type, lookups)
      if found.count == 1, let object = found.first { return (object, attempt.rule) }
    }
    return nil
  }
}
