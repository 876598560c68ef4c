import CSystem
import Foundation
import Synchronization

/// Tells when the process is asked to end.
final class Signals: Sendable {
  private let handler: Mutex<(@Sendable (Int32) -> Void)?>

  /// From now on SIGTERM and SIGINT do not end the process, but call `handler` with their number.
  init(_ handler: @escaping @Sendable (Int32) -> Void) {
    self.handler = Mutex(handler)
    var wanted = [SIGTERM, SIGINT]
    let descriptor = cs_signals_open(&wanted, Int32(wanted.count))
    guard descriptor >= 0 else { return }
    // A terminal or a log that goes away must not end a run.
    signal(SIGHUP, SIG_IGN)
    signal(SIGPIPE, SIG_IGN)
    let thread = Thread { [self] in self.wait(on: descriptor) }
    thread.start()
  }

  private func wait(on descriptor: Int32) {
    var watched = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    while true {
      let count = poll(&watched, 1, -1)
      guard count > 0 || errno == EINTR else { return }
      var number = cs_signals_next()
      while number != 0 {
        let call = handler.withLock { $0 }
        call?(number)
        number = cs_signals_next()
      }
    }
  }
}
