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

  @Test("another connector, a rule that makes nothing, and a rule that is off are no loop")
  func none() throws {
    let flow = constant("filtered", true)
    #expect(try RuleSet([maker(try wanted()), back(flow, connector: "hr")]).loops.isEmpty)
    #expect(try RuleSet([maker(try wanted(), link: .join), back(flow)]).loops.isEmpty)
    #expect(try RuleSet([maker(try wanted()), back(flow, disabled: true)]).loops.isEmpty)
    #expect(try StandardRules.ruleSet(source: "a.b", target: "t").loops.isEmpty)
  }
}
