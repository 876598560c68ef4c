import Cells
import Configuration
import Console
import Foundation
import TestSupport
import Testing

@testable import lockstep

@Suite("Words that a shell and systemd take as they were meant")
struct QuotedWordTests {
  private static let pieces = [
    "a", "'", "\"", "\\", " ", "$", "`", "!", "%", "\u{301}", "é", ";", "&", "|", "*", "~", "#",
    "-",
    "\n", "(", "$(x)", "%h", "$$", "%%", "/", "=", "日",
  ]

  @Test("Any text is one word of a shell, the same to the last scalar", arguments: UInt64(1)...40)
  func shell(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<60 {
      let word = random.text(Self.pieces)
      let quoted = ShellText.quoted(word)
      #expect(
        ShellWords.words(quoted) == [Array(word.unicodeScalars)],
        "\(word.debugDescription): \(quoted)")
      #expect(ShellWords.words("x " + quoted + " y")?.count == 3)
    }
  }

  @Test("The shell of this machine takes it so, too", arguments: UInt64(1)...3)
  func thisShell(seed: UInt64) throws {
    var random = SeededRandom(seed: 100 + seed)
    let words = (0..<30).map { _ in random.text(Self.pieces) } + ["'\u{301}", "", "-n", "a b"]
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "printf '%s\\0' " + words.map(ShellText.quoted).joined(separator: " "),
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(data == Data(words.flatMap { Array($0.utf8) + [0] }))
  }

  @Test(
    "A word that needs no quotation marks has none",
    arguments: ["a", "/srv/a-b_c.d", "user@x", "a=b:c,d+e"])
  func plain(word: String) { #expect(ShellText.quoted(word) == word) }

  /// What systemd makes of the first argument of `--workspace` (systemd.syntax(7), "Quoting";
  /// systemd.service(5), "Command lines").
  private func workspace(_ unit: String) -> [Unicode.Scalar]? {
    let lead = "ExecStart=/opt/lockstepd run --workspace "
    guard let line = unit.split(separator: "\n").first(where: { $0.hasPrefix(lead) }) else {
      return nil
    }
    var rest = Array(line.unicodeScalars.dropFirst(lead.unicodeScalars.count))[...]
    let isQuoted = rest.first == "\""
    if isQuoted { rest = rest.dropFirst() }
    var word: [Unicode.Scalar] = []
    while let scalar = rest.popFirst() {
      switch scalar {
      case "\"": return isQuoted && rest.isEmpty ? word : nil
      case "\\":
        guard let next = rest.popFirst(), "\"\\".unicodeScalars.contains(next) else { return nil }
        word.append(next)
      case "%", "$":
        guard rest.popFirst() == scalar else { return nil }
        word.append(scalar)
      case " " where !isQuoted: return nil
      default: word.append(scalar)
      }
    }
    return isQuoted ? nil : word
  }

  @Test("Any path is one word of a unit file, with nothing put in", arguments: UInt64(1)...30)
  func unit(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<60 {
      let path = "/srv/" + random.text(Self.pieces.filter { $0 != "\n" })
      let unit = SystemdUnit(program: "/opt/lockstepd", workspace: path, user: "sync").text
      #expect(workspace(unit) == Array(path.unicodeScalars), "\(path.debugDescription)")
    }
  }
}

@Suite("Tables that programs read")
struct CommaTextTests {
  private static let pieces = [
    "a", "\"", ",", "\r\n", "\n", "\r", "'", "=", "+", "-", "@", "\t", "1", ".5", "\u{301}", "é",
    " ", ";",
  ]

