import Foundation

/// Standard output and standard error.
enum StandardStreams {
  /// Prints a line on standard output.
  static func say(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  /// Prints a line on standard error.
  static func complain(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

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
  static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 {
        if errno == EINTR || errno == EAGAIN { continue }
        return
      }
      bytes = bytes.dropFirst(count)
    }
  }
}
