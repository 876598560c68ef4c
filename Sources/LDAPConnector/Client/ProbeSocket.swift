import Glibc

/// A plain connection to a server, made to find out why libldap's did not come about.
final class ProbeSocket {
  let descriptor: Int32

  deinit { close(descriptor) }

  /// Connects to the first of the host's addresses that answers.
  ///
  /// - Throws: ``ConnectionProbe/Trouble``.
  init(_ server: LDAPServer, seconds: Double) throws(ConnectionProbe.Trouble) {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(server.host, String(server.port), &hints, &list)
    guard status == 0 else { throw .noSuchHost(String(cString: gai_strerror(status))) }
    defer { freeaddrinfo(list) }
    var trouble = ConnectionProbe.Trouble.noConnection("the host has no address")
    var next = list
    while let address = next?.pointee {
      do throws(ConnectionProbe.Trouble) {
        descriptor = try Self.connected(address, seconds: seconds)
        return
      } catch {
        trouble = error
      }
      next = address.ai_next
    }
    throw trouble
  }

  private static func connected(
    _ address: addrinfo, seconds: Double
  ) throws(ConnectionProbe.Trouble) -> Int32 {
    let socket = Glibc.socket(
      address.ai_family, address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard socket >= 0 else { throw .noConnection(words(errno)) }
    var error: Int32 = 0
    if connect(socket, address.ai_addr, address.ai_addrlen) != 0 { error = errno }
    if error == EINPROGRESS {
      error = wait(socket, Int16(POLLOUT), seconds: seconds) ? 0 : ETIMEDOUT
      var length = socklen_t(MemoryLayout<Int32>.size)
      if error == 0 { getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) }
    }
    if error == 0 { return socket }
    close(socket)
    throw .noConnection(words(error))
  }

  static func words(_ error: Int32) -> String { String(cString: strerror(error)) }

  /// Waits until the socket can be written or read; false if that takes too long.
  static func wait(_ socket: Int32, _ events: Int16, seconds: Double) -> Bool {
    var watched = pollfd(fd: socket, events: events, revents: 0)
    return poll(&watched, 1, Int32(clamping: Int(seconds * 1000))) > 0
  }

  /// Asks for StartTLS (RFC 4511 §4.14) and reads the answer.
  ///
  /// - Throws: ``ConnectionProbe/Trouble`` if the server refuses.
  func startTLS(seconds: Double) throws(ConnectionProbe.Trouble) {
    let oid = Array("1.3.6.1.4.1.1466.20037".utf8)
    // A message with number 1 and an extended request with this name.
    let request: [UInt8] =
      [0x30, 0x1D, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, UInt8(oid.count)] + oid
    guard send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
      throw .noStartTLS(Self.words(errno))
    }
    guard Self.wait(descriptor, Int16(POLLIN), seconds: seconds) else {
      throw .noStartTLS("no answer")
    }
    var answer = [UInt8](repeating: 0, count: 512)
    let count = read(descriptor, &answer, answer.count)
    guard count > 0 else { throw .noStartTLS("the server closed the connection") }
    // The result code of the extended response: an ENUMERATED of one byte.
    let head = answer[..<count]
    let place = zip(head, head.dropFirst()).enumerated().first { $1 == (0x0A, 0x01) }?.offset
    guard let place, place + 2 < count, answer[place + 2] == 0 else {
      throw .noStartTLS("the server refuses it")
    }
  }
}
