import Directory
import SyncExpressions
public import SyncRules

/// Writes rules as the text of a rule file, from which the same rules are read again.
public enum RuleText {
  /// The text of a file with `rules`, in their order.
  ///
  /// - Parameter heading: Lines to begin with, each without its comment sign.
  public static func file(_ rules: [SyncRule], heading: [String] = []) -> String {
    let comments = heading.map { ($0.isEmpty ? "#" : "# " + oneLine($0)) + "\n" }.joined()
    let parts = rules.map(text)
    return ([comments].filter { !$0.isEmpty } + parts).joined(separator: "\n")
  }

  /// The text of what the rules of a set say of matching objects that targets have already; empty
  /// if that is the usual.
  public static func matching(_ rules: RuleSet) -> String {
    var connectors: [String: String] = [:]
    for rule in rules.rules { connectors[rule.connector.lowercased()] = rule.connector }
    return connectors.sorted { $0.key < $1.key }.map { _, name in
      let options = rules.matching(for: name)
      guard options != MatchOptions() else { return "" }
      return matching(options, of: name)
    }.joined()
  }

  /// The text of what rules say of matching for the connector `name`.
  public static func matching(_ options: MatchOptions, of name: String) -> String {
    """
    [[matching]]
    connector = \(TOMLText.string(name))
    block_soft_match = \(options.blockSoftMatch)
    block_hard_match = \(options.blockHardMatch)

    """
  }

  /// The text of one rule.
  public static func text(_ rule: SyncRule) -> String {
    var lines = ["[[rule]]", "name = " + TOMLText.string(rule.name)]
    lines.append("id = " + TOMLText.string(rule.id))
    if !rule.description.isEmpty {
      lines.append("description = " + TOMLText.string(rule.description))
    }
    lines += [
      "direction = \"\(rule.direction.rawValue)\"",
      "connector = " + TOMLText.string(rule.connector),
      "source = " + TOMLText.string(rule.sourceType),
      "target = " + TOMLText.string(rule.targetType),
      "link = \"\(rule.linkType.ruleWord)\"", "precedence = \(rule.precedence)",
    ]
    if rule.isDisabled { lines.append("disabled = true") }
    if rule.enablePasswordSync { lines.append("password_sync = true") }
    lines += list("scope", rule.scope.groups.map { group("clauses", $0.clauses.map(clause)) })
    lines += list("join", rule.joins.map(join))
    lines += list("flow", rule.flows.map { ["  " + flow($0)] })
    return lines.map { $0 + "\n" }.joined()
  }

  private static func list(_ key: String, _ items: [[String]]) -> [String] {
    guard !items.isEmpty else { return [] }
    let lines = items.flatMap { item in
      item.dropLast() + [(item.last ?? "") + ","]
    }
    return ["\(key) = ["] + lines + ["]"]
  }

  private static func group(_ key: String, _ items: [String], _ start: String = "") -> [String] {
    ["  { \(start)\(key) = ["] + items.map { "    " + $0 + "," } + ["  ] }"]
  }

  private static func join(_ join: JoinGroup) -> [String] {
    let match = join.match == .plain ? "" : "match = \"\(join.match.rawValue)\", "
    return group("conditions", join.conditions.map(condition), match)
  }

  private static func clause(_ clause: ScopeClause) -> String {
    var parts = [
      "attribute = " + TOMLText.string(clause.attribute.text),
      "operator = \"\(clause.scopeOperator.rawValue)\"",
    ]
    let isList = clause.scopeOperator == .isIn || clause.scopeOperator == .isNotIn
    let values = clause.values.map(TOMLText.string)
    if isList {
      parts.append("value = [" + values.joined(separator: ", ") + "]")
    } else if let value = values.first {
      parts.append("value = " + value)
    }
    return table(parts)
  }

  private static func condition(_ condition: JoinCondition) -> String {
    var parts = [
      "source = " + TOMLText.string(condition.source.text),
      "target = " + TOMLText.string(condition.target.text),
    ]
    if condition.isCaseSensitive { parts.append("case_sensitive = true") }
    return table(parts)
  }

  private static func flow(_ flow: AttributeFlow) -> String {
    var parts = ["target = " + TOMLText.string(flow.target.text)]
    switch flow.source {
    case .direct(let name): parts.append("direct = " + TOMLText.string(name.text))
    case .constant(let values): parts.append("constant = " + constant(values))
    case .expression(let expression):
      parts.append("expression = " + TOMLText.string(expression.text))
    }
    if flow.applyOnce { parts.append("apply_once = true") }
    if flow.merge != .update { parts.append("merge = \"\(flow.merge.ruleWord)\"") }
    return table(parts)
  }

  private static func constant(_ values: [AttributeValue]) -> String {
    let texts = values.map { value in
      switch value {
      case .integer, .boolean: value.text
      case .string, .binary, .reference: TOMLText.string(value.portableText)
      }
    }
    return texts.count == 1 ? texts[0] : "[" + texts.joined(separator: ", ") + "]"
  }

  private static func table(_ parts: [String]) -> String {
    "{ " + parts.joined(separator: ", ") + " }"
  }

  private static func oneLine(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? " " : Character($0) })
  }
}

extension LinkType {
  /// The word for it in rule files and the rule editor.
  public var ruleWord: String {
    switch self {
    case .provision: "Provision"
    case .join: "Join"
    case .stickyJoin: "StickyJoin"
    case .joinNoFlow: "JoinNoFlow"
    }
  }
}

extension MergeType {
  /// The word for it in rule files and the rule editor.
  public var ruleWord: String {
    switch self {
    case .update: "Update"
    case .merge: "Merge"
    case .mergeCaseInsensitive: "MergeCaseInsensitive"
    }
  }
}
