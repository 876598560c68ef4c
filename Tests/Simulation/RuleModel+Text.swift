/// The rules file.
extension RuleModel {
  private struct Rule {
    var name: String
    var way: (direction: String, connector: String)
    var types: (source: String, target: String)
    var link: String
    var precedence: Int
    var scope: String?
    var join: String?
    var flows: [String]
    var isDisabled = false

    func text(suffix: String) -> String {
      var lines = [
        "[[rule]]", "name = \"\(name)\(suffix)\"", "direction = \"\(way.direction)\"",
        "connector = \"\(way.connector)\"", "source = \"\(types.source)\"",
        "target = \"\(types.target)\"", "link = \"\(link)\"", "precedence = \(precedence)",
      ]
      if isDisabled { lines.append("disabled = true") }
      if let scope { lines += ["[[rule.scope]]", "clauses = [{ \(scope) }]"] }
      if let join { lines += ["[[rule.join]]", "conditions = [{ \(join) }]"] }
      for flow in flows { lines += ["[[rule.flow]]", flow] }
      return lines.joined(separator: "\n") + "\n\n"
    }
  }

  private static func direct(_ target: String, _ source: String? = nil) -> String {
    "target = \"\(target)\"\ndirect = \"\(source ?? target)\""
  }

  private static func isNull(_ attribute: String) -> String {
    "attribute = \"\(attribute)\", operator = \"ISNULL\""
  }

  private static func isNotNull(_ attribute: String) -> String {
    "attribute = \"\(attribute)\", operator = \"ISNOTNULL\""
  }

  private static let deputy = """
    target = "assistant"
    expression = '''IIF(IsPresent([deputy]),CRef("CN=N" & [deputy] & ",OU=Staff,DC=ad,DC=test"),NULL)'''
    """
  private static let deputyByKey = """
    target = "assistant"
    expression = '''IIF(IsPresent([deputy]),CRef("CN={" & ConvertToUTF8Hex("P" & [deputy]) & "}"),NULL)'''
    """
  private static let limitedName = """
    target = "displayName"
    expression = '''IIF(ValueCount("member") > \(memberLimit),Error("too many"),[displayName])'''
    """
  private static let guestKey = """
    target = "key"
    expression = '''"X" & [key]'''
    """
  private static let byKey = "source = \"key\", target = \"key\""
  private static let merged = "target = \"proxies\"\ndirect = \"proxies\"\nmerge = \"merge\""

  /// The rules as a rules file has them.
  func text(without left: Set<Place>) -> String {
    (inboundAD + inboundHR + fromCloud + outbound)
      .filter { rule in !left.contains { $0.rawValue == rule.way.connector } }
      .map { $0.text(suffix: hasOtherNames ? " Again" : "") }.joined()
  }

  private var members: [String] {
    let flow = Self.direct("member") + (mergesMembers ? "\nmerge = \"merge\"" : "")
    return flowsMembers ? [flow] : []
  }

  private static func muted(_ attribute: String) -> String {
    """
    target = "\(attribute)"
    expression = '''IIF(IsPresent([mute]),AuthoritativeNull,NULL)'''
    """
  }

  private static let byBadge = "source = \"badge\", target = \"badge\""
  private var byPerson: String { joinsByBadge ? Self.byBadge : Self.byKey }

