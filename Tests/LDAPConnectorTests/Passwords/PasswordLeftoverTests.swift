import Directory
import Glibc
import PasswordSync
import SecretScanning
import Secrets
import Testing

@testable import LDAPConnector

/// What is left of hashes in memory after they were read, written, or came unasked.
@Suite("Hashes that went over a connection", .serialized, .enabled(if: !TestSlapd.isMissing))
struct PasswordLeftoverTests {
  /// A hash that no test has but under a mask.
  private struct Hidden: Sendable {
    let masked = (0..<16).map { _ in UInt8.random(in: 0...255) ^ 0xA5 }

    var hash: SecretBytes {
      SecretBytes(masked, changedBy: { room in for index in 0..<16 { room[index] ^= 0xA5 } })
    }

    var scan: SecretScan { SecretScan([.hash(hash, name: "ann")]) }
  }

  private func change(_ hidden: Hidden, _ dn: String) -> PasswordChange {
    PasswordChange(
      request: "1", sourceAnchor: "", targetAnchor: "", targetDN: dn, hash: hidden.hash,
      changed: .now, mustChange: false)
  }

  @Test(
    "Nothing is left after a target took them, a source read them and an import met them",
    arguments: [false, true])
  func leftovers(encrypted: Bool) async throws {
    let authority = encrypted ? try TestAuthority(in: TestFolder()) : nil
    let server = try HashSlapd.start(
      person("ann", "objectClass: sambaSamAccount\n") + HashSlapd.person("bob", "two"),
      global: try authority?.configuration(
        names: ["localhost"], addresses: [[127, 0, 0, 1]], days: -1...30) ?? "")
    let adjust: (inout LDAPConnectorSettings) -> Void = { settings in
      guard let authority else { return }
      settings.connection.servers = [
        LDAPServer(host: "127.0.0.1", port: server.tlsPort, usesTLS: true)
      ]
      settings.connection.caFile = authority.file
    }
    var settings = server.passwordSettings()
    adjust(&settings)
    let hidden = Hidden()
    let scan = hidden.scan
    let target = LDAPPasswordTarget(settings, attribute: HashSlapd.attribute)
    #expect(try await target.provision([change(hidden, HashSlapd.dn("ann"))]) == [.success])
    try expectNothing(scan, "after writing")
    let source = server.passwordSource(HashSlapd.attribute, adjust)
    try await read(source, hidden)
    try expectNothing(scan, "after reading")
    let connector = server.connector(adjust)
    let imported = try await connector.run()
    let ann = try #require(imported.entry(HashSlapd.dn("ann")))
    #expect(!ann.attributes.contains("sambaNTPassword"))
    #expect(ann.attributes.contains("sambaPwdLastSet"))
    try expectNothing(scan, "after an import")
    withExtendedLifetime(connector) {}
  }

  private func expectNothing(_ scan: SecretScan, _ when: Comment) throws {
    #expect(try scan.findings(inProcess: getpid()) == [], when)
  }

  // In a function of its own, so that the accounts are gone when it returns.
  private func read(_ source: LDAPPasswordSource, _ hidden: Hidden) async throws {
    let accounts = try await source.all().accounts
    #expect(accounts.named("ann")?.hash?.isEqual(to: hidden.hash) == true)
    if let name = accounts.first?.name { _ = try await source.account(name) }
  }

  @Test("An attribute that is configured to hold hashes is asked for by nobody else, nor kept")
  func configured() async throws {
    let server = try HashSlapd.start(
      person("ann", "objectClass: sambaSamAccount\nmanyHashes: one\nmanyHashes: two\n"))
    func attributes(
      _ adjust: (inout LDAPConnectorSettings) -> Void
    ) async throws -> AttributeSet? {
      try await server.connector(adjust).run().entry(HashSlapd.dn("ann"))?.attributes
    }
    #expect(try await attributes { _ in }?["manyHashes"].count == 2)
    for wanted in [[], ["cn", "manyHashes"], ["MANYHASHES"]] as [[String]] {
      let found = try await attributes { settings in
        settings.secretAttributes.insert("manyHashes")
        settings.binaryAttributes.insert("manyHashes")
        settings.attributes = wanted
      }
      #expect(found != nil)
      #expect(found?.contains("manyHashes") == false)
    }
    let schema = try await server.connector { $0.secretAttributes.insert("manyHashes") }.describe()
      .schema
    #expect(schema.attributes["manyHashes"] == nil)
    #expect(schema.attributes["sambaNTPassword"] == nil)
    #expect(schema.attributes["sambaPwdLastSet"] != nil)
  }
}
