import Directory
import Testing

@testable import Console

@Suite("Numbers whose bits mean something")
struct BitFlagTests {
  private func names(_ number: Int64, _ attribute: String) -> Set<Substring>? {
    guard let text = BitFlags.words(number, of: attribute), text.hasPrefix("\(number) ("),
      text.hasSuffix(")")
    else { return nil }
    let list = text.dropFirst("\(number) (".count).dropLast()
    return Set(list.split(separator: ",").map { $0.drop { $0 == " " } })
  }

  @Test(
    "Accounts are as Microsoft lists their usual numbers",
    arguments: [
      (512, ["NORMAL_ACCOUNT"]), (514, ["NORMAL_ACCOUNT", "ACCOUNTDISABLE"]),
      (544, ["NORMAL_ACCOUNT", "PASSWD_NOTREQD"]),
      (546, ["NORMAL_ACCOUNT", "PASSWD_NOTREQD", "ACCOUNTDISABLE"]),
      (66_048, ["NORMAL_ACCOUNT", "DONT_EXPIRE_PASSWORD"]),
      (66_050, ["NORMAL_ACCOUNT", "DONT_EXPIRE_PASSWORD", "ACCOUNTDISABLE"]),
      (262_656, ["NORMAL_ACCOUNT", "SMARTCARD_REQUIRED"]),
      (4096, ["WORKSTATION_TRUST_ACCOUNT"]),
      (532_480, ["SERVER_TRUST_ACCOUNT", "TRUSTED_FOR_DELEGATION"]),
      (2080, ["INTERDOMAIN_TRUST_ACCOUNT", "PASSWD_NOTREQD"]),
      (16_777_728, ["NORMAL_ACCOUNT", "TRUSTED_TO_AUTH_FOR_DELEGATION"]),
      (8_389_120, ["NORMAL_ACCOUNT", "PASSWORD_EXPIRED"]), (528, ["NORMAL_ACCOUNT", "LOCKOUT"]),
      (0, ["none"]),
    ] as [(Int64, Set<Substring>)])
  func accounts(number: Int64, words: Set<Substring>) {
    for attribute in [
      "userAccountControl", "USERACCOUNTCONTROL", "msDS-User-Account-Control-Computed",
    ] {
      #expect(names(number, attribute) == words)
    }
  }

  @Test(
    "Groups are as [MS-ADTS] §2.2.12 has them, security groups with a sign",
    arguments: [
      (2, ["ACCOUNT_GROUP"]), (4, ["RESOURCE_GROUP"]), (8, ["UNIVERSAL_GROUP"]),
      (-2_147_483_646, ["SECURITY_ENABLED", "ACCOUNT_GROUP"]),
      (-2_147_483_644, ["SECURITY_ENABLED", "RESOURCE_GROUP"]),
      (-2_147_483_640, ["SECURITY_ENABLED", "UNIVERSAL_GROUP"]),
      (-2_147_483_643, ["SECURITY_ENABLED", "RESOURCE_GROUP", "BUILTIN_LOCAL_GROUP"]),
      // The same without a sign, as some programs write it.
      (2_147_483_650, ["SECURITY_ENABLED", "ACCOUNT_GROUP"]),
    ] as [(Int64, Set<Substring>)])
  func groups(number: Int64, words: Set<Substring>) {
    #expect(names(number, "groupType") == words)
  }

  @Test("Every bit of 32 is told once, by its name or as a number", arguments: 0..<32)
  func bits(bit: Int) {
    for attribute in ["userAccountControl", "groupType"] {
      let one = names(Int64(1) << bit, attribute)
      #expect(one?.count == 1 && one != ["none"])
      let all = names(0xFFFF_FFFF, attribute) ?? []
      let name = one?.first ?? ""
      #expect(name.hasPrefix("0x") ? all.contains { $0.hasPrefix("0x") } : all.contains(name))
      if name.hasPrefix("0x") {
        #expect(name == "0x" + String(1 << bit, radix: 16, uppercase: true))
      }
    }
  }

  @Test("A number that is kept as text is spelt out, too, and text that is none stays")
  func texts() {
    func text(_ value: AttributeValue, _ name: String) -> String {
      ValueText.text(value, of: name, clock: .utc)
    }
    #expect(text("514", "userAccountControl") == text(514, "userAccountControl"))
    #expect(text("many", "userAccountControl") == "many")
    #expect(text("514", "employeeID") == "514")
    #expect(text(514, "employeeID") == "514")
    #expect(text("", "groupType") == "")
    #expect(BitFlags.words(1, of: "flags") == nil && !BitFlags.isKnown("flags"))
  }

  @Test("Numbers in the place of a time that mean none are told in words, others as times")
  func times() {
    func text(_ number: Int64, _ name: String) -> String {
      ValueText.text(.integer(number), of: name, clock: .utc)
    }
    for name in ["lastLogon", "lastLogonTimestamp", "badPasswordTime", "LASTLOGON"] {
      #expect(text(0, name) == "0 (never)")
    }
    #expect(text(0, "lockoutTime") == "0 (not locked out)")
    #expect(text(.max, "msDS-UserPasswordExpiryTimeComputed") == "9223372036854775807 (never)")
    // The last moment of the year 9999 is one, and what is beyond is a number.
    #expect(text(2_650_467_743_999_999_999, "pwdLastSet").hasSuffix("(9999-12-31 23:59:59)"))
    #expect(text(2_650_467_744_000_000_000, "pwdLastSet") == "2650467744000000000")
    #expect(text(-1, "pwdLastSet") == "-1")
    #expect(text(.min, "lastLogon") == "-9223372036854775808")
    #expect(text(1, "accountExpires") == "1 (1601-01-01 00:00:00)")
  }
}
