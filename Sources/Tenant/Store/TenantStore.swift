import Foundation
import GRDB
import Synchronization

/// The tenant's database file: its schema, and who may write when.
///
/// Writes that come while another is being committed are committed together, each in a savepoint
/// of its own: a hundred clients that write at once wait for a few flushes of the disk, not for a
/// hundred. What was answered is on the disk (`synchronous = FULL`).
final class TenantStore: Sendable {
  /// Marks the file as a tenant's: "LsTn".
  static let applicationID = 0x4C73_546E

  let pool: DatabasePool
  private let lock: FileLock
  private let waiting = Mutex(Waiting())

  private struct Waiting {
    var jobs: [Job] = []
    var isDraining = false
    var lastStamp: Int64 = 0
  }

  // Does its work inside a transaction and returns what tells the caller once it is committed.
  private typealias Job = @Sendable (WriteContext) -> (@Sendable ((any Error)?) -> Void)

  /// Opens the database at `path`, or makes it.
  ///
  /// - Throws: ``TenantError``.
  init(path: String) throws {
    lock = try FileLock(path: path + ".lock")
    do {
      var configuration = Configuration()
      configuration.busyMode = .timeout(10)
      configuration.maximumReaderCount = 4
      // 64 MB a connection at most: a large Bulk changes pages all over the indexes, and must not
      // write them to the log before it ends.
      configuration.prepareDatabase { try $0.execute(sql: "PRAGMA cache_size = -65536") }
      pool = try DatabasePool(path: path, configuration: configuration)
      // After the pool has set up the log, because that sets NORMAL.
      try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
      try Self.checkOwner(of: pool, path: path)
      try TenantSchema.migrator.migrate(pool)
      try pool.write { database in
        try Housekeeping.run(database, now: Moment.now)
        try Self.nameDatabase(database)
      }
      let last = try pool.read { try ResourceTable.lastModified($0) }
      waiting.withLock { $0.lastStamp = last }
    } catch let error as DatabaseError {
      throw Self.explained(error, path: path)
    }
  }

  /// Does `work` in a transaction, and returns when it is on the disk.
  ///
  /// If `work` throws, nothing of it is kept.
  func write<Value: Sendable>(_ work: @escaping @Sendable (WriteContext) throws -> Value)
    async throws -> Value
  {
    try await withCheckedThrowingContinuation {
      (continuation: CheckedContinuation<Value, any Error>) in
      let job: Job = { context in
        let result = Result { try context.atomically { try work(context) } }
        return { failure in
          if let failure {
            continuation.resume(throwing: failure)
          } else {
            continuation.resume(with: result)
          }
        }
      }
      let startsDraining = waiting.withLock { waiting in
        waiting.jobs.append(job)
        defer { waiting.isDraining = true }
        return !waiting.isDraining
      }
      if startsDraining { Task { await drain() } }
    }
  }

  /// Does `work` on a snapshot of what is committed.
  func read<Value: Sendable>(_ work: @escaping @Sendable (Database) throws -> Value) async throws
    -> Value
  {
    try await pool.read(work)
  }

  /// Closes the file, so that another server can open it; what comes afterwards fails.
  func close() {
    // Alone the file is all of it then. The journal goes with the last connection, which must be the
    // one that writes: those that only read are closed before it.
    try? pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
    pool.invalidateReadOnlyConnections()
    // An error here means that a statement is still running; the file closes when it ends.
    try? pool.close()
    lock.release()
  }

  private func drain() async {
    while true {
      let jobs = waiting.withLock { waiting in
        let batch = Array(waiting.jobs.prefix(200))
        waiting.jobs.removeFirst(batch.count)
        waiting.isDraining = !batch.isEmpty
        return batch
      }
      guard !jobs.isEmpty else { return }
      await commit(jobs)
    }
  }

  private func commit(_ jobs: [Job]) async {
    let answers: [@Sendable ((any Error)?) -> Void]
    do {
      answers = try await pool.write { database in
        let context = WriteContext(database: database, now: self.stamp())
        return jobs.map { $0(context) }
      }
    } catch {
      // Nothing was kept: the transaction could not begin or be committed. The jobs are gone from
      // the transaction; doing them with no database left makes their answers.
      for job in jobs { job(WriteContext(database: nil, now: 0))(error) }
      return
    }
    for answer in answers { answer(nil) }
  }

