import Foundation

/// Disks on which nothing more can be written.
enum FullDisk {
  /// As many bytes are none: a store takes more to be begun.
  static let least: UInt64 = 1 << 20

  /// As many bytes are soon gone: the journal of one large batch may take them.
  static let scarce: UInt64 = 64 << 20

  /// The folder of the first of these files whose disk has no room; nil if there is none.
  ///
  /// - Parameter free: How many bytes are free in a folder; nil where that can't be told.
  static func among(
    _ files: [String], free: (_ folder: String) -> UInt64? = Self.free
  ) -> String? {
    files.map { ($0 as NSString).deletingLastPathComponent }
      .first { folder in free(folder).map { $0 < least } ?? false }
  }

  /// That the disk of `file` is full, or nearly so; nil if it is not.
  static func warning(
    of file: String, free: (_ folder: String) -> UInt64? = Self.free
  ) -> String? {
    let folder = (file as NSString).deletingLastPathComponent
    guard let bytes = free(folder), bytes < scarce else { return nil }
    return bytes < least
      ? "There is no room on the disk of \(folder), and nothing can be stored: free space there"
      : "Only \(bytes >> 20) MB are free on the disk of \(folder): free space there before nothing "
        + "can be stored any more"
  }

  private static func free(_ folder: String) -> UInt64? {
    var info = statvfs()
    guard statvfs(folder, &info) == 0 else { return nil }
    return UInt64(info.f_bavail) * UInt64(info.f_frsize)
  }
}
