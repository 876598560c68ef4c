import Testing

@testable import DirectoryReplication

@Suite struct PrefixTableTests {
  @Test("The attributes have the numbers that every schema gives them")
  func numbers() {
    let numbers: [ReplicatedAttribute: UInt32] = [
      .objectSid: 0x90092, .sAMAccountName: 0x900DD, .unicodePwd: 0x9005A, .pwdLastSet: 0x90060,
      .userAccountControl: 0x90008, .isDeleted: 0x20030,
    ]
    for (attribute, number) in numbers {
      #expect(PrefixTable.initial.number(for: attribute.oid) == number)
      #expect(PrefixTable.initial.oid(for: number) == attribute.oid)
      #expect(ReplicatedAttribute(oid: attribute.oid) == attribute)
    }
    #expect(numbers.count == ReplicatedAttribute.allCases.count)
  }

  @Test("Another controller's table may have other numbers")
  func otherTables() {
    let table = PrefixTable([0x1234: Array(ReplicatedAttribute.unicodePwd.oid.dropLast())])
    #expect(table.oid(for: 0x1234_005A) == ReplicatedAttribute.unicodePwd.oid)
    #expect(table.oid(for: 0x9_005A) == nil)
    #expect(table.number(for: ReplicatedAttribute.isDeleted.oid) == nil)
    #expect(table.number(for: []) == nil)
  }

  @Test("Long last parts take two bytes, and the longest a mark", arguments: [128, 2001, 16_383])
  func longParts(last: UInt32) {
    let table = PrefixTable([9: [0x2A, 0x86]])
    let oid: [UInt8] = [0x2A, 0x86, UInt8(last >> 7) | 0x80, UInt8(last & 0x7F)]
    // The byte before belongs to the prefix, and has the mark of a number that goes on.
    #expect(table.number(for: oid) == 9 << 16 | last | 0x8000)
    let short = PrefixTable([9: [0x2A, 0x06]])
    let plain: [UInt8] = [0x2A, 0x06, UInt8(last >> 7) | 0x80, UInt8(last & 0x7F)]
    #expect(short.number(for: plain) == 9 << 16 | last)
    #expect(short.oid(for: 9 << 16 | last) == plain)
  }

  @Test(
    "A table reads back as it was written, with and without its schema", arguments: [true, false])
  func roundTrip(withSchema: Bool) throws {
    var writer = NDRWriter()
    PrefixTable.initial.writeEntries(to: &writer, withSchema: withSchema)
    var reader = NDRReader(writer.bytes)
    #expect(try PrefixTable.read(&reader, count: withSchema ? 3 : 2) == .initial)
    var again = NDRReader(writer.bytes)
    #expect(throws: MalformedMessage.self) { try PrefixTable.read(&again, count: 9) }
  }
}
