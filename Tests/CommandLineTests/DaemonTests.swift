import Configuration
import Directory
import Foundation
import GraphConnector
import HTTPTesting
import LDIFConnector
import SCIMConnector
import SyncEngine
import SyncRules
import SyncStore
import Tenant
import Testing

@testable import Workspace
@testable import lockstepd

@Suite("What lockstepd makes of a workspace")
struct DaemonTests {
  /// Calls `body` with the demo's workspace, which is removed afterwards.
  private func withWorkspace(
    _ configuration: String? = nil, rules: String = "", _ body: (Workspace) throws -> Void
  ) throws {
    let folder = NSTemporaryDirectory() + "daemon-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try WorkspaceCreation(folder: folder).make(rules: rules, token: "a-token-for-this-test")
    if let configuration {
      try configuration.write(
        toFile: folder + "/lockstep.toml", atomically: true, encoding: .utf8)
    }
    try body(try Workspace.open(folder))
  }

  @Test("Every connector of the demo's workspace is built, in its order and role")
  func factory() throws {
    try withWorkspace { workspace in
      let factory = ConnectorFactory(workspace: workspace, tenant: try TenantKeeper(workspace))
      let connectors = try factory.connectors()
      #expect(connectors.map(\.name) == ["contoso.test", "tenant"])
      #expect(connectors.map(\.type) == ["ldif", "scim"])
      #expect(connectors.map(\.isSource) == [true, false])
      #expect(connectors[0].connector is LDIFConnector)
      #expect(connectors[1].connector is EmbeddedTenantConnector)
    }
  }

  @Test(
    "The tenant's token is sent nowhere once the tenant has ended", arguments: ["scim", "graph"])
  func tenantGone(type: String) async throws {
    let folder = NSTemporaryDirectory() + "daemon-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try WorkspaceCreation(folder: folder).make(rules: "", token: "a-token-for-this-test")
    let section = """
      [tenant]
      [[connector]]
      name = "tenant"
      type = "\(type)"
      role = "target"
      url = "embedded"
      """
    try section.write(toFile: folder + "/lockstep.toml", atomically: true, encoding: .utf8)
    let workspace = try Workspace.open(folder)
    // This process plays the tenant, and goes on to listen when it has ended.
    let server = try ScriptedServer { _ in .answer(404) }
    defer { server.close() }
    var lock = try FileLock.take(workspace.tenantLockFile)
    #expect(lock != nil)
    try "\(server.url)/scim/v2\n\(getpid())\n".write(
      toFile: workspace.tenantAddressFile, atomically: true, encoding: .utf8)
    let factory = ConnectorFactory(workspace: workspace, tenant: try TenantKeeper(workspace))
    let connector = try factory.connector(workspace.settings.connectors[0])
    let operation = ExportOperation(
      id: 1,
      kind: .add(
        type == "scim"
          ? ["displayName": ["ann"]]
          : [
            "displayName": ["ann"], "userPrincipalName": ["ann@contoso.test"],
            "alias": ["ann"], "accountEnabled": [.boolean(true)],
          ]), objectType: "user", anchor: nil,
      dn: try DistinguishedName("CN=ann"))
    _ = try? await connector.export([operation])
    let asked = server.requests.count
    #expect(asked > 0)
    lock = nil
    withExtendedLifetime(lock) {}
    do {
      for outcome in try await connector.export([operation]) {
        guard case .failed(let failure) = outcome else {
          Issue.record("\(outcome)")
          continue
        }
        #expect(failure.message.contains("does not run any more"))
      }
    } catch let error as ConnectorFailure {
      #expect(error.serverWords.contains("does not run any more"), "\(error)")
    }
    #expect(server.requests.count == asked)
  }

  @Test("The keys of an LDIF section reach the connector, beside what it knows itself")
  func ldif() throws {
    let text = """
      [[connector]]
      name = "people"
      type = "ldif"
      role = "source"
      content = "x.ldif"
      anchor = "uid"
      allow_file_urls = true
      reference_attributes = ["boss"]
      binary_attributes = ["key"]
      """
    try withWorkspace(text) { workspace in
      guard case .ldif(let section) = workspace.settings.connectors[0].kind else {
        Issue.record("the section is of another type")
        return
      }
      let settings = ConnectorFactory.settings(section)
      #expect(settings.content == [workspace.folder + "/x.ldif"])
      #expect(settings.anchorAttribute == "uid")
      #expect(settings.allowFileURLs)
      #expect(settings.referenceAttributes.isSuperset(of: ["boss", "member"]))
      #expect(settings.binaryAttributes.isSuperset(of: ["key", "objectGUID"]))
    }
  }

  private func cloud(_ lines: String) -> String {
    "[[connector]]\nname = \"cloud\"\ntype = \"scim\"\nrole = \"target\"\n" + lines
  }

  @Test("The keys of a SCIM section reach the connector, and the token is read anew each time")
  func scim() throws {
    let text = cloud(
      """
      url = "https://scim.example.test/v2"
      token_file = "cloud.token"
      requests_in_flight = 3
      page_size = 50
      timeout = "7s"
      bulk = false
      """)
    try withWorkspace(text) { workspace in
      guard case .scim(let section) = workspace.settings.connectors[0].kind else {
        Issue.record("the section is of another type")
        return
      }
      let settings = ConnectorFactory.settings(section, url: "https://x") { "t" }
      #expect(settings.requestsInFlight == 3)
      #expect(settings.pageSize == 50)
      #expect(settings.timeout == 7)
      #expect(!settings.useBulk)
    }
  }

