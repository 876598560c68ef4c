import Directory
import SyncRules
import Testing

@Suite("What a flow gave before")
struct KeepingTests {
  private let strong = rule("strong", precedence: 1)
  private let weak = rule("weak", precedence: 2)

  private func ignored(_ rule: SyncRule) -> Contribution {
    Contribution(
      target: "t", values: [], rule: rule, origin: .constant([]), kind: .ignored)
  }

  private func give(_ rule: SyncRule, _ value: AttributeValue, once: Bool = false) -> Contribution {
    Contribution(target: "t", values: [value], rule: rule, applyOnce: once)
  }

  private func resolve(
    _ contributions: [Contribution], gave: (SyncRule, AttributeValue)?
  ) -> ResolvedAttribute? {
    MetaverseMerge.resolve(contributions.map { (1, $0) }) { _, contribution in
      gave.flatMap { $0.0 == contribution.rule ? [$0.1] : nil }
    }.first
  }

  @Test("an ignored flow keeps the value that it gave where no other says anything")
  func keeps() {
    let silent = Contribution(target: "t", values: [], rule: weak)
    for others in [[], [silent], [ignored(weak)]] {
      let found = resolve([ignored(strong)] + others, gave: (strong, "old"))
      #expect(found?.values == ["old"])
      #expect(found?.winner.rule == strong)
    }
    let once = resolve([ignored(strong), give(weak, "w", once: true)], gave: (strong, "old"))
    #expect(once?.values == ["old"])
  }

  @Test("an ignored flow gives way to whatever another says, as if it had never been")
  func yields() {
    let found = resolve([ignored(strong), give(weak, "w")], gave: (strong, "old"))
    #expect(found?.values == ["w"])
    #expect(found?.losers.map(\.reason) == [.ignored])
    let null = Contribution(
      target: "t", values: [], rule: weak, origin: .constant([]), kind: .authoritativeNull)
    #expect(resolve([ignored(strong), null], gave: (strong, "old")) == nil)
    let elsewhere = Contribution(target: "u", values: ["w"], rule: weak)
    #expect(resolve([ignored(strong), elsewhere], gave: (strong, "old"))?.values == ["old"])
  }

  @Test("an ignored flow that gave nothing leaves the attribute to others")
  func leaves() {
    let found = resolve([ignored(strong), give(weak, "w")], gave: (weak, "old"))
    #expect(found?.values == ["w"])
    #expect(found?.losers.map(\.reason) == [.ignored])
    #expect(resolve([ignored(strong)], gave: nil) == nil)
  }

  @Test("a stronger rule takes over from an ignored flow")
  func stronger() {
    let found = resolve([give(strong, "s"), ignored(weak)], gave: (weak, "old"))
    #expect(found?.values == ["s"])
    #expect(found?.losers.map(\.reason) == [.ignored])
  }

  @Test("for a new object an ignored flow gives nothing")
  func new() {
    #expect(MetaverseMerge.resolve([(1, ignored(strong))]).isEmpty)
  }

  @Test("a flow that applies once keeps what it gave when the object was made")
  func once() {
    #expect(resolve([give(strong, "new", once: true)], gave: (strong, "old"))?.values == ["old"])
    #expect(resolve([give(strong, "new", once: true)], gave: nil) == nil)
    let other = resolve([give(strong, "new", once: true), give(weak, "w")], gave: (weak, "w"))
    #expect(other?.values == ["w"])
    #expect(other?.losers.map(\.reason) == [.onlyOnce])
    let made = MetaverseMerge.resolve([(1, give(strong, "new", once: true))])
    #expect(made.map(\.values) == [["new"]])
  }

  @Test("AuthoritativeNull hides weaker values, not stronger ones, and says so")
  func blocked() {
    let null = Contribution(
      target: "t", values: [], rule: strong, origin: .constant([]), kind: .authoritativeNull)
    #expect(resolve([null, give(weak, "w")], gave: nil) == nil)
    let weakest = rule("weakest", precedence: 3)
    let hides = Contribution(
      target: "t", values: [], rule: weak, origin: .constant([]), kind: .authoritativeNull)
    let found = resolve([give(strong, "s"), hides, give(weakest, "x")], gave: nil)
    #expect(found?.values == ["s"])
    #expect(found?.losers.map(\.reason) == [.noValue, .blocked])
    #expect(found?.losers.allSatisfy { !$0.reason.text.isEmpty } == true)
  }
}
