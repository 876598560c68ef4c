import Directory
import HTTP
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import GraphConnector

/// Servers that answer strangely, or lead elsewhere.
extension GraphImportTests {
  @Test("Pages that lead back to one another end the import, wherever they stand")
  func circles() async throws {
    func server(
      _ path: String, _ more: @escaping @Sendable (ScriptedGraph.Call) -> ScriptedGraph.Reply?
    ) throws -> ScriptedGraph {
      let root = Mutex("")
      let server = try Self.paged([[]]) { call in
        guard call.path == path, call.query != "end" else { return more(call) }
        let link = root.withLock { $0 } + "/v1.0" + path + "?" + (call.query == "a" ? "b" : "a")
        return .init(200, ["value": [], "@odata.nextLink": .string(link)])
      }
      root.withLock { $0 = server.server.url }
      return server
    }
    func expectEnd(_ server: ScriptedGraph, _ path: String, _ work: () async throws -> Void) async {
      await #expect {
        try await work()
      } throws: { error in
        let failure = error as? ConnectorFailure
        return failure?.result == .stoppedUnexpectedData
          && failure?.message.contains("GET \(path) leads from one page to the next") == true
      }
      #expect(server.count("GET " + path) == 3)
      server.close()
    }
    let delta = try server("/users/delta") { _ in nil }
    await expectEnd(delta, "/users/delta") { _ = try await Self.all(delta.connector()) }
    let members = try server("/groups/g/members") { call in
      switch call.path {
      case "/groups/delta" where call.query == "end":
        .init(200, ["value": [["id": "g"]], "@odata.deltaLink": "not reached"])
      case "/groups/g": .init(200, ["id": "g", "displayName": "G"])
      default: nil
      }
    }
    let (_, watermark) = try await Self.all(members.connector())
    await expectEnd(members, "/groups/g/members") {
      _ = try await Self.all(members.connector(), watermark)
    }
    let log = try server("/auditLogs/provisioning") { _ in nil }
    await expectEnd(log, "/auditLogs/provisioning") {
      _ = try await Self.all(
        log.connector {
          $0.bulkUpload = BulkUploadSettings(servicePrincipal: "a-principal", job: "a-job")
        })
    }
    let path = "/directory/deletedItems/microsoft.graph.user"
    let deleted = try server(path) { _ in nil }
    let outcome = try await deleted.connector { $0.restoresDeleted = true }
      .export([Operations.user("ann")])[0]
    #expect(outcome.failure?.message.contains("leads from one page to the next") == true)
    #expect(deleted.count("GET " + path) == 3)
    deleted.close()
  }

  @Test("A tenant that is busy for long is told as busy, not as a server of another kind")
  func busy() async throws {
    for path in ["/users/delta", "/users/n", "/organization"] {
      let broken = try Self.paged([[]]) { call in
        switch call.path {
        case path where call.query != "end":
          .error(503, "ServiceUnavailable", "not now")
        case "/users/delta" where call.query == "end":
          .init(200, ["value": [["id": "n"]], "@odata.deltaLink": "not reached"])
        default: nil
        }
      }
      defer { broken.close() }
      var stored = GraphWatermark()
      for type in GraphObjectType.all {
        stored.links[type.name] = broken.server.url + "/v1.0\(type.endpoint)/delta?end"
      }
      let watermark = path == "/users/n" ? stored.watermark : nil
      await #expect {
        if path == "/organization" { _ = try await broken.connector().describe() }
        _ = try await Self.all(broken.connector(), watermark)
      } throws: { error in
        let failure = error as? ConnectorFailure
        let isStart = path == "/organization"
        return failure?.result == (isStart ? .noStartConnection : .stoppedConnectivity)
          && failure?.message.contains("503") == true
          && failure?.serverWords.contains("not now") == true
          && failure?.hint.contains("the next run goes on") == true
      }
    }
  }

  @Test("Half a page is none: it is asked for again, or nothing is known of what was not read")
  func halfPage() async throws {
    for isOnce in [true, false] {
      let count = Mutex(0)
      let root = Mutex("")
      let server = try ScriptedServer { request in
        let base = root.withLock { $0 } + "/v1.0"
        guard request.path == "/v1.0/users/delta" else {
          let link = base + request.path.dropFirst("/v1.0".count) + "?end"
          let json: JSONValue = ["value": [], "@odata.deltaLink": .string(link)]
          return .answer(200, [], json.encoded)
        }
        guard request.target.hasSuffix("?2") else {
          let json: JSONValue = [
            "value": [["id": "a", "userPrincipalName": "a@x"]],
            "@odata.nextLink": .string(base + "/users/delta?2"),
          ]
          return .answer(200, [], json.encoded)
        }
        let number = count.withLock { count in
          count += 1
          return count
        }
        let json: JSONValue = [
          "value": [["id": "b", "userPrincipalName": "b@x"]],
          "@odata.deltaLink": .string(base + "/users/delta?end"),
        ]
        guard number == 1 || !isOnce else { return .answer(200, [], json.encoded) }
        let head = "HTTP/1.1 200 OK\r\nContent-Length: \(json.encoded.count)\r\n\r\n"
        return .raw(Array(head.utf8) + json.encoded.prefix(20))
      }
      defer { server.close() }
      root.withLock { $0 = server.url }
      let connector = GraphConnector(Self.settings(server.url))
      if isOnce {
        let (changes, watermark) = try await Self.all(connector)
        #expect(changes.count == 2 && watermark != nil)
        continue
      }
      let reader = try await connector.openImport(ImportRequest(watermark: nil) { 0 })
      let first = try await reader.next()
      #expect(first?.changes.count == 1 && first?.watermark == nil)
      await #expect {
        _ = try await reader.next()
      } throws: {
        ($0 as? ConnectorFailure)?.result == .stoppedConnectivity
      }
    }
  }

  @Test("A link to another host is not followed, wherever it stands, and nothing goes there")
  func foreignLinks() async throws {
    let thief = try ScriptedServer { _ in .answer(200, [], Array("{}".utf8)) }
    defer { thief.close() }
    let link = JSONValue.string(thief.url + "/v1.0/users?x")
    func server(_ line: String) throws -> ScriptedGraph {
      try ScriptedGraph { call in
        call.line == line
          ? .init(200, ["value": [], "@odata.nextLink": link])
          : .init(200, ["value": [["id": "g"]], "@odata.deltaLink": link])
      }
    }
    let deleted = try server("GET /directory/deletedItems/microsoft.graph.user")
    defer { deleted.close() }
    let outcome = try await deleted.connector { $0.restoresDeleted = true }
      .export([Operations.user("ann")])[0]
    #expect(outcome.failure?.message.contains("leads elsewhere") == true)
    let members = try Self.paged([[]]) { call in
      switch call.path {
      case "/groups/delta" where call.query == "end":
        .init(200, ["value": [["id": "g"]], "@odata.deltaLink": "not reached"])
      case "/groups/g": .init(200, ["id": "g", "displayName": "G"])
      case "/groups/g/members": .init(200, ["value": [], "@odata.nextLink": link])
      default: nil
      }
    }
    defer { members.close() }
    let (_, watermark) = try await Self.all(members.connector())
    await #expect(throws: ConnectorFailure.self) {
      _ = try await Self.all(members.connector(), watermark)
    }
    #expect(members.count("GET /groups/g/members") == 1)
    var stored = GraphWatermark()
    for type in GraphObjectType.all { stored.links[type.name] = thief.url + "/v1.0/delta" }
    let foreign = stored.watermark
    await #expect(throws: ConnectorFailure.self) {
      _ = try await Self.all(members.connector(), foreign)
    }
    #expect(thief.requests.isEmpty)
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

  @Test(
    "A page without a list of objects is not taken for an empty one",
    arguments: [nil, ["x"], [:], "none"] as [JSONValue?])
  func noList(_ value: JSONValue?) async throws {
    let root = Mutex("")
    let server = try Self.paged([[]]) { call in
      guard call.path == "/users/delta" else { return nil }
      var page = JSONObject([
        "@odata.deltaLink": .string(root.withLock { $0 } + "/v1.0/users/delta?end")
      ])
      if let value { page["value"] = value }
      return .init(200, .object(page))
    }
    defer { server.close() }
    root.withLock { $0 = server.server.url }
    await #expect {
      _ = try await Self.all(server.connector())
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .stoppedUnexpectedData
        && failure?.message.contains("no list of objects") == true
    }
  }

  @Test("A change of an object without an id is an error, and no member without one is left out")
  func nameless() async throws {
    let users = try Self.changed([["displayName": "Ann"]]) { _ in Self.notFound }
    defer { users.close() }
    let (_, watermark) = try await Self.all(users.connector())
    let reader = try await users.connector().openImport(ImportRequest(watermark: watermark) { 0 })
    var errors: [DiscoveryError] = []
    while let batch = try await reader.next() { errors += batch.errors }
    #expect(errors.map(\.type) == [.missingAnchor] && errors.first?.dn == "Ann")
    let groups = try Self.changed([["id": "g"]], of: "groups") { call in
      call.path == "/groups/g"
        ? .init(200, ["id": "g", "displayName": "G"])
        : .list([["id": "a"], ["displayName": "Ben"]])
    }
    defer { groups.close() }
    let (_, other) = try await Self.all(groups.connector())
    await #expect {
      _ = try await Self.all(groups.connector(), other)
    } throws: {
      ($0 as? ConnectorFailure)?.message.contains("/groups/g/members names an object") == true
    }
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
