import Foundation

/// Which folder is the workspace when a command does not say.
public enum WorkspaceLocation {
  /// The name of the file that makes a folder a workspace.
  public static let configurationFile = "lockstep.toml"

  /// The workspace's folder: `explicit`, else `LOCKSTEP_WORKSPACE`, else `currentFolder` if it
  /// holds `lockstep.toml`, else `~/.local/share/lockstep`.
  ///
  /// A configuration that only the current folder leads to is not obeyed where it may be anybody's:
  /// it names secrets of this account, and servers that they are sent to.
  ///
  /// - Parameters:
  ///   - exists: whether there is a file of that path.
  ///   - isTrusted: whether only this account and root may have written the file of that path.
  /// - Throws: ``WorkspaceError`` if it may be another's.
  public static func folder(
    explicit: String?, environment: [String: String], currentFolder: String,
    exists: (String) -> Bool, isTrusted: (String) -> Bool = WorkspaceLocation.isTrusted
  ) throws(WorkspaceError) -> String {
    if let explicit, !explicit.isEmpty {
      return absolute(explicit, in: currentFolder, environment: environment)
    }
    if let named = environment["LOCKSTEP_WORKSPACE"], !named.isEmpty {
      return absolute(named, in: currentFolder, environment: environment)
    }
    let found = join(currentFolder, configurationFile)
    if exists(found) {
      guard isTrusted(found) else {
        throw WorkspaceError(
          .usage,
          message:
            "\(found), of the current folder, is not obeyed: it is another account's, or others "
            + "may write to it",
          hint: "If you trust what is in it, say so with --workspace . (or 'chmod go-w' your own)")
      }
      return currentFolder
    }
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      return join(data, "lockstep")
    }
    return join(environment["HOME"] ?? "/root", ".local/share/lockstep")
  }

  /// Whether the file at `path`, and a link that leads to it, are this account's or root's, and nobody
  /// else may write to it.
  public static func isTrusted(_ path: String) -> Bool {
    var (link, file) = (stat(), stat())
    // What is gone meanwhile is told by who reads it.
    guard lstat(path, &link) == 0, stat(path, &file) == 0 else { return true }
    let own: Set<uid_t> = [geteuid(), 0]
    return own.contains(link.st_uid) && own.contains(file.st_uid) && file.st_mode & 0o022 == 0
  }

  /// `path` as an absolute one: a relative one starts at `folder`, `~/` at the home folder.
  public static func absolute(
    _ path: String, in folder: String, environment: [String: String] = [:]
  ) -> String {
    if path.hasPrefix("~/"), let home = environment["HOME"] {
      return join(home, String(path.dropFirst(2)))
    }
    return path.hasPrefix("/") ? trimmed(path) : join(folder, path)
  }

  /// `path` as a configuration in `folder` writes it, both absolute: what is below the folder goes with
  /// it when it is moved or copied.
  public static func relative(_ path: String, to folder: String) -> String {
    let (path, start) = (trimmed(path), trimmed(folder) + "/")
    guard path.hasPrefix(start), path.utf8.count > start.utf8.count,
      !path.split(separator: "/").contains("..")
    else { return path }
    let rest = String(path.dropFirst(start.count))
    // It would mean the home folder.
    return rest.hasPrefix("~/") ? path : rest
  }

  /// `folder` and below it `name`, without doubled or closing slashes and without `.` steps.
  public static func join(_ folder: String, _ name: String) -> String {
    trimmed(folder + "/" + name)
  }

  private static func trimmed(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." { parts.append(part) }
    return (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
  }
}
