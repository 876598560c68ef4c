import Synchronization

/// Answers that take a walk through very many rows: kept while they are true, and while somebody
/// commits all the time for as long as asking again would keep a processor busy.
///
/// Over a million objects a count takes a twentieth of a second, and faces ask for it whenever
/// anything was committed.
final class CostlyAnswers: Sendable {
  /// What an answer must have cost to be kept though it may not be true any more.
  static let worthwhile = Duration.milliseconds(5)
  /// For how many times as long as it took it is kept then.
  static let patience = 20
  /// The longest that it is kept then, whatever it took: faces look for news for three seconds after
  /// a commit.
  static let longest = Duration.milliseconds(2500)

  private struct Kept {
    var value: any Sendable
    var version: Int64
    var until: ContinuousClock.Instant
    /// Whether it was given though something had been committed since.
    var isOwed = false
  }

  private struct State {
    var kept: [String: Kept] = [:]
    var debts: Int64 = 0
  }

  private let state = Mutex(State())
  private let now: @Sendable () -> ContinuousClock.Instant

  /// - Parameter now: What time it is.
  init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
    self.now = now
  }

  /// What `work` finds, or found not long ago.
  ///
  /// - Parameters:
  ///   - question: What is asked; answers to the same question are of the same type.
  ///   - version: A number that differs once anything was committed.
  func answer<Value: Sendable>(
    _ question: String, version: Int64, _ work: () throws -> Value
  ) rethrows -> Value {
    let start = now()
    if let known: Value = known(question, version, start) { return known }
    let value = try work()
    let end = now()
    let cost = end - start
    let until = cost < Self.worthwhile ? end : end + min(cost * Self.patience, Self.longest)
    state.withLock {
      $0.kept[question] = Kept(value: value, version: version, until: until)
    }
    return value
  }

  private func known<Value: Sendable>(
    _ question: String, _ version: Int64, _ moment: ContinuousClock.Instant
  ) -> Value? {
    state.withLock { state in
      guard let kept = state.kept[question], let value = kept.value as? Value else { return nil }
      if kept.version == version { return value }
      guard moment < kept.until else { return nil }
      state.kept[question]?.isOwed = true
      return value
    }
  }

  /// How many answers that may have been out of date can be asked for again since: whoever waits for
  /// news has some when this changes.
  func settledDebts() -> Int64 {
    let moment = now()
    return state.withLock { state in
      for (question, kept) in state.kept where kept.isOwed && moment >= kept.until {
        state.kept[question]?.isOwed = false
        state.debts += 1
      }
      return state.debts
    }
  }
}
