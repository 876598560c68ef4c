import Cells
import Testing

@testable import Console

/// A table as it stands on the screen, read back from the cells: what is below which heading.
struct Sheet {
  /// The cells.
  let buffer: CellBuffer
  /// The cell of the cursor.
  let cursor: Position
  /// The places of the headings, by their fields.
  private(set) var headings: [String: Rect] = [:]
  /// The fields from left to right.
  private(set) var fields: [String] = []
  /// The screen's rows of the table's rows, by their places in the table.
  private(set) var lines: [Int: Int] = [:]
  /// The column that rows begin at.
  private var left = 0

  init(_ driver: Driver, pane: Int = 0) { self.init(driver.state, pane: pane) }

  init(_ state: ConsoleState, pane: Int = 0) {
    let (frame, hits) = Renderer(state: state, size: state.size).render()
    (buffer, cursor) = (frame.buffer, frame.cursor)
    for hit in hits {
      switch hit.target {
      case .heading(pane, let field):
        headings[field] = hit.rect
        fields.append(field)
      case .row(pane, let index): (lines[index], left) = (hit.rect.top, hit.rect.left)
      default: break
      }
    }
  }

  /// The places of the rows that are to be seen, from the top.
  var indices: [Int] { lines.sorted { $0.value < $1.value }.map(\.key) }

  /// The place of the row that is drawn as the selected one; nil where there is none, or several.
  var selected: Int? {
    let marked = lines.filter { buffer[column: left, row: $0.value].style.isSelected }
    return marked.count == 1 ? marked.first?.key : nil
  }

  /// The cells that a column has.
  func width(_ field: String) -> Int { headings[field]?.columns ?? 0 }

  /// What stands below a heading in a row, without the blanks around it.
  func cell(_ field: String, _ index: Int) -> String {
    guard let rect = headings[field], let line = lines[index] else { return "" }
    return buffer.words(row: line, rect.left..<rect.right)
  }

  /// What stands below a heading, from the top.
  func column(_ field: String) -> [String] { indices.map { cell(field, $0) } }
}

extension CellBuffer {
  /// The text of a stretch of a row, without the blanks around it.
  func words(row: Int, _ columns: Range<Int>) -> String {
    var text = ""
    for column in columns {
      text.unicodeScalars.append(contentsOf: self[column: column, row: row].scalars)
    }
    return text.trimmed
  }

  /// The first cell that holds what a terminal might obey, or half of a wide character; nil where all
  /// is well.
  var offence: String? {
    for row in 0..<size.rows {
      for column in 0..<size.columns {
        let cell = self[column: column, row: row]
        // Most of a screen is plain.
        if cell.width == 1, cell.base.isASCII, cell.base.value >= 0x20, cell.base != "\u{7F}",
          !cell.hasMarks
        {
          continue
        }
        if cell.scalars.contains(where: { isForbidden($0) }) {
          return "a forbidden scalar at \(column), \(row)"
        }
        let next = self[column: column + 1, row: row]
        if cell.width == 2, column + 1 >= size.columns || !next.isRightHalf {
          return "the left half of a character at \(column), \(row)"
        }
        let before = self[column: column - 1, row: row]
        if cell.isRightHalf, column == 0 || before.width != 2 {
          return "the right half of a character at \(column), \(row)"
        }
      }
    }
    return nil
  }

  /// Controls, what forces a direction, and what is not drawn at all: by Unicode's own tables, and not
  /// by what cleans texts.
  private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) { return true }
    if scalar.properties.isBidiControl { return true }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: return true
    case .format:
      // Joiners within a cluster, and signs of some scripts that are drawn.
      return !(0x600...0x605).contains(scalar.value)
        && ![0x200C, 0x200D, 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD]
          .contains(scalar.value)
    default: return false
    }
  }
}
