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
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
