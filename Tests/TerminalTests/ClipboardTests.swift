import Testing

@testable import Terminal

@Suite("Clipboard") struct ClipboardTests {
  @Test(
    "Base64 as RFC 4648 section 10 has it",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func base64(text: String, encoded: String) {
    #expect(Clipboard.base64(Array(text.utf8)) == encoded)
  }

  @Test("Text that terminals would cut is refused")
  func limit() {
    let largest = String(repeating: "a", count: Clipboard.limit / 4 * 3)
    #expect(Clipboard.sequence(for: largest, tmux: false, screen: false) != nil)
    #expect(Clipboard.sequence(for: largest + "aaa", tmux: false, screen: false) == nil)
  }

  @Test("screen gets it in pieces that it does not cut")
  func screen() throws {
    let text = String(repeating: "a", count: 3000)
    let sequence = try #require(Clipboard.sequence(for: text, tmux: false, screen: true))
    let pieces = sequence.split(separator: "\u{1B}\\")
    #expect(pieces.count == 6)
    #expect(pieces.allSatisfy { $0.hasPrefix("\u{1B}P") && $0.utf8.count < 768 })
  }
}
