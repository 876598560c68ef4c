import SecretScanning
import Testing

@testable import PasswordSync
@testable import Secrets

@Suite struct LeftoverTests {
  @Test("A secret stands in memory once while it lives, and not at all afterwards")
  func lifetime() {
    let pattern = (0..<24).map { _ in UInt8.random(in: 0...255) ^ 0xA5 }
    let scan = MemoryScan(count: 24) { pattern[$0] ^ 0xA5 }
    var secret: SecretBytes? = SecretBytes(count: 24) { memory in
      for index in 0..<24 { memory[index] = pattern[index] ^ 0xA5 }
    }
    #expect(scan.count() == 1)
    withExtendedLifetime(secret) {}
    secret = nil
    #expect(scan.count() == 0)
  }

  @Test("Hashing a password leaves its text in UTF-16 nowhere", arguments: [12, 40, 70])
  func password(_ length: Int) {
    let password = String(
      (0..<length).map { _ in Character(Unicode.Scalar(UInt8.random(in: 97...122))) })
    let scan = MemoryScan(count: 2 * length) {
      $0 % 2 == 0 ? password.utf8[password.utf8.index(password.startIndex, offsetBy: $0 / 2)] : 0
    }
    #expect(MemoryScan.counts([scan]) { _ = PasswordHash.ntHash(of: password) } == [0])
  }

  @Test("Transforming a hash leaves neither the hash nor its keys behind")
  func transformation() {
    let digits = Array("0123456789ABCDEF".utf8)
    let masked = (0..<16).map { _ in UInt8.random(in: 0...255) ^ 0xA5 }
    // As the function is given it, and as HMAC mixes it into its inner and outer key.
    let scans = [UInt8(0), 0x36, 0x5C].map { pad in
      MemoryScan(count: 64) { index in
        let byte = masked[index / 4] ^ 0xA5
        let digit = index % 4 == 0 ? digits[Int(byte >> 4)] : digits[Int(byte & 15)]
        return (index % 2 == 0 ? digit : 0) ^ pad
      }
    }
    let bare = MemoryScan(count: 16) { masked[$0] ^ 0xA5 }
    let counts = MemoryScan.counts(scans + [bare]) {
      let hash = SecretBytes(
        masked, changedBy: { memory in for index in 0..<16 { memory[index] ^= 0xA5 } })
      _ = TransformedHash.credential(of: hash)
    }
    #expect(counts == [0, 0, 0, 0])
  }
}
