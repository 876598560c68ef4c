public import Directory

/// Conditions that must all hold for two objects to be joined.
public struct JoinGroup: Hashable, Sendable {
  /// The conditions; at least one.
  public var conditions: [JoinCondition]
  /// How far a match of the group goes.
  public var match: JoinMatch
  /// A group of `conditions`.
  public init(conditions: [JoinCondition], match: JoinMatch = .plain) {
    self.conditions = conditions
    self.match = match
  }
}

/// How far a match of a join group goes; outbound rules distinguish it as Entra's cloud does.
public enum JoinMatch: String, Hashable, Sendable, CaseIterable {
  /// The object found is the partner.
  case plain
  /// By the source anchor: the object found is the partner, and is taken over.
  case hard
  /// By an address: the object found is the partner only if it has no anchor yet.
  case soft
}

/// What a target allows to be matched with objects that it has already.
public struct MatchOptions: Hashable, Sendable {
  /// Whether objects are never matched by an address (`BlockSoftMatch`).
  public var blockSoftMatch: Bool
  /// Whether objects that the cloud has with our anchor, but that this engine did not make, are
  /// never taken over (`BlockCloudObjectTakeoverThroughHardMatch`).
  public var blockHardMatch: Bool
  /// Options of these kinds.
  public init(blockSoftMatch: Bool = false, blockHardMatch: Bool = false) {
    self.blockSoftMatch = blockSoftMatch
    self.blockHardMatch = blockHardMatch
  }
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
