import Glibc
import Synchronization

/// Ports of the loopback interface.
package enum Loopback {
  /// The ports that are handed out one after the other; below them are those of servers, above them
  /// those from which the system gives one to whoever connects (ip(7), `ip_local_port_range`).
  private static let ports = 20_000..<32_000

  private static let next = Mutex(Int.random(in: ports))

  /// A port that nobody has, and that no other call in this process was given; another process may
  /// take it before it is used.
  package static func freePort() -> Int {
    for _ in ports {
      let port = next.withLock { next in
        next = next + 1 < ports.upperBound ? next + 1 : ports.lowerBound
        return next
      }
      let socket = Glibc.socket(
        AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      defer { close(socket) }
      if bind(socket, to: port) { return port }
    }
    return ports.lowerBound
  }

  private static func bind(_ socket: Int32, to port: Int) -> Bool {
    var address = address(port: port)
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        Glibc.bind(socket, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// A socket that listens on `port`, or on a free one where that is 0, and the port; nil if that
  /// can't be had.
  package static func listen(on port: Int = 0) -> (socket: Int32, port: Int)? {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = address(port: port)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        Glibc.bind(socket, pointer, length) == 0 && Glibc.listen(socket, 16) == 0
          && getsockname(socket, pointer, &length) == 0
      }
    }
    guard isListening else { return nil }
    return (socket, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// Whether somebody listens on `port`.
  package static func answers(_ port: Int) -> Bool {
    guard let socket = connect(port) else { return false }
    close(socket)
    return true
  }

  /// A connection to `port` of the IPv4 address `host`; nil if nobody listens there.
  package static func connect(_ port: Int, at host: String = "127.0.0.1") -> Int32? {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = address(port: port)
    inet_pton(AF_INET, host, &address.sin_addr)
    let isConnected = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
    if isConnected { return socket }
    close(socket)
    return nil
  }

  /// Whether somebody listens on `port` of the IPv4 address `host`.
  package static func answers(_ host: String, _ port: UInt16) -> Bool {
    guard let socket = connect(Int(port), at: host) else { return false }
    close(socket)
    return true
  }

  private static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }
}
