import Glibc
import ProgramTesting
import Synchronization
import Testing

@testable import LDAPConnector

/// A server that answers as a test wants it, for what the real ones at hand do not show.
final class FakeServer: Sendable {
  /// A search as it arrived.
  struct Request: Sendable {
    var base: String
    var attributes: [String]
    var controls: [String]
    /// The values of the controls, by what they are.
    var controlValues: [String: [UInt8]] = [:]
    /// The filter as it was encoded.
    var filter: [UInt8] = []
  }

  /// What is answered to a search.
  struct Answer: Sendable {
    var entries: [SearchEntry]
    var code: Int32 = 0
    var words = ""
    /// Controls of the result.
    var controls: [ServerControl] = []
    /// Bytes sent as they are in the place of all else.
    var raw: [UInt8]?

    init(_ entries: [SearchEntry]) { self.entries = entries }

    /// No entry, and this result code.
    static func refusing(_ code: Int32) -> Answer {
      var answer = Answer([])
      answer.code = code
      return answer
    }
  }

  /// A change of an object as it arrived: the attributes that it names, in their order.
  struct Change: Hashable, Sendable {
    var dn: String
    var attributes: [String]
  }

  let port: Int
  private let socket: Int32
  private let answer: @Sendable (Request) -> Answer
  private let refusal: @Sendable (Change) -> (code: Int32, words: String)?
  private let seen = Mutex<[Request]>([])
  private let changed = Mutex<[Change]>([])

  /// The changes so far.
  var changes: [Change] { changed.withLock { $0 } }

  /// The searches so far.
  var requests: [Request] { seen.withLock { $0 } }

  /// - Parameter refusal: why a change is not taken; nil if it is.
  init(
    refusing refusal: @escaping @Sendable (Change) -> (code: Int32, words: String)? = { _ in nil },
    _ answer: @escaping @Sendable (Request) -> Answer
  ) throws {
    self.answer = answer
    self.refusal = refusal
    (socket, port) = try #require(Loopback.listen())
    let context = Unmanaged.passUnretained(self)
    // Retained by the thread as long as it waits for connections.
    _ = context.retain()
    startThread { [socket] in
      while true {
        let connection = accept(socket, nil, nil)
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        guard connection >= 0 else { break }
        startThread { self.serve(connection) }
      }
      context.release()
    }
  }

  func stop() {
    shutdown(socket, Int32(SHUT_RDWR))
    close(socket)
  }

  /// A connector that reads this server.
  func connector(_ adjust: (inout LDAPConnectorSettings) -> Void = { _ in }) -> LDAPConnector {
    var settings = LDAPConnectorSettings(
      connection: LDAPSettings(servers: [LDAPServer(host: "127.0.0.1", port: port)]))
    settings.connection.operationTimeout = 20
    adjust(&settings)
    return LDAPConnector(settings)
  }

  private func serve(_ connection: Int32) {
    defer { close(connection) }
    var buffer: [UInt8] = []
    while true {
      while let (message, size) = Element.read(buffer[...]) {
        buffer.removeFirst(size)
        guard handle(message, connection) else { return }
      }
      var piece = [UInt8](repeating: 0, count: 65_536)
      let count = read(connection, &piece, piece.count)
      guard count > 0 else { return }
      buffer += piece[..<count]
    }
  }

