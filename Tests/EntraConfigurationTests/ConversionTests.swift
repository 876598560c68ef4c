import Configuration
import Directory
import Foundation
import SyncExpressions
import SyncRules
import Testing

@testable import EntraConfiguration

@Suite("Exported rules as rules of a workspace")
struct ConversionTests {
  private let names = ["{d1}": "forest.test", "{c1}": "tenant"]

  private func rules(_ folder: ExportFolder) throws -> [SyncRule] {
    try EntraConversion(try folder.read(), connectors: names).rules()
  }

  @Test("All parts of a rule are what they were")
  func rule() throws {
    let rules = try rules(try ExportFolder.small())
    let rule = try #require(rules.first)
    #expect(rule.id == "aa01")
    #expect(rule.name == "In from forest - People")
    #expect(rule.connector == "forest.test")
    #expect(rule.description == "Staff only")
    #expect(rule.linkType == .provision)
    #expect(rule.precedence == 100)
    #expect(rule.enablePasswordSync)
    #expect(
      rule.scope.groups.map { $0.clauses.map(\.description) } == [
        ["isCriticalSystemObject NOTEQUAL TRUE", "userAccountControl ISNOTBITSET 2"],
        ["employeeID ISNOTNULL"],
      ])
    #expect(
      rule.flows.map(\.target.text) == [
        "sourceAnchor", "accountEnabled", "displayName", "proxyAddresses",
      ])
    #expect(rule.flows[2].applyOnce)
    #expect(rule.flows[3].merge == .mergeCaseInsensitive)
    #expect(rules.last?.isDisabled == true)
    #expect(rules.last?.linkType == .stickyJoin)
  }

  @Test("A join looks from the side where data comes from, whichever direction it is")
  func joins() throws {
    let rules = try rules(try ExportFolder.small())
    #expect(rules[0].joins.map { $0.conditions.map(\.source) } == [["objectGUID"], ["mail"]])
    #expect(rules[0].joins[1].conditions[0].isCaseSensitive)
    #expect(rules[1].joins[0].conditions[0].source == "sourceAnchor")
    #expect(rules[1].joins[0].conditions[0].target == "sourceAnchorInCloud")
  }

  @Test("A constant has the type of its attribute; an expression has its text")
  func sources() throws {
    let flows = try #require(try rules(try ExportFolder.small()).first).flows
    #expect(flows[1].source == .constant([.boolean(true)]))
    #expect(flows[2].source == .direct("sAMAccountName"))
    guard case .expression(let expression) = flows[0].source else { return #expect(Bool(false)) }
    #expect(expression.text == "ConvertToBase64([objectGUID]) & \"\"")
    #expect(expression.attributes == ["objectGUID"])
  }

  private func failure(_ old: String, _ new: String) throws -> EntraConfigurationError? {
    let folder = try ExportFolder.small()
    let text = Samples.inbound.replacingOccurrences(of: old, with: new)
    #expect(text != Samples.inbound)
    try folder.write(text, to: "SynchronizationRules/in.xml")
    do {
      _ = try rules(folder)
      return nil
    } catch {
      return error as? EntraConfigurationError
    }
  }

  @Test("What can't be converted is told with its place")
  func faults() throws {
    let expression = try #require(try failure("ConvertToBase64(", "ConvertToBase46("))
    #expect(expression.message.contains("sourceAnchor"))
    #expect(expression.message.contains("column 1"))
    #expect(expression.place.contains("in.xml:16"))
    let constant = try #require(try failure("<src>True</src>", "<src>Yes</src>"))
    #expect(constant.message.contains("\"Yes\" for accountEnabled"))
    let clause = try #require(try failure("<csValue>2</csValue>", "<csValue>two</csValue>"))
    #expect(clause.message.contains("ISNOTBITSET"))
    #expect(clause.place.contains("in.xml:59"))
    let connector = try #require(try failure("<connector>{d1}", "<connector>{d2}"))
    #expect(connector.message.contains("Connectors of the export lacks the connector {d2}"))
    #expect(connector.message.contains("the rule \"In from forest - People\" is for"))
  }

  @Test("A connector whose file is missing is told once for all its rules")
  func missingConnector() throws {
    let folder = try ExportFolder.small()
    for (name, id) in [("in.xml", "aa01"), ("in2.xml", "aa03"), ("in3.xml", "aa04")] {
      try folder.write(
        Samples.inbound.replacing("{d1}", with: "{d2}").replacing("AA01", with: id),
        to: "SynchronizationRules/" + name)
    }
    let error = #expect(throws: EntraConfigurationError.self) { try rules(folder) }
    let text = error?.description ?? ""
    #expect(text.ranges(of: "{d2}").count == 1, "\(text)")
    #expect(text.contains("3 rules are for"), "\(text)")
    #expect(!text.contains("--connector"), "\(text)")
  }

  @Test("A rule that writes an attribute twice is told with the places of both flows")
  func twice() throws {
    let error = try #require(
      try failure("<dest>accountEnabled</dest>", "<dest>sourceAnchor</dest>"))
    #expect(error.message.contains("\"In from forest - People\" writes sourceAnchor twice"))
    #expect(error.place.contains("in.xml:") && error.message.contains("in.xml:"))
  }

  @Test("Rules of a forest are there for each of its domains, with ids of their own")
  func domains() throws {
    let export = try ExportFolder.small().read()
    let single = try EntraConversion(export, connectors: names).rules()
    let rules = try EntraConversion(
      export, connectors: ["{d1}": ["forest.test", "Child.test"], "{c1}": ["tenant"]]
    ).rules()
    let own = single.filter { $0.connector == "forest.test" }
    let copies = rules.filter { $0.connector == "Child.test" }
    #expect(!own.isEmpty && copies.map(\.id) == own.map { $0.id + "@child.test" })
    #expect(rules.count == single.count + copies.count)
    #expect(rules.filter { $0.connector != "Child.test" }.map(\.id) == single.map(\.id))
    for (copy, rule) in zip(copies, own) {
      #expect(copy.flows.map(\.target) == rule.flows.map(\.target))
      #expect(copy.scope == rule.scope && copy.joins == rule.joins)
      #expect(copy.precedence == rule.precedence && copy.isDisabled == rule.isDisabled)
      #expect(copy.enablePasswordSync == rule.enablePasswordSync && copy.name == rule.name)
    }
    _ = try RuleSet(rules)
  }

  @Test("All that can't be converted is told at once, of all rules")
  func allFaults() throws {
    let folder = try ExportFolder.small()
    try folder.write(
      Samples.inbound.replacingOccurrences(of: "ConvertToBase64(", with: "ConvertToBase46(")
        .replacingOccurrences(of: "<src>True</src>", with: "<src>Yes</src>")
        .replacingOccurrences(of: "<csValue>2</csValue>", with: "<csValue>two</csValue>"),
      to: "SynchronizationRules/in.xml")
    let error = #expect(throws: EntraConfigurationError.self) { try rules(folder) }
    for part in ["ISNOTBITSET", "and 2 more", "ConvertToBase46", "\"Yes\" for accountEnabled"] {
      #expect(error?.description.contains(part) == true, "\(part)")
    }
  }

  @Test("A rule that is switched off and can't be read is left out, and told")
  func disabledFault() throws {
    let folder = try ExportFolder.small()
    let broken = Samples.inbound.replacingOccurrences(of: "ConvertToBase64(", with: "Unheard(")
    try folder.write(
      broken.replacingOccurrences(
        of: "<disabled>False</disabled>", with: "<disabled>True</disabled>"),
      to: "SynchronizationRules/in.xml")
    let converted = try EntraConversion(try folder.read(), connectors: names).converted()
    #expect(converted.rules.map(\.id) == ["aa02"])
    #expect(converted.notes.count == 1)
    #expect(converted.notes[0].description.contains("In from forest - People"))
    #expect(converted.notes[0].description.contains("Unheard"))
  }

  @Test("An outbound rule may let nothing flow; an inbound one is told, and left out if it is off")
  func joinNoFlow() throws {
    let folder = try ExportFolder.small()
    func write(_ text: String, isDisabled: Bool = false, to name: String) throws {
      var new = text.replacing(#/<linkType>\w+</#, with: "<linkType>JoinNoFlow<")
      if isDisabled {
        new = new.replacing(#/<disabled>\w+</#, with: "<disabled>True<")
      }
      #expect(new != text)
      try folder.write(new, to: "SynchronizationRules/" + name)
    }
    try write(Samples.outbound, to: "out.xml")
    #expect(try rules(folder).last?.linkType == .joinNoFlow)
    try write(Samples.inbound, to: "in.xml")
    let error = #expect(throws: EntraConfigurationError.self) { try rules(folder) }
    #expect(
      error?.message.contains("\"In from forest - People\" has the link type JoinNoFlow") == true)
    try write(Samples.inbound, isDisabled: true, to: "in.xml")
    let converted = try EntraConversion(try folder.read(), connectors: names).converted()
    #expect(converted.rules.map(\.id) == ["aa02"])
    #expect(converted.notes.map(\.message).joined().contains("JoinNoFlow"))
  }

  @Test("A condition on a group needs no attribute; others do, and are told")
  func membership() throws {
    let folder = try ExportFolder.small()
    func clause(_ scopeOperator: String) throws -> ScopeClause? {
      try folder.write(
        Samples.inbound.replacing(
          "<csAttribute>userAccountControl</csAttribute>", with: "<csAttribute />"
        )
        .replacing("ISBITNOTSET", with: scopeOperator)
        .replacing(
          "<csValue>2</csValue>", with: "<csValue>CN=Pilot,DC=forest,DC=example</csValue>"),
        to: "SynchronizationRules/in.xml")
      return try rules(folder).first?.scope.groups[0].clauses[1]
    }
    #expect(try clause("ISMEMBEROF")?.scopeOperator == .isMemberOf)
    #expect(
      try clause("ISNOTMEMBEROF")?.description
        == "memberOf ISNOTMEMBEROF CN=Pilot,DC=forest,DC=example")
    #expect(throws: EntraConfigurationError.self) { try clause("EQUAL") }
  }

  @Test("A group of conditions that holds none is told where there are others")
  func emptyGroup() throws {
    let folder = try ExportFolder.small()
    func notes(_ text: String) throws -> [String] {
      try folder.write(text, to: "SynchronizationRules/in.xml")
      return try folder.read().notes.map(\.description)
    }
    let end = "</synchronizationCriteria>"
    let found = try notes(Samples.inbound.replacing(end, with: "<conditions />" + end))
    #expect(found.count == 1)
    #expect(found.first?.contains("in the scope of \"In from forest - People\"") == true)
    #expect(found.first?.contains("in.xml:") == true)
    #expect(try rules(folder).first?.scope.groups.count == 2)
    let alone = Samples.inbound.replacing(
      #/<synchronizationCriteria>[\s\S]*<\/synchronizationCriteria>/#,
      with: "<synchronizationCriteria><conditions />" + end)
    #expect(try notes(alone).isEmpty)
    #expect(try rules(folder).first?.scope.groups.isEmpty == true)
  }

  @Test("A flow to a secret is left out, and told with its place; the rule works without")
  func secret() throws {
    let folder = try ExportFolder.small()
    let text = Samples.inbound.replacingOccurrences(
      of: "<dest>displayName</dest>", with: "<dest>userPassword</dest>")
    #expect(text != Samples.inbound)
    try folder.write(text, to: "SynchronizationRules/in.xml")
    let converted = try EntraConversion(try folder.read(), connectors: names).converted()
    #expect(
      converted.rules.first?.flows.map(\.target.text) == [
        "sourceAnchor", "accountEnabled", "proxyAddresses",
      ])
    #expect(converted.notes.count == 1)
    #expect(converted.notes.first?.description.contains("in.xml:") == true)
    #expect(converted.notes.first?.message.contains("the flow to userPassword") == true)
  }

  private func converted(
    _ scopeOperator: String, _ value: String
  ) throws -> (clause: ScopeClause?, notes: [EntraNote]) {
    let folder = try ExportFolder.small()
    let text = Samples.inbound
      .replacingOccurrences(of: "ISBITNOTSET", with: scopeOperator)
      .replacingOccurrences(of: "<csValue>2</csValue>", with: "<csValue>\(value)</csValue>")
    try folder.write(text, to: "SynchronizationRules/in.xml")
    let result = try EntraConversion(try folder.read(), connectors: names).converted()
    return (result.rules.first?.scope.groups[0].clauses[1], result.notes)
  }

  @Test(
    "Spaces at the ends of a value are a part of it where it is a text, and are told",
    arguments: [
      ("STARTSWITH", "Ext ", "Ext "), ("CONTAINS", " - ", " - "), ("EQUAL", "\ta", "\ta"),
      ("STARTSWITH", "\n  Ext\n", "Ext"), ("EQUAL", " True ", "True"), ("LESSTHAN", " 50", "50"),
      ("ISBITNOTSET", " 2 ", "2"), ("ISIN", " a ; b ", "a;b"), ("STARTSWITH", "Ext", "Ext"),
    ])
  func spaces(scopeOperator: String, value: String, expected: String) throws {
    let folder = try ExportFolder.small()
    let text = Samples.inbound
      .replacingOccurrences(of: "ISBITNOTSET", with: scopeOperator)
      .replacingOccurrences(of: "<csValue>2</csValue>", with: "<csValue>\(value)</csValue>")
    try folder.write(text, to: "SynchronizationRules/in.xml")
    let clause = try #require(try rules(folder).first?.scope.groups[0].clauses[1])
    #expect(clause.values.joined(separator: ";") == expected)
    let told = try folder.read().notes.filter { $0.message.contains("has spaces at its ends") }
    #expect(told.count == (value == expected && value != "Ext" ? 1 : 0), "\(told)")
  }

  @Test("Spaces at the ends of a constant are a part of it where it is a text, and are told")
  func spacedConstant() throws {
    let folder = try ExportFolder.small()
    let text = Samples.inbound
      .replacingOccurrences(of: "<src>True</src>", with: "<src> True </src>")
      .replacingOccurrences(of: "<src><attr>sAMAccountName</attr></src>", with: "<src> x </src>")
    try folder.write(text, to: "SynchronizationRules/in.xml")
    let flows = try #require(try rules(folder).first).flows
    #expect(flows[1].source == .constant([.boolean(true)]))
    #expect(flows[2].source == .constant([" x "]))
    #expect(try folder.read().notes.filter { $0.message.hasPrefix("\" x \"") }.count == 1)
  }

  @Test("A condition that compares with nothing asks whether there is a value, or is told")
  func emptyValues() throws {
    let equal = try converted("EQUAL", "")
    #expect(equal.clause?.description == "userAccountControl ISNULL")
    #expect(equal.notes.map(\.message).joined().contains("is taken as ISNULL"))
    #expect(try converted("NOTEQUAL", "").clause?.description == "userAccountControl ISNOTNULL")
    let error = #expect(throws: EntraConfigurationError.self) { try converted("CONTAINS", "") }
    #expect(error?.place.contains("in.xml:") == true)
    #expect(error?.message.contains("userAccountControl CONTAINS compares with nothing") == true)
  }

  @Test("A value that is cut at semicolons is told")
  func lists() throws {
    let list = try converted("ISIN", "1; 2;3")
    #expect(list.clause?.values == ["1", "2", "3"])
    #expect(list.notes.map(\.message).joined().contains("\"1; 2;3\" is taken as 3 values"))
    #expect(try converted("ISIN", "1").notes.isEmpty)
  }

  @Test("A parameter may be a mask of bits")
  func maskParameter() throws {
    #expect(
      try converted("ISBITSET", "%ADS_UF_ACCOUNTDISABLE%").clause?.values
        == ["%ADS_UF_ACCOUNTDISABLE%"])
  }

  @Test("The parameters that rules name are found in expressions, scopes and constants")
  func parameters() throws {
    let folder = try ExportFolder.small()
    let text = Samples.inbound
      .replacingOccurrences(of: "&amp; \"\"", with: "&amp; %Domain.FQDN%")
      .replacingOccurrences(
        of: "<csValue>TRUE</csValue>", with: "<csValue>%Connector.ID%</csValue>")
    try folder.write(text, to: "SynchronizationRules/in.xml")
    #expect(
      EntraConversion.parameters(of: try rules(folder)) == ["Domain.FQDN", "Connector.ID"])
  }
}

