import CGnuTLS
import Glibc
import Synchronization

/// Takes connections with TLS and passes what they say on to the server behind it, which speaks plain
/// HTTP at a socket that nobody else can reach.
///
/// Each connection has a thread of its own: a tenant for trials has few of them.
final class TLSFront: Sendable {
  /// What says that the socket listens no more.
  private static let final: Set<Int32> = [EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP, EFAULT]

  /// The port that is listened on.
  let port: UInt16

  private let listener: Int32
  private let certificate: TLSCertificate
  private let inner: String
  /// Connections at a time; for another one, whoever keeps the tenant waiting makes room.
  private let most: Int
  private let state = Mutex(State())

  private struct State {
    /// Each connection, and since which of them it has not agreed on TLS yet; nil if it has.
    var sockets: [Int32: Int?] = [:]
    var accepted = 0
    /// Ends the connection behind this front that has been silent for the longest time.
    var makeRoom: (@Sendable () -> Bool)?
    var isClosed = false
    var isAccepting = true
  }

  /// Listens on `address`, to pass on to the socket at the path `inner`, `most` connections at a
  /// time.
  ///
  /// - Throws: ``TenantError`` if the address can't be listened on.
  init(
    address: String, port: UInt16, certificate: TLSCertificate, inner: String,
    most: Int
  ) throws {
    (self.certificate, self.inner, self.most) = (certificate, inner, most)
    (listener, self.port) = try Listener.open(address: address, port: port)
  }

  /// Begins to take connections; `makeRoom` ends the one that has kept the server behind waiting for
  /// the longest time, and tells whether there is one.
  func pass(makingRoom makeRoom: @escaping @Sendable () -> Bool) {
    state.withLock { $0.makeRoom = makeRoom }
    let front = Unmanaged.passRetained(self)
    if !Self.thread({ front.takeRetainedValue().accept() }) { front.release() }
  }

  /// Takes no more connections; those that are there may end by themselves.
  func stopListening() {
    state.withLock { state in
      guard state.isAccepting else { return }
      state.isAccepting = false
      shutdown(listener, Int32(SHUT_RDWR))
    }
  }

  /// Ends all connections.
  func close() {
    stopListening()
    state.withLock { state in
      state.isClosed = true
      for socket in state.sockets.keys { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  private func accept() {
    defer { Glibc.close(listener) }
    while true {
      let socket = Glibc.accept(listener, nil, nil)
      guard socket >= 0 else {
        let reason = errno
        if state.withLock({ !$0.isAccepting }) || Self.final.contains(reason) { return }
        // Whoever went away before it was accepted is no reason to stop, nor is a network that is
        // (accept(2), "Error handling"); where the system has no more to give, it may soon.
        if ![EINTR, ECONNABORTED].contains(reason) { usleep(50_000) }
        continue
      }
      _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
      makeRoom()
      let isTaken = state.withLock { state -> Bool in
        guard state.isAccepting, !state.isClosed else { return false }
        state.accepted += 1
        state.sockets[socket] = .some(state.accepted)
        return true
      }
      guard isTaken, Self.thread({ [self] in serve(socket) }) else {
        state.withLock { _ = $0.sockets.removeValue(forKey: socket) }
        Glibc.close(socket)
        continue
      }
    }
  }

  // The new connection waits meanwhile, and those after it where the system keeps them.
  private func makeRoom() {
    func isFull(_ state: borrowing State) -> Bool {
      state.isAccepting && state.sockets.count >= most
    }
    var waits = 0
    while state.withLock({ isFull($0) }) {
      // One at a time: whoever was ended needs a moment to be gone.
      if waits % 20 == 0, state.withLock({ $0.makeRoom })?() != true {
        // Whoever has not agreed on TLS for the longest time is not known behind this front.
        state.withLock { state in
          let waiting = state.sockets.compactMap { socket, number in number.map { ($0, socket) } }
          if let oldest = waiting.min(by: <) { shutdown(oldest.1, Int32(SHUT_RDWR)) }
        }
      }
      waits += 1
      usleep(5_000)
    }
  }

  private func serve(_ socket: Int32) {
    TLSRelay(client: socket, certificate: certificate)?.run(to: inner) { [self] in
      state.withLock { $0.sockets[socket] = .some(nil) }
    }
    // Out of the set first, so that nobody shuts a socket down that has the same number later.
    state.withLock { _ = $0.sockets.removeValue(forKey: socket) }
    Glibc.close(socket)
  }

  private static func thread(_ work: @escaping @Sendable () -> Void) -> Bool {
    let box = Unmanaged.passRetained(Work(work))
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 256 << 10)
    var thread = pthread_t()
    let status = pthread_create(
      &thread, &attributes,
      { context in
        guard let context else { return nil }
        Unmanaged<Work>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    if status != 0 { box.release() }
    return status == 0
  }

  private final class Work: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
