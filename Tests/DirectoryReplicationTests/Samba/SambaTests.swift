import Directory
import PasswordSync
import SambaTesting
import Secrets
import Testing

@testable import DirectoryReplication

/// The reader with a domain controller of Samba.
@Suite(
  .samba(users: 212), .serialized,
  .enabled(if: SambaDomain.hindrance == nil, "\(SambaDomain.hindrance ?? "")"))
struct SambaTests {
  let domain: SambaDomain

  init() throws { domain = try #require(SambaDomain.current) }

  /// All changes since `cursor`, and where they end.
  private func all(
    _ reader: DirectoryReplicator, since cursor: ReplicationCursor? = nil
  ) async throws -> (changes: [ReplicatedChange], cursor: ReplicationCursor) {
    var batch = try await reader.changes(since: cursor)
    var changes = batch.changes
    while batch.hasMore {
      batch = try await reader.changes(since: batch.cursor)
      changes += batch.changes
    }
    return (changes, batch.cursor)
  }

  private func account(
    _ reader: DirectoryReplicator, _ name: String
  ) async throws -> ReplicatedAccount {
    try #require(try await reader.account(named: name)?.account, "\(name)")
  }

  @Test(
    "The hashes of all users are those of their passwords",
    arguments: ReplicationSettings.Authentication.allCases)
  func allUsers(authentication: ReplicationSettings.Authentication) async throws {
    let reader = domain.reader(by: authentication)
    let accounts = try await all(reader).changes.compactMap(\.account)
    let users = accounts.filter { $0.name.contains(",OU=People,") && $0.accountName < "user0190" }
    #expect(users.count == 190)
    #expect(Set(users.map(\.accountName)).count == users.count)
    for user in users {
      #expect(user.has("Pw-\(user.accountName)-Secret"), "\(user.accountName)")
      #expect(user.isDisabled == (user.accountName.last == "9"))
      #expect(!user.mustChangePassword)
    }
    #expect(!accounts.contains { $0.accountName == "krbtgt" || $0.accountName.hasSuffix("$") })
    await reader.close()
  }

  @Test("A hash is the one that samba-tool tells")
  func samePassword() async throws {
    let told = try domain.tool("user", "getpassword", "user0001", "--attributes=unicodePwd")
    let line = try #require(told.split(separator: "\n").first { $0.hasPrefix("unicodePwd:: ") })
    let hash = try #require(Base64.decode(Array(line.dropFirst(13).utf8)))
    let account = try await account(domain.reader(), "PHS\\user0001")
    #expect(account.hash?.isEqual(to: SecretBytes(hash)) == true)
  }

  @Test("One changed password is one changed account, also after the cursor was text")
  func oneChange() async throws {
    let reader = domain.reader()
    let old = try await account(reader, "PHS\\user0191")
    let start = try await all(reader).cursor
    try domain.tool("user", "setpassword", "user0191", "--newpassword=Brand-new-Secret")
    let stored = try #require(ReplicationCursor(start.description))
    let changes = try await all(domain.reader(), since: stored).changes.compactMap(\.account)
      .filter { $0.accountName == "user0191" || $0.stamp?.version != 1 }
    try #require(changes.map(\.accountName) == ["user0191"])
    #expect(changes[0].has("Brand-new-Secret"))
    #expect(changes[0].sid == old.sid)
    #expect(changes[0].stamp?.version == (old.stamp?.version ?? 0) + 1)
    #expect(changes[0].stamp != old.stamp)
  }

  @Test("Changes that come in several answers are all told, whatever has to be asked for besides")
  func manyAnswers() async throws {
    var settings = domain.settings(as: "sync")
    settings.authentication = .ntlm
    settings.objectLimit = 5
    let reader = DirectoryReplicator(settings)
    let start = try await all(domain.reader()).cursor
    let names = (200..<212).map { "user0\($0)" }
    for name in names {
      try domain.tool("user", "setpassword", name, "--newpassword=Several-\(name)")
    }
    var batch = try await reader.changes(since: start)
    var changes = batch.changes
    var answers = 1
    while batch.hasMore {
      answers += 1
      try #require(answers < 50, "no end")
      batch = try await reader.changes(since: batch.cursor)
      changes += batch.changes
    }
    #expect(answers > 2)
    let told = changes.compactMap(\.account).filter { names.contains($0.accountName) }
    #expect(Set(told.map(\.accountName)) == Set(names) && told.count == names.count)
    #expect(told.allSatisfy { $0.has("Several-\($0.accountName)") })
    await reader.close()
  }

  @Test("A rename and a disabled account keep the stamp of the password")
  func noNewPassword() async throws {
    let reader = domain.reader()
    let old = try await account(reader, "PHS\\user0192")
    let start = try await all(reader).cursor
    try domain.tool("user", "rename", "user0192", "--surname=Renamed", "--force-new-cn=Renamed")
    try domain.tool("user", "disable", "user0192")
    let changes = try await all(reader, since: start).changes.compactMap(\.account)
    let changed = try #require(changes.last { $0.guid == old.guid })
    #expect(changed.name.hasPrefix("CN=Renamed,"))
    #expect(changed.isDisabled)
    #expect(changed.has("Pw-user0192-Secret"))
    #expect(changed.stamp == old.stamp)
  }

  @Test("One account can be asked for by any of its names")
  func names() async throws {
    let reader = domain.reader()
    let account = try await account(reader, "PHS\\user0003")
    for name in ["user0003@phs.test", "CN=user0003,OU=People,DC=phs,DC=test", account.name] {
      #expect(try await self.account(reader, name).guid == account.guid)
    }
    #expect(try await reader.account(account.guid)?.account?.has("Pw-user0003-Secret") == true)
    #expect(try await reader.account(named: "PHS\\nobody")?.account?.guid == nil)
    #expect(try await reader.account(GUID(1, 2, 3, 4))?.account?.guid == nil)
  }

  @Test("A deleted account is told by its identifier")
  func deleted() async throws {
    let reader = domain.reader()
    let old = try await account(reader, "PHS\\user0193")
    let start = try await all(reader).cursor
    try domain.tool("user", "delete", "user0193")
    let gone = try await all(reader, since: start).changes.compactMap { change -> GUID? in
      if case .deleted(let guid, _) = change { guid } else { nil }
    }
    #expect(gone.contains(old.guid))
    #expect(try await reader.account(old.guid)?.account?.guid == nil)
  }

  @Test("Who must change the password is told")
  func mustChange() async throws {
    try domain.tool(
      "user", "setpassword", "user0194", "--newpassword=For-a-while", "--must-change-at-next-login")
    let account = try await account(domain.reader(), "PHS\\user0194")
    #expect(account.mustChangePassword)
    #expect(account.has("For-a-while"))
  }

  @Test(
    "A wrong password and an unknown account are told",
    arguments: [.ntlm, .kerberos, .automatic] as [ReplicationSettings.Authentication])
  func wrongPassword(authentication: ReplicationSettings.Authentication) async {
    let wrong = domain.reader(password: "Not-my-Secret", by: authentication)
    #expect(await wrong.failure()?.code == .wrongPassword)
    let unknown = domain.reader(as: "nobody", by: authentication)
    #expect(await unknown.failure()?.code == .wrongPassword)
  }

  @Test("A closed account is told where the controller says so")
  func closed() async {
    let error = await domain.reader(as: "shut", by: .kerberos).failure()
    #expect(error?.code == .accountUnusable)
  }

  @Test("Which right is missing is told")
  func rights() async throws {
    #expect(
      await domain.reader(as: "plain").failure()?.code == .missingRights([.changes, .secrets]))
    #expect(await domain.reader(as: "changes").failure()?.code == .missingRights(.secrets))
    try await domain.reader().check()
    await #expect(throws: ReplicationError.self) { try await domain.reader(as: "changes").check() }
  }

