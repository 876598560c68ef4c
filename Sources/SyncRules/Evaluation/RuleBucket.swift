import Directory

/// The rules for one object type from one connector (inbound) or to it (outbound), prepared for
/// evaluation.
struct RuleBucket: Sendable {
  /// One attribute of the target with the flows that write it, the strongest first.
  struct Slot: Sendable {
    let target: AttributeName
    var flows: [(rule: Int, flow: AttributeFlow)]
  }

  let rules: [SyncRule]
  let slots: [Slot]

  init(_ rules: [SyncRule]) {
    self.rules = rules
    var positions: [AttributeName: Int] = [:]
    var slots: [Slot] = []
    for (index, rule) in rules.enumerated() {
      for flow in rule.flows {
        if let position = positions[flow.target] {
          slots[position].flows.append((index, flow))
        } else {
          positions[flow.target] = slots.count
          slots.append(Slot(target: flow.target, flows: [(index, flow)]))
        }
      }
    }
    self.slots = slots
  }
}

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

  init(_ rules: [SyncRule]) {
    var groups: [Key: [SyncRule]] = [:]
    for rule in rules {
      groups[Self.lower(rule.connector, rule.sourceType), default: []].append(rule)
    }
    for (key, group) in groups {
      positions[key] = buckets.count
      for rule in group {
        positions[Key(connector: rule.connector, type: rule.sourceType)] = buckets.count
      }
      buckets.append(RuleBucket(group))
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
