import Directory
import ProgramTesting
import Testing

@testable import LDAPConnector

@Suite(
  "Whether an account may write to a target is told",
  .disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct WriteCheckTests {
  private static let account = "cn=Sync,ou=people,dc=example,dc=org"

  /// What the check says of rights to write.
  private func finding(
    _ slapd: TestSlapd, as authentication: LDAPAuthentication? = nil, isTarget: Bool = true
  ) async -> ConnectionFinding? {
    let findings = await slapd.connector {
      $0.isTarget = isTarget
      if let authentication { $0.connection.authentication = authentication }
    }.check()
    return findings.first { $0.text.hasPrefix("writes: ") }
  }

  private func slapd(
    _ people: String = person("Ann"), access: String = "", database: String = ""
  ) throws -> TestSlapd {
    try TestSlapd(
      TestSlapd.root + person("Sync", "userPassword: secret\n") + people, access: access,
      database: database)
  }

  private static let sync = LDAPAuthentication.simple(name: account) { "secret" }

  @Test func anAccountThatMayWriteIsGoodAndNothingChanges() async throws {
    let slapd = try slapd()
    let before = try await slapd.connector().run().entries
    let found = try #require(await finding(slapd))
    #expect(found.isGood && found.text.contains("may change description"), "\(found)")
    #expect(try await slapd.connector().run().entries.map(\.attributes) == before.map(\.attributes))
    #expect(await finding(slapd, isTarget: false) == nil, "a source is not written to")
  }

  @Test func anAccountThatMayWriteNothingIsBad() async throws {
    let found = try #require(await finding(try slapd(), as: Self.sync))
    #expect(!found.isGood && found.text.contains("may change nothing of cn=Ann"), "\(found)")
    #expect(found.hint.contains("Give it the rights"))
    let nobody = try #require(await finding(try slapd(), as: .anonymous))
    #expect(!nobody.isGood && nobody.text.contains("the server takes no change: 8 "), "\(nobody)")
  }

  @Test func aRightToOneAttributeIsARight() async throws {
    let slapd = try slapd(
      access: """
        access to attrs=userPassword by anonymous auth by * none
        access to attrs=mail by dn.exact="\(Self.account)" write by * read
        """)
    let found = try #require(await finding(slapd, as: Self.sync))
    #expect(found.isGood && found.text.contains("may change mail"), "\(found)")
  }

  @Test func whereNobodyIsThereToTryItIsSaid() async throws {
    let found = try #require(await finding(try slapd(""), as: Self.sync))
    #expect(found.isGood && found.text.contains("rights to write were not tried"), "\(found)")
  }

  @Test func aServerThatRefersWritesElsewhereIsBad() async throws {
    let provider = "ldap://127.0.0.1:\(Loopback.freePort())"
    let slapd = try slapd(
      database: """
        syncrepl rid=001 provider=\(provider) type=refreshOnly
          searchbase="\(TestSlapd.suffix)" bindmethod=simple retry="60 +"
        updateref \(provider)

        """)
    let found = try #require(await finding(slapd))
    #expect(!found.isGood && found.text.contains(provider), "\(found)")
    #expect(found.hint.contains("\"servers\""))
  }
}
