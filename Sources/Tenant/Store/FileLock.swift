import CSystem
import Foundation
import Synchronization

/// A lock that the kernel releases when its holder dies.
final class FileLock: Sendable {
  private let descriptor: Int32
  private let isHeld = Mutex(true)

  /// Takes the lock that the file at `path` stands for.
  ///
  /// - Throws: ``TenantError`` if another process, or this one, has it.
  init(path: String) throws {
    descriptor = cs_open_own(path, O_RDWR)
    guard descriptor >= 0 else {
      throw TenantError(
        .storeFailed, "'\(path)' can't be opened: \(String(cString: strerror(-descriptor)))",
        hint: "See that its folder is there and may be written, and that it is no link.")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw TenantError(
        .inUse, "Another tenant server has '\(path)' locked",
        hint: "Stop that server, or name another database.")
    }
  }

  /// Gives the lock back; once is enough.
  func release() {
    let wasHeld = isHeld.withLock { isHeld in
      defer { isHeld = false }
      return isHeld
    }
    guard wasHeld else { return }
    // A process that is just being started may have the file open for a moment, too.
    _ = flock(descriptor, LOCK_UN)
    close(descriptor)
  }

  deinit { release() }
}
