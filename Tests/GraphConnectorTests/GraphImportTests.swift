import Directory
import HTTP
import HTTPTesting
import JSON
import PasswordSync
import Secrets
import Synchronization
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

  @Test("A client that may only read reads the changes of many objects, too")
  func readOnlyDelta() async throws {
    let cloud = try await TestCloud()
    let ids = try await cloud.connector.export(
      (0..<30).map { try Operations.user("u\($0)", id: Int64($0)) }
    ).compactMap(\.anchor)
    let (_, watermark) = try await cloud.read()
    _ = try await cloud.connector.export(
      ids.map {
        try Operations.modify("user", $0, [AttributeChange("title", .replace(["Boss"]))])
      })
    let reader = try await cloud.connector.readOnly.openImport(
      ImportRequest(watermark: watermark) { 0 })
    var titles: [String?] = []
    while let batch = try await reader.next() {
      for case .entry(let entry) in batch.changes {
        titles.append(entry.attributes.text("title"))
      }
    }
    #expect(titles == Array(repeating: "Boss", count: 30))
    await cloud.stop()
  }

  /// A tenant whose delta of users gives these pages, and nothing of all else.
  static func paged(
    _ pages: [[JSONValue]], headers: [(String, String)] = [],
    _ more: @escaping @Sendable (ScriptedGraph.Call) -> ScriptedGraph.Reply? = { _ in nil }
  ) throws -> ScriptedGraph {
    let root = Mutex("")
    let server = try ScriptedGraph(headers: headers) { call in
      if let reply = more(call) { return reply }
      let base = root.withLock { $0 } + "/v1.0"
      guard call.path == "/users/delta" else {
        return .init(200, ["value": [], "@odata.deltaLink": .string(base + call.path + "?end")])
      }
      let page = Int(call.query) ?? 0
      let isLast = page + 1 >= pages.count
      return .init(
        200,
        [
          "value": .array(pages[page]),
          isLast ? "@odata.deltaLink" : "@odata.nextLink":
            .string("\(base)/users/delta?" + (isLast ? "end" : String(page + 1))),
        ])
    }
    root.withLock { $0 = server.server.url }
    return server
  }

  static func all(
    _ connector: GraphConnector, _ watermark: Watermark? = nil,
    staged: any StagedObjects = NothingStaged(), types: [String] = []
  ) async throws -> ([ImportedChange], Watermark?) {
    let reader = try await connector.openImport(
      ImportRequest(watermark: watermark, objectTypes: types, staged: staged) { 0 })
    var changes: [ImportedChange] = []
    var last: Watermark?
    while let batch = try await reader.next() {
      changes += batch.changes
      last = batch.watermark ?? last
    }
    return (changes, last)
  }

  @Test("What a full import is told a second time is kept, and who goes while it reads is gone")
  func repeats() async throws {
    let server = try Self.paged([
      [
        ["id": "a", "userPrincipalName": "a@x", "jobTitle": "Clerk"],
        ["id": "b", "userPrincipalName": "b@x"], ["id": "c", "userPrincipalName": "c@x"],
      ],
      [
        ["id": "a", "userPrincipalName": "a@x", "jobTitle": "Boss"],
        ["id": "b", "@removed": ["reason": "changed"]],
        ["id": "c", "manager@delta": [["id": "a"]]],
        ["id": "never-seen", "@removed": ["reason": "deleted"]],
      ],
    ]) { call in
      call.line == "GET /users/a"
        ? .init(200, ["id": "a", "userPrincipalName": "a@x", "jobTitle": "Boss"]) : nil
    }
    defer { server.close() }
    let (changes, _) = try await Self.all(server.connector())
    let (a, b, c) = (
      ObjectAddress(anchor: Anchor("a")), ObjectAddress(anchor: Anchor("b")),
      ObjectAddress(anchor: Anchor("c"))
    )
    #expect(changes.count == 6)
    #expect(changes.contains(.delete(b)))
    #expect(changes.contains(.modify(c, [AttributeChange("manager", .replace([.reference("a")]))])))
    let corrected = changes.compactMap { change -> [AttributeChange]? in
      if case .modify(a, let changes) = change { changes } else { nil }
    }
    #expect(corrected.count == 1)
    #expect(corrected.first?.contains(AttributeChange("title", .replace(["Boss"]))) == true)
    #expect(corrected.first?.contains(AttributeChange("department", .replace([]))) == true)
  }

  @Test("When a round began is told by the server's clock")
  func serverClock() async throws {
    let server = try Self.paged([[]], headers: [("Date", "Sun, 06 Nov 1994 08:49:37 GMT")])
    defer { server.close() }
    let (_, watermark) = try await Self.all(server.connector())
    let known = try #require(watermark.flatMap { GraphWatermark($0) })
    #expect(known.began == Timestamp("1994-11-06T08:49:37Z")?.milliseconds)
  }

  @Test(
    "A stored link that the server can't make sense of asks for a full import",
    arguments: [400, 404, 410])
  func oldLink(status: Int) async throws {
    let server = try Self.paged([[]]) { call in
      call.query == "end" ? .error(status, "Directory_ExpiredPageToken", "who knows") : nil
    }
    defer { server.close() }
    let (_, watermark) = try await Self.all(server.connector())
    await #expect {
      _ = try await Self.all(server.connector(), watermark)
    } throws: {
      ($0 as? ConnectorFailure)?.result == .fullImportRequired
    }
  }

  @Test(
    "A stored link that something else answers for is kept, and no full import is asked for",
    arguments: [(400, nil), (404, nil), (404, ["message": "no Route matched"])]
      as [(Int, JSONValue?)])
  func strangersLink(status: Int, body: JSONValue?) async throws {
    let server = try Self.paged([[]]) { call in
      call.query == "end" ? .init(status, body) : nil
    }
    defer { server.close() }
    let (_, watermark) = try await Self.all(server.connector())
    try #require(watermark != nil)
    await #expect {
      _ = try await Self.all(server.connector(), watermark)
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .stoppedUnexpectedData
        && failure?.message.contains("/users/delta was answered with \(status)") == true
    }
  }

  /// A tenant whose users, and groups, have changed in this way since the watermark.
  ///
  /// - Parameters:
  ///   - memberOf: The groups that each user is in.
  ///   - reports: Those whose manager each user is.
  ///   - forbidden: The list around a user that may not be read.
  static func changed(
    _ items: [JSONValue], of type: String = "users", memberOf: [JSONValue] = [],
    reports: [JSONValue] = [], forbidden: String? = nil,
    _ more: @escaping @Sendable (ScriptedGraph.Call) -> ScriptedGraph.Reply
  ) throws -> ScriptedGraph {
    let root = Mutex("")
    let server = try paged([[]]) { call in
      if let forbidden, call.path.hasSuffix("/" + forbidden) {
        return .error(403, "Authorization_RequestDenied", "Insufficient privileges")
      }
      if call.path.hasSuffix("/memberOf") { return .list(memberOf) }
      if call.path.hasSuffix("/directReports") { return .list(reports) }
      guard call.path == "/\(type)/delta" else {
        return call.path.hasSuffix("/delta") ? nil : more(call)
      }
      guard call.query == "end" else { return nil }
      let link = root.withLock { $0 } + "/v1.0/\(type)/delta?end2"
      return .init(200, ["value": .array(items), "@odata.deltaLink": .string(link)])
    }
    root.withLock { $0 = server.server.url }
    return server
  }

  private static let notFound = ScriptedGraph.Reply.error(
    404, "Request_ResourceNotFound", "Resource 'n' does not exist")

  @Test("What is told as new and not found at once is asked for again, and not taken for deleted")
  func lateCopy() async throws {
    let items: [JSONValue] = [["id": "n"], ["id": "m"]]
    let server = try Self.changed(items) { call in
      call.path == "/users/n" && call.number < 2
        ? Self.notFound
        : .init(
          200, ["id": .string(String(call.path.suffix(1))), "userPrincipalName": "x@contoso.com"])
    }
    defer { server.close() }
    let (_, watermark) = try await Self.all(server.connector())
    let (changes, _) = try await Self.all(server.connector(), watermark)
    let entries = changes.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
    #expect(entries.map(\.anchor.text).sorted() == ["m", "n"] && changes.count == 2)
    #expect(server.count("GET /users/n") == 3 && server.count("GET /users/m") == 1)
  }

  @Test(
    "What is told as there and never found ends the import, which begins there again",
    arguments: ["users", "groups"])
  func neverFound(type: String) async throws {
    let server = try Self.changed([["id": "n"]], of: type) { call in
      // A group may be found whose members are not.
      call.path == "/groups/n" ? .init(200, ["id": "n", "displayName": "N"]) : Self.notFound
    }
    defer { server.close() }
    let (_, watermark) = try await Self.all(server.connector())
    await #expect {
      _ = try await Self.all(server.connector(), watermark)
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .stoppedImportRead
        && failure?.message.contains(" n is there") == true
        && failure?.hint.contains("the next run reads the same changes again") == true
    }
  }

  @Test("What is told as changed and as removed is gone, found or not", arguments: [true, false])
  func changedAndRemoved(isFound: Bool) async throws {
    let items: [JSONValue] = [["id": "n"], ["id": "n", "@removed": ["reason": "changed"]]]
    let server = try Self.changed(items) { _ in
      isFound ? .init(200, ["id": "n", "userPrincipalName": "n@x"]) : Self.notFound
    }
    defer { server.close() }
    let (_, watermark) = try await Self.all(server.connector())
    let (changes, next) = try await Self.all(server.connector(), watermark)
    #expect(changes == [.delete(ObjectAddress(anchor: Anchor("n")))] && next != nil)
    // Nobody waits for what is known to be gone.
    #expect(server.count("GET /users/n") == 1)
  }

  @Test("What a full import is told again, and then as removed, is asked for but once")
  func repeatedAndRemoved() async throws {
    let user: JSONValue = ["id": "n", "userPrincipalName": "n@x"]
    let server = try Self.paged([
      [user], [user, ["id": "n", "@removed": ["reason": "deleted"]]],
    ]) { $0.path == "/users/n" ? Self.notFound : nil }
    defer { server.close() }
    let (changes, watermark) = try await Self.all(server.connector())
    #expect(changes.last == .delete(ObjectAddress(anchor: Anchor("n"))) && watermark != nil)
    #expect(server.count("GET /users/n") == 1)
  }

  @Test("What comes back after it was removed is asked for until it is found")
  func removedAndBack() async throws {
    let items: [JSONValue] = [["id": "n", "@removed": ["reason": "changed"]], ["id": "n"]]
    let server = try Self.changed(items) { call in
      call.number < 2 ? Self.notFound : .init(200, ["id": "n", "userPrincipalName": "n@x"])
    }
    defer { server.close() }
    let (_, watermark) = try await Self.all(server.connector())
    let (changes, _) = try await Self.all(server.connector(), watermark)
    guard case .entry(let entry) = changes.last else {
      Issue.record("\(changes)")
      return
    }
    #expect(entry.anchor == Anchor("n") && server.count("GET /users/n") == 3)
  }

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
