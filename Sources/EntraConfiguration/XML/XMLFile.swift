import Configuration

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Reads XML files into elements, piece by piece, so that a file is never in memory as a whole.
struct XMLFile: Sendable {
  /// The path of the file, as it was named.
  let path: String
  /// The name that the outermost element must have.
  let root: String
  /// Elements whose content nobody wants; they and all in them are passed over.
  var skipped: Set<String> = []
  /// How large it may be.
  var limits = XMLLimits.standard

  /// The file's outermost element.
  ///
  /// - Throws: ``EntraConfigurationError`` if the file can't be read, is too large, or is not the
  ///   XML that was expected.
  func load() throws(EntraConfigurationError) -> XMLElement {
    // Non-blocking, so that a pipe without a writer is refused below instead of waited for.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw unreadable(errno) }
    defer { close(descriptor) }
    var found = stat()
    guard fstat(descriptor, &found) == 0 else { throw unreadable(errno) }
    guard found.st_mode & S_IFMT == S_IFREG else {
      throw EntraConfigurationError(
        place: path, message: "This is no regular file", hint: "name an exported folder")
    }
    let parser = try XMLParser(file: self)
    var chunk = [UInt8](repeating: 0, count: 65_536)
    var total = 0
    while true {
      let count = Self.fill(&chunk, descriptor)
      guard count >= 0 else { throw unreadable(errno) }
      total += count
      guard total <= limits.fileSize else {
        throw EntraConfigurationError(
          place: path, message: "The file is larger than \(limits.fileSize >> 20) MB",
          hint: "check that this is an exported configuration")
      }
      if count == 0 { return try parser.finish() }
      try parser.feed(chunk[..<count])
    }
  }

  /// The outermost element of a file with these bytes.
  ///
  /// - Throws: ``EntraConfigurationError`` if they are not the XML that was expected.
  func parse(_ bytes: [UInt8]) throws(EntraConfigurationError) -> XMLElement {
    let parser = try XMLParser(file: self)
    var start = 0
    while start < bytes.count {
      let end = min(start + 65_536, bytes.count)
      try parser.feed(bytes[start..<end])
      start = end
    }
    return try parser.finish()
  }

  private static func fill(_ chunk: inout [UInt8], _ descriptor: Int32) -> Int {
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      return count
    }
  }

  private func unreadable(_ code: Int32) -> EntraConfigurationError {
    EntraConfigurationError(
      place: path, message: "The file can't be read: \(String(cString: strerror(code)))",
      hint: code == EACCES ? "let this account read it" : "check the path")
  }
}
