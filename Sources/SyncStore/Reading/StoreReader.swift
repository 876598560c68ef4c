import Directory
import Foundation
import GRDB
import Synchronization

/// A face's side of the store: reads views, files commands, changes the schedule.
///
/// Any number of them may be open beside the engine; none of them makes or upgrades a store.
public final class StoreReader: StoreReading, StoreInquiry, Sendable {
  /// The file.
  public let file: String
  private let queue: DatabaseQueue
  /// Whether it is read as it stands, since this account can't write beside it.
  let isStill: Bool
  /// When it was written to last before it was opened.
  private let moment: FileMoment?
  private let identity: FileIdentity?
  /// Of which tables it is known that they are those of this version.
  private let schema = Mutex<Int64?>(nil)
  private let dictionaries = Dictionaries()
  /// Opened when a list is first arranged.
  let arrangingConnection = Mutex<ArrangingConnection?>(nil)
  let arrangingDictionaries = Dictionaries()
  private let costlyAnswers = CostlyAnswers()
  /// Opened when something is first written: who reads waits for nobody who writes.
  private let filingConnection = Mutex<DatabaseQueue?>(nil)
  private let filingDictionaries = Dictionaries()

  /// Opens the store in `file`.
  ///
  /// - Throws: ``StoreError``: missing, no store, written by a newer or an older version.
  public init(file: String) throws(StoreError) {
    self.file = file
    guard FileManager.default.fileExists(atPath: file) else {
      throw StoreError(
        .missing, message: "There is no store at \(file)",
        hint: "Run a cycle first (lockstep initial), or name the right workspace")
    }
    try StoreMark.check(file)
    moment = FileMoment(file)
    do {
      (queue, isStill) = try Self.opened(file)
    } catch {
      throw StoreError(error, doing: "open the store", file: file)
    }
    identity = FileIdentity(file)
  }

  private static func opened(_ file: String) throws -> (queue: DatabaseQueue, isStill: Bool) {
    do {
      let queue = try DatabaseQueue(path: file, configuration: StoreConfiguration.reading)
      try check(queue, file: file)
      return (queue, false)
    } catch let error as DatabaseError {
      guard
        let queue = try StillStore.open(file, configuration: StoreConfiguration.reading)
      else { throw error }
      try check(queue, file: file)
      return (queue, true)
    }
  }

  /// Throws if the file was removed or replaced: the connection still reads the old one, which
  /// nobody else will ever write to or read again.
  ///
  /// One that is read as it stands is none to read any more once somebody writes to it.
  private func checkIdentity() throws {
    // What was read before is not looked for anew: beside what was written since it would be untrue.
    if isStill, StillStore.hasJournal(file) || FileMoment(file) != moment {
      throw StoreError(
        .inaccessible,
        message: "Somebody writes to the store \(file), or has done so since it was opened, and "
          + "this account can't follow",
        hint: "Look as the account that owns it")
    }
    guard FileIdentity(file) != identity else { return }
    throw StoreError(
      .missing, message: "The store \(file) was removed or replaced while it was open",
      hint: "Put it back, or run a cycle (lockstep initial) to make a new one")
  }

  private static func check(_ queue: DatabaseQueue, file: String) throws {
    try queue.look { db in
      try Schema.checkOwner(db, file: file)
      if try Schema.migrator.hasBeenSuperseded(db) {
        throw StoreError(
          .newerVersion, message: "The store \(file) was written by a newer version of Lockstep",
          hint: "Use that version")
      }
      if try Schema.migrator.hasCompletedMigrations(db) { return }
      guard try Schema.migrator.appliedIdentifiers(db).isEmpty else {
        throw StoreError(
          .olderVersion, message: "The store \(file) is of an older version of Lockstep",
          hint: "Start the engine once: it keeps a copy and upgrades the store (lockstep service "
            + "start)")
      }
      throw StoreError(
        .missing, message: "The store \(file) is empty",
        hint: "Start the engine once: it sets the store up (lockstep service start)")
    }
  }

  /// Runs `work` on what is stored.
  func read<T>(_ work: (StoreTransaction) throws -> T) throws -> T {
    try checkIdentity()
    do {
      return try queue.look { db in
        dictionaries.expectNews()
        return try work(StoreTransaction(db: db, dictionaries: dictionaries))
      }
    } catch {
      throw StoreError(error, doing: "read the store", file: file)
    }
  }

