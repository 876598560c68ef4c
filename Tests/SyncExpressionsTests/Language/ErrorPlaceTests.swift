import Directory
import SyncExpressions
import Testing

@Suite("Where a mistake is")
struct ErrorPlaceTests {
  @Test(
    "The place of a mistake is counted in lines and characters, as people count",
    arguments: [
      ("IIF(\n  [a] = 1,\n  Lft([b], 2),\n  NULL)", 3, 3, "There is no function Lft"),
      ("\t\tTrin([a])", 1, 3, "There is no function Trin"),
      ("\"😀😀\" & Trin(1)", 1, 8, "There is no function Trin"),
      ("\"e\u{301}\" & Trin(1)", 1, 8, "There is no function Trin"),
      ("\"שלום\" & Trin(1)", 1, 10, "There is no function Trin"),
      ("\r\n\r\nTrin(1)", 3, 1, "There is no function Trin"),
      ("\n\nTrin(1)", 3, 1, "There is no function Trin"),
      ("\u{A0}Trin(1)", 1, 2, "There is no function Trin"),
      ("[a] &\n \"abc", 2, 2, "The text that starts here has no closing quote"),
      ("\"a\nb\" & Trin(1)", 2, 6, "There is no function Trin"),
      ("IIF(True,\n Left([a]),\n 1)", 2, 2, "Left takes 2 arguments and got 1"),
      ("[a] &\n", 2, 1, "A value is missing before the end"),
      ("[a] &", 1, 6, "A value is missing before the end"),
      ("Where($i,[a],$j = 1)", 1, 14, "There is no variable $j here"),
      ("[a] + \n ([b] - ", 2, 9, "A value is missing before the end"),
      ("[a] + \n ([b] - 1", 2, 2, "The parenthesis here is not closed"),
      ("(([a])\n + 1", 1, 1, "The parenthesis here is not closed"),
      ("IIF(True,\n  1,\n  2))", 3, 5, "This parenthesis closes none"),
      ("IIF(True\n  1,2)", 2, 3, "An operator is missing before 1"),
      ("[a]\n[b]", 2, 1, "An operator is missing before [b]"),
      ("[a] = \"x\" and\n[b] = 1", 1, 11, "and is no operator"),
      ("Contains([a],\"x\",\n UTF8)", 2, 2, "Contains has no option UTF8"),
      ("With($x,1,\n\n $y)", 3, 2, "There is no variable $y here"),
      ("1 +\n 99999999999999999999", 2, 2, "The number 99999999999999999999 is beyond 64 bits"),
      ("[a] &\n %Domain", 2, 2, "A parameter starts here and has no end"),
      ("[ä] &\n [mail", 2, 2, "An attribute starts here and has no end"),
      ("[a] & “x”", 1, 7, "Texts are in straight quotes, and this is another"),
      ("[a] & 'x'", 1, 7, "Texts are in straight quotes, and this is another"),
      ("[a] ;", 1, 5, "\";\" begins nothing in an expression"),
      ("[a] ≠ 1", 1, 5, "\"≠\" begins nothing in an expression"),
      ("\u{FEFF}[a]", 1, 1, "\"\u{FEFF}\" begins nothing in an expression"),
      ("[a]\u{0}", 1, 4, "The control character U+0 begins nothing in an expression"),
      ("1.25", 1, 1, "Numbers are whole"), ("[a] + 2.5", 1, 7, "Numbers are whole"),
      ("ImportedValue([mail])", 1, 1, "ImportedValue wants the name of an attribute in quotes"),
      ("1 + ValueCount(\"\")", 1, 5, "ValueCount wants the name of an attribute in quotes"),
      (
        "Switch(True,1,\nFalse)", 1, 1,
        "Switch takes pairs of a condition and a value and got an odd number"
      ),
      ("Guid(1)", 1, 6, "Guid takes no arguments"), ("Now(\n\n1)", 3, 1, "Now takes no arguments"),
      ("Now(", 1, 5, "Now takes no arguments"),
      ("Left(\"a\",1,\n2)", 1, 1, "Left takes 2 arguments and got more"),
      ("IIF(,1,2)", 1, 5, "An argument of IIF is missing"),
      ("IIF(True,,2)", 1, 10, "An argument of IIF is missing"),
      ("([a],[b])", 1, 5, "A comma stands only between the arguments of a function"),
      ("[a],", 1, 4, "A comma stands only between the arguments of a function"),
      ("Select([a],[b],1)", 1, 8, "Select starts with a variable"),
      ("With($x)", 1, 8, "A comma is missing after $x"),
      ("\"\"\"", 1, 1, "The text that starts here has no closing quote"),
      ("\"a\" \"b\"", 1, 5, "An operator is missing before \"b\""),
      ("* 2", 1, 1, "A value is missing before *"),
      ("[a] === 1", 1, 5, "== is no operator"), ("1 <=> 2", 1, 5, "A value is missing before >"),
      ("!True", 1, 1, "! is no operator"), ("[a] | [b]", 1, 5, "| is no operator"),
      ("%%", 1, 1, "A parameter has no name"),
      ("[  ]", 1, 1, "An attribute has no name"),
      ("[a(b]", 1, 1, "An attribute starts here and has no end"),
      ("$1", 1, 1, "A variable has no name"), ("$i", 1, 1, "There is no variable $i here"),
      ("Left", 1, 1, "Left is a function and has no parenthesis"),
    ])
  func places(text: String, line: Int, column: Int, message: String) throws {
    let error = try syntaxError(text)
    #expect(error.message == message)
    #expect("\(error.line):\(error.column)" == "\(line):\(column)")
  }

