import Directory
import HTTPTesting
import JSON
import Synchronization
import Testing

@testable import GraphConnector

@Suite("What was to end and has ended already")
struct GraphEndedTests {
  private typealias Reply = ScriptedGraph.Reply

  /// What Graph says of a member who is none, or of a group that is gone: the same.
  private static func absent(_ id: String) -> Reply {
    .error(
      404, "Request_ResourceNotFound",
      "Resource '\(id)' does not exist or one of its queried reference-property objects are not "
        + "present.")
  }

  private func removing(_ members: [String], from group: String = "staff") throws -> ExportOperation
  {
    try Operations.modify(
      "group", Anchor(group),
      [
        AttributeChange(
          "member", .update(added: [], removed: members.map { .reference($0) })),
        AttributeChange("description", .replace(["x"])),
      ])
  }

  @Test("A member who is out already holds up none of the others, though Graph names the group")
  func members() async throws {
    let server = try ScriptedGraph { call in
      switch call.line {
      case "DELETE /groups/staff/members/a/$ref", "DELETE /groups/staff/members/c/$ref":
        Self.absent("staff")
      case "GET /groups/staff/members": .list([["id": "x"]])
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector().export([removing(["a", "b", "c", "d"])])[0]
    #expect(outcome.anchor?.text == "staff", "\(outcome)")
    #expect(server.count("DELETE /groups/staff/members/b/$ref") == 1)
    #expect(server.count("DELETE /groups/staff/members/d/$ref") == 1)
    #expect(server.count("PATCH /groups/staff") == 1)
    #expect(server.count("GET /groups/staff/members") == 1, "It is looked at once")
    #expect(server.count("DELETE /groups/staff/members/a/$ref") == 3)
    #expect(server.count("DELETE /groups/staff/members/c/$ref") == 1)
  }

  @Test("What a batch carried out before its answer was lost stops nothing when it is sent again")
  func batchAgain() async throws {
    let server = try ScriptedGraph { call in
      guard call.method == "DELETE" else {
        return call.method == "GET" ? .list([]) : Reply(204)
      }
      if call.number > 0 { return Self.absent("staff") }
      return call.path.hasSuffix("/c/$ref") ? nil : Reply(204)
    }
    defer { server.close() }
    let outcome = try await server.connector().export([removing(["a", "b", "c", "d"])])[0]
    #expect(outcome.anchor?.text == "staff", "\(outcome)")
    #expect(server.count("DELETE /groups/staff/members/d/$ref") >= 1)
  }

  @Test("A group that is gone is told as gone, and no more is sent to it")
  func goneGroup() async throws {
    let server = try ScriptedGraph { _ in Self.absent("staff") }
    defer { server.close() }
    let failure = try await server.connector().export([removing(["a", "b"])])[0].failure
    #expect(failure?.type == .missingObject && failure?.message.contains("staff") == true)
    #expect(server.count("DELETE /groups/staff/members/a/$ref") == 3)
    #expect(server.count("DELETE /groups/staff/members/b/$ref") == 0)
    #expect(server.count("PATCH /groups/staff") == 0)
    #expect(
      server.count("GET /groups/staff/members") == 2, "A copy that is behind may not have it yet")
  }

  @Test("Whether the group is there may not be told: that is the error, and the rest goes on")
  func forbidden() async throws {
    let server = try ScriptedGraph { call in
      switch call.method {
      case "DELETE": Self.absent("staff")
      case "GET": .error(403, "Authorization_RequestDenied", "not for you")
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector().export([removing(["a", "b"])])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.failure.type == .permissionIssue && part.lacking.map(\.name) == ["member"])
    #expect(server.count("PATCH /groups/staff") == 1)
  }

  @Test("Who has no manager any more loses none, and gets what else is to change")
  func manager() async throws {
    for isThere in [true, false] {
      let server = try ScriptedGraph { call in
        switch call.line {
        case "DELETE /users/ann/manager/$ref": Self.absent("ann")
        case "GET /users/ann": isThere ? Reply(200, ["id": "ann"]) : Self.absent("ann")
        default: Reply(204)
        }
      }
      defer { server.close() }
      let outcome = try await server.connector().export([
        Operations.modify("user", Anchor("ann"), [AttributeChange("manager", .replace([]))])
      ])[0]
      #expect((outcome.anchor != nil) == isThere, "\(outcome)")
      #expect(isThere || outcome.failure?.type == .missingObject)
    }
  }

  @Test("A member of whom one copy knows nothing yet is taken out by another one, and told as out")
  func lateMember() async throws {
    let server = try ScriptedGraph { call in
      call.line == "DELETE /groups/staff/members/b/$ref" && call.number < 2
        ? Self.absent("staff") : Reply(204)
    }
    defer { server.close() }
    let outcome = try await server.connector().export([removing(["a", "b", "c"])])[0]
    #expect(outcome.anchor?.text == "staff", "\(outcome)")
    #expect(server.count("DELETE /groups/staff/members/b/$ref") == 3)
    #expect(!server.calls.contains { $0.method == "GET" })
  }

  /// Where a server is, which it is to name itself.
  private final class Address: Sendable {
    private let url = Mutex("")
    var link: JSONValue {
      .string(url.withLock { $0 } + "/v1.0/groups/staff/members?page=2")
    }
    func set(_ server: ScriptedGraph) { url.withLock { $0 = server.server.url } }
  }

  @Test("A member whom the group shows is not told as out, whatever the tenant says of the removal")
  func shownMember() async throws {
    let address = Address()
    let server = try ScriptedGraph { call in
      switch (call.method, call.query) {
      case ("GET", let query) where query.contains("page=2"): .list([["id": "b"], ["id": "e"]])
      case ("GET", _):
        Reply(200, ["value": [["id": "x"]], "@odata.nextLink": address.link])
      case ("DELETE", _) where !call.path.hasSuffix("/d/$ref"): Self.absent("staff")
      default: Reply(204)
      }
    }
    defer { server.close() }
    address.set(server)
    let outcome = try await server.connector().export([removing(["a", "b", "c", "d", "e"])])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(
      part.lacking == [
        AttributeChange("member", .update(added: [], removed: [.reference("b"), .reference("e")]))
      ])
    #expect(part.failure.isTransient && part.failure.message.contains("and shows it"))
    #expect(part.failure.value == "b")
    // Three times the first, then one look; each that is shown is tried as often as may be, and no
    // other.
    #expect(server.count("DELETE /groups/staff/members/a/$ref") == 3)
    #expect(server.count("GET /groups/staff/members") == 2)
    #expect(server.count("DELETE /groups/staff/members/b/$ref") == 4)
    #expect(server.count("DELETE /groups/staff/members/e/$ref") == 4)
    #expect(server.count("DELETE /groups/staff/members/c/$ref") == 1)
    #expect(server.count("DELETE /groups/staff/members/d/$ref") == 1)
    #expect(server.count("PATCH /groups/staff") == 1)
  }

  @Test("A member who is shown is tried again whatever came before, and leaves in the end")
  func shownAfterAnother() async throws {
    let server = try ScriptedGraph { call in
      switch call.line {
      case "GET /groups/staff/members": .list([["id": "b"]])
      case "DELETE /groups/staff/members/b/$ref" where call.number >= 2: Reply(204)
      case "DELETE /groups/staff/members/a/$ref", "DELETE /groups/staff/members/b/$ref":
        Self.absent("staff")
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector().export([removing(["a", "b"])])[0]
    #expect(outcome.anchor?.text == "staff", "\(outcome)")
    #expect(server.count("DELETE /groups/staff/members/b/$ref") == 3)
  }

  @Test("Where the members can't be seen, only who is said not to be there waits")
  func hiddenMembers() async throws {
    let server = try ScriptedGraph { call in
      switch (call.method, call.path) {
      case ("DELETE", "/groups/staff/members/a/$ref"), ("DELETE", "/groups/staff/members/d/$ref"):
        Self.absent("staff")
      case ("GET", _): .error(403, "Authorization_RequestDenied", "not for you")
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector().export([removing(["a", "b", "c", "d", "e"])])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.failure.type == .permissionIssue)
    #expect(
      part.lacking == [
        AttributeChange("member", .update(added: [], removed: [.reference("a"), .reference("d")]))
      ])
    for member in ["b", "c", "e"] {
      #expect(server.count("DELETE /groups/staff/members/\(member)/$ref") == 1, "\(member)")
    }
    #expect(server.count("PATCH /groups/staff") == 1)
  }

  @Test("A list of members that broke off is read from its beginning for the next one")
  func secondLook() async throws {
    let address = Address()
    let server = try ScriptedGraph { call in
      switch (call.method, call.query) {
      case ("GET", let query) where query.contains("page=2"):
        call.number == 1
          ? .error(403, "Authorization_RequestDenied", "not for you") : .list([["id": "x"]])
      case ("GET", _): Reply(200, ["value": [], "@odata.nextLink": address.link])
      case ("DELETE", _): Self.absent("staff")
      default: Reply(204)
      }
    }
    defer { server.close() }
    address.set(server)
    let outcome = try await server.connector().export([removing(["a", "b"])])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(
      part.lacking == [
        AttributeChange("member", .update(added: [], removed: [.reference("a")]))
      ])
    #expect(part.failure.type == .permissionIssue)
  }

  @Test(
    "Whether a member is one may not be told by a list that leads elsewhere, back, or is none",
    arguments: ["https://elsewhere.test/v1.0/next", "back", ""])
  func strangeList(link: String) async throws {
    let address = Address()
    let server = try ScriptedGraph { call in
      guard call.method == "GET" else {
        return call.method == "DELETE" ? Self.absent("staff") : Reply(204)
      }
      guard !link.isEmpty else { return Reply(200, ["id": "staff"]) }
      return Reply(
        200, ["value": [], "@odata.nextLink": link == "back" ? address.link : .string(link)])
    }
    defer { server.close() }
    address.set(server)
    let outcome = try await server.connector().export([removing(["a", "b"])])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.failure.message.contains("can't be told") && part.failure.isTransient)
    #expect(part.lacking.map(\.name) == ["member"])
    #expect(server.count("PATCH /groups/staff") == 1)
  }

  @Test("A manager who is shown still is not told as gone")
  func shownManager() async throws {
    let server = try ScriptedGraph { call in
      switch call.line {
      case "DELETE /users/ann/manager/$ref": Self.absent("ann")
      case "GET /users/ann": Reply(200, ["id": "ann", "manager": ["id": "bob"]])
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector().export([
      Operations.modify(
        "user", Anchor("ann"),
        [AttributeChange("manager", .replace([])), AttributeChange("title", .replace(["Boss"]))])
    ])[0]
    let part = try #require(outcome.part, "\(outcome)")
    #expect(part.lacking.map(\.name) == ["manager"] && part.failure.attribute == "manager")
    #expect(server.count("DELETE /users/ann/manager/$ref") == 4)
    #expect(server.count("GET /users/ann") == 1)
  }

  @Test("The embedded tenant answers as Graph does, and its members leave all the same")
  func embedded() async throws {
    let cloud = try await TestCloud()
    let (a, b) = try await (cloud.add(user: "a"), cloud.add(user: "b"))
    let group = try await cloud.add(group: "all", members: [b])
    let outcomes = try await cloud.connector.export([
      removing([a.text, b.text], from: group.text),
      Operations.modify("user", a, [AttributeChange("manager", .replace([]))], id: 2),
    ])
    #expect(outcomes.map(\.anchor) == [group, a], "\(outcomes)")
    let entry = try await cloud.entries()[try Operations.dn("all").text]
    #expect(entry?.attributes["member"] == [])
    await cloud.stop()
  }
}
