import Directory
import Foundation
import GRDB

#if canImport(Glibc)
  import Glibc
#endif

/// A private copy of the store, to try things on.
extension SyncStore {
  /// The file of the copy, beside the store.
  var copyFile: String { file + ".rehearsal" }

  /// Makes a copy of everything that is stored.
  ///
  /// It is removed by ``removeCopies()``, at the latest when an engine starts the next time.
  ///
  /// - Throws: ``StoreError``: not enough room, no access.
  public func copy() throws -> SyncStore {
    try removeCopies()
    try Self.checkRoom(needed: try size() * 3 / 2 + (32 << 20), at: file, free: Self.freeBytes)
    do {
      _ = FileManager.default.createFile(
        atPath: copyFile, contents: nil, attributes: [.posixPermissions: 0o600])
      let copied = try DatabaseQueue(path: copyFile, configuration: StoreConfiguration.copying)
      try queue.backup(to: copied)
      try copied.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
      var options = StoreOptions()
      // Else the first work that is gathered ends with a connection that waits for the disk.
      options.durability = .none
      return SyncStore(
        file: copyFile, queue: copied, readQueues: try Self.readQueues(of: copyFile),
        options: options)
    } catch {
      try? removeCopies()
      throw StoreError(error, doing: "copy the store to", file: copyFile)
    }
  }

  /// Removes what a rehearsal left, also one that ended in its middle.
  ///
  /// - Throws: ``StoreError`` if a file can't be removed.
  public func removeCopies() throws {
    for suffix in ["", "-journal", "-wal", "-shm"] {
      let path = copyFile + suffix
      guard unlink(path) != 0, errno != ENOENT else { continue }
      throw StoreError(
        .inaccessible,
        message: "Could not remove \(path): \(String(cString: strerror(errno)))",
        hint: "Remove it by hand: it is a copy of the store")
    }
  }

  /// How many bytes the store takes.
  private func size() throws -> Int {
    try queue.look { db in
      let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
      return pages * (try Int.fetchOne(db, sql: "PRAGMA page_size") ?? 4096)
    }
  }

  /// Refuses when the disk has less than `needed` bytes free where `file` is.
  ///
  /// - Throws: ``StoreError`` with the code `diskFull`.
  static func checkRoom(
    needed: Int, at file: String, free: (String) -> Int?
  ) throws(StoreError) {
    let folder = (file as NSString).deletingLastPathComponent
    guard let left = free(folder), left < needed else { return }
    throw StoreError(
      .diskFull,
      message: "A rehearsal works on a copy of the store, which needs \(needed >> 20) MB in "
        + "\(folder); \(left >> 20) MB are free",
      hint: "Free space on the disk; nothing was changed")
  }

  /// How many bytes this account may still write where `folder` is.
  private static func freeBytes(_ folder: String) -> Int? {
    var info = statvfs()
    guard statvfs(folder, &info) == 0 else { return nil }
    return Int(info.f_bavail) * Int(info.f_frsize)
  }
}
