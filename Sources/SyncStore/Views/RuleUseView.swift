/// What rules have brought about, as far as the store tells, by their names.
public struct RuleUse: Hashable, Sendable {
  /// How many objects they joined, projected or provisioned, that are linked so still.
  public var links: [String: Int] = [:]
  /// How many values of the metaverse come from them.
  public var values: [String: Int] = [:]
  /// How many values they gave that a stronger rule displaced.
  public var lost: [String: Int] = [:]
  /// How many attributes they changed in the steps that were looked through.
  public var changes: [String: Int] = [:]
  /// Nothing.
  public init() {}

  /// Whether a rule has brought anything about.
  public func isUsed(_ rule: String) -> Bool {
    [links, values, lost, changes].contains { $0[rule] ?? 0 > 0 }
  }
}

/// How far a look at the rules' use has come.
public struct RuleUsePosition: Hashable, Sendable {
  /// The metaverse object that was looked at last.
  public var metaverse: Int64 = 0
  /// The recorded change that was looked at last; 0 at the end of the metaverse.
  public var change: Int64 = .max
  /// The beginning.
  public init() {}
}
