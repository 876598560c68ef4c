import Glibc
import Testing

/// A folder of its own, readable by its owner only, that goes away with this object.
final class TestFolder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/ldap-connector.XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = path + "/" + name
    let stream = try #require(fopen(file, "w"))
    fputs(text, stream)
    fclose(stream)
    return file
  }

  func makeFolder(_ name: String) -> String {
    mkdir(path + "/" + name, 0o700)
    return path + "/" + name
  }

  deinit { Self.empty(path) }

  private static func empty(_ path: String) {
    if let handle = opendir(path) {
      while let entry = readdir(handle) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { empty(path + "/" + name) }
      }
      closedir(handle)
    }
    remove(path)
  }
}
