import Directory
import PasswordSync
import Secrets
import Testing

@testable import LDAPConnector

@Suite(
  "A hash goes to the object that it is for, whoever has its name by then",
  .enabled(if: !TestSlapd.isMissing))
struct PasswordPlaceTests {
  private let samba = "objectClass: sambaSamAccount\n"

  /// What came of a write for ann after ann and bob had exchanged their names while they were looked
  /// for.
  private func exchanged(
    _ server: TestSlapd, _ adjust: (inout DirectoryProfile) -> Void = { _ in }
  ) async throws -> Int32? {
    let anchor = try #require(try await server.connector().run().entry(HashSlapd.dn("ann"))).anchor
    let connection = LDAPConnection(server.settings())
    try await connection.bind()
    var profile = try await connection.profile(server.passwordSettings())
    adjust(&profile)
    let hash = PasswordHash.ntHash(of: "ann's")
    let change = PasswordChange(
      request: "1", sourceAnchor: "", targetAnchor: anchor.text, targetDN: HashSlapd.dn("ann"),
      hash: hash, changed: .now, mustChange: false)
    var places = PasswordPlaces(connection, profile)
    try await places.find([change])
    for (from, to) in [("ann", "cn=aside"), ("bob", "cn=ann"), ("aside", "cn=bob")] {
      #expect(try await connection.rename(HashSlapd.dn(from), to: to).code == 0)
    }
    let value = HashSlapd.attribute.value(of: hash)
    let result = try await places.atItsPlace(change) { (dn, controls) throws(LDAPError) in
      try await connection.replace(
        dn, "sambaNTPassword", with: value, and: [], controls: controls)
    }
    return result?.code
  }

  private func hash(_ server: TestSlapd, _ name: String) async throws -> String? {
    try await server.seen(HashSlapd.dn(name), "sambaNTPassword")?.secrets.first?.withBytes {
      String(decoding: $0, as: UTF8.self)
    }
  }

  @Test("Names that were exchanged since the look-up take no hash to another one")
  func asserted() async throws {
    let server = try HashSlapd.start(person("ann", samba) + person("bob", samba))
    #expect(try await exchanged(server) == LDAPCode.assertionFailed)
    for name in ["ann", "bob"] { #expect(try await hash(server, name) == nil) }
  }

  @Test("A server that checks no conditions is asked right before the write")
  func lookedUp() async throws {
    let server = try HashSlapd.start(person("ann", samba) + person("bob", samba))
    #expect(try await exchanged(server) { $0.root.controls.remove(ControlOID.assertion) } == 0)
    #expect(try await hash(server, "ann") == nil)
    #expect(try await hash(server, "bob") == HashSlapd.hexadecimal("ann's"))
  }

  @Test("Where passwords are kept differs with the attribute, its form and that of the time")
  func ways() throws {
    let server = LDAPConnectorSettings(connection: LDAPSettings(servers: []))
    let ways = [
      HashAttribute("sambaNTPassword", .hexadecimal), HashAttribute("sambaNTPassword", .binary),
      HashAttribute("ipaNTHash", .hexadecimal),
      HashAttribute("sambaNTPassword", .hexadecimal, changed: "sambaPwdLastSet"),
    ].map { LDAPPasswordTarget(server, attribute: $0).way }
    #expect(Set(ways).count == 4)
    let spelled = HashAttribute("SAMBANTPassword", .hexadecimal)
    #expect(LDAPPasswordTarget(server, attribute: spelled).way == ways[0])
  }
}
