import Configuration
import Directory
import SyncRules
import Testing

@Suite("Rules that undo each other")
struct LoopTests {
  private func maker(_ clause: ScopeClause, link: LinkType = .provision) -> SyncRule {
    outboundRule("make", link: link, scope: [[clause]])
  }

  private func back(
    _ flow: AttributeFlow, precedence: Int = 100, scope: [[ScopeClause]] = [],
    connector: String = "CLOUD", to type: String = "person", disabled: Bool = false
  ) -> SyncRule {
    rule(
      "back", precedence: precedence, connector: connector, from: "account", to: type,
      scope: scope, flows: [flow], disabled: disabled)
  }

  private func wanted() throws -> ScopeClause { try ScopeClause("filtered", .notEqual, ["true"]) }

  @Test("what is certain to make and delete in turns is refused, with both rules and the value")
  func certain() throws {
    let rules = [maker(try wanted()), back(constant("filtered", true))]
    let error = #expect(throws: ConfigurationError.self) { try RuleSet(rules) }
    #expect(error?.message.contains("\"back\" brings filtered back") == true)
    #expect(error?.message.contains("\"make\"") == true)
    #expect(error?.message.contains("does not hold for true") == true)
    #expect(error?.hint.isEmpty == false)
  }

  @Test("a rule for any type brings back what any rule makes, and may be the stronger one")
  func anyType() throws {
    #expect(throws: ConfigurationError.self) {
      try RuleSet([maker(try wanted()), back(constant("filtered", true), to: "*")])
    }
    let own = rule("own", precedence: 1, to: "*", flows: [direct("filtered", "hidden")])
    #expect(
      try RuleSet([own, maker(try wanted()), back(constant("filtered", true))]).loops.count == 1)
  }

  @Test("a value with which the rule still holds is harmless")
  func harmless() throws {
    let rules = try RuleSet([maker(try wanted()), back(constant("filtered", false))])
    #expect(rules.loops.map(\.attribute) == ["filtered"])
    #expect(rules.loops.map(\.inbound.name) == ["back"])
    #expect(rules.loops[0].description.contains("makes in cloud"))
  }

  @Test("what depends on the object is told, but not refused")
  func possible() throws {
    let direct = try RuleSet([maker(try wanted()), back(direct("filtered", "flag"))])
    #expect(direct.loops.count == 1)
    let scoped = try RuleSet([
      maker(try wanted()),
      back(constant("filtered", true), scope: [[try ScopeClause("flag", .isNotNull)]]),
    ])
    #expect(scoped.loops.count == 1)
  }

  @Test("a stronger rule that decides the attribute makes it harmless")
  func stronger() throws {
    let own = rule("own", precedence: 1, flows: [direct("filtered", "hidden")])
    #expect(
      try RuleSet([own, maker(try wanted()), back(constant("filtered", true))]).loops.count == 1)
  }

  private func tied(
    _ clause: ScopeClause, _ flows: AttributeFlow..., once: Bool = false
  ) -> SyncRule {
    outboundRule(
      "make", link: .provision, scope: [[clause]],
      joins: [[JoinCondition(source: "sourceAnchor", target: "anchor")]],
      flows: [direct("anchor", "sourceAnchor", once: once)] + flows)
  }

  @Test(
    "what every object brings back is certain: its id, what it is found by, a constant",
    arguments: ["id", "dn", "cloudAnchor", "anchor", "nick"])
  func returned(source: String) throws {
    let name = AttributeName(source)
    for flow in [direct("seen", name), constant("seen", true)] {
      let inbound = back(flow, scope: [[try ScopeClause(name, .isNotNull)]])
      let error = #expect(throws: ConfigurationError.self) {
        try RuleSet([tied(try ScopeClause("seen", .isNull), constant("nick", "x")), inbound])
      }
      #expect(error?.message.contains("brings seen back") == true)
      #expect(error?.message.contains("made and deleted in turns") == true)
    }
  }

  @Test("a rule that comes back only with a value that was written is certain, with another not")
  func scopedReturn() throws {
    let maker = tied(try ScopeClause("seen", .isNull), constant("nick", "x"))
    func back(_ value: String) throws -> SyncRule {
      self.back(constant("seen", true), scope: [[try ScopeClause("nick", .equal, [value])]])
    }
    #expect(throws: ConfigurationError.self) { try RuleSet([maker, try back("X")]) }
    let other = try RuleSet([maker, try back("y")]).loops
    #expect(other.map(\.mayUndo) == [true])
  }

  @Test(
    "what may be absent, flows once, or is written by another rule as well is told, not refused",
    arguments: ["other", "title"])
  func uncertain(source: String) throws {
    let clause = try ScopeClause("seen", .isNull)
    let inbound = back(direct("seen", AttributeName(source)))
    let maker = tied(clause, direct("title", "title"))
    #expect(try RuleSet([maker, inbound]).loops.map(\.mayUndo) == [true])
    let once = tied(clause, once: true)
    #expect(try RuleSet([once, back(direct("seen", "anchor"))]).loops.count == 1)
    let rival = outboundRule("rival", precedence: 101, flows: [direct("nick", "nick")])
    let named = tied(clause, constant("nick", "x"))
    #expect(try RuleSet([named, rival, back(direct("seen", "nick"))]).loops.count == 1)
  }

  @Test("what another rule keeps in the target is not deleted; a Join rule keeps nothing")
  func kept() throws {
    let maker = tied(try ScopeClause("seen", .isNull))
    let inbound = back(direct("seen", "id"))
    for link in [LinkType.provision, .stickyJoin, .joinNoFlow] {
      for scope in [[], [[try ScopeClause("seen", .isNotNull)]]] {
        let keeper = outboundRule("keep", precedence: 101, link: link, scope: scope)
        let loops = try RuleSet([maker, keeper, inbound]).loops
        #expect(loops.contains { $0.outbound.name == "make" && $0.mayUndo })
      }
      let leaver = outboundRule(
        "leave", precedence: 101, link: link, scope: [[try ScopeClause("seen", .isNull)]])
      #expect(throws: ConfigurationError.self) { try RuleSet([maker, leaver, inbound]) }
    }
    #expect(throws: ConfigurationError.self) {
      try RuleSet([maker, outboundRule("join", precedence: 101), inbound])
    }
  }

  @Test("what keeps an object in scope undoes nothing, unless it takes the place of another value")
  func keeping() throws {
    let present = tied(try ScopeClause("seen", .isNotNull))
    #expect(try RuleSet([present, back(direct("seen", "id"))]).loops.map(\.mayUndo) == [false])
    let equal = tied(try ScopeClause("seen", .equal, ["yes"]))
    #expect(try RuleSet([equal, back(direct("seen", "id"))]).loops.map(\.mayUndo) == [false])
    let weaker = rule("own", precedence: 200, flows: [direct("seen", "hidden")])
    #expect(
      try RuleSet([equal, back(direct("seen", "title")), weaker]).loops.map(\.mayUndo) == [true])
  }

  @Test("another connector, a rule that makes nothing, and a rule that is off are no loop")
  func none() throws {
    let flow = constant("filtered", true)
    #expect(try RuleSet([maker(try wanted()), back(flow, connector: "hr")]).loops.isEmpty)
    #expect(try RuleSet([maker(try wanted(), link: .join), back(flow)]).loops.isEmpty)
    #expect(try RuleSet([maker(try wanted()), back(flow, disabled: true)]).loops.isEmpty)
    #expect(try StandardRules.ruleSet(source: "a.b", target: "t").loops.isEmpty)
  }
}
