import SyncRules
import Testing

@testable import RuleTools

@Suite("Rules and scopes that exclude each other")
struct RuleConflictLintTests {
  private func scope(_ clauses: String...) -> String {
    "flow = [ { target = \"t\", direct = \"s\" } ]\nscope = [ "
      + clauses.map { "{ clauses = [ \($0) ] }" }.joined(separator: ", ") + " ]"
  }

  private func clause(_ scopeOperator: String, _ value: String? = nil, _ name: String = "a")
    -> String
  {
    "{ attribute = \"\(name)\", operator = \"\(scopeOperator)\""
      + (value.map { ", value = \($0)" } ?? "") + " }"
  }

  @Test(
    "Clauses that exclude each other, in whatever order",
    arguments: [
      ("EQUAL", "\"x\"", "NOTEQUAL", "\"X\""), ("ISNULL", nil, "ISNOTNULL", nil),
      ("ISNULL", nil, "EQUAL", "\"x\""), ("ISNULL", nil, "STARTSWITH", "\"x\""),
      ("STARTSWITH", "\"x\"", "NOTSTARTSWITH", "\"x\""), ("ISBITSET", "2", "ISNOTBITSET", "2"),
      ("CONTAINS", "\"x\"", "NOTCONTAINS", "\"x\""),
    ] as [(String, String?, String, String?)])
  func contradictions(a: String, x: String?, b: String, y: String?) throws {
    for pair in [[(a, x), (b, y)], [(b, y), (a, x)]] {
      let clauses = pair.map { clause($0.0, $0.1) }.joined(separator: ", ")
      let found = try Sample.findings(Sample.rule("X", scope(clauses)))
      #expect(found.count == 1, "\(found)")
      #expect(found.first?.hasPrefix("error: X: no object can ever be in its scope") == true)
    }
  }

  private static let sound =
    Sample.rule(
      "In", link: "Provision",
      "flow = [ { target = \"displayName\", direct = \"cn\" }, { target = \"x\", direct = \"x\" } ]"
    )
    + Sample.rule(
      "In too", precedence: 102, "flow = [ { target = \"y\", direct = \"y\" } ]")
    + Sample.rule(
      "Out", direction: "outbound",
      "flow = [ { target = \"displayName\", direct = \"displayName\" } ]")

  /// What lint says of rules beside sound ones, without what it says of joins.
  private func beside(_ text: String) -> [String] {
    let rules = (try? Sample.rules(Self.sound + text)) ?? []
    #expect(!rules.isEmpty)
    let slips = RuleLint.findings(rules).filter { $0.hint.hasSuffix("meant?") }
    #expect(slips.allSatisfy { $0.rule == "X" }, "\(slips)")
    return RuleLint.findings(rules).filter { $0.rule == "X" }.map { "\($0.message): \($0.hint)" }
  }

