import Directory
import JSON
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
      case "GET /groups/staff": Reply(200, ["id": "staff"])
      default: Reply(204)
      }
    }
    defer { server.close() }
    let outcome = try await server.connector().export([removing(["a", "b", "c", "d"])])[0]
    #expect(outcome.anchor?.text == "staff", "\(outcome)")
    #expect(server.count("DELETE /groups/staff/members/b/$ref") == 1)
    #expect(server.count("DELETE /groups/staff/members/d/$ref") == 1)
    #expect(server.count("PATCH /groups/staff") == 1)
    #expect(server.count("GET /groups/staff") == 1, "It is asked for once")
  }

  @Test("What a batch carried out before its answer was lost stops nothing when it is sent again")
  func batchAgain() async throws {
    let server = try ScriptedGraph { call in
      guard call.method == "DELETE" else {
        return call.method == "GET" ? Reply(200, ["id": "staff"]) : Reply(204)
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
    #expect(server.count("DELETE /groups/staff/members/a/$ref") == 1)
    #expect(server.count("PATCH /groups/staff") == 0)
    #expect(server.count("GET /groups/staff") == 2, "A copy that is behind may not have it yet")
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
