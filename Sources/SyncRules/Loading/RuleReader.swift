import Configuration
import Directory

/// Reads rules from TOML and checks each for itself.
struct RuleReader {
  private static let directions: [String: Direction] = ["inbound": .inbound, "outbound": .outbound]
  private static let linkTypes: [String: LinkType] = [
    "Provision": .provision, "Join": .join, "StickyJoin": .stickyJoin,
    "JoinNoFlow": .joinNoFlow,
  ]

  private static let keys = [
    "name", "id", "description", "direction", "connector", "source", "target", "link",
    "precedence", "disabled", "password_sync", "scope", "join", "flow",
  ]
  private static let matches: [String: JoinMatch] = [
    "plain": .plain, "hard": .hard, "soft": .soft,
  ]

  let all: RuleParameters
  /// The parameters that the rule in hand sees.
  var parameters: ParameterText
  private(set) var rules: [SyncRule] = []
  private(set) var matching: [String: MatchOptions] = [:]
  private(set) var matchingPlaces: [String: SourcePlace] = [:]
  // Scopes of two lines and more are shared by name within a file; each rule puts its connector's
  // parameters into them.
  private var scopes: [String: TOMLTable] = [:]

  init(parameters: RuleParameters) {
    all = parameters
    self.parameters = ParameterText(parameters: parameters.shared)
  }

  /// Adds the rules of a file.
  mutating func read(_ file: TOMLTable) throws(ConfigurationError) {
    try file.rejectUnknown(allowed: ["rule", "scope", "matching"])
    parameters = ParameterText(parameters: all.shared)
    scopes = [:]
    for table in try file.tables("scope") { try addScope(table) }
    for table in try file.tables("matching") { try addMatching(table) }
    for table in try file.tables("rule") { rules.append(try rule(table)) }
  }

