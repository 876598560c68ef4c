import Directory
import HTTP
import JSON
import Testing

@testable import GraphConnector

@Suite("What Graph refuses holds up nothing else")
struct GraphRefusalTests {
  private typealias Reply = ScriptedGraph.Reply

  private static let user = "PATCH /users/ann"
  private static let group = "PATCH /groups/staff"

  private static func tooLong(_ property: String) -> Reply {
    .error(
      400, "Request_BadRequest",
      "The specified value for property '\(property)' of resource 'User' is too long.",
      target: property)
  }

  private func change(_ values: [AttributeName: AttributeValue?]) -> [AttributeChange] {
    values.sorted { $0.key < $1.key }
      .map { AttributeChange($0.key, .replace($0.value.map { [$0] } ?? [])) }
  }

  private func members(added: [String] = [], removed: [String] = []) -> AttributeChange {
    AttributeChange(
      "member",
      .update(added: added.map { .reference($0) }, removed: removed.map { .reference($0) }))
  }

  private func names(_ call: ScriptedGraph.Call) -> [String] {
    call.body?.object?.members.map(\.name) ?? []
  }

  @Test("An account is shut though another value is refused, before that and alone")
  func shut() async throws {
    let server = try ScriptedGraph { call in
      call.body?["department"] == nil ? Reply(204) : Self.tooLong("department")
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "user", Anchor("ann"),
        change(["department": "long", "accountEnabled": false, "title": "Boss"]))
    ])[0]
    let sent = server.calls.filter { $0.line == Self.user }
    #expect(
      sent.map(names).map { $0.sorted() } == [
        ["accountEnabled"], ["department", "jobTitle"], ["jobTitle"],
      ])
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.failure.attribute == "department")
    #expect(part.lacking.map(\.name) == ["department"])
  }

  @Test("What Exchange keeps of who was once synchronized holds up nothing else of him")
  func onceSynchronized() async throws {
    let server = try ScriptedGraph { call in
      call.body?["onPremisesExtensionAttributes"] == nil
        ? Reply(204)
        : .error(
          400, "Request_BadRequest",
          "Unable to update the specified properties for objects that have originated within an "
            + "external service.")
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "user", Anchor("ann"),
        change([
          "displayName": "Ann", "userPrincipalName": "ann@contoso.com", "accountEnabled": true,
          "extensionAttribute1": "x", "extensionAttribute7": "y", "manager": .reference("boss"),
        ]))
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(
      Set(part.lacking.map(\.name)) == ["extensionAttribute1", "extensionAttribute7"])
    #expect(part.failure.type == .readOnlyAttribute)
    #expect(part.failure.attribute == "extensionAttribute1")
    #expect(part.failure.message.contains("this user") == true)
    #expect(
      server.calls.filter { $0.line == Self.user }.map(names).map { $0.sorted() } == [
        ["accountEnabled", "displayName", "onPremisesExtensionAttributes", "userPrincipalName"],
        ["accountEnabled", "displayName", "userPrincipalName"],
        ["onPremisesExtensionAttributes"],
      ])
    #expect(server.count("PUT /users/ann/manager/$ref") == 1)
  }

  @Test("A property that is refused without its name is found, and the others are taken")
  func unnamed() async throws {
    let server = try ScriptedGraph { call in
      call.body?["usageLocation"] == nil && call.body?["city"] == nil
        ? Reply(204) : .error(400, "Request_BadRequest", "A value is invalid.")
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "user", Anchor("ann"),
        change([
          "displayName": "Ann", "department": "IT", "usageLocation": "Mars", "title": "Boss",
          "city": "?", "givenName": "Ann", "surname": "B", "state": "x",
        ]))
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(Set(part.lacking.map(\.name)) == ["usageLocation", "city"])
    // None of the others is sent a second time once it was taken.
    let taken = server.calls.map(names)
      .filter { !$0.contains("usageLocation") && !$0.contains("city") }.joined()
    #expect(taken.count == 6 && Set(taken).count == 6)
  }

  @Test("An object that a directory on premises keeps is not tried property by property")
  func keptOnPremises() async throws {
    let server = try ScriptedGraph { _ in
      .error(
        400, "Request_BadRequest",
        "Unable to update the specified properties for on-premises mastered Directory Sync objects "
          + "or objects currently undergoing migration.")
    }
    defer { server.close() }
    let failure = try await server.connector().export([
      Operations.modify("user", Anchor("ann"), change(["department": "IT", "title": "Boss"]))
    ])[0].failure
    #expect(failure?.type == .readOnlyAttribute && server.calls.count == 1)
    #expect(failure?.message.contains("kept by another synchronization") == true)
  }

  @Test("Who is refused whatever is sent costs a few requests, and lacks all")
  func allRefused() async throws {
    let server = try ScriptedGraph { _ in .error(400, "Request_BadRequest", "Not today.") }
    defer { server.close() }
    let names: [AttributeName] = [
      "displayName", "department", "title", "city", "state", "country", "company", "givenName",
      "surname", "employeeId", "mobile", "postalCode", "streetAddress", "alias", "usageLocation",
    ]
    let outcome = try await server.connector().export([
      Operations.modify(
        "user", Anchor("ann"), names.map { AttributeChange($0, .replace(["x"])) })
    ])[0]
    #expect(outcome.failure?.message == "Not today.", "\(outcome)")
    #expect(server.calls.count <= 21)
  }

  @Test("An account that is not shut is told as lacking that, and the rest is taken")
  func notShut() async throws {
    let server = try ScriptedGraph { call in
      call.body?["accountEnabled"] == nil
        ? Reply(204) : .error(403, "Authorization_RequestDenied", "Insufficient privileges")
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "user", Anchor("ann"), change(["accountEnabled": false, "title": "Boss"]))
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.lacking.map(\.name) == ["accountEnabled"])
    #expect(part.failure.type == .permissionIssue)
    #expect(part.failure.message.contains("Privileged Authentication Administrator"))
  }

  @Test("A group whose new name is refused loses its members, and gets the new ones")
  func members() async throws {
    let server = try ScriptedGraph { call in
      call.body?["displayName"] == nil ? Reply(204) : Self.tooLong("displayName")
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "group", Anchor("staff"),
        change(["displayName": "long"]) + [members(added: ["bob"], removed: ["ann", "eve"])])
    ])[0]
    #expect(server.count("DELETE /groups/staff/members/ann/$ref") == 1)
    #expect(server.count("DELETE /groups/staff/members/eve/$ref") == 1)
    #expect(server.calls.last?.body?["members@odata.bind"] != nil)
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.failure.attribute == "displayName")
    #expect(part.lacking == [AttributeChange("displayName", .replace([]))])
  }

  @Test(
    "What Graph says of members only with a 403 is told by what group it is",
    arguments: [
      (["groupTypes": ["DynamicMembership"]], .readOnlyAttribute, "made by its own rule"),
      (
        ["groupTypes": ["Unified", "DynamicMembership"], "mailEnabled": true], .readOnlyAttribute,
        "made by its own rule"
      ), (["groupTypes": [], "mailEnabled": true], .readOnlyAttribute, "which Exchange manages"),
      (
        ["groupTypes": [], "isAssignableToRole": true], .permissionIssue,
        "RoleManagement.ReadWrite.Directory"
      ), (["groupTypes": ["Unified"], "mailEnabled": true], .permissionIssue, "Insufficient"),
    ] as [(JSONValue, SyncErrorType, String)])
  func kindOfGroup(_ kind: JSONValue, type: SyncErrorType, words: String) async throws {
    let server = try ScriptedGraph { call in
      if call.method == "GET" {
        var group = kind.object ?? JSONObject()
        group["displayName"] = "Staff"
        return Reply(200, .object(group))
      }
      return call.body?["displayName"] == nil
        ? .error(403, "Authorization_RequestDenied", "Insufficient privileges") : Reply(204)
    }
    defer { server.close() }
    let many = (0..<45).map { "m\($0)" }
    let changes = [members(added: many, removed: ["ann", "eve"])]
    let outcome = try await server.connector().export([
      Operations.modify("group", Anchor("staff"), change(["displayName": "new"]) + changes)
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.lacking == changes)
    #expect(part.failure.type == type && part.failure.message.contains(words))
    #expect(server.count("GET /groups/staff") == 1)
    #expect(server.count(Self.group) == 1)
  }

  @Test("Members that can't be taken away are lacking, and the new name arrives all the same")
  func removalRefused() async throws {
    let server = try ScriptedGraph { call in
      call.method == "DELETE"
        ? .error(403, "Authorization_RequestDenied", "Insufficient privileges") : Reply(204)
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "group", Anchor("staff"),
        change(["displayName": "new"]) + [members(removed: ["ann", "eve"])])
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.lacking == [members(removed: ["ann", "eve"])])
    #expect(server.count(Self.group) == 1)
    // The second one is refused as the first one was, and not sent.
    #expect(server.calls.filter { $0.method == "DELETE" }.count <= 2)
  }

  @Test("One member that can't be taken away keeps no other in the group")
  func oneRemovalRefused() async throws {
    let server = try ScriptedGraph { call in
      call.path.hasSuffix("/bob/$ref")
        ? .error(400, "Request_BadRequest", "Not this one.") : Reply(204)
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify("group", Anchor("staff"), [members(removed: ["ann", "bob", "eve"])])
    ])[0]
    #expect(server.count("DELETE /groups/staff/members/eve/$ref") == 1)
    #expect(outcome.part?.lacking == [members(removed: ["bob"])], "\(outcome)")
  }

  @Test("A member that is gone already is no reason to stop, whatever status says it")
  func goneAlready() async throws {
    let server = try ScriptedGraph { call in
      call.path == "/groups/staff/members/ann/$ref"
        ? .error(
          400, "Request_BadRequest",
          "One or more removed object references do not exist for the following modified "
            + "properties: 'members'.") : Reply(204)
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "group", Anchor("staff"), [members(added: ["bob"], removed: ["ann", "eve"])])
    ])[0]
    #expect(outcome.anchor?.text == "staff", "\(outcome)")
    #expect(server.count("DELETE /groups/staff/members/eve/$ref") == 1)
  }

  @Test("What a role is needed for is left out, and the rest of an administrator is changed")
  func administrator() async throws {
    let server = try ScriptedGraph { call in
      call.body?["mobilePhone"] == nil
        ? Reply(204) : .error(403, "Authorization_RequestDenied", "Insufficient privileges")
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "user", Anchor("ann"), change(["mobile": "+49 1", "title": "Boss", "department": "IT"]))
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.lacking == [AttributeChange("mobile", .replace([]))])
    #expect(part.failure.message.contains("If this is an administrator"))
    #expect(server.calls.last.map(names)?.sorted() == ["department", "jobTitle"])
  }

  @Test("An application without any right to write is told that, and nothing of administrators")
  func noRight() async throws {
    let server = try ScriptedGraph { _ in
      .error(403, "Authorization_RequestDenied", "Insufficient privileges")
    }
    defer { server.close() }
    let failure = try await server.connector().export([
      Operations.modify("user", Anchor("ann"), change(["mobile": "+49 1", "title": "Boss"]))
    ])[0].failure
    #expect(failure?.type == .permissionIssue && failure?.message == "Insufficient privileges")
    #expect(server.count(Self.user) == 2)
  }

  @Test(
    "A group that another service manages costs one request of a kind, and no member is blamed",
    arguments: [
      "Cannot Update a mail-enabled security groups and or distribution list.",
      "Unable to update the specified properties for objects that have originated within an "
        + "external service.",
    ])
  func foreignGroup(words: String) async throws {
    let server = try ScriptedGraph { _ in .error(400, "Request_BadRequest", words) }
    defer { server.close() }
    let failure = try await server.connector().export([
      Operations.modify(
        "group", Anchor("staff"), [members(added: (0..<30).map { "m\($0)" }, removed: ["ann"])])
    ])[0].failure
    #expect(failure?.type == .readOnlyAttribute)
    #expect(failure?.message.contains("manages this group") == true)
    #expect(server.calls.count == 2)
  }

  @Test("A full tenant is told as that, and what is to be made besides is not tried")
  func quota() async throws {
    let server = try ScriptedGraph { call in
      call.method == "POST"
        ? .error(
          403, "Directory_QuotaExceeded", "The directory object quota limit has been exceeded.")
        : Reply(204)
    }
    defer { server.close() }
    let connector = server.connector { $0.groupAnchorExtension = TestCloud.anchorExtension }
    let outcomes = try await connector.export([
      Operations.user("ann", id: 1), Operations.group("all"),
      Operations.modify("user", Anchor("eve"), change(["title": "Boss"])),
    ])
    #expect(outcomes[0].failure?.type == .connectedDirectoryError)
    #expect(outcomes[0].failure?.message.contains("quota raised") == true)
    #expect(outcomes[1].failure?.code == "not sent")
    #expect(outcomes[2].anchor != nil)
    #expect(server.count("POST /groups") == 0)
  }

  @Test("A list that is full is too long, and not a matter of rights")
  func full() async throws {
    let server = try ScriptedGraph { _ in
      .error(403, "Directory_ResourceSizeExceeded", "The size of the object is too large.")
    }
    defer { server.close() }
    let failure = try await server.connector().export([
      Operations.modify("user", Anchor("ann"), change(["otherMails": "a@b.example"]))
    ])[0].failure
    #expect(failure?.type == .exceededAllowedLength, "\(String(describing: failure))")
  }

  private static let concurrent = Reply.error(
    409, "Directory_ConcurrencyViolation",
    "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.")

  @Test("Changes that meet others are sent again, creations as well, and are no conflicts")
  func concurrency() async throws {
    let server = try ScriptedGraph { call in
      if call.number == 0, call.method != "GET" { return Self.concurrent }
      return call.method == "POST" ? Reply(201, ["id": "new"]) : Reply(204)
    }
    defer { server.close() }
    let outcomes = try await server.connector().export([
      Operations.user("ann"),
      Operations.modify("user", Anchor("eve"), change(["title": "Boss"])),
    ])
    #expect(outcomes.map { $0.anchor?.text } == ["new", "eve"], "\(outcomes)")
    #expect(!server.calls.contains { $0.method == "GET" })
  }

  @Test("A tenant that is never free of others is told as busy, and nothing as made twice")
  func concurrentForLong() async throws {
    let server = try ScriptedGraph { _ in Self.concurrent }
    defer { server.close() }
    let outcomes = try await server.connector().export([
      Operations.user("ann"),
      Operations.modify("user", Anchor("eve"), change(["title": "Boss"])),
    ])
    for outcome in outcomes {
      #expect(outcome.failure?.type == .connectedDirectoryError, "\(outcome)")
      #expect(outcome.failure?.isTransient == true)
    }
    #expect(server.count("POST /users") == 4)
  }

  private static func absent(_ id: String) -> Reply {
    .error(
      404, "Request_ResourceNotFound",
      "Resource '\(id)' does not exist or one of its queried reference-property objects are not "
        + "present.")
  }

  @Test("What was just made and is not found everywhere yet is asked for again")
  func late() async throws {
    let server = try ScriptedGraph { call in
      switch call.line {
      case "POST /users": Reply(201, ["id": "new"])
      case "PUT /users/new/manager/$ref": call.number < 2 ? Self.absent("new") : Reply(204)
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.user("ann", ["manager": [.reference("boss")]])
    ])[0]
    #expect(outcome.anchor?.text == "new", "\(outcome)")
    #expect(server.count("PUT /users/new/manager/$ref") == 3)
  }

  @Test("A new object that is never found is not taken for gone at once, and passes by itself")
  func neverThere() async throws {
    let server = try ScriptedGraph { call in
      call.line == "POST /users" ? Reply(201, ["id": "new"]) : Self.absent("new")
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.user("ann", ["manager": [.reference("boss")]])
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.failure.isTransient && part.lacking.map(\.name) == ["manager"])
    #expect(server.count("PUT /users/new/manager/$ref") == 4)
  }

  @Test("A member that a copy does not have yet is asked for one time more, the others meanwhile")
  func lateMember() async throws {
    let server = try ScriptedGraph { call in
      call.line == "PATCH /groups/a" && call.number == 0 ? Self.absent("m1") : Reply(204)
    }
    defer { server.close() }
    let outcomes = try await server.connector().export([
      Operations.modify("group", Anchor("a"), [members(added: ["m1", "m2"])]),
      Operations.modify("group", Anchor("b"), [members(added: ["m2"])]),
    ])
    #expect(outcomes.map { $0.anchor?.text } == ["a", "b"], "\(outcomes)")
    #expect(server.count("PATCH /groups/a") == 2)
    #expect(!server.calls.contains { $0.method == "POST" })
  }

  @Test("An object that was there before and is not found is gone, and is asked for once")
  func gone() async throws {
    let server = try ScriptedGraph { _ in Self.absent("ann") }
    defer { server.close() }
    let failure = try await server.connector().export([
      Operations.modify("user", Anchor("ann"), change(["title": "Boss"]))
    ])[0].failure
    #expect(failure?.type == .missingObject && failure?.isTransient == false)
    #expect(server.calls.count == 1)
  }

  @Test("What Graph lets nobody write is known without asking it")
  func knownBeforehand() throws {
    let connector = GraphConnector(
      GraphConnectorSettings(
        graphRoot: "https://graph.invalid", loginRoot: "https://login.invalid",
        tenant: "contoso.test", credentials: .bearer { "" }))
    let anchor = Anchor("00000000-0000-0000-0000-000000000001")
    func refusal(_ name: AttributeName) throws -> ObjectFailure? {
      connector.refusal(
        of: try Operations.modify("user", anchor, [AttributeChange(name, .replace(["x"]))]))
    }
    #expect(try refusal("title") == nil)
    let failure = try #require(try refusal("proxyAddresses"))
    #expect(failure.type == .readOnlyAttribute)
    #expect(failure.attribute == "proxyAddresses")
    #expect(failure.code == "not sent")
    #expect(try refusal("no-such-attribute")?.attribute == "no-such-attribute")
    #expect(
      connector.refusal(
        of: ExportOperation(
          id: 1, kind: .add(["displayName": ["a"]]), objectType: "printer", anchor: nil,
          dn: try DistinguishedName("CN=a")))?.type == .schemaViolation)
  }
}