  private func handle(_ message: Element, _ connection: Int32) -> Bool {
    let parts = message.parts
    guard parts.count >= 2 else { return false }
    let id = parts[0].content
    var sent: [UInt8] = []
    func send(_ operation: [UInt8], _ controls: [ServerControl] = []) {
      let list = controls.isEmpty ? [] : Element.encode(0xA0, controls.flatMap(Element.control))
      sent += Element.encode(0x30, Element.encode(0x02, id) + operation + list)
    }
    // All at once, so that what belongs together arrives together.
    defer { write(sent, to: connection) }
    switch parts[1].tag {
    case 0x60: send(Element.result(0x61, code: 0))
    case 0x63:
      let fields = parts[1].parts
      let controls = parts.count > 2 ? parts[2].parts.map(\.parts) : []
      let values = controls.compactMap { control -> (String, [UInt8])? in
        guard let oid = control.first, let value = control.last, value.tag == 0x04 else {
          return nil
        }
        return (oid.text, value.content)
      }
      var request = Request(
        base: fields[0].text, attributes: fields[7].parts.map(\.text),
        controls: controls.compactMap { $0.first?.text })
      request.controlValues = Dictionary(values) { $1 }
      request.filter = [fields[6].tag] + fields[6].content
      seen.withLock { $0.append(request) }
      let answer = answer(request)
      if let raw = answer.raw {
        write(raw, to: connection)
        return true
      }
      for entry in answer.entries { send(Element.entry(entry), entry.controls) }
      send(Element.result(0x65, code: answer.code, words: answer.words), answer.controls)
    case 0x66:
      let fields = parts[1].parts
      let names = fields[1].parts.compactMap { $0.parts.last?.parts.first?.text }
      let change = Change(dn: fields[0].text, attributes: names)
      changed.withLock { $0.append(change) }
      let refused = refusal(change)
      send(Element.result(0x67, code: refused?.code ?? 0, words: refused?.words ?? ""))
    default: return false
    }
    return true
  }

  private func write(_ bytes: [UInt8], to connection: Int32) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }
}

/// A piece of BER as LDAP has it: one byte of tag, a definite length.
private struct Element {
  var tag: UInt8
  var content: [UInt8]

  var text: String { String(decoding: content, as: UTF8.self) }

  /// The pieces that this one holds.
  var parts: [Element] {
    var parts: [Element] = []
    var rest = content[...]
    while let (part, size) = Self.read(rest) {
      parts.append(part)
      rest = rest.dropFirst(size)
    }
    return parts
  }

  /// The first piece of `bytes` with its size; nil if it is not whole yet.
  static func read(_ bytes: ArraySlice<UInt8>) -> (Element, Int)? {
    guard bytes.count >= 2 else { return nil }
    let bytes = Array(bytes)
    var length = Int(bytes[1])
    var head = 2
    if length & 0x80 != 0 {
      head += length & 0x7F
      guard bytes.count >= head else { return nil }
      length = bytes[2..<head].reduce(0) { $0 << 8 | Int($1) }
    }
    guard bytes.count >= head + length else { return nil }
    return (Element(tag: bytes[0], content: Array(bytes[head..<head + length])), head + length)
  }

  static func encode(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
    let count = content.count
    if count < 0x80 { return [tag, UInt8(count)] + content }
    let length = (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
    return [tag, 0x84] + length + content
  }

  static func result(_ tag: UInt8, code: Int32, words: String = "") -> [UInt8] {
    let number = code < 0x80 ? [UInt8(code)] : [UInt8(code >> 8 & 0xFF), UInt8(code & 0xFF)]
    return encode(
      tag, encode(0x0A, number) + encode(0x04, []) + encode(0x04, Array(words.utf8)))
  }

  static func control(_ control: ServerControl) -> [UInt8] {
    encode(
      0x30,
      encode(0x04, Array(control.oid.utf8)) + (control.value.map { encode(0x04, $0) } ?? []))
  }

  static func entry(_ entry: SearchEntry) -> [UInt8] {
    let attributes = entry.attributes.flatMap { attribute in
      encode(
        0x30,
        encode(0x04, Array(attribute.description.utf8))
          + encode(0x31, attribute.values.flatMap { encode(0x04, $0) }))
    }
    return encode(0x64, encode(0x04, Array(entry.dnBytes)) + encode(0x30, attributes))
  }
}

/// Runs `work` on a thread of its own.
func startThread(_ work: @escaping @Sendable () -> Void) {
  final class Box {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }
  var thread = pthread_t()
  pthread_create(
    &thread, nil,
    { raw in
      if let raw { Unmanaged<Box>.fromOpaque(raw).takeRetainedValue().work() }
      return nil
    }, Unmanaged.passRetained(Box(work)).toOpaque())
  pthread_detach(thread)
}
