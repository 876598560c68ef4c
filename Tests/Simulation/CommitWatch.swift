import SyncStore
import Synchronization

/// Counts the commits of a run, and ends the engine at one of them if a fault asks for it.
final class CommitWatch: Sendable {
  private struct State {
    var count = 0
    var crash: (commit: Int, stored: Bool)?
    var isDead = false
    var stops: [(commit: Int, stop: @Sendable () -> Void)] = []
  }

  private let state = Mutex(State())

  /// Whether the engine that it watched has died.
  var isDead: Bool { state.withLock { $0.isDead } }

  var count: Int { state.withLock { $0.count } }

  func start(
    crash: (commit: Int, stored: Bool)?, stops: [(commit: Int, stop: @Sendable () -> Void)]
  ) {
    state.withLock {
      $0.count = 0
      $0.crash = crash
      $0.stops = stops
    }
  }

  /// A dead engine writes nothing any more.
  func see(_ moment: StoreOptions.CommitMoment) throws {
    let due = try state.withLock { state -> [@Sendable () -> Void] in
      if moment == .before { state.count += 1 }
      if let crash = state.crash, crash.commit == state.count,
        crash.stored == (moment == .after)
      {
        state.isDead = true
      }
      if state.isDead { throw Self.death }
      guard moment == .after else { return [] }
      return state.stops.filter { $0.commit == state.count }.map(\.stop)
    }
    for stop in due { stop() }
  }

  private static let death = StoreError(
    .inaccessible, message: "The engine has died", hint: "Start another")
}
