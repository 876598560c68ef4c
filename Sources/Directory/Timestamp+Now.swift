#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension Timestamp {
  /// A clock that stands in for the system's in a task and what it starts, as in a simulation whose
  /// clock jumps.
  @TaskLocal public static var clock: (@Sendable () -> Timestamp)?

  /// This moment by the system's clock, or by ``clock`` where one stands in for it.
  public static var now: Timestamp {
    if let clock { return clock() }
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
