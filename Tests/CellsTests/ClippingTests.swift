import TestSupport
import Testing

@testable import Cells

@Suite("Whatever is drawn stays inside") struct ClippingTests {
  private static func rect(_ random: inout SeededRandom) -> Rect {
    Rect(
      column: .random(in: -5...14, using: &random), row: .random(in: -3...7, using: &random),
      columns: .random(in: -1...16, using: &random), rows: .random(in: -1...8, using: &random))
  }

  /// A buffer of narrow and wide letters.
  private static func filled(_ random: inout SeededRandom) -> CellBuffer {
    var buffer = CellBuffer(size: Size(columns: 10, rows: 5))
    for row in 0..<5 {
      let letters = (0..<10).map { _ in
        random.choose(["a", "日", "e\u{301}", "Ｗ", "🇩🇪"])
      }
      buffer.put(
        letters.joined(), at: Position(column: .random(in: 0...1, using: &random), row: row))
    }
    return buffer
  }

  /// Whether no wide letter of `buffer` has lost a half.
  private static func isWhole(_ buffer: CellBuffer) -> Bool {
    (0..<buffer.size.rows).allSatisfy { row in
      let cells = Array(buffer.row(row))
      return cells.indices.allSatisfy { column in
        if cells[column].width == 2 {
          return column + 1 < cells.count && cells[column + 1].isRightHalf
        }
        return !cells[column].isRightHalf || column > 0 && cells[column - 1].width == 2
      }
    }
  }

  /// Checks that only cells in `rect` differ, or such whose other half lies in it.
  private static func expect(_ after: CellBuffer, differsFrom before: CellBuffer, only rect: Rect) {
    #expect(isWhole(after))
    for row in 0..<before.size.rows {
      for column in 0..<before.size.columns {
        let near = (-1...1).contains { rect.contains(Position(column: column + $0, row: row)) }
        if !near { #expect(after[column: column, row: row] == before[column: column, row: row]) }
      }
    }
  }

  @Test("Filling, restyling, boxes, lines and bars change only their rectangle, wherever it is")
  func shapes() {
    var random = SeededRandom(seed: 21)
    for _ in 0..<400 {
      let before = Self.filled(&random)
      let rect = Self.rect(&random)
      var buffer = before
      buffer.fill(rect, with: "#", style: Style(.border))
      Self.expect(buffer, differsFrom: before, only: rect)
      for row in 0..<5 {
        for column in 0..<10 where rect.contains(Position(column: column, row: row)) {
          #expect(buffer[column: column, row: row].text == "#")
        }
      }
      buffer = before
      buffer.select(rect)
      Self.expect(buffer, differsFrom: before, only: rect)
      #expect(buffer.text() == before.text())
      buffer = before
      buffer.box(rect)
      Self.expect(buffer, differsFrom: before, only: rect)
      buffer = before
      buffer.horizontalLine(at: rect.origin, length: rect.columns)
      Self.expect(
        buffer, differsFrom: before,
        only: Rect(column: rect.left, row: rect.top, columns: rect.columns, rows: 1))
      buffer = before
      buffer.verticalLine(at: rect.origin, length: rect.rows)
      Self.expect(
        buffer, differsFrom: before,
        only: Rect(column: rect.left, row: rect.top, columns: 1, rows: rect.rows))
      buffer = before
      buffer.bar(.random(in: -0.5...1.5, using: &random), at: rect.origin, width: rect.columns)
      Self.expect(
        buffer, differsFrom: before,
        only: Rect(column: rect.left, row: rect.top, columns: rect.columns, rows: 1))
    }
  }

  @Test("A text in a field changes only the field, and fills all of it with its style")
  func fields() {
    var random = SeededRandom(seed: 22)
    for _ in 0..<400 {
      let before = Self.filled(&random)
      let place = Position(
        column: .random(in: 0...11, using: &random), row: .random(in: -1...5, using: &random))
      let width = Int.random(in: 0...12, using: &random)
      let text =
        random.choose(["", "abc", "日本語", "a\u{1B}b", "e\u{301}日", "🇩🇪👍🏽"])
      for alignment in [Alignment.leading, .trailing, .center] {
        var buffer = before
        buffer.putField(text, at: place, width: width, alignment: alignment, style: Style(.number))
        let field = Rect(column: place.column, row: place.row, columns: width, rows: 1)
        Self.expect(buffer, differsFrom: before, only: field)
        for column in 0..<10
        where field.contains(Position(column: column, row: place.row))
          && (0..<5).contains(place.row)
        {
          #expect(
            [.number, .markHostile].contains(buffer[column: column, row: place.row].style.role))
        }
      }
    }
  }

  @Test("What is copied from another buffer is what stands there, cut at the edges")
  func copies() {
    var random = SeededRandom(seed: 23)
    for _ in 0..<400 {
      let before = Self.filled(&random)
      let other = Self.filled(&random)
      let origin = Position(
        column: .random(in: -11...11, using: &random), row: .random(in: -6...6, using: &random))
      var buffer = before
      buffer.draw(other, at: origin)
      Self.expect(buffer, differsFrom: before, only: Rect(origin: origin, size: other.size))
      for row in 0..<5 {
        for column in 0..<10 {
          let copied = buffer[column: column, row: row]
          let from = other[column: column - origin.column, row: row - origin.row]
          let isInside = Rect(origin: origin, size: other.size).contains(
            Position(column: column, row: row))
          guard isInside, from.width == 1 else { continue }
          // Only at an edge a wide neighbour that lost its half leaves a blank.
          #expect(copied == from || copied.isBlank)
        }
      }
    }
  }

  @Test("Rectangles meet in what both have, in whichever order, and shrink inside of themselves")
  func rectangles() {
    var random = SeededRandom(seed: 24)
    for _ in 0..<500 {
      let (a, b) = (Self.rect(&random), Self.rect(&random))
      let both = a.intersection(b)
      let inner = a.inset(
        columns: .random(in: 0...3, using: &random), rows: .random(in: 0...3, using: &random))
      #expect(both.isEmpty == b.intersection(a).isEmpty)
      for row in -4...15 {
        for column in -6...31 {
          let place = Position(column: column, row: row)
          #expect(both.contains(place) == (a.contains(place) && b.contains(place)))
          #expect(b.intersection(a).contains(place) == both.contains(place))
          if inner.contains(place) { #expect(a.contains(place)) }
        }
      }
      #expect(a.intersection(a).size == a.size)
    }
  }

  @Test("Every key that has a name is read from it again, with all that may be held with it")
  func keys() {
    var codes: [Key.Code] = [
      .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .enter, .escape, .tab, .backTab,
      .backspace, .delete, .insert,
    ]
    codes += (1...63).map { .function($0) }
    codes += "azAZ09 é日-/?\"\\F".map { .character($0) }
    for code in codes {
      for (control, alt) in [(false, false), (true, false), (false, true), (true, true)] {
        let key = Key(code, control: control, alt: alt)
        let read = Key(name: key.name)
        // With Control, a terminal sends the same for both cases.
        if control, case .character(let character) = code {
          #expect(
            read == Key(.character(Character(character.lowercased())), control: true, alt: alt),
            "\(key.name)")
        } else {
          #expect(read == key, "\(key.name)")
        }
      }
    }
  }
}
