import PasswordSync
import SambaTesting
import Secrets
import Testing

@testable import DirectoryReplication

extension SambaTests {
  @Test("Of many touches, a new password alone is one, and just of its account")
  func touches() async throws {
    let source = ReplicationPasswordSource(domain.settings(as: "sync"))
    func all(since state: String?) async throws -> ([SourceAccount], String) {
      var batch = try await source.changes(since: state)
      var accounts = batch.accounts
      while batch.hasMore {
        batch = try await source.changes(since: batch.state)
        accounts += batch.accounts
      }
      return (accounts, batch.state)
    }
    let (accounts, start) = try await all(since: nil)
    let known = Dictionary(accounts.map { ($0.name.anchor, $0.stamp) }) { _, last in last }
    #expect(known.count > 190 && !known.values.contains(""))
    func anchor(_ name: String) throws -> String {
      try #require(accounts.last { $0.name.dn.hasPrefix("CN=\(name),") }).name.anchor
    }
    let (touched, changed) = (try anchor("user0197"), try anchor("user0198"))

    // A service signs in by both ways: the account is then refused what it may not read.
    for way: ReplicationSettings.Authentication in [.ntlm, .kerberos] {
      let service = domain.reader(as: "user0197", by: way)
      #expect(await service.failure()?.code == .missingRights([.changes, .secrets]))
      await service.close()
    }
    try domain.tool("spn", "add", "HTTP/web.phs.test", "user0197")
    try domain.tool("group", "addmembers", "Domain Guests", "user0197")
    try domain.tool("user", "setexpiry", "user0197", "--days=30")
    try domain.tool(
      "user", "rename", "user0197", "--surname=Service", "--force-new-cn=Service the first")
    let (after, middle) = try await all(since: start)
    #expect(after.filter { known[$0.name.anchor] != $0.stamp }.map(\.name) == [])
    let service = try #require(
      try await source.account(AccountName(anchor: touched, dn: "")), "the service's account")
    #expect(service.name.dn.hasPrefix("CN=Service the first,"))
    #expect(service.stamp == known[touched])
    #expect(service.hash?.isEqual(to: PasswordHash.ntHash(of: "Pw-user0197-Secret")) == true)

    try domain.tool("user", "setpassword", "user0198", "--newpassword=Quite-new-Secret")
    let (last, end) = try await all(since: middle)
    let news = last.filter { known[$0.name.anchor] != $0.stamp }
    #expect(news.map(\.name.anchor) == [changed])
    #expect(news.first?.hash?.isEqual(to: PasswordHash.ntHash(of: "Quite-new-Secret")) == true)
    // The same password once more is a new one too.
    try domain.tool("user", "setpassword", "user0198", "--newpassword=Quite-new-Secret")
    let again = try await all(since: end).0.filter { $0.name.anchor == changed }
    #expect(again.last.map { $0.stamp != news.last?.stamp } == true)
    await source.close()
  }

  @Test("No stamp tells anything of a password: it is when and where it was written")
  func stampContent() async throws {
    let source = ReplicationPasswordSource(domain.settings(as: "sync"))
    let batch = try await source.changes(since: nil)
    for account in batch.accounts {
      let parts = account.stamp.split(separator: " ").map(String.init)
      try #require(parts.count == 4)
      #expect(UInt32(parts[0]) != nil && UInt64(parts[3]) != nil)
      #expect(GUIDText.isOne(parts[2]) && parts[1].hasSuffix("Z"))
    }
    await source.close()
  }

  private enum GUIDText {
    static func isOne(_ text: String) -> Bool {
      text.count == 36 && text.allSatisfy { $0.isHexDigit || $0 == "-" }
    }
  }
}
