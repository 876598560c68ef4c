import Directory
import SyncExpressions
import Testing

@Suite("Functions that change text")
struct TextFunctionTests {
  @Test(
    "Trim, LTrim and RTrim remove white space at the ends they name",
    arguments: [
      (#"Trim(" Test ")"#, "Test"), (#"LTrim(" Test ")"#, "Test "), (#"RTrim(" Test ")"#, " Test"),
      (#"Trim("a b")"#, "a b"), (#"Trim("plain")"#, "plain"),
      ("Trim(\"\u{00A0}\u{3000}x\u{2003}\")", "x"), ("Trim(\"é\")", "é"), (#"Trim(12)"#, "12"),
    ])
  func trims(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test("Trim works on each value of an attribute")
  func trimsEach() throws {
    let result = try evaluate(
      "Trim([proxyAddresses])", ["proxyAddresses": ["SMTP:a@b ", " smtp:c@d", "x"]])
    #expect(result == .values(["SMTP:a@b", "smtp:c@d", "x"]))
  }

  @Test("What trims to nothing flows nothing, and so does an absent attribute")
  func trimsToNothing() throws {
    #expect(try evaluate("Trim([a])", ["a": ["   "]]) == .null)
    #expect(try evaluate("Trim([a])") == .null)
    #expect(try value("IsNull(Trim([a]))") == true)
    #expect(try value("IsEmpty(Trim([a]))", ["a": [" "]]) == true)
  }

  @Test("A binary value is no text to trim")
  func binary() throws {
    let error = try failure("Trim([a])", ["a": [.binary([1, 2])]])
    #expect(error.kind == .type)
    #expect(error.message == "Trim wants text as argument 1 and got 2 bytes")
    #expect(error.hint.contains("ConvertToBase64"))
  }

  @Test(
    "LCase, UCase and PCase change letters one by one",
    arguments: [
      (#"LCase("TeSt")"#, "test"), (#"UCase("TeSt")"#, "TEST"), (#"PCase("TEsT")"#, "Test"),
      (#"PCase(LCase("TEST"))"#, "Test"), (#"PCase("TEST")"#, "TEST"),
      (#"PCase("JOHN o'neil IBM-Lab")"#, "JOHN O'neil IBM-Lab"),
      (#"PCase("ann mary o'neil-smith")"#, "Ann Mary O'neil-Smith"),
      (#"PCase("anne-marie (ann) de.la_tour")"#, "Anne-Marie (Ann) De.La_Tour"),
      (#"PCase("O'NEIL X'Y")"#, "O'neil X'y"), (#"PCase("'tis a2b")"#, "'Tis A2b"),
      (#"UCase("straße")"#, "STRAßE"), (#"LCase("ÄÖ")"#, "äö"), (#"PCase("éA")"#, "Éa"),
      (#"PCase("  a  b")"#, "  A  B"),
    ])
  func cases(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test(
    "PadLeft and PadRight fill up to a length",
    arguments: [
      (#"PadLeft("User", 10, "0")"#, "000000User"), (#"PadRight("User", 10, "0")"#, "User000000"),
      (#"PadLeft("User", 4, "0")"#, "User"), (#"PadLeft("User", 2, "0")"#, "User"),
      (#"PadRight("User", -1, "0")"#, "User"), (#"PadLeft(7, 3, " ")"#, "  7"),
      (#"PadLeft("ä", 3, "ö")"#, "ööä"), (#"PadRight("", 2, "x")"#, "xx"),
    ])
  func pads(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test("Padding wants one character, and a null is padded to an empty text")
  func badPadding() throws {
    #expect(try failure(#"PadLeft("a", 3, "")"#).kind == .range)
    #expect(try failure(#"PadRight("a", 3, "ab")"#).kind == .range)
    #expect(try value(#"IsEmpty(PadLeft([absent], 3, "0"))"#) == true)
  }

  @Test("Padding to a senseless length fails at a limit", arguments: ["PadLeft", "PadRight"])
  func padsTooFar(name: String) throws {
    #expect(try failure("\(name)([a], 2000000000, \"x\")", ["a": ["y"]]).kind == .limit)
    #expect(try failure("\(name)(\"y\", 9223372036854775807, \"x\")").kind == .limit)
  }

  @Test(
    "Replace replaces every occurrence and knows the spellings of control characters",
    arguments: [
      (#"Replace("a-b-c", "-", "")"#, "abc"), (#"Replace("aaa", "aa", "b")"#, "ba"),
      (#"Replace("abc", "", "x")"#, "abc"), (#"Replace("abc", "B", "x")"#, "abc"),
      (#"Replace("a.b", ".", "\t")"#, "a\tb"), (#"Replace("ö", "ö", "oe")"#, "oe"),
      (#"Replace("a/b", "/", "\\")"#, #"a\b"#),
    ])
  func replaces(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test("Replace by nothing takes a value out; of nothing, and of no value, it makes nothing")
  func replacesByNothing() throws {
    let input: [AttributeName: [AttributeValue]] = ["a": ["1-2-3"], "many": ["x-", "-y"]]
    #expect(try value(#"Replace([a],"-",NULL)"#, input) == "123")
    #expect(try value(#"Replace([a],"-",[absent])"#, input) == "123")
    #expect(try evaluate(#"Replace([many],"-",NULL)"#, input) == .values(["x", "y"]))
    #expect(try evaluate(#"Replace([absent],"-",NULL)"#, input) == .null)
    #expect(try evaluate(#"Replace([a],[absent],"x")"#, input) == .null)
  }

  @Test("Replace joins the lines of an address")
  func replacesLines() throws {
    let address: [AttributeName: [AttributeValue]] = [
      "address": ["One Microsoft Way\r\nRedmond\r\nWA"]
    ]
    let expected: AttributeValue = "One Microsoft Way, Redmond, WA"
    #expect(try value(#"Replace([address],"\r\n",", ")"#, address) == expected)
    #expect(try value(#"Replace([address],CRLF,", ")"#, address) == expected)
    #expect(try value(#"Replace([address],vbCrLf,", ")"#, address) == expected)
  }

  @Test("Replace that grows beyond bounds fails at a limit")
  func replacesTooMuch() throws {
    let long = String(repeating: "x", count: 100_000)
    let error = try failure(#"Replace([a], "x", [a])"#, ["a": [.string(long)]])
    #expect(error.kind == .limit)
  }

  @Test(
    "ReplaceChars replaces single characters by texts",
    arguments: [
      (#"ReplaceChars("Räksmörgås", "Å:A,Ä:A,Ö:O,å:a,ä:a,ö:o")"#, "Raksmorgas"),
      (#"ReplaceChars("O’Neil", "’:")"#, "ONeil"),
      (#"ReplaceChars("Straße", "ö:oe, ß:ss")"#, "Strasse"),
      (#"ReplaceChars("ÖöO", "ö:o")"#, "ÖoO"), (#"ReplaceChars("abc", "")"#, "abc"),
    ])
  func replacesCharacters(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test("ReplaceChars says which pair is wrong", arguments: ["ab:c", ":c", "ö", "a:b:c"])
  func badPairs(pattern: String) throws {
    let error = try failure("ReplaceChars([a], \"\(pattern)\")", ["a": ["x"]])
    #expect(error.kind == .range)
    #expect(error.message.contains(pattern))
  }

  @Test("Guid makes another GUID each time")
  func guid() throws {
    let expression = try Expression("Guid()")
    #expect(expression.isVolatile)
    var seen = Set<String>()
    for _ in 0..<20 {
      guard case .values(let values) = try expression.evaluate(TestInput()) else { continue }
      let text = values[0].text
      #expect(GUID(text) != nil)
      #expect(Array(text)[14] == "4")
      #expect("89ab".contains(Array(text)[19]))
      seen.insert(text)
    }
    #expect(seen.count == 20)
  }
}
