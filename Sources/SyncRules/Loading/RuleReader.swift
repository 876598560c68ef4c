import Configuration
import Directory

/// Reads rules from TOML and checks each for itself.
struct RuleReader {
  private static let directions: [String: Direction] = ["inbound": .inbound, "outbound": .outbound]
  private static let linkTypes: [String: LinkType] = [
    "Provision": .provision, "Join": .join, "StickyJoin": .stickyJoin,
  ]

  let parameters: ParameterText

  init(parameters: [String: String]) {
    self.parameters = ParameterText(parameters: parameters)
  }

  func rules(in file: TOMLTable) throws(ConfigurationError) -> [SyncRule] {
    try file.rejectUnknown(allowed: ["rule"])
    var rules: [SyncRule] = []
    for table in try file.tables("rule") { rules.append(try rule(table)) }
    return rules
  }

  private func rule(_ table: TOMLTable) throws(ConfigurationError) -> SyncRule {
    try table.rejectUnknown(allowed: [
      "name", "id", "description", "direction", "connector", "source", "target", "link",
      "precedence", "disabled", "password_sync", "scope", "join", "flow",
    ])
    let name = try text(table, "name")
    let id = table["id"] == nil ? Self.slug(name) : try text(table, "id")
    guard !id.isEmpty else {
      throw ConfigurationError(
        place: table.place(of: "name"), message: "No id can be made from the name \"\(name)\"",
        hint: "add id = \"…\"")
    }
    return SyncRule(
      id: id, name: name,
      description: table["description"] == nil ? "" : try text(table, "description"),
      direction: try table.choice("direction", of: Self.directions),
      connector: try text(table, "connector"), sourceType: try text(table, "source"),
      targetType: try text(table, "target"),
      linkType: try table.choice("link", of: Self.linkTypes),
      precedence: try table.integer("precedence", in: 0...999_999),
      scope: try scope(table), joins: try joins(table), flows: try flows(table),
      isDisabled: try table.boolean("disabled", default: false),
      enablePasswordSync: try table.boolean("password_sync", default: false), place: table.place)
  }

  func text(_ table: TOMLTable, _ key: String) throws(ConfigurationError) -> String {
    let value = try table.value(key)
    return try parameters.expand(try table.string(key), place: value.place)
  }

  func attribute(_ table: TOMLTable, _ key: String) throws(ConfigurationError) -> AttributeName {
    AttributeName(try table.string(key))
  }

  /// An id from a name: lower case, every run of other characters than letters and digits a hyphen.
  private static func slug(_ name: String) -> String {
    let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
    return words.joined(separator: "-")
  }

  private func joins(_ rule: TOMLTable) throws(ConfigurationError) -> [JoinGroup] {
    var groups: [JoinGroup] = []
    for table in try rule.tables("join") {
      try table.rejectUnknown(allowed: ["conditions"])
      var conditions: [JoinCondition] = []
      for condition in try filled(table, "conditions") {
        try condition.rejectUnknown(allowed: ["source", "target", "case_sensitive"])
        conditions.append(
          JoinCondition(
            source: try attribute(condition, "source"), target: try attribute(condition, "target"),
            isCaseSensitive: try condition.boolean("case_sensitive", default: false)))
      }
      groups.append(JoinGroup(conditions: conditions))
    }
    return groups
  }

  private func scope(_ rule: TOMLTable) throws(ConfigurationError) -> ScopeFilter {
    var groups: [ScopeGroup] = []
    for table in try rule.tables("scope") {
      try table.rejectUnknown(allowed: ["clauses"])
      var clauses: [ScopeClause] = []
      for clause in try filled(table, "clauses") { clauses.append(try self.clause(clause)) }
      groups.append(ScopeGroup(clauses: clauses))
    }
    return ScopeFilter(groups: groups)
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
