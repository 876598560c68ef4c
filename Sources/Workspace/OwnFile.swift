public import Foundation

/// Small files of one person in a folder that may belong to another account.
///
/// What that account puts at their names, links above all, is neither followed nor believed.
public enum OwnFile {
  /// The largest file that is read, in bytes; more is surely no text that a person wrote.
  private static let sizeLimit = 16 << 20

  /// What the file at `path` holds; nil if there is none, or it is no regular file of this account
  /// with this one name.
  public static func read(_ path: String) -> Data? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var found = stat()
    guard fstat(file, &found) == 0, found.st_mode & S_IFMT == S_IFREG, found.st_nlink == 1,
      found.st_uid == geteuid()
    else { return nil }
    var (all, chunk) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
    while all.count <= sizeLimit {
      let count = Foundation.read(file, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      if count < 0 { return nil }
      if count == 0 { return Data(all) }
      all += chunk[..<count]
    }
    return nil
  }

  /// Makes a file at `path` that only its owner may read, in the place of what is there.
  ///
  /// - Returns: whether it was written; where not, what was there stays.
  public static func write(_ text: Data, to path: String) -> Bool {
    let draft = path + ".\(getpid()).part"
    unlink(draft)
    let file = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard file >= 0 else { return false }
    defer { close(file) }
    guard text.withUnsafeBytes({ DescriptorOutput.write($0, to: file) }) == 0,
      rename(draft, path) == 0
    else {
      let error = errno
      unlink(draft)
      errno = error
      return false
    }
    return true
  }
}
