import SyncExpressions
import Testing

@Suite("Expressions that mean something else from left to right")
struct PrecedenceTests {
  @Test(
    "A tighter operator after a looser one, without parentheses",
    arguments: [
      "[a] || [b] && [c]", "[a] || [b]=1 && [c]=2", "1 + [n] * 2", "1 - [n] / 2",
      "IIF([a] || [b] && [c],1,2)",
    ])
  func depends(text: String) throws { #expect(try Expression(text).dependsOnPrecedence) }

  @Test(
    "All others mean the same both ways, or mean what the product's own rules need",
    arguments: [
      "[a] && [b] || [c]", "[a] || ([b] && [c])", "([a] || [b]) && [c]", "[n] * 2 + 1",
      "1 + ([n] * 2)", "1 + Len([a]) - 3", "[a]=1 && [b]=2", "\"x\" & 1 + 2",
      "IIF([a] || [b],[c] && [d],1)",
    ])
  func doesNot(text: String) throws { #expect(try !Expression(text).dependsOnPrecedence) }

  @Test("Now is not random, but no constant either")
  func random() throws {
    #expect(try Expression("Guid()").isRandom && Expression("1 + RandomNum(1,2)").isRandom)
    let now = try Expression(#"FormatDateTime(Now(),"yyyy")"#)
    #expect(!now.isRandom && now.isVolatile)
  }
}
