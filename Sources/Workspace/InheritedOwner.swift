import Foundation

/// What is made in another account's folder is given to that account, which could not read it
/// otherwise: what is made is for its owner only.
///
/// In a folder of root's it is its maker's: root lends folders to the accounts of services.
public enum InheritedOwner {
  /// Gives the open file to the owner of `folder`, as only root can; it may hold a secret, so that no
  /// group is let in.
  ///
  /// - Returns: Whether the folder's owner can read it; errno tells why not.
  static func give(_ descriptor: Int32, in folder: String) -> Bool {
    var above = stat()
    guard stat(folder, &above) == 0 else { return false }
    guard above.st_uid != geteuid(), above.st_uid != 0 else { return true }
    return fchown(descriptor, above.st_uid, above.st_gid) == 0
  }

  /// Makes the folder at `path`, and those above it that are missing.
  ///
  /// - Throws: ``WorkspaceError`` with the system's words.
  public static func makeFolder(_ path: String) throws(WorkspaceError) {
    var missing: [String] = []
    var next = path
    while !next.isEmpty, next != "/", access(next, F_OK) != 0 {
      missing.append(next)
      next = (next as NSString).deletingLastPathComponent
    }
    for folder in missing.reversed() {
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
        throw WorkspaceError(
          .system, message: "\(folder) can't be made: \(String(cString: strerror(errno)))",
          hint: "See that the folder above it may be written, and that the disk has room")
      }
      let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      defer { close(descriptor) }
      var above = stat()
      guard stat((folder as NSString).deletingLastPathComponent, &above) == 0,
        above.st_uid != geteuid(), above.st_uid != 0
      else { continue }
      // Who may not give it away has a folder of their own there.
      _ = fchown(descriptor, above.st_uid, above.st_gid)
    }
  }
}
