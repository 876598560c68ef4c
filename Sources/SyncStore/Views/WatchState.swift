public import Directory

/// How the watch of a directory for changes stands.
public struct WatchState: Hashable, Sendable {
  /// Whether it is broken, and tried again.
  public var isBroken: Bool
  /// Since when it is so.
  public var since: Timestamp
  /// By which means changes are noticed; of one that is broken, why it is.
  public var text: String
  /// Seconds between the last try and the next, of one that is broken.
  public var retrySeconds: Double
  /// A state of these parts.
  public init(isBroken: Bool, since: Timestamp, text: String, retrySeconds: Double = 0) {
    self.isBroken = isBroken
    self.since = since
    self.text = text
    self.retrySeconds = retrySeconds
  }
}

/// The watch of one connector's directory.
public struct ConnectorWatch: Hashable, Sendable {
  /// The connector's name.
  public var connector: String
  /// How the watch stands.
  public var state: WatchState
  /// A watch of these parts.
  public init(connector: String, state: WatchState) {
    self.connector = connector
    self.state = state
  }
}

extension StoreTransaction {
  private static func key(_ connector: Int64) -> String { "watch.\(connector)" }

  /// How the watch of a connector's directory stands; nil if it has none.
  public func watch(of connector: Int64) throws -> WatchState? {
    guard let text = try setting(Self.key(connector)) else { return nil }
    let parts = text.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let since = Int64(parts[1]), let wait = Double(parts[2]) else {
      return nil
    }
    return WatchState(
      isBroken: parts[0] == "broken", since: Timestamp(milliseconds: since),
      text: String(parts[3]), retrySeconds: wait)
  }

  /// Enters how the watch of a connector's directory stands; nil if it has none.
  public func set(_ state: WatchState?, watchOf connector: Int64) throws {
    try set(
      Self.key(connector),
      state.map { state in
        [
          state.isBroken ? "broken" : "watching", String(state.since.milliseconds),
          String(state.retrySeconds), state.text,
        ].joined(separator: " ")
      })
  }

  /// Whether a cycle's steps have added, changed or removed anything.
  public func changedAnything(cycle: Int64) throws -> Bool {
    try row(
      """
      SELECT 1 FROM run r JOIN step s ON s.run_id = r.id
      WHERE r.cycle_id = ? AND s.adds + s.updates + s.deletes > 0 LIMIT 1
      """, [cycle]) != nil
  }
}
