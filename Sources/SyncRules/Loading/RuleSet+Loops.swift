import Configuration
public import Directory

/// Two rules of one connector that can undo each other: what the outbound rule makes there comes
/// back by the inbound rule, and decides whether the outbound rule still applies.
///
/// The engine takes an object in once and out once for each synchronization, so such rules never
/// run without end; at worst an object is made and deleted in turns, once a cycle. A pair that is
/// certain to do that is refused when the rules are loaded. Others are for a person to judge: the
/// rules of Entra Connect contain harmless ones, that keep a group in scope once the cloud has it.
public struct RuleLoop: Hashable, Sendable, CustomStringConvertible {
  /// The rule that brings the attribute back.
  public var inbound: SyncRule
  /// The rule that makes objects, and whose scope asks for the attribute.
  public var outbound: SyncRule
  /// The attribute of the metaverse.
  public var attribute: AttributeName
  /// Whether a value that comes back can take an object out of the scope; those of which that is
  /// not so keep it there.
  public var mayUndo: Bool

  /// The loop in one sentence without a full stop.
  public var description: String {
    "The rule \"\(inbound.name)\" brings \(attribute) back from what \"\(outbound.name)\" at "
      + "\(outbound.place) makes in \(outbound.connector), and the scope of that rule asks for it"
  }

  /// The loops among `rules`, those that are switched off left out, in the order of the rules.
  public static func all(among rules: [SyncRule]) -> [RuleLoop] {
    LoopSearch(rules).loops
  }
}

extension RuleSet {
  /// The pairs of rules in force that can undo each other, in the order of the rules.
  public var loops: [RuleLoop] { RuleLoop.all(among: rules) }

  /// Whether objects may be of both types.
  static func meet(_ a: String, _ b: String) -> Bool {
    a == SyncRule.anyType || b == SyncRule.anyType || a.lowercased() == b.lowercased()
  }

  /// Refuses rules that are certain to make and delete each object in turns: every object that
  /// comes back carries a value with which no rule that could have made it holds.
  static func checkLoops(_ rules: [SyncRule]) throws(ConfigurationError) {
    let search = LoopSearch(rules)
    for loop in search.loops where loop.mayUndo {
      guard let returned = search.certainReturn(of: loop), search.isLeft(loop, by: returned) else {
        continue
      }
      throw ConfigurationError(
        place: loop.inbound.place,
        message: "\(loop), which does not hold \(returned.words): each object would be made and "
          + "deleted in turns",
        hint: "give one of the rules another scope, or write another attribute")
    }
  }
}

/// What is known of an attribute that certainly has a value.
private enum CertainValue {
  /// These values and no others.
  case values([AttributeValue])
  /// Some value.
  case present

  var words: String {
    switch self {
    case .values(let values): "for " + values.map(\.text).joined(separator: ", ")
    case .present: "once it has a value"
    }
  }

  /// Whether `clause` certainly holds.
  func fulfils(_ clause: ScopeClause) -> Bool {
    switch self {
    case .values(let values): clause.holds(values, isPresent: true)
    case .present: clause.scopeOperator == .isNotNull
    }
  }

  /// Whether `clause` certainly does not hold.
  func fails(_ clause: ScopeClause) -> Bool {
    switch self {
    case .values(let values): !clause.holds(values, isPresent: true)
    case .present: clause.scopeOperator == .isNull
    }
  }
}

/// The search for rules that undo each other.
private struct LoopSearch {
  let rules: [SyncRule]

  /// What every object of a target has, under the names that it has there.
  private static let given: Set<AttributeName> = ["id", "cloudAnchor", RuleSubject.dnAttribute]
  /// What ties every object of a target to its source.
  private static let anchors: Set<AttributeName> = ["externalId", "sourceAnchor"]

  init(_ rules: [SyncRule]) { self.rules = rules.filter { !$0.isDisabled } }

  var loops: [RuleLoop] {
    let makers = rules.filter { $0.direction == .outbound && $0.linkType == .provision }
    return makers.flatMap { maker in
      let asked = Set(maker.scope.groups.flatMap { $0.clauses.map(\.attribute) })
      return rules.filter { isReturn($0, of: maker) }.flatMap { rule in
        rule.flows.filter { asked.contains($0.target) }.map { flow in
          RuleLoop(
            inbound: rule, outbound: maker, attribute: flow.target,
            mayUndo: mayUndo(flow, of: rule, maker))
        }
      }
    }
  }

