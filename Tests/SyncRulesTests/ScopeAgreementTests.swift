import Directory
import SyncRules
import TestSupport
import Testing

@Suite("Comparing text")
struct ScopeAgreementTests {
  /// What an operator says of two texts by the standard library's own means.
  private func plain(_ scopeOperator: ScopeOperator, _ found: String, _ wanted: String) -> Bool {
    let (a, b) = (found.lowercased(), wanted.lowercased())
    return switch scopeOperator {
    case .equal: a == b
    case .startsWith: a.hasPrefix(b)
    case .endsWith: a.hasSuffix(b)
    default: a.indices.contains { a[$0...].hasPrefix(b) }
    }
  }

  private func word(_ numbers: inout SeededRandom, _ letters: [Character], _ longest: Int) -> String
  {
    let count = Int.random(in: 1...longest, using: &numbers)
    return String((0..<count).map { _ in letters.randomElement(using: &numbers) ?? "a" })
  }

  @Test(
    "the quick way agrees with the standard library's",
    arguments: [
      ("abAB", 1), ("aéÉßİ", 2), ("_-@[`{", 3), ("aeÄäöő", 4), ("ikKıİ\u{212A}", 5),
      ("eEé\u{65}\u{301}", 6),
    ])
  func agreement(letters: String, seed: UInt64) throws {
    var numbers = SeededRandom(seed: seed)
    let alphabet = Array(letters)
    for _ in 0..<400 {
      let found = word(&numbers, alphabet, 5)
      let wanted = word(&numbers, alphabet, 3)
      for scopeOperator in [ScopeOperator.equal, .startsWith, .endsWith, .contains] {
        let clause = try ScopeClause("x", scopeOperator, [wanted])
        let rules = try RuleSet([rule("r", scope: [[clause]])])
        let holds = !rules.inbound(["x": [.string(found)]]).inScope.isEmpty
        #expect(
          holds == plain(scopeOperator, found, wanted), "\(found) \(scopeOperator) \(wanted)")
      }
    }
  }

  @Test(
    "every negated operator says the opposite of its own",
    arguments: [
      (ScopeOperator.equal, ScopeOperator.notEqual), (.contains, .notContains),
      (.startsWith, .notStartsWith), (.endsWith, .notEndsWith), (.isIn, .isNotIn),
      (.isBitSet, .isNotBitSet),
    ])
  func opposites(positive: ScopeOperator, negative: ScopeOperator) throws {
    var numbers = SeededRandom(seed: 7)
    for _ in 0..<200 {
      let values = (0..<Int.random(in: 0...3, using: &numbers)).map { _ in
        AttributeValue.string(word(&numbers, ["1", "2", "3"], 2))
      }
      let wanted = [word(&numbers, ["1", "2", "3"], 1)]
      let rules = try RuleSet([
        rule("yes", precedence: 1, scope: [[try ScopeClause("x", positive, wanted)]]),
        rule("no", precedence: 2, scope: [[try ScopeClause("x", negative, wanted)]]),
      ])
      let found = rules.inbound(AttributeSet([Attribute("x", values)]))
      #expect(found.inScope.count == 1 && found.outOfScope.count == 1)
    }
  }
}
