import Directory
import SyncRules

/// A metaverse object of an example.
struct ExampleObject {
  /// Its number, from 1.
  var number: Int
  /// Its type.
  var type: String
  /// The numbers of the entries that are joined to it.
  private(set) var entries: [Int64] = []
  /// Its values.
  private(set) var attributes = AttributeSet()
  private var contributions: [(contributor: Int64, contribution: Contribution)] = []
  private var references: [(flow: ReferenceFlow, values: [AttributeValue])] = []

  init(number: Int, type: String) {
    self.number = number
    self.type = type
  }

  /// Takes what an entry contributes, and works the values out anew.
  mutating func add(_ evaluation: InboundEvaluation, _ source: AttributeSet, _ entry: Int64) {
    entries.append(entry)
    contributions += evaluation.contributions.map { (entry, $0) }
    for flow in evaluation.referenceFlows {
      references.append((flow, source[flow.source]))
    }
    attributes = AttributeSet(
      MetaverseMerge.resolve(contributions).map { Attribute($0.attribute, $0.values) })
    // The strongest rule with a value gives an attribute its references, unless all are united.
    for (flow, values) in references.sorted(by: {
      $0.flow.rule.precedence > $1.flow.rule.precedence
    })
    where !values.isEmpty {
      attributes[flow.target] =
        flow.isUnited ? AttributeSet.canonical(values + attributes[flow.target]) : values
    }
  }
}

extension ReferenceFlow {
  /// Whether the references that rules give to its attribute are united.
  fileprivate var isUnited: Bool {
    rule.flows.contains { $0.target == target && $0.merge != .update }
  }
}

/// The metaverse of an example.
struct ExampleWorld {
  var objects: [ExampleObject] = []
  /// The errors of entries, in words.
  var errors: [String] = []
  /// The rules that have an entry in scope.
  var applied: [SyncRule] = []
  /// Why rules do not apply to the first entry.
  var reasons: [String] = []

  /// The object that entry `number` is joined to.
  func owner(of number: Int64) -> ExampleObject? {
    objects.first { $0.entries.contains(number) }
  }

  /// The index of a new object.
  mutating func project(_ type: String) -> Int {
    objects.append(ExampleObject(number: objects.count + 1, type: type))
    return objects.count - 1
  }

  /// The index of the only object that has a value of each condition.
  func match(_ attempt: JoinAttempt, type: String) -> Int? {
    let found = objects.indices.filter { index in
      let object = objects[index]
      guard type == "*" || object.type.lowercased() == type.lowercased() else { return false }
      return attempt.conditions.allSatisfy { condition in
        object.attributes[condition.target].contains { value in
          condition.values.contains { Self.equal($0, value, condition.isCaseSensitive) }
        }
      }
    }
    return found.count == 1 ? found[0] : nil
  }

  // As the engine's look-ups have it: bytes are the same or not, whatever Base64 makes of them.
  private static func equal(
    _ a: AttributeValue, _ b: AttributeValue, _ isCaseSensitive: Bool
  ) -> Bool {
    let isExact = isCaseSensitive || a.kind == .binary || b.kind == .binary
    return isExact ? a.portableText == b.portableText : a.searchKey == b.searchKey
  }
}
