import GRDB
import Synchronization

/// A store that is new.
extension Schema {
  /// An empty store in memory, which each new one is a copy of.
  ///
  /// All steps that ever led to this version's tables are gone once in a process, and without waiting
  /// for a disk.
  private static let empty = Mutex<DatabaseQueue?>(nil)

  /// Gives the new file of `queue` all tables, in one transaction.
  static func fill(_ queue: DatabaseQueue) throws {
    try empty.withLock { known in
      let empty = try known ?? DatabaseQueue()
      if known == nil {
        try migrator.migrate(empty)
        known = empty
      }
      try empty.backup(to: queue)
    }
  }
}
