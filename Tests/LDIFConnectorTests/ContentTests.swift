import Directory
import LDIFConnector
import Testing

@Suite("A full import of content")
struct ContentTests {
  @Test("An export in which each entry is one to be added is content, other changes are not")
  func ldifde() async throws {
    let folder = try TemporaryFolder()
    let found = try await folder.importing(
      "dn: CN=Ann,DC=x\nchangetype: add\nobjectClass: user\ncn: Ann\n\n"
        + "dn: CN=Bob,DC=x\nchangetype: delete\n\n")
    #expect(found.entries.map(\.dn.text) == ["CN=Ann,DC=x"])
    #expect(found.errors.map(\.type) == [.invalidChangeType])
    #expect(found.errors.first?.dn == "CN=Bob,DC=x")
  }

  @Test("A file whose name is not UTF-8 is told by its name")
  func nameOfFile() async throws {
    let folder = try TemporaryFolder()
    try folder.write("content.ldif", user("Ann"))
    let name = Array("changes/a".utf8) + [0xFC] + Array(".ldif".utf8)
    try folder.make(named: name)
    defer { folder.erase(named: name) }
    let error = await #expect(throws: ConnectorFailure.self) {
      try await folder.connector(changes: true).run()
    }
    #expect(error?.message.contains("a\\xfc.ldif") == true, "\(error?.message ?? "")")
  }

  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("Values come in the types of their attributes")
  func types() async throws {
    let found = try await folder.importing(
      user(
        "Ann",
        """
        objectGUID:: QPwpa0fKZxCzHQDdAQZi2g==
        objectSid:: AQIAAAAAAAUgAAAAIAIAAA==
        userAccountControl: 512
        showInAdvancedViewOnly: TRUE
        manager: CN=Boss,DC=x
        member;range=0-*: CN=Boss,DC=x
        userCertificate;binary:: AAE=
        displayName;lang-de: Anna
        msUnknown: text
        msUnknownBytes:: /wA=

        """))
    #expect(found.errors.isEmpty, "\(found.errors)")
    let entry = try #require(found.entries.first)
    #expect(entry.anchor.text == "6b29fc40-ca47-1067-b31d-00dd010662da")
    #expect(entry.objectType == "user")
    #expect(entry.attributes["objectGUID"].first?.typeName == "binary")
    #expect(entry.attributes["userAccountControl"] == [512])
    #expect(entry.attributes["showInAdvancedViewOnly"] == [true])
    #expect(entry.attributes["manager"] == [.reference("CN=Boss,DC=x")])
    #expect(entry.attributes["member"] == [.reference("CN=Boss,DC=x")])
    #expect(entry.attributes["userCertificate"] == [.binary([0, 1])])
    #expect(entry.attributes["displayName;lang-de"] == ["Anna"])
    #expect(entry.attributes["msUnknown"] == ["text"])
    #expect(entry.attributes["msUnknownBytes"] == [.binary([255, 0])])
    #expect(entry.attributes["distinguishedName"] == ["CN=Ann,OU=Staff,DC=x"])
  }

  @Test("A record with more attributes than any object has is an error, others are read")
  func tooManyAttributes() async throws {
    func attributes(_ count: Int) -> String {
      (0..<count).map { "xTooMany\($0): \($0)\n" }.joined()
    }
    let found = try await folder.importing(
      user("Ann", attributes(9_990)) + user("Bob", attributes(10_000)) + user("Cid"))
    #expect(found.entries.map(\.dn.rdn) == ["CN=Ann", "CN=Cid"])
    #expect(found.entries.first?.attributes["xTooMany9989"] == ["9989"])
    let error = try #require(found.errors.first)
    #expect(found.errors.count == 1 && error.type == .parseError && error.dn.hasPrefix("CN=Bob"))
    #expect(error.message.contains("more than 10000 attributes") && !error.hint.isEmpty)
  }

  @Test("Printed GUIDs and SIDs, as ldbsearch writes them, become bytes")
  func printed() async throws {
    let found = try await folder.importing(
      user("Ann", "objectGUID: 6b29fc40-ca47-1067-b31d-00dd010662da\nobjectSid: S-1-5-32-544\n"))
    let entry = try #require(found.entries.first)
    #expect(entry.anchor.text == "6b29fc40-ca47-1067-b31d-00dd010662da")
    #expect(entry.attributes["objectSid"] == [.binary(SID("S-1-5-32-544")?.bytes ?? [])])
  }

  @Test(
    "A value that does not fit is an error of its record alone",
    arguments: [
      ("userAccountControl: abc", SyncErrorType.invalidAttributeValue, "userAccountControl", "abc"),
      (
        "objectGUID:: AAECAwQFBgcICQoLDA0O", .invalidAttributeValue, "objectGUID",
        "000102030405060708090a0b0c0d0e"
      ),
      ("objectSid:: AAE=", .invalidAttributeValue, "objectSid", "0001"),
      ("manager: Ann Smith", .invalidReferenceValue, "manager", "Ann Smith"),
      ("manager:", .invalidReferenceValue, "manager", ""),
      ("isDeleted: maybe", .invalidAttributeValue, "isDeleted", "maybe"),
      ("displayName:: /w==", .invalidAttributeValue, "displayName", "ff"),
      ("displayName:: YQBi", .invalidAttributeValue, "displayName", "610062"),
      ("member;range=0-1499: CN=a,DC=x", .invalidAttributeValue, "member", nil),
      (
        "sAMAccountName: a\nsAMAccountName: b", SyncErrorType("multi-single-mismatch"),
        "sAMAccountName", nil
      ),
    ] as [(String, SyncErrorType, String, String?)])
  func misfits(
    _ line: String, _ type: SyncErrorType, _ attribute: String, _ value: String?
  ) async throws {
    let found = try await folder.importing(user("Ann", line + "\n") + user("Bob"))
    let error = try #require(found.errors.first)
    #expect(found.errors.count == 1)
    #expect(error.type == type)
    #expect(error.attribute?.lowercased() == attribute.lowercased())
    #expect(error.value == value)
    #expect(error.dn == "CN=Ann,OU=Staff,DC=x")
    #expect(error.location == folder.path + "/content.ldif:1")
    #expect(!error.hint.isEmpty)
    #expect(found.entries.map(\.dn.rdn) == ["CN=Bob"])
  }

  @Test("Secrets and back links never leave the connector, not even in errors")
  func secrets() async throws {
    let found = try await folder.importing(
      user(
        "Ann",
        "unicodePwd:: U2VjcmV0\nuserPassword;x-a: Secret\nsambaNTPassword: Secret\nmemberOf: Secret\n"
      ) + user("Bob", "userPassword:: Secret!\n"))
    #expect(found.entries.count == 1)
    #expect(found.errors.count == 1)
    #expect(!"\(found.batches)".contains("Secret"))
    #expect(!"\(found.batches)".contains("userPassword\"), values"))
    let names = found.entries[0].attributes.names.map(\.key)
    #expect(!names.contains { $0.contains("pwd") || $0.contains("password") || $0 == "memberof" })
  }

  @Test("A secret stays one even if another list names it")
  func secretWins() async throws {
    let found = try await folder.importing(user("Ann", "unicodePwd:: AAE=\n")) {
      $0.binaryAttributes.insert("unicodePwd")
    }
    #expect(found.entries.first?.attributes.contains("unicodePwd") == false)
  }

  @Test(
    "The object class decides the type",
    arguments: [
      (["top", "person", "user", "computer"], "computer"), (["inetOrgPerson"], "user"),
      (["top", "person", "organizationalPerson", "user", "InetOrgPerson"], "inetOrgPerson"),
      (["top", "GROUP"], "group"), (["groupOfUniqueNames"], "group"), (["contact"], "contact"),
      (["top", "container"], "container"), (["top", "somethingElse"], "somethingElse"),
      (["top", "domain", "domainDNS"], "domain"),
    ])
  func objectType(_ classes: [String], _ type: String) async throws {
    let lines = classes.map { "objectClass: \($0)\n" }.joined()
    let found = try await folder.importing("dn: CN=a,DC=x\n\(lines)\n")
    #expect(found.entries.first?.objectType == type)
  }

  @Test("Only the wanted object types come")
  func wanted() async throws {
    try folder.write(
      "content.ldif", user("Ann") + "dn: CN=g,DC=x\nobjectClass: group\n\n" + user("Bob"))
    let found = try await folder.connector().run(objectTypes: ["group"])
    #expect(found.entries.map(\.objectType) == ["group"])
    #expect(found.errors.isEmpty)
  }

  @Test("Without a GUID the anchor is the entryUUID, else the DN")
  func anchors() async throws {
    let found = try await folder.importing(
      user("Ann", "entryUUID: 597AE2F6-16A6-1027-98F4-D28B5365DC14\n") + user("Bob"))
    #expect(
      found.entries.map(\.anchor.text) == [
        "597ae2f6-16a6-1027-98f4-d28b5365dc14", "cn=bob,ou=staff,dc=x",
      ])
  }

  @Test("An anchor attribute of choice must have one value")
  func chosenAnchor() async throws {
    let text =
      user("Ann", "employeeID: 7\n") + user("Bob") + user("Cid", "employeeID: 8\nemployeeID: 9\n")
    let found = try await folder.importing(text) { $0.anchorAttribute = "employeeID" }
    #expect(found.entries.map(\.anchor.text) == ["7"])
    #expect(found.errors.map(\.type) == [.missingAnchor, .multiValuedAnchor])
  }

  @Test("The second object with an anchor is an error, the first is taken")
  func duplicate() async throws {
    let guid = "objectGUID:: QPwpa0fKZxCzHQDdAQZi2g==\n"
    let found = try await folder.importing(user("Ann", guid) + user("Bob", guid))
    #expect(found.entries.map(\.dn.rdn) == ["CN=Ann"])
    #expect(found.errors.map(\.type) == [.duplicateObject])
    #expect(found.errors.first?.dn == "CN=Bob,OU=Staff,DC=x")
  }

  @Test(
    "The second object with a name is an error in any spelling, whether a change touches it or not",
    arguments: ["CN=Ann,OU=Staff,DC=x", "cn=ANN , ou=staff,DC=X"], [false, true])
  func sameName(spelling: String, isTouched: Bool) async throws {
    let second = "dn: \(spelling)\nobjectClass: user\nobjectGUID:: QPwpa0fKZxCzHQDdAQZi2g==\n\n"
    if isTouched {
      try folder.write(
        "changes/1.ldif",
        "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\nreplace: title\ntitle: T\n-\n")
    }
    try folder.write("content.ldif", user("Ann", "title: first\n") + second + user("Bob"))
    let found = try await folder.connector(changes: isTouched).run()
    #expect(found.entries.map(\.dn.rdn).sorted() == ["CN=Ann", "CN=Bob"])
    #expect(found.errors.map(\.type) == [.duplicateObject])
    #expect(found.errors.first?.message == "Another entry of this import has the same name")
  }

  @Test("An entry that can't be read takes its name from no other")
  func brokenFirst() async throws {
    let found = try await folder.importing(
      "dn: CN=Ann,OU=Staff,DC=x\nobjectClass: user\nmanager: no name\n\n" + user("Ann"))
    #expect(found.entries.map(\.dn.rdn) == ["CN=Ann"])
    #expect(found.errors.map(\.type) == [.invalidReferenceValue])
  }

  @Test("Records that no entry can be made of are errors")
  func broken() async throws {
    let found = try await folder.importing(
      "dn: Ann\nobjectClass: user\n\ndn: CN=a,DC=x\ncn: a\n\ndn:\nobjectClass: user\n\n"
        + "dn: CN=b,DC=x\nchangetype: delete\n\n" + user("Bob"))
    #expect(
      found.errors.map(\.type) == [
        .dnNotLDAPConformant, .missingObjectClass, .missingDN, .invalidChangeType,
      ])
    #expect(found.entries.count == 1)
  }

  @Test("A folder's files are read in the order of their names, others are passed over")
  func order() async throws {
    try folder.write("changes/b.ldf", user("B"))
    try folder.write("changes/a.LDIF", user("A"))
    try folder.write("changes/c.ldif.tmp", user("C"))
    try folder.write("changes/.d.ldif", user("D"))
    let connector = LDIFConnector(settings: LDIFConnectorSettings(content: [folder.changes]))
    #expect(try await connector.run().entries.map(\.dn.rdn) == ["CN=A", "CN=B"])
  }

  @Test("Batches are bounded and tell how far they are")
  func batches() async throws {
    let found = try await folder.importing((0..<1234).map { user("User \($0)") }.joined())
    #expect(found.entries.count == 1234)
    #expect(found.batches.map(\.changes.count) == [500, 500, 234])
    let fractions = found.batches.compactMap(\.fractionRead)
    #expect(fractions == fractions.sorted())
    #expect(fractions.last == 1)
    #expect(fractions.first.map { $0 > 0.3 && $0 < 0.5 } == true)
    #expect(found.watermark == nil)
  }

  @Test("A file that is written to while it is read stops the import")
  func inMotion() async throws {
    let text = (0..<1234).map { user("User \($0)") }.joined()
    try folder.write("content.ldif", text)
    let reader = try await folder.connector().openImport(
      ImportRequest(watermark: nil, stagedCount: { 0 }))
    #expect(try await reader.next()?.changes.count == 500)
    try folder.write("content.ldif", text + user("Late"))
    var failure: ConnectorFailure?
    do {
      while try await reader.next() != nil {}
    } catch {
      failure = error as? ConnectorFailure
    }
    #expect(failure?.result == .stoppedImportRead)
    #expect(failure?.message.contains("changed while it was read") == true)
  }
}
