import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct ConnectionTests {
  @Test func aBoundConnectionFindsWhatTheServerHolds() async throws {
    let slapd = try TestSlapd()
    let connection = LDAPConnection(slapd.settings())
    let server = try await connection.bind()
    #expect(server.port == slapd.port)
    let found = try await connection.entries(LDAPSearch(base: TestSlapd.suffix))
    #expect(found.map(\.dn) == ["dc=example,dc=org", "ou=people,dc=example,dc=org"])
    #expect(found[1].texts("OBJECTCLASS") == ["organizationalUnit"])
    #expect(found[1].attributes.map(\.description) == ["objectClass", "ou"])
  }

  @Test func aWrongPasswordIsRefusedInTheServersWords() async throws {
    let slapd = try TestSlapd()
    var settings = slapd.settings()
    settings.authentication = .simple(name: TestSlapd.admin) { "wrong" }
    let connection = LDAPConnection(settings)
    let error = await #expect(throws: LDAPError.self) { try await connection.bind() }
    #expect(error?.code == .refused)
    #expect(error?.words == "Invalid credentials (49)")
    #expect(error?.hint == "Check the account's name and its password.")
  }

  @Test func anObjectIsMadeChangedRenamedAndRemoved() async throws {
    let slapd = try TestSlapd()
    let connection = LDAPConnection(slapd.settings())
    try await connection.bind()
    let dn = "cn=Ann,ou=people,dc=example,dc=org"
    let added = try await connection.add(
      dn,
      [
        SearchAttribute("objectClass", "inetOrgPerson"), SearchAttribute("cn", "Ann"),
        SearchAttribute("sn", "Lee"),
      ])
    #expect(added.code == 0)
    let again = try await connection.add(dn, [SearchAttribute("objectClass", "person")])
    #expect(again.code != 0)
    let changed = try await connection.modify(
      dn, [LDAPModification(.replace, "sn", [Array("Li\u{0}x".utf8)])])
    #expect(changed.code == 0)
    let renamed = try await connection.rename(dn, to: "cn=Anna")
    #expect(renamed.code == 0)
    let entry = try await connection.entry("cn=Anna,ou=people,dc=example,dc=org")
    #expect(entry?["sn"] == [Array("Li\u{0}x".utf8)])
    #expect(try await connection.entry(dn) == nil)
    let removed = try await connection.delete("cn=Anna,ou=people,dc=example,dc=org")
    #expect(removed.code == 0)
  }

  @Test func aConnectionThatMayOnlyReadSendsNoChange() async throws {
    let slapd = try TestSlapd()
    var settings = slapd.settings()
    settings.isReadOnly = true
    let connection = LDAPConnection(settings)
    try await connection.bind()
    let error = await #expect(throws: LDAPError.self) {
      try await connection.delete("ou=people,dc=example,dc=org")
    }
    #expect(error?.code == .notSent)
    #expect(try await connection.entry("ou=people,dc=example,dc=org") != nil)
  }
}

extension TestSlapd {
  /// Settings that bind as the administrator.
  func settings() -> LDAPSettings {
    LDAPSettings(
      servers: [LDAPServer(host: "127.0.0.1", port: port)],
      authentication: .simple(name: Self.admin) { Self.password })
  }
}

extension SearchAttribute {
  init(_ description: String, _ values: String...) {
    self.init(description: description, values: values.map { Array($0.utf8) })
  }
}