  private var inboundAD: [Rule] {
    var people = ["key", "upn", "displayName", "title", "department", "cloudFiltered"].map {
      Self.direct($0, $0 == "cloudFiltered" ? "noCloud" : $0)
    }
    people.append(Self.merged)
    if hasDeputies { people.append(deputiesByKey ? Self.direct("deputy") : Self.deputy) }
    if flowsManagers && !managersNeedTitle { people.append(Self.direct("manager")) }
    if sendsGuestsAsContacts { people.append(Self.direct("guest")) }
    if knowsBadges { people.append(Self.direct("badge")) }
    if flowsPhones { people.append(Self.direct("phone")) }
    let scope = Self.all(hidesHidden ? [Self.isNull("hidden")] : [])
    var rules = [
      Rule(
        name: "In AD Person", way: ("inbound", "ad"), types: ("user", "person"),
        link: "provision", precedence: 100, scope: inboundPeople([]), join: byPerson,
        flows: people),
      Rule(
        name: "In AD Group", way: ("inbound", "ad"), types: ("group", "group"),
        link: "provision", precedence: 110, scope: scope, join: Self.byKey,
        flows: [Self.direct("key"), Self.direct("displayName")]
          + members, isDisabled: disablesGroupsInbound),
      Rule(
        name: "In AD Contact", way: ("inbound", "ad"), types: ("contact", "contact"),
        link: "provision", precedence: 120, scope: scope, join: Self.byKey,
        flows: [Self.direct("key"), Self.direct("displayName")]),
    ]
    if flowsManagers && managersNeedTitle {
      rules.append(
        Rule(
          name: "In AD Manager", way: ("inbound", "ad"), types: ("user", "person"), link: "join",
          precedence: 102, scope: inboundPeople([Self.isNotNull("title")]),
          join: Self.byKey, flows: [Self.direct("manager")]))
    }
    if marksManagedInbound {
      rules.append(
        Rule(
          name: "In AD Managed", way: ("inbound", "ad"), types: ("user", "person"), link: "join",
          precedence: 105, scope: inboundPeople([Self.isNotNull("manager")]),
          join: Self.byKey,
          flows: ["target = \"employeeType\"\nconstant = \"managed\""]))
    }
    if mutes {
      rules.append(
        Rule(
          name: "In AD Mute", way: ("inbound", "ad"), types: ("user", "person"), link: "join",
          precedence: 98, scope: inboundPeople([]), join: byPerson,
          flows: [Self.muted("title")] + (flowsManagers ? [Self.muted("manager")] : [])))
    }
    if takesGuestsAsContacts {
      rules.append(
        Rule(
          name: "In AD Guest", way: ("inbound", "ad"), types: ("user", "contact"),
          link: "provision", precedence: 95,
          scope: Self.all([Self.isNotNull("guest")] + (hidesHidden ? [Self.isNull("hidden")] : [])),
          join: Self.byKey, flows: [Self.guestKey, Self.direct("displayName")]))
    }
    return rules
  }

  /// The scope of rules for people of "ad".
  private func inboundPeople(_ clauses: [String]) -> String? {
    Self.all(
      clauses + (hidesHidden ? [Self.isNull("hidden")] : [])
        + (takesGuestsAsContacts ? [Self.isNull("guest")] : []))
  }

  /// The scope of rules for people as users of the tenant.
  private func outboundPeople(_ clauses: [String]) -> String? {
    Self.all(clauses + (sendsGuestsAsContacts ? [Self.isNull("guest")] : []))
  }

  private static func all(_ clauses: [String]) -> String? {
    clauses.isEmpty ? nil : clauses.joined(separator: " }, { ")
  }

  private var inboundHR: [Rule] {
    var people = [
      Self.direct("key"), Self.direct("upn", "mail"), Self.direct("displayName"), Self.merged,
    ]
    if flowsManagers { people.append(Self.direct("manager")) }
    if knowsBadges { people.append(Self.direct("badge")) }
    if flowsPhones { people.append(Self.direct("phone")) }
    if hasDefaultDepartment { people.append("target = \"department\"\nconstant = \"Default\"") }
    return [
      Rule(
        name: "In HR Person", way: ("inbound", "hr"), types: ("person", "person"),
        link: hrProvisions ? "provision" : "join",
        precedence: hasEqualPrecedences ? 100 : 150, join: byPerson,
        flows: people),
      Rule(
        name: "In HR Title", way: ("inbound", "hr"), types: ("person", "person"), link: "join",
        precedence: hrTitlesFirst ? 90 : 160, join: byPerson, flows: [Self.direct("title")],
        isDisabled: disablesTitles),
      Rule(
        name: "In HR Team", way: ("inbound", "hr"), types: ("team", "group"), link: "provision",
        precedence: hasEqualPrecedences ? 110 : 170, join: Self.byKey,
        flows: [Self.direct("key"), Self.direct("displayName")]
          + members),
    ]
  }

