import Glibc

@testable import DirectoryReplication

/// A connection that a ``FakeController`` serves.
final class FakeConnection {
  private let descriptor: Int32
  private var incoming = FakeSeal()
  private var outgoing = FakeSeal()
  private var stub: [UInt8] = []

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// The next unit; nil at the end.
  func receive() -> (PDUHeader, [UInt8])? {
    guard let head = receive(16), let header = try? PDUHeader.read(head),
      let rest = receive(header.length - 16)
    else { return nil }
    return (header, head + rest)
  }

  /// The call that is complete with this unit; nil if more of it has to come.
  func call(
    _ header: PDUHeader, _ bytes: [UInt8], isSealed: Bool
  ) -> (operation: UInt16, stub: [UInt8])? {
    var data = Array(bytes[24...])
    if isSealed {
      let end = bytes.count - header.authenticationLength - 8
      var unit = SealedUnit(
        head: Array(bytes[..<24]), data: Array(bytes[24..<end]),
        trailer: Array(bytes[end..<end + 8]))
      FakeSeal.cipher(&unit.data)
      guard incoming.signature(unit) == Array(bytes.suffix(16)) else { return nil }
      data = unit.data.dropLast(Int(unit.trailer[2]))
    }
    if header.flags.contains(.first) { stub = [] }
    stub += data
    let operation = UInt16(bytes[22]) | UInt16(bytes[23]) << 8
    return header.flags.contains(.last) ? (operation, stub) : nil
  }

  /// Sends an answer; false if the connection is to end.
  func answer(_ answer: FakeController.Answer, _ call: UInt32, part: Int, isSealed: Bool) -> Bool {
    switch answer {
    case .reply(let bytes): reply(bytes, call, part: part, isSealed: isSealed)
    case .forged(let bytes):
      _ = outgoing.signature(SealedUnit(head: [], data: [], trailer: []))
      reply(bytes, call, part: part, isSealed: true)
    case .clear(let bytes): reply(bytes, call, part: part, isSealed: false)
    case .fault(let status):
      let body = [UInt8](repeating: 0, count: 8) + Sample.littleEndian(status) + [0, 0, 0, 0]
      let header = PDUHeader(
        kind: .fault, flags: [.first, .last], length: 16 + body.count, authenticationLength: 0,
        call: call)
      send(header.bytes + body)
    case .empty(let count):
      for _ in 0..<count { send(unit([], call, [], isSealed: isSealed)) }
    case .close: return false
    case .silence: break
    }
    return true
  }

  private func reply(_ bytes: [UInt8], _ call: UInt32, part: Int, isSealed: Bool) {
    var start = 0
    repeat {
      let end = min(start + part, bytes.count)
      var flags: PDUHeader.Flags = []
      if start == 0 { flags.insert(.first) }
      if end == bytes.count { flags.insert(.last) }
      send(unit(Array(bytes[start..<end]), call, flags, isSealed: isSealed))
      start = end
    } while start < bytes.count
  }

  private func unit(
    _ data: [UInt8], _ call: UInt32, _ flags: PDUHeader.Flags, isSealed: Bool
  ) -> [UInt8] {
    let padding = isSealed ? (16 - data.count % 16) % 16 : 0
    let tail = isSealed ? 24 : 0
    let header = PDUHeader(
      kind: .response, flags: flags, length: 24 + data.count + padding + tail,
      authenticationLength: isSealed ? 16 : 0, call: call)
    var unit = SealedUnit(
      head: header.bytes + [UInt8](repeating: 0, count: 8),
      data: data + [UInt8](repeating: 0, count: padding),
      trailer: AuthenticationTrailer(service: .ntlm, padding: padding).bytes)
    guard isSealed else { return unit.head + unit.data }
    let signature = outgoing.signature(unit)
    FakeSeal.cipher(&unit.data)
    return unit.head + unit.data + unit.trailer + signature
  }

  /// Sends bytes as they are.
  func send(_ bytes: [UInt8]) {
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      start += count
    }
  }

  private func receive(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var start = 0
    while start < count {
      let more = bytes[start...].withUnsafeMutableBytes {
        recv(descriptor, $0.baseAddress, $0.count, 0)
      }
      guard more > 0 else { return nil }
      start += more
    }
    return bytes
  }
}