  @Test(
    "What was meant is proposed",
    arguments: [
      ("iif(1,2,3)", "IIF"), ("GUID()", "Guid"), ("IsNullorEmpty([a])", "IsNullOrEmpty"),
      ("IsNullOrEmp([a])", "IsNullOrEmpty"),
      ("InStrRe(\"a\",\"b\")", "InStrRev"), ("InstrRev(\"a\",\"b\")", "InStrRev"),
      ("Lenght([a])", "Len"),
      ("ConvertFromBase46([a])", "ConvertFromBase64"), ("ConvertToBase([a])", "ConvertToBase64"),
      ("Replce([a],1,2)", "Replace"), ("Contain([a],1)", "Contains"), ("Rigth([a],1)", "Right"),
      ("DnComponent([a],1)", "DNComponent"),
      ("FormatDatetime([a],1)", "FormatDateTime"), ("RemoveDuplicate([a])", "RemoveDuplicates"),
      ("ItemOrNul([a],1)", "ItemOrNull"),
      ("isPresent([a])", "IsPresent"), ("CDat([a])", "CDate"),
      ("StringFromGUID([a])", "StringFromGuid"),
    ])
  func proposals(text: String, name: String) throws {
    let error = try syntaxError(text)
    #expect(error.message.hasPrefix("There is no function "))
    #expect(error.hint == "did you mean \(name)?")
  }

  @Test(
    "Who writes VBA or another language is told how it is written here",
    arguments: [
      ("Not IsPresent([a])", "compare with = False"),
      ("Not(IsPresent([a]))", "compare with = False"),
      ("IIF(not [a],1,2)", "compare with = False"), ("[a] = Nothing", "write NULL for no value"),
      ("IIF([a]=1,Empty,2)", "write NULL for no value"), ("[a] And [b]", "write &&"),
      ("[a] OR [b]", "write ||"),
      ("[a] Is NULL", "write ="), ("[a] Like \"x\"", "write InStr(…) > 0"), ("[a] == 1", "write ="),
      ("[a] != 1", "write <> for not equal"),
      ("'x'", "write \""), ("[a] | [b]", "write || for or"), ("“x”", "write \""),
      ("\"C:\\\"", #"a backslash at the end of a text is written "\\""#),
      ("0xFF", "hexadecimal numbers are written &HFF"), ("1.5", "write 1"),
      ("authoritativenul", "did you mean AuthoritativeNull?"),
      ("IgnoreFlow", "texts are in quotes, attributes in brackets: [IgnoreFlow]"),
      ("Tru", "did you mean True?"),
    ])
  func otherLanguages(text: String, hint: String) throws {
    #expect(try syntaxError(text).hint == hint)
  }

  @Test(
    "A failure names the part of the expression that failed",
    arguments: [
      ("[a] & Item([b],3)", 7), ("Trim(Item([a],3))", 6), ("\"x\" & Now()", 1), ("(1 + [a])", 2),
      ("1 + ([a] * 2)", 6),
      ("IIF([a],1,2)", 1), ("\"😀\" & CNum([a])", 7), ("IIF(True,\n CNum([a]),2)", 12),
      ("Left([a],CNum([a]))", 10),
      ("With($x,[a],$x + 1)", 13), ("Where($i,[b],CNum($i) = 1)", 14), ("%Undefined%", 1),
      ("[a] & %Undefined%", 7),
      ("-[a]", 1), ("[a] = \"x\" && CDate([a]) = Now()", 14),
      ("Switch([a] = \"x\",1 / 0)", 18), ("Error(\"e\") & 1", 1), ("1 & Error(\"e\")", 5),
    ])
  func failures(text: String, column: Int) throws {
    #expect(try failure(text, ["a": ["x"], "b": ["y", "z"]]).column == column)
  }

  @Test(
    "However long what is wrong is, it is told in a line that can be read",
    arguments: [
      "{}(1)", "{}", "[{}", "%{}", "\"{}", "1{}", "&H{}", "${}", "With(${} 1,2)", "1 {}",
      "(1 + {})", "Left(1,{})",
      "9{}", "Contains([a],1,{})", "[a] & {} & [b]", "1 + \"{}\" 2", "Switch({},1)",
    ])
  func longMistakes(pattern: String) throws {
    for long in [
      String(repeating: "x", count: 100_000), String(repeating: "9", count: 100_000),
      "x" + String(repeating: "é", count: 50_000),
    ] {
      let error = try syntaxError(pattern.replacing("{}", with: long))
      #expect(error.description.count < 400, "\(pattern)")
    }
  }

  @Test(
    "However long a value is, a failure shows only its beginning",
    arguments: [
      "CNum([a])", "CDate([a])", "CGuid([a])", "[a] + 1", "IIF([a],1,2)", "Now() < [a]",
      "DateAdd([a],1,Now())",
      "FormatDateTime([a],\"d\")", "BitAnd([a],1)", "StringFromGuid([a])",
      "ReplaceChars(\"x\",[a])", "ConvertFromBase64([a])",
      "ConvertFromUTF8Hex([a])", "RegexIsMatch(\"x\",\"x\",[a])", "Split(\"x\",[a])",
      "PadLeft(\"x\",9,[a])", "[r] + 1", "CNum([r])",
      "IIF([r],1,2)", "Now() & [r]", "FormatDateTime([r],\"d\")", "Where($i,[r],$i)", "[r] < 1",
      "StringFromSid([r])",
    ])
  func longValues(text: String) throws {
    let long = String(repeating: "é*", count: 100_000)
    let error = try failure(text, ["a": [.string(long)], "r": [.reference(long)]])
    #expect(error.description.count < 400, "\(text)")
  }
}
