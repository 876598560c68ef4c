import Synchronization

/// What the loop of the directory synchronization and those of passwords tell each other.
final class PasswordDesk: Sendable {
  private struct State {
    var isEnded = false
    /// How many orders are being obeyed.
    var orders = 0
    /// What works on each channel, by the channel's number.
    var work: [Int64: Task<Void, any Error>] = [:]
    /// The channels that take a turn now.
    var turns: Set<Int64> = []
  }

  private let state = Mutex(State())

  /// Whether a turn is underway, or ordered.
  var isBusy: Bool { state.withLock { $0.orders > 0 || !$0.turns.isEmpty } }
  /// Whether the loops of passwords are to end.
  var isEnded: Bool { state.withLock { $0.isEnded } }

  func beginOrder() { state.withLock { $0.orders += 1 } }
  func endOrder() { state.withLock { $0.orders -= 1 } }

  /// Notes what works on a channel.
  func note(_ work: Task<Void, any Error>, of channel: Int64) {
    state.withLock { $0.work[channel] = work }
  }
  func beginTurn(_ channel: Int64) { state.withLock { _ = $0.turns.insert(channel) } }
  func endTurn(_ channel: Int64) { state.withLock { _ = $0.turns.remove(channel) } }

  /// Ends the turns that a person saw, also those that wait for a server which does not answer.
  func stopTurns() {
    state.withLock { state in
      for channel in state.turns { state.work[channel]?.cancel() }
    }
  }
  func end() { state.withLock { $0.isEnded = true } }
}
