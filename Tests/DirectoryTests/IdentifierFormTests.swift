import Directory
import TestSupport
import Testing

@Suite("GUIDs, SIDs and encodings as Microsoft and the RFCs have them")
struct IdentifierFormTests {
  @Test(
    "A GUID stands in bytes with its first three groups turned round ([MS-DTYP] §2.3.4.2)",
    arguments: [
      ("00000000-0000-0000-0000-000000000000", "00000000000000000000000000000000"),
      ("ffffffff-ffff-ffff-ffff-ffffffffffff", "ffffffffffffffffffffffffffffffff"),
      ("00112233-4455-6677-8899-aabbccddeeff", "33221100554477668899aabbccddeeff"),
      // DS-Replication-Get-Changes ([MS-ADTS] §5.1.3.2.1), and the container of users (§6.1.1.4).
      ("1131f6aa-9c07-11d1-f79f-00c04fc2dcd2", "aaf63111079cd111f79f00c04fc2dcd2"),
      ("a9d1ca15-7688-11d1-aded-00c04fd8d5cd", "15cad1a98876d111aded00c04fd8d5cd"),
    ])
  func guids(text: String, digits: String) throws {
    let bytes = try #require(Hexadecimal.decode(digits))
    for spelling in [text, text.uppercased(), "{\(text)}", "{\(text.uppercased())}"] {
      #expect(GUID(spelling)?.bytes == bytes, "\(spelling)")
    }
    #expect(GUID(bytes: bytes)?.description == text)
    #expect(GUID(bytes: bytes[...])?.description == text)
  }

