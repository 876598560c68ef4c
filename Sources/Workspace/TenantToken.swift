import Foundation

/// The bearer token of the embedded tenant, in a file of its owner's alone.
public enum TenantToken {
  /// Makes the file at `path`, with a random token, where it is not there.
  ///
  /// It appears whole or not at all, and of two who make it at the same time both find what the first
  /// has made. In a folder of another account nothing is made, since that one could not read it: who
  /// reads the file then says that it is missing.
  ///
  /// - Throws: ``WorkspaceError`` with the system's words.
  public static func make(_ path: String) throws(WorkspaceError) {
    var found = stat()
    guard lstat(path, &found) != 0, errno == ENOENT,
      stat((path as NSString).deletingLastPathComponent, &found) == 0, found.st_uid == geteuid()
    else { return }
    var name = Array((path + ".XXXXXX").utf8CString)
    // mkstemp(3) makes it with mode 0600 at most.
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw failure(path) }
    defer {
      close(descriptor)
      unlink(name)
    }
    let text = Array((WorkspaceCreation.makeToken() + "\n").utf8)
    let isWritten =
      fchmod(descriptor, 0o600) == 0 && write(descriptor, text, text.count) == text.count
      && fsync(descriptor) == 0
    // A link never replaces what is there.
    guard isWritten, link(name, path) == 0 || errno == EEXIST else { throw failure(path) }
  }

  private static func failure(_ path: String) -> WorkspaceError {
    WorkspaceError(
      .system,
      message: "The embedded tenant's token file \(path) can't be made: "
        + String(cString: strerror(errno)),
      hint: "See that the folder may be written, and that the disk has room")
  }
}
