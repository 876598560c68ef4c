import Foundation
import JSON

// Several requests in one (learn.microsoft.com, "Combine multiple HTTP requests using JSON
// batching").
extension GraphService {
  /// One request of a batch.
  private struct Item: Sendable {
    var id: String
    var request: GraphRequest
    var dependsOn: [String]
  }

  /// Answers a batch: each request for itself, those that wait for others after them.
  func batch(_ request: GraphRequest) async throws -> Reply {
    try allow(["POST"], request)
    guard let requests = try request.object()["requests"]?.array, !requests.isEmpty else {
      throw GraphError.bad("The batch has no requests.")
    }
    guard requests.count <= 20 else {
      throw GraphError(
        400, "BadRequest",
        "Number of batch request steps exceeds the maximum value of 20.")
    }
    var waiting = try requests.map(Self.item)
    guard Set(waiting.map { $0.id.lowercased() }).count == waiting.count else {
      throw GraphError(
        400, "BadRequest", "The ids of a batch must be different, not in their case alone.")
    }
    guard Self.isInOneOrder(waiting) else {
      throw GraphError(
        400, "BadRequest", "Batch should be either fully sequential or fully parallel.")
    }
    // Before the first is answered: what is refused as a whole has changed nothing.
    guard Self.comesToItsEnd(waiting) else {
      throw GraphError(400, "BadRequest", "A dependsOn names no earlier request of the batch.")
    }
    var statuses: [String: Int] = [:]
    var responses: [JSONValue] = []
    while !waiting.isEmpty {
      let ready = waiting.filter { $0.dependsOn.allSatisfy { statuses[$0] != nil } }
      waiting.removeAll { item in ready.contains { $0.id == item.id } }
      for (item, reply) in await answers(ready, statuses) {
        statuses[item.id] = reply.status
        responses.append(Self.response(item.id, reply))
      }
    }
    return json(200, ["responses": .array(responses)])
  }

  // All at once; or each after another one; or all after the same one.
  private static func isInOneOrder(_ items: [Item]) -> Bool {
    let later = items.filter { !$0.dependsOn.isEmpty }
    let needed = Set(later.flatMap(\.dependsOn))
    return later.isEmpty
      || later.count == items.count - 1 && later.allSatisfy { $0.dependsOn.count == 1 }
        && (needed.count == later.count || needed.count == 1)
  }

  // Whether none waits for what is not there, or for one that waits for it.
  private static func comesToItsEnd(_ items: [Item]) -> Bool {
    var waiting = items
    var done: Set<String> = []
    while !waiting.isEmpty {
      let ready = waiting.filter { done.isSuperset(of: $0.dependsOn) }
      guard !ready.isEmpty else { return false }
      done.formUnion(ready.map(\.id))
      waiting.removeAll { done.contains($0.id) }
    }
    return true
  }

  // At the same time, so that what they write is committed together.
  private func answers(_ items: [Item], _ statuses: [String: Int]) async -> [(Item, Reply)] {
    await withTaskGroup(of: (Int, Reply).self) { group in
      for (index, item) in items.enumerated() {
        let hasFailed = item.dependsOn.contains { (statuses[$0] ?? 0) >= 400 }
        group.addTask {
          guard !hasFailed else {
            return (
              index,
              reply(GraphError(424, "FailedDependency", "A request that this one needs failed."))
            )
          }
          if let refusal = faults.takeBatchRefusal() {
            return (index, reply(GraphError(refusal, type: nil)))
          }
          return (index, await answer(item.request))
        }
      }
      var answers: [(Int, Reply)] = []
      for await answer in group { answers.append(answer) }
      return answers.sorted { $0.0 < $1.0 }.map { (items[$0.0], $0.1) }
    }
  }

  private static func response(_ id: String, _ reply: Reply) -> JSONValue {
    var headers = JSONObject()
    for (name, value) in reply.headers.sorted(by: { $0.key < $1.key }) {
      headers[name] = .string(value)
    }
    if reply.body != nil { headers["Content-Type"] = "application/json" }
    var response = JSONObject([
      "id": .string(id), "status": .integer(Int64(reply.status)), "headers": .object(headers),
    ])
    if let body = reply.body { response["body"] = body }
    return .object(response)
  }

  private static func item(_ json: JSONValue) throws -> Item {
    guard let id = json["id"]?.string, let method = json["method"]?.string,
      let url = json["url"]?.string
    else { throw GraphError(400, "BadRequest", "A request of the batch lacks id, method or url.") }
    let parts = url.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let segments = parts[0].split(separator: "/").map { Percent.decode($0, isQuery: false) }
    guard let query = Percent.parameters(parts.count == 2 ? String(parts[1]) : ""),
      !segments.contains(nil)
    else { throw GraphError(400, "BadRequest", "A URL of the batch has a broken escape.") }
    var headers: [String: String] = [:]
    for member in json["headers"]?.object?.members ?? [] {
      headers[member.name.lowercased()] = member.value.string
    }
    // One within another would be answered by the hundred thousand at a time.
    guard segments.last??.lowercased() != "$batch" else {
      throw GraphError(400, "BadRequest", "A batch can't be a request of a batch.")
    }
    let body = json["body"]
    guard body == nil || headers["content-type"]?.hasPrefix("application/json") == true else {
      throw GraphError(
        400, "BadRequest", "A request of the batch has a body and no Content-Type of JSON.")
    }
    return Item(
      id: id,
      request: GraphRequest(
        method: method.uppercased(), path: segments.compactMap(\.self), query: query,
        headers: headers, body: body),
      dependsOn: (json["dependsOn"]?.array ?? []).compactMap(\.string))
  }
}
