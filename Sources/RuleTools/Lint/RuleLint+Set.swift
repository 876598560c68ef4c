import Configuration
import Directory
import SyncExpressions
import SyncRules

// What is wrong among rules.
extension RuleLint {
  mutating func checkSet() {
    checkTwins(rules, "the id", "give it an id of its own") { $0.id }
    checkTwins(
      active, "the precedence", "change one of them: which one is stronger is left to chance"
    ) {
      "\($0.precedence) for \($0.direction.rawValue) rules of \($0.connector.lowercased())"
    }
    checkMergeTypes()
    checkPasswords()
    checkShadows()
    checkReturns()
    checkLoops()
    checkLateJoins()
  }

  private mutating func checkTwins(
    _ rules: [SyncRule], _ what: String, _ hint: String, key: (SyncRule) -> String
  ) {
    var known: [String: SyncRule] = [:]
    for rule in rules {
      guard let first = known[key(rule)] else {
        known[key(rule)] = rule
        continue
      }
      error(rule, "has \(what) \(key(rule)), as \"\(first.name)\" has", hint: hint)
    }
  }

  private mutating func checkMergeTypes() {
    for conflict in MergeConflict.all(among: rules) {
      error(
        conflict.rule,
        "writes \(conflict.attribute) with merge type \(conflict.merge.ruleWord), but "
          + "\"\(conflict.first.name)\" with \(conflict.firstMerge.ruleWord)",
        hint: "give both flows the same merge type")
    }
    for found in UnitedMemory.all(among: rules) {
      error(
        found.rule,
        "unites \(found.attribute) with what \"\(found.other.name)\" gives, and is to keep what it "
          + "gave before (\(found.reason)): which of the values that is, nobody knows then",
        hint: "let the flow give a value or none each time, or write \(found.attribute) with merge "
          + "type Update")
    }
  }

  private mutating func checkPasswords() {
    let marked = active.filter(\.enablePasswordSync)
    let inbound = marked.filter { $0.direction == .inbound }
    let outbound = marked.filter { $0.direction == .outbound }
    guard inbound.isEmpty != outbound.isEmpty, let rule = marked.first else { return }
    let missing = inbound.isEmpty ? "inbound" : "outbound"
    warn(
      rule, "synchronizes passwords, but no \(missing) rule does",
      hint: "no password arrives unless rules of both directions are marked; mark one")
  }

  /// Flows that a stronger one always comes before.
  private mutating func checkShadows() {
    let rivals = Dictionary(grouping: active) { rule in
      [rule.connector, rule.sourceType, rule.targetType].map { $0.lowercased() }
        + [rule.direction.rawValue]
    }
    for group in rivals.values where group.count > 1 { checkShadows(group) }
  }

  private mutating func checkShadows(_ group: [SyncRule]) {
    for rule in group {
      for flow in rule.flows where flow.merge == .update {
        guard let stronger = stronger(than: rule, for: flow, among: group) else { continue }
        warn(
          rule,
          "its flow to \(flow.target) never counts: \"\(stronger.name)\" is stronger, applies to "
            + "every object that this rule applies to, and always has a value",
          hint: "remove the flow, or give this rule a lower precedence number")
      }
    }
  }

  /// Values that come back from the connector that they are written to, and change on the way: each
  /// cycle makes another one of what the last one made.
  private mutating func checkReturns() {
    for out in active where out.direction == .outbound {
      let backs = active.filter { isReturn($0, of: out) }
      for flow in out.flows {
        for back in backs {
          let found = back.flows.first { returned in
            flow.source.attributes.contains(returned.target)
              && returned.source.attributes.contains(flow.target)
              && !(flow.onlyHandsOn && returned.onlyHandsOn)
          }
          guard let found else { continue }
          warn(
            out,
            "makes \(flow.target) of \(found.target), and \"\(back.name)\" makes \(found.target) of "
              + "\(flow.target) again: the value may change with every cycle, without end",
            hint: "let one of them read another attribute, or flow directly")
        }
      }
    }
  }

  /// Objects that a rule makes and that come back with what takes them out of its scope.
  private mutating func checkLoops() {
    for loop in RuleLoop.all(among: active) where loop.mayUndo {
      warn(
        loop.outbound,
        "may make and delete objects in turns: its scope asks for \(loop.attribute), which "
          + "\"\(loop.inbound.name)\" brings back from what it makes in \"\(loop.outbound.connector)\"",
        hint: "see that objects stay in its scope with what comes back, or let \(loop.attribute) "
          + "come from elsewhere")
    }
  }

  /// Outbound joins to objects that nobody looks at when they come.
  private mutating func checkLateJoins() {
    for rule in active
    where rule.direction == .outbound && rule.linkType == .join && !rule.joins.isEmpty {
      let type = rule.targetType.lowercased()
      let isLookedAt = active.contains { other in
        guard other.connector.lowercased() == rule.connector.lowercased() else { return false }
        // One that makes what is missing leaves nothing to come later.
        if other.direction == .outbound {
          return other.linkType == .provision && other.targetType.lowercased() == type
            && (other.sourceType == SyncRule.anyType || other.meets(rule.sourceType))
        }
        return !other.joins.isEmpty
          && (other.sourceType == SyncRule.anyType || other.sourceType.lowercased() == type)
      }
      guard !isLookedAt else { continue }
      warn(
        rule,
        "looks for objects of type \(rule.targetType) of \"\(rule.connector)\" only when something "
          + "changes at their source: one that comes there later is not found until then, or until a "
          + "full synchronization",
        hint: "add an inbound rule for \"\(rule.connector)\" that joins by the same attributes")
    }
  }

  private func isReturn(_ rule: SyncRule, of out: SyncRule) -> Bool {
    rule.direction == .inbound && rule.connector.lowercased() == out.connector.lowercased()
      && rule.sourceType.lowercased() == out.targetType.lowercased()
      && rule.meets(out.sourceType)
  }

  private func stronger(
    than rule: SyncRule, for flow: AttributeFlow, among group: [SyncRule]
  ) -> SyncRule? {
    group.first { other in
      other.precedence < rule.precedence && other.covers(rule)
        && other.flows.contains {
          $0.target == flow.target && $0.alwaysHasValue && !$0.applyOnce
            && $0.source != flow.source
        }
    }
  }
}

extension AttributeFlow {
  /// Whether the flow gives a value for every object.
  fileprivate var alwaysHasValue: Bool {
    if case .constant(let values) = source { !values.isEmpty } else { false }
  }

  /// Whether the flow gives values of attributes as they are, or none.
  fileprivate var onlyHandsOn: Bool {
    switch source {
    case .direct: true
    case .expression(let expression): expression.onlyHandsOn
    case .constant: false
    }
  }
}

extension SyncRule {
  /// Whether every object in scope of `other` is in scope of this rule, as far as the clauses
  /// themselves show it.
  fileprivate func covers(_ other: SyncRule) -> Bool {
    guard !scope.groups.isEmpty else { return true }
    guard !other.scope.groups.isEmpty else { return false }
    return other.scope.groups.allSatisfy { narrow in
      scope.groups.contains { wide in
        wide.clauses.allSatisfy { narrow.clauses.contains($0) }
      }
    }
  }
}
