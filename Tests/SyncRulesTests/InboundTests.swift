import Directory
import SyncRules
import Testing

@Suite("Inbound evaluation")
struct InboundTests {
  @Test("who is a member of a group, the group says, whatever attribute stands in the clause")
  func membership() throws {
    let pilot = try DistinguishedName("CN=Pilot,DC=x").normalized
    let rules = try RuleSet([
      rule("in", precedence: 1, scope: [[try ScopeClause("dn", .isMemberOf, ["CN=Pilot,DC=x"])]]),
      rule(
        "out", precedence: 2,
        scope: [[try ScopeClause("memberOf", .isNotMemberOf, ["cn=pilot, dc=X"])]]),
    ])
    let needs = rules.needs(inboundFrom: "hr", objectType: "user")
    #expect(needs.groups == [pilot] && needs.values.isEmpty)
    func evaluate(_ groups: Set<String>) -> InboundEvaluation {
      var subject = RuleSubject(["memberOf": ["CN=Pilot,DC=x"]], dn: "CN=Pilot,DC=x")
      subject.groups = groups
      return rules.evaluateInbound(connector: "hr", objectType: "user", subject)
    }
    #expect(evaluate([pilot]).inScope.map(\.name) == ["in"])
    #expect(
      evaluate([pilot]).outOfScope.map(\.reason)
        == ["memberOf ISNOTMEMBEROF cn=pilot, dc=X fails (a member)"])
    #expect(evaluate([]).inScope.map(\.name) == ["out"])
    #expect(
      evaluate([]).outOfScope.map(\.reason) == ["dn ISMEMBEROF CN=Pilot,DC=x fails (no member)"])
  }

  @Test("an unknown connector or type has no rules")
  func unknown() throws {
    let rules = try RuleSet([rule("r", flows: [direct("a", "a")])])
    let other = rules.evaluateInbound(
      connector: "hr", objectType: "printer", attributes: ["a": ["1"]], references: [])
    #expect(other.inScope.isEmpty && other.contributions.isEmpty && other.metaverseType == nil)
  }

  @Test("connector and type are found in any case")
  func anyCase() throws {
    let rules = try RuleSet([rule("r", connector: "HR", from: "User")])
    for (connector, type) in [("HR", "User"), ("hr", "user"), ("Hr", "USER")] {
      let found = rules.evaluateInbound(
        connector: connector, objectType: type, attributes: [:], references: [])
      #expect(found.inScope.count == 1)
    }
  }

  @Test("rules come strongest first, and the strongest names the type")
  func order() throws {
    let rules = try RuleSet([
      rule("weak", precedence: 120, to: "thing"), rule("strong", precedence: 90),
    ])
    let found = rules.inbound([:])
    #expect(found.inScope.map(\.name) == ["strong", "weak"])
    #expect(found.metaverseType == "person")
  }

  @Test("disabled rules are listed, not evaluated")
  func disabled() throws {
    let off = rule("off", flows: [direct("a", "a")], disabled: true)
    let rules = try RuleSet([off])
    #expect(rules.rules.count == 1)
    let found = rules.inbound(["a": ["1"]])
    #expect(found.inScope.isEmpty && found.outOfScope.isEmpty && found.contributions.isEmpty)
  }

  @Test(
    "link types decide on projecting and keeping alive",
    arguments: [
      (LinkType.provision, true, true), (.stickyJoin, false, true), (.join, false, false),
    ])
  func linkTypes(link: LinkType, projects: Bool, keepsAlive: Bool) throws {
    let found = try RuleSet([rule("r", link: link)]).inbound([:])
    #expect(found.projects == projects)
    #expect(found.keepsAlive == keepsAlive)
  }

  @Test("a rule out of scope neither projects nor keeps alive nor contributes")
  func outOfScope() throws {
    let scope = [[try ScopeClause("a", .isNull)]]
    let found = try RuleSet([rule("r", link: .provision, scope: scope, flows: [direct("b", "a")])])
      .inbound(["a": ["1"]])
    #expect(!found.projects && !found.keepsAlive && found.contributions.isEmpty)
    #expect(found.outOfScope.count == 1)
  }

  @Test("projecting needs a value of one join attribute")
  func projecting() throws {
    let joins = [
      [JoinCondition(source: "guid", target: "anchor")],
      [JoinCondition(source: "mail", target: "mail")],
    ]
    let rules = try RuleSet([rule("r", link: .provision, joins: joins)])
    #expect(!rules.inbound(["other": ["1"]]).projects)
    #expect(rules.inbound(["mail": ["a@b"]]).projects)
  }

  @Test("joins come in order with the object's values; groups without a value are left out")
  func joins() throws {
    let joins = [
      [JoinCondition(source: "guid", target: "anchor", isCaseSensitive: true)],
      [
        JoinCondition(source: "mail", target: "mail"),
        JoinCondition(source: "sn", target: "surname"),
      ],
      [JoinCondition(source: "mail", target: "address")],
    ]
    let other = rule(
      "other", precedence: 50, joins: [[JoinCondition(source: "id", target: "id")]])
    let rules = try RuleSet([rule("r", joins: joins), other])
    let found = rules.inbound(["guid": ["G"], "mail": ["a", "b"], "id": [7]]).joins
    #expect(found.map(\.rule.name) == ["other", "r", "r"])
    #expect(found.map { $0.conditions.map(\.target) } == [["id"], ["anchor"], ["address"]])
    #expect(found[1].conditions[0].isCaseSensitive)
    #expect(found[2].conditions[0].values == ["a", "b"])
  }

  @Test("direct and constant flows contribute; a direct one without a value does not")
  func contributions() throws {
    let flows = [
      direct("displayName", "cn"), direct("title", "title"), constant("kind", "User"),
      direct("once", "cn", once: true),
    ]
    let found = try RuleSet([rule("r", flows: flows)]).inbound(["cn": ["Ann"]]).contributions
    #expect(found.map(\.target) == ["displayName", "kind", "once"])
    #expect(found.map(\.source) == ["cn", nil, "cn"])
    #expect(found[1].sourceText == "constant")
    #expect(found.map(\.values) == [["Ann"], ["User"], ["Ann"]])
    #expect(found.map(\.applyOnce) == [false, false, true])
  }

  @Test("a stronger flow without a value is told where a weaker one has one, and not otherwise")
  func silent() throws {
    let rules = try RuleSet([
      rule("strong", precedence: 1, flows: [direct("title", "rank"), direct("size", "length")]),
      rule("weak", precedence: 2, flows: [direct("title", "title"), direct("size", "width")]),
      rule("weakest", precedence: 3, flows: [direct("title", "post")]),
    ])
    let found = rules.inbound(["title": ["Boss"]]).contributions
    #expect(found.map(\.target) == ["title", "title"])
    #expect(found.map(\.rule.name) == ["weak", "strong"])
    #expect(found.map(\.values) == [["Boss"], []])
    let resolved = MetaverseMerge.resolve(found.map { (1, $0) })
    #expect(resolved.map(\.values) == [["Boss"]])
    #expect(resolved.first?.losers.map(\.reason) == [.noValue])
  }

  @Test("a flow that applies once is told even without a value, as it may have given one before")
  func onceWithoutValue() throws {
    let rules = try RuleSet([rule("r", flows: [direct("once", "cn", once: true)])])
    let found = rules.inbound([:]).contributions
    #expect(found.map(\.target) == ["once"] && found.map(\.values) == [[]])
    #expect(MetaverseMerge.resolve(found.map { (1, $0) }).isEmpty)
  }

  @Test("flows from references are handed over as such")
  func references() throws {
    let flows = [direct("manager", "boss"), direct("name", "cn")]
    let found = try RuleSet([rule("r", flows: flows)]).inbound(["cn": ["A"]], references: ["boss"])
    #expect(found.referenceFlows.map(\.source) == ["boss"])
    #expect(found.referenceFlows.map(\.target) == ["manager"])
    #expect(found.contributions.map(\.target) == ["name"])
  }
}
