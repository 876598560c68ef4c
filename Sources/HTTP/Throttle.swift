public import Directory
import Synchronization

/// Whether a server has asked for patience, for showing a run as waiting.
public struct ThrottleState: Hashable, Sendable {
  /// Until when no request is sent; nil or past if none is held back.
  public var waitsUntil: Timestamp?
  /// How many times the server has asked, since the connector was made.
  public var count: Int
  /// The server's own words the last time.
  public var words: String
}

/// Holds all requests of a connector back while its server wants that.
package final class Throttle: Sendable {
  private struct State {
    var until: ContinuousClock.Instant?
    var shown = ThrottleState(waitsUntil: nil, count: 0, words: "")
  }

  private let state = Mutex(State())

  /// A throttle that lets everything pass until it is told to hold.
  package init() {}

  /// What a run shows.
  package var shown: ThrottleState { state.withLock { $0.shown } }

  /// Lets no request pass for `seconds` from now.
  package func hold(seconds: Double, words: String) {
    let until = ContinuousClock.now.advanced(by: .seconds(seconds))
    state.withLock { state in
      state.shown.count += 1
      state.shown.words = words
      if let known = state.until, known >= until { return }
      state.until = until
      state.shown.waitsUntil = Timestamp.now.adding(seconds: seconds)
    }
  }

  /// Returns when requests may be sent.
  ///
  /// - Throws: `CancellationError`.
  package func pass() async throws {
    while let until = state.withLock({ $0.until }), ContinuousClock.now < until {
      try await Task.sleep(until: until, clock: .continuous)
    }
  }
}
