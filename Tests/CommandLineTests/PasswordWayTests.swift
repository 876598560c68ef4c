import Configuration
import Directory
import DirectoryReplication
import Foundation
import GraphConnector
import LDAPConnector
import LDIFConnector
import PasswordSync
import Secrets
import SyncEngine
import Testing

@testable import Workspace
@testable import lockstepd

@Suite("The ends of password synchronization, as the configuration names them")
struct PasswordWayTests {
  private static let connectors = """
    [tenant]
    [[connector]]
    name = "files"
    type = "ldif"
    role = "source"
    content = "people.ldif"
    [[connector]]
    name = "contoso.com"
    type = "ldap"
    role = "source"
    servers = "ldaps://dc1.contoso.com"
    user = "svc@contoso.com"
    password_file = "secret"
    [[connector]]
    name = "radius"
    type = "ldap"
    role = "target"
    servers = "ldaps://radius.contoso.com"
    user = "cn=sync"
    password_file = "secret"
    [[connector]]
    name = "scim"
    type = "scim"
    role = "target"
    url = "embedded"
    [[connector]]
    name = "graph"
    type = "graph"
    role = "target"
    url = "embedded"
    [[connector]]
    name = "cloud"
    type = "graph"
    role = "target"
    url = "https://graph.contoso.test"
    tenant = "contoso.com"
    application = "a"
    secret_file = "secret"

    """

  /// The ways of a workspace with these lines, in a folder of its own.
  private func ways(
    _ lines: String, secretMode: Int = 0o600,
    _ look: (ConnectorFactory, String) async throws -> Void
  ) async throws {
    let folder = NSTemporaryDirectory() + "ways-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    for name in ["secret", "tenant.token"] {
      let file = folder + "/" + name
      try "hidden".write(toFile: file, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: secretMode], ofItemAtPath: file)
    }
    try """
    dn: CN=Ann,DC=x
    objectClass: user
    cn: Ann
    ourHash: 92937945b518814341de3f726500d4ff

    """.write(toFile: folder + "/people.ldif", atomically: true, encoding: .utf8)
    try (Self.connectors + lines).write(
      toFile: folder + "/lockstep.toml", atomically: true, encoding: .utf8)
    let workspace = try Workspace.open(folder)
    try await look(
      ConnectorFactory(workspace: workspace, tenant: try TenantKeeper(workspace)), folder)
  }

  @Test("Each kind of source and target is built, with the settings of its section")
  func kinds() async throws {
    let lines = """
      [[password_sync]]
      source = "files"
      target = "scim"
      hash_attribute = "sambaNTPassword"
      interval = "30s"
      must_change = true
      [[password_sync]]
      source = "contoso.com"
      target = "radius"
      hash_attribute = "sambaNTPassword"
      write_attribute = "sambaNTPassword"
      smart_card = true
      [[password_sync]]
      source = "contoso.com"
      target = "graph"
      allow_in_fips = true
      [password_sync.replication]
      domain = "contoso.com"
      [[password_sync]]
      source = "files"
      target = "cloud"
      hash_attribute = "ipaNTHash"

      """
    try await ways(lines) { factory, folder in
      let ways = try factory.passwordWays()
      try #require(ways.count == 4)
      #expect(ways[0].source is LDIFPasswordSource && ways[0].target is EmbeddedPasswordTarget)
      #expect(ways[1].source is LDAPPasswordSource && ways[1].target is LDAPPasswordTarget)
      #expect(
        ways[2].source is ReplicationPasswordSource && ways[2].target is EmbeddedPasswordTarget)
      #expect(ways[3].target is TenantPasswordTarget)
      #expect(ways.map(\.source.domain) == ["files", "contoso.com", "contoso.com", "files"])
      #expect(ways.map(\.settings.targetConnector) == ["scim", "radius", "graph", "cloud"])
      #expect(ways.map(\.settings.intervalSeconds) == [30, 120, 120, 120])
      #expect(ways.map(\.settings.sendsMustChange) == [true, false, false, false])
      #expect(ways.map(\.settings.sendsSmartCard) == [false, true, false, false])
      #expect(ways.map(\.settings.allowsFIPS) == [false, false, true, false])
      #expect(ways.map(\.setup.targetConnector) == ["scim", "radius", "graph", "cloud"])
      #expect(ways.map(\.setup.intervalSeconds) == [30, 120, 120, 120])
      #expect(ways.map(\.setup.sendsMustChange) == [true, false, false, false])
      #expect(ways.map(\.setup.sendsSmartCard) == [false, true, false, false])
      #expect(ways.map(\.setup.allowsFIPS) == [false, false, true, false])
      let mode = try FileManager.default.attributesOfItem(
        atPath: folder + "/password-stamp.key")[.posixPermissions]
      #expect(mode as? Int == 0o600)
    }
  }

  @Test("The key of stamps is made where hashes are read from attributes, and nowhere else")
  func key() async throws {
    let replication = """
      [password_sync]
      source = "contoso.com"
      target = "graph"
      [password_sync.replication]
      domain = "contoso.com"

      """
    try await ways(replication) { factory, folder in
      let found = try factory.passwordWays()
      #expect(found.count == 1)
      #expect(!FileManager.default.fileExists(atPath: folder + "/password-stamp.key"))
    }
    try await ways("") { factory, _ in
      let found = try factory.passwordWays()
      #expect(found.isEmpty)
    }
  }

  @Test("A key that others may read, and a secret that they may, are told with the place")
  func open() async throws {
    let lines = """
      [password_sync]
      source = "files"
      target = "graph"
      hash_attribute = "ourHash"
      hash_form = "hexadecimal"

      """
    try await ways(lines) { factory, folder in
      let file = folder + "/password-stamp.key"
      _ = try factory.passwordWays()
      try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
      let error = #expect(throws: ConfigurationError.self) { try factory.passwordWays() }
      #expect(error?.message.contains("password-stamp.key is open to others") == true)
      #expect(error?.place != nil)
    }
    try await ways(lines, secretMode: 0o644) { factory, _ in
      #expect(throws: ConfigurationError.self) { try factory.passwordWays() }
    }
  }

  @Test("What is configured to hold hashes is in no import, and makes the next one a full one")
  func imports() async throws {
    let lines = """
      [password_sync]
      source = "files"
      target = "radius"
      hash_attribute = "ourHash"
      hash_form = "hexadecimal"
      write_attribute = "theirHash"
      write_form = "binary"

      """
    var prints: [[String]] = []
    for text in ["", lines] {
      try await ways(text) { factory, folder in
        let connectors = try factory.connectors()
        prints.append(
          [connectors[0], connectors[2]].map { $0.fingerprint.replacing(folder, with: "") })
        let reader = try await connectors[0].connector.openImport(
          ImportRequest(watermark: nil) { 0 })
        guard case .entry(let entry)? = try await reader.next()?.changes.first else {
          Issue.record("no entry")
          return
        }
        #expect(entry.attributes.contains("ourHash") == text.isEmpty)
        #expect(entry.attributes.contains("cn"))
        guard case .ldap(let section) = factory.workspace.settings.connectors[2].kind else {
          return
        }
        let target = try factory.settings(section, factory.workspace.settings.connectors[2])
        #expect(target.secretAttributes.contains("theirHash") == !text.isEmpty)
      }
    }
    #expect(zip(prints[0], prints[1]).allSatisfy { $0 != $1 })
  }
}
