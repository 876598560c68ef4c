import CSystem
import Glibc

/// Lets any thread end the wait of the thread that owns the screen.
public final class WakeHandle: Sendable {
  /// The descriptor that becomes readable.
  let descriptor: Int32

  init() { descriptor = cs_wake_open() }

  deinit { Glibc.close(descriptor) }

  /// Makes the running `wait`, or the next one, return with `.wake`; several calls count as one.
  public func wake() { cs_wake_post(descriptor) }

  /// Whether `wake` was called since the last time this was asked.
  func take() -> Bool { cs_wake_take(descriptor) != 0 }
}
