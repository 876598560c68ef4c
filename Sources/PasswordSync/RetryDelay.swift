/// How long a failed password waits before it is sent again.
public enum RetryDelay {
  /// Seconds after which a password is offered again whose kind the target does not take: somebody
  /// may have switched it on there.
  public static let filtered = 86_400
  /// Seconds that a password waits at most otherwise.
  public static let longest = 3600

  /// Seconds before the next attempt after `attempts` failed ones, from 1: two minutes, doubled each
  /// time, an hour at most.
  public static func seconds(after attempts: Int) -> Int {
    let doublings = min(max(attempts - 1, 0), 5)
    return min(120 << doublings, longest)
  }
}
