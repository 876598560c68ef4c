import Configuration
import Directory
import SyncExpressions
import SyncRules

// Flows whose values do not fit, joins that never find, rules without effect.
extension RuleLint {
  private typealias Definition = DirectorySchema.AttributeDefinition

  mutating func checkFlow(_ flow: AttributeFlow, of rule: SyncRule) {
    let isInbound = rule.direction == .inbound
    if isInbound {
      if let schema = surroundings.metaverse, schema.attributes[flow.target] == nil {
        error(
          rule, "writes \(flow.target), which the metaverse does not have",
          hint: Self.hint(flow.target, schema.attributes.keys.map(\.text)))
      }
    } else {
      checkConnectorName(flow.target, rule, Self.writes)
    }
    let target =
      isInbound
      ? surroundings.metaverse?.attributes[flow.target] : definition(flow.target, rule)
    if let target, target.isReadOnly, !isInbound {
      error(
        rule,
        "writes \(flow.target), which \"\(rule.connector)\" lets nobody write"
          + (isForAll(flow.target, rule) ? "" : " to objects of type \(rule.connectorType)"),
        hint: "remove the flow")
    }
    if !isInbound, let target { checkUnion(flow, target, rule) }
    switch flow.source {
    case .direct(let name):
      let source =
        isInbound ? definition(name, rule) : surroundings.metaverse?.attributes[name]
      if isInbound, flow.applyOnce, source?.kind == .reference {
        warn(
          rule, "lets \(name) flow once, but references always follow their source",
          hint: "only values and flows to a target apply once")
      }
      if let source, let target { checkFit(name, source, flow, target, rule) }
    case .constant(let values):
      if let target { checkConstant(values, flow, target, rule) }
    case .expression(let expression):
      if !isInbound, target?.kind == .reference, !mayMakeReferences(expression) {
        warn(
          rule, "gives text for \(flow.target), which takes references",
          hint: "CRef(…) makes one of an object's name or anchor")
      }
      if isInbound { checkAuthority(expression, flow, rule) }
      checkExpression(expression, flow, rule)
    }
  }

  /// References that a target has in an attribute that rules write are theirs, also where they unite
  /// what they give.
  private mutating func checkUnion(
    _ flow: AttributeFlow, _ target: Definition, _ rule: SyncRule
  ) {
    guard flow.merge != .update, target.kind == .reference, target.isMultiValued,
      !target.isReadOnly
    else { return }
    warn(
      rule,
      "unites what rules give to \(flow.target), and \"\(rule.connector)\" keeps no other references "
        + "there",
      hint: "Entra Connect leaves what it has not written itself: let the flow write an attribute "
        + "that nobody else fills")
  }

  private mutating func checkExpression(
    _ expression: Expression, _ flow: AttributeFlow, _ rule: SyncRule
  ) {
    if expression.dependsOnPrecedence {
      warn(
        rule,
        "its flow to \(flow.target) has && after ||, or * after +, without parentheses: && and "
          + "* bind more tightly here, but the documentation reads from left to right",
        hint: "put parentheses around what belongs together")
    }
    guard expression.isVolatile, !flow.applyOnce else { return }
    if expression.isRandom {
      warn(
        rule, "its flow to \(flow.target) gives another value each time: " + expression.text,
        hint: "let it apply once, or compute it from the object's attributes")
    } else {
      warn(
        rule,
        "its flow to \(flow.target) depends on the time: an object gets another value when it "
          + "changes or with a full synchronization, and not because time has passed",
        hint: "have a full synchronization run as often as the time matters, or let it apply once")
    }
  }

  /// AuthoritativeNull of one object keeps back no references that another object gives.
  private mutating func checkAuthority(
    _ expression: Expression, _ flow: AttributeFlow, _ rule: SyncRule
  ) {
    guard expression.text.lowercased().contains("authoritativenull") else { return }
    for other in active
    where other.direction == .inbound && other.connector.lowercased() != rule.connector.lowercased()
      && rule.precedence < other.precedence && other.meets(rule.metaverseType)
    {
      let gives = other.flows.contains { item in
        guard item.target == flow.target, case .direct(let name) = item.source else { return false }
        return definition(name, other)?.kind == .reference
      }
      guard gives else { continue }
      warn(
        rule,
        "says AuthoritativeNull for \(flow.target), which keeps back no references that "
          + "\(other.name) gives from \"\(other.connector)\"",
        hint: "leave such objects out of the scope of a rule of its own for \(flow.target) there")
    }
  }

