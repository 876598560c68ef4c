import Directory
import TestSupport
import Testing

@testable import SyncStore

@Suite("Attributes are kept as bytes and read back as they were")
struct CodingTests {
  private static let values: [AttributeValue] = [
    "", "a", .string(String(repeating: "long ", count: 40_000)), "Zoë 你好 👩‍👩‍👧 e\u{301}", "\0\n",
    .binary([]), .binary([0, 255, 128]), .binary(Array(repeating: 7, count: 300_000)),
    .integer(0), .integer(.max), .integer(.min), .integer(-1), true, false, .reference(""),
    .reference("CN=Ann\\, B,DC=x"),
  ]

  private func inStore<T>(_ work: (AttributeCoding) throws -> T) throws -> T {
    let test = try TestStore()
    return try withExtendedLifetime(test) { try test.store.transaction { try work($0.coding) } }
  }

  @Test("Every type of value comes back, empty, huge and in any script", arguments: values)
  func roundTrip(value: AttributeValue) throws {
    try inStore { coding throws in
      let set = AttributeSet([Attribute("x", [value]), Attribute("other", ["y", value])])
      #expect(try coding.decode(try coding.encode(set.attributes)) == set)
    }
  }

  @Test("Nothing at all comes back as nothing")
  func empty() throws {
    try inStore { coding throws in
      #expect(try coding.decode(try coding.encode([Attribute]())) == AttributeSet())
      #expect(try coding.decodeMetaverse(try coding.encode([MetaverseAttribute]())) == [])
      #expect(try coding.decodeDeltas(try coding.encode([ObjectChange.Delta]())) == [])
      #expect(try coding.decodeDesired(try coding.encode(DesiredImage())) == DesiredImage())
    }
  }

  @Test("Two thousand attributes with many values come back")
  func large() throws {
    try inStore { coding throws in
      let set = AttributeSet(
        (0..<2000).map { number in
          Attribute(AttributeName("attribute\(number)"), (0...3).map { .integer(Int64($0)) })
        })
      #expect(try coding.decode(try coding.encode(set.attributes)) == set)
    }
  }

  @Test("Equal sets give equal bytes, whatever the order of their attributes and values")
  func canonical() throws {
    try inStore { coding throws in
      var random = SeededRandom(seed: 1)
      let attributes = (0..<20).map { number in
        Attribute(AttributeName("n\(number)"), (0..<5).map { .string("v\($0)") })
      }
      let bytes = try coding.encode(AttributeSet(attributes).attributes)
      for _ in 0..<50 {
        let shuffled = attributes.shuffled(using: &random).map {
          Attribute($0.name, $0.values.shuffled(using: &random))
        }
        #expect(try coding.encode(AttributeSet(shuffled).attributes) == bytes)
      }
    }
  }

