import Directory
import SyncExpressions
import SyncRules
import Testing

@Suite("Flows by expression, inbound")
struct InboundExpressionTests {
  private func evaluate(_ text: String, _ attributes: AttributeSet) throws -> InboundEvaluation {
    try RuleSet([rule("r", flows: [try computed("t", text)])]).inbound(attributes)
  }

  @Test("values are contributed, with the expression as their source")
  func values() throws {
    let found = try evaluate("Trim([cn])", ["cn": [" Ann "]])
    #expect(found.contributions.map(\.values) == [["Ann"]])
    #expect(found.contributions[0].sourceText == "Trim([cn])")
    #expect(found.contributions[0].source == nil)
    #expect(found.failures.isEmpty)
  }

  @Test("NULL contributes nothing")
  func null() throws {
    let found = try evaluate("IIF(IsPresent([cn]),[cn],NULL)", [:])
    #expect(found.contributions.isEmpty && found.failures.isEmpty)
  }

  @Test("AuthoritativeNull and IgnoreThisFlow are told as what they are")
  func special() throws {
    #expect(
      try evaluate("AuthoritativeNull", [:]).contributions.map(\.kind) == [.authoritativeNull])
    #expect(try evaluate("IgnoreThisFlow", [:]).contributions.map(\.kind) == [.ignored])
  }

  @Test("Error fails with the rule, the attribute, the expression and what it read")
  func error() throws {
    let text = #"IIF([size] > 5,Error("Too large"),[size])"#
    #expect(try evaluate(text, ["size": [3]]).failures.isEmpty)
    let failure = try #require(try evaluate(text, ["size": [7]]).failures.first)
    #expect(failure.type.text == "sync-rule-error-function-triggered")
    #expect(failure.rule.name == "r" && failure.target == "t" && failure.expression == text)
    #expect(failure.failure.message == "Too large")
    #expect(failure.value == "size = 7")
    #expect(failure.description.contains("Too large") && failure.description.contains("rule r"))
    #expect(!failure.hint.isEmpty)
  }

  @Test("a value that does not suit a function is a type mismatch")
  func mismatch() throws {
    let failure = try #require(
      try evaluate("BitAnd([flags],2)", ["flags": ["many"]]).failures.first)
    #expect(failure.type == .typeMismatch)
    #expect(failure.description.contains("The rule r gives no t"))
  }

  @Test("an index that is out of range is an invalid expression")
  func range() throws {
    let failure = try #require(try evaluate("Item([a],3)", ["a": ["x"]]).failures.first)
    #expect(failure.type == .ruleInvalidExpression)
  }

  @Test("the object's name is the attribute dn, for expressions, flows, scopes and joins")
  func dn() throws {
    let rules = try RuleSet([
      rule(
        "r", scope: [[try ScopeClause("dn", .endsWith, [",dc=x"])]],
        joins: [[JoinCondition(source: "dn", target: "distinguishedName")]],
        flows: [
          direct("distinguishedName", "dn"), try computed("name", "DNComponent(CRef([dn]),1)"),
        ]
      )
    ])
    let found = rules.evaluateInbound(
      connector: "hr", objectType: "user", RuleSubject([:], dn: "CN=Ann,DC=x"))
    #expect(found.inScope.count == 1)
    #expect(found.joins.map { $0.conditions[0].values } == [["CN=Ann,DC=x"]])
    #expect(found.contributions.map(\.values) == [["CN=Ann,DC=x"], ["Ann"]])
    // A directory's own attribute of that name goes before.
    let own = rules.evaluateInbound(
      connector: "hr", objectType: "user", RuleSubject(["dn": ["CN=Bob,DC=x"]], dn: "CN=Ann,DC=x"))
    #expect(own.contributions.last?.values == ["Bob"])
  }

  @Test("ValueCount counts without values, ImportedValue reads what is confirmed")
  func countedAndImported() throws {
    let rules = try RuleSet([
      rule(
        "r",
        flows: [
          try computed("memberCount", #"ValueCount("member")"#),
          try computed("confirmed", #"ImportedValue("mail")"#), try computed("mail", "[mail]"),
        ])
    ])
    var subject = RuleSubject(["mail": ["new"]], references: ["member"])
    subject.counts = ["member": 60_000]
    subject.imported = ["mail": ["old"]]
    let found = rules.evaluateInbound(connector: "hr", objectType: "user", subject)
    #expect(found.contributions.map(\.values) == [[60_000], ["old"], ["new"]])
    subject.imported = nil
    let plain = rules.evaluateInbound(connector: "hr", objectType: "user", subject)
    #expect(plain.contributions[1].values == ["new"])
  }

  @Test("values of references are read where they are at hand")
  func references() throws {
    let rules = try RuleSet([
      rule(
        "r", scope: [[try ScopeClause("manager", .endsWith, ["OU=Staff,DC=x"])]],
        flows: [
          direct("boss", "manager"), try computed("bossName", "DNComponent([manager],1)"),
        ])
    ])
    var subject = RuleSubject([:], references: ["manager"], presentReferences: ["manager"])
    #expect(
      rules.evaluateInbound(connector: "hr", objectType: "user", subject).inScope.isEmpty)
    subject.referenceValues = ["manager": [.reference("CN=Eve,OU=Staff,DC=x")]]
    let found = rules.evaluateInbound(connector: "hr", objectType: "user", subject)
    #expect(found.referenceFlows.map(\.target) == ["boss"])
    #expect(found.contributions.map(\.values) == [["Eve"]])
  }

  private func many(_ text: String, scope: ScopeClause? = nil) throws -> InboundEvaluation {
    var subject = RuleSubject([:], references: ["member"], presentReferences: ["member"])
    subject.referenceValues = ["member": (0..<1000).map { .reference("CN=m\($0),DC=x") }]
    subject.shortened = ["member"]
    let rule = rule(
      "r", scope: scope.map { [[$0]] } ?? [], flows: [try computed("member", text)])
    return try RuleSet([rule]).evaluateInbound(connector: "hr", objectType: "user", subject)
  }

  @Test("the first of many references are handed on as all of them, and never chosen from")
  func shortened() throws {
    let handed = try many("IIF(IsPresent([member]),[member],NULL)")
    #expect(handed.failures.isEmpty && handed.referenceFlows.map(\.source) == ["member"])
    for text in [
      #"Where($m,[member],InStr(CStr($m),"CN=m")>0)"#, "Where($m,[member],True)",
      "IIF(Count([member])>5,[member],NULL)", "Item([member],1)",
    ] {
      let found = try many(text)
      #expect(found.contributions.isEmpty && found.referenceFlows.isEmpty)
      let failure = try #require(found.failures.first)
      #expect(failure.failure.kind == .limit && failure.description.contains("member has more"))
    }
  }

  @Test("a scope that only the references not at hand could decide fails, no other does")
  func undecidedScope() throws {
    let there = try many("[member]", scope: try ScopeClause("member", .equal, ["CN=m7,DC=x"]))
    #expect(there.failures.isEmpty && there.inScope.count == 1)
    let present = try many("[member]", scope: try ScopeClause("member", .isNotNull))
    #expect(present.failures.isEmpty && present.inScope.count == 1)
    for test in [ScopeOperator.equal, .notEqual, .isMemberOf, .isNotMemberOf] {
      let open = try many("[member]", scope: try ScopeClause("member", test, ["CN=z,DC=x"]))
      let failure = try #require(open.failures.first)
      #expect(failure.rule.name == "r" && failure.failure.kind == .limit)
      #expect(failure.description.contains("member \(test.rawValue)"))
    }
  }

  @Test("confirmed values of a reference flow as its rows do")
  func importedReference() throws {
    let rules = try RuleSet([
      rule("r", flows: [try computed("manager", #"IIF([x]=1,NULL,ImportedValue("manager"))"#)])
    ])
    let needs = rules.needs(inboundFrom: "hr", objectType: "user")
    #expect(needs.values.contains("manager") && needs.present.contains("manager"))
    #expect(rules.rules[0].flows[0].mayMakeReferences(of: ["manager"]))
    var subject = RuleSubject([:], references: ["manager"], presentReferences: ["manager"])
    subject.referenceValues = ["manager": [.reference("CN=Eve,DC=x")]]
    let found = rules.evaluateInbound(connector: "hr", objectType: "user", subject)
    #expect(found.referenceFlows.map(\.source) == ["manager"] && found.contributions.isEmpty)
  }

  @Test("what rules ask for beside attributes is told by type")
  func needs() throws {
    let rules = try RuleSet([
      rule(
        "r",
        scope: [
          [try ScopeClause("manager", .isNotNull), try ScopeClause("owner", .equal, ["x"])]
        ], flows: [try computed("n", #"IIF(IsPresent([lead]),ValueCount("member"),NULL)"#)]),
      rule("g", precedence: 5, from: "group"),
    ])
    let needs = rules.needs(inboundFrom: "HR", objectType: "User")
    #expect(needs.counts == ["member"])
    #expect(needs.values == ["owner", "lead"])
    #expect(needs.whole == ["owner"])
    #expect(needs.present == ["manager", "owner", "lead"])
    #expect(rules.needs(inboundFrom: "hr", objectType: "group") == RuleNeeds())
    #expect(rules.needs(outboundTo: "hr", metaverseType: "person") == RuleNeeds())
  }

  @Test("a random number for one rule is none for another, equal pure expressions are one")
  func volatile() throws {
    let rules = try RuleSet([
      rule("a", precedence: 1, flows: [try computed("x", "Guid()"), try computed("z", "Guid()")])
    ])
    let found = rules.inbound([:]).contributions
    #expect(found.count == 2 && found[0].values != found[1].values)
  }

  @Test("AuthoritativeNull takes weaker reference flows out, IgnoreThisFlow does not")
  func referenceTargets() throws {
    for (text, expected) in [("AuthoritativeNull", 0), ("IgnoreThisFlow", 1), ("NULL", 1)] {
      let rules = try RuleSet([
        rule("a", precedence: 1, flows: [try computed("manager", text)]),
        rule("b", precedence: 2, flows: [direct("manager", "boss")]),
      ])
      let found = rules.inbound([:], references: ["boss"])
      #expect(found.referenceFlows.count == expected, "\(text)")
      // What it gave before stays, and that must be known.
      #expect(found.contributions.map(\.kind) == (text == "IgnoreThisFlow" ? [.ignored] : []))
    }
  }
}

@Suite("Flows by expression, outbound")
struct OutboundExpressionTests {
  private func evaluate(
    _ strong: String, _ weak: String, _ attributes: AttributeSet = [:]
  ) throws -> OutboundEvaluation {
    try RuleSet([
      outboundRule("strong", precedence: 1, flows: [try computed("t", strong)]),
      outboundRule("weak", precedence: 2, flows: [try computed("t", weak)]),
    ]).outbound(attributes)
  }

  @Test("NULL leaves the attribute to a weaker rule")
  func null() throws {
    let found = try evaluate("NULL", #""x""#)
    #expect(found.attributes.map(\.values) == [["x"]])
    #expect(found.attributes[0].losers.map(\.reason) == [.noValue])
    let none = try evaluate("NULL", "NULL")
    #expect(none.attributes.isEmpty && none.managed == ["t"] && none.kept.isEmpty)
  }

  @Test("AuthoritativeNull removes the value and blocks weaker rules")
  func authoritativeNull() throws {
    let found = try evaluate("AuthoritativeNull", #""x""#)
    #expect(found.attributes.isEmpty && found.managed == ["t"] && found.kept.isEmpty)
    let weak = try evaluate(#""x""#, "AuthoritativeNull")
    #expect(weak.attributes.map(\.values) == [["x"]])
  }

  @Test("IgnoreThisFlow is as if the flow did not exist; alone, the target keeps its value")
  func ignored() throws {
    let other = try evaluate("IgnoreThisFlow", #""x""#)
    #expect(other.attributes.map(\.values) == [["x"]])
    #expect(other.attributes[0].losers.map(\.reason) == [.ignored])
    for weak in ["NULL", "IgnoreThisFlow"] {
      let alone = try evaluate("IgnoreThisFlow", weak)
      #expect(alone.attributes.isEmpty && alone.managed.isEmpty && alone.kept == ["t"])
    }
    let removed = try evaluate("IgnoreThisFlow", "AuthoritativeNull")
    #expect(removed.managed == ["t"] && removed.kept.isEmpty)
    let single = try RuleSet([outboundRule("r", flows: [try computed("t", "IgnoreThisFlow")])])
      .outbound([:])
    #expect(single.kept == ["t"] && single.managed.isEmpty)
  }

  @Test("a check on a reference attribute raises its error, or lets the direct flow stand")
  func check() throws {
    let text = #"IIF(([memberCount]> 50000),Error("Too many members"),IgnoreThisFlow)"#
    let rules = try RuleSet([
      outboundRule("check", precedence: 1, flows: [try computed("members", text)]),
      outboundRule("members", precedence: 2, flows: [direct("members", "member")]),
    ])
    let small = rules.outbound(["memberCount": [3]], references: ["member"], present: ["member"])
    #expect(small.referenceFlows.map(\.source) == ["member"])
    #expect(small.managed.isEmpty && small.kept.isEmpty && small.failures.isEmpty)
    let large = rules.outbound(["memberCount": [50_001]], references: ["member"])
    #expect(large.failures.map(\.failure.message) == ["Too many members"])
    let never = try RuleSet([
      outboundRule("none", precedence: 1, flows: [try computed("members", "AuthoritativeNull")]),
      outboundRule("members", precedence: 2, flows: [direct("members", "member")]),
    ]).outbound([:], references: ["member"], present: ["member"])
    #expect(never.referenceFlows.isEmpty)
  }

  @Test("merged expressions unite, and special results take part as they say")
  func merge() throws {
    func united(_ texts: [String], _ merge: MergeType) throws -> [AttributeValue]? {
      try RuleSet(
        try texts.enumerated().map { index, text in
          outboundRule(
            "\(index)", precedence: index, flows: [try computed("t", text, merge: merge)])
        }
      ).outbound(["a": ["x", "y"]]).attributes.first?.values
    }
    #expect(try united(["[a]", #""z""#, "NULL"], .merge) == ["x", "y", "z"])
    #expect(try united([#""X""#, "[a]"], .mergeCaseInsensitive) == ["X", "y"])
    #expect(try united([#""z""#, "AuthoritativeNull", "[a]"], .merge) == ["z"])
    // Which of the values the first one gave before, nobody would know.
    #expect(throws: (any Error).self) { try united(["IgnoreThisFlow", "[a]"], .merge) }
    #expect(try united(["AuthoritativeNull", "[a]"], .merge) == nil)
  }

  @Test("a flow that applies once counts only for an object that is yet to be made")
  func once() throws {
    let rules = try RuleSet([
      outboundRule(
        "once", precedence: 1, flows: [direct("password", "initial", once: true)]),
      outboundRule("weak", precedence: 2, flows: [constant("password", "weak")]),
      outboundRule("alone", precedence: 3, flows: [direct("hint", "initial", once: true)]),
    ])
    func evaluate(isNew: Bool) -> OutboundEvaluation {
      rules.evaluateOutbound(
        connector: "cloud", metaverseType: "person",
        RuleSubject(["initial": ["secret"]], isNew: isNew))
    }
    let new = evaluate(isNew: true)
    #expect(new.attributes.map(\.values) == [["secret"], ["secret"]])
    #expect(new.dependsOnNewness)
    let old = evaluate(isNew: false)
    #expect(old.attributes.map(\.values) == [["weak"]])
    #expect(old.managed == ["password"])
  }
}
