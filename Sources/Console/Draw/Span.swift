import Cells

/// A stretch of text with one meaning.
struct Span: Equatable, Sendable {
  /// The text; it may come from a directory, drawing makes it harmless.
  var text: String
  /// What it means.
  var role: Role

  init(_ text: String, _ role: Role = .text) {
    self.text = text
    self.role = role
  }
}

extension CellBuffer {
  /// Draws spans one after the other in at most `width` columns; returns the columns taken.
  @discardableResult
  mutating func put(_ spans: [Span], column: Int, row: Int, width: Int) -> Int {
    var taken = 0
    for span in spans where taken < width {
      taken += put(
        span.text, at: Position(column: column + taken, row: row), maxWidth: width - taken,
        style: Style(span.role))
    }
    return taken
  }

  /// Draws spans so that they end at `right`, unless that would begin left of `left`.
  ///
  /// - Returns: the column that they begin at, or nil when there was no room.
  @discardableResult
  mutating func putTrailing(_ spans: [Span], left: Int, right: Int, row: Int) -> Int? {
    let width = Span.width(spans)
    guard width > 0, right - width >= left else { return nil }
    put(spans, column: right - width, row: row, width: width)
    return right - width
  }
}

extension Span {
  /// The columns that spans take, one after the other.
  static func width(_ spans: [Span]) -> Int {
    spans.reduce(0) { $0 + TextWidth.of(Sanitizer.drawable($1.text)) }
  }
}

/// Breaking text into lines.
enum Wrap {
  /// The text in lines of at most `width` columns, broken at blanks where there are some; line
  /// breaks in the text are kept.
  static func lines(_ text: String, width: Int) -> [String] {
    let width = max(1, width)
    return text.split(omittingEmptySubsequences: false, whereSeparator: Self.isBreak).flatMap {
      paragraph(String($0), width: width)
    }
  }

  /// CR and LF together are one Character.
  private static func isBreak(_ character: Character) -> Bool {
    character == "\n" || character == "\r\n"
  }

  /// The text in lines of at most `width` columns, broken behind blanks where there are some; unlike
  /// ``lines(_:width:)`` every blank stays, since in a value each counts.
  static func exact(_ text: String, width: Int) -> [String] {
    let width = max(1, width)
    var lines: [String] = []
    var line = ""
    var columns = 0
    var rest = text[...]
    while !rest.isEmpty {
      let word = rest.prefix { $0 != " " }
      let blanks = rest[word.endIndex...].prefix { $0 == " " }
      rest = rest[blanks.endIndex...]
      if columns > 0, columns + TextWidth.of(Sanitizer.drawable(String(word))) > width {
        lines.append(line)
        (line, columns) = ("", 0)
      }
      let pieces = cut(line + word, width: width)
      lines += pieces.dropLast()
      // Those at the end of a line have no room of their own.
      line = (pieces.last ?? "") + blanks
      columns = TextWidth.of(Sanitizer.drawable(line))
    }
    return lines + [line]
  }

  private static func paragraph(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    var columns = 0
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
      let length = TextWidth.of(Sanitizer.drawable(String(word)))
      if columns > 0, columns + 1 + length <= width {
        line += " " + word
        columns += 1 + length
        continue
      }
      if columns > 0 { lines.append(line) }
      let pieces = cut(String(word), width: width)
      lines += pieces.dropLast()
      line = pieces.last ?? ""
      columns = TextWidth.of(Sanitizer.drawable(line))
    }
    return lines + [line]
  }

  /// Spans in at most so many lines of at most `width` columns, each stretch with its meaning; lines
  /// but the first begin behind an indent.
  ///
  /// - Returns: the lines, and whether these are all.
  static func flow(
    _ spans: [Span], width: Int, indent: Int, most: Int
  ) -> (lines: [[Span]], isWhole: Bool) {
    let indent = min(indent, width / 2)
    var lines: [[Span]] = []
    var line: [Span] = []
    var columns = 0
    for span in spans {
      var piece = ""
      for character in span.text {
        let length = TextWidth.of(Sanitizer.drawable(String(character)))
        if columns + length > width, columns > indent {
          if !piece.isEmpty { line.append(Span(piece, span.role)) }
          lines.append(line)
          if lines.count == most { return (lines, false) }
          (line, piece, columns) = ([Span(String(repeating: " ", count: indent))], "", indent)
        }
        piece.append(character)
        columns += length
      }
      if !piece.isEmpty { line.append(Span(piece, span.role)) }
    }
    return (lines + [line], true)
  }

  /// Spans in lines of at most `width` columns, broken at blanks where there are some, each stretch
  /// with its meaning; lines but the first begin behind an indent.
  static func folded(_ spans: [Span], width: Int, indent: Int) -> [[Span]] {
    guard width > 0, Span.width(spans) > width else { return [spans] }
    let indent = min(indent, width / 2)
    var lines: [FoldedLine] = []
    var line = FoldedLine()
    for span in spans {
      for character in span.text {
        let length = TextWidth.of(Sanitizer.drawable(String(character)))
        if line.columns + length > width, line.cells.count > line.indent {
          let isBlank = character == " "
          let rest = isBlank ? [] : line.takeLastWord(ifWithin: width - indent - length)
          lines.append(line)
          line = FoldedLine(indent: indent)
          for cell in rest { line.append(cell) }
          // The blank that a line is broken at is of neither.
          if isBlank { continue }
        }
        line.append(FoldedLine.Cell(character: character, role: span.role, width: length))
      }
    }
    return (lines + [line]).map(\.spans)
  }

  /// A line that is being filled.
  private struct FoldedLine {
    struct Cell {
      var character: Character
      var role: Role
      var width: Int
    }
    var cells: [Cell] = []
    var columns = 0
    /// The blanks at its beginning that are no part of the text.
    var indent = 0
    /// Where the last word begins, if another stands before it.
    private var wordStart: Int?

    init(indent: Int = 0) {
      self.indent = indent
      columns = indent
      cells = Array(repeating: Cell(character: " ", role: .text, width: 1), count: indent)
    }

    mutating func append(_ cell: Cell) {
      let isBlank = cell.character == " "
      if isBlank, cells.contains(where: { $0.character != " " }) { wordStart = cells.count + 1 }
      cells.append(cell)
      columns += cell.width
    }

    /// Takes its last word away, where it is not the only one and there is room for it elsewhere.
    mutating func takeLastWord(ifWithin room: Int) -> [Cell] {
      guard let wordStart else { return [] }
      let word = Array(cells[wordStart...])
      guard word.reduce(0, { $0 + $1.width }) <= room else { return [] }
      cells.removeSubrange(wordStart...)
      return word
    }

    var spans: [Span] {
      cells.reduce(into: [Span]()) { spans, cell in
        if spans.last?.role == cell.role {
          spans[spans.count - 1].text.append(cell.character)
        } else {
          spans.append(Span(String(cell.character), cell.role))
        }
      }
    }
  }

  /// A word in pieces of at most `width` columns.
  static func cut(_ word: String, width: Int) -> [String] {
    var pieces: [String] = []
    var piece = ""
    var columns = 0
    for character in word {
      let length = max(1, TextWidth.of(character))
      if columns + length > width, !piece.isEmpty {
        pieces.append(piece)
        piece = ""
        columns = 0
      }
      piece.append(character)
      columns += length
    }
    return pieces + [piece]
  }
}
