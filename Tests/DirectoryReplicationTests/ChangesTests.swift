import Directory
import Testing

@testable import DirectoryReplication

@Suite struct ChangesTests {
  @Test(
    "A time of a change is one of the years that have four digits, or none",
    arguments: [
      (11_644_473_600, 0), (0, -11_644_473_600_000), (265_046_774_399, 253_402_300_799_000),
      (265_046_774_400, 0), (.max, 0), (UInt64(Int64.max), 0),
    ] as [(UInt64, Int64)])
  func changeTime(seconds: UInt64, milliseconds: Int64) {
    #expect(Timestamp(secondsSince1601: seconds).milliseconds == milliseconds)
  }

  private let handle = (0..<20).map { UInt8($0) }

  @Test("A request names domain, position, attributes and prefixes in the order of NDR")
  func request() throws {
    var request = ChangesRequest(object: DistinguishedObject(name: "DC=a"))
    request.invocation = GUID(0x0403_0201, 0x0605, 0x0807, 0x090A_0B0C_0D0E_0F10)
    request.from = USNVector(object: 1, reserved: 2, property: 3)
    request.objectLimit = 5
    request.byteLimit = 6
    let expected =
      try handle + hex("08000000 08000000 00000000")
      + [UInt8](repeating: 0, count: 16) + hex("0102030405060708090a0b0c0d0e0f10")
      + hex("04000200 00000000 0100000000000000 0200000000000000 0300000000000000")
      + hex("00000000 30000000 05000000 06000000 00000000 00000000 0000000000000000")
      + hex("08000200 00000000 03000000 0c000200")
    let stub = request.stub(handle)
    #expect(Array(stub.prefix(expected.count)) == expected)
    let name =
      try hex("05000000 42000000 00000000") + [UInt8](repeating: 0, count: 44)
      + hex("04000000 44004300 3d006100 0000 0000")
    #expect(Array(stub[expected.count..<expected.count + name.count]) == name)
    let attributes = try hex(
      "06000000 01000000 00000000 06000000 30000200 08000900 5a000900 60000900 92000900 dd000900")
    let place = expected.count + name.count
    #expect(Array(stub[place..<place + attributes.count]) == attributes)
  }

  @Test("What is known of other controllers is sent in the order of their ids")
  func known() {
    var request = ChangesRequest(object: DistinguishedObject(name: "DC=a"))
    let plain = request.stub(handle).count
    request.upToDateness = UpToDateness(changes: [GUID(2, 0, 0, 0): 20, GUID(1, 0, 0, 0): 10])
    let bytes = request.stub(handle)
    #expect(bytes.count == plain + 72 || bytes.count == plain + 76)
    let first = bytes.firstRange(of: GUID(1, 0, 0, 0).bytes + Sample.littleEndian(UInt64(10)))
    let second = bytes.firstRange(of: GUID(2, 0, 0, 0).bytes + Sample.littleEndian(UInt64(20)))
    #expect((first?.lowerBound ?? 0) + 24 == second?.lowerBound)
  }

  @Test("Of what two controllers know of a third, the later counts")
  func merging() {
    var known = UpToDateness(changes: [GUID(1, 0, 0, 0): 5, GUID(2, 0, 0, 0): 6])
    known.merge(UpToDateness(changes: [GUID(1, 0, 0, 0): 4, GUID(2, 0, 0, 0): 7, .zero: 1]))
    #expect(known.changes == [GUID(1, 0, 0, 0): 5, GUID(2, 0, 0, 0): 7, .zero: 1])
  }

  @Test("Answers of the sixth and ninth version are read alike", arguments: [6, 9] as [UInt32])
  func versions(version: UInt32) throws {
    var writer = ReplyWriter(version: version)
    writer.entries = [Sample.user(1103, password: "one"), Sample.user(1104, password: "two")]
    writer.hasMore = true
    let reply = try ChangesReply.read(writer.bytes)
    #expect(reply.invocation == GUID(1, 2, 3, 4))
    #expect(reply.root?.name == "DC=contoso,DC=com")
    #expect(reply.to == USNVector(object: 100, reserved: 0, property: 100))
    #expect(reply.upToDateness?.changes == [GUID(1, 2, 3, 4): 100])
    #expect(reply.hasMore)
    #expect(reply.entries.map(\.object.guid) == [Sample.guid(1103), Sample.guid(1104)])
    let entry = try #require(reply.entries.first)
    #expect(entry.number(.userAccountControl, as: UInt32.self) == 512)
    #expect(entry.stamps[.objectSid]?.version == 1)
    #expect(entry.stamps[.unicodePwd]?.version == 4)
    #expect(entry.stamps[.unicodePwd]?.change == 53)
    #expect(entry.stamps[.unicodePwd]?.time == Timestamp("2025-08-18T14:13:20Z"))
  }

