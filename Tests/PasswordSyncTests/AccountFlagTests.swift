import Directory
import Secrets
import Testing

@testable import PasswordSync

@Suite("What a directory says of an account besides its password")
struct AccountFlagTests {
  private func flags(_ values: [AttributeName: String]) -> AccountFlags {
    AccountFlags { values[$0] }
  }

  @Test("An account of which nothing is told may be used")
  func nothing() {
    let flags = flags([:])
    #expect(!flags.isDisabled && !flags.mustChangePassword && !flags.requiresSmartCard)
  }

  @Test(
    "Whether an account is shut is told by each directory in its own way",
    arguments: [
      ("userAccountControl", "514", true), ("userAccountControl", "2", true),
      ("userAccountControl", "512", false), ("userAccountControl", "66050", true),
      ("userAccountControl", "66048", false), ("userAccountControl", "x", false),
      // The highest bit makes the number negative, and says nothing of the others.
      ("userAccountControl", "-2147483646", true), ("userAccountControl", "-2147483648", false),
      ("sambaAcctFlags", "[UD         ]", true), ("sambaAcctFlags", "[U          ]", false),
      ("sambaAcctFlags", "[DU         ]", true), ("sambaAcctFlags", "", false),
      ("nsAccountLock", "true", true), ("nsAccountLock", "TRUE", true),
      ("nsAccountLock", "false", false),
      ("nsAccountLock", "1", false), ("pwdAccountLockedTime", "000001010000Z", true),
      // Locked for a while after wrong passwords: that is no matter of the cloud's.
      ("pwdAccountLockedTime", "20261130070000Z", false),
    ] as [(AttributeName, String, Bool)])
  func disabled(name: AttributeName, value: String, isDisabled: Bool) {
    let flags = flags([name: value])
    #expect(flags.isDisabled == isDisabled)
    #expect(!flags.mustChangePassword)
  }

  @Test(
    "Whether a password must be changed is told by each directory in its own way",
    arguments: [
      (["pwdLastSet": "0"], true), (["pwdLastSet": "134399232000000000"], false),
      (["sambaPwdLastSet": "0"], true), (["sambaPwdLastSet": "1795000000"], false),
      (["pwdReset": "TRUE"], true), (["pwdReset": "true"], true), (["pwdReset": "FALSE"], false),
      (["krbLastPwdChange": "20261130070000Z", "krbPasswordExpiration": "20261130070000Z"], true),
      (["krbLastPwdChange": "20261130070000Z", "krbPasswordExpiration": "20261130065959Z"], true),
      (["krbLastPwdChange": "20261130070000Z", "krbPasswordExpiration": "20270228070000Z"], false),
      (["krbPasswordExpiration": "20000101000000Z"], false),
      (["krbLastPwdChange": "20261130070000Z"], false),
      (["krbLastPwdChange": "then", "krbPasswordExpiration": "now"], false),
      (["pwdLastSet": ""], false),
      // A password that never expires need not be changed, but where Samba or the server says so.
      (["pwdLastSet": "0", "userAccountControl": "512"], true),
      (["pwdLastSet": "0", "userAccountControl": "66048"], false),
      (["sambaPwdLastSet": "0", "userAccountControl": "66048"], true),
      (["pwdReset": "TRUE", "userAccountControl": "66048"], true),
    ] as [([AttributeName: String], Bool)])
  func change(values: [AttributeName: String], mustChange: Bool) {
    let flags = flags(values)
    #expect(flags.mustChangePassword == mustChange)
    #expect(!flags.isDisabled && !flags.requiresSmartCard)
  }

  @Test(
    "A smart card is asked for by one bit of userAccountControl",
    arguments: [(262_656, true), (512, false), (262_144, true), (0x8_0000, false)])
  func smartCard(control: Int, requiresSmartCard: Bool) {
    #expect(flags(["userAccountControl": String(control)]).requiresSmartCard == requiresSmartCard)
  }

  @Test("All that is read of an account is asked for by name")
  func asked() {
    var read: Set<AttributeName> = []
    _ = AccountFlags {
      read.insert($0)
      return nil
    }
    _ = AccountFlags {
      read.insert($0)
      return $0 == "krbLastPwdChange" ? "20261130070000Z" : nil
    }
    #expect(read == Set(AccountFlags.attributes))
    #expect(AccountFlags.attributes.count == Set(AccountFlags.attributes).count)
  }

  @Test(
    "A time of a password is told in three ways",
    arguments: [
      ("20261130070000Z", "2026-11-30T07:00:00Z"), ("1795000000", "2026-11-18T11:06:40Z"),
      ("1", "1970-01-01T00:00:01Z"), ("99999999999", "5138-11-16T09:46:39Z"),
      ("134399232000000000", "2026-11-23T16:00:00Z"),
      ("116444736000000000", "1970-01-01T00:00:00Z"),
    ])
  func times(text: String, moment: String) {
    #expect(PasswordTime.parse(text) == Timestamp(moment))
  }

  @Test(
    "What tells no time is none",
    arguments: [
      "", "0", "00", "-1", "+5", "1.5", "x", "100000000000", "1234567890123456",
      "9223372036854775807",
      "92233720368547758080", " 1", "1\n", "20261330070000Z", "never", "１",
    ])
  func noTimes(text: String) {
    #expect(PasswordTime.parse(text) == nil)
  }

  @Test(
    "A time is written as it is read, to the second",
    arguments: [0, 1, 951_782_400, 1_795_000_000, 253_402_300_799])
  func written(seconds: Int64) {
    let time = Timestamp(milliseconds: seconds * 1000 + 999)
    let whole = Timestamp(milliseconds: seconds * 1000)
    #expect(PasswordTime.parse(PasswordTime.generalized(time)) == whole)
    if seconds > 0, seconds < 100_000_000_000 {
      #expect(PasswordTime.parse(PasswordTime.seconds(time)) == whole)
    }
  }
}
