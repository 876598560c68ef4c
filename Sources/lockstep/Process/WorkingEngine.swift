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
  /// - Throws: `ConfigurationError` if the folder is no workspace, and no engine works in it.
  init(_ place: WorkspaceOptions) throws {
    folder = try place.folder
    let file = WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile)
    if pid == nil, !FileManager.default.fileExists(atPath: file) { _ = try place.open() }
  }

  /// Its process id, or nil if none works.
  var pid: Int32? { FileLock.holder(of: Workspace.leaseFile(in: folder)) }
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
