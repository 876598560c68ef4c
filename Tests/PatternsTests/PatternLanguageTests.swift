import Patterns
import Testing

@Suite("The language of patterns, as .NET documents it")
struct PatternLanguageTests {
  private func isFound(_ pattern: String, _ text: String, _ options: Pattern.Options = []) throws
    -> Bool
  {
    let plain = try Pattern(pattern, options)
    var prepared = plain
    prepared.prepare()
    let isFound = plain.isFound(in: text)
    #expect(prepared.isFound(in: text) == isFound, "prepared: \(pattern) in \(text)")
    return isFound
  }

  @Test(
    "Characters are named by what .NET escapes them with (Character escapes)",
    arguments: [
      ("\\a", "\u{7}"), ("\\t", "\t"), ("\\r", "\r"), ("\\v", "\u{B}"), ("\\f", "\u{C}"),
      ("\\n", "\n"), ("\\e", "\u{1B}"), ("[\\b]", "\u{8}"), ("\\x41", "A"), ("\\x0a", "\n"),
      ("\\u0041", "A"), ("\\u20ac", "€"), ("\\u20AC", "€"), ("\\0", "\0"), ("\\040", " "),
      ("\\012", "\n"), ("\\07", "\u{7}"), ("[\\040]", " "), ("\\0418", "!8"),
      ("\\.", "."), ("\\*", "*"), ("\\\\", "\\"), ("\\[", "["), ("\\]", "]"), ("\\(", "("),
      ("\\)", ")"), ("\\{", "{"), ("\\}", "}"), ("\\^", "^"), ("\\$", "$"), ("\\|", "|"),
      ("\\?", "?"), ("\\+", "+"), ("\\ ", " "), ("\\#", "#"), ("\\/", "/"), ("\\-", "-"),
      ("\\€", "€"), ("]", "]"), ("}", "}"), ("{", "{"), ("a{", "a{"), ("a{,5}", "a{,5}"),
      ("a{x}", "a{x}"), ("a{1", "a{1"), ("a{1,", "a{1,"), ("a{1,2", "a{1,2"), ("a{ 1}", "a{ 1}"),
    ])
  func escapes(pattern: String, text: String) throws {
    #expect(try isFound("\\A\(pattern)\\z", text))
    #expect(try !isFound("\\A\(pattern)\\z", text + text))
    #expect(try !isFound("\\A\(pattern)\\z", ""))
  }

