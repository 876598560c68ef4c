import Directory
import Foundation
import SyncStore
import Synchronization

/// Where progress is shown.
protocol ProgressDisplay: Sendable {
  /// Shows how far the running step is.
  func show(_ progress: RunProgress)
  /// Says something beside the progress.
  func note(_ text: String)
  /// Takes away what must not stay.
  func finish()
}

/// Progress on one line of a terminal, drawn over and over.
final class TerminalProgress: ProgressDisplay {
  private let isDrawn = Mutex(false)

  func show(_ progress: RunProgress) {
    let width = StandardStreams.width(of: STDERR_FILENO) ?? 80
    // The last column stays free: some terminals wrap when it is written.
    let line = ProgressText.line(progress, width: width - 1)
    StandardStreams.write("\r\u{1B}[K" + line, to: STDERR_FILENO)
    isDrawn.withLock { $0 = true }
  }

  func note(_ text: String) {
    finish()
    StandardStreams.complain(text)
  }

  func finish() {
    let wasDrawn = isDrawn.withLock { drawn in
      defer { drawn = false }
      return drawn
    }
    if wasDrawn { StandardStreams.write("\r\u{1B}[K", to: STDERR_FILENO) }
  }
}

/// Progress as lines for a file or a mail: one when a step begins, and one every ten seconds.
final class PlainProgress: ProgressDisplay {
  private struct Last {
    var step: Int64 = 0
    var shown = Timestamp(milliseconds: 0)
  }
  private let last = Mutex(Last())
  private let write: @Sendable (String) -> Void
  private let now: @Sendable () -> Timestamp

  init(
    write: @escaping @Sendable (String) -> Void = { StandardStreams.complain($0) },
    now: @escaping @Sendable () -> Timestamp = { .now }
  ) {
    self.write = write
    self.now = now
  }

  func show(_ progress: RunProgress) {
    let time = now()
    let isDue = last.withLock { last in
      guard last.step != progress.step.id || time.seconds(since: last.shown) >= 10 else {
        return false
      }
      last = Last(step: progress.step.id, shown: time)
      return true
    }
    if isDue { write(TimeText.clock(time) + "  " + ProgressText.line(progress, width: 120)) }
  }

  func note(_ text: String) { write(text) }

  func finish() {}
}

/// No progress at all.
struct SilentProgress: ProgressDisplay {
  func show(_ progress: RunProgress) {}
  func note(_ text: String) {}
  func finish() {}
}
