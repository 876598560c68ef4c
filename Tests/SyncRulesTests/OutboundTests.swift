import Directory
import SyncRules
import Testing

@Suite("Outbound evaluation")
struct OutboundTests {
  @Test("the strongest rule with a value wins, and the losers know why")
  func precedence() throws {
    let rules = try RuleSet([
      outboundRule("weak", precedence: 300, flows: [direct("name", "cn")]),
      outboundRule("empty", precedence: 100, flows: [direct("name", "nickname")]),
      outboundRule("strong", precedence: 200, flows: [direct("name", "displayName")]),
    ])
    let found = rules.outbound(["cn": ["ann"], "displayName": ["Ann"]])
    let name = try #require(found.attributes.first)
    #expect(found.attributes.count == 1)
    #expect(name.values == ["Ann"])
    #expect(name.winner.rule.name == "strong")
    #expect(name.losers.map(\.contribution.rule.name) == ["empty", "weak"])
    #expect(name.losers.map(\.reason) == [.noValue, .lowerPrecedence])
    #expect(name.losers.allSatisfy { !$0.reason.text.isEmpty })
  }

  @Test("a rule out of scope leaves the attribute to the next")
  func scope() throws {
    let onlyHR = [[try ScopeClause("dept", .equal, ["HR"])]]
    let rules = try RuleSet([
      outboundRule("hr", precedence: 1, scope: onlyHR, flows: [constant("team", "People")]),
      outboundRule("all", precedence: 2, flows: [constant("team", "Staff")]),
    ])
    #expect(rules.outbound(["dept": ["HR"]]).attributes.map(\.values) == [["People"]])
    let other = rules.outbound(["dept": ["IT"]])
    #expect(other.attributes.map(\.values) == [["Staff"]])
    #expect(other.attributes[0].losers.isEmpty)
    #expect(other.outOfScope.map(\.rule.name) == ["hr"])
  }

  @Test("what rules in scope write is managed, also without a value")
  func managed() throws {
    let never = [[try ScopeClause("never", .isNotNull)]]
    let rules = try RuleSet([
      outboundRule("a", precedence: 1, flows: [direct("title", "title"), direct("name", "cn")]),
      outboundRule("b", precedence: 2, scope: never, flows: [direct("other", "cn")]),
    ])
    let found = rules.outbound(["cn": ["x"]])
    #expect(found.managed == ["title", "name"])
    #expect(found.attributes.map(\.attribute) == ["name"])
  }

  @Test("nothing is managed when no rule is in scope")
  func nothing() throws {
    let never = [[try ScopeClause("never", .isNotNull)]]
    let rules = try RuleSet([
      outboundRule("a", link: .provision, scope: never, flows: [direct("name", "cn")])
    ])
    let found = rules.outbound(["cn": ["x"]])
    #expect(found.managed.isEmpty && !found.provisions && found.connectorType == nil)
  }

  @Test(
    "a JoinNoFlow rule in scope lets nothing flow, of any strength; out of scope it says nothing")
  func noFlow() throws {
    let moved = [[try ScopeClause("moved", .isNotNull)]]
    let rules = try RuleSet([
      outboundRule("a", precedence: 1, link: .provision, flows: [direct("name", "cn")]),
      outboundRule("b", precedence: 2, link: .joinNoFlow, scope: moved),
    ])
    let found = rules.outbound(["cn": ["x"], "moved": ["y"]])
    #expect(found.managed.isEmpty && !found.provisions && found.flowsNothing && found.keeps)
    #expect(rules.outbound(["cn": ["x"]]).managed == ["name"])
  }

  @Test("provisioning needs a Provision rule and a join attribute with a value")
  func provisions() throws {
    let joins = [[JoinCondition(source: "anchor", target: "externalId")]]
    let rules = try RuleSet([
      outboundRule("join", precedence: 1), outboundRule("make", link: .provision, joins: joins),
    ])
    #expect(!rules.outbound(["cn": ["x"]]).provisions)
    let found = rules.outbound(["anchor": ["A1"]])
    #expect(found.provisions)
    #expect(found.connectorType == "account")
    #expect(found.joins.map { $0.conditions[0].values } == [["A1"]])
  }

  @Test("of two reference flows to one target the strongest that has a value counts")
  func references() throws {
    let rules = try RuleSet([
      outboundRule("a", precedence: 1, flows: [direct("manager", "boss")]),
      outboundRule("b", precedence: 2, flows: [direct("manager", "lead")]),
    ])
    let both: Set<AttributeName> = ["boss", "lead"]
    #expect(rules.outbound([:], references: both).referenceFlows.map(\.source) == ["boss"])
    let found = rules.outbound([:], references: both, present: ["lead"])
    #expect(found.referenceFlows.map(\.source) == ["lead"])
    #expect(found.managed.isEmpty)
  }

  @Test("values of all rules are united if the flows say so")
  func merge() throws {
    let rules = try RuleSet([
      outboundRule("a", precedence: 1, flows: [direct("mails", "m1", merge: .merge)]),
      outboundRule("b", precedence: 2, flows: [direct("mails", "m2", merge: .merge)]),
    ])
    let found = rules.outbound(["m1": ["a", "b"], "m2": ["B", "b"]]).attributes
    #expect(found.map(\.values) == [["B", "a", "b"]])
    #expect(found[0].losers.isEmpty)
  }

