import Directory
import SyncExpressions
import Testing

@Suite("Patterns as .NET documents them")
struct PatternTests {
  private func isMatch(_ pattern: String, _ text: String, _ options: String = "") throws -> Bool {
    let input: [AttributeName: [AttributeValue]] = [
      "p": [.string(pattern)], "t": [.string(text)], "o": [.string(options)],
    ]
    return try value("RegexIsMatch([t],[p],[o])", input) == true
  }

  @Test(
    "Each element of a pattern matches what it stands for, and nothing else",
    arguments: [
      (#"^\d+$"#, ["0", "42", "٣", "９"], ["", "a", "4 2", "²", "½"]),
      (#"^\w+$"#, ["a_1", "é", "日本", "שלום", "e\u{301}"], ["", "a b", "-", "😀", "a.b"]),
      (#"^\s$"#, [" ", "\t", "\n", "\u{A0}", "\u{3000}", "\u{85}"], ["", "a", "\u{200B}"]),
      (#"^\S\D\W$"#, ["a- ", "éé-"], ["a1 ", " a-", "a-a"]),
      ("^.$", ["a", "😀", "\r", "\u{301}"], ["", "\n", "ab"]),
      ("^a?b*c+$", ["c", "ac", "abbcc"], ["", "ab", "aac"]),
      ("^[a-c]{2}$", ["ab", "cc"], ["a", "abc", "ad"]),
      ("^[^a-c]$", ["d", "\n", "A", "é"], ["a", "", "dd"]),
      (#"^[\d\-x]+$"#, ["1-x", "-"], ["", "y", "\\"]), ("^[]a]$", ["]", "a"], ["", "["]),
      ("^[^]]$", ["a", "["], ["]"]), ("^[a\\]b]$", ["a", "]", "b"], ["\\"]),
      (#"^[\w.]+@[\w.]+$"#, ["a.b@c.d"], ["a@b@c", "@", "a b@c"]),
      ("^(ab|cd)+$", ["ab", "cdab"], ["", "abc", "acbd"]),
      ("^(?:ab){2,3}$", ["abab", "ababab"], ["ab", "abababab"]), ("^a{0}b$", ["b"], ["ab"]),
      ("^a{2,}$", ["aa", "aaaaa"], ["a"]), ("^(a|)$", ["a", ""], ["b"]), ("^()$", [""], ["a"]),
      (#"^\x41\u00e9\t$"#, ["Aé\t"], ["A"]), (#"^\*\.\\\[\{\|$"#, ["*.\\[{|"], ["*"]),
      (#"\bcat\b"#, ["cat", "a cat.", "(cat)"], ["cats", "concat", "cat_"]),
      (#"\Bcat"#, ["concat"], ["cat", "a cat"]), (#"^a\z"#, ["a"], ["a\n"]),
      (#"^a\Z"#, ["a", "a\n"], ["a\n\n"]),
      ("^a$", ["a", "a\n"], ["a\r\n", "a\n\n", "ab"]), ("^a{,3}$", ["a{,3}"], ["a", "aaa"]),
      ("^a{x}$", ["a{x}"], ["a"]), ("a{", ["a{"], ["a"]), ("^a+?b??$", ["aab", "a"], ["b"]),
      ("^(?<year>\\d{4})-(?<month>\\d\\d)$", ["2024-01"], ["24-01"]),
      ("x|^a|b$", ["ax", "ab", "cb", "a"], ["ba", ""]),
      ("^[a-zà-ÿ]+$", ["é", "naïve"], ["É", "ő"]),
      ("^[😀-😂]$", ["😁"], ["😃", "a"]), (#"^[\s\S]+$"#, ["a\nb"], [""]),
      (#"^[^\d\s]+$"#, ["ab"], ["a1", "a b"]), ("^\u{301}$", ["\u{301}"], ["e\u{301}", "é"]),
      ("^e", ["e\u{301}"], ["é"]),
    ])
  func elements(pattern: String, matches: [String], others: [String]) throws {
    for text in matches {
      #expect(try isMatch(pattern, text), "\(pattern) in \(text.debugDescription)")
    }
    for text in others {
      #expect(try !isMatch(pattern, text), "\(pattern) in \(text.debugDescription)")
    }
  }

  @Test("Options are read in any case and order, and change only what they name")
  func options() throws {
    #expect(try isMatch("^straße$", "STRAßE", "IgnoreCase"))
    #expect(try !isMatch("^straße$", "STRASSE", "ignorecase"))
    #expect(try isMatch("[^a]", "b", "IgnoreCase") && !isMatch("^[^a]$", "A", "IgnoreCase"))
    #expect(try isMatch("^[k-m]$", "L", "IgnoreCase"))
    #expect(try isMatch("^b$", "a\nb\nc", "Multiline") && !isMatch("^b$", "a\nb\nc"))
    #expect(try isMatch("\\Aa$", "a\nb", "Multiline") && !isMatch("\\Ab", "a\nb", "Multiline"))
    #expect(try isMatch("^a.b$", "a\nb", "Singleline") && !isMatch("^a.b$", "a\nb", "Multiline"))
    #expect(try isMatch("^A.^b$", "a\nb", " singleline | MULTILINE ,IgnoreCase"))
    for bad in ["Ignore Case", "x", "IgnorePatternWhitespace", "RightToLeft", "i"] {
      let error = try failure("RegexIsMatch(\"a\",\"a\",[o])", ["o": [.string(bad)]])
      #expect(error.kind == .range && error.message.contains(bad))
    }
  }

  @Test(
    "A pattern that is none is refused at its place, never read in another way",
    arguments: [
      ("(", 1), ("a(b", 2), ("a)", 2), ("[a", 1), ("a[]", 2), ("[b-a]", 4), ("*a", 1), ("a|*", 3),
      ("(+)", 2), ("a**", 3), ("a{2}{3}", 5), ("a{3,2}", 2), ("a\\", 2),
      ("\\p{L}", 1), ("(?=a)", 1), ("(?!a)", 1), ("(?i)a", 1), ("(?<=a)b", 1), ("(a)\\1", 4),
      ("\\k<a>", 1), ("a{1001}", 2), ("a{99999999999999999999}", 2), ("\\x4", 1), ("\\xGG", 1),
      ("\\u12", 1), ("\\x+1", 1), ("\\u+041", 1), ("\\u-041", 1), ("\\uD800", 1), ("[\\x+1]", 2),
      ("\\c", 1), ("\\_", 1), ("[a-\\d]", 4), ("[a-z-[aeiou]]", 5), ("(?<>a)", 1), ("(?<a-b>c)", 1),
      ("(?'n'a)", 1), ("(?#c)", 1), ("(?>a)", 1), ("😀(", 2),
    ])
  func mistakes(pattern: String, place: Int) throws {
    let error = try failure("RegexIsMatch(\"text\",[p])", ["p": [.string(pattern)]])
    #expect(error.kind == .range)
    #expect(error.message.contains("at character \(place) of the pattern"), "\(error)")
  }

  @Test("A pattern of an absent value gives nothing, and an absent text matches none")
  func nulls() throws {
    #expect(try value("RegexIsMatch([absent],\"\")") == false)
    #expect(try evaluate("RegexIsMatch(\"a\",[absent])") == .null)
    #expect(try value("RegexIsMatch(\"\",\"\")") == true)
    #expect(try value("RegexIsMatch(5,\"^5$\")") == true)
    #expect(try failure("RegexIsMatch([b],\"a\")", ["b": [.binary([1])]]).kind == .type)
  }

  @Test("Two patterns that mean the same find the same in all texts")
  func equivalent() throws {
    let texts = ["", "a", "b", "ab", "aab", "abab", "ba", "bbb", "aba", "c", "abc", "aabbcc"]
    for (one, other) in [
      ("a+", "aa*"), ("a?", "(?:a|)"), ("(a|b)*", "[ab]*"), ("a{2,3}", "aa(a)?"),
      ("(ab)+?", "(ab)+"), ("^(a*b)*$", "^(|.*b)$"), ("[^a]", "[b-z]"), ("(?<x>a)b", "ab"),
      ("((a))", "a"),
      ("^a|b", "(^a)|b"), ("a|b|c", "[a-c]"), ("(a{1,2}){2}", "a{2,4}"), ("^$", #"\A\z"#),
      (".*", ""), ("x*", "()"),
    ] {
      for text in texts {
        #expect(try isMatch(one, text) == isMatch(other, text), "\(one) and \(other) in \(text)")
      }
    }
  }
}