  @Test(
    "A field is read as it was, or behind an apostrophe where it would be a formula",
    arguments: UInt64(1)...40)
  func fields(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for _ in 0..<40 {
      let fields = (0..<Int.random(in: 1...5, using: &random)).map { _ in random.text(Self.pieces) }
      let found = try #require(CommaText.records(ExportText.csv(fields)), "\(fields)")
      #expect(found.count == 1 && found[0].count == fields.count, "\(fields)")
      for (field, bytes) in zip(fields, found[0]) {
        let marked = [0x27] + Array(field.utf8)
        #expect(bytes == Array(field.utf8) || bytes == marked, "\(field.debugDescription)")
        let isFormula = [0x3D, 0x2B, 0x2D, 0x40].contains(field.utf8.first ?? 0)
        if isFormula, Double(field) == nil, field.utf8.count > 1 {
          #expect(bytes == marked, "\(field.debugDescription)")
        }
        if Double(field) != nil { #expect(bytes == Array(field.utf8)) }
      }
    }
  }

  @Test("Records end where they end, however many there are")
  func many() throws {
    let rows = (0..<20).map { ["\($0)", "a\r\nb", "", "\"\($0),\""] }
    let found = try #require(CommaText.records(rows.map(ExportText.csv).joined()))
    #expect(found == rows.map { $0.map { Array($0.utf8) } })
  }
}

@Suite("Tables that people read")
struct PlainTableModelTests {
  private static let pieces = ["a", "bc", "defg", " ", "日", "é", "e\u{301}", "\u{1B}[2J", "👩‍👩‍👧", "1"]

  private func table(_ random: inout SeededRandom) -> Table {
    var columns: [Table.Column] = []
    for index in 0..<Int.random(in: 1...6, using: &random) {
      let title = "T\(index)" + random.text(["x"], count: 0...6)
      var column =
        [
          Table.Column.text(title),
          .flexible(title, shortest: Int.random(in: 2...9, using: &random)),
          .number(title),
        ].randomElement(using: &random) ?? .text(title)
      if Bool.random(using: &random) {
        column = column.droppable(Int.random(in: 1...3, using: &random))
      }
      columns.append(column)
    }
    let rows = (0..<Int.random(in: 0...6, using: &random)).map { _ in
      columns.map { _ in random.text(Self.pieces, count: 0...10) }
    }
    return Table(columns: columns, rows: rows)
  }

  @Test("A line is too long only where nothing can give way any more", arguments: UInt64(1)...40)
  func width(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<12 {
      let table = table(&random)
      for width in [1, 10, 20, 30, 50, 80, 200] {
        let lines = table.lines(width: width)
        #expect(lines.count == table.rows.count + 1)
        let longest = lines.map { TextWidth.of($0) }.max() ?? 0
        guard longest > width else { continue }
        // Only columns that stay are left, and each is as narrow as it may be.
        let stay = table.columns.filter { $0.dropRank == nil }
        #expect(
          !stay.isEmpty || table.columns.count == 1 || lines[0].split(separator: " ").count <= 1)
        for column in stay where column.shortest == nil { #expect(lines[0].contains(column.title)) }
      }
    }
  }

  @Test(
    "Without a width, every cell is whole, and columns stand under each other",
    arguments: UInt64(1)...40)
  func whole(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<12 {
      let table = table(&random)
      let lines = table.lines(width: nil)
      for (row, line) in zip(table.rows, lines.dropFirst()) {
        for cell in row where !cell.trimmed.isEmpty {
          #expect(line.contains(SafeText.line(cell).trimmed))
        }
        #expect(line.unicodeScalars.allSatisfy { !Sanitizer.isHostile($0) })
      }
      var start = 0
      for (index, column) in table.columns.enumerated() {
        let cells = table.rows.map { SafeText.line($0[index]) }
        let widest = ([column.title] + cells).map { TextWidth.of($0) }.max() ?? 0
        for (cell, line) in zip([column.title] + cells, lines) {
          let space = String(repeating: " ", count: widest - TextWidth.of(cell))
          let field = column.isNumeric ? space + cell : cell + space
          #expect(columns(of: line, from: start, count: widest) == field.trimmed, "\(line)")
        }
        start += widest + 2
      }
    }
  }

