import Directory

/// Finds the bucket of a connector and object type, both without regard to case; rules for any type
/// are in all buckets of their connector.
struct BucketIndex: Sendable {
  private struct Key: Hashable, Sendable {
    let connector: String
    let type: String
  }

  // Every spelling that the rules use is a key beside the lower-case one, so that a look-up with
  // the usual spelling makes no string.
  private var positions: [Key: Int] = [:]
  private var buckets: [RuleBucket] = []
  private var hasRulesForAny = false

  /// Types of Active Directory, in lower case, with those of which their objects are, too: whose rules
  /// are theirs where nobody has written any for them.
  static let broaderTypes = ["inetorgperson": "user"]

  /// An index of those of `rules` that are not switched off.
  ///
  /// - Parameter broader: Types, in lower case, with the types whose rules hold for them where none
  ///   are for them, not even such as are switched off.
  init(
    _ rules: [SyncRule], broader: [String: String] = [:], parameters: RuleParameters,
    matching: [String: MatchOptions]
  ) {
    var written: Set<Key> = []
    if !broader.isEmpty {
      for rule in rules { written.insert(Self.lower(rule.connector, rule.sourceType)) }
    }
    var groups: [Key: [SyncRule]] = [:]
    for rule in rules where !rule.isDisabled {
      groups[Self.lower(rule.connector, rule.sourceType), default: []].append(rule)
    }
    for (key, own) in groups {
      let others = groups[Self.lower(key.connector, SyncRule.anyType)] ?? []
      let isForAny = key.type == SyncRule.anyType
      let group = isForAny ? own : (own + others).sorted { $0.precedes($1) }
      if isForAny { hasRulesForAny = true }
      positions[key] = buckets.count
      for rule in own {
        positions[Key(connector: rule.connector, type: rule.sourceType)] = buckets.count
      }
      buckets.append(
        RuleBucket(
          group, parameters: parameters.values(for: own[0].connector),
          matching: matching[key.connector] ?? MatchOptions()))
    }
    for (type, other) in broader {
      for key in groups.keys where key.type == other {
        let own = Key(connector: key.connector, type: type)
        if !written.contains(own) { positions[own] = positions[key] }
      }
    }
  }

  func bucket(_ connector: String, _ type: String) -> RuleBucket? {
    let position =
      positions[Key(connector: connector, type: type)] ?? positions[Self.lower(connector, type)]
      ?? (hasRulesForAny ? positions[Self.lower(connector, SyncRule.anyType)] : nil)
    return position.map { buckets[$0] }
  }

  private static func lower(_ connector: String, _ type: String) -> Key {
    Key(connector: connector.lowercased(), type: type.lowercased())
  }
}
