public import Configuration
public import Directory

/// An example of what rules make of objects: given entries, and what is expected of the first.
public struct RuleExample: Sendable {
  /// An object of a connected directory.
  public struct Entry: Sendable {
    /// The connector's name.
    public var connector: String
    /// The object's type there.
    public var type: String
    /// Its distinguished name.
    public var dn: String
    /// What it says; references are distinguished names.
    public var attributes: AttributeSet
  }

  /// What is expected of a target.
  public struct Target: Sendable {
    /// The connector's name.
    public var connector: String
    /// The object's type there; nil if that does not matter.
    public var type: String?
    /// Whether rules make the object there, or have it there already.
    public var isThere = true
    /// The values that attributes are expected to have; none for an attribute that must be absent.
    public var attributes: [AttributeName: [AttributeValue]]
    /// Whether no other attribute may have a value.
    public var isExact = false
    /// Where the expectation stands.
    public var place: SourcePlace
  }

  /// What the example shows, in a sentence.
  public var name: String
  /// Where it stands.
  public var place: SourcePlace
  /// The objects; the first is the one that it is about.
  public var entries: [Entry]
  /// Whether the object is expected to reach no target; nil if that does not matter.
  public var isFiltered: Bool?
  /// A part of the error that is expected; nil if none may occur.
  public var error: String?
  /// The type of the metaverse object; nil if that does not matter.
  public var metaverseType: String?
  /// The values that attributes of the metaverse object are expected to have.
  public var metaverse: [AttributeName: [AttributeValue]] = [:]
  /// What is expected of targets.
  public var targets: [Target] = []
}

/// What became of an example.
public struct RuleExampleResult: Sendable, Encodable {
  /// The example's name.
  public var name: String
  /// Where it stands.
  public var place: String
  /// What is other than expected; none if the example holds.
  public var differences: [String]
  /// The names of the rules that had one of its objects in scope.
  public var rules: [String]
  /// The ids of those rules, since two may have one name.
  var ruleIDs: Set<String> = []
  /// Whether the example holds.
  public var isPassed: Bool { differences.isEmpty }

  private enum CodingKeys: String, CodingKey { case name, place, differences, rules, passed }

  /// Writes the result for a program.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(place, forKey: .place)
    try container.encode(differences, forKey: .differences)
    try container.encode(rules, forKey: .rules)
    try container.encode(isPassed, forKey: .passed)
  }
}
