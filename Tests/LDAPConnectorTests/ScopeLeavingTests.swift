import Directory
import SyncStore
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct ScopeLeavingTests {
  private static let world =
    TestSlapd.root + "dn: ou=gone,dc=example,dc=org\nobjectClass: organizationalUnit\nou: gone\n\n"
    + person("Ann", "title: in\n") + person("Bob", "title: out\n")
    + person("Cid", "title: in\n", below: "ou=gone")

  private func present(_ imported: Imported) -> Set<Anchor> {
    Set(imported.changes.compactMap { if case .present(let anchor) = $0 { anchor } else { nil } })
  }

  @Test func whatIsNotInScopeIsNotTold() async throws {
    let slapd = try TestSlapd(Self.world)
    let imported = try await slapd.connector {
      $0.excluded = [ContainerName("ou=gone,dc=example,dc=org")].compactMap(\.self)
      $0.filter = "(title=in)"
    }.run()
    #expect(imported.changes.count == 1)
    #expect(imported.entries.map(\.dn.rdn) == ["cn=Ann"])
  }

  @Test func whatIsKeptIsPresentWithoutWhatItSays() async throws {
    let slapd = try TestSlapd(Self.world)
    let all = try await slapd.connector().run().entries
    let imported = try await slapd.connector {
      $0.excluded = [ContainerName("ou=gone,dc=example,dc=org")].compactMap(\.self)
      $0.filter = "(title=in)"
      $0.leaving = .keep
      $0.pageSize = 2
    }.run()
    #expect(imported.entries.map(\.dn.rdn) == ["cn=Ann"])
    #expect(present(imported) == Set(all.map(\.anchor)))
  }

  @Test func whatIsDeletedIsNotKept() async throws {
    let slapd = try TestSlapd(Self.world)
    let bob = try #require(
      try await slapd.connector().run().entry("cn=Bob,ou=people,dc=example,dc=org"))
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    _ = try await connection.delete("cn=Bob,ou=people,dc=example,dc=org")
    let imported = try await slapd.connector {
      $0.filter = "(title=in)"
      $0.leaving = .keep
    }.run()
    #expect(!present(imported).contains(bob.anchor))
  }

  @Test func anAnswerThatIsCutOffKeepsNothingSecretly() async throws {
    let slapd = try TestSlapd(
      Self.world, database: "limits anonymous size=3")
    var settings = LDAPConnectorSettings(
      connection: LDAPSettings(servers: [LDAPServer(host: "127.0.0.1", port: slapd.port)]))
    settings.filter = "(title=in)"
    settings.leaving = .keep
    settings.pageSize = 0
    let connector = LDAPConnector(settings)
    await #expect(throws: ConnectorFailure.self) { _ = try await connector.run() }
  }

  /// A NUL in the title, which no object that is read may have.
  private static let unreadable = [LDAPModification(.replace, "title", [[0x41, 0, 0x42]])]

  @Test("What is wrong with an object that is not to be read is nobody's error")
  func unreadableOutside() async throws {
    let slapd = try TestSlapd(
      Self.world, database: "overlay syncprov\nsyncprov-sessionlog 100\n")
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let (cid, ann) = ("cn=Cid,ou=gone,dc=example,dc=org", "cn=Ann,ou=people,dc=example,dc=org")
    #expect(try await connection.modify(cid, Self.unreadable).code == 0)
    let full = try await slapd.connector {
      $0.excluded = [ContainerName("ou=gone,dc=example,dc=org")].compactMap(\.self)
    }.run()
    #expect(full.errors.isEmpty, "\(full.errors)")
    #expect(full.entry(ann) != nil && full.entry(cid) == nil)

    let space = try ImportedSpace(
      slapd.connector {
        $0.included = [ContainerName("ou=people,dc=example,dc=org")].compactMap(\.self)
      })
    #expect(try await space.run(.fullImport).result == "success")
    let more = LDAPModification(.replace, "description", [Array("changed".utf8)])
    #expect(try await connection.modify(cid, [more]).code == 0)
    // Who can't be understood any more and has left what is read has left it.
    #expect(try await connection.modify(ann, Self.unreadable).code == 0)
    let moved = try await connection.rename(ann, to: "cn=Ann", below: "ou=gone,dc=example,dc=org")
    #expect(moved.code == 0)
    #expect(try await space.run(.deltaImport).result == "success")
    let left = try space.objects().values.map(\.dn).sorted()
    #expect(left == ["cn=Bob,ou=people,dc=example,dc=org", "ou=people,dc=example,dc=org"])
  }
}
