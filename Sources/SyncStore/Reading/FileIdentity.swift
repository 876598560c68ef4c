#if canImport(Glibc)
  import Glibc
#endif

/// When a file was written to last, and how long it is.
struct FileMoment: Equatable, Sendable {
  private let seconds: Int
  private let nanoseconds: Int
  private let size: Int64

  /// That of the file at `path`; nil if there is none that can be looked at.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    seconds = status.st_mtim.tv_sec
    nanoseconds = status.st_mtim.tv_nsec
    size = Int64(status.st_size)
  }
}

/// What tells a file from any other, also from one that takes its name later.
struct FileIdentity: Equatable, Sendable {
  private let device: UInt64
  private let number: UInt64

  /// The identity of the file at `path`; nil if there is none that can be looked at.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    number = UInt64(status.st_ino)
  }
}
