#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Digests a file as ``LDIFReader/contentDigest`` does, without parsing it.
///
/// What was read is overwritten: among it may be secrets.
public enum LDIFFileDigest {
  private static let chunkSize = 256 << 10

  /// The size of the file at `path` in bytes, and the ``FNV1a`` digest of them.
  ///
  /// - Throws: ``LDIFFileError`` if it can't be read or is no regular file.
  public static func of(path: String) throws(LDIFFileError) -> (size: Int, digest: UInt64) {
    let (descriptor, _) = try openForReading(path)
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunkSize, alignment: 16)
    defer {
      if let base = buffer.baseAddress { explicit_bzero(base, buffer.count) }
      buffer.deallocate()
      close(descriptor)
    }
    var (size, digest) = (0, FNV1a())
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw LDIFFileError(path: path, operation: "read", code: errno) }
      if count == 0 { return (size, digest.value) }
      size += count
      digest.add(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
