/// The protocols by which an interface is spoken to, from the top down (C706 appendix L).
struct Tower: Hashable {
  // Names of protocols (C706 appendix I).
  private static let uuidFloor: UInt8 = 0x0D
  private static let connectionOriented: UInt8 = 0x0B
  private static let tcp: UInt8 = 0x07
  private static let ip: UInt8 = 0x09

  let interface: RPCInterface
  let port: UInt16

  /// The five floors: interface, NDR, RPC, TCP with its port, IP with no address.
  var bytes: [UInt8] {
    var writer = NDRWriter()
    writer.add(Self.number(5))
    for syntax in [interface.bytes, RPCInterface.ndr.bytes] {
      writer.add(Self.floor([Self.uuidFloor] + syntax.prefix(18), Array(syntax.suffix(2))))
    }
    writer.add(Self.floor([Self.connectionOriented], [0, 0]))
    writer.add(Self.floor([Self.tcp], [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]))
    writer.add(Self.floor([Self.ip], [0, 0, 0, 0]))
    return writer.bytes
  }

  /// The TCP port in the tower `bytes`; nil if it is one of other protocols.
  static func port(_ bytes: [UInt8]) throws(MalformedMessage) -> Int? {
    var bytes = bytes[...]
    for _ in 0..<(try number(&bytes)) {
      let left = try part(&bytes)
      let right = try part(&bytes)
      if left == [tcp], right.count == 2 {
        let port = right.reduce(0) { $0 << 8 | Int($1) }
        return port == 0 ? nil : port
      }
    }
    return nil
  }

  // Floors are not aligned, unlike what is around them.
  private static func number(_ number: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
  }

  private static func floor(_ left: [UInt8], _ right: [UInt8]) -> [UInt8] {
    number(left.count) + left + number(right.count) + right
  }

  private static func number(_ bytes: inout ArraySlice<UInt8>) throws(MalformedMessage) -> Int {
    guard let low = bytes.popFirst(), let high = bytes.popFirst() else {
      throw MalformedMessage(expected: "a number in a tower", offset: bytes.startIndex)
    }
    return Int(low) | Int(high) << 8
  }

  private static func part(
    _ bytes: inout ArraySlice<UInt8>
  ) throws(MalformedMessage) -> ArraySlice<UInt8> {
    let count = try number(&bytes)
    guard count <= bytes.count else {
      throw MalformedMessage(expected: "\(count) bytes of a floor", offset: bytes.startIndex)
    }
    defer { bytes = bytes.dropFirst(count) }
    return bytes.prefix(count)
  }
}
