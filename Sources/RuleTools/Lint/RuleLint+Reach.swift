import Configuration
import Directory
import SyncRules

// Rules that no object can reach, and values that no source can deliver.
extension RuleLint {
  mutating func checkReach(_ rule: SyncRule) {
    checkMaker(rule)
    var dead = 0
    for (index, group) in rule.scope.groups.enumerated() {
      guard let (clause, reason) = barrier(in: group, of: rule) else { continue }
      dead += 1
      guard rule.scope.groups.count > 1 else { continue }
      warn(
        rule, "no object is in group \(index + 1) of its scope: \(clause), but \(reason)",
        hint: "correct the clause, or remove the group")
    }
    guard dead > 0, dead == rule.scope.groups.count,
      let (clause, reason) = rule.scope.groups.first.flatMap({ barrier(in: $0, of: rule) })
    else { return }
    warn(
      rule, "no object can ever be in its scope: \(clause), but \(reason)",
      hint: "correct the clause, or switch the rule off")
  }

  /// Objects of a type that no Provision rule makes are never there.
  private mutating func checkMaker(_ rule: SyncRule) {
    if rule.direction == .inbound, rule.linkType == .provision,
      rule.targetType == SyncRule.anyType
    {
      warn(
        rule, "makes no objects: \(SyncRule.anyType) is any type, and none to make one of",
        hint: "name the type, or let the link type be Join")
    }
    // What the schema does not have is told as that.
    guard rule.metaverseType != SyncRule.anyType, !writers.isEmpty,
      surroundings.metaverse?.objectTypes.contains(where: {
        $0.lowercased() == rule.metaverseType.lowercased()
      }) ?? true
    else { return }
    let makers = active.filter { $0.direction == .inbound && $0.linkType == .provision }
    // A set in which no rule makes anything is a part of a larger one.
    guard !makers.contains(where: { $0.meets(rule.metaverseType) }),
      rule.direction == .outbound || !makers.isEmpty
    else { return }
    warn(
      rule, "never applies: no inbound rule makes metaverse objects of type \(rule.metaverseType)",
      hint: Spelling.nearest(rule.metaverseType, among: makers.map(\.targetType), within: 2)
        .map { "is \"\($0)\" meant?" }
        ?? "let an inbound rule for that type have the link type Provision, or correct the type")
  }

  /// A type that no other rule for the connector names, where another name is as good as the same.
  mutating func checkSlips(_ rule: SyncRule) {
    guard surroundings.connector(rule.connector)?.schema?.objectTypes.isEmpty ?? true else {
      return
    }
    let others = active.filter {
      $0 !== rule && $0.connector.lowercased() == rule.connector.lowercased()
    }.map(\.connectorType)
    // Of two rules with two names either may be the one that is right.
    guard !others.contains(where: { $0.lowercased() == rule.connectorType.lowercased() }),
      let near = Spelling.nearest(rule.connectorType, among: others, within: 2),
      others.count(where: { $0.lowercased() == near.lowercased() }) > 1
    else { return }
    warn(
      rule,
      "is for objects of type \(rule.connectorType) of \"\(rule.connector)\", which no other rule "
        + "is for", hint: "is \"\(near)\" meant?")
  }

  /// Up to how many letters a name is another one with a letter more or less, as `c` and `co` are.
  private static let shortName = 3

  /// What names have in common that are counted through, as `extensionAttribute1` and the next ones.
  private static func withoutDigits(_ name: String) -> String {
    String(name.lowercased().filter { !$0.isNumber })
  }

  /// An attribute that nobody reads, where another name that somebody reads is as good as the same.
  mutating func checkReaders(of flow: AttributeFlow, _ rule: SyncRule) {
    // Where the schema has the name, it is no slip; where it has not, that is told as such.
    guard rule.direction == .inbound, surroundings.metaverse == nil,
      active.contains(where: { $0.direction == .outbound && $0.meets(rule.metaverseType) })
    else { return }
    let read = readers.of(rule.metaverseType)
    guard !read.contains(flow.target), flow.target.text.utf8.count > Self.shortName,
      let near = Spelling.nearest(flow.target.text, among: read.map(\.text), within: 2),
      Self.withoutDigits(near) != Self.withoutDigits(flow.target.text)
    else { return }
    warn(
      rule, "writes \(flow.target), which no rule reads", hint: "is \"\(near)\" meant?")
  }

  /// The first clause of a group that no object can fulfil, and why.
  private func barrier(in group: ScopeGroup, of rule: SyncRule) -> (ScopeClause, String)? {
    for clause in group.clauses where clause.needsValue {
      let reason =
        rule.direction == .inbound ? inboundBarrier(clause, rule) : outboundBarrier(clause, rule)
      if let reason { return (clause, reason) }
    }
    return nil
  }

  private func inboundBarrier(_ clause: ScopeClause, _ rule: SyncRule) -> String? {
    guard clause.attribute != RuleSubject.dnAttribute, lacks(clause.attribute, rule) else {
      return nil
    }
    return "objects of type \(rule.sourceType) of \"\(rule.connector)\" have no \(clause.attribute)"
  }

  private func outboundBarrier(_ clause: ScopeClause, _ rule: SyncRule) -> String? {
    guard !self.writers.isEmpty else { return nil }
    let writers = writers.of(clause.attribute, type: rule.sourceType)
    guard !writers.isEmpty else { return "no inbound rule writes \(clause.attribute)" }
    guard clause.scopeOperator == .equal || clause.scopeOperator == .isIn else { return nil }
    var known: Set<AttributeValue> = []
    for (_, flow) in writers {
      guard case .constant(let values) = flow.source else { return nil }
      known.formUnion(values)
    }
    let isGiven = clause.values.contains { text in known.contains { $0.isWritten(text) } }
    guard !isGiven else { return nil }
    return "inbound rules write only " + known.map(\.text).sorted().joined(separator: ", ")
      + " to it"
  }

  /// Whether it is known that objects of the rule's type in its connector never have the attribute.
  private func lacks(_ name: AttributeName, _ rule: SyncRule) -> Bool {
    guard let connector = surroundings.connector(rule.connector),
      connector.attributes(of: rule.connectorType) != nil
    else { return false }
    return connector.definition(name, of: rule.connectorType) == nil
  }

  /// Warns where what `rule` reads is written only from attributes that no source has.
  mutating func checkDelivery(_ name: AttributeName, _ rule: SyncRule, _ verb: String) {
    let writers = writers.of(name, type: rule.metaverseType)
    var missing: (rule: SyncRule, source: AttributeName)?
    for (writer, flow) in writers {
      guard case .direct(let source) = flow.source, lacks(source, writer) else { return }
      missing = missing ?? (writer, source)
    }
    guard let missing else { return }
    warn(
      rule,
      "\(verb) \(name), which no source can deliver: \"\(missing.rule.name)\" takes it from "
        + "\(missing.source), which objects of type \(missing.rule.sourceType) of "
        + "\"\(missing.rule.connector)\" do not have",
      hint: "let it flow from an attribute that the source has, or take it out here")
  }
}

extension AttributeValue {
  /// Whether a clause that asks for `text` means this value.
  fileprivate func isWritten(_ text: String) -> Bool {
    if case .integer(let number) = self, let other = Int64(text) { return number == other }
    return self.text.lowercased() == text.lowercased()
  }
}
