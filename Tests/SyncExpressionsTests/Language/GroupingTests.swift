import Directory
import SyncExpressions
import Testing

@Suite("Which operands belong together")
struct GroupingTests {
  /// The operators by how tightly they bind, the tightest first: arithmetic, then `&`, then
  /// comparison, then `&&`, then `||`.
  private static let ranks = [
    ["*", "/"], ["+", "-"], ["&"], ["=", "<>", "<", "<=", ">", ">="], ["&&"], ["||"],
  ]
  private static let operators = ranks.flatMap { $0 }

  private static func rank(_ spelling: String) -> Int {
    ranks.firstIndex { $0.contains(spelling) } ?? 0
  }

  // Operands with which most pairs of operators give something else if they are grouped otherwise.
  private static let operands: [[AttributeValue]] = [
    [7, 3, 2], [0, 1, 0], [1, 0, 5], [2, 2, 2], [0, 0, 1], [1, 1, 0], [9, 4, 4], ["x", "1", "1"],
    [3, 21, 1],
    [5, 5, 1], [1, 15, 5],
  ]

  private func outcome(_ text: String, _ values: [AttributeValue]) throws -> String {
    let input: [AttributeName: [AttributeValue]] = [
      "a": [values[0]], "b": [values[1]], "c": [values[2]],
    ]
    do {
      return "\(try Expression(text).evaluate(TestInput(input)))"
    } catch let failure as ExpressionFailure {
      return failure.message
    }
  }

  @Test(
    "Of two operators the tighter one goes first, and the left one of two that bind alike",
    arguments: operators)
  func pairs(first: String) throws {
    for second in Self.operators {
      let plain = "[a] \(first) [b] \(second) [c]"
      let left = "([a] \(first) [b]) \(second) [c]"
      let right = "[a] \(first) ([b] \(second) [c])"
      let isLeft = Self.rank(first) <= Self.rank(second)
      var differs = false
      for values in Self.operands {
        let wanted = try outcome(isLeft ? left : right, values)
        #expect(try outcome(plain, values) == wanted, "\(plain) with \(values)")
        if try outcome(isLeft ? right : left, values) != wanted { differs = true }
      }
      // Otherwise nothing was shown; these mean the same either way.
      let alike = ["* *", "+ +", "+ -", "& &", "&& &&", "|| ||"]
      #expect(differs || alike.contains("\(first) \(second)"), "\(plain)")
    }
  }

  @Test(
    "A sign binds tighter than all operators",
    arguments: [
      ("-[n] + 5", 2), ("-[n] * -[n]", 9), ("5 - -[n]", 8), ("-2 - 3", -5), ("-[n] - [n]", -6),
      ("-(-[n])", 3),
      ("- [n]", -3), ("-\n[n]", -3), ("1--1", 2), ("1 - - - 1", 0), ("-[n]*2", -6), ("2*-[n]", -6),
      ("-&HF", -15),
      ("-\"4\"", -4), ("-(1 + 2) * 3", -9), ("-Len(\"ab\") + 1", -1),
      ("- -9223372036854775807", Int64.max),
    ] as [(String, Int64)])
  func signs(text: String, expected: Int64) throws {
    #expect(try value(text, ["n": [3]]) == .integer(expected))
  }

  @Test(
    "& before a hexadecimal number joins where a value is complete, and else begins the number",
    arguments: [
      ("\"a\" & &HF", "a15"), ("\"a\"&&HF", nil), ("&HF & \"a\"", "15a"), ("&HF&\"a\"", "15a"),
      ("(&HF) & (&HF)", "1515"), ("Left(&HFF,&H2)", "25"), ("\"a\" & \"HF\"", "aHF"),
      ("&HF & &HF", "1515"),
    ])
  func hexadecimal(text: String, expected: String?) throws {
    guard let expected else {
      // Two & are the logical one, and HF is no name.
      #expect(try syntaxError(text).message.contains("HF"))
      return
    }
    #expect(try value(text) == .string(expected))
  }

  @Test(
    "Parentheses, spaces and line ends around a part change nothing",
    arguments: [
      "[a]", "[a] & \"b\"", "Len([a]) + 1", "IIF([a] = \"A\",1,2)", "-1", "\"(\"", "&HF", "NULL",
    ])
  func parentheses(part: String) throws {
    let input: [AttributeName: [AttributeValue]] = ["a": ["A"]]
    let plain = try evaluate(part, input)
    for text in [
      "(\(part))", "((\(part)))", "( \(part) )", "\n(\r\n\(part)\t)\n", "\u{A0}\(part)\u{A0}",
      String(repeating: "(", count: 50) + part + String(repeating: ")", count: 50),
    ] {
      #expect(try evaluate(text, input) == plain, "\(text)")
    }
  }

  @Test("Spaces between a function and its parenthesis, and around arguments, change nothing")
  func spaces() throws {
    #expect(try value("Left (\n\"abc\" ,\t2 )") == "ab")
    #expect(try value("IIF\r\n(True,1,2)") == 1)
    #expect(try value("Now\u{A0}( ) = Now()") == true)
    #expect(try value("[ a ] & [\u{A0}a \u{A0}]", ["a": ["x"]]) == "xx")
  }
}
