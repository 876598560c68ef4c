import Directory
import Glibc
import Synchronization

@testable import DirectoryReplication

/// A controller that answers what a test tells it to, on a port of the loopback interface.
final class FakeController: Sendable {
  /// What a call is answered with.
  enum Answer: Sendable {
    /// These bytes, signed and sealed.
    case reply([UInt8])
    /// These bytes, with a wrong signature.
    case forged([UInt8])
    /// These bytes, not signed at all.
    case clear([UInt8])
    case fault(UInt32)
    /// So many parts that hold nothing, and no end.
    case empty(Int)
    /// No bytes; the connection ends.
    case close
    /// Nothing, for as long as the client waits.
    case silence
  }

  /// How calls are answered: the operation and its parameters.
  typealias Handler = @Sendable (UInt16, [UInt8]) -> Answer

  /// How the controller is.
  struct Manner: Sendable {
    /// The length of the parts that answers are sent in.
    var part = 4000
    /// The longest unit that it takes.
    var longestUnit: UInt16 = 5840
    var signsHeads = true
    /// The reason for refusing associations; nil takes them.
    var refusal: UInt16?
    /// The ports that its endpoint mapper tells; nil tells its own.
    var ports: [UInt16]?
  }

  let port: Int
  private let listener: Int32
  private let manner: Manner
  private let handler: Handler
  private let lengths = Mutex<[Int]>([])

  /// The lengths of all units of calls that came.
  var unitLengths: [Int] { lengths.withLock { $0 } }

  /// A controller that waits for connections.
  init(_ manner: Manner = Manner(), _ handler: @escaping Handler) {
    self.manner = manner
    self.handler = handler
    (listener, port) = Self.listen()
    let descriptor = listener
    Self.onThread { [weak self] in
      while true {
        let connection = accept(descriptor, nil, nil)
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        guard connection >= 0 else { return }
        guard let controller = self else {
          close(connection)
          return
        }
        Self.onThread {
          controller.serve(FakeConnection(descriptor: connection))
          close(connection)
        }
      }
    }
  }

  // A listening descriptor and its port.
  private static func listen() -> (Int32, Int) {
    let listener = socket(
      AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = in_addr_t(0x7F00_0001 as UInt32).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        _ = bind(listener, raw, length)
        _ = Glibc.listen(listener, 8)
        _ = getsockname(listener, raw, &length)
      }
    }
    return (listener, Int(UInt16(bigEndian: address.sin_port)))
  }

  deinit {
    shutdown(listener, Int32(SHUT_RDWR))
    close(listener)
  }

  private func serve(_ connection: FakeConnection) {
    var isMapper = false
    while let (header, bytes) = connection.receive() {
      switch header.kind {
      case .bind, .alterContext:
        isMapper = bytes.dropFirst(32).starts(with: RPCInterface.endpointMapper.uuid.bytes)
        connection.send(acknowledgement(header, isMapper: isMapper))
      case .request:
        lengths.withLock { $0.append(header.length) }
        guard let call = connection.call(header, bytes, isSealed: !isMapper) else { continue }
        let answer = isMapper ? Answer.reply(endpoints) : handler(call.operation, call.stub)
        guard connection.answer(answer, header.call, part: manner.part, isSealed: !isMapper) else {
          return
        }
      default: break
      }
    }
  }

  private var endpoints: [UInt8] {
    ProtocolUnitTests.endpoints(manner.ports ?? [UInt16(truncatingIfNeeded: port)])
  }

  private func acknowledgement(_ bind: PDUHeader, isMapper: Bool) -> [UInt8] {
    if let reason = manner.refusal, !isMapper {
      let body = Sample.littleEndian(reason) + [1, 5, 0]
      let header = PDUHeader(
        kind: .bindRefusal, flags: [.first, .last], length: 16 + body.count,
        authenticationLength: 0, call: bind.call)
      return header.bytes + body
    }
    var writer = NDRWriter()
    for number in [5840, manner.longestUnit] as [UInt16] { writer.add(number) }
    writer.add(UInt32(1))
    writer.add(UInt16(0))
    writer.align(4)
    writer.add([1, 0, 0, 0, 0, 0, 0, 0])
    writer.add(RPCInterface.ndr.bytes)
    let token: [UInt8] =
      isMapper ? [] : AuthenticationTrailer(service: .ntlm, padding: 0).bytes + [7, 7]
    var flags: PDUHeader.Flags = [.first, .last]
    if manner.signsHeads { flags.insert(.signedHeader) }
    let header = PDUHeader(
      kind: bind.kind == .bind ? .bindAcknowledgement : .alterContextResponse, flags: flags,
      length: 16 + writer.bytes.count + token.count, authenticationLength: isMapper ? 0 : 2,
      call: bind.call)
    return header.bytes + writer.bytes + token
  }

  private static func onThread(_ work: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(Work(work))
    pthread_create(
      &thread, nil,
      { context in
        if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
        return nil
      }, box.toOpaque())
    pthread_detach(thread)
  }

  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
}
