/// Asks a server's endpoint mapper where an interface is served (C706 appendix O, `ept_map`;
/// [MS-RPCE] §2.2.1.2).
enum EndpointMapper {
  /// Where the endpoint mapper itself is (C706 appendix H).
  static let port = 135
  // ept_map is the fourth operation of the interface.
  private static let map: UInt16 = 3

  /// The TCP port of `interface`.
  ///
  /// - Throws: ``NoEndpoint`` if the server does not serve it by TCP, and what the connection throws.
  static func port(of interface: RPCInterface, on connection: RPCConnection) throws -> Int {
    try connection.bind(.endpointMapper)
    return try read(try connection.call(map, request(interface)))
  }

  /// The parameters of `ept_map`: no object, a tower to match, no handle yet, four towers at most.
  static func request(_ interface: RPCInterface) -> [UInt8] {
    var writer = NDRWriter()
    writer.pointer(false)
    writer.pointer()
    let tower = Tower(interface: interface, port: 0).bytes
    writer.add(UInt32(tower.count))
    writer.add(UInt32(tower.count))
    writer.add(tower)
    writer.align(4)
    writer.zeros(20)
    writer.add(UInt32(4))
    return writer.bytes
  }

  /// The port in an answer of `ept_map`.
  static func read(_ answer: [UInt8]) throws -> Int {
    var reader = NDRReader(answer)
    _ = try reader.bytes(20)
    let count = try reader.uint32()
    _ = try reader.uint32()
    _ = try reader.uint32()
    guard try reader.count("towers", size: 4) == Int(count), count > 0 else {
      throw NoEndpoint()
    }
    for _ in 0..<count { _ = try reader.pointer() }
    for _ in 0..<count {
      let length = try reader.count("bytes of a tower", size: 1)
      try reader.conformance("bytes of a tower", is: length)
      if let port = try Tower.port(Array(try reader.bytes(length))) { return port }
    }
    throw NoEndpoint()
  }
}

/// A server that does not serve an interface by TCP.
struct NoEndpoint: Error, Hashable {}
