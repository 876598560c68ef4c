import Glibc

/// A folder that only this process's user can look into; it goes away with this object.
final class PrivateFolder: Sendable {
  private let folder: String

  /// Makes the folder where temporary files are.
  ///
  /// - Throws: ``TenantError`` if that is not possible.
  init() throws {
    var template = Array("/tmp/lockstep-tenant.XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw TenantError(
        .addressUnusable,
        "A folder for the tenant's inner socket can't be made: \(String(cString: strerror(errno)))",
        hint: "See that /tmp may be written.")
    }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    unlink(path("http"))
    rmdir(folder)
  }

  /// The path of a file in it.
  func path(_ name: String) -> String { folder + "/" + name }
}
