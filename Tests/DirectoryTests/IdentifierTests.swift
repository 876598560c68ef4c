import Directory
import Testing

@Suite("GUIDs, SIDs and digits")
struct IdentifierTests {
  @Test("A GUID is printed in Microsoft's mixed byte order")
  func guid() throws {
    let bytes: [UInt8] = [
      0x40, 0xFC, 0x29, 0x6B, 0x47, 0xCA, 0x67, 0x10, 0xB3, 0x1D, 0x00, 0xDD, 0x01, 0x06, 0x62,
      0xDA,
    ]
    let guid = try #require(GUID(bytes: bytes))
    #expect(guid.description == "6b29fc40-ca47-1067-b31d-00dd010662da")
    #expect(GUID("{6B29FC40-CA47-1067-B31D-00DD010662DA}") == guid)
    #expect(GUID(guid.description)?.bytes == bytes)
  }

  @Test(
    "What is no GUID is refused",
    arguments: [
      "", "{}", "6b29fc40ca471067b31d00dd010662da", "6b29fc40-ca47-1067-b31d-00dd010662d",
      "6b29fc40-ca47-1067-b31d-00dd010662dg", "{6b29fc40-ca47-1067-b31d-00dd010662da",
      "6b29fc40+ca47-1067-b31d-00dd010662da",
    ])
  func noGUID(_ text: String) {
    #expect(GUID(text) == nil)
  }

  @Test("A GUID has sixteen bytes", arguments: [0, 15, 17])
  func guidLength(_ count: Int) {
    #expect(GUID(bytes: [UInt8](repeating: 1, count: count)) == nil)
  }

  @Test(
    "A SID is printed and read",
    arguments: [
      ("S-1-5-32-544", "01020000000000052000000020020000"),
      (
        "S-1-5-21-1004336348-1177238915-682003330-512",
        "010500000000000515000000dcf4dc3b833d2b46828ba62800020000"
      ),
      ("S-1-0-0", "010100000000000000000000"), ("S-1-5", "0100000000000005"),
      ("S-1-0xFFFFFFFFFFFF-4294967295", "0101ffffffffffffffffffff"),
    ])
  func sid(_ text: String, _ digits: String) throws {
    let bytes = try #require(Hexadecimal.decode(digits))
    #expect(SID(bytes: bytes)?.description == text)
    #expect(SID(text)?.bytes == bytes)
  }

  @Test(
    "What is no SID is refused",
    arguments: [
      "", "S-1", "S-2-5-1", "S-1-5-x", "S-1-5-", "S-1-5-4294967296", "S-1-281474976710656-1",
      "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", "X-1-5-1", "S-1-5-+1",
    ])
  func noSID(_ text: String) {
    #expect(SID(text) == nil)
  }

  @Test("No number of a SID has a sign", arguments: ["S-1-0x+5", "S-1-0x-5", "S-1-+5", "S-1-0x"])
  func signs(_ text: String) { #expect(SID(text) == nil) }

  @Test("Bytes of the wrong length or revision are no SID")
  func noSIDBytes() {
    #expect(SID(bytes: [1, 1, 0, 0, 0, 0, 0, 5]) == nil)
    #expect(SID(bytes: [2, 0, 0, 0, 0, 0, 0, 5]) == nil)
    #expect(SID(bytes: [1, 16] + [UInt8](repeating: 0, count: 70)) == nil)
    #expect(SID(bytes: [UInt8]()) == nil)
    #expect(SID(authority: 1 << 48, subAuthorities: []) == nil)
  }

  @Test("Hexadecimal digits are written small and read in any case")
  func hexadecimal() {
    #expect(Hexadecimal.encode([0x00, 0xAB, 0xFF]) == "00abff")
    #expect(Hexadecimal.decode("00aBFf") == [0x00, 0xAB, 0xFF])
    #expect(Hexadecimal.decode("") == [])
    #expect(Hexadecimal.decode("abc") == nil)
    #expect(Hexadecimal.decode("0g") == nil)
  }

  @Test(
    "Base64 as in RFC 4648 §10",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
      ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
  func base64(_ text: String, _ encoded: String) {
    #expect(Base64.encode(Array(text.utf8)) == Array(encoded.utf8))
    #expect(Base64.decode(Array(encoded.utf8)) == Array(text.utf8))
  }

  @Test(
    "Damaged Base64 is refused",
    arguments: [
      "Z", "Zg", "Zg=", "Z===", "====", "Zg=a", "Zm9*", "Zh==", "Zm9=", "Zg==Zg==", "Zm 9v",
    ])
  func damagedBase64(_ text: String) {
    #expect(Base64.decode(Array(text.utf8)) == nil)
  }

  @Test("The digest can be left and taken up again")
  func digest() {
    var whole = FNV1a()
    whole.add("foobar".utf8)
    #expect(whole.value == 0x8594_4171_F739_67E8)
    var first = FNV1a()
    first.add("foo".utf8)
    var second = FNV1a(resuming: first.value)
    second.add("bar".utf8)
    #expect(second.value == whole.value)
  }
}