  private func isReturn(_ rule: SyncRule, of maker: SyncRule) -> Bool {
    rule.direction == .inbound && rule.connector.lowercased() == maker.connector.lowercased()
      && rule.sourceType.lowercased() == maker.targetType.lowercased()
      && RuleSet.meet(rule.targetType, maker.sourceType)
  }

  /// Whether a value of `flow` can make a clause fail that held without it.
  private func mayUndo(_ flow: AttributeFlow, of rule: SyncRule, _ maker: SyncRule) -> Bool {
    let clauses = maker.scope.groups.flatMap(\.clauses).filter { $0.attribute == flow.target }
    // A clause that needs a value holds by one of a weaker rule, in whose place this one comes.
    let isRival = rules.contains { other in
      other.direction == .inbound && RuleSet.meet(other.targetType, maker.sourceType)
        && rule.precedes(other) && other.flows.contains { $0.target == flow.target }
    }
    return clauses.contains { clause in
      if case .constant(let values) = flow.source {
        return !clause.holds(values, isPresent: true)
          && (clause.holds([], isPresent: false) || isRival)
      }
      return clause.scopeOperator != .isNotNull
        && (clause.holds([], isPresent: false) || isRival)
    }
  }

  /// What each object that the outbound rule makes brings back into the attribute; nil where that
  /// depends on the object, or another rule decides it.
  func certainReturn(of loop: RuleLoop) -> CertainValue? {
    let (rule, maker) = (loop.inbound, loop.outbound)
    guard let flow = rule.flows.first(where: { $0.target == loop.attribute }), !flow.applyOnce,
      isDecisive(flow, of: rule), isCertain(rule.scope, maker)
    else { return nil }
    return switch flow.source {
    case .constant(let values): .values(values)
    case .direct(let name): value(of: name, madeBy: maker)
    case .expression: nil
    }
  }

  private func isDecisive(_ flow: AttributeFlow, of rule: SyncRule) -> Bool {
    !rules.contains { other in
      other !== rule && other.direction == .inbound
        && RuleSet.meet(other.targetType, rule.targetType)
        && (other.precedes(rule) || flow.merge != .update)
        && other.flows.contains { $0.target == flow.target }
    }
  }

  /// Whether each object that `maker` makes is in `scope`.
  private func isCertain(_ scope: ScopeFilter, _ maker: SyncRule) -> Bool {
    scope.groups.isEmpty
      || scope.groups.contains { group in
        group.clauses.allSatisfy { value(of: $0.attribute, madeBy: maker)?.fulfils($0) == true }
      }
  }

  /// What each object that `maker` makes has in `name`.
  private func value(of name: AttributeName, madeBy maker: SyncRule) -> CertainValue? {
    if Self.given.contains(name) { return .present }
    let writers = rules.filter { other in
      other.direction == .outbound && other.connector.lowercased() == maker.connector.lowercased()
        && RuleSet.meet(other.targetType, maker.targetType)
        && other.flows.contains { $0.target == name }
    }
    guard writers.allSatisfy({ $0 === maker }),
      let flow = maker.flows.first(where: { $0.target == name }), !flow.applyOnce
    else { return nil }
    switch flow.source {
    case .constant(let values): return .values(values)
    case .direct(let source):
      let conditions = maker.joins.flatMap(\.conditions)
      let isJoin =
        !conditions.isEmpty && conditions.allSatisfy { $0.target == name && $0.source == source }
      return isJoin || Self.anchors.contains(name) ? .present : nil
    case .expression: return Self.anchors.contains(name) ? .present : nil
    }
  }

  /// Whether no rule that keeps objects in the target holds with `returned`.
  func isLeft(_ loop: RuleLoop, by returned: CertainValue) -> Bool {
    let keepers = rules.filter { other in
      other.direction == .outbound && other.linkType != .join
        && other.connector.lowercased() == loop.outbound.connector.lowercased()
        && RuleSet.meet(other.sourceType, loop.outbound.sourceType)
    }
    return keepers.allSatisfy { keeper in
      !keeper.scope.groups.isEmpty
        && keeper.scope.groups.allSatisfy { group in
          group.clauses.contains { $0.attribute == loop.attribute && returned.fails($0) }
        }
    }
  }
}
