public import Configuration

/// Which way a rule moves data.
public enum Direction: String, Hashable, Sendable, CaseIterable {
  /// From a connector space to the metaverse.
  case inbound
  /// From the metaverse to a connector space.
  case outbound
}

/// What a rule does for an object that nothing joins.
public enum LinkType: String, Hashable, Sendable, CaseIterable {
  /// Makes the object on the other side: projects it (inbound) or provisions it (outbound).
  case provision
  /// Leaves it alone.
  case join
  /// Leaves it alone, but keeps a metaverse object alive as Provision does.
  case stickyJoin
  /// Leaves it alone, and lets nothing flow to the other side, whatever other rules say: the object
  /// there is another program's. Outbound only.
  case joinNoFlow
}

/// One synchronization rule, as Entra Connect's declarative provisioning has them.
///
/// A class, since every contribution names its rule and a reference costs one word; all of it is
/// constant. Two rules are equal when they are the same rule of the same set.
public final class SyncRule: Sendable {
  /// The rule's stable name in the store: given, or made from ``name``.
  public let id: String
  /// The rule's name for a person.
  public let name: String
  /// What the rule is for; may be empty.
  public let description: String
  /// Which way it moves data.
  public let direction: Direction
  /// The name of the connector on the rule's far side.
  public let connector: String
  /// The object type where data comes from.
  public let sourceType: String
  /// The object type where data goes to.
  public let targetType: String
  /// What it does for an object that nothing joins.
  public let linkType: LinkType
  /// The lower the number the stronger the rule; unique for a direction and connector
  /// among the rules in force.
  public let precedence: Int
  /// Which objects the rule is for.
  public let scope: ScopeFilter
  /// How to find the object on the other side, tried in this order.
  public let joins: [JoinGroup]
  /// What flows to the other side.
  public let flows: [AttributeFlow]
  /// Whether the rule is switched off; it is then listed, but never evaluated.
  public let isDisabled: Bool
  /// Whether the passwords of objects in scope are synchronized.
  public let enablePasswordSync: Bool
  /// Where the rule stands.
  public let place: SourcePlace

  /// A rule of these parts.
  public init(
    id: String, name: String, description: String = "", direction: Direction, connector: String,
    sourceType: String, targetType: String, linkType: LinkType, precedence: Int,
    scope: ScopeFilter = ScopeFilter(), joins: [JoinGroup] = [], flows: [AttributeFlow] = [],
    isDisabled: Bool = false, enablePasswordSync: Bool = false, place: SourcePlace
  ) {
    self.id = id
    self.name = name
    self.description = description
    self.direction = direction
    self.connector = connector
    self.sourceType = sourceType
    self.targetType = targetType
    self.linkType = linkType
    self.precedence = precedence
    self.scope = scope
    self.joins = joins
    self.flows = flows
    self.isDisabled = isDisabled
    self.enablePasswordSync = enablePasswordSync
    self.place = place
  }
}

extension SyncRule {
  /// What stands in the place of a type and means all of them.
  public static let anyType = "*"

  /// Whether two names of types mean the same one: letter case does not count.
  public static func isSame(_ a: String, _ b: String) -> Bool {
    a == b || a.lowercased() == b.lowercased()
  }
}

extension SyncRule: Hashable {
  /// Whether both are the same rule.
  public static func == (a: SyncRule, b: SyncRule) -> Bool { a === b || a.id == b.id }
  /// Hashes the id.
  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension SyncRule {
  /// Whether this rule is asked before `other`: by precedence, then by id, so that the order never
  /// depends on chance.
  func precedes(_ other: SyncRule) -> Bool {
    (precedence, id) < (other.precedence, other.id)
  }
}
