import Directory
import PasswordSync
import Secrets
import Testing

@testable import LDIFConnector

@Suite("Passwords of LDIF files")
struct PasswordSourceTests {
  private let attribute = HashAttribute(
    "sambaNTPassword", .hexadecimal, changed: "sambaPwdLastSet")

  private func key() -> StampKey {
    StampKey(SecretBytes([UInt8](repeating: 9, count: StampKey.length)))
  }

  private func source(_ folder: TemporaryFolder, changes: Bool = true) -> LDIFPasswordSource {
    LDIFPasswordSource(
      LDIFConnectorSettings(
        content: [folder.path + "/content.ldif"], changes: changes ? folder.changes : nil),
      attribute: attribute, key: key(), domain: "files")
  }

  private func hex(_ password: String) -> String {
    PasswordHash.ntHash(of: password).withBytes { Hexadecimal.encode(Array($0)) }
  }

  private func person(_ name: String, _ password: String, _ more: String = "") -> String {
    user(name, "entryUUID: \(name)-uuid\nsambaNTPassword: \(hex(password).uppercased())\n" + more)
  }

  private func all(
    _ source: LDIFPasswordSource, since state: String? = nil
  ) async throws -> (accounts: [SourceAccount], state: String) {
    var batch = try await source.changes(since: state)
    var accounts = batch.accounts
    while batch.hasMore {
      batch = try await source.changes(since: batch.state)
      accounts += batch.accounts
    }
    return (accounts, batch.state)
  }

  private func isFailure(_ reading: AccountReading) -> Bool {
    if case .failure(is PasswordSourceFailure) = reading { true } else { false }
  }

  private func has(_ account: SourceAccount?, _ password: String) -> Bool {
    account?.hash?.isEqual(to: PasswordHash.ntHash(of: password)) == true
  }

  @Test("Files are read once for many accounts that are looked for page by page, until a turn ends")
  func pages() async throws {
    let folder = try TemporaryFolder()
    let names = (1...600).map { "P\($0)" }
    try folder.write("content.ldif", names.map { person($0, $0) }.joined())
    let source = source(folder)
    let anchors = try await all(source).accounts.map(\.name)
    #expect(anchors.count == 600)
    let before = await source.openings
    for page in [anchors[..<300], anchors[300...]] {
      let found = try await source.accounts(Array(page)).map { try $0.get() }
      #expect(found.map { $0?.name } == page.map { $0 })
      let last = page.last?.dn.split(separator: ",")[0].dropFirst(3)
      #expect(has(found.last ?? nil, String(last ?? "")))
    }
    #expect(await source.openings == before + 1)
    // Of other files it is no more true.
    try folder.write("content.ldif", names.dropLast().map { person($0, "new") }.joined())
    let one = try await source.account(anchors[0])
    #expect(has(one, "new"))
    #expect(try await source.account(anchors[599]) == nil)
    _ = await source.accounts(anchors)
    let after = await source.openings
    await source.rest()
    _ = await source.accounts([anchors[0]])
    #expect(await source.openings == after + 1)
  }