  @Test("Different sets give different bytes")
  func distinct() throws {
    try inStore { coding throws in
      let all = try Self.values.map { try coding.encode([Attribute("x", [$0])]) }
      #expect(Set(all).count == all.count)
      #expect(
        try coding.encode([Attribute("x", ["a", "b"])]) != coding.encode([Attribute("x", ["ab"])]))
    }
  }

  @Test("What is united with a target's own values comes back, and costs others nothing")
  func unions() throws {
    try inStore { coding throws in
      var desired = DesiredImage(
        attributes: [Attribute("mails", ["a"]), Attribute("names", [])], references: ["manager"])
      let plain = try coding.encode(desired)
      desired.unions = [
        AttributeUnion(name: "names", withdrawn: ["x", "y"], ignoresCase: true),
        AttributeUnion(name: "mails", withdrawn: [], ignoresCase: false),
      ]
      let bytes = try coding.encode(desired)
      #expect(bytes.starts(with: plain) && bytes.count > plain.count)
      let back = try coding.decodeDesired(bytes)
      #expect(Set(back.unions) == Set(desired.unions))
      #expect(try coding.encode(back) == bytes)
      #expect(try coding.decodeDesired(plain).unions == [])
      let shown = AttributeSet([Attribute("names", ["X", "x", "z"]), Attribute("mails", ["b"])])
      #expect(
        back.attributes(showing: shown).sorted { $0.name < $1.name } == [
          Attribute("mails", ["a", "b"]), Attribute("names", ["X", "z"]),
        ])
    }
  }

  @Test("Lineage, wanted images and deltas come back whole")
  func structures() throws {
    try inStore { coding throws in
      let metaverse = [
        MetaverseAttribute(
          name: "title", values: Self.values, contributor: -3, rule: .max,
          time: Timestamp(milliseconds: -1))
      ]
      #expect(try coding.decodeMetaverse(try coding.encode(metaverse)) == metaverse)
      let desired = DesiredImage(
        attributes: [Attribute("title", ["x"]), Attribute("empty", [])],
        references: ["manager", "member"])
      let back = try coding.decodeDesired(try coding.encode(desired))
      #expect(Set(back.attributes) == Set(desired.attributes))
      #expect(Set(back.references) == Set(desired.references))
      let source = try #require(coding.source)
      let rule = try source.dictionaries.ruleID("k", name: "Out - User", source.db)
      let delta = ObjectChange.Delta("title", before: ["a"], after: Self.values, rule: rule)
      #expect(
        try coding.decodeDeltas(try coding.encode([delta])) == [
          AttributeDelta(name: "title", before: ["a"], after: Self.values, rule: "Out - User")
        ])
    }
  }

  @Test("Every number up to the largest comes back, of either sign")
  func numbers() throws {
    var writer = ByteWriter()
    let numbers = (0..<63).flatMap { [Int64(1) << $0, -(Int64(1) << $0), (Int64(1) << $0) - 1] }
    for number in numbers + [.min, .max] { writer.signed(number) }
    writer.number(UInt64.max)
    var reader = ByteReader(writer.bytes)
    for number in numbers + [.min, .max] { #expect(try reader.signed() == number) }
    #expect(try reader.number() == .max)
  }

  // MARK: Damage

  private static let sample: [Attribute] = [
    Attribute("displayName", ["Ann Müller"]), Attribute("photo", [.binary([1, 2, 3, 4])]),
    Attribute("count", [.integer(-70_000)]), Attribute("active", [true, false]),
    Attribute("manager", [.reference("CN=Bob")]),
  ]

  /// Reads bytes in every way there is; whatever they are, the answer is a value or `corrupt`.
  private func readAll(_ bytes: [UInt8], _ coding: AttributeCoding) {
    func expectCorrupt(_ work: () throws -> Void) {
      do {
        try work()
      } catch let error as StoreError {
        #expect(error.code == .corrupt)
        #expect(!error.hint.isEmpty)
      } catch {
        Issue.record("\(error) is no StoreError")
      }
    }
    expectCorrupt { _ = try coding.decode(bytes) }
    expectCorrupt { _ = try coding.decodeList(bytes) }
    expectCorrupt { _ = try coding.decodeDesired(bytes) }
    expectCorrupt { _ = try coding.decodeMetaverse(bytes) }
    expectCorrupt { _ = try coding.decodeDeltas(bytes) }
  }

  @Test("Attributes that end early are corrupt, wherever they end")
  func truncation() throws {
    try inStore { coding throws in
      let bytes = try coding.encode(Self.sample)
      for length in 0..<bytes.count {
        let error = #expect(throws: StoreError.self) {
          try coding.decodeList(Array(bytes[..<length]))
        }
        #expect(error?.code == .corrupt)
      }
    }
  }

  @Test("Flipped bits never crash")
  func flips() throws {
    try inStore { coding throws in
      let bytes = try coding.encode(Self.sample)
      for index in bytes.indices {
        for bit in 0..<8 {
          var damaged = bytes
          damaged[index] ^= 1 << bit
          readAll(damaged, coding)
        }
      }
    }
  }

  @Test("Random bytes never crash, nor take more memory than they are worth")
  func noise() throws {
    try inStore { coding throws in
      var random = SeededRandom(seed: 2)
      for _ in 0..<2000 { readAll(random.bytes(0...39), coding) }
      readAll(Array(repeating: 0xFF, count: 64), coding)
      readAll([1] + Array(repeating: 0xFF, count: 9) + [1, 0], coding)
      readAll([1, 1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], coding)
    }
  }
}
