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
  /// The attributes that rules in scope write, without those of ``referenceFlows``.
  ///
  /// One that is not in ``attributes`` got no value; what the target has there is to be removed.
  public var managed: Set<AttributeName> = []

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

  /// Why a contribution does not count.
  public enum Reason: Hashable, Sendable {
    /// Its source has no value.
    case noValue
    /// Another rule is stronger.
    case lowerPrecedence
    /// The same rule gave a value from another object first.
    case otherObject

    /// The reason in words for a person.
    public var text: String {
      switch self {
      case .noValue: "the source has no value"
      case .lowerPrecedence: "a rule with a lower precedence number has a value"
      case .otherObject: "the same rule has a value from another object"
      }
    }
  }

  /// The attribute.
  public var attribute: AttributeName
  /// The values, in ascending order, each once.
  public var values: [AttributeValue]
  /// The contribution that won; of several that were united, the strongest.
  public var winner: Contribution
  /// The object that contributed it; nil for the object itself.
  public var contributor: Int64?
  /// The contributions that did not count.
  public var losers: [Loser]
}
