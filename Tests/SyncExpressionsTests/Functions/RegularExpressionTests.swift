import Directory
import SyncExpressions
import Testing

@Suite("RegexIsMatch")
struct RegularExpressionTests {
  @Test(
    "A pattern is found anywhere in the text",
    arguments: [
      ("abc", "b"), ("abc", "^abc$"), ("abc", ""), ("abc", "a.c"), ("aXbc", "[A-Z]b"),
      ("a-b", "[a-]-[-b]"), ("]", "[]]"), ("ab12", #"\w+\d{2}$"#), ("foo bar", #"\bbar\b"#),
      ("color", "colou?r"), ("aaa", "^a{2,3}$"), ("aaa", "^a{3}$"), ("a{b", "a{b"),
      ("a{,2}", "a{,2}"),
      ("abab", "^(?:ab)+$"), ("cat", "dog|cat"), ("x", "^(a|b|x)$"), ("ab", "^(?<first>a)b$"),
      ("line\n", "line$"), (#"a\b"#, #"a\\b"#), ("a.b", #"a\.b"#), ("é", #"^\w$"#), ("A", #"\x41"#),
      ("Ω", #"\u03A9"#), ("aab", "a*?b"), ("", "^$"), ("]", #"[\]]"#), ("7", #"[\d]"#),
      ("😀x", "^.x$"), ("ac", "ab*c"), ("a", #"\Aa\z"#), ("foobar", #"o\Bb"#),
    ])
  func found(text: String, pattern: String) throws {
    #expect(try isMatch(text, pattern) == true)
  }

  private func isMatch(_ text: String, _ pattern: String) throws -> AttributeValue? {
    try value("RegexIsMatch([t],[p])", ["t": [.string(text)], "p": [.string(pattern)]])
  }

  @Test(
    "A text that the pattern does not describe is none",
    arguments: [
      ("abc", "^b"), ("abc", "ABC"), ("abc", "a.b"), ("a\nb", "a.b"), ("aaaa", "^a{2,3}$"),
      ("abc", "[^a-c]"), ("ab1", #"^\D+$"#), ("foobar", #"\bbar"#), ("line\n", #"line\z"#),
      ("abc", "x|^c|a$"), ("é", #"^\W$"#),
    ])
  func notFound(text: String, pattern: String) throws {
    #expect(try isMatch(text, pattern) == false)
  }

  @Test("Options change how a pattern is read")
  func options() throws {
    #expect(try value(#"RegexIsMatch("ABC","abc","IgnoreCase")"#) == true)
    #expect(try value(#"RegexIsMatch("ÄÖ","^[ä-ö]+$","ignorecase")"#) == true)
    #expect(try value(#"RegexIsMatch("x" & CRLF & "y","^y$","IgnoreCase, Multiline")"#) == true)
    #expect(try value(#"RegexIsMatch("x" & vbLf & "y","x.y","Singleline")"#) == true)
    #expect(try value(#"RegexIsMatch("x" & vbLf & "y","x.y","None")"#) == false)
    #expect(try failure(#"RegexIsMatch("x","x","RightToLeft")"#).message.contains("RightToLeft"))
  }

  @Test("The certificate of a computer is found by its name, as the product's own rule does")
  func computer() throws {
    let text = """
      RegexIsMatch([subject], "CN=[{]*" & StringFromGuid([objectGUID]) & "[}]*", "IgnoreCase")
      """
    let guid = AttributeValue.binary((1...16).map { UInt8($0) })
    for name in [
      "CN={04030201-0605-0807-090a-0b0c0d0e0f10}", "CN=04030201-0605-0807-090A-0B0C0D0E0F10",
    ] {
      #expect(try value(text, ["subject": [.string(name)], "objectGUID": [guid]]) == true)
    }
    #expect(try value(text, ["subject": ["CN=pc"], "objectGUID": [guid]]) == false)
    #expect(try value(text, ["objectGUID": [guid]]) == false)
  }

  @Test(
    "A pattern that is none, or needs trying back and forth, fails with the place",
    arguments: [
      ("a(b", 2), ("a)b", 2), ("[a", 1), ("*a", 1), ("a**", 3), ("a{3,2}", 2), (#"a\"#, 2),
      (#"(a)\1"#, 4), ("(?=a)", 1), ("[z-a]", 4), (#"\xZZ"#, 1), ("a{1001}", 2), (#"\q"#, 1),
      ("[a-z-[aeiou]]", 5),
    ])
  func mistakes(pattern: String, place: Int) throws {
    let error = try failure("RegexIsMatch([t],[p])", ["t": ["abc"], "p": [.string(pattern)]])
    #expect(error.kind == .range && error.message.contains("at character \(place) of the pattern"))
  }

  @Test(
    "Patterns that take others for ever end",
    arguments: ["(a+)+$", "^(a|a)*$", "(a*)*b", "(.*){9}x"])
  func catastrophes(pattern: String) throws {
    let text = String(repeating: "a", count: 5000) + "!"
    #expect(try isMatch(text, pattern) == false)
  }

  @Test("What multiplies without end meets a limit")
  func limits() throws {
    let deep = String(repeating: "(", count: 51) + "a" + String(repeating: ")", count: 51)
    #expect(
      try failure("RegexIsMatch([t],[p])", ["t": ["a"], "p": [.string(deep)]]).kind == .range)
    let wide = "((a{100}){100}){100}"
    #expect(
      try failure("RegexIsMatch([t],[p])", ["t": ["a"], "p": [.string(wide)]]).kind == .range)
    // Parts that make no step multiply as well.
    for empty in ["((((){1000}){1000}){1000}){1000}", "((((a{0}){1000}){1000}){1000}){1000}"] {
      #expect(
        try failure("RegexIsMatch([t],[p])", ["t": ["a"], "p": [.string(empty)]]).kind == .range)
    }
    let long = AttributeValue.string(String(repeating: "a", count: 50_000))
    // Steps that take no character are work, too.
    #expect(
      try failure("RegexIsMatch([t],[p])", ["t": [long], "p": ["(|){1000}b"]]).kind == .limit)
    let error = try failure("RegexIsMatch([t],[p])", ["t": [long], "p": ["(a?){1000}b"]])
    #expect(error.kind == .limit)
  }
}