  @Test("united without regard to case, the strongest rule's spelling stays")
  func mergeCaseInsensitive() throws {
    // One rule alone may give values that differ in case, too.
    let one = try RuleSet([
      outboundRule("only", flows: [direct("m", "a", merge: .mergeCaseInsensitive)])
    ]).outbound(["a": ["X", "x", "y"]])
    #expect(one.attributes.map(\.values) == [["X", "y"]])
    let inbound = try RuleSet([
      rule("only", flows: [direct("m", "a", merge: .mergeCaseInsensitive)])
    ]).inbound(["a": ["X", "x", "y"]])
    let merged = MetaverseMerge.resolve(
      inbound.contributions.map { (contributor: 1, contribution: $0) })
    #expect(merged.map(\.values) == [["X", "y"]])
    let kind = MergeType.mergeCaseInsensitive
    let rules = try RuleSet([
      outboundRule("a", precedence: 2, flows: [direct("mails", "m1", merge: kind)]),
      outboundRule("b", precedence: 1, flows: [direct("mails", "m2", merge: kind)]),
    ])
    let found = rules.outbound(["m1": ["SMTP:x", "y"], "m2": ["smtp:X", "z"]]).attributes
    #expect(found.map(\.values) == [["smtp:X", "y", "z"]])
    #expect(found[0].winner.rule.name == "b")
  }
}

@Suite("Metaverse merge")
struct MetaverseMergeTests {
  private func give(
    _ contributor: Int64, _ rule: SyncRule, _ values: [AttributeValue], merge: MergeType = .update
  ) -> (contributor: Int64, contribution: Contribution) {
    (contributor, Contribution(target: "title", values: values, rule: rule, merge: merge))
  }

  @Test("the lowest precedence number with a value wins across connectors")
  func precedence() throws {
    let low = rule("low", precedence: 10)
    let high = rule("high", precedence: 20, connector: "ad")
    let found = MetaverseMerge.resolve([
      give(2, high, ["B"]), give(3, low, []), give(1, low, ["A"]),
    ])
    #expect(found.count == 1)
    #expect(found[0].values == ["A"])
    #expect(found[0].contributor == 1)
    #expect(found[0].losers.map(\.contributor) == [3, 2])
    #expect(found[0].losers.map(\.reason) == [.noValue, .lowerPrecedence])
  }

  @Test("of two objects by one rule the older wins, in whatever order they come")
  func tie() {
    let same = rule("same")
    let one = MetaverseMerge.resolve([give(9, same, ["z"]), give(4, same, ["a"])])
    let two = MetaverseMerge.resolve([give(4, same, ["a"]), give(9, same, ["z"])])
    #expect(one.map(\.values) == two.map(\.values))
    #expect(one[0].values == ["a"])
    #expect(one[0].losers.map(\.reason) == [.otherObject])
  }

  @Test("an attribute without any value is not there")
  func empty() {
    #expect(MetaverseMerge.resolve([give(1, rule("r"), [])]).isEmpty)
    #expect(MetaverseMerge.resolve([]).isEmpty)
  }

  @Test("merge types unite the values of objects")
  func unite() {
    let found = MetaverseMerge.resolve([
      give(1, rule("a"), ["x"], merge: .merge), give(2, rule("b"), ["x", "y"], merge: .merge),
    ])
    #expect(found.map(\.values) == [["x", "y"]])
    #expect(found[0].partners.map(\.contributor) == [2] && found[0].losers.isEmpty)
    #expect(found[0].partners[0].contribution.values == ["x", "y"])
  }

  @Test("an attribute that a rule empties is told if asked for, with what that keeps out")
  func emptied() {
    func null(_ contributor: Int64, _ precedence: Int) -> (Int64, Contribution) {
      let strong = rule("null", precedence: precedence)
      return (
        contributor,
        Contribution(
          target: "title", values: [], rule: strong, origin: .direct("x"), kind: .authoritativeNull)
      )
    }
    let given = [give(2, rule("b", precedence: 20), ["B"]), give(3, rule("c", precedence: 5), [])]
    #expect(MetaverseMerge.resolve(given + [null(1, 10)]).isEmpty)
    let told = MetaverseMerge.resolve(given + [null(1, 10)], tellsEmptied: true)
    #expect(told.map(\.values) == [[]] && told[0].contributor == 1)
    #expect(told[0].losers.map(\.reason) == [.noValue, .blocked])
    #expect(told[0].losers.map(\.contributor) == [3, 2])
    // Alone, and behind one that has a value.
    #expect(MetaverseMerge.resolve([null(1, 10)], tellsEmptied: true).map(\.contributor) == [1])
    let behind = MetaverseMerge.resolve(given + [null(1, 30)], tellsEmptied: true)
    #expect(behind.map(\.values) == [["B"]])
    #expect(MetaverseMerge.resolve([given[1]], tellsEmptied: true).isEmpty)
  }
}
