import Cells
import Foundation

/// The answer of a subcommand: lines for a person, and a value for a program.
struct Report {
  /// What is printed for a person, fitted to a width; nil means that the width does not matter.
  var lines: (_ width: Int?) -> [String]
  /// What `--json` prints.
  var json: any Encodable

  /// A report that says `json` to programs and `lines` to people.
  init(json: any Encodable, lines: @escaping (_ width: Int?) -> [String]) {
    self.json = json
    self.lines = lines
  }

  /// The report as text that ends with a line break.
  func text(asJSON: Bool, width: Int?) throws -> String {
    if asJSON { return try JSONText.of(json) + "\n" }
    return lines(width).map { $0 + "\n" }.joined()
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
      for unit in UTF16.encode(scalar) ?? .init([]) {
        let digits = String(unit, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return out
  }

  /// All that is hostile but the line feeds of the layout.
  private static func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
    scalar != "\n" && Sanitizer.isHostile(scalar)
  }
}
