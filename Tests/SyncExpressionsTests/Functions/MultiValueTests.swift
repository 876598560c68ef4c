import Directory
import SyncExpressions
import Testing

@Suite("Attributes with several values")
struct MultiValueTests {
  private static let input: [AttributeName: [AttributeValue]] = [
    "p": ["SMTP:a@x", "smtp:b@x", "X500:/o=x"], "n": [1, 2, 3], "flags": [true, false, true],
    "one": ["only"],
    "gaps": ["a", "", "c"], "bytes": [.binary([1]), .binary([2, 3])],
    "refs": [.reference("CN=a"), .reference("CN=b")],
    "mixed": ["x", 5, true], "words": ["one two", "three", "four five six"],
    "same": ["x", "x", "y"],
  ]

  private func values(_ text: String) throws -> [AttributeValue] {
    guard case .values(let values) = try evaluate(text, Self.input) else { return [] }
    return values
  }

  @Test(
    "Operators work on each value, and a single value goes with each of them",
    arguments: [
      ("[n] + 1", [2, 3, 4]), ("1 - [n]", [0, -1, -2]), ("[n] * [n]", [1, 4, 9]),
      ("[n] > 1", [false, true, true]), ("2 <= [n]", [false, true, true]),
      ("[n] = 2", [false, true, false]), ("[n] <> 2", [true, false, true]),
      ("[n] & \"x\"", ["1x", "2x", "3x"]), ("\"x\" & [n]", ["x1", "x2", "x3"]),
      ("[n] & [n]", ["11", "22", "33"]), ("-[n]", [-1, -2, -3]),
      ("[flags] && True", [true, false, true]), ("[flags] || [n] = 2", [true, true, true]),
      ("[flags] && [n] > 1", [false, false, true]), ("[n] = [n]", [true, true, true]),
      ("[n] & [absent]", ["1", "2", "3"]), ("[flags] = False", [false, true, false]),
      ("[bytes] = [bytes]", [true, true]), ("[refs] = \"CN=b\"", [false, true]),
      ("[mixed] & \"\"", ["x", "5", "True"]),
    ] as [(String, [AttributeValue])])
  func operators(text: String, expected: [AttributeValue]) throws {
    #expect(try values(text) == expected)
  }

  @Test(
    "Places stay together although a value of one of them is nothing",
    arguments: [
      ("IIF([gaps] = \"\",NULL,[gaps]) & [n]", ["a1", "2", "c3"]),
      ("Count(IIF([n] = 2,NULL,[n]))", [2]),
      ("Join(IIF([n] = 2,NULL,[p]),\",\")", ["SMTP:a@x,X500:/o=x"]),
      ("IIF([n] = 2,NULL,[n]) + [n]", [2, 6]), ("Item(IIF([n] = 1,NULL,[n]),1)", [2]),
      ("ItemOrNull(IIF([n] = 1,NULL,[n]),3)", []),
      ("Contains(IIF([n] = 1,NULL,[p]),\"X500\")", [2]),
      ("IIF(IIF([n] = 2,NULL,True),[p],\"-\")", ["SMTP:a@x", "-", "X500:/o=x"]),
      ("Left([gaps],1) & Len([gaps])", ["a1", "0", "c1"]),
      ("RemoveDuplicates(IIF([n] = 2,NULL,\"z\"))", ["z"]),
      ("Select($i,IIF([n] = 2,NULL,[n]),$i * 10)", [10, 30]),
      ("Where($i,IIF([n] = 2,NULL,[n]),True)", [1, 3]), ("Count(IIF([n] > 9,[n],NULL))", [0]),
    ] as [(String, [AttributeValue])])
  func places(text: String, expected: [AttributeValue]) throws {
    #expect(try values(text) == expected)
  }

  @Test(
    "Lists that do not stem from one attribute go together only if they are as long",
    arguments: [
      "[n] & [bytes]", "[n] = [refs]", "Left([p],[refs])",
      "IIF([flags],[refs],1)", "Switch([n] > 1,[refs])",
      "[flags] && ([refs] = \"x\")", "Replace([p],[one],[bytes])",
    ])
  func mismatches(text: String) throws {
    let error = try failure(text, Self.input)
    #expect(error.kind == .type)
    #expect(error.message.contains("3") && error.message.contains("2"), "\(error)")
    #expect(error.hint.contains("Item or Join"))
  }

  @Test(
    "Functions of a whole attribute take a single value for a list of one",
    arguments: [
      ("Count([one])", [1]), ("Item([one],1)", ["only"]), ("Join([one],\",\")", ["only"]),
      ("Contains([one],\"nl\")", [1]), ("RemoveDuplicates([one])", ["only"]),
      ("Where($i,[one],$i = \"only\")", ["only"]), ("Select($i,[one],$i & $i)", ["onlyonly"]),
      ("ItemOrNull([one],2)", []), ("Count(\"text\")", [1]), ("Count(5)", [1]),
      ("Count(NULL)", [0]), ("Count(\"\")", [1]), ("Item(5,1)", [5]), ("Join(5)", ["5"]),
      ("Join(True & \"\")", ["True"]),
    ] as [(String, [AttributeValue])])
  func singles(text: String, expected: [AttributeValue]) throws {
    #expect(try values(text) == expected)
  }

