import JSON
import Testing

@testable import Tenant

@Suite("Users, groups and contacts")
struct ResourceTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private func create(_ more: String) async -> Reply {
    await tenant.send("POST", "/Users", #"{"schemas":["\#(TestTenant.userURN)"],\#(more)}"#)
  }

  @Test("A user comes back as it was sent, with id, meta and version")
  func roundTrip() async throws {
    let reply = await create(
      #"""
      "userName":"bjensen@example.com","externalId":"701984","displayName":"Babs 🦊",
      "name":{"givenName":"Barbara"},"active":true,
      "x509Certificates":[{"value":"MIIDQzCCAqygAwIBAgICEAAwDQ=="}],
      "addresses":[{"locality":"Hollywood","primary":true}],
      "\#(TestTenant.enterpriseURN)":{"department":"Tours","employeeNumber":"7"}
      """#)
    #expect(reply.status == 201)
    let id = try #require(reply["id"]?.string)
    #expect(reply.headers["Location"] == "\(TestTenant.base)/Users/\(id)")
    #expect(reply.headers["ETag"] == "W/\"1\"")
    let user = await tenant.get("/Users/\(id)")
    #expect(JSONValue.object(user) == reply.body)
    #expect(user["displayName"] == "Babs 🦊")
    #expect(user["schemas"]?.array?.count == 2)
    #expect(user["meta"]?.object?["resourceType"] == "User")
    #expect(user["meta"]?.object?["version"] == "W/\"1\"")
  }

  @Test("Names are taken in any case and kept in the schema's")
  func caseOfNames() async throws {
    let reply = await create(#""USERNAME":"a@example.com","Name":{"GIVENNAME":"G"}"#)
    #expect(reply["userName"] == "a@example.com")
    #expect(reply["name"] == ["givenName": "G"])
  }

  @Test("null and empty lists are no values")
  func unassigned() async throws {
    let reply = await create(#""userName":"a@example.com","title":null,"emails":[],"name":{}"#)
    #expect(reply.status == 201)
    #expect(reply["title"] == nil && reply["emails"] == nil && reply["name"] == nil)
  }

  @Test("id, meta and groups that a client sends are ignored")
  func readOnlyIgnored() async throws {
    let reply = await create(
      #""userName":"a@example.com","id":"mine","meta":{"version":"x"},"groups":[{"value":"g"}]"#)
    #expect(reply.status == 201)
    #expect(reply["id"] != "mine")
  }

  @Test(
    "What the schema forbids is refused with the attribute's name",
    arguments: [
      (#""displayName":"x""#, "invalidValue", "'userName'"),
      (#""userName":"""#, "invalidValue", "'userName'"),
      (#""userName":5"#, "invalidValue", "'userName'"),
      (#""userName":["a@example.com"]"#, "invalidValue", "'userName'"),
      (#""userName":"a@example.com","shoeSize":42"#, "invalidSyntax", "'shoeSize'"),
      (#""userName":"a@example.com","name":{"nick":"x"}"#, "invalidSyntax", "'name.nick'"),
      (#""userName":"a@example.com","name":"x""#, "invalidValue", "'name'"),
      (#""userName":"a@example.com","active":"true""#, "invalidValue", "'active'"),
      (#""userName":"a@example.com","active":1"#, "invalidValue", "'active'"),
      (#""userName":"a@example.com","emails":{"value":"a@b.de"}"#, "invalidValue", "'emails'"),
      (#""userName":"a@example.com","emails":["a@b.de"]"#, "invalidValue", "'emails'"),
      (#""userName":"a@example.com","emails":[{"value":"no"}]"#, "invalidValue", "'emails.value'"),
      (#""userName":"a@example.com","emails":[{"type":"work"}]"#, "invalidValue", "'emails.value'"),
      (#""userName":"a@example.com","USERNAME":"b@example.com""#, "invalidSyntax", "occurs twice"),
      (#""userName":"a@example.com","x509Certificates":[{"value":"*"}]"#, "invalidValue", "base64"),
      (
        #""userName":"a@example.com","emails":[{"value":"a@b.de","primary":true},{"value":"c@d.de","primary":true}]"#,
        "invalidValue", "'emails'"
      ),
      (
        #""userName":"a@example.com","urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User":{"proxyAddresses":["SMTP:a@b.de","SMTP:c@d.de"]}"#,
        "invalidValue", "SMTP:"
      ),
      (
        #""userName":"a@example.com","urn:lockstep:params:scim:schemas:extension:onpremises:2.0:User":{"proxyAddresses":["SMTP:a@b.de","smtp:A@b.de"]}"#,
        "invalidValue", "case only"
      ),
      (
        #""userName":"a@example.com","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"manager":{"value":"nobody"}}"#,
        "invalidValue", "manager.value"
      ),
      (
        #""userName":"a@example.com","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":5"#,
        "invalidSyntax", "enterprise"
      ),
    ])
  func refused(_ more: String, _ kind: String, _ named: String) async {
    let reply = await create(more)
    #expect(reply.status == 400)
    #expect(reply.kind == kind, "\(reply.detail)")
    #expect(reply.detail.contains(named), "\(reply.detail)")
    let all = await tenant.get("/Users")
    #expect(all["totalResults"] == 0)
  }

  @Test(
    "Lengths are those of the cloud",
    arguments: [
      ("displayName", 256), ("title", 128), ("nickName", 64),
    ])
  func lengths(_ name: String, _ limit: Int) async {
    let fits = await create(
      #""userName":"a@example.com","\#(name)":"\#(String(repeating: "ö", count: limit))""#)
    #expect(fits.status == 201)
    let over = await create(
      #""userName":"b@example.com","\#(name)":"\#(String(repeating: "x", count: limit + 1))""#)
    #expect(over.status == 400 && over.detail.contains("\(limit) are allowed"))
  }

  @Test("An immutable id has fewer than 60 characters")
  func immutableIDLength() async {
    func user(_ name: String, _ count: Int) async -> Int {
      let id = String(repeating: "i", count: count)
      return await create(
        #""userName":"\#(name)@example.com","\#(TestTenant.onPremisesURN)":{"immutableId":"\#(id)"}"#
      ).status
    }
    #expect(await user("a", 59) == 201)
    #expect(await user("b", 60) == 400)
  }

  @Test("schemas must be there, and known")
  func schemas() async {
    let none = await tenant.send("POST", "/Users", #"{"userName":"a@example.com"}"#)
    #expect(none.status == 400 && none.detail.contains("schemas"))
    let unknown = await tenant.send(
      "POST", "/Users",
      #"{"schemas":["\#(TestTenant.userURN)","urn:x"],"userName":"a@example.com"}"#)
    #expect(unknown.status == 400 && unknown.detail.contains("urn:x"))
  }

  @Test("A body that is no JSON object is refused", arguments: ["", "{", "[]", "5", "\"x\""])
  func brokenBodies(_ body: String) async {
    let reply = await tenant.send("POST", "/Users", body)
    #expect(reply.status == 400 && reply.kind == "invalidSyntax")
  }

  @Test("PUT replaces everything that a client may write")
  func replace() async throws {
    let id = try await tenant.user("a@example.com", #","title":"T","name":{"givenName":"G"}"#)
    let reply = await tenant.send(
      "PUT", "/Users/\(id)",
      #"{"schemas":["\#(TestTenant.userURN)"],"userName":"b@example.com","nickName":"N"}"#)
    #expect(reply.status == 200)
    #expect(reply["id"] == .string(id))
    #expect(reply["title"] == nil && reply["name"] == nil && reply["nickName"] == "N")
    #expect(reply.headers["ETag"] == "W/\"2\"")
    #expect(await tenant.names("Users", #"userName eq "a@example.com""#) == [])
    #expect(await tenant.names("Users", #"userName eq "b@example.com""#) == ["b@example.com"])
  }

  @Test("What was read can be put back as it is, and changes nothing")
  func putBack() async throws {
    let id = try await tenant.user(
      "a@example.com", #","\#(TestTenant.onPremisesURN)":{"syncEnabled":true,"immutableId":"x"}"#)
    let user = await tenant.get("/Users/\(id)")
    let reply = await tenant.send("PUT", "/Users/\(id)", JSONValue.object(user).text)
    #expect(reply.status == 200, "\(reply.detail)")
    #expect(reply.body == .object(user))
  }

  @Test("The server stamps what is kept in step, at every write")
  func lastSyncTime() async throws {
    let urn = TestTenant.onPremisesURN
    let id = try await tenant.user("a@example.com", #","\#(urn)":{"syncEnabled":true}"#)
    let first = await tenant.get("/Users/\(id)")
    let stamp = try #require(first[urn]?.object?["lastSyncTime"]?.string)
    #expect(first["meta"]?.object?["lastModified"] == .string(stamp))
    let reply = await tenant.patch("/Users/\(id)", #"{"op":"add","path":"title","value":"T"}"#)
    let later = try #require(reply[urn]?.object?["lastSyncTime"]?.string)
    #expect(later > stamp)
    let cloudOnly = try await tenant.user("b@example.com", #","\#(urn)":{"syncEnabled":false}"#)
    #expect(await tenant.get("/Users/\(cloudOnly)")[urn] == ["syncEnabled": false])
  }

  @Test("A manager is an existing user, shown with name and reference, and goes with the user")
  func manager() async throws {
    let boss = try await tenant.user("boss@example.com", #","displayName":"The Boss""#)
    let urn = TestTenant.enterpriseURN
    let id = try await tenant.user(
      "a@example.com", #","\#(urn)":{"department":"D","manager":{"value":"\#(boss)"}}"#)
    let user = await tenant.get("/Users/\(id)")
    #expect(
      user[urn]?.object?["manager"] == [
        "value": .string(boss), "$ref": .string("\(TestTenant.base)/Users/\(boss)"),
        "displayName": "The Boss",
      ])
    #expect(
      await tenant.names("Users", #"\#(urn):manager.value eq "\#(boss)""#) == ["a@example.com"])
    #expect(await tenant.send("DELETE", "/Users/\(boss)").status == 204)
    let after = await tenant.get("/Users/\(id)")
    #expect(after[urn] == ["department": "D"])
    #expect(after["meta"]?.object?["version"] == "W/\"2\"")
  }

  @Test("A deleted user is gone, and its values are free again")
  func delete() async throws {
    let id = try await tenant.user(
      "a@example.com", #","\#(TestTenant.onPremisesURN)":{"proxyAddresses":["SMTP:a@example.com"]}"#
    )
    #expect(await tenant.send("DELETE", "/Users/\(id)").status == 204)
    #expect(await tenant.send("GET", "/Users/\(id)").status == 404)
    #expect(await tenant.send("DELETE", "/Users/\(id)").status == 404)
    #expect(await tenant.patch("/Users/\(id)", #"{"op":"remove","path":"title"}"#).status == 404)
    try await tenant.user(
      "a@example.com", #","\#(TestTenant.onPremisesURN)":{"proxyAddresses":["SMTP:a@example.com"]}"#
    )
  }

  @Test("A contact has a name, mail addresses and its own extension")
  func contact() async throws {
    let urn = ResourceType.onPremisesURN("Contact")
    let reply = await tenant.send(
      "POST", "/Contacts",
      #"""
      {"schemas":["\#(TestTenant.contactURN)","\#(urn)"],"displayName":"C","externalId":"e",
       "name":{"givenName":"G","familyName":"F"},"emails":[{"value":"c@example.org"}],
       "\#(urn)":{"mail":"c@example.org","proxyAddresses":["SMTP:c@example.org"]}}
      """#)
    #expect(reply.status == 201, "\(reply.detail)")
    #expect(await tenant.names("Contacts", #"externalId eq "e""#) == ["C"])
    let nameless = await tenant.send(
      "POST", "/Contacts", #"{"schemas":["\#(TestTenant.contactURN)"]}"#)
    #expect(nameless.status == 400 && nameless.detail.contains("displayName"))
    let asUser = await tenant.send("GET", "/Users/\(reply["id"]?.string ?? "")")
    #expect(asUser.status == 404)
  }
}

@Suite("Uniqueness")
struct UniquenessTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private func expectConflict(_ reply: Reply, with id: String, naming name: String) {
    #expect(reply.status == 409)
    #expect(reply.kind == "uniqueness")
    #expect(reply["conflictingId"] == .string(id))
    #expect(reply.detail.contains(name) && reply.detail.contains(id), "\(reply.detail)")
  }

  @Test("A userName is unique in any case, when created, put and patched")
  func userName() async throws {
    let id = try await tenant.user("a@example.com")
    let other = try await tenant.user("b@example.com")
    let body = #"{"schemas":["\#(TestTenant.userURN)"],"userName":"A@Example.com"}"#
    expectConflict(await tenant.send("POST", "/Users", body), with: id, naming: "userName")
    expectConflict(await tenant.send("PUT", "/Users/\(other)", body), with: id, naming: "userName")
    let patch = #"{"op":"replace","path":"userName","value":"A@example.com"}"#
    expectConflict(await tenant.patch("/Users/\(other)", patch), with: id, naming: "userName")
    #expect(await tenant.patch("/Users/\(id)", patch).status == 200)
  }

  @Test("A proxy address is unique in the tenant, over all types and in any case")
  func proxyAddresses() async throws {
    let id = try await tenant.user(
      "a@example.com", #","\#(TestTenant.onPremisesURN)":{"proxyAddresses":["smtp:x@example.com"]}"#
    )
    let urn = TestTenant.onPremisesGroupURN
    let reply = await tenant.send(
      "POST", "/Groups",
      #"""
      {"schemas":["\#(TestTenant.groupURN)"],"displayName":"G",
       "\#(urn)":{"proxyAddresses":["SMTP:X@example.com"]}}
      """#)
    expectConflict(reply, with: id, naming: "proxyAddresses")
    #expect(await tenant.get("/Groups")["totalResults"] == 0)
  }

  @Test("An immutable id is unique among users, in its exact case; a group may have the same")
  func immutableID() async throws {
    func more(_ id: String) -> String {
      #","\#(TestTenant.onPremisesURN)":{"immutableId":"\#(id)"}"#
    }
    let id = try await tenant.user("a@example.com", more("aB=="))
    try await tenant.user("b@example.com", more("ab=="))
    let body =
      #"{"schemas":["\#(TestTenant.userURN)"],"userName":"c@example.com"\#(more("aB=="))}"#
    expectConflict(await tenant.send("POST", "/Users", body), with: id, naming: "immutableId")
    let group = await tenant.send(
      "POST", "/Groups",
      #"""
      {"schemas":["\#(TestTenant.groupURN)"],"displayName":"G",
       "\#(TestTenant.onPremisesGroupURN)":{"immutableId":"aB=="}}
      """#)
    #expect(group.status == 201)
  }

  @Test("Two groups may have the same name")
  func displayName() async throws {
    try await tenant.group("G")
    try await tenant.group("G")
    #expect(await tenant.names("Groups", #"displayName eq "g""#) == ["G", "G"])
  }
}
