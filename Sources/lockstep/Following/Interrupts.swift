import CSystem
import Glibc
import Synchronization

/// Counts Ctrl-C instead of dying of it.
final class Interrupts: Sendable {
  private let received = Mutex(0)

  /// From now on SIGINT is counted.
  init() {
    var signals = [SIGINT]
    _ = cs_signals_open(&signals, 1)
  }

  /// How often Ctrl-C came.
  var count: Int {
    received.withLock { received in
      while cs_signals_next() != 0 { received += 1 }
      return received
    }
  }

  /// Ctrl-C ends the process again.
  func stop() { cs_signals_close() }
}
