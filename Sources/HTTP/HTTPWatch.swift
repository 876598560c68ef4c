import Synchronization

/// Shows the requests of this process with their answers to whoever measures or judges them.
///
/// As long as nobody looks, it costs one look at a number.
package enum HTTPWatch {
  /// What sees a request and its answer.
  package typealias Watcher = @Sendable (HTTPRequest, HTTPResponse) -> Void

  private struct Watchers {
    var last = 0
    var all: [Int: Watcher] = [:]
  }
  private static let watchers = Mutex(Watchers())
  private static let count = Atomic<Int>(0)

  /// Has `watcher` see every request that is answered while `work` runs, whoever sends it.
  package static func run(
    _ watcher: @escaping Watcher, during work: () async throws -> Void
  ) async rethrows {
    let number = watchers.withLock { watchers in
      watchers.last += 1
      watchers.all[watchers.last] = watcher
      return watchers.last
    }
    count.add(1, ordering: .relaxed)
    defer {
      count.subtract(1, ordering: .relaxed)
      watchers.withLock { _ = $0.all.removeValue(forKey: number) }
    }
    try await work()
  }

  /// Shows one exchange.
  static func show(_ request: HTTPRequest, _ response: HTTPResponse) {
    guard count.load(ordering: .relaxed) > 0 else { return }
    let all = watchers.withLock { Array($0.all.values) }
    for watcher in all { watcher(request, response) }
  }
}
