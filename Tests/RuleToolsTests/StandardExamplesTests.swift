import SyncRules
import Testing

@testable import RuleTools

@Suite("The examples of the standard rules")
struct StandardExamplesTests {
  private func examples(_ names: StandardRules.TargetNames) throws -> [RuleExample] {
    try RuleExample.parse(
      StandardExamples.text(source: "contoso.test", target: "tenant", names: names),
      file: "standard")
  }

  private func rules(_ names: StandardRules.TargetNames) throws -> RuleSet {
    try StandardRules.ruleSet(source: "contoso.test", target: "tenant", names: names)
  }

  @Test("All of them hold", arguments: StandardRules.TargetNames.allCases)
  func hold(names: StandardRules.TargetNames) throws {
    let runner = RuleExampleRunner(try rules(names))
    let examples = try examples(names)
    #expect(examples.count >= 6)
    for example in examples {
      let result = runner.run(example)
      #expect(result.isPassed, "\(result.name): \(result.differences)")
    }
  }

  @Test(
    "None of them holds where a rule is missing that it shows",
    arguments: StandardRules.TargetNames.allCases)
  func needed(names: StandardRules.TargetNames) throws {
    let inbound = try RuleSet(try rules(names).rules.filter { $0.direction == .inbound })
    for example in try examples(names) where example.isFiltered != true {
      #expect(!RuleExampleRunner(inbound).run(example).isPassed, "\(example.name)")
    }
  }
}
