import Directory
import HTTP
import HTTPTesting
import JSON
import PasswordSync
import Secrets
import Tenant
import Testing

@testable import GraphConnector

@Suite("An import from Graph")
struct GraphImportTests {
  @Test("Pages of two hold the same as one page")
  func pages() async throws {
    let cloud = try await TestCloud { $0.pageSize = 2 }
    let operations = try (0..<7).map { try Operations.user("u\($0)", id: Int64($0)) }
    let ids = try await cloud.connector.export(operations).compactMap(\.anchor)
    try await cloud.add(group: "all", members: ids)
    let entries = try await cloud.entries()
    #expect(entries.count == 8)
    #expect(entries[try Operations.dn("all").text]?.attributes["member"].count == 7)
    await cloud.stop()
  }

  @Test("After a full import only what changed is read")
  func delta() async throws {
    let cloud = try await TestCloud()
    let (a, b) = try await (cloud.add(user: "a"), cloud.add(user: "b"))
    let (_, first) = try await cloud.read()
    #expect(first != nil)
    let (none, second) = try await cloud.read(first)
    #expect(none == [])
    _ = try await cloud.connector.export([
      try Operations.modify("user", a, [AttributeChange("title", .replace(["Boss"]))]),
      try Operations.delete("user", b),
    ])
    #expect(second != nil)
    let (changes, _) = try await cloud.read(second)
    #expect(changes.count == 2)
    let entries = changes.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
    #expect(entries.map(\.anchor) == [a])
    #expect(entries.first?.attributes.text("title") == "Boss")
    #expect(changes.contains(.delete(ObjectAddress(anchor: b))))
    await cloud.stop()
  }

  @Test("When a user's password was last taken is told, once it was")
  func passwordTime() async throws {
    let cloud = try await TestCloud()
    let anchor = try await cloud.add(user: "a")
    let (before, watermark) = try await cloud.read()
    func told(_ changes: [ImportedChange]) -> String? {
      for case .entry(let entry) in changes where entry.anchor == anchor {
        return entry.attributes.text("lastPasswordChangeDateTime")
      }
      return nil
    }
    #expect(told(before) == nil)
    let answers = try await cloud.passwords.provision([
      PasswordChange(
        request: "1", sourceAnchor: Operations.anchor("a"), targetAnchor: anchor.text,
        targetDN: "CN={a}", hash: PasswordHash.ntHash(of: "Pa$$w0rd"),
        changed: Timestamp(milliseconds: 1_700_000_000_000), mustChange: false)
    ])
    #expect(answers == [.success])
    let (after, _) = try await cloud.read(watermark)
    #expect(told(after).flatMap { Timestamp($0) } != nil, "\(after)")
    await cloud.stop()
  }

  @Test("A token that the tenant does not know any more asks for a full import")
  func resync() async throws {
    let cloud = try await TestCloud()
    let (_, watermark) = try await cloud.read()
    #expect(watermark != nil)
    cloud.server.faults.knobs.resyncNext = 1
    await #expect {
      _ = try await cloud.read(watermark)
    } throws: {
      ($0 as? ConnectorFailure)?.result == .fullImportRequired
    }
    let foreign = Watermark(kind: "scim-modified", value: "{}")
    await #expect(throws: ConnectorFailure.self) { _ = try await cloud.read(foreign) }
    await cloud.stop()
  }

  @Test("A link to another host is not followed, and the token does not go there")
  func foreignLink() async throws {
    let thief = try ScriptedServer { _ in .answer(200, [], Array("{}".utf8)) }
    let url = thief.url
    let server = try ScriptedServer { request in
      let body =
        request.path.hasSuffix("/delta")
        ? #"{"value":[],"@odata.nextLink":"\#(url)/v1.0/users/delta?x"}"# : "{}"
      return .answer(200, [("Content-Type", "application/json")], Array(body.utf8))
    }
    let connector = GraphConnector(Self.settings(server.url))
    let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
    await #expect {
      _ = try await reader.next()
    } throws: {
      ($0 as? ConnectorFailure)?.result == .stoppedUnexpectedData
    }
    #expect(thief.requests.isEmpty)
    server.close()
    thief.close()
  }

  static func settings(_ url: String) -> GraphConnectorSettings {
    var settings = GraphConnectorSettings(
      graphRoot: url, loginRoot: url, tenant: "t", credentials: .bearer { "token" })
    settings.retry = RetryPolicy(tries: 3, firstDelay: 0.01, longestDelay: 0.02)
    return settings
  }

  @Test(
    "Answers that are none of Graph's end the import with their words",
    arguments: ["<html>Login</html>", "[]", "{}", #"{"value":[]}"#])
  func strange(_ body: String) async throws {
    let server = try ScriptedServer { _ in
      .answer(200, [("Content-Type", "text/html")], Array(body.utf8))
    }
    let connector = GraphConnector(Self.settings(server.url))
    let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
    await #expect {
      _ = try await reader.next()
    } throws: {
      ($0 as? ConnectorFailure)?.result == .stoppedUnexpectedData
    }
    server.close()
  }

  @Test("Parts of a group are put together, whatever their order")
  func parts() throws {
    var collector = GroupCollector()
    for text in [
      #"{"id":"g","displayName":"G","members@delta":[{"id":"1"},{"id":"2"}]}"#,
      #"{"id":"h","displayName":"H"}"#,
      #"{"id":"g","members@delta":[{"id":"3"},{"id":"1","@removed":{"reason":"deleted"}}]}"#,
    ] {
      collector.add(try #require(try JSONValue(parsing: Array(text.utf8)).object))
    }
    let changes = collector.batches(GraphObjectReader(type: .group)).flatMap(\.changes)
    let members = changes.map { change -> [String] in
      guard case .entry(let entry) = change else { return [] }
      return entry.attributes["member"].map(\.text)
    }
    #expect(members == [["2", "3"], []])
  }
}
