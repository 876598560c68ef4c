/// An association with one interface of a server, over TCP (C706 chapter 12, [MS-RPCE] §3.3).
///
/// Calls are made one after the other. With a ``SecurityContext``, everything is signed and what is
/// said is enciphered: an answer that is not is refused.
final class RPCConnection {
  // More than the longest answer that is asked for, by far.
  private static let longestAnswer = 256 << 20
  // Parts of an answer without data, which no server has a reason to send.
  private static let emptyParts = 64

  private let socket: TCPSocket
  /// Seconds that one call may take, however its answer trickles.
  var callPatience: Double
  // When the call that is under way is given up.
  private var deadline = ContinuousClock.now
  private var security: (any SecurityContext)?
  private var longestFragment = Int(BindMessage.fragmentLength)
  private var call: UInt32 = 1

  /// An association on a connected socket, about nothing yet.
  ///
  /// - Parameter callPatience: Seconds that one call may take, however its answer trickles.
  init(_ socket: TCPSocket, callPatience: Double) {
    self.socket = socket
    self.callPatience = callPatience
  }

  /// Agrees on `interface`, and with `security` on who both sides are (C706 §12.6.4.3 and 4).
  ///
  /// - Throws: ``SocketFailure``, ``MalformedMessage``, ``BindRefusal``, ``RPCFault``,
  ///   ``ContextRefusal``, and what `security` throws.
  func bind(_ interface: RPCInterface, security: (any SecurityContext)? = nil) throws {
    beginCall()
    let body = BindMessage(interface: interface).bytes
    var token = try security?.next(after: nil)
    try send(.bind, body: body, token: token, security)
    var answer = try receiveAnswer(.bindAcknowledgement)
    let acknowledgement = try BindAcknowledgement.read(answer)
    if let words = acknowledgement.refusal { throw ContextRefusal(words: words) }
    longestFragment = min(acknowledgement.longestFragment, 1 << 16 - 1)
    guard let security else { return }
    guard answer.header.flags.contains(.signedHeader) else {
      throw ContextRefusal(words: "the server does not sign the heads of its messages")
    }
    token = try security.next(after: Array(answer.token))
    while let more = token {
      guard security.lastTokenIsAnswered else {
        try send(.thirdAuthentication, body: [0, 0, 0, 0], token: more, security)
        break
      }
      try send(.alterContext, body: body, token: more, security)
      answer = try receiveAnswer(.alterContextResponse)
      token = try security.next(after: Array(answer.token))
    }
    self.security = security
  }

  /// What the operation answers to `stub` (C706 §12.6.4.9 and 10).
  ///
  /// - Throws: ``SocketFailure``, ``MalformedMessage``, ``RPCFault``, ``BrokenSeal``.
  func call(_ operation: UInt16, _ stub: [UInt8]) throws -> [UInt8] {
    call &+= 1
    beginCall()
    try send(operation, stub)
    var out: [UInt8] = []
    var empty = 0
    while true {
      let unit = try receive()
      guard unit.header.call == call else {
        throw MalformedMessage(expected: "an answer to call \(call)", offset: 12)
      }
      if unit.header.kind == .fault { throw try RPCFault.read(unit) }
      guard unit.header.kind == .response else {
        throw MalformedMessage(expected: "an answer", offset: 2)
      }
      let data = try opened(unit)
      guard out.isEmpty == unit.header.flags.contains(.first) || data.isEmpty else {
        throw MalformedMessage(expected: "the parts of an answer in their order", offset: 3)
      }
      guard out.count + data.count <= Self.longestAnswer else {
        throw MalformedMessage(expected: "an answer of at most 256 MiB", offset: 0)
      }
      if data.isEmpty { empty += 1 }
      guard empty <= Self.emptyParts else {
        throw MalformedMessage(expected: "parts of an answer that hold any of it", offset: 0)
      }
      out += data
      if unit.header.flags.contains(.last) { return out }
    }
  }

  // MARK: - Sending

