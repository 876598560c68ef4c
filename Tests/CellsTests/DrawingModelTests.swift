import TestSupport
import Testing

@testable import Cells

@Suite("Lines, bars and what is sent of them") struct DrawingModelTests {
  private static func picture(_ buffer: CellBuffer) -> [String] {
    (0..<buffer.size.rows).map { buffer.text(row: $0, keepingTrailingBlanks: true) }
  }

  @Test("A box is its corners, its sides, and nothing inside", arguments: [false, true])
  func box(isASCII: Bool) {
    let glyphs = isASCII ? Glyphs.ascii : .unicode
    for columns in 0...7 {
      for rows in 0...5 {
        var buffer = CellBuffer(size: Size(columns: 9, rows: 7))
        buffer.fill(Rect(column: 0, row: 0, columns: 9, rows: 7), with: "·")
        buffer.box(Rect(column: 1, row: 1, columns: columns, rows: rows), glyphs: glyphs)
        for (row, line) in Self.picture(buffer).enumerated() {
          for (column, character) in line.enumerated() {
            let (x, y) = (column - 1, row - 1)
            let isInside = (0..<columns).contains(x) && (0..<rows).contains(y)
            let (isSide, isEnd) = (x == 0 || x == columns - 1, y == 0 || y == rows - 1)
            let wanted: Character =
              switch (isInside && columns > 1 && rows > 1, isSide, isEnd) {
              case (false, _, _), (true, false, false): "·"
              case (true, true, false): glyphs.vertical
              case (true, false, true): glyphs.horizontal
              case (true, true, true):
                y == 0
                  ? x == 0 ? glyphs.topLeft : glyphs.topRight
                  : x == 0 ? glyphs.bottomLeft : glyphs.bottomRight
              }
            #expect(character == wanted, "\(columns)x\(rows) at \(x), \(y)")
          }
        }
      }
    }
  }

  @Test("A bar grows with what is done, and never by more than one step", arguments: 1...12)
  func bar(width: Int) {
    for glyphs in [Glyphs.unicode, .ascii] {
      let steps = glyphs.barParts.count + 1
      /// How much of the bar is full, in steps.
      func filled(_ fraction: Double) -> Int {
        var buffer = CellBuffer(size: Size(columns: 14, rows: 1))
        buffer.bar(fraction, at: Position(column: 1, row: 0), width: width, glyphs: glyphs)
        let line = Array(buffer.text(row: 0, keepingTrailingBlanks: true))
        #expect(line[0] == " " && line[(width + 1)...].allSatisfy { $0 == " " })
        var levels = line[1...width].map { character -> Int in
          if character == glyphs.barFull { return steps }
          return (glyphs.barParts.firstIndex(of: character) ?? -1) + 1
        }
        let sum = levels.reduce(0, +)
        while levels.first == steps { levels.removeFirst() }
        #expect(levels.dropFirst().allSatisfy { $0 == 0 })
        return sum
      }
      var last = 0
      for thousandth in 0...1000 {
        let now = filled(Double(thousandth) / 1000)
        #expect(now >= last && now - last <= 1)
        #expect(abs(Double(now) / Double(width * steps) - Double(thousandth) / 1000) <= 1)
        last = now
      }
      #expect(filled(0) == 0 && last == width * steps)
      #expect(filled(-3) == 0 && filled(7) == last && filled(.nan) == 0)
      #expect(filled(.infinity) == 0 && filled(-.infinity) == 0)
    }
  }

