#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// A name that the enum's own `read` does not hide.
private func readBytes(_ descriptor: Int32, _ into: UnsafeMutableRawBufferPointer) -> Int {
  read(descriptor, into.baseAddress, into.count)
}

/// A value that stands in a file of its own (`attribute:< file:///path`, RFC 2849 note 6).
enum LDIFFileValue {
  struct Failure: Error {
    var message: String
    var hint: String
  }

  /// The content of the file that `url` names, at most `limit` bytes.
  static func read(_ url: String, limit: Int) throws(Failure) -> [UInt8] {
    let path = try path(url)
    do {
      let (descriptor, size) = try openForReading(path)
      defer { close(descriptor) }
      guard size <= limit else {
        throw Failure(
          message: "\(path) has \(size) bytes, more than the \(limit) that are allowed",
          hint: "Use a smaller file")
      }
      return try content(descriptor, path, limit)
    } catch let error as LDIFFileError {
      throw Failure(
        message: error.description.beginning(500), hint: "Put the file there and let it be read")
    } catch let error as Failure {
      throw error
    } catch {
      throw Failure(message: "\(path): \(error)", hint: "Look at the file")
    }
  }

  private static func content(_ descriptor: Int32, _ path: String, _ limit: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while bytes.count <= limit {
      let count = chunk.withUnsafeMutableBytes { readBytes(descriptor, $0) }
      if count < 0 {
        if errno == EINTR { continue }
        throw LDIFFileError(path: path, operation: "read", code: errno)
      }
      if count == 0 { return bytes }
      bytes += chunk[..<count]
    }
    throw Failure(message: "\(path) grew beyond \(limit) bytes", hint: "Use a smaller file")
  }

  /// The local path of a `file:` URL (RFC 8089).
  static func path(_ url: String) throws(Failure) -> String {
    guard url.lowercased().hasPrefix("file:") else {
      throw Failure(
        message: "<\(url.beginning(200))> is no file URL",
        hint: "Only file: URLs can be read, such as file:///srv/photos/ann.jpg")
    }
    var rest = Array(url.utf8.dropFirst(5))
    if rest.starts(with: Array("//".utf8)) {
      let host = rest.dropFirst(2).prefix { $0 != 0x2F }
      let name = String(decoding: host, as: UTF8.self).lowercased()
      guard name.isEmpty || name == "localhost" else {
        throw Failure(
          message: "<\(url.beginning(200))> names the host \(name.beginning(200))",
          hint: "Only local files can be read: file:///path")
      }
      rest.removeFirst(2 + host.count)
    }
    guard rest.first == 0x2F, let decoded = percentDecoded(rest), !decoded.contains("\0") else {
      throw Failure(
        message: "<\(url.beginning(200))> is no absolute path",
        hint: "Write the whole path, such as file:///srv/photos/ann.jpg")
    }
    return decoded
  }

  private static func percentDecoded(_ bytes: [UInt8]) -> String? {
    var out: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x25 {
        guard index + 2 < bytes.count, let high = Hexadecimal.value(of: bytes[index + 1]),
          let low = Hexadecimal.value(of: bytes[index + 2])
        else { return nil }
        out.append(high << 4 | low)
        index += 3
      } else {
        out.append(bytes[index])
        index += 1
      }
    }
    return String(validating: out, as: UTF8.self)
  }
}
