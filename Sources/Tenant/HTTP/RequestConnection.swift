import FlyingFox
import FlyingSocks
import Glibc

/// What answers requests, also those that can't be read.
protocol RequestAnswering: HTTPHandler {
  /// The answer to a request for `path`, as far as that is known, that is refused before it is read.
  func refusal(of path: String, _ status: Int, _ words: String) -> HTTPResponse
}

/// One connection: its requests are read and answered one after the other.
struct RequestConnection {
  /// How many bytes of a body that nobody has read are passed over to go on.
  private static let largestSkipped = 1 << 20

  let socket: Socket
  let pool: any AsyncSocketPool
  let number: Int
  let table: ConnectionTable
  let handler: any RequestAnswering
  let reader: RequestReader

  init(
    _ socket: Socket, pool: any AsyncSocketPool, _ number: Int, of table: ConnectionTable,
    handler: any RequestAnswering
  ) {
    (self.socket, self.pool, self.number) = (socket, pool, number)
    (self.table, self.handler) = (table, handler)
    reader = RequestReader(socket, pool: pool, number, of: table)
  }

  /// Answers until a side has enough; the socket stays its owner's to close.
  func run() async {
    while !Task.isCancelled {
      switch await reader.head() {
      case .ended:
        guard table.isLate(number) else { return }
        return await refuse(
          "", 408, "The head of the request was not whole after \(table.limits.head).")
      case .tooLarge(let beginning):
        return await refuse(
          SentHead.path(of: beginning), 431,
          "The request's head has more than \(RequestHead.mostRead) bytes, its URL and its header "
            + "fields together.")
      case .whole(let bytes):
        do {
          guard try await answer(SentHead(bytes)) else { return }
        } catch let fault as SentHead.Fault {
          return await refuse(SentHead.path(of: bytes), 400, fault.words)
        } catch is RequestReader.Malformed {
          return await refuse(
            SentHead.path(of: bytes), 400, "The body is not in chunks as RFC 9112 §7.1 has them.")
        } catch {
          return
        }
      }
    }
  }

  /// Answers one request; false if it was the last one.
  private func answer(_ head: SentHead) async throws -> Bool {
    guard table.enter(.working, number) else { return false }
    await reader.begin(head.framing)
    let body: HTTPBodySequence
    switch head.framing {
    case .counted(0): body = HTTPBodySequence()
    case .counted(let count):
      body = HTTPBodySequence(
        from: BodyBytes(reader: reader), count: count, suggestedBufferSize: 65_536)
    case .chunked:
      // How large it is shows at its end; whoever reads counts.
      body = HTTPBodySequence(
        from: BodyBytes(reader: reader), count: 0, suggestedBufferSize: 65_536)
    }
    if head.awaitsContinue { try await send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
    let response = try await handler.handleRequest(head.request(body))
    guard try await send(response, isLast: !head.keepsConnection) else { return false }
    let isRead = try await reader.skip(Self.largestSkipped)
    if !isRead { await bye() }
    return isRead && head.keepsConnection
  }

  private func refuse(_ path: String, _ status: Int, _ words: String) async {
    let response = handler.refusal(of: path, status, words)
    guard (try? await send(response, isLast: true)) == true else { return }
    await bye()
  }

  // Whoever is cut off while sending would not read why.
  private func bye() async {
    shutdown(socket.file.rawValue, Int32(SHUT_WR))
    await reader.farewell()
  }

  // MARK: Sending

  /// Sends an answer; false if the connection is cut instead.
  private func send(_ response: HTTPResponse, isLast: Bool) async throws -> Bool {
    guard case .httpBody(let body) = response.payload else { return false }
    var bytes = Self.head(of: response, isLast: isLast)
    for try await piece in body {
      bytes.append(contentsOf: piece)
      guard bytes.count >= 65_536 else { continue }
      try await send(bytes)
      bytes = []
    }
    try await send(bytes)
    table.enter(.working, number)
    return true
  }

  private static func head(of response: HTTPResponse, isLast: Bool) -> [UInt8] {
    var headers = response.headers
    let code = response.statusCode.code
    // An answer that has no body has no size (RFC 9110 §8.6); one to HEAD has that of another.
    if ![204, 304].contains(code), headers[.contentLength] == nil,
      case .httpBody(let body) = response.payload
    {
      headers[.contentLength] = String(body.count ?? 0)
    }
    headers[.connection] = isLast ? "close" : "keep-alive"
    var text = "HTTP/1.1 \(code) \(response.statusCode.phrase)\r\n"
    for (name, value) in headers { text += "\(name.rawValue): \(value)\r\n" }
    return Array((text + "\r\n").utf8)
  }

  private func send(_ bytes: [UInt8]) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(socket.file.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        guard table.enter(.sending, number) else { throw SocketError.disconnected }
        try await pool.suspendSocket(socket, untilReadyFor: [.write])
      } else if errno != EINTR {
        throw SocketError.disconnected
      }
    }
  }
}