  /// Runs `work` in a short transaction of its own, beside all reading.
  func write<T>(_ work: (StoreTransaction) throws -> T) throws -> T {
    try checkIdentity()
    do {
      return try filing().writeWithoutTransaction { db in
        // The engine may have given names their numbers since the last time.
        filingDictionaries.forget()
        var result: T?
        try db.inTransaction(.immediate) {
          result = try work(StoreTransaction(db: db, dictionaries: filingDictionaries))
          return .commit
        }
        guard let result else { throw StoreError.noResult }
        return result
      }
    } catch {
      throw StoreError(error, doing: "write to the store", file: file)
    }
  }

  private func filing() throws -> DatabaseQueue {
    try filingConnection.withLock { open in
      if let open { return open }
      let queue = try DatabaseQueue(path: file, configuration: StoreConfiguration.filing)
      open = queue
      return queue
    }
  }

  /// A number that differs when anything was committed since it was last asked.
  ///
  /// - Throws: ``StoreError``; `newerVersion` once an engine of a newer version has upgraded the store.
  public func changeCounter() throws -> Int64 {
    try checkIdentity()
    do {
      try checkSchema()
      return try queue.look { db in
        try Self.version(db) &+ costlyAnswers.settledDebts() << 20
      }
    } catch {
      throw StoreError(error, doing: "read the store", file: file)
    }
  }

  /// Looks again whether the store is one of this version where its tables are others than before.
  private func checkSchema() throws {
    let now = try queue.look { try Int64.fetchOne($0, sql: "PRAGMA schema_version") }
    guard now != schema.withLock({ $0 }) else { return }
    try Self.check(queue, file: file)
    schema.withLock { $0 = now }
  }

  private static func version(_ db: Database) throws -> Int64 {
    let others = try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0
    return others << 20 &+ Int64(db.totalChangesCount)
  }

  /// The answer to a question about very many rows, from memory where it is known and still holds;
  /// while an engine commits all the time it may be a second or two old, and ``changeCounter()``
  /// differs once there is a newer one.
  ///
  /// - Parameter other: Something that differs when the answer does though nothing was committed.
  func costly<Value: Sendable>(
    _ question: String, _ tx: StoreTransaction, other: Int64 = 0, _ work: () throws -> Value
  ) throws -> Value {
    let version = try Self.version(tx.db) ^ (other << 48)
    return try costlyAnswers.answer(question, version: version, work)
  }
}

/// Commands and settings.
extension StoreReader {
  /// Asks the engine to do something.
  public func file(_ command: EngineCommand, requestedBy: String) throws -> Int64 {
    try write { tx in
      let stored = command.stored
      try tx.execute(
        "INSERT INTO command(kind, argument, requested_by, filed) VALUES (?, ?, ?, ?)",
        [stored.kind, stored.argument, requestedBy, Timestamp.now.milliseconds])
      return tx.db.lastInsertedRowID
    }
  }

  /// Takes a command back that no engine has taken yet; false if one has, or it is over.
  public func withdraw(command: Int64, requestedBy: String) throws -> Bool {
    try write { tx in
      try tx.execute(
        "UPDATE command SET state = 'refused', outcome = ? WHERE id = ? AND state = 'filed'",
        ["Taken back by \(requestedBy)", command])
      return tx.db.changesCount > 0
    }
  }

  /// What became of a command.
  public func command(id: Int64) throws -> CommandStatus? {
    try read { tx in
      try tx.row(
        "SELECT id, state, cycle_id, run_id, outcome FROM command WHERE id = ?", [id]
      ).map { row in
        CommandStatus(
          id: row[0], state: .init(rawValue: row[1]) ?? .refused, cycleID: row[2],
          runID: row[3], outcome: row[4])
      }
    }
  }

  /// Changes the schedule; the engine obeys from its next look at it.
  @discardableResult
  public func change(
    _ change: ScheduleChange, requestedBy: String
  ) throws -> ScheduleSettings {
    try write { tx in
      let schedule = change.applied(to: try tx.schedule())
      try tx.set(schedule)
      try tx.log(
        .information, code: 904,
        "The scheduler's settings were changed by \(requestedBy): every "
          + ScheduleSettings.span(schedule.intervalSeconds)
          + (schedule.isEnabled ? ", enabled" : ", disabled"))
      return schedule
    }
  }
}
