import TestSupport
import Testing

@testable import Secrets

/// MD4 as RFC 1320 writes it down, one step after the other.
private enum PlainMD4 {
  static func digest(_ message: [UInt8]) -> [UInt8] {
    var padded = message + [0x80]
    while padded.count % 64 != 56 { padded.append(0) }
    let bits = UInt64(message.count) &* 8
    padded += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476]
    for start in stride(from: 0, to: padded.count, by: 64) {
      let words = (0..<16).map { word in
        (0..<4).reduce(UInt32(0)) { $0 | UInt32(padded[start + 4 * word + $1]) << UInt32(8 * $1) }
      }
      var next = state
      for step in 0..<48 { round(step, words, &next) }
      state = zip(state, next).map { $0 &+ $1 }
    }
    return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(8 * $0)) }
    }
  }

  private static let orders: [[Int]] = [
    Array(0..<16), [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
    [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
  ]
  private static let shifts: [[UInt32]] = [[3, 7, 11, 19], [3, 5, 9, 13], [3, 9, 11, 15]]
  private static let constants: [UInt32] = [0, 0x5A82_7999, 0x6ED9_EBA1]

  private static func round(_ step: Int, _ words: [UInt32], _ state: inout [UInt32]) {
    let part = step / 16
    let (b, c, d) = (state[1], state[2], state[3])
    let mixed = [b & c | ~b & d, b & c | b & d | c & d, b ^ c ^ d][part]
    let sum = state[0] &+ mixed &+ words[orders[part][step % 16]] &+ constants[part]
    let shift = shifts[part][step % 4]
    state = [d, sum << shift | sum >> (32 - shift), b, c]
  }
}

@Suite("Hashes of passwords beside MD4 in its plainest form")
struct PasswordHashModelTests {
  private func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test(
    "The plain form gives what RFC 1320 (A.5) says",
    arguments: [
      ("", "31d6cfe0d16ae931b73c59d7e0c089c0"), ("a", "bde52cb31de33e46245e05fbdbd6fb24"),
      ("abc", "a448017aaf21d8525fc10ae87aa6729d"),
      ("message digest", "d9130a8164549fe818874806e1c7014b"),
      ("abcdefghijklmnopqrstuvwxyz", "d79e1c308aa5bbcdeea8ed63df412da9"),
      (
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
        "043f8582f241db351ce627e153e7f0e4"
      ),
      (
        "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
        "e33b4ddc9c38f2199c3e7b164fcc0536"
      ),
    ])
  func plainForm(text: String, digest: String) {
    #expect(hexadecimal(PlainMD4.digest(Array(text.utf8))) == digest)
  }

  @Test(
    "The examples of the protocols that use it come out",
    arguments: [
      // [MS-NLMP] §4.2.2.1.2, RFC 2433 appendix B.2, RFC 2759 §9.2.
      ("Password", "a4f49c406510bdcab6824ee7c30fd852"),
      ("MyPw", "fc156af7edcd6c0edde3337d427f4eac"),
      ("clientPass", "44ebba8d5312b8d611474411f56989ae"),
    ])
  func protocols(password: String, digest: String) {
    PasswordHash.ntHash(of: password).withBytes { #expect(hexadecimal(Array($0)) == digest) }
  }

  private func expected(_ password: String) -> [UInt8] {
    PlainMD4.digest(password.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
  }

  @Test("Any password has the hash of its text in UTF-16, whichever way it came", arguments: 1...20)
  func anyPassword(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<20 {
      let password = random.text(count: 0...40)
      let hash = PasswordHash.ntHash(of: password)
      let bytes = hash.withBytes { Array($0) }
      #expect(bytes == expected(password), "\(password.debugDescription)")
      let other = try #require(PasswordHash.ntHash(ofUTF8: SecretBytes(password.utf8)))
      #expect(other.isEqual(to: hash))
      let spelled = try #require(PasswordHash.ntHash(hexadecimal: hexadecimal(bytes).utf8))
      #expect(spelled.isEqual(to: hash))
    }
  }

  @Test("The length of a password is no matter, around the blocks of the digest either")
  func lengths() {
    for length in Array(0...70) + [127, 128, 129, 1_000, 100_000] {
      let password = String(repeating: "x", count: length)
      PasswordHash.ntHash(of: password).withBytes {
        #expect(Array($0) == expected(password), "\(length)")
      }
    }
  }

  @Test("What looks the same is another password if its characters are others")
  func lookalikes() {
    let hashes = ["é", "e\u{301}", "ﬀ", "ff", "A", "Α", "a", "a\0", "\u{FEFF}a", " a"].map {
      PasswordHash.ntHash(of: $0).withBytes { hexadecimal(Array($0)) }
    }
    #expect(Set(hashes).count == hashes.count)
  }

  @Test("Bytes that are no UTF-8 are no password, wherever the fault stands")
  func faults() {
    let bad: [[UInt8]] = [
      [0xC0, 0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8],
      [0xFF],
      [0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x94],
    ]
    for bytes in bad {
      for whole in [bytes, Array("ab".utf8) + bytes, bytes + Array("ab".utf8)] {
        #expect(PasswordHash.ntHash(ofUTF8: SecretBytes(whole)) == nil, "\(whole)")
      }
    }
  }

  @Test("Secrets are equal where all their bytes are", arguments: 1...10)
  func equality(seed: Int) {
    var random = SeededRandom(scattering: 100 + seed)
    let bytes = random.bytes(0...40)
    let secret = SecretBytes(bytes)
    #expect(secret.isEqual(to: SecretBytes(bytes)) && secret.count == bytes.count)
    #expect(!secret.isEqual(to: SecretBytes(bytes + [0])))
    for index in bytes.indices {
      var other = bytes
      other[index] ^= 1 << UInt8(index % 8)
      #expect(!secret.isEqual(to: SecretBytes(other)))
      #expect(!secret.isEqual(to: SecretBytes(bytes.dropLast(bytes.count - index))))
    }
  }
}
