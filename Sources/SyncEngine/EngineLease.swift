import CSystem
import Foundation
import SyncStore

#if canImport(Glibc)
  import Glibc
#endif

/// The right to be the one engine of a store, held as a lock on a file that the kernel releases
/// when the process ends, however it ends.
public final class EngineLease: Sendable {
  /// The lock file.
  public let file: String
  private let descriptor: Int32

  private init(file: String, descriptor: Int32) {
    self.file = file
    self.descriptor = descriptor
  }

  // A child that is just being started still has the descriptor: closing alone would leave the lock
  // with it.
  deinit {
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  /// Takes the right to be the one engine of the store at `path`, whichever workspace names it.
  ///
  /// The lock file stands beside the store and has its name with `.lock`.
  ///
  /// - Throws: ``LeaseError`` if another engine holds it, or the file can't be made.
  public static func take(ofStore path: String) throws -> EngineLease {
    do {
      return try take(lockFile: SyncStore.lockFile(of: path))
    } catch var error as LeaseError {
      guard let holder = error.holder else { throw error }
      error.message = "Another engine (process \(holder)) works on the store \(path)"
      error.hint =
        "It works for another workspace, of which this one may be a copy: give this one a store of "
        + "its own under [store] in lockstep.toml"
      throw error
    }
  }

  /// Takes the lease on `lockFile` and writes this process's id into it.
  ///
  /// - Throws: ``LeaseError`` if another engine holds it, or the file can't be made.
  public static func take(lockFile: String) throws -> EngineLease {
    let descriptor = cs_open_own(lockFile, O_RDWR)
    guard descriptor >= 0 else {
      throw LeaseError(
        holder: nil,
        message: "Could not open the engine's lock file \(lockFile): "
          + String(cString: strerror(-descriptor)))
    }
    // A face that looks whether an engine lives holds the file for a moment: wait that out.
    for _ in 0..<20 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        // From now on whoever leaves here lets the lock go.
        let lease = EngineLease(file: lockFile, descriptor: descriptor)
        try lease.note("\(getpid())\n")
        return lease
      }
      usleep(25_000)
    }
    let holder = holderOf(descriptor)
    close(descriptor)
    throw LeaseError(
      holder: holder,
      message: "Another engine\(holder.map { " (process \($0))" } ?? "") works on this workspace")
  }

  /// Writes who holds the lock; nobody would find an engine that has not.
  private func note(_ text: String) throws {
    let length = text.utf8.count
    // Cut to its length last: on a disk that is full there is room where something was before.
    guard pwrite(descriptor, text, length, 0) == length, ftruncate(descriptor, off_t(length)) == 0
    else {
      throw LeaseError(
        message: "Could not write to the engine's lock file \(file): "
          + String(cString: strerror(errno)),
        hint: "See that the disk has room, and that the file may be written")
    }
  }

  private static func holderOf(_ descriptor: Int32) -> Int32? {
    var buffer = [UInt8](repeating: 0, count: 32)
    let count = pread(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { return nil }
    let text = String(decoding: buffer[..<count], as: UTF8.self)
    return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}

/// Why the engine's lease was not to be had.
public struct LeaseError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The process that holds it, if that is why.
  public var holder: Int32?
  /// What failed, and why.
  public var message: String
  /// What to do next.
  public var hint: String

  init(holder: Int32?, message: String) {
    self.holder = holder
    self.message = message
    hint =
      holder == nil
      ? "See that the folder exists and may be written, and that the file is no link"
      : "Ask that engine instead (lockstep delta), or stop it (lockstep service stop)"
  }

  init(message: String, hint: String) {
    holder = nil
    self.message = message
    self.hint = hint
  }

  /// The error in one line.
  public var description: String { message + ". " + hint }
}
