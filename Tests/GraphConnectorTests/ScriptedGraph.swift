import HTTP
import HTTPTesting
import JSON
import Synchronization

@testable import GraphConnector

/// A server that speaks Graph as a test's script has it, the same alone and in a batch.
final class ScriptedGraph: Sendable {
  /// One request, on its own or in a batch.
  struct Call: Sendable {
    var method: String
    /// Below the version, without the query.
    var path: String
    /// The query as sent.
    var query: String
    var body: JSONValue?
    /// How many calls came before it with the same method and path.
    var number: Int

    var line: String { method + " " + path }
  }

  /// The answer to one request.
  struct Reply: Sendable {
    var status: Int
    var json: JSONValue?
    var headers: [(String, String)]

    init(_ status: Int, _ json: JSONValue? = nil, _ headers: [(String, String)] = []) {
      self.status = status
      self.json = json
      self.headers = headers
    }

    static func list(_ items: [JSONValue]) -> Reply { Reply(200, ["value": .array(items)]) }

    static func error(
      _ status: Int, _ code: String, _ message: String, target: String = "",
      _ headers: [(String, String)] = []
    ) -> Reply {
      var error = JSONObject(["code": .string(code), "message": .string(message)])
      if !target.isEmpty {
        error["details"] = [["code": .string(code), "target": .string(target)]]
      }
      return Reply(status, ["error": .object(error)], headers)
    }

    static func conflict(_ property: String) -> Reply {
      .error(
        400, "ObjectConflict",
        "Another object with the same value for property \(property) already exists.",
        target: property)
    }
  }

  /// What the server answers; nil cuts the connection, the whole batch with it.
  typealias Script = @Sendable (Call) -> Reply?

  private final class Log: Sendable {
    let calls = Mutex<[Call]>([])
  }

  private let log = Log()
  let server: ScriptedServer

  /// A server with header fields of all its answers.
  init(headers: [(String, String)] = [], _ script: @escaping Script) throws {
    let log = log
    server = try ScriptedServer { request in
      let target = String(request.target.dropFirst("/v1.0".count))
      let body = try? JSONValue(parsing: request.body)
      guard target == "/$batch" else {
        guard let reply = Self.reply(request.method, target, body, script, log) else {
          return .close
        }
        return .answer(reply.status, headers + reply.headers, reply.json?.encoded ?? [])
      }
      guard Self.isInOneOrder(body?["requests"]?.array ?? []) else {
        let refusal = Reply.error(
          400, "BadRequest", "Batch should be either fully sequential or fully parallel.")
        return .answer(refusal.status, headers, refusal.json?.encoded ?? [])
      }
      var responses: [JSONValue] = []
      var failed: Set<String> = []
      var isCut = false
      for item in body?["requests"]?.array ?? [] {
        let id = item["id"]?.string ?? ""
        let needs = (item["dependsOn"]?.array ?? []).compactMap(\.string)
        let reply =
          needs.contains(where: failed.contains)
          ? Reply.error(424, "FailedDependency", "A request that this one needs failed.")
          : Self.reply(
            item["method"]?.string ?? "", item["url"]?.string ?? "", item["body"], script, log)
        guard let reply else {
          isCut = true
          continue
        }
        if reply.status >= 400 { failed.insert(id) }
        var fields = JSONObject()
        for (name, value) in reply.headers { fields[name] = .string(value) }
        var response = JSONObject([
          "id": .string(id), "status": .integer(Int64(reply.status)), "headers": .object(fields),
        ])
        if let json = reply.json { response["body"] = json }
        responses.append(.object(response))
      }
      if isCut { return .close }
      let answers: JSONValue = ["responses": .array(responses)]
      return .answer(200, headers, answers.encoded)
    }
  }

  /// Graph takes requests that all come at once, or each after the one before it.
  private static func isInOneOrder(_ requests: [JSONValue]) -> Bool {
    let needs = requests.map { ($0["dependsOn"]?.array ?? []).compactMap(\.string) }
    let before = requests.dropLast().map { [$0["id"]?.string ?? ""] }
    return needs.allSatisfy(\.isEmpty) || needs.first == [] && Array(needs.dropFirst()) == before
  }

  private static func reply(
    _ method: String, _ target: String, _ body: JSONValue?, _ script: Script, _ log: Log
  ) -> Reply? {
    let parts = target.split(separator: "?", maxSplits: 1).map(String.init)
    let call = log.calls.withLock { calls in
      let path = parts.first ?? ""
      let number = calls.count { $0.method == method && $0.path == path }
      let call = Call(
        method: method, path: path, query: parts.count > 1 ? parts[1] : "", body: body,
        number: number)
      calls.append(call)
      return call
    }
    return script(call)
  }

  /// What has come, in order.
  var calls: [Call] { log.calls.withLock { $0 } }
  /// How many calls of this method and path have come.
  func count(_ line: String) -> Int { calls.count { $0.line == line } }

  func close() { server.close() }

  /// A connector to it, with one request under way at a time.
  func connector(
    _ change: (inout GraphConnectorSettings) -> Void = { _ in }
  ) -> GraphConnector {
    GraphConnector(settings(change))
  }

  func settings(
    _ change: (inout GraphConnectorSettings) -> Void = { _ in }
  ) -> GraphConnectorSettings {
    var settings = GraphConnectorSettings(
      graphRoot: server.url, loginRoot: server.url, tenant: "contoso",
      credentials: .bearer { "a-token" })
    settings.retry = RetryPolicy(tries: 4, firstDelay: 0.01, longestDelay: 0.02)
    settings.requestsInFlight = 1
    settings.restoresDeleted = false
    change(&settings)
    return settings
  }
}
