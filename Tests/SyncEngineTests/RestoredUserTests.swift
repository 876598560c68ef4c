import Directory
import Foundation
import GraphConnector
import SyncEngine
import SyncStore
import Tenant
import Testing

@Suite("Who was deleted in the cloud and comes back")
struct RestoredUserTests {
  private static let rules = World.rules
    .replacing("externalId", with: "sourceAnchor")
    .replacing("target = \"userName\"", with: "target = \"userPrincipalName\"")
    .replacing("target = \"members\"", with: "target = \"member\"")
    .replacing(
      "direct = \"manager\"\n\n[[rule]]\nname = \"Out - Group\"",
      with: "direct = \"manager\"\n[[rule.flow]]\ntarget = \"accountEnabled\"\n"
        + "constant = true\n\n[[rule]]\nname = \"Out - Group\"")

  /// The names of each group's members in the tenant.
  private func members(_ connector: GraphConnector) async throws -> [String: [String]] {
    let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
    var entries: [String: DirectoryEntry] = [:]
    while let batch = try await reader.next() {
      for case .entry(let entry) in batch.changes { entries[entry.anchor.text] = entry }
    }
    return entries.values.filter { $0.objectType == "group" }.reduce(into: [:]) { groups, group in
      groups[group.attributes.text("displayName") ?? ""] = group.attributes["member"]
        .compactMap { entries[$0.text]?.attributes.text("displayName") }.sorted()
    }
  }

  @Test("A group that somebody left while being deleted loses that member at the return")
  func leftMeanwhile() async throws {
    let world = try World(rules: Self.rules)
    let token = Tenant.makeToken()
    let server = try TenantServer(
      TenantConfiguration(
        databasePath: world.folder.path + "/tenant.sqlite", token: .plain(token)))
    let root = "http://127.0.0.1:\(try await server.start())"
    var settings = GraphConnectorSettings(
      graphRoot: root, loginRoot: root, tenant: "contoso", credentials: .bearer { token })
    settings.groupAnchorExtension = "extension_0123456789abcdef0123456789abcdef_sourceAnchor"
    let connector = GraphConnector(settings)
    world.wrap = { _ in connector }
    func put(_ groups: [String: [String]]) throws {
      for (name, members) in groups { world.source.put(try world.group(name, members: members)) }
    }
    for name in ["ann", "bob"] { world.source.put(try world.user(name)) }
    try put(["left": ["ann", "bob"], "kept": ["ann", "bob"]])
    try await world.cycle()
    #expect(try await members(connector) == ["left": ["ann", "bob"], "kept": ["ann", "bob"]])
    world.source.remove("g-ann")
    try put(["left": ["bob"], "kept": ["bob"]])
    try await world.cycle()
    #expect(try await members(connector) == ["left": ["bob"], "kept": ["bob"]])
    world.source.put(try world.user("ann"))
    try put(["kept": ["ann", "bob"]])
    for _ in 0..<2 { try await world.cycle() }
    #expect(try await members(connector) == ["left": ["bob"], "kept": ["ann", "bob"]])
    #expect(try world.reader.openErrors(connector: nil, after: nil, limit: 9).isEmpty)
    #expect(try await world.cycle().isQuiet)
    await server.stop()
  }
}
