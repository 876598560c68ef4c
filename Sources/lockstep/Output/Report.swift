import Cells
import Console
import Foundation
import Workspace

/// What an answer is printed as.
enum OutputFormat {
  case text, json, csv
}

/// The answer of a subcommand: lines for a person, and a value for a program.
struct Report {
  /// What is printed for a person, fitted to a width; nil means that the width does not matter.
  var lines: (_ width: Int?) -> [String]
  /// What `--json` prints.
  var json: any Encodable
  /// What `--csv` prints, headings first; nil for what is no table.
  var csv: [[String]]?
  /// Whether rows were left out, of which only the text for people tells by itself.
  var hasMore = false

  /// A report that says `json` to programs and `lines` to people.
  init(json: any Encodable, lines: @escaping (_ width: Int?) -> [String]) {
    self.json = json
    self.lines = lines
  }

  /// A report of rows, which is a table as well.
  init(
    rows: [some CSVRow & Encodable], hasMore: Bool = false,
    lines: @escaping (_ width: Int?) -> [String]
  ) {
    self.init(json: rows, lines: lines)
    csv = rows.table
    self.hasMore = hasMore
  }

  /// The answer where there is nothing to tell.
  static var nothing: Report { Report(json: [String]()) { _ in [] } }

  /// The report in a format, as text that ends with a line break.
  ///
  /// - Throws: `WorkspaceError` where it is no table and that is asked for.
  func text(as format: OutputFormat, width: Int?) throws -> String {
    switch format {
    case .text: return try text(asJSON: false, width: width)
    case .json: return try text(asJSON: true, width: width)
    case .csv:
      guard let csv else {
        throw WorkspaceError(
          .usage, message: "--csv: this answer is no table", hint: "--json prints it for programs")
      }
      return csv.map { ExportText.csv($0.map(SafeText.line)) }.joined()
    }
  }

  /// The report as text that ends with a line break.
  func text(asJSON: Bool, width: Int?) throws -> String {
    if asJSON { return try JSONText.of(json) + "\n" }
    return lines(width).map { Sanitizer.drawableLines($0) + "\n" }.joined()
  }
}

/// How `--json` spells values: keys in alphabetical order, times in RFC 3339, UTC.
enum JSONText {
  /// `value` as JSON.
  static func of(_ value: any Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return escaped(String(decoding: try encoder.encode(value), as: UTF8.self))
  }

  /// The same JSON with what a terminal may act on, or a reader be misled by, as `\\u` escapes
  /// (RFC 8259 §7).
  static func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isEscaped) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
      guard isEscaped(scalar) else {
        out.unicodeScalars.append(scalar)
        continue
      }
      out += Sanitizer.jsonEscape(scalar)
    }
    return out
  }

  /// All that is hostile or not seen, but the line feeds of the layout.
  private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
    scalar != "\n" && Sanitizer.mayMislead(scalar)
  }
}