  private mutating func addScope(_ table: TOMLTable) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: ["name", "groups"])
    let name = try text(table, "name")
    guard scopes[name] == nil else {
      throw ConfigurationError(
        place: table.place(of: "name"), message: "There are two scopes called \"\(name)\"",
        hint: "give one of them another name")
    }
    // Nobody may take it; it must be one all the same.
    parameters.isLenient = true
    defer { parameters.isLenient = false }
    _ = try groups(table, "groups")
    scopes[name] = table
  }

  private mutating func addMatching(_ table: TOMLTable) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: ["connector", "block_soft_match", "block_hard_match"])
    let connector = try text(table, "connector").lowercased()
    guard matching[connector] == nil else {
      throw ConfigurationError(
        place: table.place(of: "connector"),
        message: "The matching of \"\(connector)\" is set twice", hint: "keep one of them")
    }
    matchingPlaces[connector] = table.place(of: "connector")
    matching[connector] = MatchOptions(
      blockSoftMatch: try table.boolean("block_soft_match", default: false),
      blockHardMatch: try table.boolean("block_hard_match", default: false))
  }

  private mutating func rule(_ table: TOMLTable) throws(ConfigurationError) -> SyncRule {
    try table.rejectUnknown(allowed: Self.keys)
    parameters = ParameterText(parameters: all.shared)
    for key in ["name", "direction"] { _ = try table.value(key) }
    let connector = try text(table, "connector")
    parameters = ParameterText(parameters: all.values(for: connector))
    let isDisabled = try table.boolean("disabled", default: false)
    parameters.isLenient = isDisabled
    let name = try label(table, "name")
    let id = table["id"] == nil ? Self.slug(name) : try label(table, "id")
    guard !id.isEmpty else {
      throw ConfigurationError(
        place: table.place(of: "name"), message: "No id can be made from the name \"\(name)\"",
        hint: "add id = \"…\"")
    }
    let direction = try table.choice("direction", of: Self.directions)
    return SyncRule(
      id: id, name: name,
      description: table["description"] == nil ? "" : try label(table, "description"),
      direction: direction,
      connector: connector, sourceType: try text(table, "source"),
      targetType: try text(table, "target"),
      linkType: try linkType(table, direction),
      precedence: try table.integer("precedence", in: 0...999_999),
      scope: try scope(table), joins: try joins(table, direction), flows: try flows(table),
      isDisabled: isDisabled,
      enablePasswordSync: try table.boolean("password_sync", default: false), place: table.place)
  }

  private func linkType(
    _ table: TOMLTable, _ direction: Direction
  ) throws(ConfigurationError) -> LinkType {
    let type = try table.choice("link", of: Self.linkTypes)
    if type == .joinNoFlow, direction == .inbound {
      throw ConfigurationError(
        place: table.place(of: "link"),
        message: "Only outbound rules may be JoinNoFlow, which keeps all from the target",
        hint: "leave the objects out by the scopes of the inbound rules")
    }
    return type
  }

  func text(_ table: TOMLTable, _ key: String) throws(ConfigurationError) -> String {
    let value = try table.value(key)
    return try parameters.expand(try table.string(key), place: value.place)
  }

  /// A text for people, in which what stands between two percent signs need be no parameter.
  private func label(_ table: TOMLTable, _ key: String) throws(ConfigurationError) -> String {
    try parameters.lenient.expand(try table.string(key), place: table.place(of: key))
  }

  func attribute(_ table: TOMLTable, _ key: String) throws(ConfigurationError) -> AttributeName {
    AttributeName(try table.string(key))
  }

  /// An id from a name: lower case, every run of other characters than letters and digits a hyphen.
  private static func slug(_ name: String) -> String {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.joined(separator: "-")
  }

  private func joins(
    _ rule: TOMLTable, _ direction: Direction
  ) throws(ConfigurationError) -> [JoinGroup] {
    var groups: [JoinGroup] = []
    for table in try rule.tables("join") {
      try table.rejectUnknown(allowed: ["conditions", "match"])
      let match = try table.choice("match", of: Self.matches, default: .plain)
      if match != .plain, direction == .inbound {
        throw ConfigurationError(
          place: table.place(of: "match"),
          message: "Only outbound rules have a match; inbound ones find what they find",
          hint: "remove it")
      }
      var conditions: [JoinCondition] = []
      for condition in try filled(table, "conditions") {
        try condition.rejectUnknown(allowed: ["source", "target", "case_sensitive"])
        conditions.append(
          JoinCondition(
            source: try attribute(condition, "source"), target: try attribute(condition, "target"),
            isCaseSensitive: try condition.boolean("case_sensitive", default: false)))
      }
      groups.append(JoinGroup(conditions: conditions, match: match))
    }
    return groups
  }

  private func scope(_ rule: TOMLTable) throws(ConfigurationError) -> ScopeFilter {
    guard let value = rule["scope"], case .string(let text) = value.kind else {
      return ScopeFilter(groups: try groups(rule, "scope"))
    }
    let name = try parameters.expand(text, place: value.place)
    guard let scope = scopes[name] else {
      throw ConfigurationError(
        place: value.place, message: "There is no scope called \"\(name)\" in this file",
        hint: scopes.isEmpty
          ? "add [[scope]] with name and groups" : Spelling.hint(for: name, among: scopes.keys))
    }
    var filter = ScopeFilter(groups: try groups(scope, "groups"))
    filter.name = name
    return filter
  }

  private func groups(
    _ table: TOMLTable, _ key: String
  ) throws(ConfigurationError) -> [ScopeGroup] {
    var groups: [ScopeGroup] = []
    for table in try table.tables(key) {
      try table.rejectUnknown(allowed: ["clauses"])
      var clauses: [ScopeClause] = []
      for clause in try filled(table, "clauses") { clauses.append(try self.clause(clause)) }
      groups.append(ScopeGroup(clauses: clauses))
    }
    return groups
  }

  // An empty group would hold for everything, which nobody means by it.
  private func filled(
    _ table: TOMLTable, _ key: String
  ) throws(ConfigurationError) -> [TOMLTable] {
    let value = try table.value(key)
    let tables = try table.tables(key)
    guard !tables.isEmpty else {
      throw ConfigurationError(
        place: value.place, message: "\"\(key)\" is empty",
        hint: "add one, or remove the whole group")
    }
    return tables
  }

  private func flows(_ rule: TOMLTable) throws(ConfigurationError) -> [AttributeFlow] {
    var flows: [AttributeFlow] = []
    var places: [AttributeName: SourcePlace] = [:]
    for table in try rule.tables("flow") {
      let flow = try flow(table)
      let place = table.place(of: "target")
      if let first = places.updateValue(place, forKey: flow.target) {
        throw ConfigurationError(
          place: place, message: "\(flow.target) is written twice in this rule, first at \(first)",
          hint: "keep one of the flows")
      }
      flows.append(flow)
    }
    return flows
  }
}