  @Test(
    "Select gathers what its function gives, and Where keeps what its condition holds for",
    arguments: [
      ("Select($i,[words],Split($i,\" \"))", ["one", "two", "three", "four", "five", "six"]),
      ("Select($i,[n],IIF($i = 2,NULL,$i))", [1, 3]),
      ("Select($i,[n],\"\")", []), ("Count(Select($i,[n],\"\"))", [3]),
      ("Select($i,[refs],DNComponent($i,1))", ["a", "b"]), ("Select($i,[bytes],Len($i))", [1, 2]),
      ("Where($i,[words],Count(Split($i,\" \")) > 1)", ["one two", "four five six"]),
      ("Where($i,[mixed],IsNumeric($i))", [5, true]), ("Where($i,[flags],$i)", [true, true]),
      ("Where($i,[n],$i)", [1, 2, 3]), ("Where($i,[n],NULL)", []),
      ("Where($i,[refs],$i = \"CN=b\")", [.reference("CN=b")]),
      ("Where($i,[bytes],Len($i) = 2)", [.binary([2, 3])]),
      ("Where($i,[same],$i = \"x\")", ["x", "x"]),
      ("Select($i,Where($j,[n],$j > 1),$i + $i)", [4, 6]),
      ("Select($i,[n],Select($j,[n],$i * $j))", [1, 2, 3, 2, 4, 6, 3, 6, 9]),
      ("Select($i,[n],With($k,$i * 2,$k + $i))", [3, 6, 9]),
      ("Select($i,[n],IIF([flags],$i,0))", [1, 0, 1, 2, 0, 2, 3, 0, 3]),
      ("Select($i,[n],$i) & [n]", ["11", "22", "33"]),
      ("Where($i,[p],RegexIsMatch($i,\"^smtp:\",\"IgnoreCase\"))", ["SMTP:a@x", "smtp:b@x"]),
    ] as [(String, [AttributeValue])])
  func loops(text: String, expected: [AttributeValue]) throws {
    #expect(try values(text) == expected)
  }

  @Test(
    "IIF chooses for each value where its condition has several",
    arguments: [
      ("IIF([flags],[n],0)", [1, 0, 3]), ("IIF([flags],0,[n])", [0, 2, 0]),
      ("IIF([flags],NULL,[n])", [2]), ("IIF([n] > 0,\"all\",\"none\")", ["all"]),
      ("IIF([n] > 9,\"all\",\"none\")", ["none"]),
      ("IIF([n] = 1,[p],IIF([n] = 2,\"two\",\"more\"))", ["SMTP:a@x", "two", "more"]),
      ("IIF(IsPresent([n]),[n],0)", [1, 2, 3]),
      ("IIF([flags] && [n] = 3,\"y\",\"n\")", ["n", "n", "y"]),
      ("IIF([flags],IIF([n] = 1,\"a\",\"b\"),\"c\")", ["a", "c", "b"]),
      ("IIF([flags],[absent],[n])", [2]), ("Len(IIF([flags],[p],\"\"))", [8, 0, 9]),
      ("Switch([n] = 1,\"one\",[n] = 2,\"two\",True,\"many\")", ["one", "two", "many"]),
      ("Switch([n] = 1,\"one\",[n] = 2,NULL)", ["one"]),
      ("Switch([flags],[p])", ["SMTP:a@x", "X500:/o=x"]),
    ] as [(String, [AttributeValue])])
  func choices(text: String, expected: [AttributeValue]) throws {
    #expect(try values(text) == expected)
  }

  @Test("A special result is one only as the whole, and nothing in the midst of values")
  func specials() throws {
    #expect(try evaluate("IIF([n] > 0,AuthoritativeNull,1)", Self.input) == .authoritativeNull)
    #expect(try evaluate("IIF([n] > 0,IgnoreThisFlow,1)", Self.input) == .ignoreThisFlow)
    #expect(try values("IIF([flags],AuthoritativeNull,[n])") == [2])
    #expect(try values("IIF([flags],IgnoreThisFlow,[n])") == [2])
    #expect(try values("\"a\" & AuthoritativeNull") == ["a"])
    #expect(try evaluate("With($x,AuthoritativeNull,$x)") == .authoritativeNull)
    #expect(try evaluate("Switch(True,IgnoreThisFlow)") == .ignoreThisFlow)
    #expect(try values("AuthoritativeNull = IgnoreThisFlow") == [true])
    #expect(try evaluate("Trim(IgnoreThisFlow)") == .null)
  }

  @Test("Empty texts, bytes and references are no values of a directory, and flow nowhere")
  func empties() throws {
    let input: [AttributeName: [AttributeValue]] = [
      "t": [""], "b": [.binary([])], "r": [.reference("")], "some": ["", "x", ""],
    ]
    for text in [
      "[t]", "[b]", "[r]", "\"\"", "Trim(\"  \")", "CRef(\"\")", "Left([b],5)", "[t] & [t]",
      "[b] & [b]", "Select($i,[some],Left($i,0))",
    ] {
      #expect(try evaluate(text, input) == .null, "\(text)")
    }
    #expect(try evaluate("[some]", input) == .values(["x"]))
    #expect(try evaluate("0", input) == .values([0]))
    #expect(try evaluate("False", input) == .values([false]))
    #expect(try evaluate("\" \"", input) == .values([" "]))
  }

  @Test("A date among several values is refused as one alone is")
  func dates() throws {
    for text in [
      "Select($i,[n],Now())", "IIF([flags],Now(),[n])", "Select($i,[n],DateFromNum($i))",
    ] {
      let error = try failure(text, Self.input)
      #expect(error.kind == .type)
      #expect(error.hint.contains("FormatDateTime"))
    }
    #expect(
      try values("Select($i,[n],FormatDateTime(DateFromNum($i * 864000000000),\"d. M.\"))") == [
        "2. 1.", "3. 1.", "4. 1.",
      ])
  }
}