  @Test("A GUID made of numbers prints them as they are written")
  func numbers() {
    #expect(
      GUID(0x1131_F6AA, 0x9C07, 0x11D1, 0xF79F_00C0_4FC2_DCD2).description
        == "1131f6aa-9c07-11d1-f79f-00c04fc2dcd2")
    #expect(GUID(0, 0, 0, 1).description == "00000000-0000-0000-0000-000000000001")
    #expect(GUID(.max, .max, .max, .max) == GUID("ffffffff-ffff-ffff-ffff-ffffffffffff"))
  }

  @Test(
    "Nothing else is a GUID",
    arguments: [
      "00112233-4455-6677-8899-aabbccddeef", "00112233-4455-6677-8899-aabbccddeeff0",
      "00112233-4455-6677-8899-aabbccddee\u{301}", "0011223-34455-6677-8899-aabbccddeeff",
      "(00112233-4455-6677-8899-aabbccddeeff)", "{00112233-4455-6677-8899-aabbccddeeff",
      "00112233-4455-6677-8899-aabbccddeeff}", "{{00112233-4455-6677-8899-aabbccddeeff}}",
      " 00112233-4455-6677-8899-aabbccddeeff", "00112233-4455-6677-8899-aabbccddeeff\n",
      "0x112233-4455-6677-8899-aabbccddeeff", "+0112233-4455-6677-8899-aabbccddeeff",
      "0011２233-4455-6677-8899-aabbccdde", "00112233–4455–6677–8899–aabbccddee",
      "00112233\u{0}4455-6677-8899-aabbccddeeff", "------------------------------------",
      "urn:uuid:00112233-4455-6677-8899-aabbccddeeff", "00112233445566778899aabbccddeeff",
    ])
  func noGUIDs(text: String) { #expect(GUID(text) == nil) }

  @Test(
    "The well-known security identifiers of [MS-DTYP] §2.4.2.4 are printed and read",
    arguments: [
      ("S-1-0-0", "010100000000000000000000"), ("S-1-1-0", "010100000000000100000000"),
      ("S-1-5-18", "010100000000000512000000"), ("S-1-5-11", "01010000000000050b000000"),
      ("S-1-5-32-545", "01020000000000052000000021020000"),
      ("S-1-16-12288", "010100000000001000300000"),
      ("S-1-15-2-1", "01020000000000 0f0200000001000000"),
      (
        "S-1-5-21-4294967295-0-2147483648-500",
        "010500000000000515000000ffffffff0000000000000080f4010000"
      ),
      (
        "S-1-5-80-1-2-3-4-5-6-7-8-9-10-11-12-13-14",
        "010f00000000000550000000" + (1...14).map { "0\(String($0, radix: 16))000000" }.joined()
      ),
    ])
  func sids(text: String, digits: String) throws {
    let bytes = try #require(Hexadecimal.decode(digits.filter { $0 != " " }))
    #expect(SID(bytes: bytes)?.description == text)
    #expect(SID(text)?.bytes == bytes)
    #expect(SID(text.lowercased()) == SID(text))
    // One byte more or less is another thing.
    #expect(SID(bytes: bytes + [0]) == nil)
    #expect(SID(bytes: bytes.dropLast()) == nil)
  }

  @Test(
    "An authority of more than 32 bits is printed in hexadecimal, and read either way",
    arguments: [
      ("S-1-4294967295-1", "S-1-4294967295-1"), ("S-1-0x0000FFFFFFFF-1", "S-1-4294967295-1"),
      ("S-1-4294967296-1", "S-1-0x000100000000-1"), ("S-1-0x100000000-1", "S-1-0x000100000000-1"),
      ("s-1-0Xffffffffffff", "S-1-0xFFFFFFFFFFFF"), ("S-1-281474976710655", "S-1-0xFFFFFFFFFFFF"),
      ("S-1-05-0018", "S-1-5-18"),
    ])
  func authorities(text: String, printed: String) throws {
    let sid = try #require(SID(text))
    #expect(sid.description == printed)
    #expect(SID(printed) == sid)
    #expect(SID(bytes: sid.bytes) == sid)
  }

  @Test(
    "Nothing else is a security identifier",
    arguments: [
      "S", "S-1-", "S-1--5", "S-1-5--1", "S-1-5-1-", "S-1-5- 1", "S-1-5-1 ", " S-1-5-1",
      "S-1-5-0x20", "S-01-5-1", "S-0-5-1",
      "S-1-5-4294967296", "S-1-0x1000000000000-1", "S-1-18446744073709551616-1", "S-1-5-１",
      "S–1–5–18", "S-1-5-1\u{301}",
      "SY", "BA", "S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", "S-1-5-\u{661}",
    ])
  func noSIDs(text: String) { #expect(SID(text) == nil) }

  @Test(
    "No first byte but 1 is a revision, and no count goes with another length",
    arguments: UInt8(0)...20)
  func counts(count: UInt8) {
    let authority: [UInt8] = [0, 0, 0, 0, 0, 5]
    for parts in 0...20 {
      let bytes = [1, count] + authority + [UInt8](repeating: 9, count: 4 * parts)
      let isRight = Int(count) == parts && count <= 15
      #expect((SID(bytes: bytes) != nil) == isRight)
    }
    #expect(SID(bytes: [count, 0] + authority) == (count == 1 ? SID("S-1-5") : nil))
  }

  @Test("Bytes come back from digits and from Base64, whatever and however many they are")
  func roundTrips() {
    var random = SeededRandom(seed: 1)
    for count in 0...300 {
      let bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &random) }
      #expect(Hexadecimal.decode(Hexadecimal.encode(bytes)) == bytes)
      let text = Base64.encode(bytes)
      #expect(text.count == (count + 2) / 3 * 4)
      #expect(Base64.decode(text) == bytes)
      // A damaged text is refused, or means other bytes.
      guard let place = text.indices.randomElement(using: &random) else { continue }
      var damaged = text
      damaged[place] = damaged[place] == 0x41 ? 0x42 : 0x41
      #expect(Base64.decode(damaged) != bytes)
      #expect(Base64.decode(text.dropLast()) == nil)
      #expect(Base64.decode(text + [0x0A]) == nil)
    }
  }

  @Test(
    "The alphabet of addresses, spaces, line ends and letters of other alphabets are no Base64 (RFC 4648 §3.3)",
    arguments: [
      "_-8=", "Zm 9v", "Zm9\n", "\nZm9v", "Zm9vÄ==", "Zm9=v", "Z=9v", "=", "==", "A===", "AB=C",
      "/w=", "////=", "A\u{0}==", "Zm9v====", "QQ==QQ==",
    ])
  func noBase64(text: String) { #expect(Base64.decode(text.utf8) == nil) }

  @Test("Bits behind the end of what Base64 means are refused (RFC 4648 §3.5)")
  func spareBits() {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    let one = alphabet.filter { Base64.decode("A\($0)==".utf8) != nil }
    let two = alphabet.filter { Base64.decode("AA\($0)=".utf8) != nil }
    #expect(one == "AQgw")
    #expect(two == "AEIMQUYcgkosw048")
  }
}
