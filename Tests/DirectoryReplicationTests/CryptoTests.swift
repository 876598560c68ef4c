import Directory
import Secrets
import Testing

@testable import DirectoryReplication

/// The bytes that hexadecimal `text` names.
func hex(_ text: String) throws -> [UInt8] {
  try #require(Hexadecimal.decode(text.filter { $0 != " " }), "\(text)")
}

@Suite struct CryptoTests {
  @Test("MD4 gives what RFC 1320 says")
  func md4() throws {
    let vectors = [
      ("", "31d6cfe0d16ae931b73c59d7e0c089c0"), ("a", "bde52cb31de33e46245e05fbdbd6fb24"),
      ("abc", "a448017aaf21d8525fc10ae87aa6729d"),
      ("message digest", "d9130a8164549fe818874806e1c7014b"),
      (
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "e33b4ddc9c38f2199c3e7b164fcc0536"
      ),
    ]
    for (text, digest) in vectors {
      let md4 = Digest.md4()
      md4.add(text.utf8)
      #expect(try md4.bytes() == hex(digest))
    }
  }

  @Test("MD5 gives what RFC 1321 says, in one piece or several")
  func md5() throws {
    let whole = Digest.md5()
    whole.add("message digest".utf8)
    #expect(try whole.bytes() == hex("f96b697d7cb7938d525a2f31aaf161d0"))
    let pieces = Digest.md5()
    pieces.add("mess".utf8.reversed().reversed())
    pieces.add(SecretBytes("age ".utf8))
    pieces.add("digest".utf8)
    #expect(try pieces.bytes() == hex("f96b697d7cb7938d525a2f31aaf161d0"))
  }

  @Test("HMAC-MD5 gives what RFC 2202 says, with short and long keys")
  func hmac() throws {
    let short = Digest.hmacMD5(key: SecretBytes(Array(repeating: 0x0B, count: 16)))
    short.add("Hi There".utf8)
    #expect(try short.bytes() == hex("9294727a3638bb1c13f48ef8158bfc9d"))
    let long = Digest.hmacMD5(key: SecretBytes(Array(repeating: 0xAA, count: 80)))
    long.add("Test Using Larger Than Block-Size Key - Hash Key First".utf8)
    #expect(try long.bytes() == hex("6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"))
  }

  @Test("RC4 gives what RFC 6229 says, and goes on where it stopped")
  func rc4() throws {
    guard let cipher = RC4(key: SecretBytes([1, 2, 3, 4, 5])) else {
      Issue.record("no cipher")
      return
    }
    var stream = [UInt8](repeating: 0, count: 16)
    cipher.apply(to: &stream)
    #expect(try stream == hex("b2396305f03dc027ccc3524a0a1118a8"))
    stream = [UInt8](repeating: 0, count: 16)
    cipher.apply(to: &stream)
    #expect(try stream == hex("6982944f18fc82d589c403a47a0d0919"))
  }

  @Test("RC4 takes no key that is empty or too long")
  func rc4Keys() {
    func isTaken(_ count: Int) -> Bool {
      guard case .some = RC4(key: SecretBytes(repeatElement(1, count: count))) else {
        return false
      }
      return true
    }
    #expect([0, 1, 256, 257].map(isTaken) == [false, true, true, false])
  }

  @Test("CRC-32 gives its check value")
  func crc() {
    #expect(CRC32.of("123456789".utf8) == 0xCBF4_3926)
    #expect(CRC32.of([]) == 0)
  }

  @Test("The keys made of a relative id are those of MS-SAMR")
  func relativeKeys() {
    // The id 500 in seven bytes is F4 01 00 00 F4 01 00, and 00 F4 01 00 00 F4 01 turned by one.
    #expect(
      RelativeIDCipher.keys(500) == [
        spread([0xF4, 0x01, 0x00, 0x00, 0xF4, 0x01, 0x00]),
        spread([0x00, 0xF4, 0x01, 0x00, 0x00, 0xF4, 0x01]),
      ])
  }

  // Seven bits a byte, written as a string of bits: another way to the same.
  private func spread(_ key: [UInt8]) -> [UInt8] {
    let bits = key.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
    return (0..<8).map { place in
      bits[place * 7..<place * 7 + 7].reduce(UInt8(0)) { $0 << 1 | $1 } << 1
    }
  }

  @Test("A hash comes out of the layer of the relative id as it went in")
  func relativeLayer() throws {
    for id in [0, 500, 1103, UInt32.max] as [UInt32] {
      var bytes = try hex("92937945b518814341de3f726500d4ff")
      let clear = bytes
      bytes.withUnsafeMutableBytes { RelativeIDCipher.encrypt($0, relativeID: id) }
      #expect(bytes != clear)
      bytes.withUnsafeMutableBytes { RelativeIDCipher.decrypt($0, relativeID: id) }
      #expect(bytes == clear)
    }
  }

  @Test("NT hashes of passwords are those that others publish")
  func ntHash() throws {
    let vectors = [
      ("Pa$$w0rd", "92937945b518814341de3f726500d4ff"),
      ("password", "8846f7eaee8fb117ad06bdd830b7586c"),
      ("hashcat", "b4b9b02e6f09a9bd760f388b67351e2b"), ("", "31d6cfe0d16ae931b73c59d7e0c089c0"),
      ("Passwörd€", "cfa0b356b36ca82c1076d4167ed01343"),
    ]
    for (password, hash) in vectors {
      #expect(try PasswordHash.ntHash(of: password).isEqual(to: SecretBytes(hex(hash))))
    }
  }
}
