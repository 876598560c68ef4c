import TestSupport
import Testing

@testable import Directory

@Suite("Writing LDIF")
struct LDIFWriterTests {
  private func line(_ name: String, _ value: String) -> String {
    let writer = LDIFWriter()
    writer.line(name, value)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test(
    "A value stands plain where RFC 2849 lets it",
    arguments: [
      ("a", "cn: a\n"), ("", "cn:\n"), ("a:b<c #", "cn: a:b<c #\n"), (" a", "cn:: IGE=\n"),
      ("a ", "cn:: YSA=\n"), (":a", "cn:: OmE=\n"), ("<a", "cn:: PGE=\n"), ("ä", "cn:: w6Q=\n"),
      ("a\n", "cn:: YQo=\n"), ("a\0", "cn:: YQA=\n"), ("\u{1B}", "cn:: Gw==\n"),
    ])
  func safe(_ value: String, _ expected: String) {
    #expect(line("cn", value) == expected)
  }

  @Test("Lines are folded at 76 columns", arguments: [71, 72, 73, 146, 147, 148, 149, 1000])
  func folding(_ count: Int) throws {
    let value = String(repeating: "x", count: count)
    let lines = line("cn", value).split(separator: "\n")
    #expect(lines.allSatisfy { $0.utf8.count <= 76 })
    #expect(lines.dropLast().allSatisfy { $0.utf8.count == 76 })
    #expect(try records("dn: CN=a\n" + line("cn", value))[0].texts("cn") == [value])
  }

  @Test("A comment of several lines stays a comment")
  func comment() throws {
    let writer = LDIFWriter()
    writer.comment("one\ndn: CN=evil\r\nthree")
    #expect(try read(writer.bytes).isEmpty)
  }

  @Test("What is written is read back", arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
  func roundTrip(_ seed: UInt64) throws {
    var dice = SeededRandom(seed: seed)
    var all: [LDIFRecord] = []
    let writer = LDIFWriter()
    for number in 0..<60 {
      let record = LDIFRecord(
        dn: "CN=\(number)" + text(&dice) + "x", body: body(&dice))
      try writer.record(record)
      all.append(record)
    }
    let items = try read(writer.bytes)
    #expect(items.count == all.count)
    for (item, record) in zip(items, all) {
      guard case .record(var found) = item else {
        Issue.record("\(item)")
        continue
      }
      found.line = 1
      #expect(found == record)
    }
  }

  private func body(_ dice: inout SeededRandom) -> LDIFRecord.Body {
    switch dice.next() % 5 {
    case 0: return .content(attributes(&dice))
    case 1: return .add(attributes(&dice))
    case 2: return .delete
    case 3:
      let superior = dice.next() % 2 == 0 ? nil : "OU=" + text(&dice) + "x"
      return .rename(
        newRDN: "CN=" + text(&dice) + "x", deletesOldRDN: dice.next() % 2 == 0,
        newSuperior: superior)
    default:
      return .modify(
        (0..<3).map { index in
          let operation: LDIFModification.Operation = [.add, .delete, .replace][index]
          let count = Int(dice.next() % 3) + (index == 0 ? 1 : 0)
          return LDIFModification(
            operation, AttributeName("attribute\(index)"), options: index == 1 ? ["lang-en"] : [],
            values: (0..<count).map { _ in bytes(&dice)[...] })
        })
    }
  }

  private func attributes(_ dice: inout SeededRandom) -> [LDIFAttribute] {
    (0...Int(dice.next() % 6)).map { index in
      LDIFAttribute(
        AttributeName("attribute\(index)"), options: index == 2 ? ["binary"] : [],
        value: bytes(&dice)[...])
    }
  }

  private func text(_ dice: inout SeededRandom) -> String {
    let parts = ["a", " ", "é", "漢", ":", "<", "long word ", "#", "\n", ",", "🙂"]
    return (0..<Int(dice.next() % 30)).map { _ in parts[Int(dice.next() >> 9) % parts.count] }
      .joined()
  }

  private func bytes(_ dice: inout SeededRandom) -> [UInt8] {
    if dice.next() % 2 == 0 { return Array(text(&dice).utf8) }
    return (0..<Int(dice.next() % 200)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
  }
}
