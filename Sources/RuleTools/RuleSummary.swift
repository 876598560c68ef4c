import Directory
import SyncExpressions
public import SyncRules

/// A rule for programs, and in one line for people.
public struct RuleSummary: Encodable {
  /// A flow for programs.
  public struct Flow: Encodable {
    let target: String
    let kind: String
    let source: String
    let once: Bool
    let merge: String
  }

  let id: String
  let name: String
  let description: String
  let direction: String
  let connector: String
  let sourceType: String
  let targetType: String
  let linkType: String
  let precedence: Int
  let disabled: Bool
  let passwordSync: Bool
  let scope: [[String]]
  let joins: [[String]]
  let flows: [Flow]
  let place: String

  /// The summary of a rule.
  public init(_ rule: SyncRule) {
    id = rule.id
    name = rule.name
    description = rule.description
    direction = rule.direction.rawValue
    connector = rule.connector
    sourceType = rule.sourceType
    targetType = rule.targetType
    linkType = rule.linkType.ruleWord
    precedence = rule.precedence
    disabled = rule.isDisabled
    passwordSync = rule.enablePasswordSync
    scope = rule.scope.groups.map { $0.clauses.map(\.description) }
    joins = rule.joins.map { $0.conditions.map { "\($0.source) = \($0.target)" } }
    flows = rule.flows.map(Self.flow)
    place = "\(rule.place)"
  }

  private static func flow(_ flow: AttributeFlow) -> Flow {
    let (kind, source): (String, String) =
      switch flow.source {
      case .direct(let name): ("direct", name.text)
      case .constant(let values): ("constant", values.map(\.text).joined(separator: ", "))
      case .expression(let expression): ("expression", expression.text)
      }
    return Flow(
      target: flow.target.text, kind: kind, source: source, once: flow.applyOnce,
      merge: flow.merge.ruleWord)
  }

  /// A table of `rules`, the strongest of each direction first.
  public static func lines(_ rules: [SyncRule]) -> [String] {
    table(
      rules.sorted {
        ($0.direction == .inbound ? 0 : 1, $0.precedence, $0.id)
          < ($1.direction == .inbound ? 0 : 1, $1.precedence, $1.id)
      })
  }

  /// A table of `rules` in their order.
  public static func table(_ rules: [SyncRule]) -> [String] {
    let rows = rules.map { rule in
      [
        String(rule.precedence), rule.direction.rawValue, rule.connector,
        "\(rule.sourceType) > \(rule.targetType)", rule.linkType.ruleWord,
        "\(rule.flows.count) flows", (rule.isDisabled ? "(off) " : "") + rule.name,
      ]
    }
    let widths = (0..<6).map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      zip(row, widths + [0]).map { text, width in
        text + String(repeating: " ", count: max(0, width - text.count))
      }.joined(separator: "  ")
    }
  }
}
