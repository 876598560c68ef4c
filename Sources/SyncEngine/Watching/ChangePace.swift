public import Directory

/// A directory that is watched for changes, so that they are synchronized before the schedule would.
public struct ChangeWatchSetup: Sendable {
  /// What is watched.
  public var watching: any ChangeWatching
  /// When a cycle follows a change.
  public var pace: ChangePace
  /// Seconds until a watch that broke is tried again for the first time; each further wait is twice
  /// as long.
  var firstDelay = 1.0
  /// Seconds that such a wait never exceeds.
  var longestDelay = 300.0
  /// Seconds until one is tried again whose account was refused, so that none is locked for it.
  var refusedDelay = 1800.0

  /// A watch of these parts.
  public init(_ watching: any ChangeWatching, pace: ChangePace = ChangePace()) {
    self.watching = watching
    self.pace = pace
  }
}

/// When a cycle follows a change that was noticed; all in seconds.
public struct ChangePace: Hashable, Sendable {
  /// How long changes must have stopped.
  public var quiet: Double
  /// How long the first change waits for that at most.
  public var longestWait: Double
  /// How much time passes between the end of one triggered cycle and the beginning of the next.
  public var pause: Double

  /// A pace of these times.
  public init(quiet: Double = 5, longestWait: Double = 60, pause: Double = 60) {
    self.quiet = quiet
    self.longestWait = longestWait
    self.pause = pause
  }
}
