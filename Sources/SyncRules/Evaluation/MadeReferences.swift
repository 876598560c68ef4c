public import Directory

/// References that a rule's expression made: of text, or a choice of those that the object has.
public struct MadeReferences: Hashable, Sendable {
  /// The attribute that is written.
  public var target: AttributeName
  /// The rule.
  public var rule: SyncRule
  /// The addresses: names or anchors of objects of the rule's connector; of an outbound rule also
  /// metaverse objects, as `{number}`.
  public var addresses: [String]

  /// With what the names of attributes begin that no directory shows.
  static let mark = "="
  /// With what they begin that outbound rules made.
  static let outboundMark = "=>"

  /// Under what the references are kept beside those that the directory shows.
  public var source: AttributeName { Self.source(of: rule, target) }

  /// Under what the references are kept that a rule makes for an attribute.
  public static func source(of rule: SyncRule, _ target: AttributeName) -> AttributeName {
    let mark = rule.direction == .inbound ? mark : outboundMark
    return AttributeName("\(mark)\(rule.id) \(target.key)")
  }

  /// Whether references under this name were made by an expression.
  public static func isSource(_ name: String) -> Bool { name.hasPrefix(mark) }

  /// Whether references under this name were made by an expression of an outbound rule.
  public static func isOutboundSource(_ name: String) -> Bool { name.hasPrefix(outboundMark) }
}

extension OutboundEvaluation {
  /// Takes references that expressions made for one of `targets`, whose values are rows elsewhere,
  /// out of the values: they flow as those of the metaverse do.
  public mutating func takeReferences(for targets: Set<AttributeName>) {
    let found = attributes.filter { item in
      guard targets.contains(item.attribute), case .expression = item.winner.origin else {
        return false
      }
      return item.values.allSatisfy { if case .reference = $0 { true } else { false } }
    }
    guard !found.isEmpty else { return }
    for item in found {
      let made = MadeReferences(
        target: item.attribute, rule: item.winner.rule, addresses: item.values.map(\.text))
      self.made.append(made)
      referenceFlows.append(
        ReferenceFlow(source: made.source, target: made.target, rule: made.rule))
    }
    attributes.removeAll { item in found.contains { $0.attribute == item.attribute } }
  }
}

extension InboundEvaluation {
  /// Takes references that expressions made for one of `targets`, whose values are rows elsewhere,
  /// out of the values: they flow as those do that the directory shows.
  public mutating func takeReferences(for targets: Set<AttributeName>) {
    let found = contributions.filter { contribution in
      // Few attributes hold references: what an expression says is looked at last.
      guard targets.contains(contribution.target), !contribution.values.isEmpty,
        case .expression = contribution.origin
      else { return false }
      return contribution.values.allSatisfy { if case .reference = $0 { true } else { false } }
    }
    guard !found.isEmpty else { return }
    for contribution in found where !isBlocked(contribution) {
      let made = MadeReferences(
        target: contribution.target, rule: contribution.rule,
        addresses: contribution.values.map(\.text))
      self.made.append(made)
      referenceFlows.append(
        ReferenceFlow(source: made.source, target: made.target, rule: made.rule))
    }
    contributions.removeAll(where: found.contains)
  }

  private func isBlocked(_ contribution: Contribution) -> Bool {
    contributions.contains {
      $0.kind == .authoritativeNull && $0.target == contribution.target
        && $0.rule.precedes(contribution.rule)
    }
  }
}
