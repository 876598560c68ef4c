import Testing

@testable import Cells

@Suite("Cell buffer") struct CellBufferTests {
  private let origin = Position(column: 0, row: 0)

  private func buffer(_ columns: Int = 10, _ rows: Int = 1) -> CellBuffer {
    CellBuffer(size: Size(columns: columns, rows: rows))
  }

  @Test("Text is drawn and its columns are counted")
  func put() {
    var buffer = buffer(10, 2)
    #expect(buffer.put("Anna", at: Position(column: 2, row: 1)) == 4)
    #expect(buffer.text() == "\n  Anna")
  }

  @Test(
    "Text that does not fit ends in an ellipsis and never in half a character",
    arguments: [
      ("abcdef", 6, "abcdef", 6), ("abcdef", 5, "abcd…", 5), ("abcdef", 1, "…", 1),
      ("abcdef", 0, "", 0), ("日本語", 6, "日本語", 6), ("日本語", 5, "日本…", 5),
      ("日本語", 4, "日…", 3), ("日本語", 2, "…", 1), ("a日本", 4, "a日…", 4), ("日", 1, "…", 1),
      ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…", 2),
    ])
  func cut(text: String, width: Int, shown: String, columns: Int) {
    var buffer = buffer()
    #expect(buffer.put(text, at: origin, maxWidth: width) == columns)
    #expect(buffer.text() == shown)
  }

  @Test("The row's end cuts as a width does, and places outside take nothing")
  func clipping() {
    var buffer = buffer(5, 1)
    #expect(buffer.put("abcdef", at: Position(column: 2, row: 0)) == 3)
    #expect(buffer.text() == "  ab…")
    for place in [(5, 0), (-1, 0), (0, 1), (0, -1)] {
      #expect(buffer.put("x", at: Position(column: place.0, row: place.1)) == 0)
    }
    #expect(buffer.text() == "  ab…")
  }

  @Test("Drawing over half of a wide character blanks its other half")
  func overwriteHalves() {
    var left = buffer()
    left.put("日本", at: origin)
    left.put("x", at: origin)
    #expect(left.text() == "x 本")
    var right = buffer()
    right.put("日本", at: origin)
    right.put("x", at: Position(column: 1, row: 0))
    #expect(right.text() == " x本")
    var shifted = buffer()
    shifted.put("日本", at: origin)
    shifted.put("語", at: Position(column: 1, row: 0))
    #expect(shifted.text() == " 語")
    #expect(shifted[column: 3, row: 0].isBlank)
  }

  @Test("A wide character is not drawn into the last column")
  func wideAtEdge() {
    var buffer = buffer(3)
    buffer[column: 2, row: 0] = Cell("日")
    #expect(buffer[column: 2, row: 0].isBlank)
  }

  @Test("Indic vowel signs and Thai keep all their letters")
  func spacingMarks() {
    var buffer = buffer()
    #expect(buffer.put("की", at: origin) == 2)
    #expect(buffer.text() == "की")
    #expect(buffer.put("นำ", at: origin) == 2)
    #expect(buffer.text() == "นำ")
  }

  @Test("Of an emoji sequence the first emoji is drawn")
  func emoji() {
    var buffer = buffer()
    #expect(buffer.put("👩‍👩‍👧x", at: origin) == 3)
    #expect(buffer.text() == "👩x")
    #expect(buffer.put("👍🏽", at: Position(column: 4, row: 0)) == 2)
    #expect(buffer.text() == "👩x 👍")
  }

  @Test("What is hostile is drawn as a stand-in of its own role, on the selection too")
  func hostile() {
    var buffer = buffer(12)
    buffer.put("a\u{1B}[2Jb·", at: origin, style: Style(.text, isSelected: true))
    #expect(buffer.text() == "a·[2Jb·")
    #expect(buffer[column: 1, row: 0].style == Style(.markHostile, isSelected: true))
    #expect(buffer[column: 6, row: 0].style == Style(.text, isSelected: true))
  }

  @Test("A cell made directly can't hold a control character either")
  func hostileCell() {
    for character in ["\u{1B}", "\u{9B}", "\u{202E}", "\r\n", "\u{7F}"] as [Character] {
      #expect(Cell(character).text == "·")
    }
  }

