import Synchronization

/// Tells long work that nobody waits for it any more.
public final class Cancellation: Sendable {
  private struct State {
    var isCancelled = false
    var handler: (@Sendable () -> Void)?
  }
  private let state = Mutex(State())

  /// Work that is wanted.
  public init() {}

  /// Whether nobody waits any more.
  public var isCancelled: Bool { state.withLock { $0.isCancelled } }

  /// Has `body` run as soon as nobody waits any more: at once if that is so already.
  public func onCancel(_ body: @escaping @Sendable () -> Void) {
    let isCancelled = state.withLock { state in
      if !state.isCancelled { state.handler = body }
      return state.isCancelled
    }
    if isCancelled { body() }
  }

  /// Says that nobody waits any more.
  public func cancel() {
    let handler = state.withLock { state in
      defer { state = State(isCancelled: true) }
      return state.handler
    }
    handler?()
  }
}