  @Test("An account may be written with its domain, or with a suffix")
  func accountNames() async throws {
    for authentication: ReplicationSettings.Authentication in [.ntlm, .kerberos] {
      for account in ["PHS\\sync", "sync@phs.test"] {
        let reader = domain.reader(
          as: account, password: "Pw-sync-Secret", by: authentication)
        try await reader.check()
      }
    }
  }

  @Test("An account may have a key file instead of a password")
  func keytab() async throws {
    let path = domain.folder + "/sync.keytab"
    try domain.tool(
      "domain", "exportkeytab", path, "--principal=sync@PHS.TEST", takesNoDatabase: true)
    for authentication: ReplicationSettings.Authentication in [.kerberos, .automatic] {
      var settings = domain.settings(as: "sync", password: "none")
      settings.credential = .keytab(path)
      settings.authentication = authentication
      try await DirectoryReplicator(settings).check()
      settings.account = "plain"
      #expect(await DirectoryReplicator(settings).failure()?.code == .noSecret)
    }
  }

  @Test("Another domain is not the controller's")
  func otherDomain() async {
    let reader = domain.reader(as: "PHS\\sync", password: "Pw-sync-Secret", domain: "other.test")
    #expect(await reader.failure()?.code == .unknownObject)
  }

  @Test("A cursor of another controller gives what is not known, and no more")
  func otherController() async throws {
    let reader = domain.reader()
    var cursor = try await all(reader).cursor
    cursor.invocation = GUID(1, 2, 3, 4)
    let account = try await account(reader, "PHS\\user0195")
    try domain.tool("user", "setpassword", "user0195", "--newpassword=Elsewhere-too")
    let changes = try await all(reader, since: cursor).changes.compactMap(\.account)
    #expect(changes.contains { $0.guid == account.guid && $0.has("Elsewhere-too") })
    #expect(changes.count < 20)
  }

  @Test("The source tells a new password by its stamp, and not a rename or a closed account")
  func source() async throws {
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
    let old = try #require(accounts.first { $0.name.dn.hasPrefix("CN=user0196,") })
    #expect(old.hash?.isEqual(to: PasswordHash.ntHash(of: "Pw-user0196-Secret")) == true)
    try domain.tool("user", "rename", "user0196", "--surname=Moved", "--force-new-cn=Moved")
    try domain.tool("user", "disable", "user0196")
    let (touched, middle) = try await all(since: start)
    let moved = try #require(touched.last { $0.name.anchor == old.name.anchor })
    #expect(moved.stamp == old.stamp)
    #expect(moved.isDisabled)
    try domain.tool("user", "setpassword", "user0196", "--newpassword=One-more-Secret")
    let changed = try #require(
      try await all(since: middle).0.last { $0.name.anchor == old.name.anchor })
    #expect(changed.stamp != old.stamp)
    #expect(changed.hash?.isEqual(to: PasswordHash.ntHash(of: "One-more-Secret")) == true)
    #expect(try #require(changed.changed) >= #require(old.changed))
    for name in [changed.name, AccountName(anchor: "no GUID", dn: changed.name.dn)] {
      #expect(try await source.account(name)?.stamp == changed.stamp)
    }
    try domain.tool("user", "delete", "user0196")
    #expect(try await source.account(changed.name) == nil)
    await source.close()
  }

  @Test("The source tells which right is missing")
  func sourceRights() async throws {
    let source = ReplicationPasswordSource(domain.settings(as: "changes"))
    let failure = await #expect(throws: PasswordSourceFailure.self) { try await source.check() }
    #expect(failure?.hint.contains("Replicating Directory Changes All") == true)
    #expect(failure?.isStateUseless == false)
  }
}
