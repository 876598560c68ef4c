import TestSupport
import Testing

@testable import Directory

@Suite("LDIF that was written is read as the same")
struct LDIFRoundTripTests {
  private static let pieces = [
    "a", "Zoë", " ", ":", "<", "#", "日本", "\u{0}", "\n", "\r\n", "-", ",", "=", "\\", "\"", "😀",
    "\u{7F}", "dn: CN=x", "version: 1", "::", "e\u{301}",
  ]

  private func text(_ random: inout SeededRandom, from least: Int = 0) -> String {
    (0..<Int.random(in: least...12, using: &random)).map { _ in
      random.choose(Self.pieces)
    }.joined()
  }

  private func value(_ random: inout SeededRandom) -> ArraySlice<UInt8> {
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return Array(text(&random).utf8)[...]
    case 1:
      // Lines that have to be folded, some at just the width.
      return Array(repeating: 0x61, count: Int.random(in: 60...240, using: &random))[...]
    case 2:
      return (0..<Int.random(in: 0...90, using: &random)).map { _ in
        UInt8.random(in: 0...255, using: &random)
      }[...]
    default: return Array("plain text".utf8)[...]
    }
  }

  private func options(_ random: inout SeededRandom) -> [String] {
    [[], [], ["binary"], ["lang-en"], ["binary", "lang-de"]].randomElement(using: &random) ?? []
  }

  private func name(_ random: inout SeededRandom) -> AttributeName {
    random.choose(["cn", "jpegPhoto", "2.5.4.3", "x-y_z", "description"])
  }

  private func attributes(_ random: inout SeededRandom) -> [LDIFAttribute] {
    (0..<Int.random(in: 1...5, using: &random)).map { _ in
      LDIFAttribute(name(&random), options: options(&random), value: value(&random))
    }
  }

  private func modifications(_ random: inout SeededRandom) -> [LDIFModification] {
    (0..<Int.random(in: 1...4, using: &random)).map { _ in
      let operation =
        random.choose([LDIFModification.Operation.add, .delete, .replace])
      let count = Int.random(in: (operation == .add ? 1 : 0)...3, using: &random)
      return LDIFModification(
        operation, name(&random), options: options(&random),
        values: (0..<count).map { _ in value(&random) })
    }
  }

  private func controls(_ random: inout SeededRandom) -> [LDIFControl] {
    (0..<Int.random(in: 0...2, using: &random)).map { _ in
      LDIFControl(
        oid: "1.2.840.113556.1.4.805", isCritical: false,
        value: Bool.random(using: &random) ? value(&random) : nil)
    }
  }

  private func record(_ random: inout SeededRandom) -> LDIFRecord {
    let dn = "CN=" + DistinguishedName.escape(text(&random, from: 1)) + ",DC=contoso,DC=test"
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return LDIFRecord(dn: dn, controls: controls(&random), body: .add(attributes(&random)))
    case 1: return LDIFRecord(dn: dn, controls: controls(&random), body: .delete)
    case 2:
      return LDIFRecord(
        dn: dn, controls: controls(&random), body: .modify(modifications(&random)))
    case 3:
      return LDIFRecord(
        dn: dn, controls: controls(&random),
        body: .rename(
          newRDN: "CN=" + DistinguishedName.escape(text(&random, from: 1)),
          deletesOldRDN: Bool.random(using: &random),
          newSuperior: Bool.random(using: &random) ? "OU=ä,DC=contoso,DC=test" : nil))
    default: return LDIFRecord(dn: dn, body: .content(attributes(&random)))
    }
  }

  private func written(_ records: [LDIFRecord], comments: Bool) throws -> [UInt8] {
    let writer = LDIFWriter()
    writer.version()
    for (index, record) in records.enumerated() {
      if comments { writer.comment("record \(index)\r\nof \u{2028}many") }
      try writer.record(record)
    }
    return writer.bytes
  }

  private func unplaced(_ record: LDIFRecord) -> LDIFRecord {
    var record = record
    record.line = 0
    return record
  }

  private func check(_ records: [LDIFRecord], _ bytes: [UInt8]) throws {
    let items = try read(bytes)
    #expect(items.count == records.count)
    for (item, record) in zip(items, records) {
      guard case .record(let found) = item else {
        Issue.record("\(item) instead of \(record)")
        continue
      }
      #expect(unplaced(found) == unplaced(record))
      #expect(Array(found.dn.utf8) == Array(record.dn.utf8))
    }
  }

  @Test("Records of every kind, with any bytes for values", arguments: UInt64(1)...40)
  func records(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    for comments in [false, true] {
      let records = (0..<12).map { _ in record(&random) }
      try check(records, written(records, comments: comments))
    }
  }

  @Test("Line ends of Windows and blank lines in between change nothing", arguments: UInt64(1)...10)
  func windows(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let records = (0..<8).map { _ in record(&random) }
    let plain = try written(records, comments: true)
    try check(records, plain.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] })
    // Two blank lines end a record as one does, and more of them are none of their own.
    try check(records, Array("\n\n".utf8) + plain + Array("\n\n\n".utf8))
  }

  @Test("No line is wider than 76 columns, and none holds a byte that is no printable ASCII")
  func width() throws {
    var random = SeededRandom(seed: 77)
    for _ in 0..<30 {
      let lines = try written([record(&random)], comments: false).split(separator: 0x0A)
      #expect(lines.allSatisfy { $0.count <= 76 })
      #expect(lines.joined().allSatisfy { (0x20...0x7E).contains($0) })
      // RFC 2849 §2 note 6 and §3: nothing begins with what would mean something else.
      #expect(lines.allSatisfy { $0.last != 0x20 || $0.count == 76 })
    }
  }

  @Test("A value of any length is folded where it must be", arguments: 0...170)
  func folding(length: Int) throws {
    let value = (0..<length).map { UInt8(0x61 + $0 % 26) }
    let record = LDIFRecord(
      dn: "CN=x", body: .content([LDIFAttribute("description", value: value[...])]))
    let bytes = try written([record], comments: false)
    try check([record], bytes)
    // "description: " takes 13 columns; a line that goes on gives one to its blank.
    let lines = bytes.split(separator: 0x0A).count - 2
    #expect(lines == 1 + max(0, (13 + length - 76 + 74) / 75))
  }

  @Test("Each record is told with the line that it begins on", arguments: UInt64(1)...10)
  func places(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let records = (0..<10).map { _ in record(&random) }
    let bytes = try written(records, comments: false)
    let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
    let begins = lines.indices.filter { lines[$0].starts(with: Array("dn:".utf8)) }.map { $0 + 1 }
    let found = try read(bytes).compactMap { item -> Int? in
      if case .record(let record) = item { return record.line }
      return nil
    }
    #expect(found == begins)
  }
}
