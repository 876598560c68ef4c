import Cells
import Directory
import SyncStore

/// A line of a text that one can walk through.
struct DetailLine: Equatable, Sendable {
  /// What Enter does on a line.
  enum Target: Equatable, Sendable {
    /// Opens another object.
    case object(Int64)
    /// Opens or folds the values of an attribute.
    case fold(String)
    /// An expression that can be tried.
    case expression(String)
    /// Opens a family of errors.
    case family(ErrorFamily)
    /// A group of held changes.
    case heldGroup(HeldGroup)
    /// A held import.
    case heldImport(HeldImport)
    /// An account of the ledger of passwords.
    case account(PasswordRow.ID, name: String)
    /// A batch of passwords.
    case batch(PasswordBatchRow)
    /// More of what the line is the end of.
    case more
  }

  /// Tells the line from the others, also after the text was read anew.
  var key: String
  /// What is drawn.
  var spans: [Span]
  /// What `y` copies; empty if there is nothing to copy.
  var copy = ""
  /// The values that `y` copies instead, where their text takes long to be made.
  var copied: CopiedValues?
  /// What Enter does.
  var target: Target?
  /// Whether the line tells of an error.
  var isProblem = false
  /// Whether Enter opens a list of what the line counts.
  var opens = false
  /// Whether the line begins a part of the text.
  var isHead = false
}

/// Values whose text is made only when it is asked for.
struct CopiedValues: Equatable, Sendable {
  /// The attribute.
  var attribute: String
  /// Its values.
  var values: [AttributeValue]

  /// Of values of which a screen shows the beginning; nil where it shows all of them.
  init?(_ values: [AttributeValue], of attribute: String) {
    guard values.contains(where: ValueText.isLong) else { return nil }
    (self.attribute, self.values) = (attribute, values)
  }

  /// All of them.
  var text: String {
    values.map { ValueText.copied($0, of: attribute) }.joined(separator: "\n")
  }
}

extension DetailLine {
  /// A line that `y` copies values of.
  init(
    key: String, spans: [Span], copying values: [AttributeValue], of attribute: String,
    target: Target? = nil
  ) {
    self.init(key: key, spans: spans, target: target)
    copied = CopiedValues(values, of: attribute)
    guard copied == nil else { return }
    copy = values.map { ValueText.copied($0, of: attribute) }.joined(separator: "\n")
  }

  /// The line in as many as it takes in `width` columns: what tells of something is not cut.
  func folded(width: Int) -> [DetailLine] {
    let blanks = spans.map(\.text).joined().prefix { $0 == " " }.count
    let lines = Wrap.folded(spans, width: width, indent: blanks == 0 ? 5 : blanks + 2)
    return lines.enumerated().map { number, spans in
      var line = self
      line.spans = spans
      guard number > 0 else { return line }
      line.key += " fold \(number)"
      (line.isProblem, line.opens, line.isHead) = (false, false, false)
      return line
    }
  }
}

/// The selected line and the first visible one of a text.
struct LinePane: Equatable, Sendable {
  private(set) var key: String?
  private(set) var selected = 0
  private(set) var top = 0
  private var plainCopy = ""
  private var copied: CopiedValues?
  /// What `y` copies of the selected line.
  var copy: String { copied?.text ?? plainCopy }

  /// Selects a line.
  mutating func select(_ index: Int, of lines: [DetailLine]) {
    selected = max(0, min(index, lines.count - 1))
    key = lines.isEmpty ? nil : lines[selected].key
    plainCopy = lines.isEmpty ? "" : lines[selected].copy
    copied = lines.isEmpty ? nil : lines[selected].copied
  }

  /// Moves the selection.
  mutating func move(_ motion: Motion, lines: [DetailLine], height: Int) {
    settle(lines, height: height)
    switch motion {
    case .up(let count): select(selected - count, of: lines)
    case .down(let count): select(selected + count, of: lines)
    case .pageUp: select(selected - max(1, height - 1), of: lines)
    case .pageDown: select(selected + max(1, height - 1), of: lines)
    case .first: select(0, of: lines)
    case .last: select(lines.count - 1, of: lines)
    }
    settle(lines, height: height)
  }

  /// Selects the next line that tells of an error.
  ///
  /// - Returns: false when there is none.
  mutating func selectProblem(forward: Bool, lines: [DetailLine]) -> Bool {
    selectTarget(forward: forward, lines: lines) { $0.isProblem }
  }

  /// Selects the next line that `isTarget` takes.
  ///
  /// - Returns: false when there is none.
  mutating func selectTarget(
    forward: Bool, lines: [DetailLine], _ isTarget: (DetailLine) -> Bool
  ) -> Bool {
    let found =
      forward
      ? lines.indices.first { $0 > selected && isTarget(lines[$0]) }
      : lines.indices.last { $0 < selected && isTarget(lines[$0]) }
    guard let found else { return false }
    select(found, of: lines)
    return true
  }

  /// Finds the selected line again in a text that may have changed, and scrolls to it.
  mutating func settle(_ lines: [DetailLine], height: Int) {
    if let key, selected >= lines.count || lines[selected].key != key,
      let found = lines.firstIndex(where: { $0.key == key })
    {
      selected = found
    }
    select(selected, of: lines)
    let height = max(1, height)
    if selected < top { top = selected }
    if selected >= top + height { top = selected - height + 1 }
    top = max(0, min(top, max(0, lines.count - height)))
  }

  /// The selected line.
  func line(of lines: [DetailLine]) -> DetailLine? {
    lines.indices.contains(selected) ? lines[selected] : nil
  }

  /// Draws the visible lines; returns the place of the selected one.
  func draw(
    _ lines: [DetailLine], in buffer: inout CellBuffer, area: Rect, isFocused: Bool,
    hits: inout [Hit], pane: Int = 0
  ) -> Position {
    var cursor = Position(column: area.left, row: area.top)
    for offset in 0..<area.rows where top + offset < lines.count {
      let index = top + offset
      let row = area.top + offset
      buffer.put(lines[index].spans, column: area.left, row: row, width: area.columns)
      let rect = Rect(column: area.left, row: row, columns: area.columns, rows: 1)
      hits.append(Hit(rect: rect, target: .row(pane: pane, index: index)))
      guard index == selected else { continue }
      if isFocused { buffer.markSelected(rect, isFocused: true) }
      cursor = Position(column: area.left, row: row)
    }
    return cursor
  }

  /// What must be true at all times; the first thing that is not, or nil.
  var violation: String? {
    selected < 0 || top < 0 || top > selected ? "the selected line is visible" : nil
  }
}
