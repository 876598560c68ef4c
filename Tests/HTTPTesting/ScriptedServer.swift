import Glibc
import Synchronization

/// What the scripted server does with a request.
package enum Reaction: Sendable {
  /// Answers, and keeps the connection.
  case answer(Int, [(String, String)] = [], [UInt8] = [])
  /// Closes the connection without a byte.
  case close
  /// Writes these bytes as they are, and closes.
  case raw([UInt8])
  /// Promises `promised` bytes, sends `sent` of them, and then nothing until the peer goes.
  case stall(promised: Int, sent: Int)
  /// Sends bytes without end.
  case endless
}

/// An HTTP server for tests that does what it is told, decent or not, on a free loopback port.
package final class ScriptedServer: Sendable {
  package typealias Script = @Sendable (ReceivedRequest) -> Reaction

  private struct State {
    var requests: [ReceivedRequest] = []
    var sockets: Set<Int32> = []
    var connections = 0
    var isClosed = false
  }

  package let port: UInt16
  private let listener: Int32
  private let script: Script
  private let state = Mutex(State())

  package init(_ script: @escaping Script) throws {
    self.script = script
    (listener, port) = try Self.listen()
    let server = Unmanaged.passRetained(self)
    startThread { server.takeRetainedValue().accept() }
  }

  package var url: String { "http://127.0.0.1:" + String(port) }

  /// What has been received so far.
  package var requests: [ReceivedRequest] { state.withLock { $0.requests } }

  /// Ends every connection and takes no more.
  package func close() {
    state.withLock { state in
      guard !state.isClosed else { return }
      state.isClosed = true
      shutdown(listener, Int32(SHUT_RDWR))
      for socket in state.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }
  }

  private func accept() {
    defer { Glibc.close(listener) }
    while true {
      let socket = Glibc.accept(listener, nil, nil)
      guard socket >= 0 else { return }
      _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
      let number = state.withLock { state -> Int? in
        guard !state.isClosed else { return nil }
        state.sockets.insert(socket)
        state.connections += 1
        return state.connections - 1
      }
      guard let number else {
        Glibc.close(socket)
        return
      }
      startThread { [self] in serve(socket, number) }
    }
  }

  private func serve(_ socket: Int32, _ number: Int) {
    var reader = RequestReader(socket: socket, connection: number)
    while let request = reader.next() {
      state.withLock { $0.requests.append(request) }
      guard react(script(request), socket) else { break }
    }
    state.withLock { _ = $0.sockets.remove(socket) }
    // A child that another test is just starting may still have the descriptor: closing alone would
    // not end the connection.
    shutdown(socket, Int32(SHUT_RDWR))
    Glibc.close(socket)
  }

  /// Does it; false if the connection is to be closed.
  private func react(_ reaction: Reaction, _ socket: Int32) -> Bool {
    switch reaction {
    case .answer(let status, let headers, let body):
      var head = "HTTP/1.1 \(status) Some Words\r\nContent-Length: \(body.count)\r\n"
      if status == 204 { head = "HTTP/1.1 204 No Content\r\n" }
      for (name, value) in headers { head += name + ": " + value + "\r\n" }
      return write(Array((head + "\r\n").utf8) + body, socket)
    case .close: return false
    case .raw(let bytes):
      _ = write(bytes, socket)
      return false
    case .stall(let promised, let sent):
      let head = "HTTP/1.1 200 OK\r\nContent-Length: \(promised)\r\n\r\n"
      _ = write(Array(head.utf8) + Array(repeating: 0x20, count: sent), socket)
      var byte: UInt8 = 0
      _ = read(socket, &byte, 1)
      return false
    case .endless:
      guard write(Array("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".utf8), socket) else {
        return false
      }
      let piece = [UInt8](repeating: 0x20, count: 1 << 16)
      while write(piece, socket) {}
      return false
    }
  }

  private func write(_ bytes: [UInt8], _ socket: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        send(socket, buffer.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  private static func listen() throws -> (Int32, UInt16) {
    let socket = Glibc.socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, size) == 0 && Glibc.listen(socket, 128) == 0
          && getsockname(socket, $0, &size) == 0
      }
    }
    guard isBound else { throw SocketError(number: errno) }
    return (socket, UInt16(bigEndian: address.sin_port))
  }
}

/// A system call on a socket that failed.
package struct SocketError: Error {
  /// The number of the error.
  package var number: Int32
}

/// A port on which nothing listens.
package func unusedPort() throws -> UInt16 {
  let server = try ScriptedServer { _ in .close }
  server.close()
  return server.port
}

private func startThread(_ work: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var thread = pthread_t()
  let box = Unmanaged.passRetained(Box(work))
  let status = pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work() }
      return nil
    }, box.toOpaque())
  if status == 0 { pthread_detach(thread) } else { box.release() }
}
