import Directory
import Secrets
import Testing

@testable import PasswordSync

@Suite("Attributes that hold hashes")
struct HashAttributeTests {
  private let samba = HashAttribute("sambaNTPassword", .hexadecimal, changed: "sambaPwdLastSet")
  private let ipa = HashAttribute("ipaNTHash", .binary)

  private func read(_ attribute: HashAttribute, _ values: [[UInt8]]) -> HashAttribute.Reading {
    attribute.read(values.map { SecretBytes($0) })
  }

  private func problem(_ reading: HashAttribute.Reading) -> String? {
    if case .problem(let words) = reading { words } else { nil }
  }

  private func isHash(_ reading: HashAttribute.Reading, of password: String) -> Bool {
    guard case .hash(let hash) = reading else { return false }
    return hash.isEqual(to: PasswordHash.ntHash(of: password))
  }

  @Test(
    "Thirty-two digits in either case are a hash",
    arguments: ["92937945B518814341DE3F726500D4FF", "92937945b518814341de3f726500d4ff"])
  func digits(_ text: String) {
    #expect(isHash(read(samba, [Array(text.utf8)]), of: "Pa$$w0rd"))
  }

  @Test("Sixteen bytes are a hash where they are to be")
  func bytes() throws {
    let bytes = try #require(Hexadecimal.decode("92937945b518814341de3f726500d4ff"))
    #expect(isHash(read(ipa, [bytes]), of: "Pa$$w0rd"))
  }

  @Test("No value, an empty one and Samba's words mean that there is no password")
  func none() {
    for values in [[], [[]], [Array("NO PASSWORDXXXXXXXXXXXXXXXXXXXXX".utf8)]] as [[[UInt8]]] {
      guard case .none = read(samba, values) else {
        Issue.record("\(values.count) values were taken for something")
        continue
      }
    }
  }

  @Test(
    "What is no hash is told without a word of it",
    arguments: [
      "92937945b518814341de3f726500d4f", "92937945b518814341de3f726500d4ff0",
      "92937945b518814341de3f726500d4fg", "{NT}92937945b518814341de3f72650", "hunter2",
      " 2937945b518814341de3f726500d4ff", "０００００００００００",
    ])
  func malformed(_ text: String) throws {
    for attribute in [samba, ipa] {
      let words = try #require(problem(read(attribute, [Array(text.utf8)])))
      #expect(words.hasPrefix(attribute.name.text))
      #expect(!words.lowercased().contains(text.lowercased()))
    }
  }

  @Test("A giant value and many values are told by their number")
  func giant() throws {
    let giant = [UInt8](repeating: 0x41, count: 5_000_000)
    #expect(problem(read(ipa, [giant])) == "ipaNTHash holds 5000000 bytes, and an NT hash has 16")
    #expect(problem(read(samba, [giant])) != nil)
    let value = Array("92937945b518814341de3f726500d4ff".utf8)
    #expect(problem(read(samba, [value, value]))?.contains("2 values") == true)
  }

  @Test("A hash is written in upper case, or as it is")
  func written() {
    let hash = PasswordHash.ntHash(of: "Pa$$w0rd")
    let text = samba.value(of: hash).withBytes { String(decoding: $0, as: UTF8.self) }
    #expect(text == "92937945B518814341DE3F726500D4FF")
    #expect(ipa.value(of: hash).isEqual(to: hash))
  }

  @Test(
    "Times are read in each form that directories have",
    arguments: [
      ("20261128172000Z", "2026-11-28T17:20:00.000Z"),
      ("20261128172000.0Z", "2026-11-28T17:20:00.000Z"),
      ("1795886400", "2026-11-28T17:20:00.000Z"),
      ("134403600000000000", "2026-11-28T17:20:00.000Z"),
    ])
  func times(_ text: String, _ expected: String) {
    #expect(PasswordTime.parse(text)?.description == expected)
  }

  @Test(
    "What is no time is none",
    arguments: [
      "", "0", "-1", "yesterday", "20261328172000Z", "20261128172000+0100", "99999999999999999999",
      "123456789012345", "1.5", "9223372036854775807",
    ])
  func noTimes(_ text: String) { #expect(PasswordTime.parse(text) == nil) }

  @Test("Times are written in seconds, and as GeneralizedTime")
  func writtenTimes() throws {
    let time = try #require(Timestamp("2026-11-28T17:20:00.999Z"))
    #expect(PasswordTime.seconds(time) == "1795886400")
    #expect(PasswordTime.generalized(time) == "20261128172000Z")
  }

  private func flags(_ values: [AttributeName: String]) -> AccountFlags {
    AccountFlags { values[$0] }
  }

  @Test(
    "A disabled account is told by what its kind of directory has",
    arguments: [
      ["userAccountControl": "514"], ["sambaAcctFlags": "[UD         ]"],
      ["nsAccountLock": "TRUE"], ["pwdAccountLockedTime": "000001010000Z"],
    ] as [[AttributeName: String]])
  func disabled(_ values: [AttributeName: String]) {
    #expect(flags(values).isDisabled)
    #expect(!flags(values).mustChangePassword)
  }

  @Test("An account with usual values is none of these")
  func usual() {
    let flags = flags([
      "userAccountControl": "512", "sambaAcctFlags": "[U          ]", "nsAccountLock": "FALSE",
      "pwdAccountLockedTime": "20261128172000Z", "pwdReset": "FALSE", "sambaPwdLastSet": "1",
      "krbLastPwdChange": "20261128172000Z", "krbPasswordExpiration": "20270228172000Z",
    ])
    #expect(!flags.isDisabled && !flags.mustChangePassword && !flags.requiresSmartCard)
    #expect(self.flags([:]) == flags)
  }

  @Test(
    "Who must change the password is told by what the directory has",
    arguments: [
      ["pwdLastSet": "0"], ["sambaPwdLastSet": "0"], ["pwdReset": "TRUE"],
      ["krbLastPwdChange": "20261128172000Z", "krbPasswordExpiration": "20261128172000Z"],
    ] as [[AttributeName: String]])
  func mustChange(_ values: [AttributeName: String]) {
    #expect(flags(values).mustChangePassword)
    #expect(!flags(values).isDisabled)
  }

  @Test("A smart card is told by the flags of Active Directory")
  func smartCard() { #expect(flags(["userAccountControl": "262656"]).requiresSmartCard) }

  @Test("An account has stamp and time where there is a hash, and the problem where there is none")
  func account() {
    let key = StampKey(SecretBytes([UInt8](repeating: 3, count: 32)))
    let values: [AttributeName: String] = ["sambaPwdLastSet": "1795886400"]
    func account(_ reading: HashAttribute.Reading) -> SourceAccount {
      SourceAccount(
        AccountName(anchor: "a", dn: "cn=a"), reading, of: samba, stampedBy: key
      ) { values[$0] }
    }
    let whole = account(.hash(PasswordHash.ntHash(of: "x")))
    #expect(whole.stamp.count == 67 && whole.stamp.hasPrefix("h1 "))
    #expect(whole.changed?.description == "2026-11-28T17:20:00.000Z")
    #expect(whole.problem.isEmpty)
    let broken = account(.problem("no hash"))
    #expect(broken.hash == nil && broken.stamp.isEmpty && broken.problem == "no hash")
    #expect(account(.none).problem.isEmpty)
  }
}
