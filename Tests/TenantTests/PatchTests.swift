import JSON
import Testing

@testable import Tenant

/// The examples of RFC 7644 §3.5.2, and what they leave open.
@Suite("PATCH")
struct PatchTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private let emails = #"""
    ,"emails":[{"value":"work@example.com","type":"work","primary":true},
    {"value":"home@example.com","type":"home"}],"name":{"givenName":"Babs","familyName":"Jensen"}
    """#

  private func patched(_ operations: String, _ more: String? = nil) async throws -> Reply {
    let id = try await tenant.user("bjensen@example.com", more ?? emails)
    return await tenant.patch("/Users/\(id)", operations)
  }

  @Test("add without a path adds to lists and sets single values (figure: RFC 7644 §3.5.2.1)")
  func addWithoutPath() async throws {
    let reply = try await patched(
      #"{"op":"add","value":{"emails":[{"value":"babs@jensen.org","type":"other"}],"nickName":"Babs"}}"#
    )
    #expect(reply.status == 200)
    #expect(reply["emails"]?.array?.count == 3)
    #expect(reply["nickName"] == "Babs")
  }

  @Test("add of a value that is there changes nothing, also not the version")
  func addTwice() async throws {
    let id = try await tenant.user("bjensen@example.com", emails)
    let operation =
      #"{"op":"add","path":"emails","value":[{"type":"home","value":"home@example.com"}]}"#
    let reply = await tenant.patch("/Users/\(id)", operation)
    #expect(reply["emails"]?.array?.count == 2)
    #expect(reply.headers["ETag"] == "W/\"1\"")
  }

  @Test("A new primary value takes the place of the old one")
  func newPrimary() async throws {
    let reply = try await patched(
      #"{"op":"add","path":"emails","value":[{"value":"n@example.com","primary":true}]}"#)
    let primaries = reply["emails"]?.array?.filter { $0.object?["primary"] == true }
    #expect(primaries?.count == 1)
    #expect(primaries?.first?.object?["value"] == "n@example.com")
  }

  @Test("replace with a filter replaces the sub-attribute of the values that meet it")
  func replaceSub() async throws {
    let reply = try await patched(
      #"{"op":"replace","path":"emails[type eq \"work\"].value","value":"new@example.com"}"#)
    #expect(reply["emails"]?.array?[0].object?["value"] == "new@example.com")
    #expect(reply["emails"]?.array?[1].object?["value"] == "home@example.com")
  }

  @Test("replace with a filter replaces the whole values that meet it")
  func replaceElement() async throws {
    let reply = try await patched(
      #"{"op":"replace","path":"emails[type eq \"work\"]","value":{"value":"x@example.com","type":"other"}}"#
    )
    #expect(reply["emails"]?.array?[0] == ["value": "x@example.com", "type": "other"])
  }

  @Test("replace with a filter that finds nothing is noTarget")
  func replaceNothing() async throws {
    let reply = try await patched(
      #"{"op":"replace","path":"emails[type eq \"fax\"].value","value":"x@example.com"}"#)
    #expect(reply.status == 400 && reply.kind == "noTarget")
  }

  @Test("add with a filter that finds nothing makes the value, as Microsoft Entra ID expects")
  func addSeed() async throws {
    let reply = try await patched(
      #"{"op":"Add","path":"emails[type eq \"work\"].value","value":"x@example.com"}"#, "")
    #expect(reply["emails"] == [["value": "x@example.com", "type": "work"]])
  }

  @Test("replace of a list puts the new one in its place; replace of a complex one merges")
  func replaceWhole() async throws {
    let reply = try await patched(
      #"""
      {"op":"replace","path":"emails","value":[{"value":"only@example.com"}]},
      {"op":"replace","path":"name","value":{"givenName":"Barbara"}}
      """#)
    #expect(reply["emails"] == [["value": "only@example.com"]])
    #expect(reply["name"] == ["familyName": "Jensen", "givenName": "Barbara"])
  }

  @Test("replace of a sub-attribute by its path")
  func replaceSubPath() async throws {
    let reply = try await patched(#"{"op":"Replace","path":"name.familyName","value":"J"}"#)
    #expect(reply["name"]?.object?["familyName"] == "J")
    #expect(reply["name"]?.object?["givenName"] == "Babs")
  }

  @Test("remove takes away the attribute, the values that meet a filter, or their sub-attribute")
  func remove() async throws {
    let reply = try await patched(
      #"""
      {"op":"remove","path":"name.givenName"},{"op":"remove","path":"emails[type eq \"work\"]"},
      {"op":"remove","path":"emails[type eq \"home\"].type"}
      """#)
    #expect(reply["name"] == ["familyName": "Jensen"])
    #expect(reply["emails"] == [["value": "home@example.com"]])
    let all = await tenant.patch(
      "/Users/\(reply["id"]?.string ?? "")", #"{"op":"remove","path":"emails"}"#)
    #expect(all.status == 200 && all["emails"] == nil)
  }

  @Test("remove without a path is noTarget")
  func removeWithoutPath() async throws {
    let reply = try await patched(#"{"op":"remove"}"#)
    #expect(reply.status == 400 && reply.kind == "noTarget")
  }

  @Test("Attributes of an extension by URN, as a whole and in a value")
  func extensions() async throws {
    let urn = TestTenant.enterpriseURN
    let reply = try await patched(
      #"""
      {"op":"add","path":"\#(urn):department","value":"Tours"},
      {"op":"add","path":"\#(urn)","value":{"division":"West"}},
      {"op":"replace","value":{"\#(urn)":{"costCenter":"42"}}}
      """#)
    #expect(reply[urn] == ["costCenter": "42", "division": "West", "department": "Tours"])
    let without = await tenant.patch(
      "/Users/\(reply["id"]?.string ?? "")", #"{"op":"remove","path":"\#(urn)"}"#)
    #expect(without[urn] == nil)
    #expect(without["schemas"] == [.string(TestTenant.userURN)])
  }

  @Test("Values of a plain list are added, removed by value and by filter")
  func plainLists() async throws {
    let path = TestTenant.onPremisesURN + ":proxyAddresses"
    let reply = try await patched(
      #"""
      {"op":"add","path":"\#(path)","value":["SMTP:a@example.com","smtp:b@example.com","smtp:c@example.com"]},
      {"op":"remove","path":"\#(path)[value eq \"smtp:B@example.com\"]"},
      {"op":"remove","path":"\#(path)","value":["smtp:c@example.com"]}
      """#)
    #expect(reply.status == 200, "\(reply.detail)")
    #expect(
      reply[TestTenant.onPremisesURN]?.object?["proxyAddresses"] == ["SMTP:a@example.com"])
  }

  @Test("remove of no values removes none")
  func removeNothing() async throws {
    for value in ["[]", "[null]"] {
      let reply = try await PatchTests().patched(
        #"{"op":"remove","path":"emails","value":\#(value)}"#)
      #expect(reply.status == 200 && reply["emails"]?.array?.count == 2, "\(value)")
    }
    let none = try await PatchTests().patched(#"{"op":"remove","path":"emails","value":[{}]}"#)
    #expect(none.status == 400 && none.kind == "invalidValue")
    let all = try await PatchTests().patched(#"{"op":"remove","path":"emails","value":null}"#)
    #expect(all.status == 200 && all["emails"] == nil)
  }

  @Test("add of nothing changes nothing")
  func addNothing() async throws {
    let title = #","title":"T","name":{"givenName":"Babs","familyName":"Jensen"}"#
    for operation in [
      #"{"op":"add","path":"title","value":null}"#, #"{"op":"add","value":{"title":null}}"#,
      #"{"op":"add","path":"name","value":{"givenName":null}}"#,
    ] {
      let reply = try await PatchTests().patched(operation, title)
      #expect(reply.status == 200 && reply["title"] == "T", "\(operation)")
      #expect(reply["name"]?.object?["givenName"] == "Babs", "\(operation)")
      #expect(reply.headers["ETag"] == "W/\"1\"")
    }
  }

  @Test("replace with null takes the value away")
  func replaceWithNull() async throws {
    let reply = try await patched(#"{"op":"replace","path":"name","value":null}"#)
    #expect(reply.status == 200 && reply["name"] == nil)
  }

  @Test("A PATCH is done wholly or not at all")
  func atomic() async throws {
    let id = try await tenant.user("a@example.com")
    let reply = await tenant.patch(
      "/Users/\(id)",
      #"{"op":"add","path":"title","value":"T"},{"op":"replace","path":"active","value":"yes"}"#)
    #expect(reply.status == 400)
    let user = await tenant.get("/Users/\(id)")
    #expect(user["title"] == nil)
  }

  @Test(
    "Operations of no form are refused",
    arguments: [
      (#"{"op":"move","path":"title","value":"x"}"#, "invalidSyntax"),
      (#"{"path":"title","value":"x"}"#, "invalidSyntax"),
      (#"{"op":"add","path":"title"}"#, "invalidSyntax"),
      (#"{"op":"add","value":"x"}"#, "invalidSyntax"),
      (#"{"op":"add","path":"title","value":"x","more":1}"#, "invalidSyntax"),
      (#"{"op":"add","path":5,"value":"x"}"#, "invalidPath"),
      (#"{"op":"add","path":"nothing","value":"x"}"#, "invalidPath"),
      (#"{"op":"add","path":"title[value eq \"x\"]","value":"x"}"#, "invalidPath"),
      (#"{"op":"add","path":"emails[type eq \"work\"","value":"x"}"#, "invalidPath"),
      (#"{"op":"add","value":{"nothing":1}}"#, "invalidPath"),
      (#"{"op":"replace","path":"id","value":"x"}"#, "mutability"),
      (#"{"op":"replace","path":"meta.version","value":"x"}"#, "mutability"),
      (#"{"op":"remove","path":"userName"}"#, "mutability"),
      (#"{"op":"replace","path":"userName","value":"no name"}"#, "invalidValue"),
      (#"{"op":"replace","path":"emails","value":{"value":"x@example.com"}}"#, "invalidValue"),
      (#"{"op":"add","path":"emails","value":[{"type":"work"}]}"#, "invalidValue"),
      (
        #"{"op":"replace","path":"emails","value":[{"value":"a@b.de","primary":true},{"value":"c@d.de","primary":true}]}"#,
        "invalidValue"
      ), ("5", "invalidSyntax"),
    ])
  func refused(_ operation: String, _ kind: String) async throws {
    let reply = try await patched(operation)
    #expect(reply.status == 400)
    #expect(reply.kind == kind, "\(reply.detail)")
  }

  @Test("A PATCH without operations or schemas is refused")
  func noOperations() async throws {
    let id = try await tenant.user("a@example.com")
    let empty = await tenant.patch("/Users/\(id)", "")
    #expect(empty.status == 400)
    let bare = await tenant.send(
      "PATCH", "/Users/\(id)", #"{"Operations":[{"op":"add","path":"title","value":"x"}]}"#)
    #expect(bare.status == 400 && bare.detail.contains("PatchOp"))
  }

  @Test("A boolean in quotes is refused with what to write instead")
  func strictBooleans() async throws {
    let reply = try await patched(#"{"op":"Replace","path":"active","value":"False"}"#)
    #expect(reply.status == 400)
    #expect(reply.detail.contains("'active'") && reply.detail.contains("without quotes"))
  }

  @Test("Microsoft Entra ID's dialect is taken by a server that is not strict")
  func lenient() async throws {
    let tenant = try TestTenant(isStrict: false)
    let id = try await tenant.user("a@example.com")
    let reply = await tenant.patch(
      "/Users/\(id)",
      #"""
      {"op":"Replace","path":"active","value":"False"},
      {"op":"Add","value":{"name.givenName":"G","\#(TestTenant.enterpriseURN):department":"D"}},
      {"op":"Add","path":"emails","value":{"value":"a@example.com"}}
      """#)
    #expect(reply.status == 200, "\(reply.detail)")
    #expect(reply["active"] == false)
    #expect(reply["name"] == ["givenName": "G"])
    #expect(reply[TestTenant.enterpriseURN] == ["department": "D"])
    #expect(reply["emails"]?.array?.count == 1)
  }
}
