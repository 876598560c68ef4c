import Directory
import LDIFConnector
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A folder of its own, with a folder `changes` in it, that goes away with this object.
final class TemporaryFolder: Sendable {
  let path: String
  var changes: String { path + "/changes" }

  init() throws {
    var template = Array("/tmp/ldif-connector.XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    mkdir(path + "/changes", 0o755)
  }

  @discardableResult
  func write(_ name: String, _ text: String) throws -> String {
    let file = path + "/" + name
    let stream = try #require(fopen(file, "w"))
    fputs(text, stream)
    fclose(stream)
    return file
  }

  /// Makes an empty file whose name is these bytes, UTF-8 or not.
  func make(named name: [UInt8]) throws {
    let file = bytes(name).withUnsafeBufferPointer { path -> Int32 in
      guard let path = path.baseAddress else { return -1 }
      return open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
    }
    try #require(file >= 0)
    close(file)
  }

  /// Deletes a file whose name is these bytes.
  func erase(named name: [UInt8]) {
    bytes(name).withUnsafeBufferPointer { path in
      if let path = path.baseAddress { unlink(path) }
    }
  }

  private func bytes(_ name: [UInt8]) -> [CChar] {
    (Array(path.utf8) + [0x2F] + name + [0]).map { CChar(bitPattern: $0) }
  }

  func delete(_ name: String) { remove(path + "/" + name) }

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

/// All that an import gave.
struct Imported {
  var batches: [ImportBatch] = []
  var changes: [ImportedChange] { batches.flatMap(\.changes) }
  var errors: [DiscoveryError] { batches.flatMap(\.errors) }
  var watermark: Watermark? { batches.compactMap(\.watermark).last }
  var entries: [DirectoryEntry] {
    changes.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
  }
}

extension LDIFConnector {
  /// Imports everything, or what changed since `watermark`.
  func run(since watermark: Watermark? = nil, objectTypes: [String] = []) async throws -> Imported {
    let reader = try await openImport(
      ImportRequest(watermark: watermark, objectTypes: objectTypes, stagedCount: { 0 }))
    var result = Imported()
    while let batch = try await reader.next() { result.batches.append(batch) }
    return result
  }
}

extension TemporaryFolder {
  /// A connector over `content.ldif`, with the folder of changes if wanted.
  func connector(
    changes: Bool = false, _ adjust: (inout LDIFConnectorSettings) -> Void = { _ in }
  ) -> LDIFConnector {
    var settings = LDIFConnectorSettings(
      content: [path + "/content.ldif"], changes: changes ? self.changes : nil)
    adjust(&settings)
    return LDIFConnector(settings: settings)
  }

  /// Imports `text` as the content.
  func importing(
    _ text: String, _ adjust: (inout LDIFConnectorSettings) -> Void = { _ in }
  ) async throws -> Imported {
    try write("content.ldif", text)
    return try await connector(changes: false, adjust).run()
  }
}

/// A user record called `name`.
func user(_ name: String, _ more: String = "") -> String {
  "dn: CN=\(name),OU=Staff,DC=x\nobjectClass: top\nobjectClass: user\ncn: \(name)\n\(more)\n"
}
