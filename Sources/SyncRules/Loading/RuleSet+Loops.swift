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

  /// The loop in one sentence without a full stop.
  public var description: String {
    "The rule \"\(inbound.name)\" brings \(attribute) back from what \"\(outbound.name)\" at "
      + "\(outbound.place) makes in \(outbound.connector), and the scope of that rule asks for it"
  }
}

extension RuleSet {
  /// The pairs of rules in force that can undo each other, in the order of the rules.
  public var loops: [RuleLoop] { Self.loops(rules.filter { !$0.isDisabled }) }

  private static func loops(_ rules: [SyncRule]) -> [RuleLoop] {
    let makers = rules.filter { $0.direction == .outbound && $0.linkType == .provision }
    return makers.flatMap { maker in
      let asked = Set(maker.scope.groups.flatMap { $0.clauses.map(\.attribute) })
      return rules.filter { isReturn($0, of: maker) }.flatMap { rule in
        rule.flows.map(\.target).filter(asked.contains).map {
          RuleLoop(inbound: rule, outbound: maker, attribute: $0)
        }
      }
    }
  }

  private static func isReturn(_ rule: SyncRule, of maker: SyncRule) -> Bool {
    rule.direction == .inbound && rule.connector.lowercased() == maker.connector.lowercased()
      && rule.sourceType.lowercased() == maker.targetType.lowercased()
      && meet(rule.targetType, maker.sourceType)
  }

  /// Whether objects may be of both types.
  static func meet(_ a: String, _ b: String) -> Bool {
    a == SyncRule.anyType || b == SyncRule.anyType || a.lowercased() == b.lowercased()
  }

  /// Refuses rules that are certain to make and delete each object in turns: every object that
  /// comes back carries a constant with which the rule that made it does not hold.
  static func checkLoops(_ rules: [SyncRule]) throws(ConfigurationError) {
    let active = rules.filter { !$0.isDisabled }
    for loop in loops(active) where loop.inbound.scope.groups.isEmpty {
      guard let flow = loop.inbound.flows.first(where: { $0.target == loop.attribute }),
        case .constant(let values) = flow.source, !flow.applyOnce,
        isStrongest(loop.inbound, loop.attribute, active)
      else { continue }
      let isLeft = loop.outbound.scope.groups.allSatisfy { group in
        group.clauses.contains {
          $0.attribute == loop.attribute && !$0.holds(values, isPresent: true)
        }
      }
      guard isLeft else { continue }
      throw ConfigurationError(
        place: loop.inbound.place,
        message: "\(loop), which does not hold for \(values.map(\.text).joined(separator: ", ")): "
          + "each object would be made and deleted in turns",
        hint: "give one of the rules another scope, or write another attribute")
    }
  }

  private static func isStrongest(
    _ rule: SyncRule, _ attribute: AttributeName, _ rules: [SyncRule]
  ) -> Bool {
    !rules.contains { other in
      other.direction == .inbound && meet(other.targetType, rule.targetType)
        && other.precedes(rule) && other.flows.contains { $0.target == attribute }
    }
  }
}
