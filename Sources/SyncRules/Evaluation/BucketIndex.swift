import Directory

/// Finds the bucket of a connector and object type, both without regard to case.
struct BucketIndex: Sendable {
  private struct Key: Hashable, Sendable {
    let connector: String
    let type: String
  }

  // Every spelling that the rules use is a key beside the lower-case one, so that a look-up with
  // the usual spelling makes no string.
  private var positions: [Key: Int] = [:]
  private var buckets: [RuleBucket] = []

  init(
    _ rules: [SyncRule], parameters: RuleParameters, matching: [String: MatchOptions]
  ) {
    var groups: [Key: [SyncRule]] = [:]
    for rule in rules {
      groups[Self.lower(rule.connector, rule.sourceType), default: []].append(rule)
    }
    for (key, group) in groups {
      positions[key] = buckets.count
      for rule in group {
        positions[Key(connector: rule.connector, type: rule.sourceType)] = buckets.count
      }
      buckets.append(
        RuleBucket(
          group, parameters: parameters.values(for: group[0].connector),
          matching: matching[key.connector] ?? MatchOptions()))
    }
  }

  func bucket(_ connector: String, _ type: String) -> RuleBucket? {
    let position =
      positions[Key(connector: connector, type: type)] ?? positions[Self.lower(connector, type)]
    return position.map { buckets[$0] }
  }

  private static func lower(_ connector: String, _ type: String) -> Key {
    Key(connector: connector.lowercased(), type: type.lowercased())
  }
}
