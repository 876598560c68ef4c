import Foundation
import SyncStore
import Workspace

/// The engine that works in a folder, also where the configuration can't be read any more that it
/// once began by.
struct WorkingEngine {
  /// The workspace's folder.
  let folder: String

  /// The engine of `place`.
  ///
  /// - Throws: `ConfigurationError` if the folder is no workspace, and no engine works in it;
  ///   `WorkspaceError` if it can't be known whether one does.
  init(_ place: WorkspaceOptions) throws {
    folder = try place.folder
    let file = WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile)
    let holder = try FileLock.knownHolder(of: Workspace.leaseFile(in: folder))
    if holder == nil, !FileManager.default.fileExists(atPath: file) { _ = try place.open() }
  }

  /// Its process id, or nil if none works.
  var pid: Int32? { FileLock.holder(of: Workspace.leaseFile(in: folder)) }

  /// Has the engine, process `pid`, end after its batch: by an order in its store, which notes who
  /// asked, or by a signal where that can't be filed.
  ///
  /// - Parameters:
  ///   - file: Files the order; false if there is no store that could take it.
  ///   - signal: Sends a signal to a process, as kill(2).
  /// - Throws: `WorkspaceError` if the system refuses the signal, too.
  static func end(
    _ pid: Int32, filing file: () throws -> Bool,
    signal: (_ pid: Int32, _ number: Int32) -> Int32 = kill
  ) throws(WorkspaceError) {
    do {
      if try file() { return }
    } catch {
      StandardStreams.complain(
        "lockstep: the order to end could not be filed, and the engine gets a signal: "
          + SafeText.line("\(error)"))
    }
    // One that has ended by now is what was asked for.
    guard signal(pid, SIGTERM) == 0 || errno == ESRCH else {
      throw WorkspaceError(
        .system,
        message: "The engine, process \(pid), can't be ended: " + String(cString: strerror(errno)),
        hint: "End it as the account that it runs by, or as root")
    }
  }

  /// The file that it writes its log to where it was started by a command.
  var logFile: String { WorkspaceLocation.join(folder, "engine.log") }

  /// The store that it works on; nil if that can't be told.
  var store: StoreReader? {
    let file =
      (try? Workspace.storeFile(in: folder)) ?? WorkspaceLocation.join(folder, "store.sqlite")
    // One in which another engine has noted itself last is not read by this one.
    guard let store = try? StoreReader(file: file), let noted = try? store.status().pid,
      noted == pid
    else { return nil }
    return store
  }
}
