import Directory
import HTTP
import JSON
import Testing

@testable import GraphConnector

@Suite("What Graph takes in part")
struct GraphPartialExportTests {
  private typealias Reply = ScriptedGraph.Reply

  private static let members = (10..<40).map { Anchor("m\($0)") }

  private func lackingMembers(_ part: PartialExport) -> [String] {
    part.lacking.flatMap { change -> [AttributeValue] in
      if case .update(let added, _) = change.operation { added } else { [] }
    }.map(\.text)
  }

  @Test(
    "A group that was made is known by its id, whatever becomes of its other members",
    arguments: ["refused", "cut", "busy"])
  func made(how: String) async throws {
    let server = try ScriptedGraph { call in
      if call.line == "POST /groups" { return Reply(201, ["id": "g"]) }
      switch how {
      case "refused": return .error(403, "Authorization_RequestDenied", "not allowed")
      case "cut": return nil
      default: return .error(429, "TooManyRequests", "slow down")
      }
    }
    defer { server.close() }
    let connector = server.connector { $0.groupAnchorExtension = TestCloud.anchorExtension }
    let outcome = try await connector.export([Operations.group("all", Self.members)])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.anchor.text == "g")
    #expect(lackingMembers(part) == Self.members.dropFirst(20).map(\.text))
    let types: [String: SyncErrorType] = [
      "refused": .permissionIssue, "cut": .connectivityError, "busy": .connectedDirectoryError,
    ]
    #expect(part.failure.type == types[how])
    #expect(server.count("POST /groups") == 1)
  }

  @Test("A group whose creation was not answered and that can't be seen is not made twice")
  func unknownGroup() async throws {
    for hasPlace in [false, true] {
      let server = try ScriptedGraph { $0.method == "POST" ? nil : .list([]) }
      defer { server.close() }
      let connector = server.connector {
        $0.groupAnchorExtension = hasPlace ? TestCloud.anchorExtension : nil
      }
      let outcome = try await connector.export([Operations.group("all")])[0]
      #expect(outcome.isUnknown, "\(outcome)")
      #expect(server.count("POST /groups") == 1)
    }
  }

  @Test("A group without a place for its anchor is found by its names and when it was made")
  func foundByNames() async throws {
    let now = Timestamp.now.description
    let server = try ScriptedGraph { call in
      if call.method == "POST" { return nil }
      // Before it is made, none of them is there.
      if call.number == 0 { return .list([]) }
      return .list([
        [
          "id": "old", "displayName": "all", "mailNickname": "all",
          "createdDateTime": "2020-01-01T00:00:00Z",
        ],
        [
          "id": "other", "displayName": "all", "mailNickname": "another",
          "createdDateTime": .string(now),
        ],
        [
          "id": "own", "displayName": "all", "mailNickname": "all",
          "createdDateTime": .string(now),
        ],
      ])
    }
    defer { server.close() }
    let outcome = try await server.connector().export([Operations.group("all")])[0]
    #expect(server.count("POST /groups") == 1)
    // What the group was to have is sent to the one that was found.
    #expect(server.calls.contains { $0.line == "PATCH /groups/own" })
    #expect(outcome.failure == nil && !server.calls.contains { $0.path == "/groups/old" })
  }

  @Test("At a retry without a place for the anchor a group of the same name is left to a person")
  func retryByNames() async throws {
    for isThere in [true, false] {
      let server = try ScriptedGraph { call in
        if call.method == "POST" { return Reply(201, ["id": "new"]) }
        return .list(
          isThere
            ? [
              [
                "id": "a-group", "displayName": "all", "mailNickname": "all",
                "createdDateTime": "2020-01-01T00:00:00Z",
              ]
            ] : [])
      }
      defer { server.close() }
      let outcome = try await server.connector().export([Operations.group("all", isRetry: true)])[0]
      #expect(server.count("POST /groups") == (isThere ? 0 : 1))
      #expect(outcome.isUnknown == isThere, "\(outcome)")
      if case .unknown(let reason) = outcome {
        #expect(reason.contains("a-group") && reason.contains("group_anchor"))
      }
      #expect(!server.calls.contains { $0.method == "PATCH" })
    }
  }

  @Test(
    "An account is shut though the same change has what Graph takes from nobody",
    arguments: [
      ("proxyAddresses", "SMTP:ann@contoso.com", SyncErrorType.readOnlyAttribute),
      ("shoeSize", "43", .readOnlyAttribute),
    ])
  func shut(_ name: String, _ value: String, _ type: SyncErrorType) async throws {
    let cloud = try await TestCloud()
    let id = try await cloud.add(user: "ann")
    let unsendable = AttributeChange(AttributeName(name), .replace([.string(value)]))
    let operation = try Operations.modify(
      "user", id,
      [
        unsendable, AttributeChange("accountEnabled", .replace([false])),
        AttributeChange("title", .replace(["Gone"])),
      ])
    #expect(cloud.connector.refusal(of: operation)?.attribute == name)
    let outcome = try await cloud.connector.export([operation])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.anchor == id)
    #expect(part.failure.type == type && part.failure.attribute == name)
    #expect(part.failure.code == "not sent")
    #expect(part.lacking == [unsendable])
    let entry = try await cloud.entries()[Operations.dn("ann").text]
    #expect(entry?.attributes["accountEnabled"] == [false])
    #expect(entry?.attributes.text("title") == "Gone")
    // What is left of it is refused as a whole: nothing of it was taken.
    let rest = try await cloud.connector.export([Operations.modify("user", id, [unsendable])])[0]
    #expect(rest.failure?.type == type, "\(rest)")
    await cloud.stop()
  }

  @Test("What can't be sent of a change is told beside what the server refuses of it")
  func bothKinds() async throws {
    let server = try ScriptedGraph { call in
      call.body?["department"] == nil
        ? Reply(204)
        : .error(400, "Request_BadRequest", "It is too long.", target: "department")
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "user", Anchor("ann"),
        [
          AttributeChange("accountEnabled", .replace(["perhaps"])),
          AttributeChange("department", .replace(["long"])),
          AttributeChange("title", .replace(["Boss"])),
        ])
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.failure.attribute == "accountEnabled" && part.failure.value == "perhaps")
    #expect(part.failure.message.contains("Besides: It is too long."), "\(part.failure.message)")
    #expect(Set(part.lacking.map(\.name)) == ["accountEnabled", "department"])
    #expect(server.calls.contains { $0.body == ["jobTitle": "Boss"] })
  }

  @Test("One member that is gone holds up none of the others, and is named")
  func deadMember() async throws {
    let cloud = try await TestCloud()
    let ids = try await cloud.connector.export(
      (0..<45).map { try Operations.user("u\($0)", id: Int64($0)) }
    ).compactMap(\.anchor)
    #expect(ids.count == 45)
    _ = try await cloud.connector.export([Operations.delete("user", ids[7])])
    let group = try await cloud.add(group: "known")
    let outcomes = try await cloud.connector.export([
      Operations.modify(
        "group", group,
        [AttributeChange("member", .update(added: ids.map { .reference($0.text) }, removed: []))]),
      Operations.group("new", ids),
    ])
    for outcome in outcomes {
      let part = try #require(outcome.part, "\(outcome)")
      #expect(part.failure.type == .dnAttributesFailure && part.failure.attribute == "member")
      #expect(part.failure.value == ids[7].text)
      #expect(lackingMembers(part) == [ids[7].text])
    }
    let entries = try await cloud.entries()
    for name in ["known", "new"] {
      let members = entries[try Operations.dn(name).text]?.attributes["member"] ?? []
      #expect(Set(members.map(\.text)) == Set(ids.map(\.text)).subtracting([ids[7].text]))
    }
    await cloud.stop()
  }

  @Test("A group that is gone itself is told as gone, by a few requests")
  func deadGroup() async throws {
    let cloud = try await TestCloud()
    let user = try await cloud.add(user: "ann")
    let group = try await cloud.add(group: "all", members: [user])
    _ = try await cloud.connector.export([Operations.delete("group", group)])
    for (added, removed) in [([user], []), ([], [user])] as [([Anchor], [Anchor])] {
      let change = AttributeChange(
        "member",
        .update(
          added: added.map { .reference($0.text) }, removed: removed.map { .reference($0.text) }))
      let outcome = try await cloud.connector.export([
        Operations.modify("group", group, [change])
      ])[0]
      #expect(outcome.failure?.type == .missingObject, "\(outcome)")
    }
    await cloud.stop()
  }

  @Test("Members that are refused one after the other are the group's fault, and are not all tried")
  func wholeGroupRefused() async throws {
    let server = try ScriptedGraph { _ in
      .error(400, "Request_BadRequest", "Insufficient values for this kind of group.")
    }
    defer { server.close() }
    let members = (0..<200).map { AttributeValue.reference("m\($0)") }
    let outcome = try await server.connector().export([
      Operations.modify(
        "group", Anchor("g"), [AttributeChange("member", .update(added: members, removed: []))])
    ])[0]
    #expect(outcome.failure?.type == .dnAttributesFailure, "\(outcome)")
    #expect(server.count("POST /groups/g/members/$ref") == GraphExportPlan.refusalsOfOneFault)
  }
}
