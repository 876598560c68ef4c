import Foundation
import GRDB
import Glibc
import Synchronization

/// The engine's side of the store: everything durable, in one SQLite file (WAL).
///
/// One engine at a time writes through this type. What belongs together is written in one
/// ``transaction(_:)``; after a crash the file holds a whole number of them.
public final class SyncStore: Sendable {
  /// The file.
  public let file: String
  let queue: DatabaseQueue
  /// Read while ``queue`` writes; WAL lets each see a whole state.
  private let readQueues: [DatabaseQueue]
  /// How many read, or wait to, by each of these.
  private let readers: Mutex<[Int]>
  let dictionaries = Dictionaries()
  let options: StoreOptions
  /// Whether transactions do not wait for the disk now.
  private let isGathering = Atomic(false)
  /// Nil where nothing waits for the disk.
  let journal: JournalKeeper?

  init(
    file: String, queue: DatabaseQueue, readQueues: [DatabaseQueue],
    options: StoreOptions = StoreOptions(), journal: JournalKeeper? = nil
  ) {
    self.file = file
    self.queue = queue
    self.readQueues = readQueues
    self.options = options
    self.journal = journal
    readers = Mutex(Array(repeating: 0, count: readQueues.count))
  }

  /// Connections that read `file` beside the one that writes: as many as there are batches ahead.
  static func readQueues(of file: String) throws -> [DatabaseQueue] {
    try (0..<2).map { _ in
      try DatabaseQueue(path: file, configuration: StoreConfiguration.ahead)
    }
  }

  /// Opens the store in `file`, makes it if it does not exist, and brings it to this version's
  /// tables; an older store is copied to `FILE.before-VERSION` first, or where that is taken to
  /// `FILE.before-VERSION.2`.
  ///
  /// - Throws: ``StoreError``: no database, newer version, no access, disk full.
  public static func open(
    file: String, options: StoreOptions = StoreOptions()
  ) throws(StoreError) -> SyncStore {
    let isNew = !FileManager.default.fileExists(atPath: file)
    do {
      // Made before SQLite opens it: the journals beside it get the permissions of the file.
      if isNew {
        _ = FileManager.default.createFile(
          atPath: FileCare.real(file), contents: nil, attributes: [.posixPermissions: 0o600])
        // It tells of a store that was taken away.
        unlink(StoreMark.file(of: file))
      }
      try StoreMark.check(file)
      let queue: DatabaseQueue
      do { queue = try upgraded(file, options) } catch {
        if isNew { takeAway(file) }
        throw error
      }
      StoreMark.renew(queue, store: file, isLasting: options.durability == .full)
      chmod(file, 0o600)
      let journal =
        options.durability == .full ? try JournalKeeper(file: file, limits: options.journal) : nil
      queue.inDatabase { journal?.watch($0) }
      let store = SyncStore(
        file: file, queue: queue, readQueues: try readQueues(of: file), options: options,
        journal: journal)
      try store.completeIndexes()
      return store
    } catch {
      throw StoreError(error, doing: "open the store", file: file)
    }
  }

  /// The engine's connection to a store that has all of its tables.
  private static func upgraded(_ file: String, _ options: StoreOptions) throws -> DatabaseQueue {
    let queue = try DatabaseQueue(
      path: file, configuration: StoreConfiguration.writing(options.durability, of: file))
    do { try upgrade(queue, file: file) } catch {
      try? queue.close()
      throw error
    }
    return queue
  }

  /// Takes a store away that could not be made, as where the disk is full: with some of its tables it
  /// would look like one of an older version.
  private static func takeAway(_ file: String) {
    for end in ["", "-wal", "-shm", "-journal"] { unlink(FileCare.real(file) + end) }
  }

  private static func upgrade(_ queue: DatabaseQueue, file: String) throws {
    let (applied, superseded) = try queue.read { db in
      (try Schema.migrator.appliedIdentifiers(db), try Schema.migrator.hasBeenSuperseded(db))
    }
    if superseded {
      throw StoreError(
        .newerVersion, message: "The store \(file) was written by a newer version of Lockstep",
        hint: "Use that version, or name another store file in lockstep.toml")
    }
    let missing = Set(Schema.migrator.migrations).subtracting(applied)
    guard !missing.isEmpty else { return }
    let copy =
      applied.isEmpty
      ? nil : try keepCopy(queue, as: "\(file).before-\(Schema.migrator.migrations.count)")
    do {
      if applied.isEmpty {
        try Schema.fill(queue)
      } else {
        try Schema.migrator.migrate(queue)
      }
    } catch {
      // A store that is as it was needs no copy of itself, and each start would leave one more.
      if let copy, try queue.read({ try Schema.migrator.appliedIdentifiers($0) }) == applied {
        unlink(copy)
      }
      throw error
    }
  }

  /// Copies the store to `name`, or to the next name that is free: an upgrade that was interrupted
  /// has left its own copy there.
  ///
  /// - Returns: the copy's name.
  private static func keepCopy(_ queue: DatabaseQueue, as name: String) throws -> String {
    // Whole and on the disk before it has a name that a person would trust.
    let draft = name + ".partial"
    try FileCare.copy(queue, to: draft, isStore: true)
    let free = FileCare.freeName(name)
    try FileCare.name(draft, free)
    try FileCare.synchronize(FileCare.folder(of: name))
    return free
  }

