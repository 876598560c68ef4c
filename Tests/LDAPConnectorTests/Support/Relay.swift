import Glibc
import ProgramTesting
import Synchronization
import Testing

/// Stands between a connector and its server, and loses answers.
final class Relay: Sendable {
  let port: Int
  private let socket: Int32
  private let target: Int
  // The requests whose answers get lost, counted from 0 over all connections.
  private let lost: Set<Int>
  private let count = Atomic<Int>(0)
  private let open = Mutex<Set<Int32>>([])

  init(to target: Int, losing lost: Set<Int> = []) throws {
    self.target = target
    self.lost = lost
    (socket, port) = try #require(Loopback.listen())
    startThread { [self] in
      while true {
        let connection = accept(socket, nil, nil)
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        guard connection >= 0 else { return }
        startThread { self.serve(connection) }
      }
    }
  }

  func stop() {
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
  }

  /// Breaks all connections that are open; others can be made.
  func cut() { open.withLock { for client in $0 { shutdown(client, Int32(SHUT_RDWR)) } } }

  private func serve(_ client: Int32) {
    _ = open.withLock { $0.insert(client) }
    defer {
      open.withLock {
        $0.remove(client)
        close(client)
      }
    }
    guard let server = Loopback.connect(target) else { return }
    defer { close(server) }
    var piece = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      var watched = [
        pollfd(fd: client, events: Int16(POLLIN), revents: 0),
        pollfd(fd: server, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&watched, 2, -1) > 0 else { return }
      if watched[1].revents != 0 {
        let size = read(server, &piece, piece.count)
        guard size > 0, write(client, piece, size) == size else { return }
      }
      if watched[0].revents != 0 {
        let size = read(client, &piece, piece.count)
        guard size > 0, write(server, piece, size) == size else { return }
        if lost.contains(count.add(1, ordering: .relaxed).oldValue) {
          // The server has answered; nobody will hear it.
          _ = read(server, &piece, piece.count)
          return
        }
      }
    }
  }
}
