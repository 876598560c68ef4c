import Cells
import Directory
import Foundation
import Workspace

/// The log: lines with time and level on standard error, which the service manager or the one who
/// started this process keeps.
enum Log {
  /// Writes a line.
  static func write(_ level: LogLine.Level, _ text: String) {
    let line = line(time: .now, level, text) + "\n"
    // One write a line, so that lines of two processes do not mix.
    // A log that can't be written is no reason to end.
    DescriptorOutput.write(line, to: STDERR_FILENO)
  }

  /// A line that steers nobody's terminal: what a text names may come from a file or a server.
  static func line(time: Timestamp, _ level: LogLine.Level, _ text: String) -> String {
    Sanitizer.drawable(LogLine.text(time: time.description, level, text))
  }

  /// Writes what happens.
  static func info(_ text: String) { write(.info, text) }
  /// Writes what a person should look at.
  static func warning(_ text: String) { write(.warning, text) }
}
