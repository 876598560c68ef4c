import Secrets
import Testing

@testable import DirectoryReplication

@Suite struct SecretAttributeTests {
  @Test("A hash comes out of its three layers", arguments: ["Pa$$w0rd", "", "Passwörd€"])
  func layers(password: String) throws {
    let hash = try SecretAttribute.ntHash(
      Sample.secret(password, 1103), sessionKey: Sample.sessionKey, relativeID: 1103)
    #expect(hash.isEqual(to: PasswordHash.ntHash(of: password)))
  }

  @Test("With another key nothing opens, and with another id it is another hash")
  func wrongKeys() throws {
    let value = Sample.secret("Pa$$w0rd", 1103)
    #expect(throws: SecretAttribute.Failure.wrongChecksum) {
      _ = try SecretAttribute.decrypt(value, sessionKey: SecretBytes([1, 2, 3]))
    }
    let other = try SecretAttribute.ntHash(
      value, sessionKey: Sample.sessionKey, relativeID: 1104)
    #expect(!other.isEqual(to: PasswordHash.ntHash(of: "Pa$$w0rd")))
  }

  @Test("A changed byte anywhere is found out")
  func changes() {
    let value = Sample.secret("Pa$$w0rd", 1103)
    for place in value.indices {
      var changed = value
      changed[place] ^= 0x10
      #expect(throws: SecretAttribute.Failure.wrongChecksum) {
        _ = try SecretAttribute.decrypt(changed, sessionKey: Sample.sessionKey)
      }
    }
  }

  @Test("Values that are too short, or hashes of another length, are told")
  func lengths() {
    for count in 0...20 {
      #expect(throws: SecretAttribute.Failure.tooShort(count)) {
        _ = try SecretAttribute.decrypt(
          [UInt8](repeating: 0, count: count), sessionKey: Sample.sessionKey)
      }
    }
    #expect(throws: SecretAttribute.Failure.noHash(8)) {
      _ = try SecretAttribute.ntHash(
        Sample.encrypted([1, 2, 3, 4, 5, 6, 7, 8]), sessionKey: Sample.sessionKey, relativeID: 1)
    }
  }
}
