import Foundation
import Glibc
import Synchronization

/// A connection that sends bytes as they are, and gives what comes back.
///
/// It waits on threads of its own: the server needs those that tests run on.
final class RawClient: Sendable {
  struct Failure: Error {}
  private let socket: Int32
  private let received = Mutex<[UInt8]>([])

  init(port: UInt16) throws {
    socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    place.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else {
      close(socket)
      throw Failure()
    }
  }

  deinit { close(socket) }

  /// Sends all of `text`; false if the other side is gone.
  @discardableResult
  func send(_ text: String) async -> Bool {
    await waiting { [socket] in
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }

  /// The head of the next answer, or nil if the connection ended before it was whole.
  func head() async -> String? {
    let end = Array("\r\n\r\n".utf8)
    while true {
      let head = received.withLock { received -> String? in
        guard let place = received.firstRange(of: end) else { return nil }
        let head = String(decoding: received[..<place.lowerBound], as: UTF8.self)
        received.removeSubrange(..<place.upperBound)
        return head
      }
      if let head { return head }
      guard await read() else { return nil }
    }
  }

  /// The next `count` bytes, or nil if the connection ended before.
  func body(_ count: Int) async -> String? {
    while received.withLock({ $0.count }) < count { guard await read() else { return nil } }
    return received.withLock { received in
      defer { received.removeFirst(count) }
      return String(decoding: received[..<count], as: UTF8.self)
    }
  }

  private func read() async -> Bool {
    let bytes = await waiting { [socket] in
      var buffer = [UInt8](repeating: 0, count: 65_536)
      let count = buffer.withUnsafeMutableBytes { recv(socket, $0.baseAddress, $0.count, 0) }
      return Array(buffer.prefix(max(count, 0)))
    }
    received.withLock { $0 += bytes }
    return !bytes.isEmpty
  }

  private func waiting<T: Sendable>(_ work: @escaping @Sendable () -> T) async -> T {
    await withCheckedContinuation { done in
      Thread.detachNewThread { done.resume(returning: work()) }
    }
  }
}
