import Directory
import SyncRules

/// The attributes of a target to which its rules add values, by object type.
struct OutboundUnions: Sendable {
  private var merges: [String: [AttributeName: MergeType]] = [:]

  init(_ rules: [SyncRule]) {
    for rule in rules {
      for flow in rule.flows where flow.merge != .update {
        merges[rule.targetType.lowercased(), default: [:]][flow.target] = flow.merge
      }
    }
  }

  var isEmpty: Bool { merges.isEmpty }

  /// How values are united in an attribute of objects of `type`; nil if they are not.
  func merge(of name: AttributeName, type: String) -> MergeType? {
    merges[type.lowercased()]?[name] ?? merges[SyncRule.anyType]?[name]
  }
}
