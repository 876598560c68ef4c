import JSON
import Testing

@testable import Tenant

/// RFC 7644 §3.3, §3.5.1 and §3.5.2: what is read-only is passed over in a resource that is given as
/// a whole, and refused in a change.
@Suite("What only the server writes")
struct ReadOnlyTests {
  private let tenant: TestTenant
  private let urn = TestTenant.onPremisesURN

  init() throws { tenant = try TestTenant() }

  @Test("Whoever puts back what they read need not be the last who wrote")
  func putBack() async throws {
    let id = try await tenant.user("a@example.com", #","\#(urn)":{"syncEnabled":true}"#)
    var read = await tenant.get("/Users/\(id)")
    let between = await tenant.patch("/Users/\(id)", #"{"op":"add","path":"title","value":"T"}"#)
    let stamp = try #require(between[urn]?["lastSyncTime"]?.string)
    #expect(read[urn]?["lastSyncTime"] != .string(stamp))
    read["nickName"] = "N"
    let put = await tenant.send("PUT", "/Users/\(id)", JSONValue.object(read).text)
    #expect(put.status == 200, "\(put.detail)")
    #expect(put["nickName"] == "N" && put["title"] == nil)
    // The moment is the server's own.
    #expect(try #require(put[urn]?["lastSyncTime"]?.string) > stamp)
  }

  @Test("A user that was read is copied by a new name")
  func copied() async throws {
    let id = try await tenant.user("a@example.com", #","\#(urn)":{"syncEnabled":true}"#)
    var read = await tenant.get("/Users/\(id)")
    read["userName"] = "b@example.com"
    let copy = await tenant.send("POST", "/Users", JSONValue.object(read).text)
    #expect(copy.status == 201, "\(copy.detail)")
    #expect(copy["id"] != .string(id) && copy["meta"]?["version"] == "W/\"1\"")
  }

  @Test("A stamp that is given alone is not kept, whatever its form")
  func alone() async throws {
    for value in [#""2026-01-01T00:00:00Z""#, "5", "null", #"["x"]"#] {
      let body = #"{"schemas":["\#(TestTenant.userURN)"],"userName":"a@example.com","#
      let reply = await tenant.send(
        "POST", "/Users", body + #""\#(urn)":{"lastSyncTime":\#(value)}}"#)
      #expect(reply.status == 201 && reply[urn] == nil, "\(value): \(reply.detail)")
      let id = reply["id"]?.string ?? ""
      #expect(await tenant.send("DELETE", "/Users/\(id)").status == 204)
    }
  }

  @Test(
    "A change of it is refused",
    arguments: [
      #"{"op":"add","path":"\#(TestTenant.onPremisesURN):lastSyncTime","value":"2026-01-01T00:00:00Z"}"#,
      #"{"op":"remove","path":"\#(TestTenant.onPremisesURN):lastSyncTime"}"#,
      #"{"op":"replace","value":{"\#(TestTenant.onPremisesURN)":{"lastSyncTime":"2026-01-01T00:00:00Z"}}}"#,
      #"{"op":"replace","path":"meta.created","value":"2026-01-01T00:00:00Z"}"#,
      #"{"op":"add","value":{"groups":[{"value":"x"}]}}"#,
    ])
  func changed(_ operation: String) async throws {
    let id = try await tenant.user("a@example.com")
    let reply = await tenant.patch("/Users/\(id)", operation)
    #expect(reply.status == 400 && reply.kind == "mutability", "\(reply.detail)")
  }

  @Test("What is required can't be taken away: that is another mutability")
  func required() async throws {
    let user = try await tenant.user(
      "a@example.com", #","emails":[{"value":"a@example.com","type":"work"}]"#)
    let group = try await tenant.group("G")
    for operation in [
      #"{"op":"remove","path":"userName"}"#, #"{"op":"replace","path":"userName","value":null}"#,
      #"{"op":"replace","value":{"userName":null}}"#, #"{"op":"remove","path":"emails.value"}"#,
      #"{"op":"remove","path":"emails[type eq \"work\"].value"}"#,
    ] {
      let reply = await tenant.patch("/Users/\(user)", operation)
      #expect(reply.status == 400 && reply.kind == "mutability", "\(operation): \(reply.detail)")
    }
    let reply = await tenant.patch("/Groups/\(group)", #"{"op":"remove","path":"displayName"}"#)
    #expect(reply.kind == "mutability" && reply.detail.contains("'displayName'"))
    // Whoever gives it again in the same request takes nothing away.
    let again = await tenant.patch(
      "/Groups/\(group)",
      #"{"op":"remove","path":"displayName"},{"op":"add","path":"displayName","value":"H"}"#)
    #expect(again.status == 204)
    // A value that can't be is no question of mutability, nor is one that never was.
    let empty = await tenant.patch(
      "/Users/\(user)", #"{"op":"replace","path":"userName","value":""}"#)
    #expect(empty.kind == "invalidValue")
    let none = await tenant.send("POST", "/Users", #"{"schemas":["\#(TestTenant.userURN)"]}"#)
    #expect(none.kind == "invalidValue")
  }

  @Test("An extension may say of itself what every resource says, and it is passed over")
  func inExtension() async throws {
    let enterprise = TestTenant.enterpriseURN
    let value = #"{"schemas":["\#(enterprise)"],"id":"1","META":{"version":"x"},"department":"D"}"#
    let id = try await tenant.user("a@example.com", #","\#(enterprise)":\#(value)"#)
    #expect(await tenant.get("/Users/\(id)")[enterprise] == ["department": "D"])
    for (kind, department) in [("add", "E"), ("replace", "F")] {
      let new = value.replacing("\"D\"", with: "\"\(department)\"")
      for operation in [
        #"{"op":"\#(kind)","path":"\#(enterprise)","value":\#(new)}"#,
        #"{"op":"\#(kind)","value":{"\#(enterprise)":\#(new)}}"#,
      ] {
        let reply = await tenant.patch("/Users/\(id)", operation)
        #expect(reply[enterprise] == ["department": .string(department)], "\(reply.detail)")
      }
    }
    let unknown = await tenant.patch(
      "/Users/\(id)", #"{"op":"add","path":"\#(enterprise)","value":{"externalId":"x"}}"#)
    #expect(unknown.kind == "invalidPath")
  }
}
