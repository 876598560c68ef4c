import CSystem
import Foundation

/// Whether somebody holds the lock of a file, asked without getting in the way of who takes it.
public enum FileLock {
  /// How a lock stands.
  public enum State: Hashable, Sendable {
    /// Nobody holds it.
    case free
    /// The process of this id holds it.
    case held(pid: Int32)
    /// The file can't be read, for the reason with this number of the system's (errno).
    case unknown(Int32)
  }

  /// How the lock of `file` stands; a file that does not exist is not locked.
  public static func state(of file: String) -> State {
    let pid = cs_lock_holder(file)
    if pid < 0 { return .unknown(-pid) }
    // The kernel lets a lock go when its holder dies. Asking the lock itself takes it for a moment,
    // so that is done only when a process of the noted id lives: it may be another's by now.
    guard pid > 0, cs_process_alive(pid) == 1 else { return .free }
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == ENOENT ? .free : .held(pid: pid) }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) == 0 ? .free : .held(pid: pid)
  }

  /// The process that holds the lock of `file`, or nil if none does.
  ///
  /// - Throws: ``WorkspaceError`` if that can't be known, as to an account that may not read the file.
  public static func knownHolder(of file: String) throws(WorkspaceError) -> Int32? {
    switch state(of: file) {
    case .free: return nil
    case .held(let pid): return pid
    case .unknown(let code):
      throw WorkspaceError(
        .system,
        message: "Whether a process works there can't be known: \(file) can't be read: "
          + String(cString: strerror(code)),
        hint: "Ask as the account that owns the workspace, or as root")
    }
  }

  /// The process that holds the lock of `file`, or nil if none is known.
  public static func holder(of file: String) -> Int32? {
    if case .held(let pid) = state(of: file) { return pid }
    return nil
  }

  /// A lock that this process holds until it lets it go.
  public final class Taken: Sendable {
    private let descriptor: Int32

    fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }
    deinit { cs_unlock(descriptor) }
  }

  /// Takes the lock of `file`, and notes this process there as who holds it.
  ///
  /// - Returns: nil if another process holds it.
  /// - Throws: ``WorkspaceError`` if the file can't be locked.
  public static func take(_ file: String) throws(WorkspaceError) -> Taken? {
    // Who looks whether somebody holds it may have it for a moment: wait that out.
    for _ in 0..<20 {
      let lock = cs_try_lock(file)
      if lock >= 0 { return Taken(lock) }
      guard lock == -EWOULDBLOCK else {
        throw WorkspaceError(
          .system, message: "\(file) can't be locked: " + String(cString: strerror(-lock)),
          hint: "See that the folder exists and may be written, and that the file is no link")
      }
      usleep(25_000)
    }
    return nil
  }
}
