import Directory
import SyncRules
import Testing

@Suite("Rules for any type")
struct AnyTypeTests {
  @Test("the first rule in scope that names a type says what becomes of an object")
  func namedType() throws {
    let rules = try RuleSet([
      rule("any", precedence: 10, link: .provision, to: "*", flows: [direct("a", "x")]),
      rule("group", precedence: 20, to: "group", flows: [direct("b", "x")]),
    ])
    let found = rules.inbound(["x": ["1"]])
    #expect(found.metaverseType == "group")
    #expect(found.contributions.map(\.target) == ["a", "b"])
  }

  @Test("an object that only rules for any type know joins, and is never made")
  func onlyAny() throws {
    let rules = try RuleSet([
      rule(
        "any", link: .provision, to: "*", joins: [[JoinCondition(source: "sid", target: "sid")]])
    ])
    let found = rules.inbound(["sid": ["1"]])
    #expect(found.metaverseType == "*" && found.joins.count == 1)
    #expect(!found.projects && found.keepsAlive)
  }

  @Test("an inetOrgPerson follows the rules of users where none were ever written for it")
  func broaderType() throws {
    let users = rule("users", precedence: 10, link: .provision)
    let any = rule("any", precedence: 20, from: "*")
    func names(_ rules: [SyncRule], _ connector: String = "hr") throws -> [String] {
      try RuleSet(rules).evaluateInbound(
        connector: connector, objectType: "inetOrgPerson", attributes: [:], references: []
      ).inScope.map(\.name)
    }
    #expect(try names([users, any]) == ["users", "any"])
    #expect(try names([users, any], "HR") == ["users", "any"])
    #expect(try names([users], "other") == [])
    let own = rule("own", precedence: 30, from: "InetOrgPerson")
    #expect(try names([users, any, own]) == ["any", "own"])
    // Who switched them off did not want such objects.
    let off = rule("own", precedence: 30, from: "inetOrgPerson", disabled: true)
    #expect(try names([users, any, off]) == ["any"])
    #expect(try names([users, off]) == [])
    let elsewhere = rule("elsewhere", precedence: 30, connector: "ad", from: "inetOrgPerson")
    #expect(try names([users, elsewhere]) == ["users"])
    let out = rule(
      "out", .outbound, precedence: 30, connector: "hr", from: "inetOrgPerson", to: "user")
    #expect(try names([users, out]) == ["users"])
  }

  @Test("rules that take objects of any type out are asked about each, in their order")
  func outbound() throws {
    func out(_ name: String, _ precedence: Int, from source: String) -> SyncRule {
      rule(
        name, .outbound, precedence: precedence, connector: "cloud", from: source, to: "account",
        flows: [direct("t", "a"), direct(AttributeName(name), "a")])
    }
    let rules = try RuleSet([
      out("last", 30, from: "person"), out("any", 20, from: "*"), out("first", 10, from: "Person"),
    ])
    func names(_ type: String) -> [String] {
      rules.evaluateOutbound(
        connector: "cloud", metaverseType: type, attributes: ["a": ["1"]], references: []
      ).inScope.map(\.name)
    }
    #expect(names("person") == ["first", "any", "last"])
    #expect(names("PERSON") == ["first", "any", "last"])
    #expect(names("group") == ["any"])
    #expect(rules.needs(outboundTo: "other", metaverseType: "group") == RuleNeeds())
  }
}
