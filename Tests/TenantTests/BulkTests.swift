import JSON
import TestSupport
import Testing

@testable import Tenant

@Suite("Bulk")
struct BulkTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private func bulk(_ operations: [String], _ more: String = "") async -> Reply {
    await tenant.send(
      "POST", "/Bulk",
      #"{"schemas":["\#(TestTenant.bulkURN)"]\#(more),"Operations":[\#(operations.joined(separator: ","))]}"#
    )
  }

  private func post(_ id: String, _ name: String) -> String {
    #"""
    {"method":"POST","path":"/Users","bulkId":"\#(id)",
     "data":{"schemas":["\#(TestTenant.userURN)"],"userName":"\#(name)"}}
    """#
  }

  private func group(_ id: String, _ members: [String]) -> String {
    let values = members.map { #"{"value":"bulkId:\#($0)"}"# }.joined(separator: ",")
    return #"""
      {"method":"POST","path":"/Groups","bulkId":"\#(id)",
       "data":{"schemas":["\#(TestTenant.groupURN)"],"displayName":"\#(id)","members":[\#(values)]}}
      """#
  }

  private func statuses(_ reply: Reply) -> [String] {
    (reply["Operations"]?.array ?? []).compactMap { $0.object?["status"]?.string }
  }

  @Test("Every operation has its own answer, and a failure is no one else's")
  func mixed() async throws {
    let id = try await tenant.user("x@example.com")
    let reply = await bulk([
      post("1", "a@example.com"), post("2", "a@example.com"), post("3", "no name"),
      #"{"method":"delete","path":"/Users/\#(id)"}"#, #"{"method":"DELETE","path":"/Users/none"}"#,
      post("4", "b@example.com"), #"{"method":"GET","path":"/Users"}"#, "5",
      #"{"method":"POST","path":"/Users","data":{"a":1}}"#, #"{"method":"PUT","path":"/Users/x"}"#,
    ])
    #expect(reply.status == 200)
    #expect(
      statuses(reply) == ["201", "409", "400", "204", "404", "201", "400", "400", "400", "400"])
    let answers = (reply["Operations"]?.array ?? []).compactMap(\.object)
    #expect(answers[0]["bulkId"] == "1" && answers[0]["version"] == "W/\"1\"")
    #expect(answers[0]["location"]?.string?.hasPrefix(TestTenant.base + "/Users/") == true)
    #expect(answers[1]["location"] == nil)
    #expect(answers[1]["response"]?.object?["scimType"] == "uniqueness")
    #expect(answers[1]["response"]?.object?["conflictingId"] != nil)
    #expect(await tenant.get("/Users")["totalResults"] == 2)
  }

  @Test("References by bulkId are resolved, also to what comes later, and in paths")
  func references() async throws {
    let reply = await bulk([
      group("outer", ["inner", "u"]), group("inner", ["u"]), post("u", "a@example.com"),
      #"""
      {"method":"PATCH","path":"/Users/bulkId:u","data":{
       "schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
       "Operations":[{"op":"add","path":"title","value":"T"}]}}
      """#,
    ])
    #expect(statuses(reply) == ["201", "201", "201", "200"], "\(reply.body?.text ?? "")")
    #expect(await tenant.names("Groups", #"members pr"#).sorted() == ["inner", "outer"])
    #expect(await tenant.names("Users", #"title eq "T""#) == ["a@example.com"])
  }

  @Test("A reference to what failed, and one to nothing are refused")
  func badReferences() async throws {
    let failed = await bulk([post("u", "no name"), group("g", ["u"])])
    #expect(statuses(failed) == ["400", "409"])
    #expect(statuses(await bulk([group("g", ["nobody"])])) == ["400"])
    #expect(await tenant.get("/Groups")["totalResults"] == 0)
  }

  @Test("failOnErrors stops, and keeps what was done")
  func failOnErrors() async {
    let reply = await bulk(
      [
        post("1", "a@example.com"), post("2", "a@example.com"), post("3", "a@example.com"),
        post("4", "b@example.com"),
      ], #","failOnErrors":2"#)
    #expect(statuses(reply) == ["201", "409", "409"])
    #expect(await tenant.get("/Users")["totalResults"] == 1)
  }

  @Test("The version of an operation is checked")
  func version() async throws {
    let id = try await tenant.user("a@example.com")
    let reply = await bulk([
      #"{"method":"DELETE","path":"/Users/\#(id)","version":"W/\"7\""}"#,
      #"{"method":"DELETE","path":"/Users/\#(id)","version":"W/\"1\""}"#,
    ])
    #expect(statuses(reply) == ["412", "204"])
  }

  @Test("Requests of no form are refused as a whole")
  func refused() async {
    #expect(await tenant.send("POST", "/Bulk", #"{"Operations":[]}"#).status == 400)
    let bare = #"{"schemas":["\#(TestTenant.bulkURN)"]}"#
    #expect(await tenant.send("POST", "/Bulk", bare).status == 400)
    #expect(await bulk([], #","failOnErrors":"x""#).status == 400)
    #expect(await bulk([post("1", "a@example.com"), post("1", "b@example.com")]).status == 400)
    let many = (0...BulkRequest.maximumOperations).map { post("\($0)", "u\($0)@example.com") }
    let reply = await bulk(many)
    #expect(reply.status == 413 && reply.detail.contains("1000"))
    #expect(await tenant.get("/Users")["totalResults"] == 0)
  }

  @Test("A thousand operations are done, in one transaction with one stamp")
  func thousand() async throws {
    let reply = await bulk((0..<1000).map { post("\($0)", "u\($0)@example.com") })
    #expect(statuses(reply).count == 1000 && Set(statuses(reply)) == ["201"])
    #expect(await tenant.get("/Users?count=0")["totalResults"] == 1000)
    let page = await tenant.get("/Users?count=1000&attributes=meta.lastModified")
    let stamps = (page["Resources"]?.array ?? []).compactMap { $0.object?["meta"]?.object }
    #expect(stamps.count == 1000 && Set(stamps).count == 1)
  }

  @Test("A Bulk that stops in the middle keeps what it did, and gives no answer")
  func stops() async {
    tenant.service.faults.knobs.bulkStopAfter = 2
    let reply = await bulk((0..<5).map { post("\($0)", "u\($0)@example.com") })
    #expect(reply.isDropped)
    #expect(await tenant.get("/Users")["totalResults"] == 2)
    #expect(await bulk([post("x", "x@example.com")]).isDropped == false)
  }

  private func patch(_ path: String, _ operation: String) -> String {
    #"""
    {"method":"PATCH","path":"\#(path)","data":{
     "schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[\#(operation)]}}
    """#
  }

  @Test("Each answer tells the place and version of what was done, in the order of the requests")
  func answers() async throws {
    let id = try await tenant.user("a@example.com")
    let reply = await bulk([
      patch("/Users/\(id)", #"{"op":"add","path":"title","value":"T"}"#),
      post("new", "b@example.com"), #"{"method":"DELETE","path":"/Users/\#(id)"}"#,
    ])
    #expect(reply["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:BulkResponse"])
    let answers = reply["Operations"]?.array ?? []
    #expect(answers.map { $0["method"]?.string } == ["PATCH", "POST", "DELETE"])
    #expect(answers[0]["location"] == .string("\(TestTenant.base)/Users/\(id)"))
    #expect(answers[0]["version"] == "W/\"2\"")
    #expect(answers.allSatisfy { $0["response"] == nil })
    let made = try #require(answers[1]["location"]?.string)
    let user = await tenant.get(made.replacing(TestTenant.base, with: ""))
    #expect(
      user["userName"] == "b@example.com" && user["meta"]?["version"] == answers[1]["version"])
  }

  @Test("A manager and a member may be made in the same request")
  func referencesInside() async throws {
    let group = try await tenant.group("G")
    let urn = TestTenant.enterpriseURN
    let reply = await bulk([
      patch("/Groups/\(group)", #"{"op":"add","path":"members","value":[{"value":"bulkId:b"}]}"#),
      #"""
      {"method":"POST","path":"/Users","bulkId":"a","data":{"schemas":["\#(TestTenant.userURN)"],
       "userName":"a@example.com","\#(urn)":{"manager":{"value":"bulkId:b"}}}}
      """#, post("b", "b@example.com"),
    ])
    #expect(Set(statuses(reply)).isSubset(of: ["200", "201"]), "\(reply.body?.text ?? "")")
    let boss = await tenant.find("Users", #"userName eq "b@example.com""#)["Resources"]?
      .array?.first?["id"]?.string
    #expect(await tenant.members(group) == [boss])
    #expect(
      await tenant.names("Users", #"\#(urn):manager.value eq "\#(boss ?? "")""#)
        == ["a@example.com"])
  }

  @Test("An operation that fails in its middle leaves nothing of itself")
  func oneOfMany() async throws {
    let a = try await tenant.user("a@example.com")
    let group = try await tenant.group("G")
    let reply = await bulk([
      patch(
        "/Groups/\(group)",
        #"{"op":"add","path":"members","value":[{"value":"\#(a)"},{"value":"none"}]}"#),
      post("b", "b@example.com"),
    ])
    #expect(statuses(reply) == ["400", "201"])
    #expect(await tenant.members(group) == [])
  }

  @Test("A name is the text behind its colon, whatever signs it has", arguments: 1...12)
  func anyNames(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let names = (0..<4).map { "\(random.text(count: 0...4))\($0)" }
      .map { random.chance(50) ? $0 : "\u{301}" + $0 }
    func quoted(_ text: String) -> String {
      // By scalars: a mark joins with the quote before it.
      let scalars = JSONValue.string(text).text.unicodeScalars
      return String(String.UnicodeScalarView(scalars.dropFirst().dropLast()))
    }
    let users = names.enumerated().map { post(quoted($1), "u\($0)@example.com") }
    let reply = await bulk(users + [group("all", names.map(quoted))])
    #expect(Set(statuses(reply)) == ["201"], "\(reply.body?.text ?? "")")
    let told = (reply["Operations"]?.array ?? []).compactMap { $0["bulkId"]?.string }
    #expect(zip(told, names).allSatisfy { $0.utf8.elementsEqual($1.utf8) })
    let id = try #require(await tenant.get("/Groups")["Resources"]?.array?.first?["id"]?.string)
    #expect(await tenant.members(id).count == 4)
  }

  @Test(
    "An operation without place, data or name is refused for itself",
    arguments: [
      #"{"method":"POST","path":"/Users","data":{"userName":"x"}}"#,
      #"{"method":"POST","bulkId":"1","data":{"userName":"x"}}"#,
      #"{"method":"PUT","path":"/Users","data":{"userName":"x"}}"#,
      #"{"method":"PATCH","path":"/Users/x"}"#, #"{"method":"DELETE","path":"/Users"}"#,
      #"{"method":"DELETE"}"#, #"{"path":"/Users/x"}"#,
      #"{"method":"POST","path":"/Bulk","bulkId":"1","data":{"a":1}}"#,
      #"{"method":"DELETE","path":"/Users/x/y"}"#,
    ])
  func wrongOperations(_ operation: String) async throws {
    let reply = await bulk([operation, post("b", "b@example.com")])
    let answers = statuses(reply)
    #expect(answers.count == 2 && ["400", "404"].contains(answers.first))
    #expect(answers.last == "201")
    let error = reply["Operations"]?.array?.first?["response"]
    #expect(error?["status"]?.string == answers.first)
  }
}
