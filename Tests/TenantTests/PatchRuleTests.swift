import JSON
import Testing

@testable import Tenant

/// What RFC 7644 §3.5.2 demands beyond its examples.
@Suite("Rules of PATCH")
struct PatchRuleTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private let emails = #"""
    ,"emails":[{"value":"work@example.com","type":"work","primary":true},
    {"value":"home@example.com","type":"home"}]
    """#

  private func patched(_ operations: String, _ more: String? = nil) async throws -> Reply {
    let id = try await tenant.user("bjensen@example.com", more ?? emails)
    let reply = await tenant.patch("/Users/\(id)", operations)
    // What is answered is what is kept.
    if reply.status == 200 { #expect(await tenant.send("GET", "/Users/\(id)").body == reply.body) }
    return reply
  }

  @Test(
    "replace of what is not there adds it",
    arguments: [
      (#"{"op":"replace","path":"nickName","value":"B"}"#, "nickName", "B"),
      (
        #"{"op":"replace","path":"name.familyName","value":"J"}"#, "name",
        ["familyName": "J"]
      ),
      (
        #"{"op":"replace","path":"phoneNumbers","value":[{"value":"1","type":"work"}]}"#,
        "phoneNumbers", [["value": "1", "type": "work"]]
      ),
      (
        #"{"op":"replace","value":{"name":{"givenName":"B"}}}"#, "name",
        ["givenName": "B"]
      ),
    ] as [(String, String, JSONValue)])
  func replaceAbsent(_ operation: String, _ name: String, _ value: JSONValue) async throws {
    #expect(try await patched(operation)[name] == value)
  }

  @Test("An operation sees what those before it did")
  func inOrder() async throws {
    let reply = try await patched(
      #"""
      {"op":"add","path":"emails","value":[{"value":"new@example.com","type":"other"}]},
      {"op":"replace","path":"emails[type eq \"other\"].value","value":"newer@example.com"},
      {"op":"remove","path":"emails[type ne \"other\"]"},
      {"op":"add","path":"title","value":"A"},{"op":"replace","path":"title","value":"B"}
      """#)
    #expect(reply["emails"] == [["value": "newer@example.com", "type": "other"]])
    #expect(reply["title"] == "B")
  }

  @Test(
    "A path may name its attribute in any case, and with its schema",
    arguments: [
      "NICKNAME", "urn:ietf:params:scim:schemas:core:2.0:User:nickName",
      "URN:IETF:params:scim:schemas:core:2.0:user:nickname",
    ])
  func names(_ path: String) async throws {
    #expect(try await patched(#"{"op":"add","path":"\#(path)","value":"B"}"#)["nickName"] == "B")
  }

  @Test(
    "A filter in a path chooses by every kind of condition",
    arguments: [
      #"type eq \"home\" or value sw \"x\""#, #"not (type eq \"work\")"#,
      #"value ew \"e@example.com\" and type pr"#, #"TYPE EQ \"HOME\""#, #"primary ne true"#,
    ])
  func filters(_ filter: String) async throws {
    let reply = try await patched(#"{"op":"remove","path":"emails[\#(filter)]"}"#)
    #expect(reply["emails"]?.array?.map { $0["type"]?.string } == ["work"])
  }

  @Test("Who is made primary takes it from who was")
  func primary() async throws {
    let reply = try await patched(
      #"{"op":"replace","path":"emails[type eq \"home\"].primary","value":true}"#)
    let primaries = reply["emails"]?.array?.filter { $0["primary"] == true }
    #expect(primaries?.map { $0["type"]?.string } == ["home"])
  }

  @Test("A list from which the last value was removed is not there")
  func emptied() async throws {
    let reply = try await patched(
      #"""
      {"op":"remove","path":"emails[type eq \"home\"]"},
      {"op":"remove","path":"emails[type eq \"work\"]"}
      """#)
    #expect(reply.status == 200 && reply.body?.object?.written("emails") == nil)
    #expect(await tenant.names("Users", "emails pr") == [])
  }

  @Test(
    "To remove what is not there changes nothing, also not the version",
    arguments: [
      "title", "name.givenName", #"emails[type eq \"fax\"]"#, "phoneNumbers",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ])
  func removeAbsent(_ path: String) async throws {
    let reply = try await patched(#"{"op":"remove","path":"\#(path)"}"#)
    #expect(reply.status == 200 && reply.headers["ETag"] == "W/\"1\"", "\(reply.detail)")
  }

  @Test(
    "What only the server writes is refused in every operation",
    arguments: ["id", "meta", "meta.created", "groups"], ["add", "replace", "remove"])
  func readOnly(_ path: String, _ op: String) async throws {
    let reply = try await patched(#"{"op":"\#(op)","path":"\#(path)","value":"x"}"#)
    #expect(reply.status == 400 && ["mutability", "invalidPath"].contains(reply.kind))
  }

  @Test("One operation that fails undoes those before it, in lists and members too")
  func atomic() async throws {
    let (a, b) = (try await tenant.user("a@example.com"), try await tenant.user("b@example.com"))
    let group = try await tenant.group("G", members: [a])
    let before = await tenant.get("/Groups/\(group)")
    let reply = await tenant.patch(
      "/Groups/\(group)",
      #"""
      {"op":"replace","path":"displayName","value":"H"},
      {"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"\#(b)"}]},
      {"op":"replace","path":"nothing","value":"x"}
      """#)
    #expect(reply.status == 400)
    #expect(await tenant.get("/Groups/\(group)") == before)
  }

  @Test("Operations on members are done in their order")
  func membersInOrder() async throws {
    let (a, b) = (try await tenant.user("a@example.com"), try await tenant.user("b@example.com"))
    let group = try await tenant.group("G", members: [a])
    let reply = await tenant.patch(
      "/Groups/\(group)",
      #"""
      {"op":"add","path":"members","value":[{"value":"\#(b)"}]},
      {"op":"remove","path":"members[value eq \"\#(b)\"]"},
      {"op":"remove","path":"members"},{"op":"add","path":"members","value":[{"value":"\#(b)"}]}
      """#)
    #expect(reply.status == 204)
    #expect(await tenant.members(group) == [b])
  }

  @Test("A group is answered with a body where attributes are asked for")
  func askedFor() async throws {
    let group = try await tenant.group("G")
    let reply = await tenant.patch(
      "/Groups/\(group)?attributes=displayName",
      #"{"op":"replace","path":"displayName","value":"H"}"#)
    #expect(reply.status == 200 && reply["displayName"] == "H" && reply["meta"] == nil)
  }

  @Test("A user who is none is not patched")
  func missing() async throws {
    let reply = await tenant.patch("/Users/none", #"{"op":"add","path":"title","value":"x"}"#)
    #expect(reply.status == 404)
  }

  @Test("A new name must be free, and the old one is free then")
  func keys() async throws {
    let id = try await tenant.user("a@example.com")
    try await tenant.user("b@example.com")
    let taken = #"{"op":"replace","path":"userName","value":"B@example.com"}"#
    #expect(await tenant.patch("/Users/\(id)", taken).status == 409)
    let free = #"{"op":"replace","value":{"userName":"c@example.com"}}"#
    #expect(await tenant.patch("/Users/\(id)", free).status == 200)
    try await tenant.user("a@example.com")
  }
}

/// What RFC 7644 §3.5.1 demands of a replacement.
@Suite("Rules of PUT")
struct PutRuleTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private func put(_ id: String, _ more: String) async -> Reply {
    await tenant.send(
      "PUT", "/Users/\(id)",
      #"{"schemas":["\#(TestTenant.userURN)"],"userName":"a@example.com"\#(more)}"#)
  }

  @Test(
    "What is not given is gone",
    arguments: ["title", "name", "emails", TestTenant.enterpriseURN])
  func cleared(_ name: String) async throws {
    let id = try await tenant.user(
      "a@example.com",
      #"""
      ,"title":"T","name":{"givenName":"G"},"emails":[{"value":"a@x.org"}],
      "\#(TestTenant.enterpriseURN)":{"department":"D"}
      """#)
    let reply = await put(id, "")
    #expect(reply.status == 200 && reply.body?.object?.written(name) == nil)
  }

  @Test(
    "What only the server writes is passed over",
    arguments: [#""id":"mine""#, #""meta":{"version":"x"}"#, #""groups":[{"value":"g"}]"#])
  func readOnly(_ given: String) async throws {
    let id = try await tenant.user("a@example.com")
    let reply = await put(id, "," + given)
    #expect(reply.status == 200 && reply["id"] == .string(id))
    #expect(reply.headers["ETag"] == "W/\"1\"")
  }

  @Test("Members are replaced by those given, with all that is refused of one")
  func members() async throws {
    let a = try await tenant.user("a@example.com")
    let group = try await tenant.group("G", members: [a])
    let reply = await tenant.send(
      "PUT", "/Groups/\(group)",
      #"{"schemas":["\#(TestTenant.groupURN)"],"displayName":"H","members":[{"value":"none"}]}"#)
    #expect(reply.status == 400)
    #expect(await tenant.members(group) == [a])
    #expect(await tenant.get("/Groups/\(group)")["displayName"] == "G")
  }

  @Test("Nobody is made by PUT")
  func missing() async throws {
    #expect(await put("none", "").status == 404)
    #expect(await tenant.get("/Users")["totalResults"] == 0)
  }
}
