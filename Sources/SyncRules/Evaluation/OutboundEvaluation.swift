public import Directory

/// What the outbound rules to one connector say of one metaverse object.
public struct OutboundEvaluation: Sendable {
  /// The rules that the object is in scope of, the strongest first.
  public var inScope: [SyncRule] = []
  /// The other rules for its type, each with the reason.
  public var outOfScope: [RuleExclusion] = []
  /// The object type in the target that the strongest rule in scope asks for; nil if none is.
  public var connectorType: String?
  /// Whether it is made in the target if it joins nothing there: a Provision rule is in scope, and
  /// at least one of its join attributes, if it has any, has a value.
  public var provisions = false
  /// How to look for its partner in the target, in the order to try.
  public var joins: [JoinAttempt] = []
  /// The target's attributes that get a value, with who gave it.
  public var attributes: [ResolvedAttribute] = []
  /// Flows whose values are rows elsewhere, one for each target.
  public var referenceFlows: [ReferenceFlow] = []
  /// References that expressions made; each has its flow among ``referenceFlows``.
  public var made: [MadeReferences] = []
  /// The attributes that rules in scope write and that got no value; what the target has there is
  /// to be removed.
  public var unvalued: [AttributeName] = []
  /// The attributes that rules in scope write, without those of ``referenceFlows``: those of
  /// ``attributes`` and ``unvalued``.
  public var managed: Set<AttributeName> { Set(attributes.map(\.attribute)).union(unvalued) }
  /// The attributes that no rule in scope writes this time, but a rule asked that they stay as they
  /// are: what is desired of them is neither changed nor removed.
  public var kept: Set<AttributeName> = []
  /// Flows of rules in scope whose expressions can't be evaluated; with any, the object must stay
  /// as it is.
  public var failures: [FlowFailure] = []
  /// Whether a flow counts only when the object is made, so that the answer for an object that is
  /// there already is another one.
  public var dependsOnNewness = false

  /// Whether the object's password is to be synchronized as far as this side is asked; it is, if
  /// both sides say so.
  public var enablesPasswordSync: Bool {
    inScope.contains { $0.enablePasswordSync } && !flowsNothing
  }

  /// Whether a JoinNoFlow rule is in scope: what the target has is another program's, and stays as it
  /// is whatever other rules say.
  public var flowsNothing: Bool { inScope.contains { $0.linkType == .joinNoFlow } }

  /// Whether a rule in scope keeps what it has made; Join rules alone keep nothing.
  public var keeps: Bool { inScope.contains { $0.linkType != .join } }

  /// An evaluation without any rule.
  public init() {}
}

/// One attribute with its value and how that came about.
public struct ResolvedAttribute: Hashable, Sendable {
  /// A contribution that did not count.
  public struct Loser: Hashable, Sendable {
    /// The object that contributed it; nil for the object itself.
    public var contributor: Int64?
    /// What was contributed.
    public var contribution: Contribution
    /// Why it does not count.
    public var reason: Reason
  }

  /// A contribution that counts beside the strongest, where rules unite what they give.
  public struct Partner: Hashable, Sendable {
    /// The object that contributed it; nil for the object itself.
    public var contributor: Int64?
    /// What was contributed.
    public var contribution: Contribution
  }

  /// Why a contribution does not count.
  public enum Reason: Hashable, Sendable {
    /// Its source has no value.
    case noValue
    /// Another rule is stronger.
    case lowerPrecedence
    /// The same rule gave a value from another object first.
    case otherObject
    /// Its expression gave `IgnoreThisFlow`.
    case ignored
    /// A stronger rule gave `AuthoritativeNull`.
    case blocked
    /// It flows only when the object on the other side is made.
    case onlyOnce

    /// The reason in words for a person.
    public var text: String {
      switch self {
      case .noValue: "the source has no value"
      case .lowerPrecedence: "a rule with a lower precedence number has a value"
      case .otherObject: "the same rule has a value from another object"
      case .ignored: "the expression asked that this flow be ignored"
      case .blocked: "a rule with a lower precedence number said that there is no value"
      case .onlyOnce: "it flows only when the object is made"
      }
    }
  }

  /// The attribute.
  public var attribute: AttributeName
  /// The values, in ascending order, each once; none where a rule says that there are none.
  public var values: [AttributeValue]
  /// The contribution that won; of several that were united, the strongest.
  public var winner: Contribution
  /// The object that contributed it; nil for the object itself.
  public var contributor: Int64?
  /// The contributions that did not count.
  public var losers: [Loser]
  /// The contributions that were united with the winner's, in their order.
  public var partners: [Partner] = []
}