  @Test("A type and an attribute that nobody has are told with the nearest that somebody has")
  func slips() {
    let flow = "flow = [ { target = \"displayName\", direct = \"name\" } ]"
    #expect(
      beside(Sample.rule("X", precedence: 101, target: "preson", flow)) == [
        "never applies: no inbound rule makes metaverse objects of type preson: "
          + "is \"person\" meant?"
      ])
    #expect(
      beside(Sample.rule("X", precedence: 101, source: "usr", flow)) == [
        "is for objects of type usr of \"ad\", which no other rule is for: is \"user\" meant?"
      ])
    let slip = flow.replacing("displayName", with: "displayNam")
    #expect(
      beside(Sample.rule("X", precedence: 101, slip)) == [
        "writes displayNam, which no rule reads: is \"displayName\" meant?"
      ])
  }

  @Test("Names that stand for themselves are no slips, whoever else has them or not")
  func noSlips() {
    let flow = "flow = [ { target = \"displayName\", direct = \"name\" } ]"
    for type in ["user", "USER", "group", "inetOrgPerson", "contact"] {
      #expect(beside(Sample.rule("X", precedence: 101, source: type, flow)).isEmpty, "\(type)")
    }
    #expect(beside(Sample.rule("X", precedence: 101, target: "*", flow)).isEmpty)
    let unread = flow.replacing("displayName", with: "description")
    #expect(beside(Sample.rule("X", precedence: 101, unread)).isEmpty)
    // Short names differ by a letter, and those that are counted through by a digit.
    let pairs = [("c", "co"), ("sn", "cn"), ("extensionAttribute6", "extensionAttribute7")]
    for (read, written) in pairs {
      let reader = Sample.rule(
        "Reader", direction: "outbound", precedence: 102,
        "flow = [ { target = \"title\", direct = \"\(read)\" } ]")
      let flows = [read, written].map { "{ target = \"\($0)\", direct = \"name\" }" }
      let writer = Sample.rule(
        "X", precedence: 101, "flow = [ \(flows.joined(separator: ", ")) ]")
      #expect(beside(writer + reader).isEmpty, "\(written)")
    }
    // Join rules alone are a part of a larger set.
    let alone = try? Sample.rules(Sample.rule("X", target: "preson", flow))
    #expect(alone.map { RuleLint.findings($0).isEmpty } == true)
  }

  @Test("A rule that what it makes may take out of scope is told, one that it keeps there is not")
  func loops() throws {
    func found(_ scopeOperator: String) throws -> [String] {
      let text =
        Sample.rule(
          "Out", direction: "outbound", link: "Provision",
          "scope = [ { clauses = [ \(clause(scopeOperator, nil, "seen")) ] } ]\n"
            + "flow = [ { target = \"title\", direct = \"title\" } ]")
        + Sample.rule(
          "Back", precedence: 101, connector: "cloud",
          "flow = [ { target = \"seen\", direct = \"title\" } ]")
      return try Sample.findings(text).filter { $0.contains("in turns") }
    }
    #expect(
      try found("ISNULL") == [
        "warning: Out: may make and delete objects in turns: its scope asks for seen, which "
          + "\"Back\" brings back from what it makes in \"cloud\""
      ])
    #expect(try found("ISNOTNULL").isEmpty)
  }

  @Test(
    "Clauses that several values can fulfil together",
    arguments: [
      ("EQUAL", "\"x\"", "EQUAL", "\"y\""), ("EQUAL", "\"x\"", "NOTEQUAL", "\"y\""),
      ("ISNULL", nil, "NOTEQUAL", "\"y\""), ("ISNOTNULL", nil, "NOTEQUAL", "\"y\""),
      ("LESSTHAN", "3", "GREATERTHAN", "4"), ("ISBITSET", "2", "ISNOTBITSET", "4"),
    ] as [(String, String?, String, String?)])
  func possible(a: String, x: String?, b: String, y: String?) throws {
    let text = Sample.rule("X", scope(clause(a, x) + ", " + clause(b, y)))
    #expect(try Sample.findings(text).isEmpty)
  }

  @Test(
    "Where the schema says that there is one value, more exclude each other",
    arguments: [
      ("EQUAL", "\"x\"", "EQUAL", "\"y\""), ("LESSTHAN", "3", "GREATERTHAN", "4"),
      ("LESSTHAN", "3", "GREATERTHAN", "3"), ("EQUAL", "\"x\"", "ISIN", "[\"y\", \"z\"]"),
      ("EQUAL", "\"xy\"", "STARTSWITH", "\"y\""), ("EQUAL", "\"xy\"", "ENDSWITH", "\"x\""),
      ("LESSTHAN_OR_EQUAL", "3", "GREATERTHAN_OR_EQUAL", "4"),
    ])
  func single(a: String, x: String, b: String, y: String) throws {
    let body = scope(clause(a, x, "mail") + ", " + clause(b, y, "mail"))
      .replacing("direct = \"s\"", with: "direct = \"mail\"")
      .replacing("target = \"t\"", with: "target = \"mail\"")
    let found = try Sample.findings(Sample.rule("X", body), in: Sample.surroundings)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.contains("no object can ever be in its scope") == true)
    #expect(try Sample.findings(Sample.rule("X", body)).isEmpty)
  }

  @Test("Limits that exclude each other as numbers need not do so as texts")
  func textLimits() throws {
    let body = scope(clause("LESSTHAN", "5", "mail") + ", " + clause("GREATERTHAN", "10", "mail"))
      .replacing("direct = \"s\"", with: "direct = \"mail\"")
      .replacing("target = \"t\"", with: "target = \"mail\"")
    #expect(try Sample.findings(Sample.rule("X", body), in: Sample.surroundings).isEmpty)
  }

  @Test("One impossible group among others is a warning")
  func oneGroup() throws {
    let text = Sample.rule(
      "X", scope(clause("ISNULL") + ", " + clause("ISNOTNULL"), clause("ISNOTNULL")))
    let found = try Sample.findings(text)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("warning: X: no object is in group 1 of its scope") == true)
  }

  @Test("A flow behind a constant that applies to the same objects never counts")
  func shadowed() throws {
    let strong = Sample.rule("A", precedence: 1, #"flow = [ { target = "t", constant = 1 } ]"#)
    let weak = Sample.rule("B", precedence: 2, scope(clause("ISNOTNULL")))
    let found = try Sample.findings(strong + weak)
    #expect(found.count == 1, "\(found)")
    #expect(found.first?.hasPrefix("warning: B: its flow to t never counts: \"A\"") == true)
  }

  @Test("A flow counts where the stronger one is for fewer objects, or may have no value")
  func notShadowed() throws {
    let weak = Sample.rule("B", precedence: 2, #"flow = [ { target = "t", direct = "s" } ]"#)
    let scoped = Sample.rule(
      "A", precedence: 1,
      scope(clause("ISNOTNULL")).replacing("direct = \"s\"", with: "constant = 1"))
    #expect(try Sample.findings(scoped + weak).isEmpty)
    let direct = Sample.rule("A", precedence: 1, #"flow = [ { target = "t", direct = "r" } ]"#)
    #expect(try Sample.findings(direct + weak).isEmpty)
    let other = Sample.rule(
      "A", precedence: 1, source: "contact", #"flow = [ { target = "t", constant = 1 } ]"#)
    #expect(try Sample.findings(other + weak).isEmpty)
  }

  @Test("Twins and merge types, in rules that no rule set would take")
  func twins() throws {
    let flow = #"flow = [ { target = "t", direct = "s" } ]"#
    let one = try Sample.rules(Sample.rule("A", precedence: 1, flow))
    let two = try Sample.rules(
      Sample.rule(
        "B", precedence: 1, #"flow = [ { target = "t", direct = "s", merge = "Merge" } ]"#))
    let found = RuleLint.findings(one + two).map(\.message)
    #expect(found.count == 2, "\(found)")
    #expect(found.contains { $0.contains("has the precedence 1 for inbound rules of ad") })
    #expect(found.contains { $0.contains("writes t with merge type Merge, but \"A\" with Update") })
    let any = try Sample.rules(
      Sample.rule(
        "Any", precedence: 2, target: "*",
        #"flow = [ { target = "t", direct = "s", merge = "Merge" } ]"#))
    #expect(
      RuleLint.findings(one + any).contains {
        $0.message.contains("writes t with merge type Merge, but \"A\" with Update")
      })
    let same = RuleLint.findings(one + one)
    #expect(same.contains { $0.message.contains("has the id a, as \"A\" has") })
  }
}
