import TestSupport
import Testing

@testable import Cells

/// A screen in the plainest form: what stands in each cell, and the rules of drawing as one would tell
/// them to a person with squared paper.
private struct Paper {
  /// A cell: a letter, the second half of a wide one, and the role it is drawn with.
  struct Square: Equatable {
    var letter = " "
    var isHalf = false
    var role = Role.text
    var isSelected = false
  }

  var squares: [[Square]]
  let columns: Int

  init(_ size: Size) {
    columns = size.columns
    squares = Array(
      repeating: Array(repeating: Square(), count: size.columns), count: size.rows)
  }

  static func width(_ letter: String) -> Int { ["日", "本", "👍", "Ｗ"].contains(letter) ? 2 : 1 }

  /// Takes what stands in a square away, with its other half.
  private mutating func clear(_ row: Int, _ column: Int) {
    let old = squares[row][column]
    if old.isHalf, column > 0 { squares[row][column - 1].letter = " " }
    if !old.isHalf, Paper.width(old.letter) == 2, column + 1 < columns {
      squares[row][column + 1].letter = " "
      squares[row][column + 1].isHalf = false
    }
  }

  mutating func set(_ row: Int, _ column: Int, _ letter: String, _ role: Role) {
    clear(row, column)
    squares[row][column] = Square(letter: letter, role: role)
    guard Paper.width(letter) == 2 else { return }
    clear(row, column + 1)
    squares[row][column + 1] = Square(letter: letter, isHalf: true, role: role)
  }

  /// Draws letters from a place on, in so many columns; the columns that were taken.
  mutating func put(_ letters: [String], row: Int, column: Int, most: Int, role: Role) -> Int {
    let room = min(most, columns - column)
    guard squares.indices.contains(row), column >= 0, room > 0 else { return 0 }
    let whole = letters.reduce(0) { $0 + Paper.width($1) }
    var used = 0
    for letter in letters {
      let width = Paper.width(letter)
      if whole > room, used + width > room - 1 { break }
      set(row, column + used, letter, role)
      used += width
    }
    if whole > room {
      set(row, column + used, "…", role)
      used += 1
    }
    return used
  }

  mutating func fill(_ rect: Rect, _ letter: String, _ role: Role) {
    for row in squares.indices {
      for column in 0..<columns where rect.contains(Position(column: column, row: row)) {
        set(row, column, letter, role)
      }
    }
  }

  /// Draws squares as selected ones; a wide letter by its first half.
  mutating func select(_ rect: Rect) {
    for row in squares.indices {
      for column in 0..<columns where rect.contains(Position(column: column, row: row)) {
        guard !squares[row][column].isHalf else { continue }
        squares[row][column].isSelected = true
        if Paper.width(squares[row][column].letter) == 2 {
          squares[row][column + 1].isSelected = true
        }
      }
    }
  }
}

@Suite("A buffer of cells beside squared paper") struct CanvasModelTests {
  private static let letters = ["a", "Z", "7", "é", " ", "日", "本", "👍", "Ｗ", "…", "─"]
  private static let roles: [Role] = [.text, .title, .border, .runError]

  private func compare(_ buffer: CellBuffer, _ paper: Paper, _ note: String) {
    for row in 0..<buffer.size.rows {
      for column in 0..<buffer.size.columns {
        let (cell, square) = (buffer[column: column, row: row], paper.squares[row][column])
        let isSame =
          cell.isRightHalf == square.isHalf && (square.isHalf || cell.text == square.letter)
          && cell.style.role == square.role && cell.style.isSelected == square.isSelected
        #expect(isSame, "\(note), at \(column), \(row): \(cell.text) and \(square.letter)")
      }
    }
  }

  private static func rect(_ random: inout SeededRandom) -> Rect {
    Rect(
      column: .random(in: -3...14, using: &random), row: .random(in: -2...6, using: &random),
      columns: .random(in: 0...16, using: &random), rows: .random(in: 0...5, using: &random))
  }

  @Test("Whatever is drawn over whatever, both show the same", arguments: 1...40)
  func drawn(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let size = Size(
      columns: .random(in: 1...14, using: &random), rows: .random(in: 1...5, using: &random))
    var (buffer, paper) = (CellBuffer(size: size), Paper(size))
    for step in 0..<40 {
      let role = random.choose(Self.roles)
      switch Int.random(in: 0..<6, using: &random) {
      case 0:
        let (rect, letter) = (Self.rect(&random), random.choose(["#", " ", "x"]))
        buffer.fill(rect, with: Character(letter), style: Style(role))
        paper.fill(rect, letter, role)
      case 1:
        let rect = Self.rect(&random)
        buffer.select(rect)
        paper.select(rect)
      default:
        let letters = (0..<Int.random(in: 0...12, using: &random)).map { _ in
          random.choose(Self.letters)
        }
        let place = Position(
          column: .random(in: -2...15, using: &random), row: .random(in: -1...5, using: &random))
        let most = random.choose([0, 1, 2, 3, 7, 50])
        let used = buffer.put(
          letters.joined(), at: place, maxWidth: most, style: Style(role))
        let wanted = paper.put(
          letters, row: place.row, column: place.column, most: most, role: role)
        #expect(used == wanted, "step \(step): \(letters.joined())")
      }
      compare(buffer, paper, "step \(step)")
    }
  }

