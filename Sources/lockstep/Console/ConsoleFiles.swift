import Console
import Foundation
import Workspace

/// The small file in the workspace that keeps what a person chose.
///
/// Several consoles write it: each writes only what it changed itself, and leaves the rest as the
/// others wrote it.
struct PreferencesFile {
  /// The file's path.
  let path: String
  /// What this console knew of when it read or wrote the file last.
  private var known = ConsolePreferences.Kept()
  /// What could not be written as yet, since somebody held the folder.
  private var missed: ConsolePreferences?

  init(path: String) { self.path = path }

  /// What was chosen before; nothing where there is no such file.
  mutating func read() -> ConsolePreferences.Kept {
    known = content ?? ConsolePreferences.Kept()
    return known
  }

  private var content: ConsolePreferences.Kept? {
    (try? String(contentsOfFile: path, encoding: .utf8)).map { ConsolePreferences.read($0) }
  }

  /// Writes what could not be written before; for the end of a console.
  mutating func writeMissed() {
    if let missed { write(missed) }
  }

  /// Whether the folder could be locked within a few milliseconds, or can't be locked at all.
  private static func locks(_ folder: Int32) -> Bool {
    for _ in 0..<tries {
      if flock(folder, LOCK_EX | LOCK_NB) == 0 { return true }
      guard errno == EWOULDBLOCK || errno == EINTR else { return true }
      usleep(1000)
    }
    return false
  }

  /// Times that the folder is tried to be locked, a millisecond apart.
  private static let tries = 10

  /// Keeps what was chosen.
  ///
  /// Habits are not worth an error: a folder that can't be written to keeps none.
  mutating func write(_ preferences: ConsolePreferences) {
    // Between reading and writing no other console may write: the lock goes with its descriptor.
    let folder = open((path as NSString).deletingLastPathComponent, O_RDONLY | O_CLOEXEC)
    defer { if folder >= 0 { close(folder) } }
    // No key waits for who holds it for longer: what was chosen is written with the next choice.
    guard folder < 0 || Self.locks(folder) else {
      missed = preferences
      return
    }
    missed = nil
    let merged = preferences.merged(into: content ?? known, since: known)
    // What lists are narrowed to are names of people.
    _ = OwnFile.write(Data(merged.text.utf8), to: path)
    known = preferences.kept
  }
}

/// Exported lists go to the folder that the console was started in, each into a new file that only
/// its owner may read: there are names in it.
struct FolderExportFiles: ExportFiles {
  /// The folder's path.
  var folder: String
  /// What tells one export from the next: `20261122-200102`.
  var stamp: @Sendable () -> String

  func create(name: String, format: ExportFormat) throws -> any ExportFile {
    let base = folder + "/lockstep-" + name + "-" + stamp()
    for attempt in 1...99 {
      let path = base + (attempt == 1 ? "" : "-\(attempt)") + "." + format.rawValue
      if access(path, F_OK) == 0 { continue }
      let descriptor = open(
        path + OpenExportFile.partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor >= 0 { return OpenExportFile(path: path, descriptor: descriptor) }
      if errno != EEXIST { throw OpenExportFile.fault(path) }
    }
    throw OpenExportFile.fault(base)
  }
}

/// A file that is written in large pieces, and has its name once it is whole; one that is given up
/// is removed.
private final class OpenExportFile: ExportFile {
  /// What is behind its name until then.
  static let partial = ".part"

  private let path: String
  private let descriptor: Int32
  private var pending: [UInt8] = []
  private var isOpen = true

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    guard isOpen else { return }
    _ = Foundation.close(descriptor)
    unlink(path + Self.partial)
  }

  func write(_ text: String) throws {
    pending += Array(text.utf8)
    if pending.count >= 65_536 { try flush() }
  }

  func close() throws -> String {
    try flush()
    isOpen = false
    guard Foundation.close(descriptor) == 0, rename(path + Self.partial, path) == 0 else {
      let fault = Self.fault(path)
      unlink(path + Self.partial)
      throw fault
    }
    return path
  }

  private func flush() throws {
    var start = 0
    while start < pending.count {
      let written = pending[start...].withUnsafeBytes {
        Foundation.write(descriptor, $0.baseAddress, $0.count)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw Self.fault(path) }
      start += written
    }
    pending.removeAll(keepingCapacity: true)
  }

  static func fault(_ path: String) -> Fault {
    Fault(
      message: "\(path) can't be written: \(String(cString: strerror(errno)))",
      hint: "Start the console in a folder that you may write to.")
  }
}
