import Dispatch
import GRDB
import GRDBSQLite
import Synchronization

/// Brings what is committed out of the journal into the store's file on a thread of its own, while
/// the next transaction is already at work.
///
/// SQLite by itself does it within the commit that made the journal long (sqlite.org/wal.html §2.1),
/// and the writer waits there for the disk. It begins the journal anew only where all of it has been
/// brought over and nobody reads from it: now and then the writer has to see to that himself, or the
/// journal would grow for as long as there is work.
final class JournalKeeper: Sendable {
  /// How long the journal may get, and by how much between two visits, in pages of 4 KB.
  struct Limits: Sendable {
    /// From which length on it is brought over, each time that it has grown by as much.
    var visit: Int
    /// From which length on the writer sees to it himself.
    var own: Int

    /// 8 MB, and 64 MB, which is what the file of the journal shrinks to.
    static let standard = Limits(visit: 2000, own: 16_000)
  }

  private struct State {
    /// Nil once it is closed.
    var connection: DatabaseQueue?
    var isAtWork = false
    /// The journal's length at the last visit, and when the writer has to see to it.
    var visited = 0
    var ownDue: Int
  }

  private let limits: Limits
  private let state: Mutex<State>
  /// The journal's length after the last commit.
  private let length = Atomic<Int>(0)
  private let worker = DispatchQueue(label: "lockstep.journal")

  /// A keeper of the journal of `file`, which is open: what is there under its name later may be
  /// another one.
  init(file: String, limits: Limits) throws {
    self.limits = limits
    let connection = try DatabaseQueue(path: file, configuration: StoreConfiguration.bringing)
    state = Mutex(State(connection: connection, ownDue: limits.own))
  }

  /// Has `db` tell how long the journal is, instead of bringing it over by itself.
  ///
  /// This keeper must live as long as the connection makes commits.
  func watch(_ db: Database) {
    sqlite3_wal_hook(
      db.sqliteConnection,
      { keeper, _, _, pages in
        if let keeper {
          Unmanaged<JournalKeeper>.fromOpaque(keeper).takeUnretainedValue().length
            .store(Int(pages), ordering: .relaxed)
        }
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Sees to the journal after a commit of `db`.
  ///
  /// What goes wrong is tried again after another commit, as SQLite does it: all is in the journal.
  func tend(_ db: Database) {
    let length = length.load(ordering: .relaxed)
    let (begins, isOwn) = state.withLock { state in
      // It was begun anew.
      if length < state.visited { (state.visited, state.ownDue) = (0, limits.own) }
      if length >= state.ownDue {
        // Where somebody reads from it, it goes on to grow.
        (state.visited, state.ownDue) = (length, length + limits.visit)
        return (false, true)
      }
      guard !state.isAtWork, length - state.visited >= limits.visit else {
        return (false, false)
      }
      (state.isAtWork, state.visited) = (true, length)
      return (true, false)
    }
    if begins { worker.async { [self] in visit() } }
    if isOwn {
      // Two can't bring it over at the same time.
      rest()
      _ = Self.bringOver(db)
    }
  }

  /// Returns once nothing is being brought over; nothing is then, until there is another commit.
  func rest() { worker.sync {} }

  /// Closes the connection of its own; nothing is brought over any more.
  func close() {
    worker.sync { state.withLock { $0.connection = nil } }
  }

  private func visit() {
    let over = state.withLock { $0.connection }?.inDatabase { Self.bringOver($0) } ?? 0
    state.withLock { state in
      // It may have come further than to the commit that it was begun for: another visit at once would
      // find nothing, and a commit could begin the journal anew under it.
      state.visited = max(state.visited, over)
      state.isAtWork = false
    }
  }

  /// Brings over what no reader stands in the way of; the answer is how many pages of the journal are
  /// in the file by then, 0 if that is not known.
  private static func bringOver(_ db: Database) -> Int {
    var (length, over): (Int32, Int32) = (0, 0)
    let result = sqlite3_wal_checkpoint_v2(
      db.sqliteConnection, "main", SQLITE_CHECKPOINT_PASSIVE, &length, &over)
    return result == SQLITE_OK ? max(0, Int(over)) : 0
  }
}
