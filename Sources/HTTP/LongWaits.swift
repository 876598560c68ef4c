import Synchronization

/// What a server asked for that wants more patience than one run has: until then it is sent nothing,
/// since such servers count what comes meanwhile, and put the moment off.
///
/// It is for all clients that speak to one server, and known as long as the process runs.
package final class LongWaits: Sendable {
  private struct Wait {
    var until: ContinuousClock.Instant
    var words: String
  }

  private let wait = Mutex<Wait?>(nil)

  /// Seconds for which one wish is remembered at most: a server's error must not shut it out for years.
  package static let longest: Double = 86_400

  /// Nothing was asked for.
  package init() {}

  /// Notes that the server wants to be left alone for `seconds` from now.
  ///
  /// - Returns: The seconds for which nothing is sent: ``longest`` at most, and as many as are left of
  ///   an earlier wish that ends later.
  @discardableResult
  package func note(seconds: Double, words: String) -> Double {
    let now = ContinuousClock.now
    let kept = min(seconds, Self.longest)
    let until = now.advanced(by: .seconds(kept))
    return wait.withLock { wait in
      if let known = wait, known.until >= until { return (known.until - now) / .seconds(1) }
      wait = Wait(until: until, words: words)
      return kept
    }
  }

  /// Returns if a request may be sent.
  ///
  /// - Throws: ``RequestError/waitTooLong(seconds:words:)`` with the seconds that are left.
  package func check() throws(RequestError) {
    let now = ContinuousClock.now
    let wait = wait.withLock { wait in
      if let known = wait, known.until <= now { wait = nil }
      return wait
    }
    guard let wait else { return }
    throw .waitTooLong(seconds: (wait.until - now) / .seconds(1), words: wait.words)
  }
}
