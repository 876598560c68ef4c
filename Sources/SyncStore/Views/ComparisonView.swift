public import Directory

/// What differs between two runs or cycles.
public struct RunComparison: Hashable, Sendable {
  /// How many objects both did the same to.
  public var same: Int
  /// Objects that they did not do the same to, by connector, stage and name.
  public var differences: [RunDifference]

  /// How many objects only the first touched.
  public var onlyFirst: Int { differences.count { $0.second == nil } }
  /// How many objects only the second touched.
  public var onlySecond: Int { differences.count { $0.first == nil } }
  /// How many objects both touched, each in its way.
  public var different: Int { differences.count - onlyFirst - onlySecond }
}

/// An object that two runs did not do the same to.
public struct RunDifference: Hashable, Sendable {
  /// The connector space that the object belongs to.
  public var connector: String
  /// `import`, `synchronization` or `export`.
  public var stage: String
  /// The object's name then.
  public var dn: String
  /// What a person calls it.
  public var display: String
  /// What the first run counted it under; nil if it did not touch it.
  public var first: String?
  /// What the second run counted it under; nil if it did not touch it.
  public var second: String?
  /// The attributes that came out differently.
  public var attributes: [AttributeDifference]
}

/// An attribute that two runs brought to different values.
public struct AttributeDifference: Hashable, Sendable {
  /// The attribute.
  public var name: String
  /// What the first run made it; nil if it did not touch it.
  public var first: [AttributeValue]?
  /// What the second run made it; nil if it did not touch it.
  public var second: [AttributeValue]?
}
