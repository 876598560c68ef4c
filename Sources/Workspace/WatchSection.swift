import Configuration

/// How a directory is watched for changes, as `[connector.watch]` says it: without that section, it
/// is not.
public struct WatchSection: Hashable, Sendable {
  /// By which means changes are noticed.
  public enum Means: String, Hashable, Sendable, CaseIterable {
    /// The best that the server has.
    case auto
    /// Content synchronization that goes on (RFC 4533).
    case persist
    /// Active Directory's notification of changes.
    case notify
    /// Asking now and then.
    case poll
  }

  /// By which means changes are noticed.
  public var means: Means
  /// Seconds that changes must have stopped before a cycle begins.
  public var quietSeconds: Int
  /// Seconds that the first change waits for that at most.
  public var longestWaitSeconds: Int
  /// Seconds between the end of a cycle that changes triggered and the beginning of the next.
  public var pauseSeconds: Int
  /// Seconds between two questions to a server that is asked now and then.
  public var pollSeconds: Int
}

extension WatchSection {
  init(_ table: TOMLTable) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: ["by", "quiet", "at_most", "pause", "poll"])
    means = try table.choice(
      "by", of: Dictionary(uniqueKeysWithValues: Means.allCases.map { ($0.rawValue, $0) }),
      default: .auto)
    quietSeconds = try Self.seconds(table, "quiet", .seconds(1)...Duration.seconds(3600), 5)
    longestWaitSeconds = try Self.seconds(
      table, "at_most", .seconds(1)...Duration.seconds(86_400), max(60, quietSeconds))
    pauseSeconds = try Self.seconds(table, "pause", .seconds(1)...Duration.seconds(86_400), 60)
    pollSeconds = try Self.seconds(table, "poll", .seconds(1)...Duration.seconds(3600), 30)
    guard longestWaitSeconds >= quietSeconds else {
      throw ConfigurationError(
        place: table.place(of: "at_most"),
        message: "A change would wait for less than the quiet time of "
          + DurationText.print(.seconds(quietSeconds)),
        hint: "write an \"at_most\" that is no shorter than \"quiet\"")
    }
    if table["poll"] != nil, means == .persist {
      throw ConfigurationError(
        place: table.place(of: "poll"), message: "\"persist\" never asks: the server tells",
        hint: "take \"poll\" out, or write by = \"poll\" or \"auto\"")
    }
  }

  private static func seconds(
    _ table: TOMLTable, _ key: String, _ range: ClosedRange<Duration>, _ standard: Int
  ) throws(ConfigurationError) -> Int {
    let duration = try table.duration(key, in: range, default: .seconds(standard))
    return Int(duration.components.seconds)
  }
}
