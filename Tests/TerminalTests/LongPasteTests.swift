import Testing

@testable import Terminal

@Suite("A long text that is being pasted")
struct LongPasteTests {
  private func paste(_ text: String) -> (text: String, isOver: Bool) {
    var paste = OpenPaste(at: 0)
    let isOver = text.unicodeScalars.reduce(false) { $0 || paste.take($1, at: 0) }
    return (String(paste.text), isOver)
  }

  @Test("ends at its bracket wherever that falls", arguments: 0..<14)
  func ring(_ length: Int) {
    let text = String(repeating: "x", count: length)
    #expect(paste(text + "\u{1B}[201~") == (text, true))
    #expect(paste(text + "\u{1B}[201").isOver == false)
  }

  @Test(
    "loses nothing of what is kept to a bracket that is not", arguments: [-7, -6, -3, -1, 0, 1, 9])
  func limit(_ beyond: Int) {
    let text = String(repeating: "x", count: OpenPaste.limit + beyond)
    let end = paste(text + "\u{1B}[201~")
    #expect(end.isOver && end.text.utf8.count == min(OpenPaste.limit, text.utf8.count))
  }
}
