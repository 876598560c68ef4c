import Foundation
import GRDB

/// How connections to the store's file are set up.
enum StoreConfiguration {
  /// The engine's one connection, to a store or to what is to become one.
  static func writing(
    _ durability: StoreOptions.Durability, of file: String
  ) -> GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      // Before anything is set: the database of another program is left as it is.
      try Schema.checkOwner(db, file: file)
      try db.execute(sql: "PRAGMA journal_mode = WAL")
      try db.execute(sql: "PRAGMA synchronous = \(durability == .full ? "FULL" : "OFF")")
      // 84 MB: with it, the engine stays below 300 MB with a million objects.
      try db.execute(sql: "PRAGMA cache_size = -86016")
      // Debian's SQLite overwrites with zeros whatever is deleted, where the next transaction
      // writes again; nothing in the store is a secret.
      try db.execute(sql: "PRAGMA secure_delete = OFF")
      // Pages mapped from the file would count as the engine's memory, and grow with the store.
      try db.execute(sql: "PRAGMA mmap_size = 0")
      try db.execute(sql: "PRAGMA temp_store = MEMORY")
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
      try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
    }
    return configuration
  }

  /// The engine's connection that makes an index of what is stored: in little memory, what does not
  /// fit goes to a file that nobody else sees.
  static func sorting(_ durability: StoreOptions.Durability) -> GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = \(durability == .full ? "FULL" : "OFF")")
      try db.execute(sql: "PRAGMA cache_size = -16384")
      try db.execute(sql: "PRAGMA mmap_size = 0")
      try db.execute(sql: "PRAGMA temp_store = FILE")
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
    }
    return configuration
  }

  /// The engine's connection that brings the journal over into the file: it reads nothing itself.
  static var bringing: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.busyMode = .immediateError
    configuration.prepareDatabase { db in
      // The disk has what the journal holds before the file says it.
      try db.execute(sql: "PRAGMA synchronous = FULL")
      try db.execute(sql: "PRAGMA cache_size = -256")
      try db.execute(sql: "PRAGMA mmap_size = 0")
    }
    return configuration
  }

  /// The engine's connections that read the next batches while the last one is stored.
  static var ahead: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -8192")
      try db.execute(sql: "PRAGMA mmap_size = 0")
      try db.execute(sql: "PRAGMA temp_store = MEMORY")
    }
    return configuration
  }

  /// A connection that copies the file, or is about to replace it: in little memory, what does not
  /// fit goes to a file that nobody else sees.
  static var keeping: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(2)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -16384")
      try db.execute(sql: "PRAGMA mmap_size = 0")
      try db.execute(sql: "PRAGMA temp_store = FILE")
    }
    return configuration
  }

  /// A copy's connection: it lives as long as a rehearsal, so it need not survive anything.
  static var copying: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(10)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA synchronous = OFF")
      try db.execute(sql: "PRAGMA cache_size = -65536")
      try db.execute(sql: "PRAGMA temp_store = MEMORY")
    }
    return configuration
  }

  /// A face's connection: it reads, and writes only commands and settings, seldom and briefly.
  static var reading: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.busyMode = .timeout(2)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -2048")
      // The engine sees to the journal: two that bring it over while a third writes are one too many
      // (sqlite.org/wal.html §11), and who only looks need not wait for that.
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
      ListFunctions.registerComparisons(db)
      // Pages mapped from the file would count as this process's memory, some 200 MB of them after a
      // look around; and a file that shrinks under a map ends the process (SIGBUS).
      try db.execute(sql: "PRAGMA mmap_size = 0")
    }
    return configuration
  }
}

extension StoreConfiguration {
  /// A face's connection that files commands and changes settings: it waits for whoever writes, as a
  /// batch of the engine takes a moment.
  static var filing: GRDB.Configuration {
    var configuration = reading
    configuration.busyMode = .timeout(12)
    return configuration
  }

  /// A face's connection that sorts and looks through long lists: in little memory, what does not fit
  /// goes to a file that nobody else sees.
  static var arranging: GRDB.Configuration {
    var configuration = GRDB.Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(2)
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA cache_size = -4096")
      try db.execute(sql: "PRAGMA mmap_size = 0")
      try db.execute(sql: "PRAGMA temp_store = FILE")
    }
    return configuration
  }
}

extension StoreError {
  /// The error that a person is told when `doing` something with the store failed with `error`.
  init(_ error: any Error, doing: String, file: String) {
    if var known = error as? StoreError {
      // What can't be read back knows not from where it came.
      if known.code == .corrupt, !known.message.contains(file) { known.message += " (\(file))" }
      self = known
      return
    }
    guard let database = error as? DatabaseError else {
      self = StoreError(
        .internal, message: "Could not \(doing) \(file): \(error)",
        hint: "This is a fault of Lockstep's own; please report it")
      return
    }
    self = StoreError(database, doing: doing, file: file)
  }

  private init(_ error: DatabaseError, doing: String, file: String) {
    let words = error.message ?? "\(error.resultCode)"
    let message = "Could not \(doing) \(file): \(words)"
    switch error.resultCode {
    case .SQLITE_NOTADB, .SQLITE_CORRUPT, .SQLITE_FORMAT:
      self = StoreError(
        .notAStore, message: message,
        hint: "The file is no store of Lockstep's, or is damaged: move it away to start a new "
          + "store (the next cycle is then Initial), or restore it from a backup")
    case .SQLITE_FULL:
      self = StoreError(
        .diskFull, message: message, hint: "Free space on the disk; nothing half-done is stored")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self = StoreError(
        .busy, message: message, hint: "Another process writes to it; try again in a moment")
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_IOERR, .SQLITE_AUTH:
      self = StoreError(
        .inaccessible, message: message,
        hint: "See that the folder exists and that this account may read and write it")
    default:
      self = StoreError(
        .internal, message: message,
        hint: "This is a fault of Lockstep's own; please report it")
    }
  }

  static let noResult = StoreError(
    .internal, message: "A transaction of the store ended without a result",
    hint: "This is a fault of Lockstep's own; please report it")
}
