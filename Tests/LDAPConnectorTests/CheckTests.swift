import Directory
import ProgramTesting
import Testing

@testable import LDAPConnector

@Suite(.disabled(if: TestSlapd.isMissing, "the Debian package slapd is missing"))
struct CheckTests {
  private func texts(_ findings: [ConnectionFinding], good: Bool) -> [String] {
    findings.filter { $0.isGood == good }.map(\.text)
  }

  @Test func aGoodDirectoryHasOnlyGoodFindings() async throws {
    let slapd = try TestSlapd(TestSlapd.root + person("Ann") + person("Bob"))
    let findings = await slapd.connector().check()
    #expect(texts(findings, good: false) == [])
    let url = "ldap://127.0.0.1:\(slapd.port)"
    let good = texts(findings, good: true)
    #expect(good.first == "\(url) answers")
    #expect(good.contains("\(url) takes the bind as \(TestSlapd.admin), not encrypted"))
    #expect(good.contains("OpenLDAP at \(url), dc=example,dc=org"))
    #expect(good.contains("pages (RFC 2696): supported"))
    #expect(good.last == "4 objects: user 2, domain 1, organizationalUnit 1")
  }

  @Test(
    "By which means changes are told is told",
    arguments: [
      (
        "", nil,
        "changes: found by entryCSN, and deletes by a comparison of what is there, every 60"
      ),
      ("overlay syncprov\n", nil, "changes: told by content synchronization (RFC 4533)"),
      ("overlay syncprov\n", .never, "changes: not asked for"),
      ("", .contentSync, "The server does not tell this account changes by \"syncrepl\""),
    ] as [(String, DeltaStrategy?, String)])
  func changes(database: String, delta: DeltaStrategy?, text: String) async throws {
    let slapd = try TestSlapd(TestSlapd.root + person("Ann"), database: database)
    let findings = await slapd.connector { $0.delta = delta }.check()
    let found = try #require(findings.first { $0.text.hasPrefix(text) }, "\(findings)")
    #expect(found.isGood == (delta != .contentSync))
    #expect(findings.last?.text.hasPrefix("3 objects") == true)
  }

  @Test("What keeps the only server away is told once")
  func once() async throws {
    let down = LDAPServer(host: "127.0.0.1", port: Loopback.freePort())
    let connector = LDAPConnector(LDAPConnectorSettings(connection: LDAPSettings(servers: [down])))
    #expect(await connector.check().count == 1)
  }

  @Test func theCertificateAndItsEndAreShown() async throws {
    let folder = try TestFolder()
    let authority = try TestAuthority(in: folder)
    let slapd = try TestSlapd(global: try authority.configuration(days: -1...10))
    let connector = slapd.connector {
      $0.connection.servers = [LDAPServer(host: "127.0.0.1", port: slapd.tlsPort, usesTLS: true)]
      $0.connection.caFile = authority.file
    }
    let findings = await connector.check()
    let bad = findings.filter { !$0.isGood }
    #expect(bad.count == 1)
    #expect(bad.first?.text.contains("signed by CN=Test CA") == true)
    #expect(bad.first?.text.hasSuffix("which is in 9 days") == true)
    #expect(texts(findings, good: true).contains { $0.contains("TLS1.3") })
  }

  @Test func aServerThatIsDownIsToldAndTheOtherIsUsed() async throws {
    let slapd = try TestSlapd()
    let down = LDAPServer(host: "127.0.0.1", port: Loopback.freePort())
    let findings = await slapd.connector { $0.connection.servers.append(down) }.check()
    #expect(texts(findings, good: false) == ["\(down): No connection: Connection refused"])
    #expect(findings.count > 4)
  }

  @Test func aRefusedBindEndsTheCheckWithWhatToDo() async throws {
    let slapd = try TestSlapd()
    let findings = await slapd.connector {
      $0.connection.authentication = .simple(name: TestSlapd.admin) { "wrong" }
    }.check()
    let last = try #require(findings.last)
    #expect(!last.isGood)
    #expect(last.text.hasSuffix("failed: Invalid credentials (49)"))
    #expect(last.hint == "Check the account's name and its password.")
  }

  @Test func anAccountThatSeesNothingIsTold() async throws {
    let slapd = try TestSlapd(
      TestSlapd.root + person("Ann", "userPassword: secret\n"),
      database: "")
    let findings = await slapd.connector {
      $0.connection.authentication = .anonymous
      $0.filter = "(cn=nobody is called so)"
    }.check()
    #expect(texts(findings, good: false) == ["No object can be seen"])
  }

  @Test func limitsThatCutAreTold() async throws {
    let slapd = try TestSlapd(
      TestSlapd.root + (1...20).map { person("P\($0)") }.joined(),
      database: "limits * size.hard=5 size.soft=5 size.prtotal=10")
    let findings = await slapd.connector {
      $0.connection.authentication = .anonymous
      $0.pageSize = 5
    }.check()
    let bad = try #require(findings.first { !$0.isGood })
    #expect(bad.text.hasPrefix("Not all objects can be read: "))
    #expect(bad.hint.contains("limits"))
  }

  @Test func refusedPagesAreToldAsThatAlone() async throws {
    let slapd = try TestSlapd(
      TestSlapd.root + (1...20).map { person("P\($0)") }.joined(),
      database: "limits * size.prtotal=disabled")
    let findings = await slapd.connector { $0.connection.authentication = .anonymous }.check()
    let bad = texts(findings, good: false)
    #expect(bad.count == 1 && bad[0].hasPrefix("Not all objects can be read: "), "\(bad)")
    #expect(!bad.contains("No object can be seen"))
  }

  @Test func containersAreShownAndMisplacedOnesTold() async throws {
    let slapd = try TestSlapd()
    let people = try DistinguishedName("ou=people,dc=example,dc=org")
    let top = try DistinguishedName("dc=example,dc=org")
    let findings = await slapd.connector {
      $0.included = [.name(people)]
      $0.excluded = [.name(top)]
    }.check()
    #expect(texts(findings, good: true).contains("read: ou=people,dc=example,dc=org"))
    #expect(
      texts(findings, good: false).contains(
        "not read: dc=example,dc=org, which is in no container that is read"))
  }

  @Test func clocksAreCompared() throws {
    let now = try #require(Timestamp("2026-05-04T12:00:00.500Z"))
    func finding(_ text: String?) -> ConnectionFinding { DirectoryCheck.clock(text, now: now) }
    #expect(finding("20260504120000.0Z") == .good("The server's clock and this one agree"))
    #expect(finding("20260504115950.0Z") == .good("The server's clock differs by 10 s"))
    #expect(finding("20260504121000.0Z").text == "The server's clock differs by 599 s")
    #expect(!finding("20260504121000.0Z").isGood)
    #expect(finding(nil).isGood)
    #expect(finding("yesterday").isGood)
  }
}
