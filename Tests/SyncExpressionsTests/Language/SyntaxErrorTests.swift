import Directory
import SyncExpressions
import Testing

@Suite("Texts that are no expressions")
struct SyntaxErrorTests {
  @Test(
    "Each mistake is told with its place and what to do",
    arguments: [
      ("", 1, 1, "The expression is empty", "write [attribute] or a text"),
      ("trim([a])", 1, 1, "There is no function trim", "did you mean Trim?"),
      ("IIF(Trin([a]) = 1, 1, 2)", 1, 5, "There is no function Trin", "did you mean Trim?"),
      ("Random(1,2)", 1, 1, "There is no function Random", "did you mean RandomNum?"),
      ("Xyzzy([a])", 1, 1, "There is no function Xyzzy", "names of functions are case-sensitive"),
      ("Not([a])", 1, 1, "There is no function Not", "compare with = False"),
      ("Left([a])", 1, 1, "Left takes 2 arguments and got 1", "str Left(str string, num NumChars)"),
      (
        "Left([a],1,2)", 1, 1, "Left takes 2 arguments and got more",
        "str Left(str string, num NumChars)"
      ),
      ("Left()", 1, 1, "Left takes 2 arguments and got none", "str Left(str string, num NumChars)"),
      (
        "InStr([a])", 1, 1, "InStr takes 2 to 4 arguments and got 1",
        "num InStr(str stringcheck, str stringmatch[, num start[, enum compare]])"
      ),
      ("Now([a])", 1, 5, "Now takes no arguments", "dt Now()"),
      ("Trim([a]", 1, 1, "The parenthesis of Trim is not closed", "add ) at the end"),
      ("(1 + 2", 1, 1, "The parenthesis here is not closed", "add ) at the end"),
      (
        "IIF((1 = 2, 1, 2)", 1, 11, "A comma stands only between the arguments of a function",
        "a parenthesis may be closed too early"
      ),
      (
        "IIF(True, Trim(\"a\"", 1, 11, "The parenthesis of Trim is not closed",
        "2 of ) are missing at the end"
      ),
      ("1)", 1, 2, "This parenthesis closes none", "remove it, or add one before"),
      ("1 2", 1, 3, "An operator is missing before 2", "& joins texts"),
      (
        "Left([a] 2)", 1, 10, "An operator is missing before 2",
        "& joins texts, a comma parts arguments"
      ),
      ("1 +", 1, 4, "A value is missing before the end", ""),
      ("1 + * 2", 1, 5, "A value is missing before *", ""),
      ("Left([a],)", 1, 10, "An argument of Left is missing", "str Left(str string, num NumChars)"),
      ("Left(,1)", 1, 6, "An argument of Left is missing", "str Left(str string, num NumChars)"),
      ("()", 1, 2, "A value is missing before )", ""),
      ("\"abc", 1, 1, "The text that starts here has no closing quote", "add \" at its end"),
      (
        "\"a\\\"", 1, 1, "The text that starts here has no closing quote",
        #"a backslash at the end of a text is written "\\""#
      ),
      ("[mail", 1, 1, "An attribute starts here and has no end", "add ]"),
      ("[]", 1, 1, "An attribute has no name", ""),
      ("%Domain", 1, 1, "A parameter starts here and has no end", "add %"),
      ("1.5", 1, 1, "Numbers are whole", "write 1"),
      ("12abc", 1, 1, "A number ends in \"a\"", "hexadecimal numbers are written &HFF"),
      ("9223372036854775808", 1, 1, "The number 9223372036854775808 is beyond 64 bits", ""),
      (
        "&HFFFFFFFFFFFFFFFFF", 1, 1, "&HFFFFFFFFFFFFFFFFF is no hexadecimal number of 64 bits",
        "its digits are 0 to 9 and A to F, at most sixteen"
      ),
      ("[a]&HFF", 1, 5, "HFF means nothing after &", "write & &HFF to join the number"),
      ("“abc”", 1, 1, "Texts are in straight quotes, and this is another", "write \""),
      ("1 == 2", 1, 3, "== is no operator", "write ="),
      ("1 != 2", 1, 3, "! is no operator", "write <> for not equal"),
      ("1 And 2", 1, 3, "And is no operator", "write &&"),
      ("Trim", 1, 1, "Trim is a function and has no parenthesis", "str Trim(str value)"),
      ("mail", 1, 1, "mail means nothing", "texts are in quotes, attributes in brackets: [mail]"),
      ("Nul", 1, 1, "Nul means nothing", "did you mean NULL?"),
      (
        "UTF8", 1, 1, "UTF8 is an option of a function, not a value",
        "put it in quotes if the text is meant"
      ),
      ("$", 1, 1, "A variable has no name", "write it as $item"),
      (
        "IIF(True,\r\n  1,\r\n  lcase([a]))", 3, 3, "There is no function lcase",
        "did you mean LCase?"
      ),
      ("[ä] & 😀", 1, 7, "\"😀\" begins nothing in an expression", ""),
      ("1 ] 2", 1, 3, "] closes nothing", "attributes are written [name]"),
      ("1 | 2", 1, 3, "| is no operator", "write || for or"),
      ("\u{1}", 1, 1, "The control character U+1 begins nothing in an expression", ""),
    ])
  func mistakes(text: String, line: Int, column: Int, message: String, hint: String) throws {
    let error = try syntaxError(text)
    #expect(error.message == message)
    #expect(error.hint == hint)
    #expect(error.line == line)
    #expect(error.column == column)
  }

  @Test("An error prints in one line")
  func printed() throws {
    #expect(
      try syntaxError("trim([a])").description
        == "1:1: There is no function trim (did you mean Trim?)")
  }

  @Test(
    "Escapes and constants are read",
    arguments: [
      (#""a""b""#, #"a"b"#), (#""a\"b""#, #"a"b"#), (#""\\0ACNF:""#, #"\0ACNF:"#),
      (#""a\b""#, #"a\b"#), (#""\\\\""#, #"\\"#), (#""\n""#, #"\n"#),
      ("\"x\" & crlf & \"y\"", "x\r\ny"),
      ("\"x\" & vbTab & \"y\"", "x\ty"), ("\"x\" & vbLf & \"y\"", "x\ny"), ("\"é😀\"", "é😀"),
      ("\"x\"\u{00A0}&\t\r\n\"y\"", "xy"),
    ])
  func literals(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test("Constants are read in any case")
  func constants() throws {
    #expect(try value("true") == true)
    #expect(try value("FALSE") == false)
    #expect(try evaluate("Null") == .null)
    #expect(try evaluate("ignorethisflow") == .ignoreThisFlow)
  }

  @Test("An expression that is too long is refused")
  func tooLong() throws {
    let text = "\"" + String(repeating: "x", count: 1024 * 1024) + "\""
    #expect(try syntaxError(text).message.contains("1048576"))
  }
}