  /// Runs `work` in one transaction: all of it is stored, or nothing.
  ///
  /// - Parameter isTold: Whether somebody outside is told of it next: the disk has it then, also where
  ///   others are gathered (``gathering(isolation:_:)``).
  /// - Throws: ``StoreError``, or what `work` throws.
  public func transaction<T>(
    isTold: Bool = false, _ work: (StoreTransaction) throws -> T
  ) throws -> T {
    do {
      return try queue.writeWithoutTransaction { db in
        // Before anybody else writes by numbers that are not stored.
        var isDone = false
        defer { if !isDone { dictionaries.forget() } }
        let waits = isTold && isGathering.load(ordering: .relaxed)
        if waits { try db.execute(sql: "PRAGMA synchronous = FULL") }
        defer { if waits { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
        var result: T?
        try db.inTransaction(.immediate) {
          result = try work(StoreTransaction(db: db, dictionaries: dictionaries))
          try options.onCommit?(.before)
          return .commit
        }
        dictionaries.keep()
        isDone = true
        journal?.tend(db)
        try options.onCommit?(.after)
        guard let result else { throw StoreError.noResult }
        return result
      }
    } catch {
      if error is DatabaseError || error is StoreError {
        throw StoreError(error, doing: "write to the store", file: file)
      }
      throw error
    }
  }

  /// Runs `work`, whose transactions outlive a cut of power only together with a later one.
  ///
  /// After such a cut the file holds a whole number of them and may lack the last ones: this is for
  /// work that is then done again, as nobody outside was told of it. The disk need not be waited for
  /// after each of them (sqlite.org/pragma.html, `synchronous`). A process that ends loses nothing.
  ///
  /// - Throws: ``StoreError``, or what `work` throws.
  public func gathering<T>(
    isolation: isolated (any Actor)? = #isolation, _ work: () async throws -> T
  ) async throws -> T {
    guard options.durability == .full else { return try await work() }
    try wait(forDisk: false)
    do {
      let result = try await work()
      try wait(forDisk: true)
      return result
    } catch {
      try wait(forDisk: true)
      throw error
    }
  }

  /// The next transaction that waits for the disk waits for those before it, too: they stand in the
  /// same file.
  private func wait(forDisk waits: Bool) throws {
    do {
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA synchronous = \(waits ? "FULL" : "NORMAL")")
        isGathering.store(!waits, ordering: .relaxed)
      }
    } catch {
      throw StoreError(error, doing: "write to the store", file: file)
    }
  }

  /// Runs `work` on what is stored, without writing.
  ///
  /// - Throws: ``StoreError``, or what `work` throws.
  public func look<T>(_ work: (StoreTransaction) throws -> T) throws -> T {
    do {
      func read(_ db: Database) throws -> T {
        try work(StoreTransaction(db: db, dictionaries: dictionaries))
      }
      return try options.durability == .full ? queue.look(read) : queue.unsafeRead(read)
    } catch let error as DatabaseError {
      throw StoreError(error, doing: "read the store", file: file)
    }
  }

  /// Runs `work` on what was committed last, also while a transaction writes; all that `work`
  /// reads is of one moment.
  ///
  /// - Throws: ``StoreError``, or what `work` throws.
  public func snapshot<T>(_ work: (StoreTransaction) throws -> T) throws -> T {
    let reader = readers.withLock { readers in
      let least = readers.indices.min { readers[$0] < readers[$1] } ?? 0
      readers[least] += 1
      return least
    }
    defer { readers.withLock { $0[reader] -= 1 } }
    do {
      return try readQueues[reader].read { db in
        try work(StoreTransaction(db: db, dictionaries: dictionaries))
      }
    } catch let error as DatabaseError {
      throw StoreError(error, doing: "read the store", file: file)
    }
  }

  /// The file that the one engine of the store at `path` locks, by whichever links it is named.
  public static func lockFile(of path: String) -> String {
    let folder = FileCare.folder(of: path)
    let real =
      resolved(path) ?? resolved(folder).map { $0 + "/" + (path as NSString).lastPathComponent }
    return (real ?? path) + ".lock"
  }

  private static func resolved(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// Closes the file, which alone is the whole store then; later calls fail.
  public func close() throws {
    for readQueue in readQueues { try readQueue.close() }
    journal?.close()
    // Who closes it last takes the journal away; where a face still looks, it is empty at least.
    try? queue.writeWithoutTransaction {
      try $0.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    }
    try queue.close()
  }
}

/// The work inside one transaction of the store, by the domain's own words; see its extensions.
public struct StoreTransaction {
  let db: Database
  let dictionaries: Dictionaries

  var coding: AttributeCoding {
    AttributeCoding(table: dictionaries.table, source: .init(dictionaries: dictionaries, db: db))
  }
}

extension [UInt8] {
  /// The bytes as the database driver wants them.
  var data: Data { Data(self) }
}
