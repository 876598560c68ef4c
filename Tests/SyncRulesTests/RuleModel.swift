import Directory
import SyncExpressions
import TestSupport

@testable import SyncRules

/// An object as the plain reading sees it.
struct PlainObject {
  var values: [AttributeName: [AttributeValue]] = [:]
  /// Attributes whose values are rows elsewhere, and those of them that have one.
  var references: Set<AttributeName> = []
  var present: Set<AttributeName> = []

  func has(_ name: AttributeName) -> Bool {
    !(values[name] ?? []).isEmpty || present.contains(name)
  }

  var subject: RuleSubject {
    RuleSubject(
      AttributeSet(values.map { Attribute($0.key, $0.value) }), references: references,
      presentReferences: present)
  }
}

/// What a flow says of an object, without any of the engine's tables.
enum PlainSaying: Equatable {
  case values([AttributeValue])
  case reference(AttributeName)
  case nothing, noneAtAll, leaveIt

  var values: [AttributeValue] { if case .values(let values) = self { values } else { [] } }
}

/// The rules of one direction, evaluated in the plainest way that the documents allow.
struct PlainRules {
  let rules: [SyncRule]

  /// The rules for an object, the strongest first.
  func rules(for connector: String, _ type: String) -> [SyncRule] {
    rules.filter {
      !$0.isDisabled && $0.connector.lowercased() == connector.lowercased()
        && ($0.sourceType == "*" || $0.sourceType.lowercased() == type.lowercased())
    }.sorted { $0.precedence < $1.precedence }
  }

  // MARK: Parts

  static func holds(_ clause: ScopeClause, _ object: PlainObject) -> Bool {
    let found = object.values[clause.attribute] ?? []
    let texts = found.map { $0.text.lowercased() }
    let wanted = clause.values.map { $0.lowercased() }
    switch clause.scopeOperator {
    case .isNull: return !object.has(clause.attribute)
    case .isNotNull: return object.has(clause.attribute)
    case .equal: return texts.contains(wanted[0])
    case .notEqual: return !texts.contains(wanted[0])
    case .isIn: return texts.contains { wanted.contains($0) }
    case .startsWith: return texts.contains { $0.hasPrefix(wanted[0]) }
    default: return false
    }
  }

  /// The place of the first clause of each group that fails; nil if a group holds.
  static func failed(_ rule: SyncRule, _ object: PlainObject) -> [Int]? {
    guard !rule.scope.groups.isEmpty else { return nil }
    let places = rule.scope.groups.map { group in
      group.clauses.firstIndex { !holds($0, object) }
    }
    return places.contains(nil) ? nil : places.compactMap(\.self)
  }

  static func saying(_ flow: AttributeFlow, _ object: PlainObject) -> PlainSaying {
    switch flow.source {
    case .constant(let values): return .values(values)
    case .direct(let name):
      if object.references.contains(name) { return .reference(name) }
      let values = object.values[name] ?? []
      return values.isEmpty ? .nothing : .values(values.sorted())
    case .expression(let expression): return saying(expression.text, object)
    }
  }

  // The expressions that the sets of this test have: a condition on one attribute, and two words.
  private static func saying(_ text: String, _ object: PlainObject) -> PlainSaying {
    let parts = text.dropFirst("IIF(IsPresent([".count).dropLast().split(separator: ",")
    let holds = object.has(AttributeName(String(parts[0].dropLast(2))))
    switch holds ? parts[1] : parts[2] {
    case "NULL": return .nothing
    case "AuthoritativeNull": return .noneAtAll
    case "IgnoreThisFlow": return .leaveIt
    case let word: return .values([.string(word.filter { $0 != "\"" })])
    }
  }

  static func creates(_ rule: SyncRule, _ object: PlainObject) -> Bool {
    let sources = rule.joins.flatMap(\.conditions).map(\.source)
    return rule.linkType == .provision && (sources.isEmpty || sources.contains(where: object.has))
  }

