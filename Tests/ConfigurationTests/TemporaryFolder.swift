#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A folder of a test's own that is removed with everything in it.
final class TemporaryFolder {
  let path: String
  private var files: [String] = []

  init() throws {
    var template = Array("/tmp/configuration-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(code: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    for file in files { unlink(file) }
    rmdir(path)
  }

  struct Failure: Error { var code: Int32 }

  /// Writes a file with these bytes and permissions; its path.
  func write(_ name: String, _ bytes: [UInt8], mode: mode_t = 0o600) throws -> String {
    let file = path + "/" + name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    guard descriptor >= 0 else { throw Failure(code: errno) }
    defer { close(descriptor) }
    files.append(file)
    guard bytes.isEmpty || Glibc.write(descriptor, bytes, bytes.count) == bytes.count,
      fchmod(descriptor, mode) == 0
    else { throw Failure(code: errno) }
    return file
  }

  /// Makes a file of `size` bytes that takes no room on the disk.
  func writeSparse(_ name: String, size: Int) throws -> String {
    let file = try write(name, [])
    guard truncate(file, size) == 0 else { throw Failure(code: errno) }
    return file
  }

  /// Makes a pipe with a name.
  func makePipe(_ name: String) throws -> String {
    let file = path + "/" + name
    guard mkfifo(file, 0o600) == 0 else { throw Failure(code: errno) }
    files.append(file)
    return file
  }
}