  @Test("All accounts with a hash come, with anchors as their connector gives them")
  func accounts() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "content.ldif",
      person("Ann", "one", "sambaPwdLastSet: 1795886400\nsambaAcctFlags: [UD         ]\n")
        + user("Bob") + person("Eve", "two", "userAccountControl: 262656\npwdLastSet: 0\n"))
    let source = source(folder)
    let (accounts, state) = try await all(source)
    let imported = try await folder.connector(changes: true).run()
    let anchors = imported.entries.filter { $0.dn.text.contains("Bob") == false }
    #expect(accounts.map(\.name.anchor) == anchors.map(\.anchor.text))
    #expect(accounts.map(\.name.dn) == ["CN=Ann,OU=Staff,DC=x", "CN=Eve,OU=Staff,DC=x"])
    #expect(has(accounts.first, "one") && has(accounts.last, "two"))
    #expect(accounts[0].isDisabled && !accounts[0].mustChangePassword)
    #expect(accounts[0].changed?.description == "2026-11-28T17:20:00.000Z")
    #expect(accounts[1].requiresSmartCard && accounts[1].mustChangePassword)
    #expect(source.domain == "files")
    let again = try await all(source, since: state)
    #expect(again.accounts.isEmpty && again.state == state)
  }

  @Test("Whose hash was taken away is told by name as one without, and by no reading of all")
  func takenAway() async throws {
    let folder = try TemporaryFolder()
    try folder.write("content.ldif", person("Ann", "one") + person("Bob", "two"))
    let source = source(folder)
    let (_, state) = try await all(source)
    try folder.write("content.ldif", user("Ann", "entryUUID: Ann-uuid\n") + person("Bob", "two"))
    var batch = try await source.changes(since: state)
    #expect(batch.hasMore && !batch.isMoreCertain, "all were read by then")
    #expect(!batch.isWhole && batch.accounts.map(\.name.anchor) == ["bob-uuid"])
    batch = try await source.changes(since: batch.state)
    #expect(batch.isWhole && !batch.hasMore)
    #expect(try await !source.changes(since: batch.state).isWhole, "nothing was read")
    let ann = try await source.account(AccountName(anchor: "ann-uuid", dn: ""))
    #expect(ann != nil && ann?.hash == nil && ann?.problem == "")
  }

  @Test("A change file with a new password gives a new stamp, and a rename the old one")
  func changes() async throws {
    let folder = try TemporaryFolder()
    try folder.write("content.ldif", person("Ann", "one") + person("Bob", "one"))
    let source = source(folder)
    let (first, start) = try await all(source)
    #expect(first[0].stamp != first[1].stamp, "who has the same password is not told")
    try folder.write(
      "changes/1.ldif",
      """
      dn: CN=Ann,OU=Staff,DC=x
      changetype: modify
      replace: sambaNTPassword
      sambaNTPassword: \(hex("new"))
      -

      dn: CN=Bob,OU=Staff,DC=x
      changetype: modrdn
      newrdn: CN=Robert
      deleteoldrdn: 1

      """)
    let (second, middle) = try await all(source, since: start)
    func stamp(_ accounts: [SourceAccount], _ anchor: String) -> String? {
      accounts.first { $0.name.anchor == anchor }?.stamp
    }
    #expect(middle != start)
    #expect(stamp(second, "ann-uuid") != stamp(first, "ann-uuid"))
    #expect(stamp(second, "bob-uuid") == stamp(first, "bob-uuid"))
    #expect(second.contains { $0.name.dn == "CN=Robert,OU=Staff,DC=x" })
    let ann = try await source.account(AccountName(anchor: "ann-uuid", dn: ""))
    #expect(has(ann, "new") && ann?.stamp == stamp(second, "ann-uuid"))
    #expect(try await source.account(AccountName(anchor: "nobody", dn: "")) == nil)
    let names = ["bob-uuid", "nobody", "ann-uuid"].map { AccountName(anchor: $0, dn: "") }
    let many = try await source.accounts(names).map { try $0.get() }
    #expect(many.map { $0?.name.anchor } == ["bob-uuid", nil, "ann-uuid"])
    #expect(has(many[0], "one") && has(many[2], "new"))
    let lost = LDIFPasswordSource(
      LDIFConnectorSettings(content: [folder.path + "/none.ldif"], changes: nil),
      attribute: attribute, key: key(), domain: "files")
    let failed = await lost.accounts(names)
    #expect(failed.map(isFailure) == [true])
  }

  @Test("The stamp is the same whatever the case and form in which a hash is written")
  func forms() async throws {
    let folder = try TemporaryFolder()
    try folder.write("content.ldif", user("Ann", "sambaNTPassword: \(hex("one"))\n"))
    let plain = try await all(source(folder)).accounts
    let base64 = String(decoding: Base64.encode(Array(hex("one").uppercased().utf8)), as: UTF8.self)
    try folder.write("content.ldif", user("Ann", "sambaNTPassword:: \(base64)\n"))
    let encoded = try await all(source(folder)).accounts
    #expect(plain.map(\.stamp) == encoded.map(\.stamp))
    #expect(has(encoded.first, "one"))
  }

  @Test("Thousands come in batches, and a reading that was broken off begins anew")
  func batches() async throws {
    let folder = try TemporaryFolder()
    let content = (0..<1200).map { person("u\($0)", "pw\($0)") }.joined()
    try folder.write("content.ldif", content)
    let first = source(folder)
    let batch = try await first.changes(since: nil)
    #expect(batch.hasMore && batch.accounts.count < 1200)
    #expect(batch.isMoreCertain)
    // Another engine has the state of the first batch only.
    let (accounts, state) = try await all(source(folder), since: batch.state)
    #expect(accounts.count == 1200)
    #expect(Set(accounts.map(\.stamp)).count == 1200)
    // And one that had all of the files before is not left with a part of the new ones.
    try folder.write("changes/1.ldif", "dn: CN=u1,OU=Staff,DC=x\nchangetype: delete\n")
    let again = source(folder)
    let part = try await again.changes(since: state)
    #expect(part.state == state && part.hasMore)
    #expect(try await all(source(folder), since: part.state).accounts.count == 1199)
  }

  @Test(
    "What is no hash is a problem of its account alone, which does not show it",
    arguments: ["hunter2", "92937945b518814341de3f726500d4fg", "{crypt}x", "0"])
  func malformed(_ value: String) async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "content.ldif", user("Ann", "sambaNTPassword: \(value)\n") + person("Bob", "one"))
    let (accounts, _) = try await all(source(folder))
    try #require(accounts.count == 2)
    #expect(accounts[0].hash == nil && accounts[0].stamp.isEmpty)
    #expect(accounts[0].problem.contains("sambaNTPassword"))
    #expect(!accounts[0].problem.contains(value))
    #expect(has(accounts[1], "one"))
  }

  @Test("Giant values, two values, and one in another file are problems too")
  func odd() async throws {
    let folder = try TemporaryFolder()
    let secret = try folder.write("secret", hex("file"))
    let giant = String(repeating: "A", count: 2_000_000)
    try folder.write(
      "content.ldif",
      user("Ann", "sambaNTPassword: \(giant)\n")
        + user("Bob", "sambaNTPassword: \(hex("a"))\nsambaNTPassword: \(hex("b"))\n")
        + user("Cid", "sambaNTPassword:< file://\(secret)\n") + person("Eve", "one"))
    var settings = LDIFConnectorSettings(content: [folder.path + "/content.ldif"])
    settings.allowFileURLs = true
    let source = LDIFPasswordSource(
      settings, attribute: attribute, key: key(), domain: "files")
    let (accounts, _) = try await all(source)
    try #require(accounts.count == 4)
    #expect(accounts[0].problem.contains("more than 4096 bytes"))
    #expect(accounts[1].problem.contains("2 values"))
    #expect(accounts[2].problem.contains("does not stand in the file itself"))
    #expect(has(accounts[3], "one"))
  }

  @Test("Names with commas, quotes and line ends arrive as their connector has them")
  func names() async throws {
    let folder = try TemporaryFolder()
    let dn = "CN=Doe\\, \\\"Jo\\\"\\0AX,OU=Staff,DC=x"
    try folder.write(
      "content.ldif",
      "dn: \(dn)\nobjectClass: user\nsambaNTPassword: \(hex("one"))\n")
    let account = try #require(try await all(source(folder)).accounts.first)
    let entry = try #require(try await folder.connector().run().entries.first)
    #expect(account.name.anchor == entry.anchor.text)
    #expect(account.name.dn == entry.dn.text)
    #expect(try await source(folder).account(account.name)?.stamp == account.stamp)
  }

  @Test("A state of something else, and files that are not there, are told")
  func failures() async throws {
    let folder = try TemporaryFolder()
    try folder.write("content.ldif", person("Ann", "one"))
    let useless = try #require(
      await #expect(throws: PasswordSourceFailure.self) {
        _ = try await source(folder).changes(since: "ldap 1 x - -")
      })
    #expect(useless.isStateUseless)
    folder.delete("content.ldif")
    let gone = try #require(
      await #expect(throws: PasswordSourceFailure.self) {
        _ = try await source(folder).changes(since: nil)
      })
    #expect(gone.message.contains("content.ldif") && !gone.isStateUseless)
    #expect(!gone.hint.isEmpty)
  }

  @Test("No import holds a hash, in content, changes, errors or schema")
  func imports() async throws {
    let folder = try TemporaryFolder()
    try folder.write(
      "content.ldif", person("Ann", "one", "ourHash: \(hex("two"))\nuserPassword: three\n"))
    try folder.write(
      "changes/1.ldif",
      """
      dn: CN=Ann,OU=Staff,DC=x
      changetype: modify
      replace: sambaNTPassword
      sambaNTPassword: \(hex("four"))
      -
      replace: ourHash
      ourHash: \(hex("five"))
      ourHash: \(hex("six"))
      -

      """)
    let connector = folder.connector(changes: true) { settings in
      settings.secretAttributes.insert("ourHash")
      settings.binaryAttributes.insert("ourHash")
    }
    let full = try await connector.run()
    try folder.write(
      "changes/2.ldif",
      "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\nadd: ourHash\nourHash: \(hex("x"))\n-\n")
    let delta = try await connector.run(since: full.watermark)
    let text = "\(full.changes) \(full.errors) \(delta.changes) \(delta.errors)"
    for password in ["one", "two", "four", "five", "six", "x"] {
      #expect(!text.lowercased().contains(hex(password)))
    }
    #expect(!text.contains("three") && !text.contains("withheld"))
    let schema = try await connector.describe().schema
    for name in ["ourHash", "sambaNTPassword", "ipaNTHash"] as [AttributeName] {
      #expect(schema.attributes[name] == nil)
    }
  }
}
