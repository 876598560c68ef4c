public import Directory

/// Conditions that must all hold for two objects to be joined.
public struct JoinGroup: Hashable, Sendable {
  /// The conditions; at least one.
  public var conditions: [JoinCondition]
  /// A group of `conditions`.
  public init(conditions: [JoinCondition]) { self.conditions = conditions }
}

/// The condition that two attributes share a value.
public struct JoinCondition: Hashable, Sendable {
  /// The attribute on the side where data comes from.
  public var source: AttributeName
  /// The attribute on the side where data goes to.
  public var target: AttributeName
  /// Whether upper and lower case differ.
  public var isCaseSensitive: Bool
  /// A condition of these parts.
  public init(source: AttributeName, target: AttributeName, isCaseSensitive: Bool = false) {
    self.source = source
    self.target = target
    self.isCaseSensitive = isCaseSensitive
  }
}