  /// The groups of joins in order, each once, of which all sources have a value.
  static func joins(_ rules: [SyncRule], _ object: PlainObject) -> [JoinGroup] {
    var groups: [JoinGroup] = []
    for group in rules.flatMap(\.joins) where !groups.contains(group) {
      let isWhole = group.conditions.allSatisfy { !(object.values[$0.source] ?? []).isEmpty }
      if isWhole { groups.append(group) }
    }
    return groups
  }

  // MARK: Outbound

  /// What becomes of one attribute of the target.
  enum Fate: Equatable {
    case values([AttributeValue], by: String, losers: [String: ResolvedAttribute.Reason])
    case rows([AttributeName])
    case removed, kept, untouched
  }

  /// What the rules in scope make of `target`.
  func fate(
    of target: AttributeName, _ inScope: [SyncRule], _ object: PlainObject, isNew: Bool
  ) -> Fate {
    let offers = inScope.flatMap { rule in
      rule.flows.filter { $0.target == target && (isNew || !$0.applyOnce) }.map { (rule, $0) }
    }
    guard let merge = offers.first?.1.merge else { return .untouched }
    let sayings = offers.map { (rule: $0.0, flow: $0.1, says: Self.saying($0.1, object)) }
    let end = sayings.firstIndex { $0.says == .noneAtAll } ?? sayings.count
    let rows = sayings[..<end].compactMap { item -> AttributeName? in
      if case .reference(let name) = item.says { name } else { nil }
    }
    if !rows.isEmpty {
      if merge != .update { return .rows(rows) }
      return .rows([rows.first { object.present.contains($0) } ?? rows[0]])
    }
    guard let winner = sayings[..<end].firstIndex(where: { !$0.says.values.isEmpty }) else {
      let isLeft = end == sayings.count && sayings.contains { $0.says == .leaveIt }
      return isLeft ? .kept : .removed
    }
    var (values, losers) = (sayings[winner].says.values, [String: ResolvedAttribute.Reason]())
    for (place, item) in sayings.enumerated() where place != winner {
      if item.says.values.isEmpty {
        losers[item.rule.id] =
          item.says == .leaveIt ? .ignored : item.flow.applyOnce ? .onlyOnce : .noValue
      } else if place >= end {
        losers[item.rule.id] = .blocked
      } else if merge == .update {
        losers[item.rule.id] = .lowerPrecedence
      } else {
        values += item.says.values
      }
    }
    return .values(Self.united(values, merge), by: sayings[winner].rule.id, losers: losers)
  }

  static func united(_ values: [AttributeValue], _ merge: MergeType) -> [AttributeValue] {
    guard merge == .mergeCaseInsensitive else { return Set(values).sorted() }
    var known: Set<String> = []
    return values.filter { known.insert($0.text.lowercased()).inserted }.sorted()
  }
}

/// Makes rules and objects by chance.
struct RandomRules {
  var random: SeededRandom

  init(seed: Int) { random = SeededRandom(scattering: seed) }

  private static let plain: [AttributeName] = ["cn", "sn", "mail", "dept", "code"]
  static let references: [AttributeName] = ["manager", "assistant"]
  private static let words = ["a", "A", "ab", "7", "ü"]
  static let connectors = ["hr", "HR", "ad"]
  static let types = ["user", "User", "contact", "*"]

  mutating func object() -> PlainObject {
    var object = PlainObject()
    for name in Self.plain where random.chance(55) {
      object.values[name] = Array(Set(random.some(Self.words, percent: 35))).map { .string($0) }
    }
    object.references = Set(Self.references)
    object.present = Set(random.some(Self.references))
    return object
  }

  /// Rules that can live together, in any order.
  mutating func rules(_ direction: Direction) throws -> [SyncRule] {
    var rules: [SyncRule] = []
    for number in 0..<Int.random(in: 1...7, using: &random) {
      rules.append(try rule("r\(number)", precedence: number * 10, direction))
    }
    rules.shuffle(using: &random)
    return rules
  }

