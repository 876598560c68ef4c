import Directory
import HTTP
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import GraphConnector

/// These objects are staged, and nothing is known of others.
private struct Staged: StagedObjects {
  var anchors: [Anchor]

  func names(of anchors: [Anchor]) throws -> [Anchor: DistinguishedName] {
    try anchors.filter(self.anchors.contains).reduce(into: [:]) {
      $0[$1] = try DistinguishedName(GraphNames.dn(sourceAnchor: nil, id: $1.text))
    }
  }
  func below(_ dn: DistinguishedName) -> [Anchor] { [] }
  func referrers(to anchors: [Anchor]) -> [Anchor] { [] }
  func waiting(for names: [DistinguishedName]?) -> [AttributeName: [Anchor]] { [:] }
}

@Suite("What changed in a tenant, and what it does not tell of that")
struct GraphChangeTests {
  private typealias Reply = ScriptedGraph.Reply

  private func added(_ attribute: AttributeName, _ id: Anchor, to other: Anchor) -> ImportedChange {
    let value = AttributeValue.reference(id.text)
    return .modify(
      ObjectAddress(anchor: other),
      [
        AttributeChange(
          attribute,
          attribute == "manager" ? .replace([value]) : .update(added: [value], removed: []))
      ])
  }

  @Test("Who comes back is in the groups as before, and is the manager of the same people")
  func restored() async throws {
    let cloud = try await TestCloud()
    let (ada, ben) = try await (cloud.add(user: "ada"), cloud.add(user: "ben"))
    let group = try await cloud.add(group: "all", members: [ada, ben])
    let other = try await cloud.add(group: "other", members: [ada])
    _ = try await cloud.connector.export([
      Operations.modify(
        "user", ben, [AttributeChange("manager", .replace([.reference(ada.text)]))])
    ])
    let (_, first) = try await cloud.read()
    _ = try await cloud.connector.export([Operations.delete("user", ada)])
    let (_, second) = try await cloud.read(first, staged: Staged(anchors: [ada, ben, group]))
    #expect(try await cloud.connector.export([Operations.user("ada")])[0].anchor == ada)
    // She was made long before that.
    var watermark = try #require(second.flatMap { GraphWatermark($0) })
    watermark.began += 3_600_000
    let (changes, _) = try await cloud.read(
      watermark.watermark, staged: Staged(anchors: [ben, group]))
    let at = try #require(
      changes.firstIndex { if case .entry(let entry) = $0 { entry.anchor == ada } else { false } })
    #expect(changes[at...].contains(added("member", ada, to: group)))
    #expect(changes[at...].contains(added("manager", ada, to: ben)))
    // What is not staged is read whole when it is told.
    #expect(!changes.contains(added("member", ada, to: other)))
    await cloud.stop()
  }

  @Test("Who is told as gone and as back at once lost what referred to them, staged or not")
  func goneAndBack() async throws {
    let items: [JSONValue] = [["id": "n", "@removed": ["reason": "changed"]], ["id": "n"]]
    let server = try GraphImportTests.changed(items, memberOf: [["id": "g"], ["id": "a-role"]]) {
      _ in .init(200, ["id": "n", "userPrincipalName": "n@x"])
    }
    defer { server.close() }
    let (_, watermark) = try await GraphImportTests.all(server.connector())
    let (changes, _) = try await GraphImportTests.all(
      server.connector(), watermark, staged: Staged(anchors: [Anchor("n"), Anchor("g")]))
    #expect(changes.count == 3 && changes.first == .delete(ObjectAddress(anchor: Anchor("n"))))
    #expect(changes.last == added("member", Anchor("n"), to: Anchor("g")))
  }

  /// A tenant where the user "n" came back, who is in the groups "g", "h" and "k" and is the manager
  /// of "r"; of the groups, and of users after that, is told what `items` have.
  private func backInGroups(
    groups: [JSONValue] = [], users: [JSONValue] = []
  ) throws -> ScriptedGraph {
    let root = Mutex("")
    let server = try GraphImportTests.paged([[]]) { call in
      let path = call.path
      if path.hasSuffix("/memberOf") {
        return .list([["id": "g"], ["id": "h"], ["id": "k"]].map { .object(JSONObject($0)) })
      }
      if path.hasSuffix("/directReports") { return .list([["id": "r"]]) }
      guard call.query == "end" || call.query == "more" else {
        guard let id = path.split(separator: "/").last, id != "delta" else { return nil }
        return Reply(
          200,
          [
            "id": .string(String(id)), "displayName": .string(String(id)),
            "userPrincipalName": "n@x", "createdDateTime": "2020-01-01T00:00:00Z",
          ])
      }
      let base = root.withLock { $0 } + "/v1.0" + path
      switch (path, call.query) {
      case ("/users/delta", "end"):
        return Reply(
          200, ["value": [["id": "n"]], "@odata.nextLink": .string(base + "?more")])
      case ("/users/delta", _):
        return Reply(
          200, ["value": .array(users), "@odata.deltaLink": .string(base + "?end2")])
      case ("/groups/delta", _):
        return Reply(
          200, ["value": .array(groups), "@odata.deltaLink": .string(base + "?end2")])
      default: return nil
      }
    }
    root.withLock { $0 = server.server.url }
    return server
  }

  private func changes(_ server: ScriptedGraph) async throws -> [ImportedChange] {
    let (_, watermark) = try await GraphImportTests.all(server.connector())
    return try await GraphImportTests.all(
      server.connector(), watermark,
      staged: Staged(anchors: ["g", "h", "k", "r"].map { Anchor($0) })
    ).0
  }

  /// The changes of the members of a group, in order.
  private func memberships(_ changes: [ImportedChange], of group: String) -> [AttributeChange] {
    changes.flatMap { change -> [AttributeChange] in
      guard case .modify(let address, let changes) = change, address.anchor?.text == group else {
        return []
      }
      return changes.filter { $0.name == "member" }
    }
  }

  @Test("What refers to who comes back is told with the group's own changes, in one")
  func withTheGroup() async throws {
    let server = try backInGroups(groups: [
      ["id": "g", "members@delta": [["id": "u"]]],
      ["id": "h", "members@delta": [["id": "n", "@removed": ["reason": "deleted"]]]],
      ["id": "k", "@removed": ["reason": "deleted"]],
    ])
    defer { server.close() }
    let changes = try await changes(server)
    #expect(
      memberships(changes, of: "g") == [
        AttributeChange("member", .update(added: [.reference("u"), .reference("n")], removed: []))
      ])
    // Who was taken out after that stays out, and a group that is gone has no members.
    #expect(
      memberships(changes, of: "h") == [
        AttributeChange("member", .update(added: [], removed: [.reference("n")]))
      ])
    #expect(memberships(changes, of: "k").isEmpty)
    #expect(changes.contains(added("manager", Anchor("n"), to: Anchor("r"))))
  }

  @Test("Of groups and people of whom nothing else is told it is told at the end")
  func afterTheGroups() async throws {
    let server = try backInGroups(groups: [["id": "g", "members@delta": [["id": "u"]]]])
    defer { server.close() }
    let changes = try await changes(server)
    #expect(
      Array(changes.suffix(3)) == [
        added("member", Anchor("n"), to: Anchor("h")),
        added("member", Anchor("n"), to: Anchor("k")),
        added("manager", Anchor("n"), to: Anchor("r")),
      ])
  }

  @Test("Who is read after that has the manager that he was read with, and who is gone again none")
  func readLater() async throws {
    let server = try backInGroups(users: [["id": "r"]])
    defer { server.close() }
    #expect(!(try await changes(server)).contains(added("manager", Anchor("n"), to: Anchor("r"))))
    let other = try backInGroups(users: [["id": "n", "@removed": ["reason": "changed"]]])
    defer { other.close() }
    let changes = try await changes(other)
    #expect(!changes.contains(added("manager", Anchor("n"), to: Anchor("r"))))
    for group in ["g", "h", "k"] { #expect(memberships(changes, of: group).isEmpty) }
  }

  @Test(
    "A full import is asked for where what refers to those who come back may not be read",
    arguments: [("memberOf", "Directory.Read.All"), ("directReports", "User.Read.All")])
  func forbiddenLook(list: String, right: String) async throws {
    let server = try GraphImportTests.changed([["id": "n"]], forbidden: list) { _ in
      .init(200, ["id": "n", "userPrincipalName": "n@x"])
    }
    defer { server.close() }
    let (_, watermark) = try await GraphImportTests.all(server.connector())
    await #expect {
      _ = try await GraphImportTests.all(server.connector(), watermark)
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .fullImportRequired
        && failure?.serverWords.contains("/users/n/\(list): Insufficient") == true
        && failure?.serverWords.contains("the application's right \(right).") == true
    }
  }

  @Test("Nobody looks for the groups of who comes back where no groups are read")
  func onlyUsers() async throws {
    let server = try GraphImportTests.changed(
      [["id": "n"]], reports: [["id": "r"]], forbidden: "memberOf"
    ) { _ in .init(200, ["id": "n", "userPrincipalName": "n@x"]) }
    defer { server.close() }
    let (_, watermark) = try await GraphImportTests.all(server.connector(), types: ["user"])
    let (changes, _) = try await GraphImportTests.all(
      server.connector(), watermark, staged: Staged(anchors: [Anchor("r")]), types: ["user"])
    #expect(changes.last == added("manager", Anchor("n"), to: Anchor("r")))
    #expect(!server.calls.contains { $0.path.hasSuffix("/memberOf") })
  }

  @Test("Who comes back is the manager of users again, and not of contacts")
  func reports() async throws {
    let reports: [JSONValue] = [
      ["@odata.type": "#microsoft.graph.orgContact", "id": "c"],
      ["@odata.type": "#microsoft.graph.user", "id": "r"], ["id": "s"],
    ]
    let server = try GraphImportTests.changed([["id": "n"]], reports: reports) { _ in
      .init(200, ["id": "n", "userPrincipalName": "n@x"])
    }
    defer { server.close() }
    let (_, watermark) = try await GraphImportTests.all(server.connector())
    let (changes, _) = try await GraphImportTests.all(
      server.connector(), watermark,
      staged: Staged(anchors: [Anchor("c"), Anchor("r"), Anchor("s")]))
    #expect(
      Array(changes.dropFirst()) == [
        added("manager", Anchor("n"), to: Anchor("r")),
        added("manager", Anchor("n"), to: Anchor("s")),
      ])
  }

  @Test("Who was made in the second in which the last round began is new, and nobody who is older")
  func madeAsTheRoundBegan() async throws {
    let items: [JSONValue] = [["id": "new"], ["id": "old"]]
    let server = try GraphImportTests.changed(items) { call in
      .init(
        200,
        [
          "id": .string(String(call.path.dropFirst("/users/".count))), "userPrincipalName": "x@x",
          "createdDateTime": .string(
            call.path == "/users/new" ? "2026-01-01T00:00:10Z" : "2026-01-01T00:00:09Z"),
        ])
    }
    defer { server.close() }
    let (_, stored) = try await GraphImportTests.all(server.connector())
    var watermark = try #require(stored.flatMap { GraphWatermark($0) })
    watermark.began = try #require(Timestamp("2026-01-01T00:00:10Z")).milliseconds + 700
    _ = try await GraphImportTests.all(server.connector(), watermark.watermark)
    #expect(server.count("GET /users/new/memberOf") == 0)
    #expect(server.count("GET /users/old/memberOf") == 1)
  }

  @Test("Nobody looks for what refers to those who are known, or are new")
  func noLooks() async throws {
    let now = Timestamp.now.adding(seconds: 60).description
    let server = try GraphImportTests.changed([["id": "known"], ["id": "new"]]) { call in
      .init(
        200,
        [
          "id": .string(String(call.path.dropFirst("/users/".count))), "userPrincipalName": "x@x",
          "createdDateTime": .string(
            call.path == "/users/known" ? "2020-01-01T00:00:00Z" : now),
        ])
    }
    defer { server.close() }
    let (_, watermark) = try await GraphImportTests.all(server.connector())
    let (changes, _) = try await GraphImportTests.all(
      server.connector(), watermark, staged: Staged(anchors: [Anchor("known")]))
    #expect(changes.count == 2)
    #expect(!server.calls.contains { $0.path.hasSuffix("/memberOf") })
  }

  @Test("What a change tells is true where a copy that is behind shows older values")
  func olderCopy() async throws {
    let items: [JSONValue] = [
      [
        "id": "n", "jobTitle": "Clerk", "department": .null, "manager@delta": [["id": "boss"]],
        "onPremisesExtensionAttributes": ["extensionAttribute1": "new"],
      ],
      ["id": "n", "jobTitle": "Boss"],
    ]
    let server = try GraphImportTests.changed(items) { _ in
      .init(
        200,
        [
          "id": "n", "userPrincipalName": "n@x", "jobTitle": "Trainee", "department": "IT",
          "city": "Berlin", "manager": ["id": "other"],
          "onPremisesExtensionAttributes": [
            "extensionAttribute1": "old", "extensionAttribute2": "two",
          ],
        ])
    }
    defer { server.close() }
    let (_, watermark) = try await GraphImportTests.all(server.connector())
    let (changes, _) = try await GraphImportTests.all(server.connector(), watermark)
    guard case .entry(let entry) = changes.first else {
      Issue.record("\(changes)")
      return
    }
    #expect(entry.attributes.text("title") == "Boss" && entry.attributes["department"] == [])
    #expect(entry.attributes["manager"] == [.reference("boss")])
    #expect(entry.attributes.text("city") == "Berlin")
    #expect(entry.attributes.text("extensionAttribute1") == "new")
    #expect(entry.attributes.text("extensionAttribute2") == "two")
  }

  /// The members of the groups that a delta of two pages gives, as they are told in order; `shown`
  /// are those that a copy shows.
  private func newGroup(
    _ pages: [[JSONValue]], shown: [JSONValue], created: String, staged: [Anchor] = []
  ) async throws -> [ImportedChange] {
    let root = Mutex("")
    let server = try GraphImportTests.paged([[]]) { call in
      switch call.path {
      case "/groups/delta":
        guard call.query.hasPrefix("end") else { return nil }
        let page = Int(call.query.dropFirst("end".count)) ?? 0
        let isLast = page + 1 == pages.count
        let link = root.withLock { $0 } + "/v1.0/groups/delta?" + (isLast ? "last" : "end1")
        return .init(
          200,
          [
            "value": [["id": "g", "members@delta": .array(pages[page])]],
            isLast ? "@odata.deltaLink" : "@odata.nextLink": .string(link),
          ])
      case "/groups/g":
        return .init(
          200, ["id": "g", "displayName": "G", "createdDateTime": .string(created)])
      case "/groups/g/members": return .list(shown)
      default: return nil
      }
    }
    defer { server.close() }
    root.withLock { $0 = server.server.url }
    let (_, watermark) = try await GraphImportTests.all(server.connector())
    return try await GraphImportTests.all(
      server.connector(), watermark, staged: Staged(anchors: staged)
    ).0
  }

  private func members(_ changes: [ImportedChange]) -> [[String]] {
    changes.compactMap {
      guard case .entry(let entry) = $0 else { return nil }
      return entry.attributes["member"].map(\.text).sorted()
    }
  }

  @Test("A new group has the members that were told, where a copy does not show them all yet")
  func newMembers() async throws {
    let pages: [[JSONValue]] = [
      [["id": "b"], ["id": "c", "@removed": ["reason": "deleted"]]], [["id": "d"]],
    ]
    let changes = try await newGroup(
      pages, shown: [["id": "a"], ["id": "c"]], created: Timestamp.now.description)
    #expect(members(changes) == [["a", "b"], ["a", "b", "d"]])
  }

  @Test("A group that is not staged is read whole, however old: it was brought back")
  func restoredGroup() async throws {
    let old = "2020-01-01T00:00:00Z"
    let unknown = try await newGroup([[]], shown: [["id": "a"]], created: old)
    #expect(members(unknown) == [["a"]])
    let known = try await newGroup(
      [[["id": "b"]]], shown: [["id": "a"]], created: old, staged: [Anchor("g")])
    guard case .modify(_, let changes) = known.first else {
      Issue.record("\(known)")
      return
    }
    #expect(
      changes.contains(
        AttributeChange("member", .update(added: [.reference("b")], removed: []))))
  }

  @Test("A list that may not be read is named, with the right that it takes")
  func forbiddenList() async throws {
    let server = try GraphImportTests.paged([[]]) { call in
      call.path == "/contacts/delta"
        ? .error(403, "Authorization_RequestDenied", "Insufficient privileges") : nil
    }
    defer { server.close() }
    await #expect {
      _ = try await GraphImportTests.all(server.connector())
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .stoppedCredentials
        && failure?.serverWords.contains("GET /contacts/delta: Insufficient") == true
        && failure?.serverWords.contains("OrgContact.Read.All") == true
    }
  }

  @Test("A page that the tenant has forgotten is read again by the next run, and says so")
  func expiredPage() async throws {
    let server = try GraphImportTests.paged([[["id": "a", "userPrincipalName": "a@x"]], []]) {
      $0.query == "1" ? .error(400, "Directory_ExpiredPageToken", "expired") : nil
    }
    defer { server.close() }
    await #expect {
      _ = try await GraphImportTests.all(server.connector())
    } throws: { error in
      let failure = error as? ConnectorFailure
      return failure?.result == .stoppedImportRead
        && failure?.hint.contains("the next run reads the list again") == true
    }
  }
}
