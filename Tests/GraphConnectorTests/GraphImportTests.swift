import Directory
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

  /// All that an import gives, with its errors, and its watermark.
  static func told(
    _ connector: GraphConnector, _ watermark: Watermark? = nil
  ) async throws -> ([ImportedChange], [DiscoveryError], Watermark?) {
    let reader = try await connector.openImport(ImportRequest(watermark: watermark) { 0 })
    var (changes, errors): ([ImportedChange], [DiscoveryError]) = ([], [])
    var last: Watermark?
    while let batch = try await reader.next() {
      changes += batch.changes
      errors += batch.errors
      last = batch.watermark ?? last
    }
    return (changes, errors, last)
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

  static let notFound = ScriptedGraph.Reply.error(
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
    "What is told as there and never found is an error of that one object, and a full import's work",
    arguments: ["users", "groups"])
  func neverFound(type: String) async throws {
    let server = try Self.changed([["id": "n"], ["id": "m"]], of: type) { call in
      // A group may be found whose members are not.
      if call.path == "/groups/n" { return .init(200, ["id": "n", "displayName": "N"]) }
      if call.path.hasPrefix("/\(type)/n") { return Self.notFound }
      return call.path.hasSuffix("/members")
        ? .list([]) : .init(200, ["id": "m", "userPrincipalName": "m@x", "displayName": "M"])
    }
    defer { server.close() }
    let (_, watermark) = try await Self.all(server.connector())
    let (changes, errors, next) = try await Self.told(server.connector(), watermark)
    let anchors = changes.map { change -> String? in
      if case .entry(let entry) = change { entry.anchor.text } else { nil }
    }
    #expect(anchors == ["m"] && next != nil)
    let error = try #require(errors.first)
    #expect(errors.count == 1 && error.type == .needFullObject && error.anchor == Anchor("n"))
    #expect(error.message.contains(" n is there") && error.message.contains("does not exist"))
    #expect(error.hint.contains("the next cycle imports everything"))
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
    let again: JSONValue = ["id": "n", "userPrincipalName": "n@y"]
    let server = try Self.paged([
      [user], [again, ["id": "n", "@removed": ["reason": "deleted"]]],
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
}
