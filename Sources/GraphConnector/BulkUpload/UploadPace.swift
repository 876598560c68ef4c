import Synchronization

/// Keeps requests below a limit of so many in a stretch of time, by waiting before each.
final class UploadPace: Sendable {
  private let count: Int
  private let seconds: Double
  private let sent = Mutex<[ContinuousClock.Instant]>([])

  /// At most `count` requests in any `seconds`; by default what the service allows: 40 in 5 s
  /// (learn.microsoft.com, "Troubleshoot inbound provisioning API issues").
  init(_ count: Int = 40, per seconds: Double = 5) {
    self.count = max(1, count)
    self.seconds = seconds
  }

  /// Returns when another request may leave.
  ///
  /// - Throws: `CancellationError`.
  func pass() async throws {
    while let moment = take() { try await Task.sleep(until: moment, clock: .continuous) }
    try Task.checkCancellation()
  }

  /// Takes a place; nil if there is one, else when to ask again.
  private func take() -> ContinuousClock.Instant? {
    let now = ContinuousClock.now
    return sent.withLock { sent in
      sent.removeAll { $0.advanced(by: .seconds(seconds)) <= now }
      guard sent.count >= count else {
        sent.append(now)
        return nil
      }
      return sent[0].advanced(by: .seconds(seconds))
    }
  }
}