  private mutating func rule(
    _ id: String, precedence: Int, _ direction: Direction
  ) throws -> SyncRule {
    let links: [LinkType] = [.provision, .join, .stickyJoin]
    let link = direction == .outbound && random.chance(5) ? .joinNoFlow : random.choose(links)
    let target = random.choose(
      direction == .inbound ? ["person", "group", "*"] : ["account", "x"])
    return SyncRule(
      id: id, name: id, direction: direction, connector: random.choose(Self.connectors),
      sourceType: random.choose(Self.types), targetType: target, linkType: link,
      precedence: precedence, scope: try scope(), joins: joins(), flows: try flows(),
      isDisabled: random.chance(8), enablePasswordSync: random.chance(30), place: nowhere)
  }

  private mutating func scope() throws -> ScopeFilter {
    var groups: [ScopeGroup] = []
    for _ in 0..<random.choose([0, 0, 1, 2]) {
      var clauses: [ScopeClause] = []
      for _ in 0...Int.random(in: 0...1, using: &random) { clauses.append(try clause()) }
      groups.append(ScopeGroup(clauses: clauses))
    }
    return ScopeFilter(groups: groups)
  }

  private mutating func clause() throws -> ScopeClause {
    let operators: [ScopeOperator] = [.isNull, .isNotNull, .equal, .notEqual, .isIn, .startsWith]
    let name = random.choose(operators)
    let attribute = random.choose(
      [.isNull, .isNotNull].contains(name) ? Self.plain + Self.references : Self.plain)
    switch name {
    case .isNull, .isNotNull: return try ScopeClause(attribute, name)
    case .isIn: return try ScopeClause(attribute, name, [random.choose(Self.words), "ab"])
    default: return try ScopeClause(attribute, name, [random.choose(Self.words)])
    }
  }

  private mutating func joins() -> [JoinGroup] {
    (0..<random.choose([0, 1, 2])).map { _ in
      JoinGroup(
        conditions: (0...Int.random(in: 0...1, using: &random)).map { _ in
          JoinCondition(source: random.choose(Self.plain), target: random.choose(["key", "other"]))
        })
    }
  }

  /// The target of rows, and those of values with how rules share them.
  static let targets: [(name: AttributeName, merge: MergeType)] = [
    ("title", .update), ("mail", .update), ("all", .merge), ("kinds", .mergeCaseInsensitive),
    ("boss", .update),
  ]

  private mutating func flows() throws -> [AttributeFlow] {
    var flows: [AttributeFlow] = []
    for (name, merge) in random.some(Self.targets, percent: 60) {
      // What is united can't be kept, and rows are no values.
      let remembers = merge == .update
      let source = try name == "boss" ? rows() : source(mayLeave: remembers)
      flows.append(
        AttributeFlow(
          target: name, source: source, applyOnce: remembers && random.chance(15), merge: merge))
    }
    return flows.shuffled(using: &random)
  }

  private mutating func rows() throws -> AttributeFlow.Source {
    random.chance(70) ? .direct(random.choose(Self.references)) : try expression(nil, true)
  }

  private mutating func source(mayLeave: Bool) throws -> AttributeFlow.Source {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return .direct(random.choose(Self.plain))
    case 1: return .constant(Set(random.some(Self.words) + ["z"]).map { .string($0) }.sorted())
    default: return try expression("\"\(random.choose(["x", "X", "y"]))\"", mayLeave)
    }
  }

  private mutating func expression(
    _ word: String?, _ mayLeave: Bool
  ) throws -> AttributeFlow.Source {
    let words = [word, "NULL", "AuthoritativeNull"].compactMap(\.self)
    let all = mayLeave ? words + ["IgnoreThisFlow"] : words
    let (yes, no) = (random.choose(all), random.choose(all))
    let name = random.choose(Self.plain)
    return .expression(try Expression("IIF(IsPresent([\(name)]),\(yes),\(no))"))
  }
}