  // A unit of the handshake: nothing of it is enciphered.
  private func send(
    _ kind: PDUHeader.Kind, body: [UInt8], token: [UInt8]?, _ security: (any SecurityContext)?
  ) throws {
    var tail: [UInt8] = []
    if let security, let token {
      tail = AuthenticationTrailer(service: security.service, padding: 0).bytes + token
    }
    var flags: PDUHeader.Flags = [.first, .last]
    if security != nil { flags.insert(.signedHeader) }
    let header = PDUHeader(
      kind: kind, flags: flags, length: PDUHeader.length + body.count + tail.count,
      authenticationLength: token?.count ?? 0, call: call)
    try socket.send(header.bytes + body + tail)
  }

  private func send(_ operation: UInt16, _ stub: [UInt8]) throws {
    var start = 0
    let room = try roomForData()
    repeat {
      let part = stub[start..<min(start + room, stub.count)]
      var request = RequestMessage(
        call: call, operation: operation, remaining: stub.count - start, flags: [])
      if start == 0 { request.flags.insert(.first) }
      start = part.endIndex
      if start == stub.count { request.flags.insert(.last) }
      try socket.send(try sealed(request, Array(part)))
    } while start < stub.count
  }

  // Data that fits into one unit, in whole blocks of sixteen bytes.
  private func roomForData() throws -> Int {
    var room = longestFragment - RequestMessage.headLength
    if let security {
      room -= AuthenticationTrailer.length + (try security.signatureLength(for: room))
    }
    return max(room / 16 * 16, 16)
  }

  private func sealed(_ request: RequestMessage, _ data: [UInt8]) throws -> [UInt8] {
    guard let security else {
      let length = RequestMessage.headLength + data.count
      return request.head(length: length, authentication: 0) + data
    }
    let padding = (16 - data.count % 16) % 16
    let padded = data + [UInt8](repeating: 0, count: padding)
    let signatureLength = try security.signatureLength(for: padded.count)
    let length =
      RequestMessage.headLength + padded.count + AuthenticationTrailer.length + signatureLength
    var unit = SealedUnit(
      head: request.head(length: length, authentication: signatureLength), data: padded,
      trailer: AuthenticationTrailer(service: security.service, padding: padding).bytes)
    let signature = try security.seal(&unit)
    return unit.head + unit.data + unit.trailer + signature
  }

  // MARK: - Receiving

  private func beginCall() { deadline = ContinuousClock.now + .seconds(callPatience) }

  private func receive() throws -> ProtocolUnit {
    let head = try receive(PDUHeader.length)
    let header = try PDUHeader.read(head)
    let rest = try receive(header.length - PDUHeader.length)
    return ProtocolUnit(header: header, bytes: head + rest)
  }

  private func receive(_ count: Int) throws -> [UInt8] {
    guard let bytes = try socket.receive(count, until: deadline) else {
      throw SocketFailure.timeout(callPatience)
    }
    return bytes
  }

  private func receiveAnswer(_ kind: PDUHeader.Kind) throws -> ProtocolUnit {
    let unit = try receive()
    switch unit.header.kind {
    case kind: return unit
    case .bindRefusal: throw try BindRefusal.read(unit)
    case .fault: throw try RPCFault.read(unit)
    default: throw MalformedMessage(expected: "an answer to the association", offset: 2)
    }
  }

  private func opened(_ unit: ProtocolUnit) throws -> ArraySlice<UInt8> {
    let data = try ResponseMessage.read(unit).data
    guard let security else { return data }
    guard unit.header.authenticationLength > 0 else {
      throw BrokenSeal(what: "an answer is not signed")
    }
    let place = try unit.authenticationStart()
    let raw = unit.bytes[place..<place + AuthenticationTrailer.length]
    let trailer = try AuthenticationTrailer.read(raw, service: security.service)
    var sealed = SealedUnit(
      head: Array(unit.bytes[..<ResponseMessage.headLength]), data: Array(data),
      trailer: Array(raw))
    try security.unseal(&sealed, signature: Array(unit.token))
    guard trailer.padding <= sealed.data.count else {
      throw MalformedMessage(expected: "padding that fits", offset: place)
    }
    return sealed.data.dropLast(trailer.padding)
  }
}

/// A server that does not serve an interface in the way that is needed.
struct ContextRefusal: Error, Hashable {
  /// Why.
  let words: String
}
