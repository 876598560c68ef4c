/// Which folder is the workspace when a command does not say.
public enum WorkspaceLocation {
  /// The name of the file that makes a folder a workspace.
  public static let configurationFile = "lockstep.toml"

  /// The workspace's folder: `explicit`, else `LOCKSTEP_WORKSPACE`, else `currentFolder` if it
  /// holds `lockstep.toml`, else `~/.local/share/lockstep`.
  ///
  /// - Parameter exists: whether there is a file of that path.
  public static func folder(
    explicit: String?, environment: [String: String], currentFolder: String,
    exists: (String) -> Bool
  ) -> String {
    if let explicit, !explicit.isEmpty {
      return absolute(explicit, in: currentFolder, environment: environment)
    }
    if let named = environment["LOCKSTEP_WORKSPACE"], !named.isEmpty {
      return absolute(named, in: currentFolder, environment: environment)
    }
    if exists(join(currentFolder, configurationFile)) { return currentFolder }
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      return join(data, "lockstep")
    }
    return join(environment["HOME"] ?? "/root", ".local/share/lockstep")
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
