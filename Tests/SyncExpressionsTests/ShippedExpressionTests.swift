import Directory
import SyncExpressions
import Testing

@Suite("The expressions that the product ships")
struct ShippedExpressionTests {
  @Test(
    "All 391 expressions of the sample parse and evaluate",
    .enabled(if: ShippedRules.folder != nil, "the sample configuration is not at hand"))
  func allEvaluate() throws {
    let texts = try ShippedRules.expressions()
    #expect(texts.count == 391)
    #expect(Set(texts).count == 86)
    for text in Set(texts) {
      let expression = try Expression(text)
      var input = TestInput()
      for name in expression.parameters { input.parameters[name] = "contoso.com" }
      do {
        _ = try expression.evaluate(input)
      } catch {
        #expect(error.kind == .errorFunction, "\(text): \(error)")
      }
    }
  }
}
