import FlyingFox
import FlyingSocks
import Glibc
import Synchronization

/// Takes connections from a socket that listens, and answers what comes over them.
///
/// No client costs more than its share: a head is bounded in bytes and in time, and where all places
/// are taken, whoever keeps the server waiting for the longest time makes room.
final class RequestServer: Sendable {
  /// What says that the socket listens no more (accept(2)).
  private static let final: Set<Int32> = [EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP, EFAULT]

  let table: ConnectionTable
  private let listener: Int32
  private let handler: any RequestAnswering
  private let pool: any AsyncSocketPool = HTTPServer.defaultPool()
  private let state = Mutex(State())

  private struct State {
    var isStopping = false
    /// Whether the listening socket is closed, and its number perhaps another's.
    var isClosed = false
  }

  /// A server that owns the socket `listener`.
  init(listener: Int32, limits: ConnectionTable.Limits, handler: any RequestAnswering) {
    (self.listener, self.handler) = (listener, handler)
    table = ConnectionTable(limits)
  }

  /// Answers until it is stopped or its task is cancelled.
  ///
  /// - Returns: the system's number of what it ended by, such as EBADF; nil if it was stopped.
  func run() async -> Int32? {
    defer {
      state.withLock { state in
        state.isClosed = true
        close(listener)
      }
    }
    do {
      try await pool.prepare()
    } catch {
      return EMFILE
    }
    let events = Task { [pool] in try? await pool.run() }
    let sweep = Task { [table] in
      let pause = min(table.limits.head / 4, .seconds(1))
      while (try? await Task.sleep(for: pause)) != nil { table.sweep() }
    }
    defer {
      sweep.cancel()
      events.cancel()
    }
    guard fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK) == 0 else { return errno }
    return await withDiscardingTaskGroup { group -> Int32? in
      let place = Socket(file: .init(rawValue: listener))
      while !isStopping {
        let socket = accept(listener, nil, nil)
        if socket >= 0 {
          _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
          _ = fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK)
          await makeRoom()
          guard let number = table.add(socket) else {
            close(socket)
            continue
          }
          group.addTask { [self] in await serve(socket, number) }
          continue
        }
        let reason = errno
        if reason == EAGAIN {
          do {
            try await pool.suspendSocket(place, untilReadyFor: [.read])
          } catch {
            if Task.isCancelled { break }
            try? await Task.sleep(for: .milliseconds(10))
          }
        } else if Self.final.contains(reason) {
          if isStopping { break }
          group.cancelAll()
          return reason
        } else if ![EINTR, ECONNABORTED].contains(reason) {
          // The system has no more to give: somebody who waits gives back.
          _ = table.makeRoom()
          try? await Task.sleep(for: .milliseconds(50))
        }
      }
      return nil
    }
  }

  /// Takes no more connections; those at work end with their answer.
  func stop() {
    state.withLock { state in
      state.isStopping = true
      if !state.isClosed { shutdown(listener, Int32(SHUT_RDWR)) }
    }
    table.stop()
  }

  private var isStopping: Bool { state.withLock { $0.isStopping } }

  // The new connection waits meanwhile, and those after it where the system keeps them.
  private func makeRoom() async {
    var waits = 0
    while table.count >= table.limits.most, !Task.isCancelled {
      // One at a time: whoever was ended needs a moment to be gone.
      if waits % 20 == 0 { _ = table.makeRoom() }
      waits += 1
      try? await Task.sleep(for: .milliseconds(5))
    }
  }

  private func serve(_ socket: Int32, _ number: Int) async {
    await RequestConnection(
      Socket(file: .init(rawValue: socket)), pool: pool, number, of: table, handler: handler
    ).run()
    table.remove(number)
    close(socket)
  }
}
