import JSON
import Testing

@testable import Tenant

@Suite("Members")
struct GroupTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private func add(_ ids: [String]) -> String {
    let values = ids.map { #"{"value":"\#($0)"}"# }.joined(separator: ",")
    return #"{"op":"add","path":"members","value":[\#(values)]}"#
  }

  @Test("Members of all kinds are shown with kind, name and reference")
  func shown() async throws {
    let user = try await tenant.user("a@example.com", #","displayName":"A""#)
    let inner = try await tenant.group("Inner")
    let id = try await tenant.group("Outer", members: [user, inner])
    let values = await tenant.get("/Groups/\(id)")["members"]?.array
    #expect(
      values == [
        [
          "value": .string(user), "$ref": .string("\(TestTenant.base)/Users/\(user)"),
          "type": "User", "display": "A",
        ],
        [
          "value": .string(inner), "$ref": .string("\(TestTenant.base)/Groups/\(inner)"),
          "type": "Group", "display": "Inner",
        ],
      ])
  }

  @Test("Members are added and removed one by one, answered without a body")
  func addAndRemove() async throws {
    let (a, b) = (try await tenant.user("a@example.com"), try await tenant.user("b@example.com"))
    let id = try await tenant.group("G", members: [a])
    let added = await tenant.patch("/Groups/\(id)", add([b, a]))
    #expect(added.status == 204 && added.body == nil)
    #expect(added.headers["ETag"] == "W/\"2\"")
    #expect(await tenant.members(id) == [a, b])
    let removed = await tenant.patch(
      "/Groups/\(id)", #"{"op":"remove","path":"members[value eq \"\#(a)\"]"}"#)
    #expect(removed.status == 204)
    #expect(await tenant.members(id) == [b])
  }

  @Test("Adding a member that is there, or removing one that isn't, changes nothing")
  func idempotent() async throws {
    let (a, b) = (try await tenant.user("a@example.com"), try await tenant.user("b@example.com"))
    let id = try await tenant.group("G", members: [a])
    #expect(await tenant.patch("/Groups/\(id)", add([a])).headers["ETag"] == "W/\"1\"")
    for gone in [b, "00000000-0000-0000-0000-000000000000"] {
      let reply = await tenant.patch(
        "/Groups/\(id)", #"{"op":"remove","path":"members[value eq \"\#(gone)\"]"}"#)
      #expect(reply.status == 204 && reply.headers["ETag"] == "W/\"1\"")
    }
  }

  @Test("Members are removed by list, by any filter, and all at once")
  func removeMany() async throws {
    var ids: [String] = []
    for name in ["a", "b", "c", "d"] { ids.append(try await tenant.user("\(name)@example.com")) }
    let inner = try await tenant.group("Inner")
    let id = try await tenant.group("G", members: ids + [inner])
    let byList = #"{"op":"remove","path":"members","value":[{"value":"\#(ids[0])"}]}"#
    #expect(await tenant.patch("/Groups/\(id)", byList).status == 204)
    for value in ["[]", "[null]"] {
      let none = #"{"op":"remove","path":"members","value":\#(value)}"#
      #expect(await tenant.patch("/Groups/\(id)", none).status == 204)
    }
    let unnamed = #"{"op":"remove","path":"members","value":[{}]}"#
    #expect(await tenant.patch("/Groups/\(id)", unnamed).status == 400)
    #expect(await tenant.members(id) == [ids[1], ids[2], ids[3], inner])
    let either =
      #"{"op":"remove","path":"members[value eq \"\#(ids[1])\" or value eq \"\#(ids[2])\"]"}"#
    #expect(await tenant.patch("/Groups/\(id)", either).status == 204)
    #expect(await tenant.members(id) == [ids[3], inner])
    let byType = #"{"op":"remove","path":"members[type eq \"Group\"]"}"#
    #expect(await tenant.patch("/Groups/\(id)", byType).status == 204)
    #expect(await tenant.members(id) == [ids[3]])
    #expect(await tenant.patch("/Groups/\(id)", #"{"op":"remove","path":"members"}"#).status == 204)
    #expect(await tenant.members(id) == [])
  }

  @Test("replace and PUT make the members exactly those given")
  func replaceAll() async throws {
    let (a, b) = (try await tenant.user("a@example.com"), try await tenant.user("b@example.com"))
    let id = try await tenant.group("G", members: [a])
    let replace = #"{"op":"replace","path":"members","value":[{"value":"\#(b)"}]}"#
    #expect(await tenant.patch("/Groups/\(id)", replace).status == 204)
    #expect(await tenant.members(id) == [b])
    let put = await tenant.send(
      "PUT", "/Groups/\(id)", #"{"schemas":["\#(TestTenant.groupURN)"],"displayName":"H"}"#)
    #expect(put.status == 200 && put["displayName"] == "H")
    #expect(await tenant.members(id) == [])
  }

  @Test("Who is no resource, of another kind than claimed, or the group itself is no member")
  func refused() async throws {
    let a = try await tenant.user("a@example.com")
    let id = try await tenant.group("G")
    for value in [
      #"{"value":"nobody"}"#, #"{"value":"\#(a)","type":"Group"}"#, #"{"value":"\#(id)"}"#,
      #"{"value":"\#(a)","type":"Robot"}"#, #"{"type":"User"}"#, #"{"value":5}"#,
    ] {
      let reply = await tenant.patch(
        "/Groups/\(id)", #"{"op":"add","path":"members","value":[\#(value)]}"#)
      #expect(reply.status == 400 && reply.kind == "invalidValue", "\(value) \(reply.detail)")
      #expect(reply.detail.contains("members"))
    }
    #expect(await tenant.members(id) == [])
  }

  @Test("One bad member among good ones, and none is added")
  func allOrNothing() async throws {
    let a = try await tenant.user("a@example.com")
    let id = try await tenant.group("G")
    #expect(await tenant.patch("/Groups/\(id)", add([a, "nobody"])).status == 400)
    #expect(await tenant.members(id) == [])
  }

  @Test("A member's kind can't be changed in place")
  func immutable() async throws {
    let a = try await tenant.user("a@example.com")
    let id = try await tenant.group("G", members: [a])
    let reply = await tenant.patch(
      "/Groups/\(id)",
      #"{"op":"replace","path":"members[value eq \"\#(a)\"].type","value":"Group"}"#)
    #expect(reply.status == 400 && reply.kind == "mutability")
  }

  @Test("A deleted user leaves its groups, and their versions tell")
  func deletedMember() async throws {
    let (a, b) = (try await tenant.user("a@example.com"), try await tenant.user("b@example.com"))
    let id = try await tenant.group("G", members: [a, b])
    #expect(await tenant.send("DELETE", "/Users/\(a)").status == 204)
    #expect(await tenant.members(id) == [b])
    #expect(await tenant.get("/Groups/\(id)")["meta"]?.object?["version"] == "W/\"2\"")
  }

  @Test("Members can be left out, and are not read then")
  func leftOut() async throws {
    let a = try await tenant.user("a@example.com")
    let id = try await tenant.group("G", members: [a])
    #expect(await tenant.get("/Groups/\(id)?excludedAttributes=members")["members"] == nil)
    let only = await tenant.get("/Groups/\(id)?attributes=members.value")
    #expect(only["members"] == [["value": .string(a)]])
    #expect(only["displayName"] == nil && only["id"] != nil && only["schemas"] != nil)
  }

  @Test("A user's groups are given when asked for, and groups are found by member")
  func groupsOfUser() async throws {
    let a = try await tenant.user("a@example.com")
    let id = try await tenant.group("G", members: [a])
    try await tenant.group("H")
    #expect(await tenant.get("/Users/\(a)")["groups"] == nil)
    let asked = await tenant.get("/Users/\(a)?attributes=groups")
    #expect(asked["groups"]?.array?.first?.object?["value"] == .string(id))
    #expect(asked["groups"]?.array?.first?.object?["display"] == "G")
    #expect(await tenant.names("Groups", #"members.value eq "\#(a)""#) == ["G"])
    #expect(await tenant.names("Groups", #"members[type eq "User"]"#) == ["G"])
    #expect(await tenant.names("Groups", "not (members pr)") == ["H"])
    #expect(await tenant.names("Users", #"groups.value eq "\#(id)""#) == ["a@example.com"])
  }

  @Test("A change of members stamps a group that is kept in step")
  func stamp() async throws {
    let a = try await tenant.user("a@example.com")
    let urn = TestTenant.onPremisesGroupURN
    let reply = await tenant.send(
      "POST", "/Groups",
      #"""
      {"schemas":["\#(TestTenant.groupURN)"],"displayName":"G",
       "\#(urn)":{"syncEnabled":true,"description":"D","securityEnabled":true}}
      """#)
    let id = reply["id"]?.string ?? ""
    let first = try #require(reply[urn]?.object?["lastSyncTime"]?.string)
    _ = await tenant.patch("/Groups/\(id)", add([a]))
    let group = await tenant.get("/Groups/\(id)")
    #expect(try #require(group[urn]?.object?["lastSyncTime"]?.string) > first)
    #expect(group[urn]?.object?["description"] == "D")
  }
}