  /// What stands in these columns of a line, without blanks at its end.
  private func columns(of line: String, from start: Int, count: Int) -> String {
    var column = 0
    var out = ""
    for character in line {
      if column >= start, column < start + count { out.append(character) }
      column += TextWidth.of(character)
    }
    return out.trimmed
  }

  @Test("What was cut is marked, and is the beginning of what it was", arguments: UInt64(1)...30)
  func shortened(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for _ in 0..<60 {
      let text = SafeText.line(random.text(Self.pieces, count: 0...14))
      for width in 0...20 {
        let short = SafeText.shortened(text, to: width)
        #expect(TextWidth.of(short) <= width)
        if TextWidth.of(text) <= width {
          #expect(short == text)
        } else if width > 0 {
          #expect(short.hasSuffix("…") && text.hasPrefix(short.dropLast()))
          // One more character would not have fitted.
          let next = text.dropFirst(short.count - 1).first.map { TextWidth.of($0) } ?? 0
          #expect(TextWidth.of(short) + next > width)
        }
      }
    }
  }

  @Test("A bar is as full as its share, and never longer than its frame")
  func bars() {
    #expect(ProgressText.bar(1, of: 2, columns: 5) == "")
    for columns in 6...40 {
      var before = 0
      for done in 0...50 {
        let bar = ProgressText.bar(done, of: 50, columns: columns)
        #expect(bar.count == columns && bar.hasPrefix("[") && bar.hasSuffix("]"))
        let filled = bar.count { $0 == "#" }
        #expect(filled >= before && filled == done * (columns - 2) / 50)
        before = filled
      }
      let full = "[" + String(repeating: "#", count: columns - 2) + "]"
      #expect(ProgressText.bar(51, of: 50, columns: columns) == full)
      #expect(ProgressText.bar(0, of: 0, columns: columns) == full)
      #expect(
        ProgressText.bar(-1, of: 50, columns: columns) == "["
          + String(repeating: ".", count: columns - 2) + "]")
    }
  }
}

extension String {
  /// Without blanks at its end.
  fileprivate var trimmed: String {
    var text = self
    while text.last == " " { text.removeLast() }
    return text
  }
}

@Suite("Spans on the command line")
struct SpanArgumentModelTests {
  @Test(
    "Every span of the original's scheduler is read ([days.]hours:minutes:seconds)",
    arguments: UInt64(1)...20)
  func clock(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
    for _ in 0..<50 {
      let (hours, minutes, seconds) = (
        Int.random(in: 0..<24, using: &random), Int.random(in: 0..<60, using: &random),
        Int.random(in: 0..<60, using: &random)
      )
      let rest = hours * 3600 + minutes * 60 + seconds
      #expect(Span(argument: "\(two(hours)):\(two(minutes)):\(two(seconds))")?.seconds == rest)
      let days = Int.random(in: 0...3650, using: &random)
      let whole = days * 86_400 + rest
      #expect(
        Span(argument: "\(days).\(two(hours)):\(two(minutes)):\(two(seconds))")?.seconds
          == (whole <= 315_360_000 ? whole : nil))
      #expect(Span(argument: "\(hours)h\(minutes)m\(seconds)s")?.seconds == rest)
      #expect(
        Span(argument: "\(days)D \(hours)H")?.seconds
          == (days * 86_400 + hours * 3600 <= 315_360_000 ? days * 86_400 + hours * 3600 : nil))
    }
  }

  @Test(
    "What a clock does not show is no span",
    arguments: [
      "1:60:00", "1:00:60", "1.24:00:00", "1:00", "1:2:3:4", "1.1.1:00:00", "-1:00:00", "+1:00:00",
      "1:-1:00", " 1:00:00", "1:00:00 ", "::", ".1:00:00", "1.:00:00", "١:00:00", "1:00:0x",
      "99999:00:00",
      "3651.00:00:00", "1d1d", "h", "1", "1.5h", "",
    ])
  func none(text: String) {
    #expect(Span(argument: text) == nil)
  }
}
