import Cells
import Foundation
import Synchronization
import Workspace

/// Standard output and standard error.
enum StandardStreams {
  /// The error at which standard output was cut short; 0 for none.
  private static let failure = Atomic<Int32>(0)

  /// Prints a line, or several, on standard output, made harmless for a terminal.
  static func say(_ text: String) {
    write(Sanitizer.drawableLines(text) + "\n", to: STDOUT_FILENO)
  }

  /// Prints a line, or several, on standard error, made harmless for a terminal.
  static func complain(_ text: String) {
    write(Sanitizer.drawableLines(text) + "\n", to: STDERR_FILENO)
  }

  /// Prints a report on standard output, as JSON if asked, fitted to the terminal if there is one.
  static func print(_ report: Report, asJSON: Bool) throws {
    write(try report.text(asJSON: asJSON, width: width(of: STDOUT_FILENO)), to: STDOUT_FILENO)
  }

  /// Prints a report on standard output in a format; what was left out is told on standard error
  /// where programs read.
  static func print(_ report: Report, as format: OutputFormat) throws {
    write(try report.text(as: format, width: width(of: STDOUT_FILENO)), to: STDOUT_FILENO)
    if report.hasMore, format != .text {
      complain("lockstep: there are more rows than these; --limit shows more")
    }
  }

  /// The columns of the terminal at `descriptor`, or nil if it is none.
  static func width(of descriptor: Int32) -> Int? {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Writes all of `text`, whatever the other side takes at once.
  ///
  /// Once standard output was cut short, nothing more goes there: half an answer with a gap in its
  /// middle would look like a whole one.
  static func write(_ text: String, to descriptor: Int32) {
    guard descriptor != STDOUT_FILENO || failure.load(ordering: .relaxed) == 0 else { return }
    let error = DescriptorOutput.write(text, to: descriptor)
    if error != 0, descriptor == STDOUT_FILENO { failure.store(error, ordering: .relaxed) }
  }

  /// How a program ends that would have ended with `status`: not well where its answer was cut
  /// short, which is told here.
  static func status(_ status: Int32) -> Int32 {
    let error = failure.load(ordering: .relaxed)
    guard error != 0 else { return status }
    complain(
      "lockstep: the answer could not be written to its end: " + String(cString: strerror(error)))
    let isAnswer = [ExitStatus.success, .completedWithErrors, .drift].map(\.rawValue)
    return isAnswer.contains(status) ? ExitStatus.system.rawValue : status
  }
}
