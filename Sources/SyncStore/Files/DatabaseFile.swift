import Foundation
import GRDB

#if canImport(Glibc)
  import Glibc
#endif

/// A database's file as people keep copies of it and put one back.
public struct DatabaseFile: Sendable {
  /// What such a file holds.
  public enum Content: Sendable {
    /// The engine's store.
    case store
    /// The objects of the embedded tenant.
    case tenant

    var name: String {
      switch self {
      case .store: "store"
      case .tenant: "embedded tenant's file"
      }
    }
  }

  /// The file.
  public let path: String
  private let content: Content

  /// The file at `path`, which holds `content`.
  public init(_ path: String, holding content: Content) {
    self.path = path
    self.content = content
  }

  /// Copies what was committed last to the new file `target`, also while somebody writes.
  ///
  /// - Throws: ``StoreError``; there is no `target` then.
  public func backUp(to target: String) throws(StoreError) {
    guard access(target, F_OK) != 0 else {
      throw StoreError(
        .inaccessible, message: "\(target) exists already",
        hint: "Name a file that does not; what is there stays as it is")
    }
    do {
      if content == .store { try StoreMark.check(path) }
      let moment = FileMoment(path)
      let (queue, isStill) = try opened(path)
      defer { try? queue.close() }
      // It has the name that a person would trust once it is whole.
      let draft = target + ".partial"
      try FileCare.copy(queue, to: draft, isStore: content == .store)
      if isStill, StillStore.hasJournal(path) || FileMoment(path) != moment {
        unlink(draft)
        throw StoreError(
          .inaccessible,
          message: "Somebody wrote to \(path) while it was copied, and this account can't follow",
          hint: "Back it up as the account that owns it")
      }
      try FileCare.name(draft, target)
      try FileCare.synchronize(FileCare.folder(of: target))
    } catch {
      throw StoreError(error, doing: "back up the \(content.name)", file: path)
    }
  }

  /// Puts `source` into the place of this file, or of the one that it links to, and takes away what
  /// stands beside it; nobody may have it open.
  ///
  /// A store that is put back has each connector imported in full first: its directory has moved on,
  /// and a target was sent what this store knows nothing of. What was asked for, or released, before
  /// the backup was made is not done.
  ///
  /// - Returns: the name under which the former file is kept; nil if there was none.
  /// - Throws: ``StoreError``; the file is as it was then.
  public func restore(from source: String) throws(StoreError) -> String? {
    let path = FileCare.real(path)
    let draft = path + ".restoring"
    do {
      let queue = try opened(source).queue
      defer { try? queue.close() }
      try FileCare.copy(queue, to: draft, isStore: content == .store)
      switch content {
      case .store: try requireFullImports(draft)
      case .tenant: try forgetIdentity(draft)
      }
    } catch {
      unlink(draft)
      throw StoreError(error, doing: "restore the \(content.name) from", file: source)
    }
    do {
      defer { unlink(draft) }
      return try DatabaseFile(path, holding: content).replace(by: draft)
    } catch {
      throw StoreError(error, doing: "replace the \(content.name)", file: path)
    }
  }

  /// Has every connector of the store `draft` imported in full before anything else.
  private func requireFullImports(_ draft: String) throws {
    let queue = try DatabaseQueue(path: draft, configuration: StoreConfiguration.keeping)
    do {
      try queue.write { db in
        try db.execute(
          sql: "UPDATE connector SET full_import_reason = ? WHERE full_import_reason IS NULL",
          arguments: ["the store was restored from a backup, and the directory may have moved on"])
        try db.execute(
          sql: """
            INSERT OR REPLACE INTO setting(key, value)
            SELECT 'connector.' || id || '.restored', 'true' FROM connector
            """)
        // Whose passwords go where is known as of then, too.
        if try db.tableExists("password_channel") {
          try db.execute(sql: "UPDATE password_channel SET turn_ended = NULL")
        }
        try Self.forgetWords(db)
      }
      try queue.close()
    } catch {
      try? queue.close()
      throw error
    }
    try FileCare.synchronize(draft)
  }

  /// Has the tenant `draft` be another database to its clients than the one that they read: what they
  /// were told since the backup was made is not true any more, and no delta would say so.
  private func forgetIdentity(_ draft: String) throws {
    let queue = try DatabaseQueue(path: draft, configuration: StoreConfiguration.keeping)
    do {
      try queue.write { db in
        guard try db.tableExists("tenant_fact") else { return }
        try db.execute(sql: "DELETE FROM tenant_fact WHERE name = 'database'")
      }
      try queue.close()
    } catch {
      try? queue.close()
      throw error
    }
    try FileCare.synchronize(draft)
  }

