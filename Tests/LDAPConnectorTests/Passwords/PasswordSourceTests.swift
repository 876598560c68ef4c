import Directory
import Glibc
import PasswordSync
import Secrets
import Testing

@testable import LDAPConnector

@Suite("Passwords of a directory that holds hashes", .enabled(if: !TestSlapd.isMissing))
struct PasswordSourceTests {
  @Test("All accounts with a hash come, with anchors as their connector gives them")
  func accounts() async throws {
    let server = try HashSlapd.start(
      HashSlapd.person("ann", "one", "sambaAcctFlags: [UD         ]\n") + person("bob")
        + HashSlapd.person("eve", "two", "sambaPwdLastSet: 0\n"))
    let (accounts, _, _) = try await server.passwordSource().all()
    try #require(accounts.count == 2)
    let imported = try await server.connector().run()
    let ann = try #require(accounts.named("ann"))
    #expect(ann.name.anchor == imported.entry(HashSlapd.dn("ann"))?.anchor.text)
    #expect(ann.has("one") && ann.isDisabled && !ann.mustChangePassword)
    #expect(ann.changed?.description == "2026-11-28T17:20:00.000Z")
    let eve = try #require(accounts.named("eve"))
    #expect(eve.has("two") && !eve.isDisabled && eve.mustChangePassword)
    #expect(eve.changed == nil)
  }

  @Test("A hash in bytes is read, with the time of Kerberos")
  func bytes() async throws {
    let hash = PasswordHash.ntHash(of: "one").withBytes { Array($0) }
    let base64 = String(decoding: Base64.encode(hash), as: UTF8.self)
    let server = try HashSlapd.start(
      person(
        "ann",
        "objectClass: sambaSamAccount\nipaNTHash:: \(base64)\nkrbLastPwdChange: 20261128172000Z\n"))
    let attribute = HashAttribute("ipaNTHash", .binary, changed: "krbLastPwdChange")
    let account = try #require(try await server.passwordSource(attribute).all().accounts.first)
    #expect(account.has("one"))
    #expect(account.changed?.description == "2026-11-28T17:20:00.000Z")
  }

