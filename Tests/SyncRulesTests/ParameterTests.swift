import Configuration
import Directory
import SyncExpressions
import SyncRules
import Testing

private func toml(_ tail: String, connector: String = "contoso.com") -> String {
  """
  [[rule]]
  name = "n"
  direction = "inbound"
  connector = "\(connector)"
  source = "user"
  target = "person"
  link = "Join"
  precedence = 1
  \(tail)
  """
}

@Suite("Parameters of rules")
struct ParameterTests {
  @Test("a connector's own parameters go before the shared ones, whatever its name's case")
  func own() {
    let parameters = RuleParameters(
      shared: ["A": "1", "B": "2"], connectors: ["Contoso.com": ["B": "3"]])
    let own = parameters.values(for: "contoso.COM")
    #expect(own["A"] == "1" && own["B"] == "3" && own["Domain.FQDN"] == "contoso.COM")
    #expect(parameters.values(for: "other") == ["A": "1", "B": "2", "Connector.ID": "other"])
    let said = RuleParameters(connectors: ["contoso.com": ["Domain.FQDN": "corp.test"]])
    #expect(said.values(for: "contoso.com")["Domain.FQDN"] == "corp.test")
  }

  @Test("a connector called as its domain has the domain's parameters")
  func derived() {
    let values = RuleParameters.derived(connector: "corp.contoso.com")
    #expect(values["Connector.ID"] == "corp.contoso.com")
    #expect(values["Domain.FQDN"] == "corp.contoso.com")
    #expect(values["Domain.LDAP"] == "DC=corp,DC=contoso,DC=com")
    #expect(values["Forest.Netbios"] == "CORP")
    #expect(
      RuleParameters.derived(connector: "AD", baseDN: "OU=Staff, DC=x,dc=y")["Domain.FQDN"] == "x.y"
    )
  }

  @Test("a name that is no domain has an id only", arguments: ["tenant", "a..b", "a b.c", ""])
  func plain(name: String) {
    #expect(RuleParameters.derived(connector: name) == ["Connector.ID": name])
  }

  @Test("a parameter's name may have underscores, and its value may be a mask of bits")
  func masks() throws {
    let text = toml(
      """
      [[rule.scope]]
      clauses = [{ attribute = "uac", operator = "ISBITSET", value = "%ADS_UF_DISABLED%" }]
      [[rule.flow]]
      target = "isDisabled"
      expression = 'BitAnd([uac],%ADS_UF_DISABLED%)=2'
      """)
    let rules = try RuleSet.parse(text, file: "f", parameters: ["ADS_UF_DISABLED": "0x2"])
    func found(_ flags: AttributeValue) -> InboundEvaluation {
      rules.evaluateInbound(
        connector: "contoso.com", objectType: "user", attributes: ["uac": [flags]], references: [])
    }
    #expect(found(514).contributions.map(\.values) == [[true]])
    #expect(found(512).inScope.isEmpty)
    // The same for rules that come from elsewhere, whose parameters are replaced later.
    let clause = try ScopeClause("uac", .isBitSet, ["%ADS_UF_DISABLED%"])
    let made = try RuleSet(
      [rule("r", scope: [[clause]])],
      parameters: RuleParameters(shared: ["ADS_UF_DISABLED": "0x2"]))
    #expect(made.inbound(["uac": [514]]).inScope.count == 1)
    #expect(made.inbound(["uac": [512]]).inScope.isEmpty)
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet(
        [rule("r", scope: [[clause]])],
        parameters: RuleParameters(shared: ["ADS_UF_DISABLED": "two"]))
    }
    #expect(error?.message.contains("\"two\"") == true && error?.place == nowhere)
  }

  @Test("a rule that is switched off may name what there is not, and is the same however it comes")
  func disabled() throws {
    let tail = """
      disabled = true
      [[rule.scope]]
      clauses = [
        { attribute = "a", operator = "EQUAL", value = "%Nobody% %Connector.ID%" },
        { attribute = "uac", operator = "ISBITSET", value = "%Nobody%" },
        { attribute = "memberOf", operator = "ISMEMBEROF", value = "%Nobody%" },
      ]
      [[rule.flow]]
      target = "t"
      expression = '%Nobody% & "x"'
      [[rule.flow]]
      target = "c"
      constant = "%Nobody%"
      """
    let read = try RuleSet.parse(toml(tail), file: "f")
    #expect(read.rules[0].scope.groups[0].clauses[0].values == ["%Nobody% contoso.com"])
    let again = try RuleSet(read.rules)
    #expect(again.fingerprint == read.fingerprint)
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet.parse(toml(tail.replacing("disabled = true\n", with: "")), file: "f")
    }
    #expect(error?.message == "The parameter %Nobody% is unknown")
  }

  @Test("a scope that rules share has the parameters of each rule's connector")
  func sharedScopes() throws {
    let shared = """
      [[scope]]
      name = "home"
      groups = [{ clauses = [{ attribute = "home", operator = "EQUAL", value = "%Site%" }] }]

      """
    let text =
      shared + toml("scope = \"home\"", connector: "a")
      + "\n" + toml("scope = \"home\"\nid = \"second\"", connector: "b")
    let parameters = RuleParameters(connectors: ["a": ["Site": "Bonn"], "b": ["Site": "Ulm"]])
    let rules = try RuleSet.parse(text, file: "f", parameters: parameters)
    #expect(
      rules.rules.map { $0.scope.groups[0].clauses[0].values } == [["Bonn"], ["Ulm"]])
    // What nobody takes must be a scope all the same.
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet.parse(shared.replacing("EQUAL", with: "EQUALS"), file: "f")
    }
    #expect(error?.message.contains("EQUALS") == true)
  }

  @Test("parameters stand in constants, scope values and expressions")
  func used() throws {
    let text = toml(
      """
      [[rule.scope]]
      clauses = [{ attribute = "home", operator = "EQUAL", value = "%Connector.ID%" }]
      [[rule.flow]]
      target = "domain"
      constant = "%Domain.FQDN%"
      [[rule.flow]]
      target = "name"
      expression = '[sAMAccountName] & "@" & %Domain.FQDN%'
      """)
    let rules = try RuleSet.parse(text, file: "r.toml")
    let found = rules.evaluateInbound(
      connector: "contoso.com", objectType: "user",
      RuleSubject(["home": ["CONTOSO.com"], "sAMAccountName": ["ann"]]))
    #expect(found.contributions.map(\.values) == [["contoso.com"], ["ann@contoso.com"]])
  }

  @Test("an expression's unknown parameter is refused at its place, with the nearest name")
  func unknown() throws {
    let text = toml("[[rule.flow]]\ntarget = 'a'\nexpression = '[cn] & %Domain.FQND%'")
    let error = #expect(throws: ConfigurationError.self) {
      try RuleSet.parse(text, file: "r.toml")
    }
    #expect(error?.place?.description == "r.toml:11:22")
    #expect(error?.message == "The parameter %Domain.FQND% is unknown")
    #expect(error?.hint.contains("did you mean %Domain.FQDN%?") == true)
  }

  @Test("rules that come from elsewhere are looked through, too")
  func imported() throws {
    let scoped = rule(
      "s", precedence: 1, scope: [[try ScopeClause("home", .equal, ["%Connector.ID%"])]],
      flows: [constant("id", "%Connector.ID%")])
    let parameters = RuleParameters(connectors: ["HR": ["Connector.ID": "7"]])
    let rules = try RuleSet([scoped], parameters: parameters)
    #expect(rules.rules[0].scope.groups[0].clauses[0].values == ["7"])
    #expect(rules.inbound(["home": ["7"]]).contributions.map(\.values) == [["7"]])
    let computing = rule("e", flows: [try computed("x", "%Domain.FQDN%")])
    let error = #expect(throws: ConfigurationError.self) { try RuleSet([computing]) }
    #expect(error?.message.contains("%Domain.FQDN% is unknown, which \"e\" asks for") == true)
    let off = rule("off", flows: [try computed("x", "%Domain.FQDN%")], disabled: true)
    #expect(try RuleSet([off]).rules.count == 1)
  }

  @Test("what a rule is called may hold percent signs, wherever it comes from")
  func labels() throws {
    let (name, description) = ("50%Test% of %Domain.FQDN%", "From %Domain.FQDN%, or %Nobody%")
    let text = toml("description = \"\(description)\"")
      .replacing("name = \"n\"", with: "name = \"\(name)\"\nid = \"50%Test%\"")
    let made = SyncRule(
      id: "50%Test%", name: name, description: description, direction: .inbound,
      connector: "contoso.com", sourceType: "user", targetType: "person", linkType: .join,
      precedence: 1, place: nowhere)
    let parameters = RuleParameters(connectors: ["contoso.com": [:]])
    for rules in [
      try RuleSet.parse(text, file: "f", parameters: parameters),
      try RuleSet([made], parameters: parameters),
    ] {
      #expect(rules.rules[0].id == "50%Test%")
      #expect(rules.rules[0].name == "50%Test% of contoso.com")
      #expect(rules.rules[0].description == "From contoso.com, or %Nobody%")
    }
  }

  @Test("the value of a parameter that an expression uses is part of the fingerprint")
  func fingerprint() throws {
    let computing = rule("e", flows: [try computed("x", "%A%")])
    func print(_ values: [String: String]) throws -> String {
      try RuleSet([computing], parameters: RuleParameters(shared: values)).fingerprint
    }
    #expect(try print(["A": "1"]) != print(["A": "2"]))
    #expect(try print(["A": "1"]) == print(["A": "1", "B": "2"]))
    let other = rule("e", flows: [try computed("x", "%A% & %A%")])
    #expect(
      try print(["A": "1"])
        != RuleSet([other], parameters: RuleParameters(shared: ["A": "1"])).fingerprint)
  }
}
