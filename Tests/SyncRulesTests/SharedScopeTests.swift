import Configuration
import Directory
import SyncRules
import Testing

private func toml(_ scope: String, name: String = "n", precedence: Int = 1) -> String {
  """
  [[rule]]
  name = "\(name)"
  direction = "outbound"
  connector = "cloud"
  source = "person"
  target = "account"
  link = "Join"
  precedence = \(precedence)
  \(scope)

  """
}

private let shared = """
  [[scope]]
  name = "people"
  groups = [
    { clauses = [{ attribute = "kind", operator = "EQUAL", value = "person" }] },
    { clauses = [{ attribute = "kind", operator = "ISNULL" }] },
  ]

  """

private func refusal(_ text: String) -> ConfigurationError? {
  #expect(throws: ConfigurationError.self) { try RuleSet.parse(text, file: "r.toml") }
}

@Suite("Scopes that rules of a file share")
struct SharedScopeTests {
  @Test("a rule takes a scope by its name, and means the same as if it spelled it")
  func named() throws {
    let spelled = """
      scope = [
        { clauses = [{ attribute = "kind", operator = "EQUAL", value = "person" }] },
        { clauses = [{ attribute = "kind", operator = "ISNULL" }] },
      ]
      """
    let one = try RuleSet.parse(shared + toml("scope = \"people\""), file: "r")
    let other = try RuleSet.parse(toml(spelled), file: "r")
    #expect(one.fingerprint == other.fingerprint)
    #expect(one.rules[0].scope.groups.count == 2)
    #expect(one.outbound(["kind": ["thing"]]).inScope.isEmpty)
    #expect(one.outbound([:]).inScope.count == 1)
  }

  @Test("a scope may stand behind the rules that use it")
  func order() throws {
    #expect(try RuleSet.parse(toml("scope = \"people\"") + shared, file: "r").rules.count == 1)
  }

  @Test("a scope that there is not is refused with the nearest name")
  func unknown() {
    let error = refusal(shared + toml("scope = \"poeple\""))
    #expect(error?.place?.description == "r.toml:15:9")
    #expect(error?.message == "There is no scope called \"poeple\" in this file")
    #expect(error?.hint == "did you mean \"people\"?")
    #expect(refusal(toml("scope = \"x\""))?.hint == "add [[scope]] with name and groups")
  }

  @Test("two scopes of one name, or a scope with a mistake, are refused")
  func damaged() {
    #expect(refusal(shared + shared)?.message.contains("two scopes called \"people\"") == true)
    #expect(refusal("[[scope]]\ngroups = []")?.message == "\"name\" is missing")
    #expect(
      refusal(shared.replacing("groups", with: "gruops"))?.hint == "did you mean \"groups\"?")
  }
}

@Suite("Hard and soft matches")
struct MatchTests {
  private let joins = [
    [JoinCondition(source: "anchor", target: "externalId")],
    [JoinCondition(source: "smtp", target: "mail")],
  ]

  private func rules(_ options: MatchOptions = MatchOptions()) throws -> RuleSet {
    let made = SyncRule(
      id: "r", name: "r", direction: .outbound, connector: "cloud", sourceType: "person",
      targetType: "account", linkType: .provision, precedence: 1,
      joins: [
        JoinGroup(conditions: joins[0], match: .hard),
        JoinGroup(conditions: joins[1], match: .soft),
      ], place: nowhere)
    return try RuleSet([made], matching: ["CLOUD": options])
  }

  private let ann: AttributeSet = ["anchor": ["A"], "smtp": ["a@x"]]

  @Test("the anchor goes first; a soft match names where an anchor would stand")
  func order() throws {
    let found = try rules().outbound(ann).joins
    #expect(found.map(\.match) == [.hard, .soft])
    #expect(found.map(\.anchors) == [[], ["externalId"]])
    #expect(found.allSatisfy { !$0.isBlocked })
  }

  @Test("soft matches can be switched off, and provisioning does not change by that")
  func noSoft() throws {
    let found = try rules(MatchOptions(blockSoftMatch: true)).outbound(ann)
    #expect(found.joins.map(\.match) == [.hard])
    #expect(found.provisions)
    #expect(try rules(MatchOptions(blockSoftMatch: true)).outbound(["smtp": ["a@x"]]).provisions)
  }

  @Test("hard matches can be blocked; they are still looked for, to be refused")
  func noHard() throws {
    let found = try rules(MatchOptions(blockHardMatch: true)).outbound(ann)
    #expect(found.joins.map(\.isBlocked) == [true, false])
  }

  @Test("rule files say both")
  func file() throws {
    let text = """
      [[matching]]
      connector = "cloud"
      block_soft_match = true
      """
    let join = "join = [{ match = \"soft\", conditions = [{ source = \"a\", target = \"b\" }] }]"
    let rules = try RuleSet.parse(text + "\n" + toml(join), file: "r")
    #expect(rules.rules[0].joins[0].match == .soft)
    #expect(rules.matching(for: "Cloud").blockSoftMatch)
    #expect(rules.outbound(["a": ["x"]]).joins.isEmpty)
    let inbound = toml(join).replacing("outbound", with: "inbound")
    #expect(refusal(inbound)?.message.hasPrefix("Only outbound rules have a match") == true)
    #expect(refusal(text + "\n" + text)?.message == "The matching of \"cloud\" is set twice")
    #expect(
      refusal(toml(join.replacing("soft", with: "sotf")))?.hint == "did you mean \"soft\"?")
    #expect(
      try RuleSet.parse(toml(join), file: "r").fingerprint
        != RuleSet.parse(toml(join.replacing("soft", with: "hard")), file: "r").fingerprint)
    #expect(
      try RuleSet.parse(toml(join), file: "r").fingerprint
        != RuleSet.parse(text + "\n" + toml(join), file: "r").fingerprint)
  }

  @Test("equal join groups of several rules are tried once, for the strongest that is in scope")
  func once() throws {
    let strong = outboundRule(
      "strong", precedence: 1, scope: [[try ScopeClause("vip", .isNotNull)]], joins: joins)
    let weak = outboundRule("weak", precedence: 2, joins: joins)
    let rules = try RuleSet([strong, weak])
    #expect(rules.outbound(ann).joins.map(\.rule.name) == ["weak", "weak"])
    var vip = ann
    vip["vip"] = [true]
    #expect(rules.outbound(vip).joins.map(\.rule.name) == ["strong", "strong"])
  }
}