  @Test("A new password gives a new stamp; another attribute, a lock and a rename the old one")
  func stamps() async throws {
    let server = try HashSlapd.start(
      HashSlapd.person("ann", "one") + HashSlapd.person("bob", "one"))
    let source = server.passwordSource()
    let (first, start, _) = try await source.all()
    let old = try #require(first.named("ann"))
    #expect(old.stamp != first.named("bob")?.stamp, "who has the same password is not told")
    try await server.change(
      HashSlapd.dn("ann"),
      [
        LDAPModification(.replace, "mail", [Array("ann@example.org".utf8)]),
        LDAPModification(.add, "sambaAcctFlags", [Array("[UD         ]".utf8)]),
      ])
    let connection = LDAPConnection(server.settings())
    try await connection.bind()
    #expect(try await connection.rename(HashSlapd.dn("ann"), to: "cn=anna").code == 0)
    let (second, middle, _) = try await source.all(since: start)
    let touched = try #require(second.first { $0.name.anchor == old.name.anchor })
    #expect(touched.stamp == old.stamp)
    #expect(touched.isDisabled && touched.name.dn.hasPrefix("cn=anna,"))
    try await server.change(
      HashSlapd.dn("anna"),
      [
        LDAPModification(
          .replace, "sambaNTPassword", [Array(HashSlapd.hexadecimal("new").utf8)])
      ])
    let (third, end, _) = try await source.all(since: middle)
    let changed = try #require(third.first { $0.name.anchor == old.name.anchor })
    #expect(changed.stamp != old.stamp && changed.has("new"))
    #expect(third.named("bob").map { $0.stamp == first.named("bob")?.stamp } ?? true)
    // The same password set anew is told by its time.
    try await server.change(
      HashSlapd.dn("anna"),
      [LDAPModification(.replace, "sambaPwdLastSet", [Array("1795886401".utf8)])])
    let again = try #require(
      try await source.all(since: end).accounts.first { $0.name.anchor == old.name.anchor })
    #expect(again.stamp != changed.stamp && again.has("new"))
    #expect(try await source.account(again.name)?.stamp == again.stamp)
  }

  @Test("What was changed long ago does not come again within the hour, and all does after it")
  func deltas() async throws {
    let server = try HashSlapd.start(
      HashSlapd.person("ann", "one", "modifyTimestamp: 20200101000000Z\n")
        + HashSlapd.person("bob", "two"))
    let clock = TestClock()
    let source = server.passwordSource(clock: clock)
    let whole = try await source.changes(since: nil)
    #expect(whole.isWhole && !whole.hasMore)
    let start = whole.state
    #expect(try await !source.changes(since: start).isWhole, "who is not told may have a hash")
    let soon = try await source.all(since: start)
    #expect(soon.accounts.map(\.name.dn) == [HashSlapd.dn("bob")])
    clock.advance(3599)
    let late = try await source.all(since: soon.state)
    #expect(late.accounts.count == 1)
    clock.advance(2)
    let renewed = try await source.all(since: late.state)
    #expect(renewed.accounts.count == 2)
    #expect(try await source.all(since: renewed.state).accounts.count == 1)
    // A clock that was set back is no reason to leave something out.
    clock.advance(-7200)
    #expect(try await source.all(since: renewed.state).accounts.count == 2)
  }

  @Test("Thousands come in batches of pages, and a reading that was broken off begins anew")
  func batches() async throws {
    let server = try HashSlapd.start(
      (0..<1200).map { HashSlapd.person("u\($0)", "pw\($0)") }.joined())
    let source = server.passwordSource { $0.pageSize = 100 }
    let batch = try await source.changes(since: nil)
    #expect(batch.hasMore && (500..<1200).contains(batch.accounts.count))
    let other = try await server.passwordSource().all(since: batch.state)
    #expect(other.accounts.count == 1200)
    #expect(Set(other.accounts.map(\.stamp)).count == 1200)
    let first = try await source.all(since: batch.state)
    #expect(first.accounts.count + batch.accounts.count == 1200, "it goes on where it was")
  }

  @Test("A server that goes away in the middle loses nothing: the state stays where it was")
  func gone() async throws {
    let server = try HashSlapd.start(
      (0..<1500).map { HashSlapd.person("u\($0)", "pw\($0)") }.joined())
    let source = server.passwordSource { $0.pageSize = 50 }
    let batch = try await source.changes(since: nil)
    server.crash()
    let failure = try #require(
      await #expect(throws: PasswordSourceFailure.self) {
        var state = batch.state
        while true { state = try await source.changes(since: state).state }
      })
    #expect(failure.message.contains("127.0.0.1") && !failure.hint.isEmpty)
    #expect(!failure.isStateUseless)
    #expect(batch.state.hasSuffix(" - -"), "nothing counts as read")
  }

  @Test("Only what the connector reads is read: containers, exclusions and filter")
  func scope() async throws {
    let server = try HashSlapd.start(
      """
      dn: ou=away,ou=people,dc=example,dc=org
      objectClass: organizationalUnit
      ou: away


      """ + HashSlapd.person("ann", "one", "mail: a@example.org\n") + HashSlapd.person("bob", "two")
        + HashSlapd.person("eve", "x").replacingText(",ou=people", with: ",ou=away,ou=people"))
    let people = try #require(ContainerName("ou=people,dc=example,dc=org"))
    let away = try #require(ContainerName("ou=away,ou=people,dc=example,dc=org"))
    func names(_ adjust: (inout LDAPConnectorSettings) -> Void) async throws -> [String] {
      try await server.passwordSource(HashSlapd.attribute, adjust).all().accounts.map {
        String($0.name.dn.prefix(6))
      }
    }
    #expect(try await names { $0.included = [people] }.sorted() == ["cn=ann", "cn=bob", "cn=eve"])
    #expect(try await names { $0.excluded = [away] }.sorted() == ["cn=ann", "cn=bob"])
    #expect(try await names { $0.included = [away] } == ["cn=eve"])
    #expect(try await names { $0.filter = "(mail=*)" } == ["cn=ann"])
  }

  @Test("Malformed, giant and doubled values are problems of their accounts alone")
  func malformed() async throws {
    let giant = String(repeating: "A", count: 3_000_000)
    let server = try HashSlapd.start(
      HashSlapd.person("good", "one")
        + person("short", "objectClass: sambaSamAccount\nsambaNTPassword: hunter2\n")
        + person("giant", "objectClass: sambaSamAccount\nsambaNTPassword: \(giant)\n")
        + person(
          "none",
          "objectClass: sambaSamAccount\nsambaNTPassword: NO PASSWORDXXXXXXXXXXXXXXXXXXXXX\n")
        + person("many", "objectClass: sambaSamAccount\nmanyHashes: a\nmanyHashes: b\n"))
    let (accounts, _, _) = try await server.passwordSource().all()
    #expect(accounts.count == 4)
    #expect(accounts.named("good")?.has("one") == true)
    for name in ["short", "giant"] {
      let account = try #require(accounts.named(name))
      #expect(account.hash == nil && account.stamp.isEmpty)
      #expect(account.problem.contains("32 hexadecimal digits"))
      #expect(!account.problem.contains("hunter2"))
    }
    let none = try #require(accounts.named("none"))
    #expect(none.hash == nil && none.problem.isEmpty)
    let many = try await server.passwordSource(HashAttribute("manyHashes", .hexadecimal)).all()
    #expect(many.accounts.first?.problem.contains("2 values") == true)
  }

  @Test(
    "Names with commas, quotes, line ends and other alphabets arrive as the connector has them",
    arguments: [
      "cn=Doe\\2C \\22Jo\\22", "cn=a\\0Ab", "cn=\\23hash \\2B plus\\5C", "cn=Жук\\3D1",
    ])
  func names(_ name: String) async throws {
    let dn = "\(name),ou=people,dc=example,dc=org"
    let server = try HashSlapd.start(
      "dn:: " + String(decoding: Base64.encode(Array(dn.utf8)), as: UTF8.self)
        + "\nobjectClass: inetOrgPerson\nobjectClass: sambaSamAccount\nsn: x\n"
        + "sambaNTPassword: \(HashSlapd.hexadecimal("one"))\n\n")
    let source = server.passwordSource()
    let account = try #require(try await source.all().accounts.first)
    let imported = try await server.connector().run()
    let entry = try #require(imported.entries.first { $0.objectType == "user" })
    #expect(account.name.anchor == entry.anchor.text)
    #expect(try DistinguishedName(account.name.dn) == entry.dn)
    #expect(try await source.account(account.name)?.has("one") == true)
  }

  @Test("Who may not see hashes at all is told so, instead of an empty success")
  func unseen() async throws {
    let server = try HashSlapd.start(HashSlapd.person("ann", "one") + Self.reader)
    #expect(try await server.passwordSource().all().accounts.count == 1)
    let hidden = try HashSlapd.start(
      HashSlapd.person("ann", "one") + Self.reader, access: Self.rules("none"))
    let failure = try #require(
      await #expect(throws: PasswordSourceFailure.self) {
        _ = try await hidden.passwordSource(as: Self.account).changes(since: nil)
      })
    #expect(failure.message.contains("sambaNTPassword") && failure.hint.contains("right"))
  }

  @Test("Who may search for hashes and not read them is told so for each account")
  func unread() async throws {
    let server = try HashSlapd.start(
      HashSlapd.person("ann", "one") + Self.reader, access: Self.rules("search"))
    let account = try #require(
      try await server.passwordSource(as: Self.account).all().accounts.first)
    #expect(account.hash == nil && account.stamp.isEmpty)
    #expect(account.problem.contains("may not read it"))
  }

  private static let account = (name: HashSlapd.dn("reader"), password: "reading")
  private static let reader = person("reader", "userPassword: reading\n")
  private static func rules(_ right: String) -> String {
    "access to attrs=sambaNTPassword by dn.exact=\"\(account.name)\" \(right) by * none"
  }

  @Test(
    "A wrong password, and a network that could be listened to, are told before anything is read")
  func refused() async throws {
    let server = try HashSlapd.start(HashSlapd.person("ann", "one"))
    let wrong = try #require(
      await #expect(throws: PasswordSourceFailure.self) {
        _ = try await server.passwordSource(as: (TestSlapd.admin, "no")).changes(since: nil)
      })
    #expect(wrong.message.contains("Invalid credentials"))
    let clear = try #require(
      await #expect(throws: PasswordSourceFailure.self) {
        _ = try await server.passwordSource { settings in
          // An address of this machine, but not one that is known to be.
          settings.connection.servers = [LDAPServer(host: "0.0.0.0", port: server.port)]
        }.changes(since: nil)
      })
    #expect(clear.message.contains("in the clear") && clear.hint.contains("ldaps://"))
  }

  @Test(
    "A state that is none, or is of another directory, is told as useless",
    arguments: ["", "ldif begun", "ldap 1 0 - -", "ldap 1 zz 1 x", "ldap 2 0 - -"])
  func useless(_ state: String) async throws {
    let server = try HashSlapd.start(HashSlapd.person("ann", "one"))
    let failure = try #require(
      await #expect(throws: PasswordSourceFailure.self) {
        _ = try await server.passwordSource().changes(since: state)
      })
    #expect(failure.isStateUseless)
  }

  @Test("An account that is gone is none")
  func absent() async throws {
    let server = try HashSlapd.start(HashSlapd.person("ann", "one") + person("bob"))
    let source = server.passwordSource()
    let bob = try #require(try await server.connector().run().entry(HashSlapd.dn("bob")))
    let name = AccountName(anchor: bob.anchor.text, dn: bob.dn.text)
    #expect(try await source.account(name)?.hash == nil)
    #expect(try await source.account(name)?.problem == "")
    let gone = AccountName(anchor: "00000000-0000-0000-0000-000000000000", dn: bob.dn.text)
    #expect(try await source.account(gone) == nil)
    let ann = try #require(try await source.all().accounts.first).name
    let many = try await source.accounts([name, gone, ann]).map { try $0.get() }
    #expect(many.map { $0?.name.anchor } == [name.anchor, nil, ann.anchor])
    #expect(many[2]?.has("one") == true)
  }
}

extension String {
  fileprivate func replacingText(_ part: String, with other: String) -> String {
    guard let place = firstRange(of: part) else { return self }
    return replacingCharacters(in: place, with: other)
  }

  private func firstRange(of part: String) -> Range<String.Index>? {
    indices.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
  }

  private func replacingCharacters(in range: Range<String.Index>, with other: String) -> String {
    String(self[..<range.lowerBound]) + other + String(self[range.upperBound...])
  }
}
