/// A step that is due on a connector before all objects are as the configuration says.
public struct DueStep: Hashable, Sendable {
  /// The connector.
  public var connector: String
  /// The step.
  public var type: StepType
  /// Why.
  public var reason: String
  /// How many objects it will go through.
  public var objects: Int
  /// What differs in the rules of the connector since they were last applied to all objects.
  public var changes: [DueChange] = []
  /// What that does to the objects that are there, attribute by attribute.
  public var effects: [DueEffect] = []
  /// Whether objects have changed since ``effects`` were worked out, or these are of other rules.
  public var isOutdated = false

  /// Whether it is a source that is not in lockstep.toml any more: it is not synchronized; its
  /// objects leave once everything else is.
  public var isRetired = false

  /// Why the objects of such a source leave.
  static let retired =
    "not in lockstep.toml any more: they leave once everything else is synchronized"

  /// What is done, in words.
  public var title: String { isRetired ? "Leaving" : type.profileName }

  /// What is to be said of ``effects`` that are outdated.
  public static let outdated =
    "That is of before: objects have changed since, and the engine is yet to work it out again"
}

/// One thing that differs in a rule; an empty text on one side means that it is absent there.
public struct DueChange: Hashable, Sendable {
  /// The rule's name.
  public var rule: String
  /// What differs: `flow title`, `scope group`, `precedence`.
  public var what: String
  /// How it was.
  public var before: String
  /// How it is now.
  public var after: String

  /// A change of these parts.
  public init(rule: String, what: String, before: String, after: String) {
    self.rule = rule
    self.what = what
    self.before = before
    self.after = after
  }
}

/// What a change of the rules does to objects of one type.
public struct DueEffect: Hashable, Sendable {
  /// What happens to them.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// The rules give an attribute of the metaverse another value.
    case inbound
    /// The rules give an attribute of the target another value.
    case outbound
    /// They come into the scope of rules, or are made.
    case comes
    /// No rule has them in scope, or keeps them, any more.
    case goes
    /// A rule says that nothing flows to them any more.
    case withheld
    /// A rule can't be worked out for them that could be before.
    case fails
    /// No rule writes an attribute of the target any more: it keeps the value that it has.
    case stays
  }
  /// What happens.
  public var kind: Kind
  /// The type of the objects where the rules take them from.
  public var objectType: String
  /// The attribute; empty where the object as a whole is concerned.
  public var attribute: String
  /// How many of the objects that were looked at.
  public var count: Int
  /// How many objects of all types were looked at.
  public var looked: Int
  /// How many there are; more than ``looked`` where there are too many to look at all.
  public var total: Int
  /// What people call some of them.
  public var samples: [String]

  /// An effect of these parts.
  public init(
    _ kind: Kind, objectType: String, attribute: String, count: Int, looked: Int, total: Int,
    samples: [String]
  ) {
    self.kind = kind
    self.objectType = objectType
    self.attribute = attribute
    self.count = count
    self.looked = looked
    self.total = total
    self.samples = samples
  }

  /// The effect in words, without the samples.
  public var words: String {
    let objects =
      "\(count) " + (looked < total ? "of the first \(looked) objects, " : "objects, ")
      + "type \(objectType)"
    return switch kind {
    case .inbound: "\(attribute) in the metaverse changes on \(objects)"
    case .outbound: "\(attribute) changes on \(objects)"
    case .comes: "they come into scope: \(objects)"
    case .goes: "they leave the scope, and may be deleted: \(objects)"
    case .withheld: "nothing flows to them any more, and they stay as they are: \(objects)"
    case .fails: "\(attribute) can't be worked out any more: \(objects)"
    case .stays: "\(attribute) is written no more, and stays as it is: \(objects)"
    }
  }
}
