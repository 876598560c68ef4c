import Directory
import TestSupport
import Testing

@testable import DirectoryReplication

@Suite("Any answers of controllers")
struct ReplyModelTests {
  private static func guid(_ random: inout SeededRandom) -> GUID {
    GUID(UInt32.random(in: 1 ... .max, using: &random), 1, 2, random.next())
  }

  private static func vector(_ random: inout SeededRandom) -> USNVector {
    USNVector(
      object: random.choose([0, 1, .max, 1 << 40]), reserved: 0,
      property: random.choose([0, 5, .max]))
  }

  private static func known(_ random: inout SeededRandom) -> [GUID: UInt64]? {
    guard random.chance(70) else { return nil }
    var known: [GUID: UInt64] = [:]
    for _ in 0..<Int.random(in: 0...4, using: &random) { known[guid(&random)] = random.next() }
    return known
  }

  private static func entry(_ random: inout SeededRandom) -> ReplyWriter.Entry {
    var object = DistinguishedObject(
      guid: random.chance(90) ? guid(&random) : nil, name: random.text(count: 0...6))
    // A zero in a name would be its end for others.
    object.name = object.name.filter { $0 != "\0" }
    let values = random.some(ReplicatedAttribute.allCases).shuffled(using: &random).map {
      ($0, (0..<Int.random(in: 0...2, using: &random)).map { _ in random.bytes(0...40) })
    }
    return ReplyWriter.Entry(
      object: object, values: values, version: random.chance(80) ? 7 : nil,
      hasParent: random.chance(50))
  }

  private static func reply(_ random: inout SeededRandom) -> ReplyWriter {
    var writer = ReplyWriter(version: random.choose([6, 9]))
    writer.invocation = guid(&random)
    writer.root = random.chance(80) ? DistinguishedObject(name: random.text(count: 1...4)) : nil
    writer.to = vector(&random)
    writer.known = known(&random)
    writer.knownVersion = random.choose([1, 2])
    writer.hasMore = random.chance(50)
    writer.extendedStatus = random.choose([0, 1, 15])
    writer.entries = (0..<Int.random(in: 0...5, using: &random)).map { _ in entry(&random) }
    return writer
  }

  private func expect(_ reply: ChangesReply, _ writer: ReplyWriter) {
    #expect(reply.invocation == writer.invocation && reply.to == writer.to)
    #expect(reply.root == writer.root && reply.hasMore == writer.hasMore)
    #expect(reply.upToDateness?.changes == writer.known)
    #expect(reply.extendedStatus == writer.extendedStatus)
    #expect(reply.entries.map(\.object) == writer.entries.map(\.object))
    for (read, entry) in zip(reply.entries, writer.entries) {
      #expect(read.values.count == entry.values.count)
      for (index, (attribute, values)) in entry.values.enumerated() {
        #expect(read.values[attribute]?.map { Array($0) } == values)
        let stamp = read.stamps[attribute]
        #expect(stamp?.version == entry.version.map { $0 + UInt32(index) })
        #expect(stamp == nil || stamp?.change == UInt64(50 + index))
        #expect(stamp == nil || stamp?.controller == writer.invocation)
      }
    }
  }

  @Test("An answer is read as it was written", arguments: 1...80)
  func reading(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    let writer = Self.reply(&random)
    expect(try ChangesReply.read(writer.bytes), writer)
  }

  @Test("An answer that ends anywhere is never taken for another one", arguments: 1...20)
  func truncated(seed: Int) {
    var random = SeededRandom(scattering: 500 + seed)
    let writer = Self.reply(&random)
    let bytes = writer.bytes
    for end in bytes.indices {
      if let reply = try? ChangesReply.read(Array(bytes[..<end])) { expect(reply, writer) }
      // The status is read from the end: with one of success there, the rest must be whole.
      guard let reply = try? ChangesReply.read(Array(bytes[..<end]) + [0, 0, 0, 0]) else {
        continue
      }
      #expect(reply.entries.count == writer.entries.count && reply.to == writer.to)
    }
  }

  @Test("A count that is one too high or too low is found out", arguments: 1...20)
  func counts(seed: Int) throws {
    var random = SeededRandom(scattering: 700 + seed)
    var writer = Self.reply(&random)
    writer.entries = (0...2).map { _ in Self.entry(&random) }
    let bytes = writer.bytes
    // Two versions, two GUIDs, a pointer, two vectors, and four numbers stand before it.
    let place = 112
    try #require(Array(bytes[place..<place + 4]) == [3, 0, 0, 0])
    for other in [2, 4, 0, UInt32.max] {
      var changed = bytes
      changed.replaceSubrange(place..<place + 4, with: Sample.littleEndian(other))
      #expect(throws: MalformedMessage.self) { _ = try ChangesReply.read(changed) }
    }
  }

