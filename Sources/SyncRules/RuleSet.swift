public import Configuration
public import Directory

/// All synchronization rules of an installation, compiled for quick evaluation.
public struct RuleSet: Sendable {
  /// The rules, also those that are disabled, the lowest precedence number first.
  public let rules: [SyncRule]
  /// A text that is the same for rules of the same meaning, wherever and however they are written.
  public let fingerprint: String
  let inbound: BucketIndex
  let outbound: BucketIndex

  /// The set of `rules`.
  ///
  /// - Throws: ``ConfigurationError`` if two rules can't live together: same id, same precedence for
  ///   a direction and connector, or different merge types for one attribute.
  public init(_ rules: [SyncRule]) throws(ConfigurationError) {
    try Self.checkTogether(rules)
    let sorted = rules.sorted { $0.precedes($1) }
    self.rules = sorted
    fingerprint = RuleFingerprint.make(sorted)
    let active = sorted.filter { !$0.isDisabled }
    inbound = BucketIndex(active.filter { $0.direction == .inbound })
    outbound = BucketIndex(active.filter { $0.direction == .outbound })
  }

  /// The metaverse attributes in which inbound joins look for partners.
  public var indexedMetaverseAttributes: Set<AttributeName> {
    joinTargets { $0.direction == .inbound }
  }

  /// The attributes of a connector space in which outbound joins look for partners.
  public func indexedConnectorAttributes(connector: String) -> Set<AttributeName> {
    let name = connector.lowercased()
    return joinTargets { $0.direction == .outbound && $0.connector.lowercased() == name }
  }

  private func joinTargets(_ isWanted: (SyncRule) -> Bool) -> Set<AttributeName> {
    let wanted = rules.filter { !$0.isDisabled && isWanted($0) }
    return Set(wanted.flatMap(\.joins).flatMap(\.conditions).map(\.target))
  }
}
