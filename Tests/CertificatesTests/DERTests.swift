import Testing

@testable import Certificates

@Suite("Values in DER")
struct DERTests {
  @Test("Values are read one after the other, and one within the other")
  func sequence() {
    var der = DER([0x30, 0x05, 0x02, 0x01, 0x07, 0x05, 0x00, 0x0C, 0x01, 0x61])
    var outer = der.next()
    #expect(outer?.tag == 0x30)
    #expect(outer?.content.next()?.content.rest == [7])
    #expect(outer?.content.next()?.tag == 5)
    #expect(outer?.content.next() == nil)
    #expect(der.next()?.content.rest == [0x61])
    #expect(der.next() == nil)
  }

  @Test(
    "Lengths that do not fit are no values",
    arguments: [
      [0x30], [0x30, 0x02, 0x01], [0x30, 0x85, 1, 1, 1, 1, 1], [0x30, 0x80], [0x30, 0x82, 0xFF],
      [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF],
    ] as [[UInt8]])
  func broken(bytes: [UInt8]) {
    var der = DER(bytes)
    #expect(der.next() == nil)
  }

  @Test("Strings are read in their types")
  func strings() {
    #expect(DER.text([0xC3, 0xA4], tag: 0x0C) == "ä")
    #expect(DER.text([0x00, 0xE4, 0xD8, 0x3D, 0xDE, 0x00], tag: 0x1E) == "ä😀")
    #expect(DER.text([0xE4], tag: 0x14) == "ä")
    #expect(DER.text([0, 0, 0, 0xE4], tag: 0x1C) == "ä")
    #expect(DER.text([], tag: 0x1E) == "")
    #expect(DER.text([], tag: 0x1C) == "")
  }
}
