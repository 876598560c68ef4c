import Directory
import Foundation
import Workspace

/// The log: lines with time and level on standard error, which the service manager or the one who
/// started this process keeps.
enum Log {
  /// Writes a line.
  static func write(_ level: LogLine.Level, _ text: String) {
    let line = LogLine.text(time: Timestamp.now.description, level, text) + "\n"
    // One write a line, so that lines of two processes do not mix.
    // A log that can't be written is no reason to end.
    DescriptorOutput.write(line, to: STDERR_FILENO)
  }

  /// Writes what happens.
  static func info(_ text: String) { write(.info, text) }
  /// Writes what a person should look at.
  static func warning(_ text: String) { write(.warning, text) }
}
