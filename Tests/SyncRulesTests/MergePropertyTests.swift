import Directory
import SyncRules
import TestSupport
import Testing

@Suite("Merging, whatever comes")
struct MergePropertyTests {
  private typealias Given = (contributor: Int64, contribution: Contribution)

  private func some(_ numbers: inout SeededRandom) -> [Given] {
    let names: [AttributeName] = ["a", "b", "c"]
    let texts: [AttributeValue] = ["X", "x", "y", "z"]
    return (0..<Int.random(in: 0...12, using: &numbers)).map { index in
      let precedence = Int.random(in: 1...4, using: &numbers)
      let attribute = names[Int.random(in: 0...2, using: &numbers)]
      let values = texts.filter { _ in Bool.random(using: &numbers) }
      let merge: MergeType =
        switch attribute {
        case "a": .update
        case "b": .merge
        default: .mergeCaseInsensitive
        }
      return (
        Int64(index),
        Contribution(
          target: attribute, values: values, rule: rule("r\(precedence)", precedence: precedence),
          merge: merge)
      )
    }
  }

  @Test("the result does not depend on the order in which contributions come")
  func order() {
    var numbers = SeededRandom(seed: 11)
    for _ in 0..<300 {
      let given = some(&numbers)
      let one = Set(MetaverseMerge.resolve(given))
      let other = Set(MetaverseMerge.resolve(given.shuffled(using: &numbers)))
      #expect(one == other)
    }
  }

  @Test("every contribution is accounted for, and every value has a giver")
  func accounts() {
    var numbers = SeededRandom(seed: 12)
    for _ in 0..<300 {
      let given = some(&numbers)
      let resolved = MetaverseMerge.resolve(given)
      for one in resolved {
        let all = given.filter { $0.contribution.target == one.attribute }
        let withValue = all.filter { !$0.contribution.values.isEmpty }
        let offered = Set(withValue.flatMap(\.contribution.values))
        #expect(!one.values.isEmpty && offered.isSuperset(of: one.values))
        #expect(one.values == Set(one.values).sorted())
        let counted = one.attribute == "a" ? 1 : withValue.count
        #expect(one.losers.count == all.count - counted)
        let strongest = withValue.map(\.contribution.rule.precedence).min()
        #expect(one.winner.rule.precedence == strongest)
      }
      let offeredNames = given.filter { !$0.contribution.values.isEmpty }.map(\.contribution.target)
      #expect(Set(resolved.map(\.attribute)) == Set(offeredNames))
    }
  }

  @Test("outbound evaluation decides as the merge does")
  func agreement() throws {
    var numbers = SeededRandom(seed: 13)
    for _ in 0..<200 {
      let sources: [AttributeName] = ["s1", "s2", "s3"]
      let attributes = AttributeSet(
        sources.filter { _ in Bool.random(using: &numbers) }.map {
          Attribute($0, [.string($0.text)])
        })
      let rules = (1...4).map { number in
        let source = sources[Int.random(in: 0...2, using: &numbers)]
        return outboundRule("r\(number)", precedence: number, flows: [direct("t", source)])
      }
      let given = rules.map { rule -> Given in
        guard case .direct(let source) = rule.flows[0].source else {
          return (0, Contribution(target: "t", values: [], rule: rule))
        }
        return (0, Contribution(target: "t", values: attributes[source], rule: rule))
      }
      let found = try RuleSet(rules).outbound(attributes).attributes
      let expected = MetaverseMerge.resolve(given)
      #expect(found.map(\.values) == expected.map(\.values))
      #expect(found.map(\.winner.rule) == expected.map(\.winner.rule))
      #expect(found.map { $0.losers.map(\.reason) } == expected.map { $0.losers.map(\.reason) })
    }
  }
}
