import Directory
import SyncExpressions
import Testing

@Suite("Hostile expressions")
struct HostileTests {
  private static let depth = 10_000

  private func nested(_ open: String, _ core: String, _ close: String, _ depth: Int) -> String {
    String(repeating: open, count: depth) + core + String(repeating: close, count: depth)
  }

  @Test(
    "Nesting of ten thousand levels gives a value",
    arguments: [
      ("(", "[a]", ")"), ("Trim(", "[a]", ")"), ("IIF(True,", "[a]", ",1)"),
      ("IIF(False,1,", "[a]", ")"), ("\"\" & (", "[a]", ")"), ("Switch(True,", "[a]", ")"),
      ("With($x,1,", "[a]", ")"), ("Select($x,", "[a]", ",$x)"), ("IIF([a]=\"y\",1,", "[a]", ")"),
      ("Where($x,[a],True) & Left([a],0) & IIF(True,", "\"\"", ",1)"), ("(", "[a]", " & \"\")"),
    ])
  func deep(open: String, core: String, close: String) throws {
    let text = nested(open, core, close, Self.depth)
    let expression = try Expression(text)
    let input = TestInput(["a": ["x"]])
    _ = try expression.evaluate(input)
    #expect(expression == (try Expression(text)))
    #expect(Set([expression, expression]).count == 1)
  }

  @Test("Deep operators, signs and conditions give a value")
  func operators() throws {
    let ands = Array(repeating: "[t]", count: Self.depth).joined(separator: " && ")
    #expect(try value(ands, ["t": [true]]) == true)
    let ors = nested("([f] || ", "[t]", ")", Self.depth)
    #expect(try value(ors, ["t": [true], "f": [false]]) == true)
    let sums = nested("1 + (", "[n]", ")", Self.depth)
    #expect(try value(sums, ["n": [5]]) == .integer(Int64(Self.depth) + 5))
    #expect(try value(String(repeating: "-", count: Self.depth) + "[n]", ["n": [5]]) == 5)
    let conditions = nested("IIF(", "[t]", ",True,False)", Self.depth)
    #expect(try value(conditions, ["t": [true]]) == true)
  }

  @Test("A deep trace is bounded")
  func trace() throws {
    let trace = try Expression(nested("Trim(", "[a]", ")", Self.depth)).trace(
      TestInput(["a": ["x"]]))
    #expect(trace.steps.count == 2000)
    #expect(trace.outcome == .success(.values(["x"])))
    #expect(trace.steps.allSatisfy { $0.text.utf8.count < 300 })
  }

  @Test("Unclosed depths are an error", arguments: ["(", "Trim(", "IIF(", "-(", "With($a,"])
  func unclosed(open: String) throws {
    let error = try syntaxError(String(repeating: open, count: Self.depth))
    #expect(!error.message.isEmpty)
  }

  @Test("Loops within loops end at a limit")
  func loops() throws {
    let text = nested("Select($x,[a],", "$x", ")", 8)
    let values = (0..<50).map { AttributeValue.integer($0) }
    #expect(try failure(text, ["a": values]).kind == .limit)
  }

  @Test("Texts that double end at a limit")
  func doubling() throws {
    var text = "[a]"
    for index in 0..<40 { text = "With($v\(index),\(text),$v\(index) & $v\(index))" }
    let error = try failure(text, ["a": ["x"]])
    #expect(error.kind == .limit)
    #expect(error.message.contains("16777216"))
  }

  @Test(
    "Searches of long texts in longer ones end at a limit",
    arguments: [#"Replace([text],[part],"x")"#, "Contains([text],[part])", "InStr([text],[part])"])
  func searching(text: String) throws {
    let input: [AttributeName: [AttributeValue]] = [
      "text": [.string(String(repeating: "a", count: 200_000))],
      "part": [.string(String(repeating: "a", count: 100_000) + "b")],
    ]
    #expect(try failure(text, input).kind == .limit)
  }

  @Test("A list that multiplies ends at a limit")
  func multiplying() throws {
    let values = (0..<2000).map { AttributeValue.integer($0) }
    #expect(try failure("Select($x,[a],Select($y,[a],$x))", ["a": values]).kind == .limit)
  }
}
