import Foundation
import Workspace

/// Whether an engine that works is of the program that is installed now.
enum EngineAge {
  /// Whether the engine began before its program was replaced.
  ///
  /// - Parameters:
  ///   - pid: The engine's process.
  ///   - lockFile: The file that it wrote to when it began.
  ///   - program: The program that is there now.
  static func isOlder(_ pid: Int32, lockFile: String, program: String?) -> Bool {
    // Of another account's process this is not told.
    let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
    if let own, own.hasSuffix(" (deleted)") { return true }
    var (lock, file) = (stat(), stat())
    guard let program, stat(lockFile, &lock) == 0, stat(program, &file) == 0 else { return false }
    // When it was put there: its time of change is that of its build.
    let (began, installed) = (lock.st_mtim, file.st_ctim)
    return (began.tv_sec, began.tv_nsec) < (installed.tv_sec, installed.tv_nsec)
  }

  /// Why nothing can be asked of such an engine.
  static func refusal(_ pid: Int32) -> WorkspaceError {
    WorkspaceError(
      .engineUnavailable,
      message: "The engine, process \(pid), is of an older version, and so is its store",
      hint: "Let a new one take its place: 'lockstep service stop', then 'lockstep service start' "
        + "(or 'systemctl restart' of its unit)")
  }
}
