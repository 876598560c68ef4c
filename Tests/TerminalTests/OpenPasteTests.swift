import Testing

@testable import Terminal

@Suite("Text that is being pasted")
struct OpenPasteTests {
  /// What becomes of a paste whose text comes in bursts, with a pause behind each.
  private func paste(_ bursts: String...) -> (text: String, isOver: Bool) {
    var paste = OpenPaste(at: 0)
    for burst in bursts {
      for scalar in burst.unicodeScalars where paste.take(scalar, at: 0) {
        return (String(paste.text), true)
      }
      if paste.pause() { return (String(paste.text), true) }
    }
    return (String(paste.text), false)
  }

  @Test("ends at its bracket though that comes in parts")
  func parts() {
    #expect(paste("abc", "\u{1B}", "[20", "1~") == ("abc", true))
    #expect(paste("abc\u{1B}[201~") == ("abc", true))
    #expect(paste("abc", "\u{1B}", "[200", "1~").isOver == false)
  }

  @Test("ends at its bracket though more was pasted than is kept")
  func long() {
    let end = paste(String(repeating: "x", count: OpenPaste.limit + 10), "\u{1B}[201~")
    #expect(end.isOver && end.text.utf8.count <= OpenPaste.limit)
  }

  @Test("is over when Escape was pressed twice, each alone, and that was no part of it")
  func escapes() { #expect(paste("quit", "\u{1B}", "\u{1B}") == ("quit", true)) }

  @Test("is not over at an Escape that stands in it")
  func escapesWithin() {
    #expect(!paste("one\u{1B}\u{1B}two", "\u{1B}more\u{1B}", "x", "\u{1B}").isOver)
    #expect(!paste("\u{1B}", "x", "\u{1B}").isOver)
  }

  @Test("is over when nothing has come for a while: what comes then is typed")
  func silence() {
    var paste = OpenPaste(at: 0)
    #expect(!paste.isLost(at: OpenPaste.silence - 1))
    _ = paste.take("a", at: OpenPaste.silence - 1)
    #expect(!paste.isLost(at: OpenPaste.silence))
    #expect(paste.isLost(at: 2 * OpenPaste.silence))
  }

  @Test("has the line breaks of a file")
  func lines() { #expect(paste("a\rb\nc").text == "a\nb\nc") }
}