  @Test("A token that is missing or open to others is told before anything runs")
  func token() throws {
    let text = cloud("url = \"https://scim.example.test/v2\"\ntoken_file = \"cloud.token\"")
    try withWorkspace(text) { workspace in
      let factory = ConnectorFactory(workspace: workspace, tenant: nil)
      let missing = #expect(throws: ConfigurationError.self) { try factory.connectors() }
      #expect(missing?.message.contains("cloud.token") == true)
      let file = workspace.folder + "/cloud.token"
      try "secret\n".write(toFile: file, atomically: true, encoding: .utf8)
      chmod(file, 0o644)
      let open = #expect(throws: ConfigurationError.self) { try factory.connectors() }
      #expect(open?.hint.contains("chmod 600") == true)
      #expect(open?.description.contains("secret\n") == false)
      chmod(file, 0o600)
      #expect(try factory.connectors().count == 1)
    }
  }

  @Test("An application signs in with a certificate whose key is a file as tools write it")
  func certificate() throws {
    let text = """
      [[connector]]
      name = "cloud"
      type = "graph"
      role = "target"
      tenant = "contoso.test"
      application = "11111111-2222-3333-4444-555555555555"
      certificate_file = "c.pem"
      key_file = "k.pem"
      """
    try withWorkspace(text) { workspace in
      let factory = ConnectorFactory(workspace: workspace, tenant: nil)
      let definition = workspace.settings.connectors[0]
      guard case .graph(let section) = definition.kind else {
        Issue.record("no connector to Graph")
        return
      }
      let key = "-----BEGIN PRIVATE KEY-----\nMIIE\nvQ==\n-----END PRIVATE KEY-----"
      let file = workspace.folder + "/k.pem"
      try (key + "\n").write(toFile: file, atomically: true, encoding: .utf8)
      chmod(file, 0o644)
      let open = #expect(throws: ConfigurationError.self) {
        try factory.credentials(section, definition)
      }
      #expect(open?.hint.contains("chmod 600") == true)
      chmod(file, 0o600)
      guard case .certificate(_, _, let read) = try factory.credentials(section, definition) else {
        Issue.record("no certificate")
        return
      }
      #expect(try read() == key)
      #expect(try factory.connectors().count == 1)
    }
  }

  @Test("A rule for a connector that there is not is refused with its place")
  func ruleConnector() throws {
    let text = StandardRules.text.replacingOccurrences(of: "%Source%", with: "contoso.tset")
      .replacingOccurrences(of: "%Target%", with: "tenant")
    try withWorkspace(rules: text) { workspace in
      let error = #expect(throws: ConfigurationError.self) { try RuleCheck.load(workspace) }
      #expect(error?.place?.file.hasSuffix("standard.toml") == true)
      #expect(error?.hint.contains("contoso.test") == true)
    }
  }

  @Test("Matching for a connector that there is not, or for a source, is refused with its place")
  func matchingConnector() throws {
    let text = StandardRules.text.replacingOccurrences(of: "%Source%", with: "contoso.test")
      .replacingOccurrences(of: "%Target%", with: "tenant")
    for (name, words) in [("tenat", "does not have"), ("contoso.test", "is a source")] {
      let matching = "\n[[matching]]\nconnector = \"\(name)\"\nblock_hard_match = true\n"
      try withWorkspace(rules: text + matching) { workspace in
        let error = #expect(throws: ConfigurationError.self) { try RuleCheck.load(workspace) }
        #expect(error?.message.contains(words) == true)
        #expect(error?.place?.file.hasSuffix("standard.toml") == true)
        #expect(error?.hint.contains("tenant") == true)
      }
    }
    let right = text + "\n[[matching]]\nconnector = \"Tenant\"\nblock_hard_match = true\n"
    try withWorkspace(rules: right) { workspace in
      let rules = try RuleCheck.load(workspace)
      #expect(rules.matching(for: "tenant").blockHardMatch)
    }
  }

  @Test("The tenant's port is remembered, and nonsense in its file is not")
  func address() throws {
    let path = NSTemporaryDirectory() + "address-" + UUID().uuidString
    let portFile = path + ".port"
    defer { for path in [path, portFile] { unlink(path) } }
    var file: AddressFile { AddressFile(path, portFile: portFile) }
    #expect(file.port == nil)
    try file.write("http://127.0.0.1:4711/scim/v2")
    #expect(file.port == 4711)
    // Nobody may take the address of one that has ended for that of the next.
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(file.port == 4711)
    try file.write("http://[::1]:99999/")
    #expect(file.port == nil)
    try "http://127.0.0.1:4712/scim/v2\n".write(toFile: path, atomically: true, encoding: .utf8)
    unlink(portFile)
    #expect(file.port == 4712)
  }

  @Test("Every error of ours ends the program with its status")
  func statuses() {
    func status(_ error: any Error) -> Int32? {
      Invocation.failure(of: error)?.status.rawValue
    }
    #expect(status(ConfigurationError(message: "x")) == 2)
    #expect(status(StoreError(.notAStore, message: "x", hint: "y")) == 5)
    #expect(status(WorkspaceError(.notFound, message: "x", hint: "y")) == 7)
    #expect(status(TenantError(.portTaken, "x", hint: "y")) == 6)
    #expect(status(TenantError(.badToken, "x", hint: "y")) == 2)
    #expect(status(CancellationError()) == nil)
  }
}
