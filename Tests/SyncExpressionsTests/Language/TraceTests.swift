import Directory
import SyncExpressions
import Testing

@Suite("Traces")
struct TraceTests {
  private func lines(_ trace: ExpressionTrace) -> [String] {
    trace.steps.map { step in
      switch step.result {
      case .value(let type, let texts):
        "\(step.column) \(step.text) -> \(type): \(texts.joined(separator: "; "))"
      case .failure(let failure): "\(step.column) \(step.text) !! \(failure.message)"
      case .skipped: "\(step.column) \(step.text) --"
      }
    }
  }

  private func trace(
    _ text: String, _ attributes: [AttributeName: [AttributeValue]] = [:]
  ) throws -> ExpressionTrace {
    try Expression(text).trace(TestInput(attributes))
  }

  @Test("Every part gets its value, and the branch not taken is skipped")
  func branches() throws {
    let trace = try trace(#"IIF(IsPresent([mail]),Trim([mail]),"none")"#, ["mail": [" a@b"]])
    #expect(
      lines(trace) == [
        "15 [mail] -> string:  a@b", "5 IsPresent([mail]) -> boolean: true".trueInVBA,
        "28 [mail] -> string:  a@b", "23 Trim([mail]) -> string: a@b", #"36 "none" --"#,
        #"1 IIF(IsPresent([mail]),Trim([mail]),"none") -> string: a@b"#,
      ])
    #expect(trace.outcome == .success(.values(["a@b"])))
  }

  @Test("The name of an attribute may be put together; the trace still has the value")
  func assembledName() throws {
    let expression = try Expression(#"ImportedValue("proxy" & "Addresses")"#)
    var input = TestInput()
    input.imported = ["proxyAddresses": ["x"]]
    let trace = expression.trace(input)
    #expect(trace.outcome == .success(.values(["x"])))
    #expect(lines(trace) == [#"1 ImportedValue("proxy" & "Addresses") -> string: x"#])
  }

  @Test("The first branch is skipped where the second is taken")
  func otherBranch() throws {
    let trace = try trace(#"IIF([a] = 1, [b] & "x", [c])"#, ["c": ["z"]])
    #expect(
      lines(trace) == [
        "5 [a] -> null: ", "5 [a] = 1 -> boolean: False", #"14 [b] & "x" --"#,
        "25 [c] -> string: z",
        #"1 IIF([a] = 1, [b] & "x", [c]) -> string: z"#,
      ])
  }

  @Test("The rest of a decided && or || is skipped")
  func shortcut() throws {
    let trace = try trace("([a] = 1) || ([b] = 2)", ["a": [1]])
    #expect(
      lines(trace) == [
        "2 [a] -> number: 1", "2 [a] = 1 -> boolean: True", "15 [b] = 2 --",
        "1 ([a] = 1) || ([b] = 2) -> boolean: True",
      ])
  }

  @Test("A failure is the last step")
  func failures() throws {
    let trace = try trace(#"Trim(Item([a],3))"#, ["a": ["x"]])
    #expect(
      lines(trace) == [
        "11 [a] -> string: x",
        "6 Item([a],3) !! Item got the number 3 as argument 2: the attribute has 1 value",
      ])
    guard case .failure(let failure) = trace.outcome else {
      Issue.record("the trace has an outcome")
      return
    }
    #expect(failure.column == 6)
  }

  @Test("What could be calculated before is shown as well")
  func constants() throws {
    let trace = try trace(#"UCase("a" & "b") & [x]"#, ["x": ["y"]])
    #expect(
      lines(trace) == [
        #"7 "a" & "b" -> string: ab"#, #"1 UCase("a" & "b") -> string: AB"#, "20 [x] -> string: y",
        #"1 UCase("a" & "b") & [x] -> string: ABy"#,
      ])
  }

  @Test("Loops show each round, and dates, bytes and lists have a text")
  func kinds() throws {
    let rounds = try trace("Select($i,[n],$i + 1)", ["n": [1, 2]])
    #expect(
      lines(rounds) == [
        "11 [n] -> multi-valued number: 1; 2", "15 $i -> number: 1", "15 $i + 1 -> number: 2",
        "15 $i -> number: 2", "15 $i + 1 -> number: 3",
        "1 Select($i,[n],$i + 1) -> multi-valued number: 2; 3",
      ])
    let bytes = try trace("ConvertToBase64([b])", ["b": [.binary([1, 255])]])
    #expect(lines(bytes).first == "17 [b] -> binary: 01ff")
    let date = try trace(#"FormatDateTime(Now(),"yyyy")"#)
    #expect(lines(date).first == "16 Now() -> date: 2026-01-01T00:00:00.000Z")
  }

  @Test("Long texts and lists are shortened")
  func shortened() throws {
    let many = (0..<100).map { AttributeValue.string("value \($0 + 100)") }
    let list = try #require(try trace("[a]", ["a": many]).steps.first)
    guard case .value(_, let texts) = list.result else { return }
    #expect(texts.count == 21)
    #expect(texts.last == "… 80 more")
    let long = try trace("[a]", ["a": [.string(String(repeating: "x", count: 5000))]])
    guard case .value(_, let shown)? = long.steps.first?.result else { return }
    #expect(shown[0].count == 201)
  }

  @Test(
    "A trace has the same outcome as an evaluation",
    arguments: [
      "[a] & %P%", "NULL", "AuthoritativeNull", "IgnoreThisFlow", "Now()", "Left([a], 1)",
      #"Switch([a] = "x", Error("e"), True, 2)"#, #"Error("x")"#,
    ])
  func agreement(text: String) throws {
    let expression = try Expression(text)
    var input = TestInput(["a": ["x", "y"]])
    input.parameters = ["P": "q"]
    let evaluated = Result { () throws(ExpressionFailure) in try expression.evaluate(input) }
    #expect(expression.trace(input).outcome == evaluated)
  }
}

extension String {
  // Truths are spelled as CStr spells them.
  fileprivate var trueInVBA: String { replacing("true", with: "True") }
}
