import CSystem
import Dispatch
import Glibc

/// Tells when somebody writes to the store, by inotify(7): whoever only looks at it from time to time
/// costs a processor something though nothing happens, and learns of news late.
///
/// It watches the folder, since the file of what was committed last comes and goes. What a file
/// system does not tell, as a network's do not, is never told; whoever is watching looks all the same
/// now and then.
final class StoreWatch: Sendable {
  /// What is to be known.
  enum News: Sendable {
    /// Something was written; told at most once in ``StoreWatch/pause``.
    case written
    /// The folder is gone: nothing will be told any more.
    case ended
  }

  /// Milliseconds after which further news is told.
  static let pause: Int32 = 100

  /// Posted to when the watch is to end.
  private let end: Int32

  /// Watches the store in `file`; nil where the system does not let it.
  ///
  /// - Parameter tell: Takes what is to be known, on a thread of the watch's; it must not wait.
  init?(file: String, tell: @escaping @Sendable (News) -> Void) {
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    guard let name = parts.last.map(String.init), !name.isEmpty else { return nil }
    let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") + "/" : "."
    let descriptor = inotify_init1(Int32(IN_NONBLOCK) | Int32(IN_CLOEXEC))
    guard descriptor >= 0 else { return nil }
    let events = UInt32(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE)
    let end = cs_wake_open()
    guard end >= 0, inotify_add_watch(descriptor, folder, events | UInt32(IN_ONLYDIR)) >= 0 else {
      if end >= 0 { close(end) }
      close(descriptor)
      return nil
    }
    self.end = end
    DispatchQueue(label: "lockstep.console.watch").async {
      Self.run(descriptor, until: end, about: name, tell)
      close(descriptor)
      close(end)
    }
  }

  deinit { cs_wake_post(end) }

  private static func run(
    _ descriptor: Int32, until end: Int32, about name: String, _ tell: (News) -> Void
  ) {
    let events = Int16(POLLIN)
    while true {
      var waited = [
        pollfd(fd: end, events: events, revents: 0),
        pollfd(fd: descriptor, events: events, revents: 0),
      ]
      guard poll(&waited, 2, -1) >= 0 || errno == EINTR, waited[0].revents == 0 else { return }
      let read = read(descriptor, about: name)
      if read.isWritten { tell(.written) }
      if read.isEnded { return tell(.ended) }
      // While an engine writes there are some thousand events a second; the next look takes all.
      guard poll(&waited, 1, pause) == 0 || errno == EINTR else { return }
    }
  }

  /// Takes all events that there are.
  private static func read(
    _ descriptor: Int32, about name: String
  ) -> (isWritten: Bool, isEnded: Bool) {
    var found = (isWritten: false, isEnded: false)
    let headSize = MemoryLayout<inotify_event>.size
    withUnsafeTemporaryAllocation(byteCount: 16_384, alignment: 8) { buffer in
      while true {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else { return }
        var offset = 0
        while offset + headSize <= count {
          let event = buffer.loadUnaligned(fromByteOffset: offset, as: inotify_event.self)
          let length = Int(event.len)
          guard offset + headSize + length <= count else { break }
          let bytes = buffer[(offset + headSize)..<(offset + headSize + length)]
          if event.mask & UInt32(IN_IGNORED) != 0 { found.isEnded = true }
          if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { found.isWritten = true }
          // The store, and what SQLite keeps beside it: `-wal`, `-journal`.
          if bytes.prefix(name.utf8.count).elementsEqual(name.utf8) { found.isWritten = true }
          offset += headSize + length
        }
      }
    }
    return found
  }
}
