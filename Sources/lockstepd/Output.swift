import Cells
import Foundation
import Workspace

/// Answers of commands on standard output.
enum Output {
  /// Prints `value` as JSON if asked, else `lines`, each made harmless for a terminal.
  static func print(_ value: any Encodable, _ lines: [String], asJSON: Bool) throws {
    let text =
      asJSON
      ? try json(value) + "\n" : lines.map { Sanitizer.drawable($0) + "\n" }.joined()
    try write(text)
  }

  /// Writes `text` to standard output.
  ///
  /// - Throws: ``WorkspaceError`` if not all of it can be written.
  static func write(_ text: String) throws(WorkspaceError) {
    let error = DescriptorOutput.write(text, to: STDOUT_FILENO)
    guard error != 0 else { return }
    if error == EPIPE {
      // A reader that goes away (`lockstep check | head`) ends the output, not with an error.
      signal(SIGPIPE, SIG_DFL)
      raise(SIGPIPE)
    }
    throw WorkspaceError(
      .system,
      message: "The answer could not be written to its end: " + String(cString: strerror(error)),
      hint: "")
  }

  /// `value` as JSON: keys in alphabetical order; what a terminal may act on is escaped.
  static func json(_ value: any Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(value), as: UTF8.self)
    var out = ""
    for scalar in text.unicodeScalars {
      if scalar == "\n" || !Sanitizer.mayMislead(scalar) {
        out.unicodeScalars.append(scalar)
      } else {
        for unit in Character(scalar).utf16 {
          let digits = String(unit, radix: 16)
          out += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      }
    }
    return out
  }
}
