import JSON
import Testing

@testable import Tenant

@Suite("Batches of Graph")
struct GraphBatchTests {
  let graph: TestGraph

  init() throws { graph = try TestGraph() }

  private func create(_ id: String, _ name: String, dependsOn: String = "") -> String {
    """
    {"id":"\(id)","method":"POST","url":"/users","headers":{"Content-Type":"application/json"},
     "body":\(TestGraph.user(name))\(dependsOn)}
    """
  }

  private func send(_ requests: [String]) async throws -> Reply {
    try await graph.send("POST", "/$batch", #"{"requests":[\#(requests.joined(separator: ","))]}"#)
  }

  private func statuses(_ reply: Reply) -> [String: Int64] {
    (reply["responses"]?.array ?? []).reduce(into: [:]) {
      $0[$1["id"]?.string ?? ""] = $1["status"]?.integer
    }
  }

  @Test("Each request has its own answer under its id")
  func each() async throws {
    let reply = try await send([
      create("1", "ada"), #"{"id":"2","method":"GET","url":"/users/none"}"#,
      #"{"id":"3","method":"GET","url":"/users?$top=1&$select=id"}"#,
    ])
    #expect(reply.status == 200)
    #expect(statuses(reply) == ["1": 201, "2": 404, "3": 200])
  }

  @Test("A batch within a batch is refused", arguments: ["/$batch", "$batch", "/%24batch"])
  func nested(url: String) async throws {
    let inner = create("1", "ada")
    let reply = try await send([
      """
      {"id":"2","method":"POST","url":"\(url)","headers":{"Content-Type":"application/json"},
       "body":{"requests":[\(inner)]}}
      """
    ])
    #expect(reply.status == 400 && reply.words.contains("can't be a request of a batch"))
    #expect(try await graph.names("/users") == [])
  }

  @Test("A request waits for those it depends on, and fails with them")
  func dependencies() async throws {
    let reply = try await send([
      create("2", "ada", dependsOn: #","dependsOn":["1"]"#), create("1", "ada"),
      create("3", "bob", dependsOn: #","dependsOn":["2"]"#),
    ])
    #expect(statuses(reply) == ["1": 201, "2": 400, "3": 424])
  }

  @Test("Requests of which some wait and others do not are refused as a whole")
  func mixed() async throws {
    let reply = try await send([
      create("1", "ada"), create("2", "bob", dependsOn: #","dependsOn":["1"]"#),
      create("3", "cyd"), create("4", "dan", dependsOn: #","dependsOn":["3"]"#),
    ])
    #expect(reply.status == 400 && reply.words.contains("fully sequential or fully parallel"))
    #expect(try await graph.names("/users") == [])
    let same = try await send([
      create("1", "ada"), create("2", "bob", dependsOn: #","dependsOn":["1"]"#),
      create("3", "cyd", dependsOn: #","dependsOn":["1"]"#),
    ])
    #expect(same.status == 200)
  }

  @Test("A request that meets others is refused with 409 and changes nothing")
  func concurrency() async throws {
    graph.service.faults.knobs.concurrencyNext = 1
    let reply = try await graph.send("POST", "/users", TestGraph.user("ada"))
    #expect(reply.status == 409 && reply.code == "Directory_ConcurrencyViolation")
    #expect(try await graph.names("/users") == [])
    #expect(try await graph.send("POST", "/users", TestGraph.user("ada")).status == 201)
  }

  @Test("More than 20 requests, none, two of one id, or a circle are refused")
  func refused() async throws {
    #expect(try await send((0..<21).map { create("\($0)", "u\($0)") }).status == 400)
    #expect(try await send([]).status == 400)
    #expect(try await send([create("1", "a"), create("1", "b")]).status == 400)
    #expect(try await send([create("1", "a", dependsOn: #","dependsOn":["1"]"#)]).status == 400)
    #expect(try await graph.names("/users") == [])
  }

  @Test("A body without its type is refused")
  func type() async throws {
    let request = create("1", "ada").replacing("application/json", with: "text/plain")
    #expect(try await send([request]).status == 400)
  }

  @Test("One request of a batch can be throttled while the others are carried out")
  func throttled() async throws {
    graph.service.faults.knobs.throttleInBatchNext = 1
    graph.service.faults.knobs.retryAfterSeconds = 7
    let reply = try await send([create("1", "a"), create("2", "b")])
    let sorted = statuses(reply).values.sorted()
    #expect(sorted == [201, 429])
    let refused = reply["responses"]?.array?.first { $0["status"] == 429 }
    #expect(refused?["headers"]?["Retry-After"] == "7")
    #expect(refused?["body"]?["error"]?["code"] == "TooManyRequests")
  }

  @Test(
    "A batch without the right form is refused as a whole",
    arguments: [
      "{}", #"{"requests":{}}"#, #"{"requests":[5]}"#,
      #"{"requests":[{"method":"GET","url":"/users"}]}"#,
      #"{"requests":[{"id":"1","url":"/users"}]}"#, #"{"requests":[{"id":"1","method":"GET"}]}"#,
      #"{"requests":[{"id":"a","method":"GET","url":"/users"},{"id":"A","method":"GET","url":"/users"}]}"#,
      #"{"requests":[{"id":"1","method":"GET","url":"/users","dependsOn":["2"]}]}"#,
      #"{"requests":[{"id":"1","method":"GET","url":"/users?$filter=%ZZ"}]}"#,
    ])
  func form(_ body: String) async throws {
    #expect(try await graph.send("POST", "/$batch", body).status == 400)
  }

  @Test("A path may begin without a slash, and headers count for their request alone")
  func headersOfOne() async throws {
    try await graph.user("ada")
    let advanced = "users?$count=true&$filter=displayName ne 'bob'"
    let reply = try await send([
      #"{"id":"1","method":"GET","url":"\#(advanced)","headers":{"ConsistencyLevel":"eventual"}}"#,
      #"{"id":"2","method":"GET","url":"\#(advanced)"}"#,
    ])
    #expect(statuses(reply) == ["1": 200, "2": 400])
  }

  @Test("Requests that are to follow each other do, whatever the order in which they stand")
  func sequence() async throws {
    let ids = try await [graph.user("a"), graph.user("b")]
    let group = try await graph.group("all", members: [ids[0]])
    let reply = try await send([
      """
      {"id":"2","method":"POST","url":"/groups/\(group)/members/$ref","dependsOn":["1"],
       "headers":{"Content-Type":"application/json"},
       "body":{"@odata.id":"\(TestGraph.base)/directoryObjects/\(ids[0])"}}
      """, #"{"id":"1","method":"DELETE","url":"/groups/\#(group)/members/\#(ids[0])/$ref"}"#,
    ])
    #expect(statuses(reply) == ["1": 204, "2": 204])
    #expect(try await graph.members(group) == [ids[0]])
  }

  @Test("An answer without a body has none in the batch, and one with it tells its type")
  func bodies() async throws {
    let id = try await graph.user("ada")
    let reply = try await send([
      #"{"id":"1","method":"DELETE","url":"/users/\#(id)"}"#,
      #"{"id":"2","method":"GET","url":"/users/none"}"#,
    ])
    let answers = reply["responses"]?.array ?? []
    #expect(answers.first { $0["id"] == "1" }?["body"] == nil)
    let failed = answers.first { $0["id"] == "2" }
    #expect(failed?["headers"]?["Content-Type"] == "application/json")
    #expect(failed?["body"]?["error"]?["code"] == "Request_ResourceNotFound")
  }
}
