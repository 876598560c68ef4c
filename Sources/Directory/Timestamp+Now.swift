#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Timestamp {
  /// A clock that stands in for the system's in a task and what it starts, as in a simulation whose
  /// clock jumps.
  @TaskLocal public static var clock: Clock?

  /// A clock that is not the system's; a type of its own because optimized code of Swift 6.3 does
  /// not bear a bare function as a value of a task.
  public struct Clock: Sendable {
    /// Tells this moment.
    public let now: @Sendable () -> Timestamp

    /// A clock that tells what `now` says.
    public init(_ now: @escaping @Sendable () -> Timestamp) { self.now = now }
  }

  /// This moment by the system's clock, or by ``clock`` where one stands in for it.
  public static var now: Timestamp {
    if let clock { return clock.now() }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
