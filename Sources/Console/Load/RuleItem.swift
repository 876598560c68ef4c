/// A synchronization rule as the console shows it.
public struct RuleItem: Hashable, Sendable, Identifiable {
  /// One attribute that it writes.
  public struct Flow: Hashable, Sendable {
    /// The attribute.
    public var target: String
    /// `direct`, `constant` or `expression`.
    public var kind: String
    /// The source: an attribute's name, a constant, an expression.
    public var source: String
    /// Words on it: `once`, `merge`; may be empty.
    public var note: String
    /// A flow of these parts.
    public init(target: String, kind: String, source: String, note: String = "") {
      self.target = target
      self.kind = kind
      self.source = source
      self.note = note
    }
  }

  /// The rule's number in the order of the list, and its stable name.
  public var id: String
  /// Its name for a person.
  public var name: String
  /// What it is for; may be empty.
  public var description = ""
  /// Whether data comes in by it.
  public var isInbound: Bool
  /// The connector on its far side.
  public var connector: String
  /// The object type where data comes from.
  public var source: String
  /// The object type where data goes to.
  public var target: String
  /// `Provision`, `Join`, `StickyJoin` or `JoinNoFlow`.
  public var link: String
  /// The lower the stronger.
  public var precedence: Int
  /// Whether it is switched off.
  public var isDisabled = false
  /// Whether passwords of objects in its scope are synchronized.
  public var hasPasswordSync = false
  /// The groups of its scope, each with its clauses.
  public var scope: [[String]] = []
  /// The groups of its join, each with its conditions.
  public var joins: [[String]] = []
  /// What it writes.
  public var flows: [Flow] = []
  /// The file that it stands in.
  public var file = ""
  /// The line, from 1.
  public var line = 1

  /// A rule of these parts.
  public init(
    id: String, name: String, isInbound: Bool, connector: String, source: String, target: String,
    link: String, precedence: Int
  ) {
    self.id = id
    self.name = name
    self.isInbound = isInbound
    self.connector = connector
    self.source = source
    self.target = target
    self.link = link
    self.precedence = precedence
  }
}
