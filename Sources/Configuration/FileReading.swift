#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A file that is open for reading, with what the system says about it.
///
/// The facts are those of the open file, so nobody can exchange it between check and use.
struct OpenFile: ~Copyable {
  let descriptor: Int32
  let path: String
  let status: stat

  /// Opens the regular file at `path`.
  ///
  /// - Throws: ``ConfigurationError`` with the system's own words.
  init(_ path: String, purpose: String) throws(ConfigurationError) {
    // Non-blocking, so that a pipe without a writer is refused below instead of waited for.
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else { throw Self.failure(path, purpose, errno) }
    var found = stat()
    guard fstat(opened, &found) == 0 else {
      let code = errno
      close(opened)
      throw Self.failure(path, purpose, code)
    }
    guard found.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      let what = found.st_mode & S_IFMT == S_IFDIR ? "a folder" : "no regular file"
      throw ConfigurationError(
        message: "The \(purpose) \(path) can't be read: it is \(what)", hint: "name a file")
    }
    descriptor = opened
    self.path = path
    status = found
  }

  deinit { close(descriptor) }

  /// All bytes of the file.
  ///
  /// - Throws: ``ConfigurationError`` if it can't be read or has more than `limit` bytes.
  func bytes(limit: Int, purpose: String) throws(ConfigurationError) -> [UInt8] {
    var all: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw Self.failure(path, purpose, errno) }
      if count == 0 { return all }
      guard all.count + count <= limit else {
        throw ConfigurationError(
          message: "The \(purpose) \(path) is larger than \(limit / 1024) KB",
          hint: "check that this is the right file")
      }
      all.append(contentsOf: chunk[..<count])
    }
  }

  private static func failure(_ path: String, _ purpose: String, _ code: Int32)
    -> ConfigurationError
  {
    let hint =
      switch code {
      case ENOENT, ENOTDIR: "check the path, or create the file"
      case EACCES, EPERM: "let this account read it"
      default: ""
      }
    return ConfigurationError(
      message: "The \(purpose) \(path) can't be read: \(String(cString: strerror(code)))",
      hint: hint)
  }
}
