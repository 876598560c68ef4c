import TestSupport
import Testing

@testable import Cells

/// Random texts on random buffers, the same ones on every run.
@Suite("Whatever is drawn") struct PropertyTests {
  private static let alphabet: [String] = [
    "a", "Z", " ", "é", "e\u{301}", "日", "本", "Ｗ", "ש", "ع", "क", "की", "क्ष", "กำ", "👍", "👩‍👧", "🇩🇪",
    "\u{301}", "\u{200D}", "\u{200B}", "\u{202E}", "\u{1B}", "\t", "\u{9B}", "…", "\u{E000}",
    "❤\u{FE0F}",
    "\u{1FAE8}", "ᄀ", "ᅡ", "ᆨ", "1\u{FE0F}\u{20E3}", "\r\n", "\u{E0041}", "\u{FEFF}",
  ]

  private static func text(_ random: inout SeededRandom) -> String {
    (0..<Int.random(in: 0...12, using: &random)).map { _ in
      alphabet.randomElement(using: &random) ?? ""
    }.joined()
  }

  private static func drawn(_ random: inout SeededRandom, size: Size) -> CellBuffer {
    var buffer = CellBuffer(size: size)
    for _ in 0..<Int.random(in: 0...12, using: &random) {
      let place = Position(
        column: Int.random(in: -2...size.columns, using: &random),
        row: Int.random(in: -1...size.rows, using: &random))
      let role = Role.allCases.randomElement(using: &random) ?? .text
      buffer.put(
        text(&random), at: place, maxWidth: Int.random(in: 0...20, using: &random),
        style: Style(role, isSelected: Bool.random(using: &random)))
    }
    return buffer
  }

  private static func size(_ random: inout SeededRandom) -> Size {
    Size(
      columns: Int.random(in: 0...24, using: &random), rows: Int.random(in: 0...6, using: &random))
  }

  @Test("Rows are full, and no wide character is halved")
  func wholeCells() {
    var random = SeededRandom(seed: 1)
    for _ in 0..<2000 {
      let buffer = Self.drawn(&random, size: Self.size(&random))
      for row in 0..<buffer.size.rows {
        let cells = Array(buffer.row(row))
        #expect(cells.reduce(0) { $0 + $1.width } == buffer.size.columns)
        for (column, cell) in cells.enumerated() {
          if cell.width == 2 { #expect(column + 1 < cells.count && cells[column + 1].isRightHalf) }
          if cell.isRightHalf { #expect(column > 0 && cells[column - 1].width == 2) }
        }
      }
    }
  }

  @Test("Nothing hostile is in any cell")
  func harmless() {
    var random = SeededRandom(seed: 2)
    for _ in 0..<1000 {
      let buffer = Self.drawn(&random, size: Self.size(&random))
      let text = buffer.text().replacing("\n", with: "")
      #expect(!text.unicodeScalars.contains(where: Sanitizer.isHostile))
    }
  }

  @Test("The columns that a text takes are the columns that were foretold")
  func foretold() {
    var random = SeededRandom(seed: 3)
    for _ in 0..<2000 {
      let text = Self.text(&random)
      var buffer = CellBuffer(size: Size(columns: 200, rows: 1))
      let used = buffer.put(text, at: Position(column: 0, row: 0))
      #expect(used == CellBuffer.columns(of: text), "\(text.debugDescription)")
      let limit = Int.random(in: 0...10, using: &random)
      var narrow = CellBuffer(size: Size(columns: 200, rows: 1))
      #expect(narrow.put(text, at: Position(column: 0, row: 0), maxWidth: limit) <= limit)
    }
  }

  @Test("Drawing the differences over the old buffer makes the new one")
  func differences() {
    var random = SeededRandom(seed: 4)
    for _ in 0..<2000 {
      let size = Self.size(&random)
      let old = Self.drawn(&random, size: size)
      let new = Self.drawn(&random, size: size)
      var screen = (0..<size.rows).map { Array(old.row($0)) }
      for run in CellBuffer.differences(old, new) {
        let cells = Array(new.row(run.row))
        let before = screen[run.row]
        #expect(!(cells[run.columns.lowerBound].isRightHalf), "a run starts with a whole cell")
        #expect(!(before[run.columns.lowerBound].isRightHalf))
        if run.columns.upperBound < cells.count {
          #expect(!cells[run.columns.upperBound].isRightHalf, "a run ends with a whole cell")
          #expect(!before[run.columns.upperBound].isRightHalf)
        }
        for column in run.columns { screen[run.row][column] = cells[column] }
      }
      #expect(screen == (0..<size.rows).map { Array(new.row($0)) })
    }
  }

  @Test("A buffer does not differ from itself, and one cell is one run of one cell")
  func smallDifferences() {
    var random = SeededRandom(seed: 5)
    let old = Self.drawn(&random, size: Size(columns: 20, rows: 4))
    #expect(CellBuffer.differences(old, old).isEmpty)
    let blank = CellBuffer(size: Size(columns: 20, rows: 4))
    var new = blank
    new[column: 7, row: 2] = Cell("x")
    #expect(CellBuffer.differences(blank, new) == [CellRun(row: 2, columns: 7..<8)])
    let other = CellBuffer(size: Size(columns: 3, rows: 2))
    #expect(
      CellBuffer.differences(blank, other) == [
        CellRun(row: 0, columns: 0..<3), CellRun(row: 1, columns: 0..<3),
      ])
  }
}
