import Foundation
import GRDB

#if canImport(Glibc)
  import Glibc
#endif

/// Files of databases as the system has them: copied whole, and known by what stands beside them.
enum FileCare {
  /// What SQLite keeps beside a file.
  static let journals = ["-journal", "-wal", "-shm"]

  /// Copies all that `queue` reads to `draft`, of one moment, for its owner alone and on the disk.
  ///
  /// - Parameter isStore: Whether the copy gets a number of its own (``StoreMark``): with that of the
  ///   store, it could be put into its place beside a journal that is not the copy's.
  /// - Throws: what SQLite or the system says; nothing is left then.
  static func copy(_ queue: DatabaseQueue, to draft: String, isStore: Bool) throws {
    do {
      unlink(draft)
      // Made before SQLite writes to it: nobody else reads it meanwhile.
      _ = FileManager.default.createFile(
        atPath: draft, contents: nil, attributes: [.posixPermissions: 0o600])
      try queue.writeWithoutTransaction { db in
        try db.execute(sql: "VACUUM INTO ?", arguments: [draft])
      }
      chmod(draft, 0o600)
      if isStore { try StoreMark.number(copy: draft) }
      try synchronize(draft)
    } catch {
      unlink(draft)
      throw error
    }
  }

  /// `name`, or the first of `name.2`, `name.3`, … that nobody has.
  static func freeName(_ name: String) -> String {
    var (free, number) = (name, 1)
    while access(free, F_OK) == 0 {
      number += 1
      free = name + ".\(number)"
    }
    return free
  }

  /// The file that `path` means, where that is a symbolic link; SQLite keeps its journals beside that.
  static func real(_ path: String) -> String {
    var path = path
    for _ in 0..<40 {
      guard let next = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
        break
      }
      path = next.hasPrefix("/") ? next : folder(of: path) + "/" + next
    }
    return path
  }

  /// The folder in which `path` stands.
  static func folder(of path: String) -> String {
    let folder = (path as NSString).deletingLastPathComponent
    return folder.isEmpty ? "." : folder
  }

  /// Has a file, or the names in a folder, written to the disk.
  static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("opened", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("written", path) }
  }

  /// Gives the file `old` the name `new`.
  static func name(_ old: String, _ new: String) throws {
    guard rename(old, new) == 0 else { throw failure("named", new) }
  }

  private static func failure(_ verb: String, _ path: String) -> StoreError {
    StoreError(
      errno == ENOSPC ? .diskFull : .inaccessible,
      message: "\(path) can't be \(verb): " + String(cString: strerror(errno)),
      hint: "See that the folder may be written, and that the disk has room; the file that was "
        + "copied is as it was")
  }
}
