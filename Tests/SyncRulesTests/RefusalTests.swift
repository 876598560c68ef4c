import Configuration
import SyncRules
import Testing

/// A rule in TOML with `head` among its settings and `tail` behind them; its tail starts in line 9.
private func toml(
  head: String = "", tail: String = "", name: String = "n", direction: String = "inbound",
  precedence: String = "1", link: String = "Join"
) -> String {
  """
  [[rule]]
  name = "\(name)"
  direction = "\(direction)"
  connector = "c"
  source = "s"
  target = "t"
  link = "\(link)"
  precedence = \(precedence)
  \(head)\(tail)
  """
}

private func refusal(_ text: String) -> ConfigurationError? {
  #expect(throws: ConfigurationError.self) { try RuleSet.parse(text, file: "r.toml") }
}

@Suite("Rules that are refused, with place and reason")
struct RefusalTests {
  @Test(
    "settings",
    arguments: [
      (toml(head: "presedence = 2"), "9:1", "\"presedence\" is no setting here"),
      ("[[rules]]\nname = \"x\"", "1:3", "\"rules\" is no setting here"),
      ("rule = 5", "1:8", "\"rule\" must be a list of tables"),
      ("[[rule]]\nname = \"x\"", "1:1", "\"direction\" is missing"),
      (toml(name: ""), "2:8", "\"name\" is empty"),
      (
        toml(
          tail: "scope = [ { clauses = [\n{ attribute = \"a\", operator = \"EQUAL\", "
            + "value = \"\" } ] } ]"
        ), "10:48", "\"value\" is an empty text"
      ),
      (
        toml(tail: "flow = [ { target = \"a\", constant = \"\" } ]"), "9:37",
        "\"constant\" is an empty text"
      ),
      (toml(name: "***"), "2:1", "No id can be made from the name"),
      (toml(direction: "inbuond"), "3:13", "\"direction\" must be one of"),
      (toml(link: "Provison"), "7:8", "\"link\" must be one of"),
      (toml(link: "JoinNoFlow"), "7:1", "Only outbound rules may be JoinNoFlow"),
      (toml(precedence: "-1"), "8:14", "\"precedence\" must be a whole number from 0 to 999999"),
      (toml(precedence: "\"1\""), "8:14", "is the text \"1\""),
      (toml(head: "disabled = \"yes\""), "9:12", "\"disabled\" must be true or false"),
      (
        toml().replacing("\"s\"", with: "\"%Nobody%\""), "5:10",
        "The parameter %Nobody% is unknown"
      ),
    ])
  func settings(text: String, place: String, message: String) {
    let error = refusal(text)
    #expect(error?.place?.description == "r.toml:" + place)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(
    "secrets",
    arguments: [
      "password", "Password", "userPassword", "userPassword;lang-en", "unicodePwd", "2.5.4.35",
      "urn:ietf:params:scim:schemas:core:2.0:User:password", "passwordProfile",
      "passwordProfile.password",
    ], ["inbound", "outbound"])
  func secrets(attribute: String, direction: String) {
    let flow = "\n[[rule.flow]]\ntarget = \"\(attribute)\"\nexpression = '\"Welcome1\"'"
    let error = refusal(toml(head: flow, direction: direction))
    #expect(error?.place?.description == "r.toml:11:1")
    #expect(error?.message.contains("can't write") == true)
    // What is switched off writes nothing.
    #expect(
      throws: Never.self,
      performing: {
        try RuleSet.parse(
          toml(head: "disabled = true" + flow, direction: direction), file: "r.toml")
      })
  }

  @Test("What only tells of a password may be written")
  func noSecrets() throws {
    for attribute in ["pwdLastSet", "passwordPolicies", "passwordExpiryTime", "accountEnabled"] {
      let flow = "\n[[rule.flow]]\ntarget = \"\(attribute)\"\ndirect = \"x\""
      #expect(try RuleSet.parse(toml(head: flow), file: "r.toml").rules[0].flows.count == 1)
    }
  }

  @Test(
    "scopes",
    arguments: [
      ("[[rule.scope]]", "9:1", "\"clauses\" is missing"),
      ("[[rule.scope]]\nclauses = []", "10:11", "\"clauses\" is empty"),
      ("[[rule.scope]]\nclause = []", "10:1", "\"clause\" is no setting here"),
      (
        clauses("attribute = 'a', operator = 'EQAUL', value = 'x'"), "10:42",
        "no operator \"EQAUL\""
      ),
      (clauses("attribute = 'a', operator = 'EQUAL'"), "10:31", "EQUAL needs one value"),
      (clauses("attribute = 'a', operator = 'ISNULL', value = 'x'"), "10:60", "takes no value"),
      (clauses("attribute = 'a', operator = 'ISBITSET', value = 'x'"), "10:62", "needs the bits"),
      (clauses("attribute = 'a', operator = 'ISBITSET', value = 0"), "10:62", "needs the bits"),
      (clauses("attribute = 'a', operator = 'EQUAL', value = ['x']"), "10:59", "\"value\" must be"),
      (clauses("attribute = 'a', operator = 'EQUAL', value = 1.5"), "10:59", "the number 1.5"),
      (clauses("attribute = 'a', operator = 'ISIN', value = []"), "10:58", "needs a list"),
      (clauses("operator = 'ISNULL'"), "10:12", "\"attribute\" is missing"),
      (clauses("attribute = 'a', operator = 'EQUAL', value = '%P%'"), "10:59", "%P% is unknown"),
      (
        clauses("attribute = 'a', operator = 'ISMEMBEROF', value = 'x'"), "10:64", "name of a group"
      ),
    ])
  func scopes(tail: String, place: String, message: String) {
    let error = refusal(toml(tail: tail))
    #expect(error?.place?.description == "r.toml:" + place)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(
    "joins",
    arguments: [
      ("[[rule.join]]\nconditions = []", "10:14", "\"conditions\" is empty"),
      ("[[rule.join]]\nconditions = [{ source = 'a' }]", "10:15", "\"target\" is missing"),
      (
        "[[rule.join]]\nconditions = [{ source = 'a', target = 'b', casesensitive = true }]",
        "10:45",
        "\"casesensitive\" is no setting"
      ),
    ])
  func joins(tail: String, place: String, message: String) {
    let error = refusal(toml(tail: tail))
    #expect(error?.place?.description == "r.toml:" + place)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test(
    "flows",
    arguments: [
      ("[[rule.flow]]\ntarget = 'a'", "9:1", "A flow needs direct, constant or expression"),
      ("[[rule.flow]]\ndirect = 'a'", "9:1", "\"target\" is missing"),
      (
        "[[rule.flow]]\ntarget = 'a'\ndirect = 'b'\nconstant = 'c'", "12:1",
        "not direct and constant"
      ),
      ("[[rule.flow]]\ntarget = 'a'\nconstant = []", "11:12", "\"constant\" must be a value"),
      ("[[rule.flow]]\ntarget = 'a'\nconstant = ''", "11:12", "\"constant\" is an empty text"),
      ("[[rule.flow]]\ntarget = 'a'\nconstant = [2020-01-01]", "11:13", "the date or time"),
      (
        "[[rule.flow]]\ntarget = 'a'\ndirect = 'b'\nmerge = 'Mrge'", "12:9", "\"merge\" must be one"
      ),
      (
        "[[rule.flow]]\ntarget = 'a'\ndirect = 'b'\n[[rule.flow]]\ntarget = 'A'\ndirect = 'c'",
        "13:1",
        "written twice in this rule, first at r.toml:10:1"
      ),
    ])
  func flows(tail: String, place: String, message: String) {
    let error = refusal(toml(tail: tail))
    #expect(error?.place?.description == "r.toml:" + place)
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
  }

  @Test("an unknown operator gets the nearest one")
  func nearest() {
    let error = refusal(toml(tail: clauses("attribute = 'a', operator = 'NOTEQUALS', value = 'x'")))
    #expect(error?.hint == "did you mean \"NOTEQUAL\"?")
  }

  @Test("what inbound rules may not say is refused in whatever case the direction is written")
  func directionInAnyCase() {
    let link = toml(link: "JoinNoFlow").replacing("inbound", with: "Inbound")
    #expect(link.contains("Inbound"))
    #expect(refusal(link)?.message.hasPrefix("Only outbound rules may be JoinNoFlow") == true)
    let join = toml(
      tail: "join = [ { match = 'soft', conditions = [ { source = 'a', target = 'b' } ] } ]"
    ).replacing("inbound", with: "INBOUND")
    #expect(join.contains("INBOUND"))
    #expect(refusal(join)?.message.hasPrefix("Only outbound rules have a match") == true)
  }

  @Test("one precedence twice for a direction and connector names both places")
  func duplicatePrecedence() {
    let error = refusal(toml(name: "a") + "\n" + toml(name: "b"))
    #expect(error?.place?.line == 10)
    #expect(
      error?.message == "The rule \"b\" has the same precedence 1 as \"a\" at r.toml:1:1")
  }

  @Test("one precedence in two directions is allowed")
  func twoDirections() throws {
    let text = toml(name: "a") + "\n" + toml(name: "b", direction: "outbound")
    #expect(try RuleSet.parse(text, file: "r").rules.count == 2)
  }

  @Test("one id twice names both places")
  func duplicateId() {
    let error = refusal(toml(name: "A b") + "\n" + toml(name: "a-B", precedence: "2"))
    #expect(error?.message == "The rule \"a-B\" has the same id as \"A b\" at r.toml:1:1")
  }

  @Test("two merge types for one attribute name both rules")
  func merges() {
    let flow = "[[rule.flow]]\ntarget = 'x'\ndirect = 'y'\n"
    let error = refusal(
      toml(tail: flow, name: "a") + "\n"
        + toml(tail: flow + "merge = 'Merge'", name: "b", precedence: "2"))
    #expect(error?.message.contains("\"b\" and the rule \"a\" at r.toml:1:1 write x") == true)
  }
}

private func clauses(_ clause: String) -> String {
  "[[rule.scope]]\nclauses = [{ \(clause) }]"
}
