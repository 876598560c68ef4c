import Testing

@testable import Secrets

@Suite struct PasswordHashTests {
  @Test(
    "The published hashes come out",
    arguments: [
      ("Pa$$w0rd", "92937945b518814341de3f726500d4ff"),
      ("password", "8846f7eaee8fb117ad06bdd830b7586c"),
      ("hashcat", "b4b9b02e6f09a9bd760f388b67351e2b"), ("", "31d6cfe0d16ae931b73c59d7e0c089c0"),
      ("Passwörd€", "cfa0b356b36ca82c1076d4167ed01343"),
    ])
  func published(_ password: String, _ hash: String) throws {
    let known = try #require(PasswordHash.ntHash(hexadecimal: hash.utf8))
    #expect(PasswordHash.ntHash(of: password).isEqual(to: known))
    let upper = try #require(PasswordHash.ntHash(hexadecimal: hash.uppercased().utf8))
    #expect(upper.isEqual(to: known))
  }

  @Test(
    "What is no hash is none",
    arguments: [
      "", "92937945b518814341de3f726500d4f", "92937945b518814341de3f726500d4fff",
      "92937945b518814341de3f726500d4fg", "NO PASSWORDXXXXXXXXXXXXXXXXXXXXX",
    ])
  func refused(_ text: String) {
    #expect(PasswordHash.ntHash(hexadecimal: text.utf8) == nil)
  }

  @Test(
    "A password in UTF-8 has the hash of the same text",
    arguments: ["", "Pa$$w0rd", "Passwörd€", "密码🔑"])
  func utf8(_ password: String) throws {
    let hash = try #require(PasswordHash.ntHash(ofUTF8: SecretBytes(password.utf8)))
    #expect(hash.isEqual(to: PasswordHash.ntHash(of: password)))
  }

  @Test("What is no UTF-8 is no password", arguments: [[0xFF], [0xC3], [0x61, 0x80]] as [[UInt8]])
  func noUTF8(_ bytes: [UInt8]) {
    #expect(PasswordHash.ntHash(ofUTF8: SecretBytes(bytes)) == nil)
  }
}
