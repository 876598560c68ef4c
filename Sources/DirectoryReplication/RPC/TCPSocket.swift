import Glibc

/// A connection by TCP whose every wait has an end.
///
/// Its calls wait for the network: they belong on a thread of their own. ``interrupt()`` may come from
/// any other.
final class TCPSocket: Sendable {
  private let descriptor: Int32
  private let patience: Double

  /// Connects to the first address of `host` that answers.
  ///
  /// - Parameter patience: seconds that connecting, and each wait for data, may take.
  /// - Throws: ``SocketFailure``.
  init(host: String, port: Int, patience: Double) throws(SocketFailure) {
    self.patience = patience
    let addresses = try AddressList(host: host, port: port)
    descriptor = try addresses.connect(patience: patience)
    var on: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  deinit { close(descriptor) }

  /// Ends the connection under whoever waits for it.
  func interrupt() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Sends all of `bytes`.
  func send(_ bytes: [UInt8]) throws(SocketFailure) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { memory in
        Glibc.send(
          descriptor, memory.baseAddress?.advanced(by: sent), bytes.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        sent += count
      } else if count < 0, errno == EAGAIN {
        try Self.wait(descriptor, for: Int16(POLLOUT), seconds: patience)
      } else if count < 0, errno != EINTR {
        throw .closed(Self.words(errno))
      }
    }
  }

  /// Exactly `count` bytes of what comes; nil if they are not there at the `deadline`.
  func receive(
    _ count: Int, until deadline: ContinuousClock.Instant
  ) throws(SocketFailure) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var received = 0
    while received < count {
      let left = ContinuousClock.now.duration(to: deadline) / .seconds(1)
      guard left > 0 else { return nil }
      let more = bytes.withUnsafeMutableBytes { memory in
        recv(descriptor, memory.baseAddress?.advanced(by: received), count - received, 0)
      }
      if more > 0 {
        received += more
      } else if more == 0 {
        throw .closed("the server closed the connection")
      } else if errno == EAGAIN {
        // Just past the deadline, so that it is over then.
        let wait = min(patience, left + 0.01)
        do throws(SocketFailure) {
          try Self.wait(descriptor, for: Int16(POLLIN), seconds: wait)
        } catch {
          if case .timeout = error, wait < patience { return nil }
          throw error
        }
      } else if errno != EINTR {
        throw .closed(Self.words(errno))
      }
    }
    return bytes
  }

  static func words(_ code: Int32) -> String { String(cString: strerror(code)) }

  /// Waits until `descriptor` can be read from or written to.
  fileprivate static func wait(
    _ descriptor: Int32, for events: Int16, seconds: Double
  ) throws(SocketFailure) {
    var entry = pollfd(fd: descriptor, events: events, revents: 0)
    while true {
      let status = poll(&entry, 1, Int32(min(seconds, 86_400) * 1000))
      if status > 0 { return }
      if status == 0 { throw .timeout(seconds) }
      if errno != EINTR { throw .closed(words(errno)) }
    }
  }
}

/// The addresses that a host's name stands for.
private struct AddressList: ~Copyable {
  private let first: UnsafeMutablePointer<addrinfo>?

  init(host: String, port: Int) throws(SocketFailure) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    first = list
    guard status == 0 else { throw .unreachable(String(cString: gai_strerror(status))) }
  }

  deinit { if let first { freeaddrinfo(first) } }

  /// A connected descriptor of the first address that takes it.
  func connect(patience: Double) throws(SocketFailure) -> Int32 {
    var failure = SocketFailure.unreachable("the name has no address")
    var next = first
    while let address = next?.pointee {
      next = address.ai_next
      do throws(SocketFailure) {
        return try Self.connect(address, patience: patience)
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private static func connect(
    _ address: addrinfo, patience: Double
  ) throws(SocketFailure) -> Int32 {
    let kind = address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.ai_family, kind, address.ai_protocol)
    guard descriptor >= 0 else { throw .unreachable(TCPSocket.words(errno)) }
    do throws(SocketFailure) {
      if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
        guard errno == EINPROGRESS else { throw .unreachable(TCPSocket.words(errno)) }
        try TCPSocket.wait(descriptor, for: Int16(POLLOUT), seconds: patience)
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        guard code == 0 else { throw .unreachable(TCPSocket.words(code)) }
      }
      return descriptor
    } catch {
      close(descriptor)
      if case .timeout(let seconds) = error { throw .unreachable("no answer in \(seconds) s") }
      throw error
    }
  }
}

/// Why a connection did not come about or did not last.
enum SocketFailure: Error, Hashable {
  /// Nobody could be reached; the system's words.
  case unreachable(String)
  /// The connection is gone; the system's words.
  case closed(String)
  /// Nothing came within that many seconds.
  case timeout(Double)
}