  /// Whether what is said of an attribute holds for objects of all types.
  private func isForAll(_ name: AttributeName, _ rule: SyncRule) -> Bool {
    surroundings.connector(rule.connector)?.schema?.attributes[name]?.isReadOnly ?? true
  }

  /// Whether an expression calls `CRef`, or reads what may be a reference.
  private func mayMakeReferences(_ expression: Expression) -> Bool {
    expression.text.contains("CRef(")
      || expression.attributes.contains { name in
        surroundings.metaverse?.attributes[name].map { $0.kind == .reference } ?? true
      }
  }

  private mutating func checkFit(
    _ name: AttributeName, _ source: Definition, _ flow: AttributeFlow, _ target: Definition,
    _ rule: SyncRule
  ) {
    if source.isMultiValued, !target.isMultiValued {
      warn(
        rule, "flows \(name), which may have several values, to \(flow.target), which takes one",
        hint: "pick one by an expression: Item([\(name)],1)")
    }
    // Text is tried to be read as what the target takes; and anything but a reference is text.
    let fits =
      source.kind == target.kind || source.kind == .string && target.kind != .reference
      || target.kind == .string && source.kind != .reference
    guard !fits else { return }
    error(
      rule,
      "flows \(name), whose values are of type \(source.kind.rawValue), to \(flow.target), which "
        + "takes \(target.kind.rawValue)", hint: "convert it by an expression")
  }

  private mutating func checkConstant(
    _ values: [AttributeValue], _ flow: AttributeFlow, _ target: Definition, _ rule: SyncRule
  ) {
    if values.count > 1, !target.isMultiValued {
      error(
        rule, "writes \(values.count) constants to \(flow.target), which takes one value",
        hint: "keep one of them")
    }
    for value in values where value.converted(to: target.kind) == nil {
      error(
        rule,
        "writes the constant \(value.text) to \(flow.target), which takes "
          + target.kind.rawValue, hint: "write a value of that type")
    }
    guard rule.direction == .outbound,
      let most = surroundings.connector(rule.connector)?.longest[flow.target]
    else { return }
    for value in values where value.text.utf16.count > most {
      error(
        rule,
        "writes the constant \(value.text) to \(flow.target), which takes \(most) characters",
        hint: "shorten it")
    }
  }

  mutating func checkJoins(_ rule: SyncRule) {
    for condition in rule.joins.flatMap(\.conditions) {
      let (own, other) =
        rule.direction == .inbound
        ? (condition.source, condition.target) : (condition.target, condition.source)
      let kinds = [
        definition(own, rule)?.kind, surroundings.metaverse?.attributes[other]?.kind,
      ].compactMap(\.self)
      guard kinds.contains(.reference) else { continue }
      error(
        rule, "joins by \(own) = \(other), but references name objects of one directory only",
        hint: "join by an attribute with a value of its own, such as an anchor")
    }
  }

  /// Rules that do nothing, and objects that would be made without what ties them to their source.
  mutating func checkEffect(_ rule: SyncRule) {
    if rule.linkType == .join, rule.flows.isEmpty, rule.joins.isEmpty, !rule.enablePasswordSync {
      warn(
        rule, "does nothing: it neither joins nor makes objects, and nothing flows",
        hint: "add a flow or a join, or remove the rule")
    }
    guard rule.linkType == .provision, rule.direction == .outbound else { return }
    let known = surroundings.connector(rule.connector)
    if let known, known.anchorless.contains(rule.targetType.lowercased()) {
      warn(
        rule,
        "makes objects of type \(rule.targetType), which have no place for a source anchor in "
          + "\"\(rule.connector)\"",
        hint: "name one in its section (group_anchor), or a lost store does not know them again")
      return
    }
    if rule.joins.isEmpty {
      warn(
        rule, "makes objects without looking whether they are there",
        hint: "add a join by the source anchor, or a lost store makes every object twice")
    }
    guard let anchors = surroundings.connector(rule.connector)?.anchors, !anchors.isEmpty else {
      return
    }
    let written = active.filter {
      $0.direction == .outbound && $0.connector.lowercased() == rule.connector.lowercased()
        && $0.targetType.lowercased() == rule.targetType.lowercased()
    }.flatMap { $0.flows.map(\.target) }
    guard anchors.isDisjoint(with: written) else { return }
    let names = anchors.map(\.text).sorted().joined(separator: " or ")
    error(
      rule,
      "makes objects of type \(rule.targetType) without \(names), which ties them to their "
        + "source", hint: "add a flow to it")
  }
}
