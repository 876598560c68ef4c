import CSystem
import Glibc
import Synchronization

/// A means to wake a thread that waits in `poll`, from any other.
final class WakeUp: Sendable {
  let descriptor: Int32

  init() { descriptor = cs_wake_open() }

  deinit { if descriptor >= 0 { close(descriptor) } }

  func post() { if descriptor >= 0 { cs_wake_post(descriptor) } }

  func take() { if descriptor >= 0 { _ = cs_wake_take(descriptor) } }
}

/// How long one request may wait, and whether its caller still wants it.
final class Patience: Sendable {
  /// How a wait ended.
  enum Ending { case ready, timeout, cancelled }

  private let wakeUp: WakeUp
  private let isOver = Atomic<Bool>(false)

  init(_ wakeUp: WakeUp) { self.wakeUp = wakeUp }

  /// Whether the caller has gone.
  var isCancelled: Bool { isOver.load(ordering: .acquiring) }

  /// Ends the wait, or the next one.
  func cancel() {
    isOver.store(true, ordering: .releasing)
    wakeUp.post()
  }

  /// Waits until `descriptor` can be read, for `seconds` at most.
  func wait(_ descriptor: Int32, seconds: Double) -> Ending {
    let end = cs_monotonic_nanoseconds() + Int64(seconds * 1e9)
    while true {
      if isCancelled { return .cancelled }
      let left = end - cs_monotonic_nanoseconds()
      guard left > 0 else { return .timeout }
      var watched = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wakeUp.descriptor, events: Int16(POLLIN), revents: 0),
      ]
      // Rounded up: a wait of nothing would be repeated until the time is over.
      let milliseconds = min((left + 999_999) / 1_000_000, Int64(Int32.max))
      guard poll(&watched, 2, Int32(milliseconds)) > 0 else { continue }
      if watched[1].revents != 0 { wakeUp.take() }
      if watched[0].revents != 0, !isCancelled { return .ready }
    }
  }
}