  @Test("A vector of the first version is read too, and may be missing", arguments: [1, nil])
  func vectors(version: UInt32?) throws {
    var writer = ReplyWriter()
    writer.known = version == nil ? nil : [GUID(5, 0, 0, 0): 8, GUID(6, 0, 0, 0): 9]
    writer.knownVersion = version ?? 2
    writer.entries = [Sample.user(1103, password: "one")]
    let reply = try ChangesReply.read(writer.bytes)
    #expect(reply.upToDateness?.changes == writer.known)
    #expect(reply.entries.count == 1)
  }

  @Test("Objects without attributes, stamps, parents or values are read")
  func sparse() throws {
    var writer = ReplyWriter()
    let object = DistinguishedObject(guid: Sample.guid(1), name: "CN=x")
    writer.entries = [
      ReplyWriter.Entry(object: object, version: nil, hasParent: false),
      ReplyWriter.Entry(object: object, values: [(.unicodePwd, []), (.pwdLastSet, [[], [1]])]),
    ]
    let reply = try ChangesReply.read(writer.bytes)
    #expect(reply.entries.map { $0.values.count } == [0, 2])
    #expect(reply.entries[1].values[.unicodePwd]?.isEmpty == true)
    #expect(reply.entries[1].values[.pwdLastSet]?.map { Array($0) } == [[], [1]])
    #expect(reply.entries[1].number(.pwdLastSet, as: Int64.self) == nil)
  }

  @Test("Many objects don't need a deep stack")
  func many() throws {
    var writer = ReplyWriter()
    writer.entries = (0..<20_000).map {
      ReplyWriter.Entry(object: DistinguishedObject(guid: Sample.guid($0), name: "CN=x"))
    }
    let reply = try ChangesReply.read(writer.bytes)
    #expect(reply.entries.count == 20_000)
    #expect(reply.entries.last?.object.guid == Sample.guid(19_999))
  }

  @Test("Refusals are told by their status, wherever it stands, and by their form")
  func refusals() {
    #expect(throws: RefusedChanges.status(8453)) {
      _ = try ChangesReply.read(ReplyWriter(result: 8453).bytes)
    }
    #expect(throws: RefusedChanges.status(8438)) {
      _ = try ChangesReply.read(ReplyWriter(status: 8438).bytes)
    }
    for form: UInt32 in [1, 2, 7] {
      #expect(throws: RefusedChanges.form(form)) {
        _ = try ChangesReply.read(ReplyWriter(version: form).bytes)
      }
    }
  }

  @Test("The beginning of a session says what it can, and reads what the controller can")
  func binding() throws {
    let request = DirectoryBinding.request()
    #expect(try Array(request[4..<20]) == hex("1a204de2 d64f d111 a3da 0000f875ae0d"))
    #expect(try Array(request[32..<36]) == hex("01800005"))
    var writer = NDRWriter()
    writer.pointer()
    writer.add(UInt32(28))
    writer.add(UInt32(28))
    writer.add(UInt32(0x1FFF_FFFF))
    writer.zeros(24)
    writer.add(handle)
    writer.add(UInt32(5))
    let answer = try DirectoryBinding.read(writer.bytes)
    #expect(answer.handle == handle)
    #expect(answer.status == 5)
    #expect(answer.extensions.isSuperset(of: .needed))
  }

  @Test("Names are asked for and answered with a status each")
  func names() throws {
    let stub = NamesRequest(names: ["a\\b"], offered: .accountName).stub(handle)
    #expect(try stub.suffix(20) == hex("04000000 00000000 04000000 6100 5c00 6200 0000")[...])
    var writer = NDRWriter()
    for number in [1, 1] as [UInt32] { writer.add(number) }
    writer.pointer()
    writer.add(UInt32(2))
    writer.pointer()
    writer.add(UInt32(2))
    writer.add(UInt32(0))
    writer.pointer()
    writer.pointer()
    writer.add(UInt32(2))
    writer.pointer(false)
    writer.pointer(false)
    for text in ["contoso.com", "CN=b,DC=contoso,DC=com"] {
      let count = UInt32(text.utf16.count + 1)
      for number in [count, 0, count] { writer.add(number) }
      writer.terminated(text)
    }
    writer.add(UInt32(0))
    #expect(
      try NamesReply.read(writer.bytes) == [
        NamesReply.Item(status: 0, domain: "contoso.com", name: "CN=b,DC=contoso,DC=com"),
        NamesReply.Item(status: 2, domain: nil, name: nil),
      ])
  }

  @Test("A cursor is text that says it all, and nothing else is a cursor")
  func cursor() throws {
    let cursor = ReplicationCursor(
      invocation: GUID(1, 2, 3, 4), vector: USNVector(object: 5, reserved: 6, property: .max),
      upToDateness: UpToDateness(changes: [GUID(7, 0, 0, 0): 8, GUID(9, 0, 0, 0): 10]))
    #expect(ReplicationCursor(cursor.description) == cursor)
    for text in [
      "", "1", "2 \(GUID.zero) 1,2,3", "1 x 1,2,3", "1 \(GUID.zero) 1,2", cursor.description + " x",
    ] {
      #expect(ReplicationCursor(text) == nil, "\(text)")
    }
  }
}
