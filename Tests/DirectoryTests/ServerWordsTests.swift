import Testing

@testable import Directory

@Suite("A server's words")
struct ServerWordsTests {
  @Test("is shown in one line without control characters")
  func sanitized() {
    #expect(ServerWords.shown("a\u{1B}[31mred\r\n\tb\u{0}c \u{202E}x") == "a [31mred b c x")
    #expect(ServerWords.shown("  a  ") == "a")
    #expect(ServerWords.shown("a\u{2028}b\u{2029}c\u{85}d\u{200B}e") == "a b c d e")
    #expect(ServerWords.shown("") == "")
  }

  @Test("is cut when it is long")
  func cut() {
    #expect(ServerWords.shown("abcdef", limit: 3) == "abc…")
    #expect(ServerWords.shown("abc", limit: 3) == "abc")
    #expect(ServerWords.shown(Array(repeating: 0x41, count: 10_000), limit: 5) == "AAAAA…")
  }

  @Test(
    "end with one full stop before what comes next, whether they have it or not",
    arguments: [
      ("Too many requests", "Too many requests. Wait."),
      ("Too many requests.", "Too many requests. Wait."),
      ("Really?", "Really? Wait."), ("cut…", "cut… Wait."), ("", "Wait."),
    ])
  func sentences(words: String, whole: String) {
    #expect(ServerWords.sentences(words, "Wait.") == whole)
    #expect(ServerWords.sentences(words, "") == words)
    guard !words.isEmpty else { return }
    let failure = ConnectorFailure(
      .noStartConnection, message: "Refused", serverWords: words, hint: "Wait.")
    #expect(failure.description == "Refused: " + whole)
  }

  @Test("may be no UTF-8")
  func broken() {
    #expect(ServerWords.shown([0xFF, 0x41]) == "\u{FFFD}A")
  }
}
