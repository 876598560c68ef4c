import CSQLite
import Foundation
import GRDB

#if canImport(Glibc)
  import Glibc
#endif

/// Tells whether the journal (`-wal`) beside a store is the store's own.
///
/// SQLite takes any journal that stands there for its own: a store that was put back beside the
/// journal of a later one would be a mixture of both. So each engine that opens a store gives it a
/// number, which is in the file itself and in a small one beside it; another file under the store's
/// name has another number.
enum StoreMark {
  /// The file beside `store` with the numbers that the store may have.
  ///
  /// Both stand where the journal does: beside the file that a symbolic link means.
  static func file(of store: String) -> String { FileCare.real(store) + ".mark" }

  /// Refuses the store if a journal stands beside it that is another's.
  ///
  /// - Throws: ``StoreError`` with the code `corrupt`; nothing was read of the journal.
  static func check(_ path: String) throws(StoreError) {
    let store = FileCare.real(path)
    guard let before = numbers(store), let own = number(in: store), !before.contains(own),
      // An engine that opens the store gives it a new number between two looks.
      let after = numbers(store), !after.contains(own)
    else { return }
    guard size(store + "-wal") > 0 else {
      // It was put back where no journal was: the one that comes now is its own.
      unlink(file(of: store))
      return
    }
    throw StoreError(
      .corrupt,
      message: "The file \(store)-wal is not of the store \(store), which was put in the place of "
        + "another one; together they would be neither",
      hint: "Put the store back with 'lockstep restore FILE'; or, where \(store) alone is right, "
        + "move its -wal and -shm away. Where both came from one copy, remove "
        + file(of: store))
  }

  /// Gives the store a new number.
  ///
  /// Without room for it the former one stays.
  ///
  /// - Parameter isLasting: Whether the number has to be on the disk.
  static func renew(_ queue: DatabaseQueue, store: String, isLasting: Bool) {
    let new = Int32.random(in: 1...Int32.max)
    do {
      // In the file or the journal may be any of these, until the new one is in the file.
      let known = try queue.read { try Int32.fetchOne($0, sql: "PRAGMA user_version") }
      var all = numbers(store) ?? []
      for number in [number(in: store), known, new].compactMap(\.self) where !all.contains(number) {
        all.append(number)
      }
      try note(all, of: store, isLasting: isLasting)
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "PRAGMA user_version = \(new)")
        // Out of the journal, into the file; where somebody reads, that comes later.
        try db.execute(sql: "PRAGMA wal_checkpoint(PASSIVE)")
      }
      if number(in: store) == new { try note([new], of: store, isLasting: isLasting) }
    } catch {}
  }

  /// Gives a copy that nobody else has open a number of its own.
  static func number(copy path: String) throws {
    let queue = try DatabaseQueue(path: path, configuration: StoreConfiguration.keeping)
    defer { try? queue.close() }
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA user_version = \(Int32.random(in: 1...Int32.max))")
    }
  }

  private static func note(_ numbers: [Int32], of store: String, isLasting: Bool) throws {
    let (path, draft) = (file(of: store), file(of: store) + ".partial")
    let text = numbers.map(String.init).joined(separator: " ") + "\n"
    guard
      FileManager.default.createFile(
        atPath: draft, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
    else {
      throw StoreError(
        errno == ENOSPC ? .diskFull : .inaccessible,
        message: "\(draft) can't be written: " + String(cString: strerror(errno)),
        hint: "See that the folder may be written, and that the disk has room")
    }
    if isLasting { try FileCare.synchronize(draft) }
    try FileCare.name(draft, path)
    if isLasting { try FileCare.synchronize(FileCare.folder(of: path)) }
  }

  /// The numbers that the store may have; nil where nothing is noted.
  private static func numbers(_ store: String) -> [Int32]? {
    guard let text = try? String(contentsOfFile: file(of: store), encoding: .utf8) else {
      return nil
    }
    return text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
  }

  /// The number in the file itself, without what a journal says of it; nil where there is no whole
  /// header.
  static func number(in store: String) -> Int32? {
    var version: Int32 = 0
    return csq_version_in_file(store, &version) == 0 ? version : nil
  }

  private static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
