public import Configuration
public import Directory
public import SyncRules

/// One synchronization rule as Entra Connect exports it.
public struct EntraRule: Sendable {
  /// The rule's GUID in braces and lower case.
  public var id = ""
  /// The name for a person.
  public var name = ""
  /// What the rule is for; may be empty.
  public var description = ""
  /// The name under which Microsoft ships the rule; empty for a rule of the customer's own.
  public var tag = ""
  /// Which way the rule moves data.
  public var direction = Direction.inbound
  /// Whether the rule is switched off.
  public var isDisabled = false
  /// The GUID of the connector in braces and lower case.
  public var connectorID = ""
  /// The object type where data comes from.
  public var sourceType = ""
  /// The object type where data goes to; `*` for any.
  public var targetType = ""
  /// What the rule does for an object that nothing joins.
  public var linkType = LinkType.join
  /// The lower the number the stronger the rule.
  public var precedence = 0
  /// Whether the passwords of objects in scope are synchronized.
  public var enablePasswordSync = false
  /// The groups of the scoping filter.
  public var scope: [[EntraScopeClause]] = []
  /// The groups of the join rules.
  public var joins: [[EntraJoinCondition]] = []
  /// The transformations.
  public var mappings: [EntraMapping] = []
  /// Where the rule stands.
  public var place: SourcePlace
}

/// A condition of a scoping filter.
public struct EntraScopeClause: Sendable {
  /// The attribute that is looked at, on the side where data comes from.
  public var attribute: AttributeName
  /// How it is looked at.
  public var scopeOperator: ScopeOperator
  /// What it is compared with; empty if the operator takes nothing.
  public var value: String
  /// Where the condition stands.
  public var place: SourcePlace
}

/// A condition of a join rule.
public struct EntraJoinCondition: Sendable {
  /// The attribute of the connector space.
  public var connectorAttribute: AttributeName
  /// The attribute of the metaverse.
  public var metaverseAttribute: AttributeName
  /// Whether upper and lower case differ.
  public var isCaseSensitive: Bool
}

/// One transformation.
public struct EntraMapping: Sendable {
  /// What the values come from.
  public enum Source: Hashable, Sendable {
    /// The values of an attribute.
    case direct(AttributeName)
    /// Always this text.
    case constant(String)
    /// What an expression says; the text is as it was exported.
    case expression(String)
  }

  /// The attribute that is written.
  public var target: AttributeName
  /// What the values come from.
  public var source: Source
  /// Whether the flow counts only when the target object is made.
  public var applyOnce: Bool
  /// What happens if several rules write the attribute.
  public var merge: MergeType
  /// Where the transformation stands.
  public var place: SourcePlace
}