  @Test(
    "What differs is told in runs that are apart, in order, and each begin and end with it",
    arguments: 1...30)
  func runs(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let size = Size(columns: 20, rows: 4)
    func buffer() -> CellBuffer {
      var buffer = CellBuffer(size: size)
      for row in 0..<4 {
        let text = (0..<18).map { _ in random.choose(["a", "a", "b", "日"]) }.joined()
        buffer.put(text, at: Position(column: 0, row: row))
      }
      return buffer
    }
    let (old, new) = (buffer(), buffer())
    let runs = CellBuffer.differences(old, new)
    for (one, next) in zip(runs, runs.dropFirst()) {
      #expect(
        one.row < next.row
          || one.row == next.row && one.columns.upperBound <= next.columns.lowerBound)
    }
    for row in 0..<4 {
      let (before, after) = (Array(old.row(row)), Array(new.row(row)))
      let told = Set(runs.filter { $0.row == row }.flatMap { Array($0.columns) })
      for column in 0..<20 where before[column] != after[column] {
        #expect(told.contains(column), "\(column) of \(row)")
      }
      for run in runs where run.row == row {
        #expect(run.columns.contains { before[$0] != after[$0] })
      }
    }
  }

  @Test("The styles of a row are told in stretches that are all of it", arguments: 1...20)
  func styles(seed: Int) {
    var random = SeededRandom(scattering: 40 + seed)
    var buffer = CellBuffer(size: Size(columns: 24, rows: 1))
    for _ in 0..<6 {
      let style = Style(random.choose([.title, .number, .text]), isSelected: random.chance(30))
      buffer.put(
        random.text(["ab", "日", " ", "c"], count: 1...6),
        at: Position(column: .random(in: 0...20, using: &random), row: 0), style: style)
    }
    let runs = buffer.styleRuns(row: 0)
    #expect(runs.first?.columns.lowerBound == 0 && runs.last?.columns.upperBound == 24)
    for (one, next) in zip(runs, runs.dropFirst()) {
      #expect(one.columns.upperBound == next.columns.lowerBound && one.style != next.style)
    }
    for run in runs {
      for column in run.columns { #expect(buffer[column: column, row: 0].style == run.style) }
    }
  }

  @Test(
    "A text spelled out can be read back, and what is seen of it is all printable",
    arguments: 1...40)
  func spelled(seed: Int) {
    var random = SeededRandom(scattering: 80 + seed)
    let text = random.text(count: 0...14)
    guard !text.contains("<U+") else { return }
    for spelled in [Sanitizer.verbose(text), Sanitizer.exact(text)] {
      #expect(!spelled.unicodeScalars.contains { $0.value < 0x20 || $0 == "\u{202E}" })
      var back = String.UnicodeScalarView()
      var rest = spelled[...]
      while let start = rest.firstRange(of: "<U+") {
        back.append(contentsOf: rest[..<start.lowerBound].unicodeScalars)
        rest = rest[start.upperBound...]
        guard let end = rest.firstIndex(of: ">"), let value = UInt32(rest[..<end], radix: 16),
          let scalar = Unicode.Scalar(value)
        else {
          back.append(contentsOf: "<U+".unicodeScalars)
          continue
        }
        back.append(scalar)
        rest = rest[rest.index(after: end)...]
      }
      back.append(contentsOf: rest.unicodeScalars)
      #expect(Array(back) == Array(text.unicodeScalars), "\(text.debugDescription): \(spelled)")
    }
  }

  @Test("What is drawn of a text depends on nothing but the text", arguments: 1...30)
  func alone(seed: Int) {
    var random = SeededRandom(scattering: 140 + seed)
    let texts = (0..<6).map { _ in random.text(count: 1...6) }
    // Each in a row of its own is the same as each in a field beside the others.
    for (index, text) in texts.enumerated() {
      var one = CellBuffer(size: Size(columns: 60, rows: 1))
      one.putField(text, at: Position(column: index * 10, row: 0), width: 10)
      var all = CellBuffer(size: Size(columns: 60, rows: 1))
      for (place, other) in texts.enumerated() {
        all.putField(other, at: Position(column: place * 10, row: 0), width: 10)
      }
      for column in index * 10..<index * 10 + 10 {
        #expect(one[column: column, row: 0] == all[column: column, row: 0], "\(column)")
      }
    }
  }
}
