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

/// Lets a connector's requests pass: so many at a time, those that matter most first, and none while
/// the server wants patience.
///
/// When the server asks for patience, only half as many pass at a time as before; with each round
/// that is answered without another such wish, one more.
package final class RequestGate: Sendable {
  private struct Waiter {
    var rank: Int
    var number: Int
    var continuation: CheckedContinuation<Void, any Error>
  }

  private struct State {
    var until: ContinuousClock.Instant?
    var shown = ThrottleState(waitsUntil: nil, count: 0, words: "")
    var width: Int
    var inFlight = 0
    /// Answers in a row without a wish for patience.
    var quietAnswers = 0
    var lastNumber = 0
    var waiting: [Waiter] = []
    var cancelled: Set<Int> = []

    /// Takes the waiter out that comes next, if there is room.
    mutating func next() -> Waiter? {
      guard inFlight < width,
        let index = waiting.indices.min(by: {
          (waiting[$0].rank, waiting[$0].number) < (waiting[$1].rank, waiting[$1].number)
        })
      else { return nil }
      inFlight += 1
      return waiting.remove(at: index)
    }
  }

  private let limit: Int
  private let state: Mutex<State>

  /// A gate through which `limit` requests pass at a time, at least 1.
  package init(limit: Int) {
    self.limit = max(1, limit)
    state = Mutex(State(width: max(1, limit)))
  }

  /// What a run shows.
  package var shown: ThrottleState { state.withLock { $0.shown } }
  /// How many requests are under way, and how many wait for a place.
  package var load: (inFlight: Int, waiting: Int) {
    state.withLock { ($0.inFlight, $0.waiting.count) }
  }
  /// How many requests may be under way at a time now.
  package var width: Int { state.withLock { $0.width } }

  /// Lets no request pass for `seconds` from now.
  package func hold(seconds: Double, words: String) {
    let now = ContinuousClock.now
    let until = now.advanced(by: .seconds(seconds))
    state.withLock { state in
      state.shown.count += 1
      state.shown.words = words
      state.quietAnswers = 0
      // Those that were under way together are answered together: their wish is one.
      if state.until.map({ $0 <= now }) ?? true { state.width = max(1, state.width / 2) }
      if let known = state.until, known >= until { return }
      state.until = until
      state.shown.waitsUntil = Timestamp.now.adding(seconds: seconds)
    }
  }

  /// Returns when a request may be sent; ``leave(isQuiet:)`` must follow.
  ///
  /// - Parameter rank: Of those that wait, the one of the least rank comes first.
  /// - Throws: `CancellationError`.
  package func enter(rank: Int = 1) async throws {
    while true {
      try await pass()
      try await takePlace(rank: rank)
      let isHeld = state.withLock { $0.until.map { ContinuousClock.now < $0 } ?? false }
      if !isHeld { return }
      leave(isQuiet: false)
    }
  }

  /// Gives the place of an answered request to the next one.
  ///
  /// - Parameter isQuiet: Whether it was answered without a wish for patience.
  package func leave(isQuiet: Bool) {
    let next = state.withLock { state -> [Waiter] in
      state.inFlight -= 1
      if isQuiet { state.quietAnswers += 1 }
      if state.width < limit, state.quietAnswers >= state.width {
        state.width += 1
        state.quietAnswers = 0
      }
      var next: [Waiter] = []
      while let waiter = state.next() { next.append(waiter) }
      return next
    }
    for waiter in next { waiter.continuation.resume() }
  }

  /// Returns when the server wants no patience any more.
  ///
  /// - Throws: `CancellationError`.
  package func pass() async throws {
    while let until = state.withLock({ $0.until }), ContinuousClock.now < until {
      try await Task.sleep(until: until, clock: .continuous)
    }
    try Task.checkCancellation()
  }

  private func takePlace(rank: Int) async throws {
    let number = state.withLock { state in
      state.lastNumber += 1
      return state.lastNumber
    }
    defer { state.withLock { _ = $0.cancelled.remove(number) } }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        line(up: Waiter(rank: rank, number: number, continuation: continuation))
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        guard let index = state.waiting.firstIndex(where: { $0.number == number }) else {
          // Not in line yet, or past it: who holds a place finds out by what it does next.
          state.cancelled.insert(number)
          return nil
        }
        return state.waiting.remove(at: index)
      }
      waiter?.continuation.resume(throwing: CancellationError())
    }
  }

  private func line(up waiter: Waiter) {
    let (isCancelled, next) = state.withLock { state -> (Bool, Waiter?) in
      if state.cancelled.contains(waiter.number) { return (true, nil) }
      state.waiting.append(waiter)
      return (false, state.next())
    }
    if isCancelled { waiter.continuation.resume(throwing: CancellationError()) }
    next?.continuation.resume()
  }
}