  private var fromCloud: [Rule] {
    // A contact may belong to a person, too.
    let contact = sendsGuestsAsContacts ? "*" : "contact"
    return [("user", "person", 180), ("group", "group", 181), ("contact", contact, 182)].map {
      type, target, precedence in
      Rule(
        name: "In Cloud \(type)", way: ("inbound", "cloud"), types: (type, target), link: "join",
        precedence: precedence,
        join: "source = \"externalId\", target = \"key\", case_sensitive = true", flows: [])
    }
  }

  private var outbound: [Rule] {
    let byKey = "source = \"key\", target = \"externalId\""
    var people = [
      Self.direct("externalId", "key"), Self.direct("userName", "upn"),
      Self.direct("displayName"), Self.direct("title"), Self.direct("department"),
      Self.direct("emails", "proxies"),
    ]
    if hasDeputies { people.append(deputiesByKey ? Self.deputyByKey : Self.direct("assistant")) }
    if flowsManagers && !managersNeedDepartment { people.append(Self.direct("manager")) }
    if flowsPhones { people.append(Self.direct("phone")) }
    if marksManagedInbound { people.append(Self.direct("employeeType")) }
    let filter = filtersCloud ? [Self.isNull("cloudFiltered")] : []
    var rules = [
      Rule(
        name: "Out Person", way: ("outbound", "cloud"), types: ("person", "user"),
        link: "provision", precedence: 200, scope: outboundPeople(filter), join: byKey,
        flows: people),
      Rule(
        name: "Out Group", way: ("outbound", "cloud"), types: ("group", "group"),
        link: "provision", precedence: 210, join: byKey,
        flows: [
          Self.direct("externalId", "key"),
          limitsMembers ? Self.limitedName : Self.direct("displayName"),
        ] + (flowsMembers ? [Self.direct("members", "member")] : []),
        isDisabled: disablesGroupsOutbound),
      Rule(
        name: "Out Contact", way: ("outbound", "cloud"), types: ("contact", "contact"),
        link: "provision", precedence: 220, join: byKey,
        flows: [Self.direct("externalId", "key"), Self.direct("displayName")]),
    ]
    if sendsGuestsAsContacts {
      let names = ["displayName", "title", "department"] + (flowsPhones ? ["phone"] : [])
      let managers = flowsManagers && !managersNeedDepartment ? ["manager"] : []
      rules.append(
        Rule(
          name: "Out Guest", way: ("outbound", "cloud"), types: ("person", "contact"),
          link: "provision", precedence: 198, scope: Self.all([Self.isNotNull("guest")] + filter),
          join: byKey,
          flows: [Self.direct("externalId", "key")] + (names + managers).map { Self.direct($0) }))
    }
    // Join rules keep nobody in the target whom the Provision rule lets go.
    if flowsManagers && managersNeedDepartment {
      rules.append(
        Rule(
          name: "Out Manager", way: ("outbound", "cloud"), types: ("person", "user"),
          link: "join", precedence: 195, scope: outboundPeople([Self.isNotNull("department")]),
          flows: [Self.direct("manager")]))
    }
    if marksManaged {
      rules.append(
        Rule(
          name: "Out Managed", way: ("outbound", "cloud"), types: ("person", "user"),
          link: "join", precedence: 190, scope: outboundPeople([Self.isNotNull("manager")]),
          flows: ["target = \"userType\"\nconstant = \"managed\""]))
    }
    return rules
  }
}
