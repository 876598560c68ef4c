import Configuration
import Directory
import SyncRules
import Testing

private func refusal(_ rules: [SyncRule]) -> String {
  do {
    _ = try RuleSet(rules)
    return "no error"
  } catch {
    return error.message
  }
}

@Suite("Rules that live together")
struct RuleConflictTests {
  @Test("connectors that differ only in case are one connector")
  func connectorCase() {
    let rules = [rule("a", connector: "HR"), rule("b", connector: "hr")]
    #expect(refusal(rules).contains("has the same precedence 100 as \"a\""))
  }

  @Test("two connectors may use one precedence")
  func twoConnectors() throws {
    let rules = try RuleSet([rule("b", connector: "hr"), rule("a", connector: "ad")])
    #expect(rules.rules.map(\.id) == ["a", "b"])
  }

  @Test("a disabled rule keeps its precedence from nobody, as the copy has it that took its place")
  func disabledPrecedence() throws {
    #expect(try RuleSet([rule("a", disabled: true), rule("b")]).rules.map(\.id) == ["a", "b"])
    #expect(refusal([rule("a"), rule("b")]).contains("same precedence"))
    #expect(refusal([rule("a", disabled: true), rule("a")]).contains("same id"))
  }

  @Test("merge types of disabled rules do not count")
  func disabledMerge() throws {
    let on = rule("on", precedence: 1, flows: [direct("x", "a")])
    let off = rule("off", precedence: 2, flows: [direct("x", "a", merge: .merge)], disabled: true)
    #expect(try RuleSet([on, off]).rules.count == 2)
  }

  @Test("inbound rules of two connectors must agree on the merge type")
  func mergeAcross() {
    let one = rule("one", connector: "hr", flows: [direct("x", "a")])
    let two = rule("two", connector: "ad", flows: [direct("X", "a", merge: .merge)])
    #expect(refusal([one, two]).contains("with different merge types"))
  }

  @Test("outbound rules to two connectors need not")
  func mergeToTwo() throws {
    let one = rule("one", .outbound, connector: "hr", flows: [direct("x", "a")])
    let two = rule("two", .outbound, connector: "ad", flows: [direct("x", "a", merge: .merge)])
    #expect(try RuleSet([one, two]).rules.count == 2)
  }

  @Test("rules for any type must agree with those for one", arguments: [true, false])
  func mergeAny(anyIsFirst: Bool) {
    let any = rule("any", precedence: 1, to: "*", flows: [direct("x", "a", merge: .merge)])
    let one = rule("one", precedence: 2, to: "group", flows: [direct("x", "a")])
    #expect(refusal(anyIsFirst ? [any, one] : [one, any]).contains("with different merge types"))
    let other = rule("other", precedence: 3, to: "person", flows: [direct("y", "a")])
    #expect(refusal([any, other]) == "no error")
  }

  @Test("what goes out of any type must agree with all that goes to its target")
  func mergeFromAny() {
    func out(
      _ name: String, _ precedence: Int, from source: String, to target: String, _ merge: MergeType
    ) -> SyncRule {
      rule(
        name, .outbound, precedence: precedence, from: source, to: target,
        flows: [direct("x", "a", merge: merge)])
    }
    let any = out("any", 1, from: "*", to: "account", .merge)
    #expect(
      refusal([any, out("group", 2, from: "group", to: "team", .update)])
        .contains("write x with different merge types"))
    #expect(refusal([any, out("group", 2, from: "group", to: "team", .merge)]) == "no error")
    // Objects of two types meet nowhere.
    let person = out("person", 3, from: "person", to: "account", .merge)
    #expect(
      refusal([person, out("group", 2, from: "group", to: "team", .update)]) == "no error")
  }

  @Test("what rules unite none of them may keep as it gave it before", arguments: [true, false])
  func unitedMemory(isInbound: Bool) throws {
    func rules(
      _ flow: AttributeFlow, other: AttributeName = "x", merge: MergeType = .merge
    ) -> [SyncRule] {
      let direction: Direction = isInbound ? .inbound : .outbound
      return [
        rule("keeps", direction, precedence: 1, flows: [flow]),
        rule("gives", direction, precedence: 2, flows: [direct(other, "b", merge: merge)]),
      ]
    }
    let ignoring = try computed("x", #"IIF([a]="y",IgnoreThisFlow,[a])"#, merge: .merge)
    #expect(refusal(rules(ignoring)).contains("keep what it gave before (IgnoreThisFlow)"))
    #expect(refusal(rules(ignoring, other: "y")) == "no error")
    let once = direct("x", "a", merge: .merge, once: true)
    #expect(refusal(rules(once)).contains("keep what it gave before (apply_once") == isInbound)
    let alone = try computed("x", #"IIF([a]="y",IgnoreThisFlow,[a])"#)
    #expect(refusal(rules(alone, merge: .update)) == "no error")
    let direction: Direction = isInbound ? .inbound : .outbound
    let off = rule(
      "off", direction, precedence: 3, flows: [direct("x", "b", merge: .merge)], disabled: true)
    #expect(refusal([rules(ignoring)[0], off]) == "no error")
  }

  @Test("rules of one id are equal")
  func identity() {
    #expect(rule("same") == rule("same", precedence: 7))
    #expect(rule("one") != rule("two"))
    #expect(Set([rule("same"), rule("same")]).count == 1)
  }

  @Test("the order of the files does not change the fingerprint")
  func order() throws {
    let (a, b) = (rule("a", precedence: 1), rule("b", precedence: 2))
    #expect(try RuleSet([a, b]).fingerprint == RuleSet([b, a]).fingerprint)
    #expect(try RuleSet([a]).fingerprint != RuleSet([a, b]).fingerprint)
    #expect(try RuleSet([]).fingerprint.count == 32)
  }
}