  @Test("A field is padded on the side that it says, and cut at its end", arguments: 1...20)
  func fields(seed: Int) {
    var random = SeededRandom(scattering: 50 + seed)
    for _ in 0..<30 {
      let size = Size(columns: 16, rows: 1)
      let letters = (0..<Int.random(in: 0...10, using: &random)).map { _ in
        random.choose(Self.letters)
      }
      let (column, width) = (
        Int.random(in: 0...10, using: &random), Int.random(in: 1...6, using: &random)
      )
      let alignment = random.choose([Alignment.leading, .trailing, .center])
      var (buffer, paper) = (CellBuffer(size: size), Paper(size))
      buffer.fill(Rect(size), with: "#")
      paper.fill(Rect(size), "#", .text)
      buffer.putField(
        letters.joined(), at: Position(column: column, row: 0), width: width,
        alignment: alignment, style: Style(.number))
      paper.fill(Rect(column: column, row: 0, columns: width, rows: 1), " ", .number)
      let whole = min(width, letters.reduce(0) { $0 + Paper.width($1) })
      let spare = width - whole
      let before = alignment == .leading ? 0 : alignment == .trailing ? spare : spare / 2
      _ = paper.put(
        letters, row: 0, column: column + before, most: width - before, role: .number)
      compare(buffer, paper, "\(letters.joined()) in \(width), \(alignment)")
    }
  }

  @Test("A copy of a buffer stands where it is put, cut at the edges", arguments: 1...20)
  func copies(seed: Int) {
    var random = SeededRandom(scattering: 90 + seed)
    let size = Size(columns: 12, rows: 4)
    var (small, smallPaper) = (
      CellBuffer(size: Size(columns: 6, rows: 3)), Paper(Size(columns: 6, rows: 3))
    )
    for row in 0..<3 {
      let letters = (0..<5).map { _ in random.choose(Self.letters) }
      small.put(letters.joined(), at: Position(column: 0, row: row), style: Style(.title))
      _ = smallPaper.put(letters, row: row, column: 0, most: .max, role: .title)
    }
    let origin = Position(
      column: .random(in: 0...11, using: &random), row: .random(in: -2...3, using: &random))
    var (buffer, paper) = (CellBuffer(size: size), Paper(size))
    buffer.draw(small, at: origin)
    for row in 0..<3 where (0..<4).contains(origin.row + row) {
      for column in 0..<6 where origin.column + column < 12 {
        let square = smallPaper.squares[row][column]
        if square.isHalf { continue }
        // Half of a wide letter is no letter.
        let isCut = Paper.width(square.letter) == 2 && origin.column + column == 11
        paper.set(
          origin.row + row, origin.column + column, isCut ? " " : square.letter, square.role)
      }
    }
    compare(buffer, paper, "at \(origin)")
  }

  @Test(
    "A selection is shortened to its first columns in each row, letter by letter", arguments: 1...20
  )
  func shortened(seed: Int) {
    var random = SeededRandom(scattering: 130 + seed)
    let size = Size(columns: 14, rows: 3)
    var buffer = CellBuffer(size: size)
    for row in 0..<3 {
      let letters = (0..<12).map { _ in random.choose(Self.letters) }
      buffer.put(letters.joined(), at: Position(column: 0, row: row))
      buffer.select(
        Rect(
          column: .random(in: 0...4, using: &random), row: row,
          columns: .random(in: 0...14, using: &random), rows: 1))
    }
    let most = Int.random(in: 1...8, using: &random)
    var short = buffer
    short.shortenSelection(to: most)
    for row in 0..<3 {
      let before = Array(buffer.row(row)).map(\.style.isSelected)
      let after = Array(short.row(row)).map(\.style.isSelected)
      let (first, count) = (before.firstIndex(of: true) ?? 0, after.count { $0 })
      #expect(Array(short.row(row)).map(\.text) == Array(buffer.row(row)).map(\.text))
      #expect(count <= most + 1 && count >= min(most, before.count { $0 }))
      #expect(after.indices.allSatisfy { after[$0] == (first..<first + count).contains($0) })
      for (column, cell) in short.row(row).enumerated() where cell.width == 2 {
        #expect(after[column] == after[column + 1], "\(column) of \(row)")
      }
    }
  }
}
