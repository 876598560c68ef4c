import Directory
import SyncExpressions
import Testing

@Suite("Functions that take a part of a text")
struct CutFunctionTests {
  @Test(
    "Left, Right and Mid take characters",
    arguments: [
      (#"Left("John Doe", 3)"#, "Joh"), (#"Left("John", 4)"#, "John"),
      (#"Left("John", 99)"#, "John"),
      (#"Left("John", -1)"#, "John"), (#"Right("John Doe", 3)"#, "Doe"), (#"Right("ab", 5)"#, "ab"),
      (#"Right("ab", -1)"#, "ab"), (#"Mid("John Doe", 3, 5)"#, "hn Do"),
      (#"Mid("John Doe", 6, 999)"#, "Doe"), (#"Mid("John Doe", 6)"#, "Doe"),
      (#"Mid("John", 2, -1)"#, "John"), (#"Mid("John", 5, 1)"#, "John"),
      (#"Mid("John", 0, 1)"#, "John"),
      (#"Mid("John", -3, 1)"#, "John"), (#"Mid("John", 4, 1)"#, "n"), (#"Left(12345, 2)"#, "12"),
      (#"Left("ab", 9223372036854775807)"#, "ab"), (#"Mid("ab", 2, 9223372036854775807)"#, "b"),
    ])
  func cuts(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test(
    "What cuts to nothing is an empty text",
    arguments: [
      #"Left("John", 0)"#, #"Right("John", 0)"#, #"Mid("John", 2, 0)"#, "Left([absent], 4)",
      "Right([absent], 4)", "Mid([absent], 1, 4)", #"Word([absent], 1, " ")"#, #"Mid("", 1, 0)"#,
    ])
  func empties(text: String) throws {
    #expect(try value("IsEmpty(\(text))") == true)
    #expect(try evaluate(text) == .null)
  }

  @Test(
    "Characters beyond the first plane are never cut in half, and combining marks count",
    arguments: [
      ("Left(\"😀😁x\", 1)", "😀"), ("Right(\"x😀😁\", 1)", "😁"), ("Mid(\"a😀b\", 3, 1)", "b"),
      ("Left(\"e\u{301}x\", 1)", "e"), ("Mid(\"äöü\", 2, 1)", "ö"),
    ])
  func positions(text: String, expected: String) throws {
    let result = try #require(try value(text))
    #expect(result.text.unicodeScalars.elementsEqual(expected.unicodeScalars))
  }

  @Test(
    "Len counts characters, and bytes of a binary value",
    arguments: [
      (#"Len("John Doe")"#, 8), (#"Len("")"#, 0), ("Len([absent])", 0), ("Len(\"😀é\")", 2),
      ("Len(12345)", 5), ("Len([guid])", 16),
    ])
  func lengths(text: String, expected: Int64) throws {
    let guid = AttributeValue.binary([UInt8](repeating: 7, count: 16))
    #expect(try value(text, ["guid": [guid]]) == .integer(expected))
  }

  @Test("Binary values are cut by bytes")
  func binary() throws {
    let bytes: [AttributeName: [AttributeValue]] = ["b": [.binary([1, 2, 3, 4])]]
    #expect(try value("Left([b], 1)", bytes) == .binary([1]))
    #expect(try value("Right([b], 3)", bytes) == .binary([2, 3, 4]))
    #expect(try value("Mid([b], 2, 2)", bytes) == .binary([2, 3]))
    #expect(try value("Mid([b], 9, 2)", bytes) == .binary([1, 2, 3, 4]))
    #expect(try evaluate("Mid([b], 2, 0)", bytes) == .null)
  }

  @Test("Left works on each value of an attribute")
  func each() throws {
    #expect(try evaluate("Left([a], 2)", ["a": ["abc", "xyz"]]) == .values(["ab", "xy"]))
  }

  @Test("A length that is no number says so")
  func badLength() throws {
    let error = try failure(#"Left("abc", [n])"#, ["n": ["two"]])
    #expect(error.kind == .type)
    #expect(error.message == #"Left wants a whole number as argument 2 and got the text "two""#)
    #expect(error.column == 1)
  }

  @Test(
    "Word counts the words between delimiters",
    arguments: [
      (#"Word("The quick brown fox",3," ")"#, "brown"),
      (#"Word("This,string!has&many separators",3,",!&#")"#, "has"),
      (#"Word("User_abc",1,"_")"#, "User"), (#"Word("abc",1," ")"#, "abc"),
      (#"Word("  a   b",2," ")"#, "b"), (#"Word("a;b",2,";")"#, "b"), (#"Word("äöx",2,"ö")"#, "x"),
    ])
  func words(text: String, expected: String) throws {
    #expect(try value(text) == .string(expected))
  }

  @Test(
    "A word that is not there is empty",
    arguments: [
      #"Word("a b",3," ")"#, #"Word("a b",0," ")"#, #"Word("a b",-1," ")"#, #"Word("   ",1," ")"#,
      #"Word("",1," ")"#,
    ])
  func noWord(text: String) throws {
    #expect(try value("IsEmpty(\(text))") == true)
  }
}
