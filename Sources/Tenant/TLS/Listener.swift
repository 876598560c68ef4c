import Glibc

/// A socket that listens for connections.
enum Listener {
  /// A socket that listens on `address` and `port`, and the port that it has.
  ///
  /// - Throws: ``TenantError`` if that can't be had.
  static func open(address: String, port: UInt16) throws -> (socket: Int32, port: UInt16) {
    let isIPv6 = address.contains(":")
    let socket = Glibc.socket(
      isIPv6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw TenantError.notListening(address, port, errno) }
    var on: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    // Accepted sockets inherit it: an answer in two parts must not wait for an acknowledgement.
    setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    do {
      let bound = isIPv6 ? try bind6(socket, address, port) : try bind4(socket, address, port)
      guard listen(socket, 128) == 0 else { throw TenantError.notListening(address, port, errno) }
      return (socket, bound)
    } catch {
      close(socket)
      throw error
    }
  }

  /// A socket that listens at the path of a file that is not there.
  ///
  /// - Throws: ``TenantError`` if that can't be had.
  static func open(path: String) throws -> Int32 {
    let socket = Glibc.socket(
      AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw TenantError.notListening(path, 0, errno) }
    var place = sockaddr_un()
    place.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let isFitting = withUnsafeMutableBytes(of: &place.sun_path) { space in
      guard bytes.count < space.count else { return false }
      space.copyBytes(from: bytes)
      return true
    }
    guard isFitting, bind(socket, &place), listen(socket, 128) == 0 else {
      let reason = isFitting ? errno : ENAMETOOLONG
      close(socket)
      throw TenantError.notListening(path, 0, reason)
    }
    return socket
  }

  private static func bind4(_ socket: Int32, _ address: String, _ port: UInt16) throws -> UInt16 {
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_port = port.bigEndian
    guard inet_pton(AF_INET, address, &place.sin_addr) == 1 else { throw noAddress(address) }
    let isBound = bind(socket, &place)
    guard isBound else { throw TenantError.notListening(address, port, errno) }
    return UInt16(bigEndian: place.sin_port)
  }

  private static func bind6(_ socket: Int32, _ address: String, _ port: UInt16) throws -> UInt16 {
    var place = sockaddr_in6()
    place.sin6_family = sa_family_t(AF_INET6)
    place.sin6_port = port.bigEndian
    guard inet_pton(AF_INET6, address, &place.sin6_addr) == 1 else { throw noAddress(address) }
    let isBound = bind(socket, &place)
    guard isBound else { throw TenantError.notListening(address, port, errno) }
    return UInt16(bigEndian: place.sin6_port)
  }

  /// Binds to `place`, which then has the port that was given.
  private static func bind<Place>(_ socket: Int32, _ place: inout Place) -> Bool {
    var length = socklen_t(MemoryLayout<Place>.size)
    return withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
  }

  private static func noAddress(_ address: String) -> TenantError {
    TenantError(
      .addressUnusable, "'\(address)' is no IPv4 or IPv6 address",
      hint: "Give one, such as 127.0.0.1.")
  }
}

extension TenantError {
  /// The error of an address that can't be listened on, for the system's reason `number`.
  static func notListening(_ address: String, _ port: UInt16, _ number: Int32) -> TenantError {
    let words = String(cString: strerror(number))
    let text = "The tenant can't listen on \(address), port \(port): \(words)"
    return switch number {
    case EADDRINUSE:
      TenantError(
        .portTaken, text,
        hint: "Stop the program that has the port, or give another; 0 takes any free one.")
    case EACCES: TenantError(.addressUnusable, text, hint: "Give a port above 1023.")
    default: TenantError(.addressUnusable, text, hint: "Give an address of this machine.")
    }
  }
}