  /// Takes back what people had said that was not done yet: they said it of how things stood then.
  ///
  /// A backup may be of an earlier version, which had fewer tables.
  private static func forgetWords(_ db: Database) throws {
    if try db.tableExists("command") {
      try db.execute(
        sql: "UPDATE command SET state = 'refused', outcome = ? WHERE state IN ('filed', 'taken')",
        arguments: ["The store was restored from a backup of then; ask again"])
    }
    if try db.tableExists("import_hold") {
      try db.execute(sql: "UPDATE import_hold SET released_by = NULL")
    }
    for table in ["cs_object", "unseen_add"] where try db.tableExists(table) {
      try db.execute(sql: "UPDATE \(table) SET is_released = 0 WHERE is_released <> 0")
    }
    // What was deleted then may have been made anew since.
    if try db.tableExists("sent_delete") { try db.execute(sql: "DELETE FROM sent_delete") }
  }

  /// A connection to the file `path`, which has to hold what this one does.
  private func opened(_ path: String) throws -> (queue: DatabaseQueue, isStill: Bool) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StoreError(
        .missing, message: "There is no file \(path)", hint: "Name one that is there")
    }
    do {
      return (
        try checked(DatabaseQueue(path: path, configuration: StoreConfiguration.keeping), path),
        false
      )
    } catch let error as DatabaseError {
      guard
        let queue = try StillStore.open(path, configuration: StoreConfiguration.keeping)
      else { throw error }
      return (try checked(queue, path), true)
    }
  }

  private func checked(_ queue: DatabaseQueue, _ path: String) throws -> DatabaseQueue {
    do {
      try queue.read { try check($0, path) }
      return queue
    } catch {
      try? queue.close()
      throw error
    }
  }

  private func check(_ db: Database, _ path: String) throws {
    let isMeant =
      switch content {
      case .store:
        try db.tableExists("cs_object") && db.tableExists("grdb_migrations")
      case .tenant:
        // "LsTn": see the tenant's store.
        try Int.fetchOne(db, sql: "PRAGMA application_id") == 0x4C73_546E
      }
    guard isMeant else {
      throw StoreError(
        .notAStore, message: "\(path) is not a \(content.name)",
        hint: "Name a file that 'lockstep \(content == .store ? "" : "tenant ")backup' has written")
    }
    if content == .store, try Schema.migrator.hasBeenSuperseded(db) {
      throw StoreError(
        .newerVersion, message: "The store \(path) was written by a newer version of Lockstep",
        hint: "Use that version")
    }
  }

  /// Puts `draft` into the place of what is there.
  private func replace(by draft: String) throws -> String? {
    guard FileManager.default.fileExists(atPath: path) else {
      for journal in FileCare.journals { unlink(path + journal) }
      try FileCare.name(draft, path)
      try FileCare.synchronize(FileCare.folder(of: path))
      return nil
    }
    let kept = FileCare.freeName(path + ".before-restore")
    let alone = try settled(kept)
    defer { try? alone?.close() }
    // At any moment one of the two has the file's name.
    if link(path, kept) != 0 { try FileCare.name(path, kept) }
    try FileCare.name(draft, path)
    try FileCare.synchronize(FileCare.folder(of: path))
    return kept
  }

  /// Brings what is there into one file, and sees that nobody else has it open: who closes it later
  /// would take away the journal of the file that has its name by then.
  ///
  /// - Returns: the connection that keeps others out; nil if what is there is no database.
  private func settled(_ kept: String) throws -> DatabaseQueue? {
    do {
      if content == .store { try StoreMark.check(path) }
      let queue = try DatabaseQueue(path: path, configuration: StoreConfiguration.keeping)
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
        try db.execute(sql: "PRAGMA journal_mode = DELETE")
        // Held until the connection is closed.
        try db.execute(sql: "BEGIN EXCLUSIVE; COMMIT")
      }
      return queue
    } catch let error as DatabaseError
      where [.SQLITE_BUSY, .SQLITE_LOCKED].contains(error.resultCode)
    {
      throw StoreError(
        .busy, message: "Another program has \(path) open",
        hint: "Close the consoles and whatever else reads it ('lockstep activity' names consoles)")
    } catch {
      // Damaged, or with a journal of another: each is kept as it is.
      for journal in FileCare.journals where access(path + journal, F_OK) == 0 {
        try FileCare.name(path + journal, kept + journal)
      }
      return nil
    }
  }
}