  // One stamp a transaction, and always a later one than before: whoever has seen everything up to
  // a stamp misses nothing by asking for what is later, whatever the clock does.
  private func stamp() -> Int64 {
    waiting.withLock { waiting in
      waiting.lastStamp = max(Moment.now, waiting.lastStamp + 1)
      return waiting.lastStamp
    }
  }

  /// Gives the database an id of its own, where it has none: where it is new, or was restored, which
  /// takes the id away.
  private static func nameDatabase(_ database: Database) throws {
    try database.execute(
      sql: """
        INSERT OR IGNORE INTO tenant_fact (name, value)
        VALUES ('database', lower(hex(randomblob(16))))
        """)
  }

  /// By which clients tell this database from another one at the same address, and from itself before
  /// it was restored.
  func databaseID() async throws -> String {
    try await read {
      try String.fetchOne($0, sql: "SELECT value FROM tenant_fact WHERE name = 'database'") ?? ""
    }
  }

  private static func checkOwner(of pool: DatabasePool, path: String) throws {
    let (owner, tables, isNewer) = try pool.read { database in
      (
        try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0,
        try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") ?? 0,
        try TenantSchema.migrator.hasBeenSuperseded(database)
      )
    }
    guard owner == applicationID || (owner == 0 && tables == 0) else {
      throw TenantError(
        .notADatabase, "'\(path)' is the database of another program",
        hint: "Name another file for the tenant; this one was not changed.")
    }
    guard !isNewer else {
      throw TenantError(
        .newerVersion, "'\(path)' was written by a newer version of the tenant",
        hint: "Use that version or a newer one, or name another file; this one was not changed.")
    }
  }

  private static func explained(_ error: DatabaseError, path: String) -> TenantError {
    let words = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_NOTADB:
      return TenantError(
        .notADatabase, "'\(path)' is not a tenant database: \(words)",
        hint: "Move the file away to start with an empty tenant, or name another file.")
    case .SQLITE_CORRUPT:
      return TenantError(
        .storeFailed, "The tenant database '\(path)' is damaged: \(words)",
        hint: "Put back a copy, or move the file away; the next Initial cycle fills a new one.")
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_IOERR:
      return TenantError(
        .storeFailed, "The tenant database '\(path)' can't be opened: \(words)",
        hint: "See that its folder is there and may be written.")
    default:
      return TenantError(
        .storeFailed, "The tenant database '\(path)' failed: \(words)",
        hint: "See that the disk has room and the file may be written.")
    }
  }
}

/// A transaction that is open for writing.
struct WriteContext {
  fileprivate let open: Database?
  /// The moment of the transaction, in milliseconds since the epoch.
  let now: Int64

  fileprivate init(database: Database?, now: Int64) {
    open = database
    self.now = now
  }

  /// The database of the transaction.
  var database: Database {
    get throws {
      guard let open else { throw CancellationError() }
      return open
    }
  }

  /// Does `work` wholly or not at all.
  ///
  /// By statements that are kept: every operation of a batch has a savepoint of its own.
  func atomically<Value>(_ work: () throws -> Value) throws -> Value {
    let database = try database
    // After some failures, a full disk among them, SQLite has rolled back the whole transaction: a
    // savepoint would begin one of its own then.
    guard database.isInsideTransaction else {
      throw DatabaseError(resultCode: .SQLITE_ABORT, message: "the transaction was rolled back")
    }
    try database.cachedStatement(sql: "SAVEPOINT piece").execute()
    do {
      let value = try work()
      try database.cachedStatement(sql: "RELEASE piece").execute()
      return value
    } catch {
      if database.isInsideTransaction {
        try database.cachedStatement(sql: "ROLLBACK TO piece").execute()
        try database.cachedStatement(sql: "RELEASE piece").execute()
      }
      throw error
    }
  }
}
