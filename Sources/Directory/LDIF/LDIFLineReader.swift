#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The physical lines of a file, read in chunks so that memory does not grow with the file.
///
/// What was read is overwritten at the end: among it are secrets that go no further.
final class LDIFLineReader {
  /// One line; its bytes are valid until the next one is asked for.
  struct Line {
    /// The bytes without their line end (LF or CRLF).
    var bytes: UnsafeBufferPointer<UInt8>
    /// Whether a line end follows, not the end of the file.
    var isTerminated: Bool
    /// Whether the line was longer than the limit, and was skipped.
    var isTooLong = false
  }

  private let path: String
  private let descriptor: Int32
  private let limit: Int
  private var buffer: UnsafeMutableBufferPointer<UInt8>
  private var start = 0
  private var end = 0
  private var atEnd = false
  private var digest: FNV1a?

  /// Whether the first line is one of UTF-16, as `ldifde -u` and a redirection in PowerShell write it.
  private(set) var isUTF16 = false
  /// The number of the line that was last returned, from 1.
  private(set) var lineNumber = 0
  /// How many bytes of the file have been returned as lines.
  private(set) var bytesConsumed = 0
  /// How many bytes have been read from the file.
  private(set) var bytesRead = 0
  /// Whether the line that was last returned had a line end behind it.
  private(set) var isTerminated = true
  /// The size of the file when it was opened, in bytes.
  let size: Int

  /// The digest of all bytes read so far, if it was asked for.
  var contentDigest: UInt64? { digest?.value }

  init(path: String, chunkSize: Int, limit: Int, digests: Bool) throws(LDIFFileError) {
    self.path = path
    self.limit = limit
    let (descriptor, size) = try openForReading(path)
    self.descriptor = descriptor
    self.size = size
    buffer = .allocate(capacity: max(chunkSize, 16))
    digest = digests ? FNV1a() : nil
  }

  init(bytes: [UInt8], limit: Int) {
    path = "(memory)"
    descriptor = -1
    self.limit = limit
    size = bytes.count
    atEnd = true
    buffer = .allocate(capacity: max(bytes.count, 1))
    _ = buffer.initialize(from: bytes)
    end = bytes.count
    bytesRead = bytes.count
  }

  deinit {
    wipe(buffer)
    buffer.deallocate()
    if descriptor >= 0 { close(descriptor) }
  }

  /// The next line, or nil at the end of the file.
  func next() throws(LDIFFileError) -> Line? {
    var searched = 0
    while true {
      if let length = newline(after: searched) { return take(length, terminated: true) }
      searched = end - start
      if atEnd { return searched == 0 ? nil : take(searched, terminated: false) }
      if searched > limit { return try skipLine() }
      try fill()
    }
  }

  private func newline(after searched: Int) -> Int? {
    guard start + searched < end, let base = buffer.baseAddress,
      let found = memchr(base + start + searched, 0x0A, end - start - searched)
    else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(base + start)
  }

  private func take(_ length: Int, terminated: Bool) -> Line {
    var line = UnsafeBufferPointer(rebasing: buffer[start..<start + length])
    if lineNumber == 0, line.starts(with: [0xEF, 0xBB, 0xBF]) {
      line = UnsafeBufferPointer(rebasing: line.dropFirst(3))
    }
    if lineNumber == 0 { isUTF16 = Self.isUTF16(line) }
    if line.last == 0x0D { line = UnsafeBufferPointer(rebasing: line.dropLast()) }
    consume(length + (terminated ? 1 : 0))
    lineNumber += 1
    isTerminated = terminated
    return Line(bytes: line, isTerminated: terminated, isTooLong: line.count > limit)
  }

  /// Whether `line` begins with a mark of UTF-16, or with a letter of it: no line of LDIF has a NUL.
  private static func isUTF16(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard line.count > 1 else { return false }
    return [[0xFF, 0xFE], [0xFE, 0xFF]].contains([line[0], line[1]])
      || (line[0] == 0) != (line[1] == 0)
  }

  private func skipLine() throws(LDIFFileError) -> Line {
    isTerminated = false
    while true {
      if let length = newline(after: 0) {
        consume(length + 1)
        isTerminated = true
        break
      }
      consume(end - start)
      if atEnd { break }
      try fill()
    }
    lineNumber += 1
    return Line(
      bytes: UnsafeBufferPointer(start: nil, count: 0), isTerminated: true, isTooLong: true)
  }

  private func consume(_ count: Int) {
    start += count
    bytesConsumed += count
  }

  private func fill() throws(LDIFFileError) {
    if start > 0, let base = buffer.baseAddress {
      memmove(base, base + start, end - start)
      // What has been moved stays where it was too, until something is read over it.
      explicit_bzero(base + end - start, start)
      end -= start
      start = 0
    }
    if end == buffer.count { grow() }
    guard let base = buffer.baseAddress else { return }
    var count = 0
    repeat {
      count = read(descriptor, base + end, buffer.count - end)
    } while count < 0 && errno == EINTR
    guard count >= 0 else { throw LDIFFileError(path: path, operation: "read", code: errno) }
    digest?.add(UnsafeBufferPointer(start: base + end, count: count))
    atEnd = count == 0
    end += count
    bytesRead += count
  }

  private func grow() {
    let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: buffer.count * 2)
    if let from = buffer.baseAddress, let to = larger.baseAddress { memcpy(to, from, end) }
    wipe(buffer)
    buffer.deallocate()
    buffer = larger
  }

  private func wipe(_ buffer: UnsafeMutableBufferPointer<UInt8>) {
    if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
  }
}

/// Opens a regular file and tells its size.
func openForReading(_ path: String) throws(LDIFFileError) -> (descriptor: Int32, size: Int) {
  // O_NONBLOCK: a pipe in place of a file must not block the import for ever.
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw LDIFFileError(path: path, operation: "open", code: errno) }
  var info = stat()
  guard fstat(descriptor, &info) == 0 else {
    let code = errno
    close(descriptor)
    throw LDIFFileError(path: path, operation: "read", code: code)
  }
  guard info.st_mode & S_IFMT == S_IFREG else {
    close(descriptor)
    let code = info.st_mode & S_IFMT == S_IFDIR ? EISDIR : EINVAL
    throw LDIFFileError(path: path, operation: "read", code: code)
  }
  return (descriptor, Int(info.st_size))
}
