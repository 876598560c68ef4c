import JSON
import Testing

@testable import Tenant

/// RFC 7643 §2.4: `$ref` is the URI of what `value` names by its id.
@Suite("References by URL")
struct ReferenceTests {
  private let tenant: TestTenant
  private let base = TestTenant.base
  private let urn = TestTenant.enterpriseURN

  init() throws { tenant = try TestTenant() }

  private func manager(_ id: String) async -> JSONValue? {
    await tenant.get("/Users/\(id)")[urn]?["manager"]?["value"]
  }

  @Test("A member and a manager may be named by their URLs alone")
  func made() async throws {
    let boss = try await tenant.user("boss@example.com")
    let inner = try await tenant.group("inner")
    let id = try await tenant.user(
      "a@example.com", #","\#(urn)":{"manager":{"$ref":"\#(base)/Users/\#(boss)"}}"#)
    #expect(await manager(id) == .string(boss))
    let reply = await tenant.send(
      "POST", "/Groups",
      #"""
      {"schemas":["\#(TestTenant.groupURN)"],"displayName":"G","members":[
       {"$ref":"https://proxy.example.com/other/Users/\#(id)"},
       {"$ref":"../Groups/\#(inner)","type":"Group"},{"$ref":"\#(base)/Users/\#(boss)","value":""},
       {"$ref":null,"value":"\#(boss)"}]}
      """#)
    #expect(reply.status == 400, "an empty id is one, and is nobody's")
    let again = await tenant.send(
      "POST", "/Groups",
      #"""
      {"schemas":["\#(TestTenant.groupURN)"],"displayName":"G","members":[
       {"$ref":"https://proxy.example.com/other/Users/\#(id)"},
       {"$ref":"../Groups/\#(inner)","type":"Group"},{"$ref":null,"value":"\#(boss)"}]}
      """#)
    let group = try #require(again["id"]?.string, "\(again.detail)")
    #expect(await tenant.members(group) == [id, inner, boss])
    let links = (again["members"]?.array ?? []).map { $0["$ref"] }
    #expect(links.contains(.string("\(base)/Users/\(id)")))
  }

  @Test("Members come and go by their URLs")
  func members() async throws {
    let (a, b) = try await (tenant.user("a@example.com"), tenant.user("b@example.com"))
    let group = try await tenant.group("G", members: [a])
    let link = #"[{"$ref":"\#(base)/Users/\#(b)"}]"#
    let added = await tenant.patch(
      "/Groups/\(group)", #"{"op":"add","path":"members","value":\#(link)}"#)
    #expect(added.status == 204, "\(added.detail)")
    #expect(await tenant.members(group) == [a, b])
    _ = await tenant.patch(
      "/Groups/\(group)", #"{"op":"remove","path":"members","value":\#(link)}"#)
    #expect(await tenant.members(group) == [a])
    // A value is taken away and another is added; its parts don't change (RFC 7643 §8.7.1).
    let changed = await tenant.patch(
      "/Groups/\(group)",
      #"{"op":"replace","path":"members.$ref","value":"\#(base)/Users/\#(b)"}"#)
    #expect(changed.kind == "mutability")
  }

  @Test("A manager is changed by the URL, alone or with other parts, and taken away by it")
  func changed() async throws {
    let (a, b) = try await (tenant.user("a@example.com"), tenant.user("b@example.com"))
    let id = try await tenant.user("c@example.com")
    func patch(_ operation: String) async -> Reply {
      await tenant.patch("/Users/\(id)", operation)
    }
    let path = urn + ":manager"
    func link(_ id: String) -> String { "\(base)/Users/\(id)" }
    for (operation, wanted) in [
      (#"{"op":"add","path":"\#(path).$ref","value":"\#(link(a))"}"#, a),
      (#"{"op":"replace","path":"\#(path)","value":{"$ref":"\#(link(b))"}}"#, b),
      (#"{"op":"replace","value":{"\#(urn)":{"manager":{"$ref":"\#(link(a))"}}}}"#, a),
      // The id counts where both are given.
      (#"{"op":"replace","path":"\#(path)","value":{"value":"\#(b)","$ref":"\#(link(a))"}}"#, b),
      (#"{"op":"replace","path":"\#(path)","value":{"$ref":"\#(link(a))","value":"\#(b)"}}"#, b),
    ] {
      let reply = await patch(operation)
      #expect(reply.status == 200, "\(operation): \(reply.detail)")
      #expect(reply[urn]?["manager"]?["$ref"] == .string(link(wanted)))
      #expect(await manager(id) == .string(wanted))
    }
    #expect(await tenant.names("Users", #"\#(path).$ref ew "\#(b)""#) == ["c@example.com"])
    let gone = await patch(#"{"op":"remove","path":"\#(path).$ref"}"#)
    #expect(gone.status == 200 && gone[urn] == nil)
    #expect(await tenant.names("Users", "\(path) pr") == [])
  }

  @Test(
    "A URL of nobody, or of what can't stand there, is refused",
    arguments: [
      #""x""#, #""""#, "5", #""/Robots/USER""#, #""http://127.0.0.1:1/scim/v2/Groups/USER""#,
      #""http://127.0.0.1:1/scim/v2/Users/none""#, #""http://127.0.0.1:1/scim/v2/Users/""#,
      #""http://127.0.0.1:1/scim/v2/Users/%zz""#,
    ])
  func refused(_ link: String) async throws {
    let user = try await tenant.user("a@example.com")
    let group = try await tenant.group("G")
    let value = #"{"$ref":\#(link.replacing("USER", with: user))}"#
    for (place, operation) in [
      ("/Groups/\(group)", #"{"op":"add","path":"members","value":[\#(value)]}"#),
      ("/Users/\(user)", #"{"op":"add","path":"\#(urn):manager","value":\#(value)}"#),
    ] {
      let reply = await tenant.patch(place, operation)
      #expect(reply.status == 400 && reply.kind == "invalidValue", "\(place): \(reply.detail)")
    }
    #expect(await tenant.members(group) == [])
    #expect(await manager(user) == nil)
  }
}
