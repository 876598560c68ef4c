package import Directory
import Synchronization

/// Knows for how long a server has answered nothing while requests wait for it.
///
/// It is the server's silence, not that of one request: where one waits in vain and others are
/// answered, the server lives.
package final class SilenceWatch: Sendable {
  private struct State {
    var since: ContinuousClock.Instant?
    /// When the last request that waited was given up.
    var left: ContinuousClock.Instant?
    /// Which try those are at that wait.
    var waiting: [Int: Int] = [:]
    var lastNumber = 0
  }
  private let state = Mutex(State())

  /// Who comes so soon after one that was given up finds the same silence.
  private static let pause = Duration.seconds(2)

  /// A watch that has heard nothing and waits for nothing.
  package init() {}

  /// A request waits from now on, as the try `attempt`, counted from 1; the answer is its number.
  package func begin(attempt: Int = 1, now: ContinuousClock.Instant = .now) -> Int {
    state.withLock { state in
      if state.waiting.isEmpty {
        let isSameSilence = state.left.map { now - $0 < Self.pause } ?? false
        if !isSameSilence || state.since == nil { state.since = now }
      }
      state.lastNumber += 1
      state.waiting[state.lastNumber] = attempt
      return state.lastNumber
    }
  }

  /// The request is sent again without having been answered, as the try `attempt`.
  package func tries(_ number: Int, attempt: Int) {
    state.withLock { state in
      if state.waiting[number] != nil { state.waiting[number] = attempt }
    }
  }

  /// The request was answered.
  package func heard(_ number: Int, now: ContinuousClock.Instant = .now) {
    state.withLock { state in
      state.waiting[number] = nil
      state.left = nil
      state.since = state.waiting.isEmpty ? nil : now
    }
  }

  /// The request waits no more, and was not answered.
  package func giveUp(_ number: Int, now: ContinuousClock.Instant = .now) {
    state.withLock { state in
      guard state.waiting.removeValue(forKey: number) != nil else { return }
      if state.waiting.isEmpty { state.left = now }
    }
  }

  /// Seconds of silence; 0 while nothing is waited for.
  package func seconds(now: ContinuousClock.Instant = .now) -> Double {
    state.withLock { state in
      guard let since = state.since, !state.waiting.isEmpty else { return 0 }
      return (now - since) / .seconds(1)
    }
  }

  /// What a run shows; nil while nothing is waited for.
  ///
  /// - Parameter most: How many tries a request has.
  package func silence(most: Int, now: ContinuousClock.Instant = .now) -> ServiceSilence? {
    guard let attempt = state.withLock({ $0.waiting.values.max() }) else { return nil }
    return ServiceSilence(seconds: seconds(now: now), attempt: attempt, most: most)
  }
}
