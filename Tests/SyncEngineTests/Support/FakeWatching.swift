import Directory
import Synchronization

/// A directory of which a test says when it moved, and when its watch breaks.
final class FakeWatching: ChangeWatching {
  private struct State {
    var refusals: [ConnectorFailure] = []
    var moves = 0
    var breaks: ConnectorFailure?
    var begun = 0
  }

  private let state = Mutex(State())

  /// Watches that are to fail before one begins.
  init(refusing refusals: [ConnectorFailure] = []) { state.withLock { $0.refusals = refusals } }

  /// How many times it was asked to be watched.
  var begun: Int { state.withLock { $0.begun } }
  func move() { state.withLock { $0.moves += 1 } }
  func breakOff(_ failure: ConnectorFailure) { state.withLock { $0.breaks = failure } }

  func watch() async throws -> any ChangeWatch {
    try state.withLock { state in
      state.begun += 1
      if !state.refusals.isEmpty { throw state.refusals.removeFirst() }
      return Watch(directory: self, seen: state.moves)
    }
  }

  private actor Watch: ChangeWatch {
    nonisolated let means = "a test"
    private let directory: FakeWatching
    private var seen: Int

    init(directory: FakeWatching, seen: Int) {
      self.directory = directory
      self.seen = seen
    }

    func change() async throws {
      while true {
        let moves = try directory.state.withLock { state in
          if let failure = state.breaks.take() { throw failure }
          return state.moves
        }
        if moves > seen {
          seen = moves
          return
        }
        try await Task.sleep(for: .milliseconds(2))
      }
    }
  }
}
