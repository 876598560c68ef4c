import Directory
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct FullImportTests {
  @Test func objectsHaveTheShapeOfAnLDIFFilesObjects() async throws {
    let slapd = try TestSlapd(
      TestSlapd.root
        + person("Ann", "manager: cn=Bob,ou=people,dc=example,dc=org\nuserPassword: x\n")
        + person("Bob", "jpegPhoto:: /9j/4AA=\n")
          + """
          dn: cn=Staff,dc=example,dc=org
          objectClass: groupOfNames
          cn: Staff
          member: cn=Bob,ou=people,dc=example,dc=org
          member: cn=Ann,ou=people,dc=example,dc=org

          """)
    let imported = try await slapd.connector().run()
    #expect(imported.errors.isEmpty)
    #expect(
      imported.entries.map(\.objectType) == [
        "domain", "organizationalUnit", "user", "user", "group",
      ])
    let ann = try #require(imported.entry("cn=Ann,ou=people,dc=example,dc=org"))
    #expect(ann.attributes["manager"] == [.reference("cn=Bob,ou=people,dc=example,dc=org")])
    #expect(ann.attributes["userPassword"] == [])
    #expect(ann.attributes["distinguishedName"] == ["cn=Ann,ou=people,dc=example,dc=org"])
    #expect(ann.attributes["objectClass"] == ["inetOrgPerson"])
    #expect(ann.attributes["entryUUID"] == [.string(ann.anchor.text)])
    #expect(ann.anchor.text.count == 36)
    let bob = try #require(imported.entry("cn=Bob,ou=people,dc=example,dc=org"))
    #expect(bob.attributes["jpegPhoto"] == [.binary([0xFF, 0xD8, 0xFF, 0xE0, 0])])
    let staff = try #require(imported.entry("cn=Staff,dc=example,dc=org"))
    #expect(
      staff.attributes["member"] == [
        .reference("cn=Ann,ou=people,dc=example,dc=org"),
        .reference("cn=Bob,ou=people,dc=example,dc=org"),
      ])
  }

  @Test(arguments: [0, 1, 2, 3, 100]) func pagesOfAnySizeBringTheSame(size: Int) async throws {
    let slapd = try TestSlapd(TestSlapd.root + (1...7).map { person("P\($0)") }.joined())
    let imported = try await slapd.connector { $0.pageSize = size }.run()
    #expect(imported.entries.count == 9)
    #expect(imported.errors.isEmpty)
  }

  @Test func onlyWantedTypesAndFilteredObjectsCome() async throws {
    let slapd = try TestSlapd(
      TestSlapd.root + person("Ann", "title: chief\n") + person("Bob", "title: clerk\n"))
    let all = try await slapd.connector().run(objectTypes: ["user"])
    #expect(all.entries.map(\.dn.rdn) == ["cn=Ann", "cn=Bob"])
    let chiefs = try await slapd.connector { $0.filter = "title=chief" }.run(objectTypes: ["user"])
    #expect(chiefs.entries.map(\.dn.rdn) == ["cn=Ann"])
  }

  @Test func chosenAttributesComeAndNoOthers() async throws {
    let slapd = try TestSlapd(TestSlapd.root + person("Ann", "title: chief\nmobile: 1\n"))
    let imported = try await slapd.connector { $0.attributes = ["title"] }.run(
      objectTypes: ["user"])
    #expect(
      Set(imported.entries.first?.attributes.names ?? [])
        == ["title", "objectClass", "entryUUID", "distinguishedName"])
  }

  @Test func aSizeLimitOfTheServerStopsTheImportInsteadOfCuttingIt() async throws {
    let slapd = try TestSlapd(
      TestSlapd.root + (1...7).map { person("P\($0)") }.joined(),
      database: "limits * size.hard=3 size.soft=3\n"
        + "access to * by * read")
    let connector = slapd.connector {
      $0.connection.authentication = .anonymous
      $0.pageSize = 0
    }
    let error = await #expect(throws: ConnectorFailure.self) { _ = try await connector.run() }
    #expect(error?.result == .stoppedImportRead)
    #expect(error?.serverWords == "Size limit exceeded (4)")
    #expect(error?.hint.contains("limits") == true)
  }

  @Test func aBaseThatIsNotThereIsAFaultOfTheConfiguration() async throws {
    let slapd = try TestSlapd()
    let connector = slapd.connector { $0.base = "ou=gone,dc=example,dc=org" }
    let error = await #expect(throws: ConnectorFailure.self) { _ = try await connector.describe() }
    #expect(error?.result == .badConfiguration)
    #expect(error?.hint.contains("The server holds: dc=example,dc=org.") == true)
  }

  @Test func theServerTellsItsNameSchemaAndIdentity() async throws {
    let slapd = try TestSlapd(TestSlapd.root + person("Ann"))
    let described = try await slapd.connector().describe()
    #expect(described.summary == "OpenLDAP at ldap://127.0.0.1:\(slapd.port), dc=example,dc=org")
    let top = try #require(try await slapd.connector().run().entry("dc=example,dc=org"))
    #expect(described.serverIdentity == "ldap openLDAP dc=example,dc=org \(top.anchor.text)")
    let schema = described.schema
    #expect(schema["manager"] == .init(.reference, isMultiValued: true))
    #expect(schema["jpegPhoto"].kind == .binary)
    #expect(schema["uidNumber"] == .init(.integer))
    #expect(schema["displayName"] == .init(.string))
    #expect(schema["entryUUID"].isReadOnly)
    #expect(schema.attributes["userPassword"] == nil)
  }
}
