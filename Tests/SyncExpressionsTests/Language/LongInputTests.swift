import Directory
import SyncExpressions
import Testing

@Suite("Very long and very deep input")
struct LongInputTests {
  private func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  @Test(
    "A run of blanks of any kind is as good as one",
    arguments: [" ", "\u{A0}", "\t", "\r\n", "\u{A0} \n"])
  func blanks(blank: String) throws {
    let run = repeated(blank, 900_000 / blank.utf8.count)
    #expect(try value(run + "1") == 1)
    #expect(try value("1" + run) == 1)
    #expect(try value("Len\(run)(\"ab\")") == 2)
    #expect(try syntaxError(run + ")").message == "A value is missing before )")
  }

  @Test("An expression of the greatest length is read, and one of a byte more is not")
  func longest() throws {
    let most = 1024 * 1024
    #expect(try value("Len(\"\(repeated("x", most - 7))\")") == .integer(Int64(most - 7)))
    #expect(
      try value("Len(\"\(repeated("é", (most - 8) / 2))\")") == .integer(Int64((most - 8) / 2)))
    #expect(
      try syntaxError("Len(\"\(repeated("x", most - 6))\")").message.contains("\(most) bytes"))
  }

  @Test(
    "Tens of thousands of levels and parts neither end the program nor take an age",
    arguments: [
      ("(", "1", ")", 50_000), ("-", "[n]", "", 30_000), ("0+(", "[n]", ")", 40_000),
      ("Trim(", "[n]", ")", 30_000),
      ("IIF(True,", "[n]", ",0)", 20_000), ("", "[n]", "+0", 50_000), ("0+", "[n]", "", 50_000),
      ("False||", "True", "", 30_000),
      ("True&&(", "True", ")", 30_000), ("With($x,1,", "$x", ")", 20_000),
      ("[n]*0+", "1", "", 30_000), ("\"\"&", "1", "", 40_000),
    ])
  func deep(open: String, core: String, close: String, count: Int) throws {
    let text = repeated(open, count) + core + repeated(close, count)
    let result = try #require(try value(text, ["n": [1]]), "\(open)")
    #expect(["1", "-1", "true"].contains(result.text))
  }

  @Test(
    "What is deep and wrong is told as a mistake",
    arguments: ["(", "Trim(", "-", "[a]+", "IIF([a],", "With($x,1,", "Where($i,[a],", "!", "$"])
  func deepMistakes(open: String) throws {
    let error = try syntaxError(repeated(open, 200_000 / open.utf8.count))
    #expect(!error.message.isEmpty && error.description.count < 400)
  }

  @Test("A text may be as long as the limit says, and no longer")
  func longTexts() throws {
    let most = 16 * 1024 * 1024
    #expect(try value("Len(PadLeft(\"\",\(most),\"x\"))") == .integer(Int64(most)))
    let million = "PadLeft(\"\",1000000,\"x\")"
    for text in [
      "PadLeft(\"\",\(most + 1),\"x\")", "PadRight(\"ab\",\(most + 1),\"x\")",
      "PadLeft(\"\",\(most),\"é\")", "PadLeft(\"\",\(most),\"x\") & \"y\"",
      "Replace(\(million),\"x\",\"12345678901234567\")",
      "ReplaceChars(\(million),\"x:12345678901234567\")",
    ] {
      #expect(try failure(text).kind == .limit, "\(text)")
    }
  }

  @Test("Functions of an attribute with very many values work on each of them")
  func manyValues() throws {
    let count = 20_000
    let input: [AttributeName: [AttributeValue]] = [
      "m": (0..<count).map { .string("smtp:user\($0)@contoso.com") }
    ]
    #expect(try value("Count([m])", input) == .integer(Int64(count)))
    #expect(try value("Contains([m],\"user19999@\")", input) == .integer(Int64(count)))
    #expect(try value("Item([m],\(count))", input) == "smtp:user19999@contoso.com")
    #expect(try value("Count(Where($i,[m],Right($i,17) = \"user7@contoso.com\"))", input) == 1)
    #expect(try value("Count(RemoveDuplicates(Word([m],2,\"@\")))", input) == 1)
    #expect(try value("Count(Select($i,[m],UCase($i)))", input) == .integer(Int64(count)))
    #expect(try value("Len(Join([m],\";\")) > 400000", input) == true)
    #expect(try value("Count(Split(Join([m],\";\"),\";\"))", input) == .integer(Int64(count)))
  }

  @Test("As many arguments as Switch takes are taken, and more are refused")
  func manyArguments() throws {
    let pairs = Array(repeating: "False,1", count: 499).joined(separator: ",")
    #expect(try value("Switch(\(pairs),True,2)") == 2)
    #expect(try evaluate("Switch(\(pairs),False,2)") == .null)
    let error = try syntaxError("Switch(\(pairs),False,1,True,2)")
    #expect(error.hint.hasPrefix("var Switch("))
  }

  @Test("Very many attributes, names and constants stand beside each other")
  func manyNames() throws {
    let names = (0..<5000).map { "longInputTest\($0)" }
    let expression = try Expression(names.map { "[\($0)]" }.joined(separator: " & \"-\" & "))
    #expect(expression.attributes.count == 5000)
    #expect(
      try expression.evaluate(TestInput(["longInputTest4999": ["x"]])).description.hasSuffix(
        "-x\")])"))
    let name = repeated("n", 100_000)
    #expect(try Expression("[\(name)]").attributes.map(\.text) == [name])
  }
}

extension ExpressionOutcome {
  fileprivate var description: String { "\(self)" }
}