  @Test(
    "Classes know Unicode (Character classes)",
    arguments: [
      ("\\d", "0٣९", "aⅣ½x ²"), ("\\D", "aⅣ½ _", "0٣९"),
      ("\\w", "aZéжא日_٣ǅʰ\u{301}‿", "- .€\u{20DD}½²"), ("\\W", "- .€½", "aZé日_٣"),
      (
        "\\s", " \t\n\r\u{B}\u{C}\u{85}\u{A0}\u{1680}\u{2003}\u{2028}\u{2029}\u{202F}\u{3000}",
        "a_\u{200B}\u{FEFF}\u{180E}"
      ),
      ("\\S", "a_\u{200B}1", " \t\n\u{A0}"), (".", "a \t\r\u{85}\u{2028}日", "\n"),
      ("[^a]", "b\nA", "a"), ("[a-c]", "abc", "dA-"), ("[a-]", "a-", "b"), ("[-a]", "-a", "b"),
      ("[]a]", "]a", "b"), ("[^]a]", "b^", "]a"), ("[a^]", "a^", "b"), ("[\\d-x]", "1-x", "ay"),
      ("[x\\-z]", "x-z", "y"), ("[+--]", "+,-", "*."),
      ("[.*?]", ".*?", "a"), ("[\\]\\\\]", "]\\", "a"), ("[\\s\\S]", "a\n ", ""),
      ("[^\\s\\S]", "", "a\n "), ("[^\\W\\d]", "a_é", "1 -"), ("[\\x41-\\x43]", "ABC", "aD"),
      ("[\\0-\\x1F]", "\0\t\u{1F}", " a"), ("[日-本]", "日本", "a"), ("[|()$^]", "|()$^", "a"),
    ])
  func classes(pattern: String, inside: String, outside: String) throws {
    for scalar in inside.unicodeScalars {
      #expect(
        try isFound(pattern, String(scalar)), "\(pattern) has U+\(String(scalar.value, radix: 16))")
    }
    for scalar in outside.unicodeScalars {
      #expect(
        try !isFound(pattern, String(scalar)),
        "\(pattern) has no U+\(String(scalar.value, radix: 16))")
    }
  }

  @Test(
    "Anchors hold where they say (Anchors)",
    arguments: [
      ("^a", "a", true), ("^a", "ba", false), ("^a", "b\na", false), ("a$", "a", true),
      ("a$", "a\n", true), ("a$", "a\r\n", false), ("a$", "a\n\n", false), ("a$", "a\nb", false),
      ("a\\Z", "a\n", true), ("a\\z", "a\n", false), ("a\\z", "a", true), ("\\Aa", "\na", false),
      ("^$", "", true), ("^$", "\n", true), ("^$", "a", false), ("\\ba", "-a", true),
      ("\\ba", "ba", false), ("a\\b", "a.", true), ("\\B", "", true), ("\\b", "", false),
      ("\\Ba", "ba", true), ("\\Ba", "a", false), ("\\bé\\b", "é", true), ("\\b日", "x日", false),
      ("a^b", "ab", false), ("a$b", "ab", false), ("(^|,)b", "a,b", true), ("x*$", "aaa", true),
      ("^*a", "ba", true),
    ])
  func anchors(pattern: String, text: String, expected: Bool) throws {
    #expect(try isFound(pattern, text) == expected)
  }

  @Test(
    "With lines of their own, texts have many beginnings and ends (RegexOptions.Multiline)",
    arguments: [
      ("^b", "a\nb", true), ("a$", "a\nb", true), ("^$", "a\n\nb", true), ("^$", "a\nb", false),
      ("\\Ab", "a\nb", false), ("a\\Z", "a\nb", false), ("a\\z", "a\nb", false), ("^", "", true),
      ("b$", "a\nb\n", true), ("a$", "a\r\nb", false),
    ])
  func lines(pattern: String, text: String, expected: Bool) throws {
    #expect(try isFound(pattern, text, .multiline) == expected)
  }

  @Test(
    "Without regard to case, letters of all scripts and ranges have both (RegexOptions.IgnoreCase)",
    arguments: [
      ("straße", "STRAßE", true), ("É", "é", true), ("é", "É", true), ("Ж", "ж", true),
      ("[a-c]", "B", true), ("[A-C]", "b", true), ("[^a]", "A", false), ("[à-ý]", "É", true),
      ("\\x41", "a", true), ("\\u0416", "ж", true), ("a", "b", false), ("[^à-ý]", "É", false),
      ("ß", "s", false), ("_", "_", true), ("1", "1", true), ("[@-`]", "z", true), ("Σ", "σ", true),
      ("\\d", "a", false), ("[Z-a]", "b", false), ("@", "`", false),
    ])
  func cases(pattern: String, text: String, expected: Bool) throws {
    #expect(try isFound(pattern, text, .ignoreCase) == expected)
  }

  @Test(
    "Groups and repetitions match what they hold (Grouping constructs, Quantifiers)",
    arguments: [
      ("^(ab)+$", "ababab", true), ("^(ab)+$", "aba", false), ("^(?:ab|c){2,3}$", "abcab", true),
      ("^(?:ab|c){2,3}$", "ab", false), ("^(?:ab|c){2,3}$", "cccc", false),
      ("^(?<year>\\d{4})-(?<month>\\d\\d)$", "2026-11", true), ("^a{0}b$", "b", true),
      ("^a{0}b$", "ab", false), ("^a{2}$", "aa", true), ("^a{2,}$", "a", false),
      ("^a{2,}$", "aaaaa", true), ("^a{1,2}?$", "aa", true), ("^a*?b+?c??$", "aabb", true),
      ("^(a*)*$", "aaa", true), ("^(a|)+$", "", true), ("^()*$", "", true),
      ("^(|a){3}$", "aa", true),
      ("^(a|b)*c|d$", "xd", true), ("^(a|b|)$", "", true), ("a||b", "zzz", true),
      ("^(?:)$", "", true),
      ("^(a+|b){2}c$", "aabc", true), ("^((a{2}){2}){2}$", "aaaaaaaa", true),
      ("^((a{2}){2}){2}$", "aaaaaaa", false), ("^[^@]+@[^@]+$", "ann@contoso.test", true),
      ("^[^@]+@[^@]+$", "ann@@contoso.test", false), ("", "anything", true), ("", "", true),
    ])
  func groups(pattern: String, text: String, expected: Bool) throws {
    #expect(try isFound(pattern, text) == expected)
  }

  @Test("A text is read by its characters as Unicode numbers them, not as they are drawn")
  func scalars() throws {
    #expect(try isFound("^e.$", "e\u{301}"))
    #expect(try !isFound("^.$", "e\u{301}"))
    #expect(try isFound("^\\r\\n$", "\r\n"))
    #expect(try isFound("^..$", "🇩🇪"))
    #expect(try isFound("^.$", "😀"))
  }
}
