import FlyingSocks

/// A pool that switches off Nagle's algorithm on the listening socket, from which the accepted ones
/// inherit it.
///
/// FlyingFox writes head and body of an answer apart, and with the algorithm on every answer waits
/// 40 ms for the client's delayed acknowledgement of the head.
struct NoDelayPool<Inner: AsyncSocketPool>: AsyncSocketPool {
  let inner: Inner

  func prepare() async throws { try await inner.prepare() }
  func run() async throws { try await inner.run() }

  func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
    if events == .connection {
      // IPPROTO_TCP 6, TCP_NODELAY 1. A failure costs speed only.
      try? socket.setValue(true, for: BoolSocketOption(level: 6, name: 1))
    }
    try await inner.suspendSocket(socket, untilReadyFor: events)
  }
}
