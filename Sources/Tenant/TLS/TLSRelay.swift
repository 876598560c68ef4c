import CGnuTLS
import Glibc

/// One connection with TLS and the plain one behind it, until either side ends.
///
/// No more than one buffer is read from a side before the other has taken it, so that a client that
/// reads slowly costs little memory.
final class TLSRelay {
  private static let bufferSize = 16 << 10
  /// Milliseconds that agreeing on TLS may take.
  private static let handshakeTime = 10_000
  /// Milliseconds for which a client is listened to that is still sending when its connection ends.
  private static let farewellTime = 2_000
  /// Milliseconds without a byte after which a connection ends.
  private static let idleTime: Int32 = 600_000

  private let client: Int32
  private let session: gnutls_session_t
  private let certificate: TLSCertificate
  private var server: Int32 = -1
  /// What waits to be written to the server, and to the client.
  private var inward: ArraySlice<UInt8> = []
  private var outward: ArraySlice<UInt8> = []
  private var isClientDone = false
  private var isServerDone = false

  /// A relay for the accepted socket `client`, which stays its caller's to close; nil if there is no
  /// memory.
  init?(client: Int32, certificate: TLSCertificate) {
    var made: gnutls_session_t?
    // Without a signal where the client is gone, which would end the program.
    let flags = [GNUTLS_SERVER, GNUTLS_NONBLOCK, GNUTLS_NO_SIGNAL].reduce(UInt32(0)) {
      $0 | UInt32($1.rawValue)
    }
    guard gnutls_init(&made, flags) == GNUTLS_E_SUCCESS, let made else { return nil }
    session = made
    self.client = client
    self.certificate = certificate
  }

  deinit {
    gnutls_deinit(session)
    if server >= 0 { close(server) }
  }

  /// Agrees on TLS with the client, then passes on what both sides say to and from the socket at
  /// the path `inner`; `agreed` is called between the two.
  func run(to inner: String, agreed: () -> Void) {
    guard Self.unblock(client), agree() else { return }
    agreed()
    guard connect(inner) else { return }
    while !(isServerDone && outward.isEmpty) {
      guard wait(), move() else { return }
    }
    gnutls_bye(session, GNUTLS_SHUT_WR)
    if !isClientDone { listenOn() }
  }

  // Whoever is cut off while sending would not read what the server has said. Of one who sends
  // nothing, nothing is awaited: the place is wanted.
  private func listenOn() {
    shutdown(client, Int32(SHUT_WR))
    var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
    let end = Self.now() + Self.farewellTime
    var left = inward.isEmpty ? 0 : Self.farewellTime
    while left >= 0, Self.poll([(client, Int16(POLLIN))], Int32(left)) != nil {
      guard recv(client, &buffer, buffer.count, 0) > 0 else { return }
      left = end - Self.now()
    }
  }

  // MARK: Beginning

  private func agree() -> Bool {
    // TLS 1.2 and 1.3, as RFC 9325 advises.
    let priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
    guard gnutls_priority_set_direct(session, priorities, nil) == GNUTLS_E_SUCCESS,
      gnutls_credentials_set(
        session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(certificate.credentials))
        == GNUTLS_E_SUCCESS
    else { return false }
    gnutls_transport_set_int2(session, client, client)
    let end = Self.now() + Self.handshakeTime
    while true {
      let code = gnutls_handshake(session)
      if code == GNUTLS_E_SUCCESS { return true }
      guard gnutls_error_is_fatal(code) == 0 else {
        // The client is told why, where TLS has a word for it.
        gnutls_alert_send_appropriate(session, code)
        return false
      }
      let left = end - Self.now()
      let events = Int16(gnutls_record_get_direction(session) == 1 ? POLLOUT : POLLIN)
      guard left > 0, Self.poll([(client, events)], Int32(left)) != nil else { return false }
    }
  }