@Suite("Which connector stands for which")
struct ConnectorMatchTests {
  private let source = EntraConnectorMatch.Candidate(name: "ldif", isSource: true)
  private let target = EntraConnectorMatch.Candidate(name: "tenant", isSource: false)

  private func match(
    _ candidates: [EntraConnectorMatch.Candidate], given: [String: [String]] = [:]
  ) throws -> EntraConnectorMatch.Result {
    try EntraConnectorMatch.match(
      try ExportFolder.small().read(), given: given, candidates: candidates)
  }

  @Test("With one of each kind, it is guessed, and said")
  func guessed() throws {
    let result = try match([source, target])
    #expect(result.connectors == ["{d1}": ["ldif"], "{c1}": ["tenant"]])
    #expect(result.guessed.map(\.workspace).sorted() == ["ldif", "tenant"])
  }

  @Test("What a person says goes first, by name or id, in any case")
  func given() throws {
    let other = EntraConnectorMatch.Candidate(name: "other", isSource: true)
    let result = try match([source, other, target], given: ["FOREST.example": ["Other"]])
    #expect(result.connectors == ["{d1}": ["other"], "{c1}": ["tenant"]])
    #expect(result.guessed.map(\.entra) == ["example.onmicrosoft.com - AAD"])
    let byID = try match([source, other, target], given: ["d1": ["ldif"]])
    #expect(byID.connectors["{d1}"] == ["ldif"])
  }

  @Test("Of several, the one of the same name")
  func sameName() throws {
    let named = EntraConnectorMatch.Candidate(name: "Forest.Example", isSource: true)
    #expect(try match([source, named, target]).connectors["{d1}"] == ["Forest.Example"])
  }

  @Test("Where it can't be guessed, the question names the choices")
  func question() throws {
    let other = EntraConnectorMatch.Candidate(name: "other", isSource: true)
    let error = #expect(throws: EntraConfigurationError.self) {
      try match([source, other, target])
    }
    #expect(error?.message.contains("\"ldif\", \"other\"") == true)
    #expect(error?.hint == "say it with --connector 'forest.example=NAME'")
    #expect(throws: EntraConfigurationError.self) { try match([source]) }
  }

  @Test("Unknown names are refused with the nearest right one")
  func unknown() throws {
    let exported = #expect(throws: EntraConfigurationError.self) {
      try match([source, target], given: ["forest.exampel": ["ldif"]])
    }
    #expect(exported?.hint == "did you mean \"forest.example\"?")
    let own = #expect(throws: EntraConfigurationError.self) {
      try match([source, target], given: ["forest.example": ["lidf"]])
    }
    #expect(own?.hint == "did you mean \"ldif\"?")
  }
}
