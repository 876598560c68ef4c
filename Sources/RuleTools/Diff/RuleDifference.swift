import Directory
import SyncExpressions
public import SyncRules

/// What differs between two rules or two sets of them.
public struct RuleDifference: Hashable, Sendable {
  /// One side of a difference in words; an empty text on one side means that it is absent there.
  public struct Item: Hashable, Sendable, Encodable {
    /// What differs: `precedence`, `scope`, `join`, `flow displayName`.
    public var what: String
    /// How it was; empty if it was not there.
    public var before: String
    /// How it is; empty if it is not there any more.
    public var after: String

    /// An item of these parts.
    public init(_ what: String, before: String, after: String) {
      self.what = what
      self.before = before
      self.after = after
    }
  }

  /// A rule that is in both sets and differs.
  public struct Change: Hashable, Sendable, Encodable {
    /// The rule's name, as it is now.
    public var rule: String
    /// What differs.
    public var items: [Item]
  }

  /// The names of rules that only the second set has.
  public var added: [String] = []
  /// The names of rules that only the first set has.
  public var removed: [String] = []
  /// The rules that both have and that differ.
  public var changed: [Change] = []

  /// Whether nothing differs.
  public var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty }

  /// What has to be done to `old` to get `new`.
  ///
  /// Rules are the same rule if they have the same id; of the rest, if they have the same name and
  /// direction.
  public init(from old: [SyncRule], to new: [SyncRule]) {
    let pairs = Self.pairs(old, new)
    for (before, after) in pairs {
      switch (before, after) {
      case (nil, let rule?): added.append(rule.name)
      case (let rule?, nil): removed.append(rule.name)
      case (let before?, let after?):
        let items = Self.items(before, after)
        if !items.isEmpty { changed.append(Change(rule: after.name, items: items)) }
      case (nil, nil): break
      }
    }
  }

  private static func pairs(
    _ old: [SyncRule], _ new: [SyncRule]
  ) -> [(SyncRule?, SyncRule?)] {
    var left = old
    var rest: [SyncRule] = []
    var pairs: [(SyncRule?, SyncRule?)] = []
    func take(_ isSame: (SyncRule) -> Bool) -> SyncRule? {
      left.firstIndex(where: isSame).map { left.remove(at: $0) }
    }
    for rule in new {
      if let same = take({ $0.id == rule.id }) {
        pairs.append((same, rule))
      } else {
        rest.append(rule)
      }
    }
    for rule in rest {
      let twin = take { $0.name == rule.name && $0.direction == rule.direction }
      pairs.append((twin, rule))
    }
    return pairs + left.map { ($0, nil) }
  }
}

extension RuleDifference {
  /// Adds what differs in what targets allow to be matched.
  public mutating func addMatching(
    from old: [String: MatchOptions], to new: [String: MatchOptions]
  ) {
    for connector in Set(old.keys).union(new.keys).sorted() {
      let items = Self.items(
        old[connector] ?? MatchOptions(), new[connector] ?? MatchOptions())
      if !items.isEmpty { changed.append(Change(rule: "matching of \(connector)", items: items)) }
    }
  }

  /// What differs between what a target allows to be matched.
  public static func items(_ old: MatchOptions, _ new: MatchOptions) -> [Item] {
    [
      ("block_soft_match", old.blockSoftMatch, new.blockSoftMatch),
      ("block_hard_match", old.blockHardMatch, new.blockHardMatch),
    ].filter { $0.1 != $0.2 }.map { name, before, after in
      Item(name, before: before ? "true" : "false", after: after ? "true" : "false")
    }
  }

  /// What is in a rule, as if there had been none before.
  public static func content(of rule: SyncRule) -> [Item] {
    [
      Item(
        "rule", before: "",
        after: "\(rule.direction.rawValue), \(rule.sourceType) to \(rule.targetType), "
          + "\(rule.linkType.ruleWord), precedence \(rule.precedence)")
    ] + groups("scope group", [], rule.scope.groups.map(text)) + flows([], rule.flows)
  }

  /// The rules of two sets that are the same rule, and those that only one of them has.
  public static func paired(
    _ old: [SyncRule], _ new: [SyncRule]
  ) -> [(before: SyncRule?, after: SyncRule?)] {
    pairs(old, new).map { (before: $0.0, after: $0.1) }
  }

  /// What differs between two rules.
  public static func items(_ old: SyncRule, _ new: SyncRule) -> [Item] {
    var items: [Item] = []
    func compare(_ what: String, _ value: (SyncRule) -> String) {
      let (before, after) = (value(old), value(new))
      if before != after { items.append(Item(what, before: before, after: after)) }
    }
    compare("name") { $0.name }
    compare("id") { $0.id }
    compare("description") { $0.description }
    compare("direction") { $0.direction.rawValue }
    compare("connector") { $0.connector }
    compare("source type") { $0.sourceType }
    compare("target type") { $0.targetType }
    compare("link type") { $0.linkType.ruleWord }
    compare("precedence") { String($0.precedence) }
    compare("disabled") { $0.isDisabled ? "yes" : "no" }
    compare("password synchronization") { $0.enablePasswordSync ? "yes" : "no" }
    items += groups("scope group", old.scope.groups.map(text), new.scope.groups.map(text))
    // The order of join groups is the order in which they are tried.
    compare("join") { $0.joins.map(text).joined(separator: "; then ") }
    return items + flows(old.flows, new.flows)
  }

  /// Groups that came and went; their order means nothing.
  private static func groups(_ what: String, _ old: [String], _ new: [String]) -> [Item] {
    var gone = old
    var come: [String] = []
    for text in new {
      if let index = gone.firstIndex(of: text) { gone.remove(at: index) } else { come.append(text) }
    }
    return (0..<max(gone.count, come.count)).map { index in
      Item(
        what, before: index < gone.count ? gone[index] : "",
        after: index < come.count ? come[index] : "")
    }
  }

  private static func text(_ group: ScopeGroup) -> String {
    group.clauses.map(\.description).sorted().joined(separator: " and ")
  }

  private static func text(_ group: JoinGroup) -> String {
    let conditions = group.conditions.map { condition in
      condition.source.text + " = " + condition.target.text
        + (condition.isCaseSensitive ? " (case counts)" : "")
    }
    return conditions.sorted().joined(separator: " and ")
      + (group.match == .plain ? "" : " (\(group.match.rawValue) match)")
  }

  private static func flows(_ old: [AttributeFlow], _ new: [AttributeFlow]) -> [Item] {
    var items: [Item] = []
    for flow in new {
      let before = old.first { $0.target == flow.target }.map(text) ?? ""
      let after = text(flow)
      if before != after {
        items.append(Item("flow " + flow.target.text, before: before, after: after))
      }
    }
    for flow in old where !new.contains(where: { $0.target == flow.target }) {
      items.append(Item("flow " + flow.target.text, before: text(flow), after: ""))
    }
    return items
  }

  private static func text(_ flow: AttributeFlow) -> String {
    var text: String
    switch flow.source {
    case .direct(let name): text = "direct " + name.text
    case .constant(let values):
      text = "constant " + values.map { "\($0.text) (\($0.typeName))" }.joined(separator: ", ")
    case .expression(let expression): text = "expression " + expression.text
    }
    if flow.applyOnce { text += ", once" }
    if flow.merge != .update { text += ", " + flow.merge.ruleWord }
    return text
  }
}