  @Test("A lone mark stands on a dotted circle, and a pile of marks is cut to three")
  func marks() {
    #expect(Cell("\u{301}").text == "\u{25CC}\u{301}")
    let pile = Character("e" + String(repeating: "\u{301}", count: 40))
    #expect(Cell(pile).scalars.count == 4)
  }

  @Test("A field is exactly as wide as asked, on either side")
  func field() {
    var buffer = buffer(8)
    buffer.fill(Rect(column: 0, row: 0, columns: 8, rows: 1), with: "#")
    buffer.putField("42", at: Position(column: 1, row: 0), width: 5, alignment: .trailing)
    #expect(buffer.text() == "#   42##")
    buffer.putField("ab", at: Position(column: 1, row: 0), width: 5, alignment: .center)
    #expect(buffer.text() == "# ab  ##")
    buffer.putField("abcdefgh", at: Position(column: 1, row: 0), width: 5, alignment: .trailing)
    #expect(buffer.text() == "#abcd…##")
  }

  @Test("Restyling leaves the text and takes both halves of a wide character")
  func restyle() {
    var buffer = buffer(4)
    buffer.put("a日b", at: origin)
    buffer.select(Rect(column: 0, row: 0, columns: 2, rows: 1))
    #expect(buffer.text() == "a日b")
    #expect(buffer.row(0).map(\.style.isSelected) == [true, true, true, false])
  }

  @Test("A box has corners, and too small a one is not drawn")
  func box() {
    var buffer = buffer(4, 3)
    buffer.box(Rect(buffer.size))
    #expect(buffer.text() == "┌──┐\n│  │\n└──┘")
    var small = self.buffer(4, 3)
    small.box(Rect(column: 0, row: 0, columns: 1, rows: 3))
    #expect(small.text() == "\n\n")
  }

  @Test(
    "A bar fills by eighths, or by whole cells in ASCII",
    arguments: [
      (0.0, "░░░░", "...."), (1.0, "████", "####"), (0.5, "██░░", "##.."), (0.29, "█▏░░", "#..."),
      (2.0, "████", "####"), (-1.0, "░░░░", "...."), (Double.nan, "░░░░", "...."),
    ])
  func bar(fraction: Double, unicode: String, ascii: String) {
    var buffer = buffer(4, 2)
    buffer.bar(fraction, at: origin, width: 4)
    buffer.bar(fraction, at: Position(column: 0, row: 1), width: 4, glyphs: .ascii)
    #expect(buffer.text() == unicode + "\n" + ascii)
  }

  @Test("Roles are told with the text they cover")
  func roles() {
    var buffer = buffer(12)
    buffer.put("ok", at: origin, style: Style(.runSuccess))
    buffer.put("no", at: Position(column: 4, row: 0), style: Style(.runError, isSelected: true))
    #expect(buffer.roles(row: 0) == "run.success[ok] run.error*[no]")
  }

  @Test("One buffer is copied into another and cut at its edges")
  func draw() {
    var small = buffer(4, 2)
    small.put("a日b", at: origin)
    var large = buffer(5, 2)
    large.draw(small, at: Position(column: 3, row: 1))
    #expect(large.text() == "\n   a")
    large.draw(small, at: Position(column: -1, row: 0))
    #expect(large.text(row: 0) == "日b")
  }

  @Test("A long selection is shortened in each row, and halves no wide character")
  func shortSelection() {
    var buffer = CellBuffer(size: Size(columns: 8, rows: 3))
    buffer.put("abcdefgh", at: Position(column: 0, row: 0))
    buffer.put("ab\u{6F22}defg", at: Position(column: 0, row: 1))
    buffer.put("abcdefgh", at: Position(column: 0, row: 2))
    buffer.select(Rect(column: 1, row: 0, columns: 6, rows: 1))
    buffer.select(Rect(column: 0, row: 1, columns: 8, rows: 1))
    buffer.select(Rect(column: 0, row: 2, columns: 2, rows: 1))
    buffer.select(Rect(column: 4, row: 2, columns: 4, rows: 1))
    buffer.shortenSelection(to: 3)
    let selected = (0..<3).map { row in
      buffer.row(row).map { $0.style.isSelected ? "x" : "-" }.joined()
    }
    #expect(selected == ["-xxx----", "xxxx----", "xx--xxx-"])
  }
}