  private func connect(_ path: String) -> Bool {
    server = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard server >= 0 else { return false }
    var place = sockaddr_un()
    place.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let isFitting = withUnsafeMutableBytes(of: &place.sun_path) { space in
      guard bytes.count < space.count else { return false }
      space.copyBytes(from: bytes)
      return true
    }
    let isConnected = withUnsafePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(server, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    return isFitting && isConnected && Self.unblock(server)
  }

  // MARK: Passing on

  /// Waits until something can be read or written; the answer is false if nothing came for long.
  private func wait() -> Bool {
    // What GnuTLS has decrypted already does not show at the socket.
    if inward.isEmpty, !isClientDone, gnutls_record_check_pending(session) > 0 { return true }
    var clientEvents: Int32 = 0
    var serverEvents: Int32 = 0
    if inward.isEmpty, !isClientDone { clientEvents |= POLLIN }
    if !outward.isEmpty { clientEvents |= POLLOUT }
    if outward.isEmpty, !isServerDone { serverEvents |= POLLIN }
    if !inward.isEmpty { serverEvents |= POLLOUT }
    // A side of which nothing is wanted is left out: its end would be told again and again.
    var watched: [(Int32, Int16)] = []
    if clientEvents != 0 { watched.append((client, Int16(clientEvents))) }
    if serverEvents != 0 { watched.append((server, Int16(serverEvents))) }
    return Self.poll(watched, Self.idleTime) != nil
  }

  /// Moves what can be moved; the answer is false if a side is broken.
  private func move() -> Bool {
    if inward.isEmpty, !isClientDone, !receiveFromClient() { return false }
    if !inward.isEmpty, !sendToServer() { return false }
    if outward.isEmpty, !isServerDone, !receiveFromServer() { return false }
    return outward.isEmpty || sendToClient()
  }

  private func receiveFromClient() -> Bool {
    var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
    let count = gnutls_record_recv(session, &buffer, buffer.count)
    if count > 0 {
      inward = buffer[..<count]
    } else if count == 0 {
      isClientDone = true
      shutdown(server, Int32(SHUT_WR))
    } else if Int32(count) == GNUTLS_E_REHANDSHAKE {
      return false
    } else if gnutls_error_is_fatal(Int32(count)) != 0 {
      return false
    }
    return true
  }

  private func sendToServer() -> Bool {
    let count = inward.withUnsafeBytes {
      send(server, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    if count < 0 { return errno == EAGAIN || errno == EINTR }
    inward = inward.dropFirst(count)
    return true
  }

  private func receiveFromServer() -> Bool {
    var buffer = [UInt8](repeating: 0, count: Self.bufferSize)
    let count = recv(server, &buffer, buffer.count, 0)
    if count < 0 { return errno == EAGAIN || errno == EINTR }
    if count == 0 { isServerDone = true } else { outward = buffer[..<count] }
    return true
  }

  private func sendToClient() -> Bool {
    let count = outward.withUnsafeBytes {
      gnutls_record_send(session, $0.baseAddress, $0.count)
    }
    guard count >= 0 else { return gnutls_error_is_fatal(Int32(count)) == 0 }
    outward = outward.dropFirst(count)
    return true
  }

  // MARK: Sockets

  /// Waits for one of `events` at most `milliseconds`; nil if none came or the wait failed.
  private static func poll(_ events: [(Int32, Int16)], _ milliseconds: Int32) -> Int32? {
    var watched = events.map { pollfd(fd: $0.0, events: $0.1, revents: 0) }
    while true {
      let count = Glibc.poll(&watched, nfds_t(watched.count), milliseconds)
      if count > 0 { return count }
      guard count < 0, errno == EINTR else { return nil }
    }
  }

  private static func unblock(_ socket: Int32) -> Bool {
    let flags = fcntl(socket, F_GETFL)
    return flags >= 0 && fcntl(socket, F_SETFL, flags | O_NONBLOCK) == 0
  }

  private static func now() -> Int {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
  }
}
