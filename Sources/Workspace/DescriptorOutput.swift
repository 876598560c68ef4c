import Foundation

/// Writes to a file descriptor all of what is given, whatever the other side takes at once.
///
/// `FileHandle.write` ends the process where the disk is full or the reader has gone.
public enum DescriptorOutput {
  /// Writes all of `text`, waiting where the other side is slow.
  ///
  /// - Returns: 0, or the number of the error that the system gave; then some of it may be written.
  @discardableResult
  public static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: descriptor) }
  }

  /// Writes all of `bytes`, waiting where the other side is slow.
  ///
  /// - Returns: 0, or the number of the error that the system gave; then some may be written.
  static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var rest = bytes
    while let start = rest.baseAddress, !rest.isEmpty {
      let count = Foundation.write(descriptor, start, rest.count)
      if count >= 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&waited, 1, -1)
      default: return errno
      }
    }
    return 0
  }
}
