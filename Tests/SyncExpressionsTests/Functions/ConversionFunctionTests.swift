import Directory
import SyncExpressions
import Testing

@Suite("Functions that make a value of another type")
struct ConversionFunctionTests {
  @Test(
    "CBool is false for nothing, zero and false in any spelling",
    arguments: [
      ("CBool([a] = [b])", true), ("CBool(NULL)", false), ("CBool([absent])", false),
      ("CBool(0)", false), ("CBool(-1)", true), (#"CBool("TRUE")"#, true),
      (#"CBool("false")"#, false),
      (#"CBool("0")"#, false), (#"CBool("12")"#, true), (#"CBool("")"#, false),
      ("CBool(True)", true),
    ])
  func cBool(text: String, expected: Bool) throws {
    #expect(try value(text, ["a": ["x"], "b": ["x"]]) == .boolean(expected))
  }

  @Test("CBool refuses a text that is no truth")
  func badBool() throws {
    let error = try failure(#"CBool("perhaps")"#)
    #expect(error.kind == .type)
    #expect(error.message.contains("perhaps"))
    #expect(try failure("CBool([b])", ["b": [.binary([1])]]).kind == .type)
  }

  @Test(
    "CNum reads whole numbers",
    arguments: [
      (#"CNum("12")"#, 12), (#"CNum(" -12 ")"#, -12), (#"CNum("+5")"#, 5), (#"CNum("&HFF")"#, 255),
      (#"CNum("0x1F")"#, 31),
      ("CNum(7)", 7), ("CNum(True)", 1), (#"CNum("-9223372036854775808")"#, .min),
      (#"CNum("9223372036854775807")"#, .max),
    ])
  func cNum(text: String, expected: Int64) throws {
    #expect(try value(text) == .integer(expected))
  }

  @Test("CNum refuses all else", arguments: ["", "x", "1.5", "1e3", "9223372036854775808", "- 1"])
  func badNumber(text: String) throws {
    #expect(try failure("CNum([a])", ["a": [.string(text)]]).kind == .type)
    #expect(try evaluate("CNum([absent])") == .null)
  }

  @Test("CNum and CBin take bytes with the low one first")
  func bytes() throws {
    #expect(try value("CNum([b])", ["b": [.binary([0x20, 0x01])]]) == 288)
    #expect(try value("CNum([b])", ["b": [.binary([UInt8](repeating: 255, count: 8))]]) == -1)
    #expect(
      try failure("CNum([b])", ["b": [.binary([UInt8](repeating: 1, count: 9))]]).kind == .type)
    #expect(try value("CBin(32,2)") == .binary([0x20, 0]))
    #expect(try value("CBin(2,1)") == .binary([2]))
    #expect(try value("CBin(-2,2)") == .binary([0xFE, 0xFF]))
    #expect(try value("CBin(-1,8)") == .binary([UInt8](repeating: 255, count: 8)))
  }

  @Test(
    "CBin refuses what does not fit",
    arguments: [
      "CBin(256,1)", "CBin(-129,1)", "CBin(1,0)", "CBin(1,9)", "CBin(1,-1)",
    ])
  func badBytes(text: String) throws {
    #expect(try failure(text).kind == .range)
  }

  @Test("CStr spells numbers, references and truths")
  func cStr() throws {
    #expect(try value("CStr(-5)") == "-5")
    #expect(try value("CStr(True)") == "True")
    #expect(
      try value("CStr([dn])", ["dn": [.reference("cn=Joe,dc=contoso,dc=com")]])
        == "cn=Joe,dc=contoso,dc=com")
    #expect(try value(#"CStr("x")"#) == "x")
    #expect(try evaluate("CStr([absent])") == .null)
    #expect(try failure("CStr([b])", ["b": [.binary([1])]]).hint.contains("ConvertToBase64"))
    #expect(try failure("CStr(Now())").hint.contains("FormatDateTime"))
  }

  @Test("CRef makes a reference of text")
  func cRef() throws {
    let expression = try Expression(#"CRef("CN=Pools,CN=RTC Service," & %Forest.LDAP%)"#)
    var input = TestInput()
    input.parameters = ["Forest.LDAP": "DC=contoso,DC=com"]
    #expect(
      try expression.evaluate(input)
        == .values([.reference("CN=Pools,CN=RTC Service,DC=contoso,DC=com")]))
    #expect(try evaluate("CRef([absent])") == .null)
  }

  @Test("CGuid and StringFromGuid are the inverse of each other")
  func guid() throws {
    let bytes: [UInt8] = [
      0x40, 0xFC, 0x29, 0x6B, 0x47, 0xCA, 0x67, 0x10, 0xB3, 0x1D, 0, 0xDD, 1, 6, 0x62, 0xDA,
    ]
    let text = "6b29fc40-ca47-1067-b31d-00dd010662da"
    #expect(try value("CGuid(\"{\(text)}\")") == .binary(bytes))
    #expect(try value("StringFromGuid([g])", ["g": [.binary(bytes)]]) == .string(text))
    #expect(try value("StringFromGuid(CGuid(\"\(text)\"))") == .string(text))
    #expect(try failure(#"CGuid("no")"#).kind == .type)
    #expect(try failure("StringFromGuid([g])", ["g": [.binary([1])]]).kind == .type)
    #expect(try failure(#"StringFromGuid("x")"#).kind == .type)
    #expect(try evaluate("StringFromGuid([absent])") == .null)
  }

  @Test("StringFromSid spells a security identifier")
  func sid() throws {
    let bytes: [UInt8] = [1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0]
    #expect(try value("StringFromSid([s])", ["s": [.binary(bytes)]]) == "S-1-5-32-544")
    #expect(try value(#"StringFromSid("S-1-5-32-544")"#) == "S-1-5-32-544")
    #expect(try failure("StringFromSid([s])", ["s": [.binary([1, 2])]]).kind == .type)
    #expect(try evaluate("StringFromSid([absent])") == .null)
  }
}

@Suite("Functions between bytes and their spellings")
struct EncodingFunctionTests {
  @Test("Base64 holds text as UTF-16, and bytes as they are")
  func toBase64() throws {
    #expect(
      try value(#"ConvertToBase64("Hello world!")"#) == "SABlAGwAbABvACAAdwBvAHIAbABkACEA")
    #expect(try value("ConvertToBase64([g])", ["g": [.binary([0, 1, 2, 255])]]) == "AAEC/w==")
    #expect(try evaluate("ConvertToBase64([absent])") == .null)
  }

  @Test(
    "Base64 is read in three encodings",
    arguments: [
      (#"ConvertFromBase64("SABlAGwAbABvACAAdwBvAHIAbABkACEA")"#, "Hello world!"),
      (#"ConvertFromBase64("SABlAGwAbABvACAAdwBvAHIAbABkACEA",Unicode)"#, "Hello world!"),
      (#"ConvertFromBase64("SGVsbG8gd29ybGQh", UTF8)"#, "Hello world!"),
      (#"ConvertFromBase64("SGVsbG8=", ASCII)"#, "Hello"),
      (#"ConvertFromBase64("w6Q=", UTF8)"#, "ä"),
      (#"ConvertFromBase64("w6Q=", ASCII)"#, "??"),
      ("ConvertFromBase64(ConvertToBase64(\"ä😀\"))", "ä😀"),
    ])
  func fromBase64(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test("What is no base64 says so")
  func badBase64() throws {
    #expect(try failure(#"ConvertFromBase64("*")"#).kind == .type)
    #expect(try failure(#"ConvertFromBase64("SGVsbG8=")"#).hint.contains("UTF8"))
    #expect(try syntaxError(#"ConvertFromBase64("SGVsbG8=", UTF7)"#).column == 31)
  }

  @Test("UTF8Hex is upper-case hexadecimal")
  func hex() throws {
    #expect(try value(#"ConvertToUTF8Hex("Hello world!")"#) == "48656C6C6F20776F726C6421")
    #expect(try value(#"ConvertFromUTF8Hex("48656C6C6F20776F726C6421")"#) == "Hello world!")
    #expect(try value(#"ConvertToUTF8Hex("ä")"#) == "C3A4")
    #expect(try value(#"ConvertFromUTF8Hex("c3a4")"#) == "ä")
    #expect(try evaluate("ConvertToUTF8Hex([absent])") == .null)
    #expect(try failure(#"ConvertFromUTF8Hex("4")"#).kind == .type)
    #expect(try failure(#"ConvertFromUTF8Hex("zz")"#).kind == .type)
    #expect(try failure(#"ConvertFromUTF8Hex("FF")"#).kind == .type)
  }
}