  // MARK: Smaller ones

  @Test("What is known of controllers is read as it was written", arguments: 1...30)
  func vectors(seed: Int) throws {
    var random = SeededRandom(scattering: 900 + seed)
    let vector = UpToDateness(changes: Self.known(&random) ?? [:])
    var writer = NDRWriter()
    vector.write(to: &writer)
    var reader = NDRReader(writer.bytes)
    #expect(try UpToDateness.read(&reader) == vector && reader.rest == 0)
    for end in writer.bytes.indices {
      var short = NDRReader(Array(writer.bytes[..<end]))
      #expect(throws: MalformedMessage.self) { try UpToDateness.read(&short) }
    }
  }

  @Test("Of what is known the most counts, in whatever order it is heard", arguments: 1...30)
  func merging(seed: Int) {
    var random = SeededRandom(scattering: 1000 + seed)
    let names = (0..<4).map { _ in Self.guid(&random) }
    let heard = (0..<5).map { _ in
      UpToDateness(
        changes: Dictionary(
          uniqueKeysWithValues: random.some(names).map {
            ($0, random.choose([0, 1, 7, .max] as [UInt64]))
          }))
    }
    func merged(_ order: [UpToDateness]) -> UpToDateness {
      order.reduce(into: UpToDateness()) { $0.merge($1) }
    }
    let all = merged(heard)
    #expect(merged(heard.shuffled(using: &random)) == all && merged(heard + heard) == all)
    for name in names { #expect(all.changes[name] == heard.compactMap { $0.changes[name] }.max()) }
  }

  @Test("A cursor is the same on its way through text, and no other text is one", arguments: 1...40)
  func cursors(seed: Int) {
    var random = SeededRandom(scattering: 1100 + seed)
    let cursor = ReplicationCursor(
      invocation: Self.guid(&random), vector: Self.vector(&random),
      upToDateness: UpToDateness(changes: Self.known(&random) ?? [:]))
    let text = cursor.description
    #expect(ReplicationCursor(text) == cursor)
    for _ in 0..<30 {
      var characters = Array(text)
      let place = Int.random(in: 0..<characters.count, using: &random)
      let sign = random.choose(["x", " ", "=", ",", "-", "\0", "é", "+", "."] as [Character])
      if random.chance(50) { characters[place] = sign } else { characters.insert(sign, at: place) }
      // A GUID may be written in several ways; what is read must still be said the same.
      guard let other = ReplicationCursor(String(characters)) else { continue }
      #expect(ReplicationCursor(other.description) == other)
    }
    for end in 0..<min(text.count, 38) {
      #expect(ReplicationCursor(String(text.prefix(end))) == nil)
    }
  }

  @Test("The first port of any towers is found, whatever stands in the others", arguments: 1...30)
  func towers(seed: Int) throws {
    var random = SeededRandom(scattering: 1200 + seed)
    let ports = (0..<Int.random(in: 0...4, using: &random)).map { _ in
      random.choose([0, 1, 135, 49_152, 65_535] as [UInt16])
    }
    let answer = ProtocolUnitTests.endpoints(ports)
    if let first = ports.first(where: { $0 != 0 }) {
      #expect(try EndpointMapper.read(answer) == Int(first))
    } else {
      #expect(throws: NoEndpoint.self) { _ = try EndpointMapper.read(answer) }
    }
    for end in answer.indices {
      let found = try? EndpointMapper.read(Array(answer[..<end]))
      #expect(found == nil || ports.contains(UInt16(found ?? 0)))
    }
  }

  @Test("A header is read as it was written, or its lengths don't fit", arguments: 1...40)
  func headers(seed: Int) {
    var random = SeededRandom(scattering: 1300 + seed)
    for _ in 0..<20 {
      let header = PDUHeader(
        kind: random.choose([.request, .response, .fault, .bind, .alterContextResponse]),
        flags: PDUHeader.Flags(rawValue: UInt8.random(in: 0...255, using: &random)),
        length: random.choose([0, 15, 16, 17, 5840, 65_535]),
        authenticationLength: random.choose([0, 1, 16, 65_519, 65_535]),
        call: random.choose([0, 1, .max]))
      let fits = header.length >= 16 && header.authenticationLength <= header.length - 16
      #expect((try? PDUHeader.read(header.bytes)) == (fits ? header : nil))
      for end in 0..<16 { #expect((try? PDUHeader.read(Array(header.bytes[..<end]))) == nil) }
    }
  }
}
