public import Directory

/// How a channel of passwords stands.
public enum PasswordChannelState: String, CaseIterable, Sendable {
  /// No engine works on it.
  case stopped
  /// It waits for its next turn.
  case waiting
  /// It reads or sends now.
  case working
  /// It waits for something else to come first: the first directory synchronization, the end of
  /// staging mode.
  case paused
  /// It may not work on this host.
  case refused
  /// The source or the target failed in its last turn.
  case failed
}

/// What a channel remembers between its turns.
public struct PasswordChannelMemory: Sendable {
  /// Where reading goes on; nil reads all accounts.
  public var cursor: String?
  /// The youngest step that had ended when the accounts were last judged by the store.
  public var directoryMark: Int64
  /// When the full synchronization that is not at its end began; nil if there is none.
  public var fullStarted: Timestamp?
  /// How many accounts it has read.
  public var fullDone: Int
  /// What was answered before is sent again.
  public var fullFloor: Timestamp
  /// When the target last answered.
  public var lastContact: Timestamp?
  /// When its last turn came to an end; nil if none has.
  public var turnEnded: Timestamp?
  /// How it stands, with the reason.
  public var state: PasswordChannelState
  /// Why it stands so.
  public var reason: String
}
