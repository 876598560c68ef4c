import FlyingFox
import FlyingSocks

/// Reads requests from a socket: their heads, which are bounded and looked at once, and their bodies
/// as they come.
actor RequestReader {
  /// What came where a head was awaited.
  enum Head: Sendable {
    case whole(ArraySlice<UInt8>)
    /// More than a head may have, of which this is the beginning.
    case tooLarge(ArraySlice<UInt8>)
    /// The client has gone, or was sent away.
    case ended
  }

  /// A body whose bytes do not follow RFC 9112 §7.1.
  struct Malformed: Error {}

  private static let line = UInt8(ascii: "\n")
  private let socket: Socket
  private let pool: any AsyncSocketPool
  private let number: Int
  private let table: ConnectionTable
  /// What was read, of which the first bytes are used already.
  private var bytes: [UInt8] = []
  private var used = 0
  /// What of the body is still to come: bytes of it, or of the chunk that is being read.
  private var rest = 0
  private var isChunked = false

  /// A reader of the connection `number` of the table.
  init(_ socket: Socket, pool: any AsyncSocketPool, _ number: Int, of table: ConnectionTable) {
    (self.socket, self.pool, self.number, self.table) = (socket, pool, number, table)
  }

  // MARK: Heads

  /// The next head; little more than ``RequestHead/mostRead`` bytes of it are read.
  func head() async -> Head {
    var (seen, start) = (used, used)
    while true {
      while let end = bytes[seen...].firstIndex(of: Self.line) {
        let isEmpty = end == start || (end == start + 1 && bytes[start] == UInt8(ascii: "\r"))
        seen = end + 1
        guard isEmpty else {
          start = seen
          continue
        }
        let head = bytes[used..<start]
        (used, start) = (seen, seen)
        // Empty lines before a request are no head (RFC 9112 §2.2).
        guard !head.isEmpty else { continue }
        return head.count > RequestHead.mostRead ? .tooLarge(head) : .whole(head)
      }
      seen = bytes.count
      guard seen - used <= RequestHead.mostRead else { return .tooLarge(bytes[used...]) }
      let before = used
      guard (try? await fill(used == bytes.count ? .idle : .head)) == true else { return .ended }
      (seen, start) = (seen - before, start - before)
    }
  }

  // MARK: Bodies

  /// From now on a body in this form is read.
  func begin(_ framing: SentHead.Framing) {
    switch framing {
    case .counted(let count): (rest, isChunked) = (count, false)
    case .chunked: (rest, isChunked) = (0, true)
    }
  }

  /// The next bytes of the body, `count` at most; nil at its end.
  ///
  /// - Throws: ``Malformed`` for broken chunks, and what the socket throws.
  func next(_ count: Int) async throws -> ArraySlice<UInt8>? {
    if rest == 0, isChunked { try await beginChunk() }
    guard rest > 0 else { return nil }
    if used == bytes.count { try await more() }
    let piece = bytes[used...].prefix(min(count, rest))
    used += piece.count
    rest -= piece.count
    if rest == 0, isChunked, try await !chunkLine().isEmpty { throw Malformed() }
    return piece
  }

  /// Reads what is left of the body and forgets it; false if that is more than `limit` bytes.
  ///
  /// - Throws: what ``next(_:)`` throws.
  func skip(_ limit: Int) async throws -> Bool {
    var total = 0
    while let piece = try await next(65_536) {
      total += piece.count
      if total > limit { return false }
    }
    return true
  }

  /// Reads and forgets what a client still sends that was answered for good.
  func farewell() async {
    while (try? await fill(.farewell)) == true { used = bytes.count }
  }

  private func beginChunk() async throws {
    let size = try await chunkLine().prefix { $0 != UInt8(ascii: ";") }
    let digits = String(decoding: size, as: UTF8.self)
    guard let first = digits.utf8.first, first != UInt8(ascii: "+"),
      let count = Int(digits, radix: 16), count >= 0
    else { throw Malformed() }
    rest = count
    guard count == 0 else { return }
    isChunked = false
    // The fields after the body are nobody's here, and bounded as heads are.
    var total = 0
    while true {
      let line = try await chunkLine()
      total += line.count
      if line.isEmpty { return }
      guard total <= RequestHead.mostRead else { throw Malformed() }
    }
  }

  private func chunkLine() async throws -> ArraySlice<UInt8> {
    while true {
      if let end = bytes[used...].firstIndex(of: Self.line) {
        let line = bytes[used..<end]
        used = end + 1
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      }
      guard bytes.count - used <= 4096 else { throw Malformed() }
      try await more()
    }
  }

  // MARK: The socket

  private func more() async throws {
    guard try await fill(.body) else { throw SocketError.disconnected }
    table.enter(.working, number)
  }

  /// Reads what is there, or waits for it as one who is at `phase`; false if nothing more comes.
  private func fill(_ phase: ConnectionTable.Phase) async throws -> Bool {
    guard table.enter(phase, number) else { return false }
    bytes.removeFirst(used)
    used = 0
    while true {
      do {
        bytes.append(contentsOf: try socket.read(atMost: 16_384))
        return true
      } catch SocketError.blocked {
        try await pool.suspendSocket(socket, untilReadyFor: [.read])
      } catch SocketError.disconnected {
        return false
      }
    }
  }
}

/// The body of a request that is being read, for as long as its connection lasts.
struct BodyBytes: AsyncBufferedSequence {
  let reader: RequestReader

  func makeAsyncIterator() -> Iterator { Iterator(reader: reader) }

  struct Iterator: AsyncBufferedIteratorProtocol {
    let reader: RequestReader

    mutating func next() async throws -> UInt8? { try await reader.next(1)?.first }

    mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
      try await reader.next(count)
    }
  }
}
