import Configuration
import Directory
import SyncRules

/// Reads one file of `SynchronizationRules`.
struct RuleFile {
  /// The elements of a rule that say nothing about what it does.
  private static let known: Set<String> = [
    "id", "internal-id", "version", "name", "description", "immutable-tag", "direction",
    "disabled", "connector", "sourceObjectType", "targetObjectType", "linkType", "precedence",
    "precedence-after", "precedence-before", "softDeleteExpiryInterval", "EnablePasswordSync",
    "attribute-mappings", "relationshipCriteria", "synchronizationCriteria",
  ]

  private(set) var notes: [EntraNote] = []

  /// The rule that `root` describes.
  ///
  /// - Throws: ``EntraConfigurationError`` at the first thing that is missing or not understood.
  mutating func rule(_ root: XMLElement) throws(EntraConfigurationError) -> EntraRule {
    notes += root.unread(known: Self.known)
    let interval = root.text(of: "softDeleteExpiryInterval")
    if !interval.isEmpty, interval != "00:00:00" {
      notes.append(
        EntraNote(
          root.child("softDeleteExpiryInterval")?.place,
          "the interval \(root.shown(interval)) after which deletes become final is left out"))
    }
    var rule = EntraRule(place: root.place)
    rule.id = try root.required("id").lowercased()
    rule.name = try root.required("name")
    rule.description = root.text(of: "description")
    rule.tag = root.text(of: "immutable-tag")
    rule.direction = try root.choice(
      "direction", of: ["inbound": Direction.inbound, "outbound": .outbound])
    rule.isDisabled = try root.flag("disabled")
    rule.connectorID = try root.required("connector").lowercased()
    rule.sourceType = try root.required("sourceObjectType")
    rule.targetType = try root.required("targetObjectType")
    rule.linkType = try root.choice(
      "linkType",
      of: [
        "provision": LinkType.provision, "join": .join, "stickyjoin": .stickyJoin,
        "joinnoflow": .joinNoFlow,
      ])
    rule.precedence = try precedence(root)
    rule.enablePasswordSync = try root.flag("EnablePasswordSync")
    rule.scope = try scope(root)
    rule.joins = try joins(root)
    rule.mappings = try mappings(root)
    return rule
  }

  private func precedence(_ root: XMLElement) throws(EntraConfigurationError) -> Int {
    let text = try root.required("precedence")
    guard let number = Int(text), (0...999_999).contains(number) else {
      throw (root.child("precedence") ?? root).problem(
        "The precedence \"\(root.shown(text))\" is no whole number from 0 to 999999",
        hint: "correct it")
    }
    return number
  }

  private mutating func scope(
    _ root: XMLElement
  ) throws(EntraConfigurationError) -> [[EntraScopeClause]] {
    var groups: [[EntraScopeClause]] = []
    let all = root.child("synchronizationCriteria")?.all("conditions") ?? []
    for group in all {
      notes += group.unread(known: ["scope"])
      var clauses: [EntraScopeClause] = []
      for clause in group.all("scope") { clauses.append(try self.clause(clause)) }
      // The editor leaves groups without a clause behind; they say nothing.
      if !clauses.isEmpty { groups.append(clauses) }
    }
    // Taken at its word, such a group would have every object in scope.
    if !groups.isEmpty, let empty = all.first(where: { $0.all("scope").isEmpty }) {
      notes.append(
        EntraNote(
          empty.place,
          "a group without a condition in the scope of \"\(root.text(of: "name"))\" is left out, so "
            + "that only the others say who is in scope"))
    }
    return groups
  }

  private mutating func clause(
    _ element: XMLElement
  ) throws(EntraConfigurationError) -> EntraScopeClause {
    notes += element.unread(known: ["csAttribute", "csOperator", "csValue"])
    let name = try element.required("csOperator")
    guard let scopeOperator = ScopeOperator(name: name) else {
      throw (element.child("csOperator") ?? element).problem(
        "There is no operator \"\(element.shown(name))\"",
        hint: Spelling.hint(for: name, among: ScopeOperator.allCases.map(\.rawValue)))
    }
    // The editor leaves the attribute of these empty: the group says who is a member.
    let isMembership = scopeOperator == .isMemberOf || scopeOperator == .isNotMemberOf
    let isUnnamed = isMembership && element.text(of: "csAttribute").isEmpty
    let attribute = isUnnamed ? "memberOf" : try element.required("csAttribute")
    let value = element.child("csValue")
    if scopeOperator.comparesText { noteSpaces(value) }
    return EntraScopeClause(
      attribute: AttributeName(attribute), scopeOperator: scopeOperator,
      value: (scopeOperator.comparesText ? value?.value : value?.text) ?? "", place: element.place)
  }

  /// Says that spaces count which nobody sees.
  private mutating func noteSpaces(_ element: XMLElement?) {
    guard let element, element.value != element.text else { return }
    notes.append(
      EntraNote(
        element.place, "\"\(element.shown(element.value))\" has spaces at its ends, which count"))
  }

  private mutating func joins(
    _ root: XMLElement
  ) throws(EntraConfigurationError) -> [[EntraJoinCondition]] {
    var groups: [[EntraJoinCondition]] = []
    for group in root.child("relationshipCriteria")?.all("conditions") ?? [] {
      notes += group.unread(known: ["condition"])
      var conditions: [EntraJoinCondition] = []
      for element in group.all("condition") {
        notes += element.unread(known: ["caseSensitive", "csAttribute", "ilmAttribute"])
        conditions.append(
          EntraJoinCondition(
            connectorAttribute: AttributeName(try element.required("csAttribute")),
            metaverseAttribute: AttributeName(try element.required("ilmAttribute")),
            isCaseSensitive: try element.flag("caseSensitive")))
      }
      if !conditions.isEmpty { groups.append(conditions) }
    }
    return groups
  }

  private mutating func mappings(
    _ root: XMLElement
  ) throws(EntraConfigurationError) -> [EntraMapping] {
    var mappings: [EntraMapping] = []
    guard let list = root.child("attribute-mappings") else { return [] }
    notes += list.unread(known: ["mapping"])
    for element in list.all("mapping") {
      notes += element.unread(known: ["dest", "src", "expression", "valueMergeType"])
      let mapping = try mapping(element)
      if case .constant = mapping.source { noteSpaces(element.child("src")) }
      mappings.append(mapping)
    }
    return mappings
  }
}

extension ScopeOperator {
  /// Whether the value is one text, as it was typed; not a list, a mask or a name.
  fileprivate var comparesText: Bool {
    switch self {
    case .equal, .notEqual, .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual,
      .contains, .notContains, .startsWith, .notStartsWith, .endsWith, .notEndsWith:
      true
    case .isNull, .isNotNull, .isIn, .isNotIn, .isBitSet, .isNotBitSet, .isMemberOf,
      .isNotMemberOf:
      false
    }
  }
}
