import Directory
import SyncEngine
import SyncStore
import Testing

@testable import LDAPConnector

/// A watch whose news a test waits for.
struct Lookout {
  private let watch: any ChangeWatch
  var means: String { watch.means }

  init(_ connector: LDAPConnector) async throws { watch = try await connector.watch() }

  /// Does `change`, and waits until the watch tells of something.
  func notices(_ change: () async throws -> Void) async throws {
    let watch = watch
    let news = Task { try await watch.change() }
    defer { news.cancel() }
    try await change()
    try await withTimeLimit(seconds: 60) {
      try await withTaskCancellationHandler {
        try await news.value
      } onCancel: {
        news.cancel()
      }
    }
  }

  /// Does `change`, and says whether the watch tells of something within `seconds`.
  func isSilent(for seconds: Double, _ change: () async throws -> Void) async throws -> Bool {
    let watch = watch
    try await change()
    do {
      try await withTimeLimit(seconds: seconds) { try await watch.change() }
      return false
    } catch is TimeLimitExceeded {
      return true
    }
  }

  /// How the watch ends.
  func ending() async throws -> ConnectorFailure? {
    let watch = watch
    return try await withTimeLimit(seconds: 60) {
      do {
        while true { try await watch.change() }
      } catch let failure as ConnectorFailure {
        return failure
      }
    }
  }

  /// Whether the watch ends when the task that waits is cancelled.
  func endsWhenCancelled() async throws -> Bool {
    let watch = watch
    let news = Task { try await watch.change() }
    news.cancel()
    return try await withTimeLimit(seconds: 60) {
      if case .failure = await news.result { true } else { false }
    }
  }
}

/// Took longer than it may.
struct TimeLimitExceeded: Error {}

/// Does `work`, which may take so long.
func withTimeLimit<T: Sendable>(
  seconds: Double, _ work: @escaping @Sendable () async throws -> T
) async throws -> T {
  try await withThrowingTaskGroup(of: T.self) { group in
    group.addTask { try await work() }
    group.addTask {
      try await Task.sleep(for: .seconds(seconds))
      throw TimeLimitExceeded()
    }
    defer { group.cancelAll() }
    guard let first = try await group.next() else { throw TimeLimitExceeded() }
    return first
  }
}

extension ImportedSpace {
  /// Has the engine work, with a schedule that is hours away, while `body` is done.
  func whileWorking(_ body: (ImportedSpace) async throws -> Void) async throws {
    try reader.change(
      ScheduleChange(intervalSeconds: 10_800, isEnabled: true), requestedBy: "test")
    let engine = engine
    let running = Task { try await engine.run() }
    do {
      try await body(self)
    } catch {
      engine.stop()
      _ = try? await running.value
      throw error
    }
    engine.stop()
    _ = try await running.value
  }

  /// Waits until `condition` holds.
  func eventually(_ what: Comment, _ condition: (ImportedSpace) throws -> Bool) async throws {
    let end = ContinuousClock.now.advanced(by: .seconds(120))
    while try !condition(self) {
      try #require(ContinuousClock.now < end, what)
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// The cycles that have ended, the last first.
  var cycles: [CycleSummary] {
    get throws { try reader.cycles(before: nil, limit: 20).filter { $0.ended != nil } }
  }
}
