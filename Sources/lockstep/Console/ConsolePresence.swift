import CSystem
import Console
import Directory
import Foundation
import Workspace

/// Which consoles are open on a workspace of this machine.
///
/// Each holds the lock of a file of its own, with a note about itself beside it. The kernel lets the
/// lock go when a console ends, however it ends; what it left is cleared away by the next one that
/// looks.
final class ConsolePresence: Sendable {
  private let folder: String
  private let lock: Int32
  private var own: String { folder + "/\(getpid())" }

  /// Enters a console; without a folder that it can write to it goes unseen.
  init(workspace: String, person: String, isReadOnly: Bool) {
    folder = WorkspaceLocation.join(workspace, "consoles")
    try? FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    let path = folder + "/\(getpid())"
    lock = cs_try_lock(path + ".lock")
    let terminal = ttyname(STDIN_FILENO).map { String(cString: $0) } ?? ""
    let note = [
      person, terminal.replacingOccurrences(of: "/dev/", with: ""),
      String(Timestamp.now.milliseconds), isReadOnly ? "read-only" : "",
    ]
    if lock >= 0 {
      _ = OwnFile.write(Data(note.joined(separator: "\n").utf8), to: path + ".note")
    }
  }

  /// The other consoles, those that have been open longest first.
  func others() -> [OtherConsole] { Self.open(inFolder: folder) }

  /// The consoles that are open on a workspace but this program, those that have been open longest
  /// first.
  static func open(in workspace: String) -> [OtherConsole] {
    open(inFolder: WorkspaceLocation.join(workspace, "consoles"))
  }

  private static func open(inFolder folder: String) -> [OtherConsole] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let found = names.compactMap { name -> OtherConsole? in
      guard name.hasSuffix(".lock"), let pid = Int32(name.dropLast(5)), pid != getpid() else {
        return nil
      }
      let path = folder + "/\(pid)"
      guard FileLock.holder(of: path + ".lock") == pid else {
        clear(path)
        return nil
      }
      return read(path + ".note")
    }
    return found.sorted { $0.since < $1.since }
  }

  private static func read(_ file: String) -> OtherConsole? {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    guard lines.count == 4, let since = Int64(lines[2]) else { return nil }
    return OtherConsole(
      person: lines[0], terminal: lines[1], since: Timestamp(milliseconds: since),
      isReadOnly: !lines[3].isEmpty)
  }

  private static func clear(_ path: String) {
    unlink(path + ".note")
    unlink(path + ".lock")
  }

  /// Leaves.
  func leave() {
    guard lock >= 0 else { return }
    Self.clear(own)
    cs_unlock(lock)
  }
}
