import Cells
import Directory
import SyncStore

/// What `e` writes to a file: exactly what is shown.
public enum ScreenExport: Equatable, Sendable {
  /// All rows of a table, which are read part by part.
  case table(TableExport)
  /// What the screen has at hand.
  case lines(LinesExport)

  /// The word for it in a file's name.
  var name: String {
    switch self {
    case .table(let table): table.name
    case .lines(let lines): lines.name
    }
  }
}

/// Lines of a screen as they are written to a file: in columns, none cut, folds opened.
public struct LinesExport: Equatable, Sendable {
  /// The word for them in a file's name.
  public var name: String
  /// The headings of their columns.
  public var header: ExportHeader
  /// A text for each column.
  public var rows: [[String]]

  /// Lines in columns of these headings.
  init(_ name: String, _ titles: [String], numbers: Set<Int> = [], rows: [[String]]) {
    self.name = Self.word(name)
    header = ExportHeader(titles, numbers: numbers)
    self.rows = rows
  }

  /// The lines of a text, each with the heading that it stands below, what it names and what it
  /// says of that.
  init(_ name: String, head: [[Span]] = [], _ lines: [DetailLine]) {
    let head = head.map { ["", "", Self.text($0)] }
    self.init(name, ["Part", "Name", "Text"], rows: head + Self.rows(lines))
  }

  /// The width of lines that are written to a file: room enough for any.
  static let width = 10_000

  /// A text that can be part of a file's name.
  static func word(_ text: String) -> String {
    String(text.prefix(60).map { $0.isLetter || $0.isNumber || $0 == "-" ? $0 : "-" })
  }

  private static func rows(_ lines: [DetailLine]) -> [[String]] {
    var (part, name) = ("", "")
    return lines.compactMap { line in
      // Marks of what is folded have no meaning in a file.
      let spans = line.spans.filter { $0.role != .key }
      var shown = spans.drop { $0.text.allSatisfy { $0 == " " } }
      guard let first = shown.first else { return nil }
      if first.role == .header {
        (part, name) = (first.text.trimmed, "")
        let rest = text(shown.dropFirst())
        return rest.isEmpty ? nil : [part, "", rest]
      }
      if isName(first), shown.count > 1 {
        name = first.text.trimmed
        shown = shown.dropFirst()
      } else if spans.first == first {
        // What begins without an indent speaks of something else than the line before.
        name = ""
      }
      return [part, name, text(shown)]
    }
  }

  /// Whether a stretch is the name of what follows it: names stand in a field of their own.
  private static func isName(_ span: Span) -> Bool {
    span.role == .attributeName && span.text.hasSuffix(" ")
      || span.text.count >= 12 && span.text.hasSuffix("  ")
  }

  private static func text(_ spans: some Sequence<Span>) -> String {
    spans.map(\.text).joined().trimmed
  }
}

/// The headings of what is written to a file.
public struct ExportHeader: Equatable, Sendable {
  /// A heading for each column.
  public var titles: [String]
  /// The columns whose texts are numbers.
  public var numbers: Set<Int>

  /// Headings of columns, some of them of numbers.
  init(_ titles: [String], numbers: Set<Int> = []) {
    self.titles = titles
    self.numbers = numbers
  }
}

extension String {
  /// The text without the blanks around it.
  var trimmed: String {
    let text = drop { $0 == " " }
    return String(text.prefix(text.count - text.reversed().prefix { $0 == " " }.count))
  }

  /// A number as programs read it, without the commas that stand between its thousands on the
  /// screen; any other text as it is.
  var withoutGrouping: String {
    guard contains(","), allSatisfy({ $0.isASCII && ($0.isNumber || "-,".contains($0)) }) else {
      return self
    }
    let plain = filter { $0 != "," }
    return Int(plain) == nil ? self : plain
  }
}

extension Sequence<AttributeDelta> {
  /// The headings of ``exported(clock:)``.
  static var exportTitles: [String] { ["Attribute", "Before", "After", "Rule"] }

  /// Each attribute with its values before and after, and the rule that changed it.
  func exported(clock: LocalTime) -> [[String]] {
    map { delta in
      [
        delta.name, ValueText.line(delta.before, of: delta.name, clock: clock),
        ValueText.line(delta.after, of: delta.name, clock: clock), delta.rule,
      ]
    }
  }
}
