import Directory
import Testing

@testable import DirectoryReplication

/// Units of DCE/RPC as they are sent, and as they are read.
@Suite struct ProtocolUnitTests {
  private func unit(_ kind: PDUHeader.Kind, _ body: [UInt8], flags: PDUHeader.Flags = [])
    -> ProtocolUnit
  {
    let header = PDUHeader(
      kind: kind, flags: flags, length: 16 + body.count, authenticationLength: 0, call: 7)
    return ProtocolUnit(header: header, bytes: header.bytes + body)
  }

  @Test("A header is sixteen bytes that read back as it was")
  func header() throws {
    let header = PDUHeader(
      kind: .request, flags: [.first, .last], length: 0x1234, authenticationLength: 16, call: 9)
    #expect(try header.bytes == hex("05000003 10000000 34121000 09000000"))
    #expect(try PDUHeader.read(header.bytes) == header)
  }

  @Test(
    "Headers of other protocols, kinds, orders and lengths are refused",
    arguments: [
      "04000203 10000000 18000000 01000000", "05000503 10000000 18000000 01000000",
      "05000203 00000000 18000000 01000000", "05000203 10000000 0f000000 01000000",
      "05000203 10000000 18000900 01000000", "05000203",
    ])
  func strangeHeaders(text: String) throws {
    let bytes = try hex(text)
    #expect(throws: MalformedMessage.self) { _ = try PDUHeader.read(bytes) }
  }

  @Test("A bind offers one interface and NDR")
  func bind() throws {
    #expect(
      try BindMessage(interface: .replication).bytes
        == hex(
          "d016 d016 00000000 01000000 0000 01 00 354251e3 064b d111 ab04 00c04fc2dcd2 0400 0000"
            + "045d888a eb1c c911 9fe8 08002b104860 0200 0000"))
  }

  @Test("An acknowledgement tells the longest unit, and why a context was refused")
  func acknowledgement() throws {
    let head = try hex("d016 b810 01000000 0400 31333500 0000 01000000")
    let taken = try head + hex("0000 0000") + RPCInterface.ndr.bytes
    let read = try BindAcknowledgement.read(unit(.bindAcknowledgement, taken))
    #expect(read == BindAcknowledgement(longestFragment: 0x10B8, refusal: nil))
    let refused = try head + hex("0200 0100") + RPCInterface.ndr.bytes
    #expect(
      try BindAcknowledgement.read(unit(.bindAcknowledgement, refused)).refusal
        == "the interface is not supported")
  }

  @Test("Refusals say whether it is the authentication")
  func refusal() throws {
    let refusal = try BindRefusal.read(unit(.bindRefusal, hex("0800 01 05 00")))
    #expect(refusal.isAuthentication)
    #expect(!BindRefusal(reason: 4).isAuthentication)
    #expect(BindRefusal(reason: 4).words.contains("version"))
    #expect(BindRefusal(reason: 77).words == "reason 77")
  }

  @Test("Faults are told apart")
  func faults() throws {
    let bytes = try hex("20000000 0000 00 00 0b00011c 00000000")
    let fault = try RPCFault.read(unit(.fault, bytes, flags: .notExecuted))
    #expect(fault == RPCFault(status: 0x1C01_000B, notExecuted: true))
    #expect(fault.isAuthentication)
    #expect(fault.words == "protocol error (0x1c01000b)")
    #expect(RPCFault(status: 0x1C01_0003, notExecuted: false).words.contains("no such interface"))
    #expect(!RPCFault(status: 0x1C01_0014, notExecuted: false).isAuthentication)
    #expect(RPCFault(status: 42, notExecuted: false).words == "fault 0x2a")
  }

  @Test("A trailer must be of the kind agreed upon")
  func trailer() throws {
    let trailer = AuthenticationTrailer(service: .ntlm, padding: 5)
    #expect(try trailer.bytes == hex("0a060500 01000000"))
    #expect(try AuthenticationTrailer.read(trailer.bytes, service: .ntlm) == trailer)
    #expect(throws: MalformedMessage.self) {
      _ = try AuthenticationTrailer.read(trailer.bytes, service: .kerberos)
    }
    let unsealed = try hex("0a050500 01000000")
    #expect(throws: MalformedMessage.self) {
      _ = try AuthenticationTrailer.read(unsealed, service: .ntlm)
    }
  }

  @Test("A tower names interface, syntax, and the way down to a port")
  func tower() throws {
    let tower = Tower(interface: .replication, port: 49_152)
    #expect(tower.bytes.count == 75)
    #expect(try Tower.port(tower.bytes) == 49_152)
    #expect(try Tower.port(Tower(interface: .replication, port: 0).bytes) == nil)
  }

  @Test("The endpoint mapper is asked with a tower, and its answer has a port")
  func endpoint() throws {
    let request = EndpointMapper.request(.replication)
    #expect(Array(request[8..<16]) == [75, 0, 0, 0, 75, 0, 0, 0])
    #expect(try EndpointMapper.read(Self.endpoints([1234])) == 1234)
    #expect(try EndpointMapper.read(Self.endpoints([0, 4321])) == 4321)
    #expect(throws: NoEndpoint.self) { _ = try EndpointMapper.read(Self.endpoints([])) }
  }

  /// An answer of `ept_map` with these ports.
  static func endpoints(_ ports: [UInt16]) -> [UInt8] {
    var writer = NDRWriter()
    writer.zeros(20)
    for number in [UInt32(ports.count), 4, 0, UInt32(ports.count)] { writer.add(number) }
    for _ in ports { writer.pointer() }
    for port in ports {
      let tower = Tower(interface: .replication, port: port).bytes
      writer.add(UInt32(tower.count))
      writer.add(UInt32(tower.count))
      writer.add(tower)
      writer.align(4)
    }
    writer.add(UInt32(0))
    return writer.bytes
  }
}
