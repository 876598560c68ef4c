import SyncRules
import Testing

@testable import RuleTools

@Suite("The examples of the standard rules")
struct StandardExamplesTests {
  private static let examples = Result {
    try RuleExample.parse(
      StandardExamples.text(source: "contoso.test", target: "tenant"), file: "standard")
  }

  @Test("All of them hold")
  func hold() throws {
    let rules = try StandardRules.ruleSet(source: "contoso.test", target: "tenant")
    let runner = RuleExampleRunner(rules)
    let examples = try Self.examples.get()
    #expect(examples.count >= 6)
    for example in examples {
      let result = runner.run(example)
      #expect(result.isPassed, "\(result.name): \(result.differences)")
    }
  }

  @Test("None of them holds where a rule is missing that it shows")
  func needed() throws {
    let rules = try StandardRules.ruleSet(source: "contoso.test", target: "tenant").rules
    let inbound = try RuleSet(rules.filter { $0.direction == .inbound })
    for example in try Self.examples.get() where example.isFiltered != true {
      #expect(!RuleExampleRunner(inbound).run(example).isPassed, "\(example.name)")
    }
  }
}
