import JSON
import TestSupport
import Testing

@testable import Tenant

/// RFC 7644 §3.7.1: a server must try to resolve references in a circle.
@Suite("Operations of a Bulk that refer to each other")
struct BulkCircleTests {
  private let tenant: TestTenant

  init() throws { tenant = try TestTenant() }

  private func bulk(_ operations: [String], _ more: String = "") async -> [JSONValue] {
    let reply = await tenant.send(
      "POST", "/Bulk",
      #"{"schemas":["\#(TestTenant.bulkURN)"]\#(more),"Operations":[\#(operations.joined(separator: ","))]}"#
    )
    #expect(reply.status == 200, "\(reply.detail)")
    return reply["Operations"]?.array ?? []
  }

  private func statuses(_ answers: [JSONValue]) -> [String] {
    answers.map { $0["status"]?.string ?? "" }
  }

  private func id(_ answer: JSONValue) throws -> String {
    String(try #require(answer["location"]?.string?.split(separator: "/").last))
  }

  private func user(_ name: String, manager: String, _ more: String = "") -> String {
    #"""
    {"method":"POST","path":"/Users","bulkId":"\#(name)","data":{"schemas":["\#(TestTenant.userURN)"],
     "userName":"\#(name)@example.com"\#(more),
     "\#(TestTenant.enterpriseURN)":{"department":"D","manager":{"value":"bulkId:\#(manager)"}}}}
    """#
  }

  private func group(_ name: String, _ members: [String]) -> String {
    let values = members.map { #"{"value":"bulkId:\#($0)"}"# }
    return #"""
      {"method":"POST","path":"/Groups","bulkId":"\#(name)","data":{
       "schemas":["\#(TestTenant.groupURN)"],"displayName":"\#(name)",
       "members":[\#(values.joined(separator: ","))]}}
      """#
  }

  private func manager(_ id: String) async -> JSONValue? {
    await tenant.get("/Users/\(id)")[TestTenant.enterpriseURN]?["manager"]?["value"]
  }

  @Test("Two users who are each other's manager are made")
  func managers() async throws {
    let answers = await bulk([user("a", manager: "b"), user("b", manager: "a")])
    #expect(statuses(answers) == ["201", "201"], "\(answers)")
    #expect(answers.map { $0["method"] } == ["POST", "POST"])
    let (a, b) = (try id(answers[0]), try id(answers[1]))
    #expect(await manager(a) == .string(b))
    #expect(await manager(b) == .string(a))
    let read = await tenant.get("/Users/\(a)")
    #expect(read["meta"]?["version"] == answers[0]["version"])
    #expect(read[TestTenant.enterpriseURN]?["department"] == "D")
  }

  @Test("A user who is their own manager is made")
  func ownManager() async throws {
    let answers = await bulk([user("a", manager: "a")])
    #expect(statuses(answers) == ["201"])
    let a = try id(answers[0])
    #expect(await manager(a) == .string(a))
  }

  @Test("Groups in a ring are made, and what waits for the ring comes after it")
  func ring() async throws {
    let answers = await bulk([
      group("outside", ["a", "c"]), group("a", ["b"]), group("b", ["c"]), group("c", ["a", "b"]),
      #"""
      {"method":"PATCH","path":"/Groups/bulkId:a","data":{
       "schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
       "Operations":[{"op":"add","path":"members","value":[{"value":"bulkId:outside"}]}]}}
      """#,
    ])
    #expect(statuses(answers) == ["201", "201", "201", "201", "200"], "\(answers)")
    let ids = try answers.map { try id($0) }
    #expect(await tenant.members(ids[0]) == [ids[1], ids[3]])
    #expect(await tenant.members(ids[1]) == [ids[2], ids[0]])
    #expect(await tenant.members(ids[2]) == [ids[3]])
    #expect(await tenant.members(ids[3]) == [ids[1], ids[2]])
  }

  @Test("Of a circle with a fault nothing is made, and who waits for it is told which it was")
  func fault() async throws {
    let answers = await bulk([
      user("a", manager: "b"), user("b", manager: "a", #","active":"no""#),
      user("c", manager: "a"), user("d", manager: "d"),
    ])
    #expect(statuses(answers) == ["409", "400", "409", "201"], "\(answers)")
    #expect(answers[0]["response"]?["detail"]?.string?.contains("bulkId b") == true)
    #expect(answers[1]["response"]?["scimType"] == "invalidValue")
    #expect(await tenant.names("Users", "userName pr") == ["d@example.com"])
  }

  @Test("A reference that can't be set undoes those that were made for it")
  func late() async throws {
    // A group is no manager, and no group is a member of itself.
    let answers = await bulk([
      user("a", manager: "g"), group("g", ["a"]), group("h", ["h"]),
    ])
    #expect(statuses(answers) == ["400", "409", "400"], "\(answers)")
    #expect(await tenant.get("/Users")["totalResults"] == 0)
    #expect(await tenant.get("/Groups")["totalResults"] == 0)
  }

  @Test("failOnErrors counts every operation of a circle that failed")
  func failOnErrors() async throws {
    let answers = await bulk(
      [user("a", manager: "b", #","active":1"#), user("b", manager: "a"), user("c", manager: "c")],
      #","failOnErrors":2"#)
    #expect(statuses(answers) == ["400", "409"])
    #expect(await tenant.get("/Users")["totalResults"] == 0)
  }

  @Test("A ring of a thousand is made in one request")
  func large() async throws {
    let answers = await bulk((0..<1000).map { user("u\($0)", manager: "u\(($0 + 1) % 1000)") })
    #expect(Set(statuses(answers)) == ["201"] && answers.count == 1000)
    let (last, first) = (try id(answers[999]), try id(answers[0]))
    #expect(await manager(last) == .string(first))
  }

  @Test("Whoever refers to whom, everybody is made with their managers", arguments: 1...20)
  func anyGraph(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let count = Int.random(in: 2...12, using: &random)
    let managers = (0..<count).map { _ in Int.random(in: 0...(count - 1), using: &random) }
    let answers = await bulk(managers.enumerated().map { user("u\($0)", manager: "u\($1)") })
    #expect(Set(statuses(answers)) == ["201"], "\(answers)")
    let ids = try answers.map { try id($0) }
    for (index, other) in managers.enumerated() {
      #expect(await manager(ids[index]) == .string(ids[other]))
    }
  }

  @Test("Circles come after those that they refer to, and nobody is in two", arguments: 1...20)
  func order(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let count = Int.random(in: 1...30, using: &random)
    let edges = (0..<count).map { _ in
      let others = Int.random(in: 0...2, using: &random)
      return Set((0..<others).map { _ in Int.random(in: 0...(count - 1), using: &random) })
    }
    let operations = edges.enumerated().map { index, others in
      BulkRequest.Operation(
        method: "POST", bulkID: "\(index)", path: "/Users", data: JSONObject(),
        references: Set(others.map(String.init)))
    }
    let circles = BulkCircles.circles(Array(0..<count), of: operations)
    #expect(circles.flatMap { $0 }.sorted() == Array(0..<count))
    // By walking: two are in one circle if each is reached from the other.
    func reached(from start: Int) -> Set<Int> {
      var (seen, open) = (Set<Int>(), [start])
      while let next = open.popLast() {
        for other in edges[next] where seen.insert(other).inserted { open.append(other) }
      }
      return seen
    }
    let reach = (0..<count).map { reached(from: $0) }
    var place: [Int: Int] = [:]
    for (number, circle) in circles.enumerated() { for index in circle { place[index] = number } }
    for a in 0..<count {
      for b in 0..<count where a != b {
        #expect((place[a] == place[b]) == (reach[a].contains(b) && reach[b].contains(a)))
      }
      for b in edges[a] { #expect(place[b, default: 0] <= place[a, default: 0]) }
    }
  }
}
