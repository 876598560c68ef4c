import Foundation
import Workspace

/// What tells that a workspace's configuration was written to, without reading it.
struct ConfigurationStamp: Hashable, Sendable {
  private struct File: Hashable {
    let path: String
    let number: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int
  }

  private let files: [File]

  /// The stamp of `lockstep.toml` and of the rule files that it names, as they are now.
  init(_ workspace: Workspace) {
    let rules = workspace.settings.rulesFolder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: rules)) ?? []
    let paths = names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted().map {
      WorkspaceLocation.join(rules, $0)
    }
    let configuration = WorkspaceLocation.join(
      workspace.folder, WorkspaceLocation.configurationFile)
    files = ([configuration] + paths).map(Self.file)
  }

  /// What the system says of a file; of one that is not there, that it is empty.
  private static func file(_ path: String) -> File {
    var info = stat()
    guard stat(path, &info) == 0 else {
      return File(path: path, number: 0, size: 0, seconds: 0, nanoseconds: 0)
    }
    return File(
      path: path, number: UInt64(info.st_ino), size: Int64(info.st_size),
      seconds: info.st_mtim.tv_sec, nanoseconds: info.st_mtim.tv_nsec)
  }
}
