import Directory
import Foundation
import HTTP
import HTTPTesting
import JSON
import Tenant
import Testing

@testable import GraphConnector

/// A running tenant with a connector to it; ended by `stop()`.
struct TestCloud {
  static let application = "11111111-2222-3333-4444-555555555555"
  /// One that may not set passwords.
  static let plainApplication = "11111111-2222-3333-4444-666666666666"
  static let anchorExtension = "extension_0123456789abcdef0123456789abcdef_sourceAnchor"

  let folder: String
  let server: TenantServer
  let connector: GraphConnector
  let passwords: TenantPasswordTarget
  let settings: GraphConnectorSettings

  init(_ change: (inout GraphConnectorSettings) -> Void = { _ in }) async throws {
    folder =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("graph-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var configuration = TenantConfiguration(
      databasePath: folder + "/tenant.sqlite", token: .plain(Tenant.makeToken()))
    var application = TenantApplication(clientID: Self.application, secret: "a secret of tests")
    application.maySetPasswords = true
    configuration.applications = [
      application, TenantApplication(clientID: Self.plainApplication, secret: "a secret of tests"),
    ]
    server = try TenantServer(configuration)
    let port = try await server.start()
    var settings = GraphConnectorSettings(
      graphRoot: "http://127.0.0.1:\(port)", loginRoot: "http://127.0.0.1:\(port)",
      tenant: "contoso",
      credentials: .secret(application: Self.application) { "a secret of tests" })
    settings.retry = RetryPolicy(tries: 4, firstDelay: 0.01, longestDelay: 0.05)
    settings.groupAnchorExtension = Self.anchorExtension
    change(&settings)
    self.settings = settings
    connector = GraphConnector(settings)
    passwords = TenantPasswordTarget(settings)
  }

  func stop() async {
    await server.stop()
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// All that an import gives, and its watermark.
  func read(
    _ watermark: Watermark? = nil, staged: any StagedObjects = NothingStaged()
  ) async throws -> ([ImportedChange], Watermark?) {
    let reader = try await connector.openImport(
      ImportRequest(watermark: watermark, staged: staged) { 0 })
    var changes: [ImportedChange] = []
    var last: Watermark?
    while let batch = try await reader.next() {
      changes += batch.changes
      #expect(batch.errors == [])
      last = batch.watermark ?? last
    }
    return (changes, last)
  }

  /// The entries of an import by their DN.
  func entries(_ watermark: Watermark? = nil) async throws -> [String: DirectoryEntry] {
    try await read(watermark).0.reduce(into: [:]) { entries, change in
      if case .entry(let entry) = change { entries[entry.dn.text] = entry }
    }
  }

  /// Adds a user and gives its id.
  @discardableResult
  func add(user name: String, _ more: AttributeSet = [:]) async throws -> Anchor {
    let outcome = try await connector.export([try Operations.user(name, more)])[0]
    guard case .done(let anchor?) = outcome else { throw Unexpected(outcome: outcome) }
    return anchor
  }

  /// Adds a group and gives its id.
  @discardableResult
  func add(group name: String, members: [Anchor] = []) async throws -> Anchor {
    let outcome = try await connector.export([try Operations.group(name, members)])[0]
    guard case .done(let anchor?) = outcome else { throw Unexpected(outcome: outcome) }
    return anchor
  }
}

/// An outcome that a test did not expect.
struct Unexpected: Error { var outcome: ExportOutcome }

/// Operations as the engine makes them.
enum Operations {
  static func anchor(_ name: String) -> String {
    Base64Text.encode(Array(name.utf8))
  }

  static func dn(_ name: String) throws -> DistinguishedName {
    try DistinguishedName(GraphNames.dn(sourceAnchor: anchor(name), id: ""))
  }

  static func user(
    _ name: String, _ more: AttributeSet = [:], id: Int64 = 1, isRetry: Bool = false
  ) throws -> ExportOperation {
    var attributes: AttributeSet = [
      "userPrincipalName": [.string(name + "@contoso.com")], "displayName": [.string(name)],
      "accountEnabled": [true], "sourceAnchor": [.string(anchor(name))],
    ]
    for attribute in more.attributes { attributes[attribute.name] = attribute.values }
    return ExportOperation(
      id: id, kind: .add(attributes), objectType: "user", anchor: nil, dn: try dn(name),
      isRetry: isRetry)
  }

  static func group(
    _ name: String, _ members: [Anchor] = [], isRetry: Bool = false
  ) throws -> ExportOperation {
    let attributes: AttributeSet = [
      "displayName": [.string(name)], "securityEnabled": [true],
      "sourceAnchor": [.string(anchor(name))], "member": members.map { .reference($0.text) },
    ]
    return ExportOperation(
      id: 1, kind: .add(attributes), objectType: "group", anchor: nil, dn: try dn(name),
      isRetry: isRetry)
  }

  static func modify(
    _ type: String, _ anchor: Anchor, _ changes: [AttributeChange], id: Int64 = 1
  ) throws -> ExportOperation {
    ExportOperation(
      id: id, kind: .modify(changes), objectType: type, anchor: anchor, dn: try dn("x"))
  }

  static func delete(_ type: String, _ anchor: Anchor) throws -> ExportOperation {
    ExportOperation(id: 1, kind: .delete, objectType: type, anchor: anchor, dn: try dn("x"))
  }
}

extension ExportOutcome {
  /// The failure, if it is one.
  var failure: ObjectFailure? { if case .failed(let failure) = self { failure } else { nil } }
  /// The anchor, if it is done.
  var anchor: Anchor? { if case .done(let anchor) = self { anchor } else { nil } }
}
