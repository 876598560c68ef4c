import Directory
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
    files = Self.paths(workspace).map(Self.file)
  }

  private static func paths(_ workspace: Workspace) -> [String] {
    let rules = workspace.settings.rulesFolder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: rules)) ?? []
    let paths = names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.sorted().map {
      WorkspaceLocation.join(rules, $0)
    }
    let configuration = WorkspaceLocation.join(
      workspace.folder, WorkspaceLocation.configurationFile)
    return [configuration] + paths
  }

  /// When one of the files, or the folder of the rules, was last touched.
  ///
  /// By the kernel's time of the change: whoever copies files may give them the times of others.
  static func touched(_ workspace: Workspace) -> Timestamp {
    let times = ([workspace.settings.rulesFolder] + paths(workspace)).compactMap { path in
      var info = stat()
      guard stat(path, &info) == 0 else { return nil as Timestamp? }
      return Timestamp(
        milliseconds: Int64(info.st_ctim.tv_sec) * 1000 + Int64(info.st_ctim.tv_nsec) / 1_000_000)
    }
    return times.max() ?? Timestamp(milliseconds: 0)
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
