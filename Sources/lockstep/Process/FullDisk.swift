import Foundation

/// Disks on which nothing more can be written.
enum FullDisk {
  /// As many bytes are none: a store takes more to be begun.
  static let least: UInt64 = 1 << 20

  /// The folder of the first of these files whose disk has no room; nil if there is none.
  ///
  /// - Parameter free: How many bytes are free in a folder; nil where that can't be told.
  static func among(
    _ files: [String], free: (_ folder: String) -> UInt64? = Self.free
  ) -> String? {
    files.map { ($0 as NSString).deletingLastPathComponent }
      .first { folder in free(folder).map { $0 < least } ?? false }
  }

  private static func free(_ folder: String) -> UInt64? {
    var info = statvfs()
    guard statvfs(folder, &info) == 0 else { return nil }
    return UInt64(info.f_bavail) * UInt64(info.f_frsize)
  }
}
