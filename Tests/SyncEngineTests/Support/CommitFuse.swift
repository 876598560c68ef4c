import SyncStore
import Synchronization

/// Ends an engine after some commits of its store.
final class CommitFuse: Sendable {
  struct Burnt: Error {}
  private let left: Mutex<Int>

  /// A fuse that burns through with the commit after `commits`.
  init(after commits: Int) { left = Mutex(commits) }

  /// How a store is opened whose engine ends then.
  var options: StoreOptions {
    var options = StoreOptions()
    options.onCommit = { [self] moment in
      guard moment == .after else { return }
      let isBurnt = left.withLock { left in
        left -= 1
        return left < 0
      }
      if isBurnt { throw Burnt() }
    }
    return options
  }
}
