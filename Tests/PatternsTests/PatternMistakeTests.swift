import Patterns
import TestSupport
import Testing

@Suite("What is no pattern is refused with its place")
struct PatternMistakeTests {
  private func mistake(_ text: String, maximumSteps: Int = 5000) -> Pattern.Mistake? {
    do {
      _ = try Pattern(text, [], maximumSteps: maximumSteps)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "The place is that of the fault, counted in characters from 1",
    arguments: [
      ("(", 1, "parenthesis is not closed"), ("a(b", 2, "parenthesis is not closed"),
      ("((a)", 1, "parenthesis is not closed"), (")", 1, "closes none"), ("a)b", 2, "closes none"),
      ("(a))", 4, "closes none"), ("[", 1, "bracket is not closed"),
      ("é[a", 2, "bracket is not closed"), ("[]", 1, "bracket is not closed"),
      ("[^]", 1, "bracket is not closed"), ("[a-", 1, "bracket is not closed"),
      ("*", 1, "* repeats nothing"), ("a|+", 3, "+ repeats nothing"), ("(?", 1, "groups"),
      ("(?*)", 1, "groups"), ("x(*)", 3, "* repeats nothing"), ("a**", 3, "repeated already"),
      ("a+*", 3, "repeated already"), ("a{2}{3}", 5, "repeated already"),
      ("a*?*", 4, "repeated already"), ("a{2}+", 5, "repeated already"),
      ("{2}", 1, "{ repeats nothing"), ("a|{1,2}", 3, "{ repeats nothing"),
      ("({3,})", 2, "{ repeats nothing"),
      ("a{3,2}", 2, "3 is more than 2"), ("a{1001}", 2, "more than 1000 times"),
      ("a{1,1001}", 2, "more than 1000 times"),
      ("a{99999999999999999999}", 2, "more than 1000 times"), ("\\", 1, "backslash ends it"),
      ("ab\\", 3, "backslash ends it"), ("[\\", 2, "backslash ends it"),
      ("[\\w-[]", 4, "taken from others"), ("\\q", 1, "\\q is not known"),
      ("a\\1", 2, "\\1 is not known"), ("(a)\\k<n>", 4, "\\k is not known"),
      ("\\p{L}", 1, "\\p is not known"), ("\\G", 1, "\\G is not known"),
      ("\\cA", 1, "\\c is not known"), ("\\_", 1, "\\_ is not known"),
      ("[\\q]", 2, "\\q is not known"),
      ("\\x4", 1, "\\x wants"), ("\\xZZ", 1, "\\x wants"), ("\\x+4", 1, "\\x wants"),
      ("\\u004", 1, "\\u wants"), ("\\uD800", 1, "\\u wants"), ("a\\u12G4", 2, "\\u wants"),
      ("[z-a]", 4, "range is none"), ("[a-\\d]", 4, "range is none"),
      ("[a-z-[aeiou]]", 5, "taken from others"), ("[a-[b]]", 3, "taken from others"),
      ("(?=a)", 1, "groups"), ("(?!a)", 1, "groups"), ("(?<=a)", 1, "groups"),
      ("(?<!a)", 1, "groups"),
      ("(?>a)", 1, "groups"), ("(?i)a", 1, "groups"), ("a(?#b)", 2, "groups"),
      ("(?<>a)", 1, "groups"),
      ("(?<a", 1, "groups"), ("(?'n'a)", 1, "groups"), ("(?<a-b>c)", 1, "groups"),
    ])
  func places(text: String, place: Int, reason: String) throws {
    let mistake = try #require(self.mistake(text), "\(text) is no pattern")
    #expect(mistake.place == place, "\(text): \(mistake.message)")
    #expect(mistake.message.contains(reason), "\(text): \(mistake.message)")
  }

  @Test("Fifty parentheses in each other are read, and one more is refused where it opens")
  func depth() throws {
    let nested = { (count: Int) in
      String(repeating: "(", count: count) + "a" + String(repeating: ")", count: count)
    }
    #expect(try Pattern(nested(50), []).isFound(in: "a"))
    #expect(mistake(nested(51))?.place == 51)
    // Those beside each other are not deeper.
    #expect(mistake(String(repeating: "(a)", count: 200)) == nil)
  }

  @Test("A pattern that grows beyond its steps is refused before it is made")
  func steps() {
    #expect(mistake("a{1000}", maximumSteps: 1000) == nil)
    #expect(mistake("a{1000}", maximumSteps: 999)?.message.contains("999 steps") == true)
    #expect(mistake("((a{1000}){1000}){1000}")?.message.contains("5000 steps") == true)
    #expect(mistake("(((){1000}){1000}){1000}")?.message.contains("parts") == true)
    #expect(mistake("(^){1000}(\\b){1000}") == nil)
  }

  @Test("Its size is what a search costs at most: one step a part, and one for the match")
  func size() throws {
    #expect(try Pattern("", []).size == 1)
    #expect(try Pattern("abc", []).size == 4)
    #expect(try Pattern("a{10}", []).size == 11)
    #expect(try Pattern("[a-z]", []).size == 2)
  }

  @Test("Whatever is typed is a pattern or a mistake within it", arguments: 0..<30)
  func typed(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let letters = Array("ab\\[](){}*+?|^$.-,:<>=!0123dwsWbBAzZxupé")
    for _ in 0..<400 {
      let text = String(
        (0..<Int.random(in: 1...12, using: &random)).map { _ in
          letters.randomElement(using: &random) ?? "a"
        })
      guard let mistake = mistake(text) else { continue }
      #expect((1...text.unicodeScalars.count + 1).contains(mistake.place), "\(text)")
      #expect(!mistake.message.isEmpty)
    }
  }
}
