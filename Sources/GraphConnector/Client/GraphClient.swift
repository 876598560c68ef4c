import Directory
import HTTP
import JSON
import Synchronization

/// Sends calls to one tenant: with a token, with patience, a limited number of times.
final class GraphClient: Sendable {
  let settings: GraphConnectorSettings
  private let client: PatientClient
  private let tokens: AccessTokens
  private let tokenClient: PatientClient
  /// The share of the allowed requests that was used up when the server last told, in percent.
  private let used = Mutex<Int?>(nil)

  /// How many calls Graph takes in one batch.
  static let batchSize = 20

  /// What the servers asked for that want more patience than a run has.
  struct Waits: Sendable {
    let graph = LongWaits()
    let login = LongWaits()
  }

  /// - Parameter waits: Where such wishes are kept; nil to ask again whenever somebody wants to.
  init(_ settings: GraphConnectorSettings, waits: Waits? = nil) {
    self.settings = settings
    var options = HTTPClient.Settings()
    options.connectTimeout = settings.connectTimeout
    options.caFile = settings.caFile
    options.connectionsPerHost = max(1, settings.requestsInFlight)
    func patient(_ options: HTTPClient.Settings, _ waits: LongWaits?) -> PatientClient {
      PatientClient(
        HTTPClient(options), limit: settings.requestsInFlight, retry: settings.retry,
        longestWait: settings.maxRetryWait, waits: waits)
    }
    tokenClient = patient(options, waits?.login)
    tokens = AccessTokens(settings, client: tokenClient)
    options.isReadOnly = settings.isReadOnly
    client = patient(options, waits?.graph)
  }

  /// What lets the requests pass.
  var gate: RequestGate { client.gate }
  /// How the server that is asked just now, for a token or by one, is waited for; nil while nothing is
  /// waited for.
  var silence: ServiceSilence? { tokenClient.silence ?? client.silence }

  /// The share of the allowed requests that was used up when the server last told, from 0 to 1 and
  /// above; nil if it has not told (`x-ms-throttle-limit-percentage`).
  var quotaUsed: Double? { used.withLock { $0 }.map { Double($0) / 100 } }

  /// Sends a call and waits for its answer, with patience and again where that is safe.
  ///
  /// A token that the server does not take any more is renewed once.
  ///
  /// - Throws: ``RequestError``.
  func send(
    _ call: GraphCall, headers: [(name: String, value: String)] = [], rank: Int = 1
  ) async throws(RequestError) -> GraphAnswer {
    var refused: String?
    while true {
      var token = ""
      let response = try await client.send(
        isRepeatable: call.isRepeatable, rank: rank,
        words: { Self.words(of: $0) },
        { () async throws(RequestError) in
          token = try await tokens.current(insteadOf: refused)
          return try request(call, token, headers)
        })
      note(response)
      let answer = try answer(response, to: call)
      guard answer.status == 401 else { return answer }
      guard refused == nil else { throw .refused(answer.error.words) }
      refused = token
    }
  }

  private static func words(of response: HTTPResponse) -> String {
    let json = try? JSONValue(parsing: response.body, mendsHalves: true)
    return GraphErrorMessage(status: response.status, json: json).words
  }

  /// Sends up to 20 calls in one request and gives their answers in order; those of a chain wait
  /// for the one before.
  ///
  /// - Throws: ``RequestError`` if the batch as a whole was not answered.
  func batch(
    _ calls: [GraphCall], chained: Set<Int> = [], rank: Int = 1
  ) async throws(RequestError) -> [GraphAnswer] {
    if calls.count == 1 { return [try await send(calls[0], rank: rank)] }
    // A batch is a POST, which a client that may only read does not send, whatever is in it.
    if settings.isReadOnly { return try await singly(calls, rank: rank) }
    let requests = calls.enumerated().map { index, call -> JSONValue in
      var item = JSONObject([
        "id": .string(String(index)), "method": .string(call.method), "url": .string(call.path),
      ])
      var headers = JSONObject()
      if call.isEventual { headers["ConsistencyLevel"] = "eventual" }
      if let body = call.body {
        headers["Content-Type"] = "application/json"
        item["body"] = body
      }
      if !headers.members.isEmpty { item["headers"] = .object(headers) }
      if chained.contains(index) { item["dependsOn"] = [.string(String(index - 1))] }
      return .object(item)
    }
    let answer = try await send(
      GraphCall(
        "POST", "/$batch", ["requests": .array(requests)],
        isRepeatable: calls.allSatisfy(\.isRepeatable)), rank: rank)
    guard answer.isSuccess, let responses = answer.object["responses"]?.array else {
      throw answer.fault("POST /$batch")
    }
    return try Self.sorted(responses, count: calls.count, date: answer.date)
  }

  private func singly(
    _ calls: [GraphCall], rank: Int
  ) async throws(RequestError) -> [GraphAnswer] {
    let results = await withTaskGroup(of: (Int, Result<GraphAnswer, RequestError>).self) { group in
      for (index, call) in calls.enumerated() {
        group.addTask {
          do throws(RequestError) {
            return (index, .success(try await self.send(call, rank: rank)))
          } catch {
            return (index, .failure(error))
          }
        }
      }
      var results: [(Int, Result<GraphAnswer, RequestError>)] = []
      for await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
    var answers: [GraphAnswer] = []
    for result in results { answers.append(try result.get()) }
    return answers
  }

  private static func sorted(
    _ responses: [JSONValue], count: Int, date: Timestamp?
  ) throws(RequestError) -> [GraphAnswer] {
    var answers = [GraphAnswer?](repeating: nil, count: count)
    for response in responses {
      guard let index = response["id"]?.lenientInteger.map({ Int($0) }), answers.indices ~= index,
        let status = response["status"]?.lenientInteger
      else { continue }
      var answer = GraphAnswer(status: Int(status), body: response["body"])
      let field = response["headers"]?["Retry-After"]
      let text = field?.string ?? field?.lenientInteger.map { String($0) }
      answer.retryAfter = text.flatMap { HTTPDate.seconds(retryAfter: $0, date: date) }
      answers[index] = answer
    }
    guard !answers.contains(where: { $0 == nil }) else {
      throw .unexpected("POST /$batch did not answer each of its requests", words: "")
    }
    return answers.compactMap(\.self)
  }

  /// The ids of users who were deleted and can be restored, by their source anchor; of several with
  /// one anchor the one that was deleted last.
  ///
  /// None if the application may not see them.
  ///
  /// - Throws: ``RequestError``, also if they can't be read for another reason: who is deleted is not
  ///   to be made anew because nobody looked.
  func deletedUsers() async throws(RequestError) -> [String: String] {
    var found: [String: (id: String, deleted: String)] = [:]
    var path: String? =
      "/directory/deletedItems/microsoft.graph.user"
      + "?$select=id,onPremisesImmutableId,deletedDateTime&$top=\(settings.pageSize)"
    var trail = LinkTrail()
    while let next = path {
      let answer = try await send(GraphCall("GET", next))
      if answer.status == 403 || answer.tellsAbsence { break }
      guard answer.isSuccess, let items = answer.object["value"]?.array else {
        throw answer.fault("GET /directory/deletedItems")
      }
      for item in items {
        guard let id = item["id"]?.string, let anchor = item["onPremisesImmutableId"]?.string,
          !id.isEmpty, !anchor.isEmpty
        else { continue }
        let deleted = item["deletedDateTime"]?.string ?? ""
        // Times are in whole seconds: of two of the same, the one listed later.
        if let known = found[anchor], known.deleted > deleted { continue }
        found[anchor] = (id, deleted)
      }
      path = try nextLink(answer.object, &trail, of: "GET /directory/deletedItems")
    }
    return found.mapValues(\.id)
  }

  // MARK: Parts

  private func request(
    _ call: GraphCall, _ token: String, _ more: [(name: String, value: String)]
  ) throws(RequestError) -> HTTPRequest {
    let url = call.path.hasPrefix("/") ? settings.base + call.path : try checked(call.path)
    var headers =
      [
        (name: "Authorization", value: "Bearer " + token),
        (name: "Accept", value: "application/json"), (name: "User-Agent", value: "lockstep"),
      ] + more
    if call.body != nil { headers.append((name: "Content-Type", value: call.contentType)) }
    if call.isEventual { headers.append((name: "ConsistencyLevel", value: "eventual")) }
    return HTTPRequest(
      call.method, url, headers: headers, body: call.body?.encoded,
      isRepeatable: call.isRepeatable, timeout: settings.timeout)
  }

  /// A link that the server gave, if it leads to the same server: the token travels with it.
  ///
  /// - Throws: ``RequestError`` for any other.
  func checked(_ link: String) throws(RequestError) -> String {
    let isPlain = link.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard isPlain, link.hasPrefix(settings.base + "/") else {
      throw .unexpected(
        "A link leads elsewhere and is not followed", words: ServerWords.shown(link, limit: 200))
    }
    return link
  }

  /// The link to the page after `page`; nil at the end.
  ///
  /// - Throws: ``RequestError`` if it leads elsewhere, or back.
  func nextLink(
    _ page: JSONObject, _ trail: inout LinkTrail, of list: String
  ) throws(RequestError) -> String? {
    guard let text = page["@odata.nextLink"]?.string else { return nil }
    let link = try checked(text)
    guard trail.take(link) else {
      throw .unexpected(
        "\(list) leads from one page to the next and back again, and never to an end",
        words: ServerWords.shown(link, limit: 200))
    }
    return link
  }

  private func answer(
    _ response: HTTPResponse, to call: GraphCall
  ) throws(RequestError) -> GraphAnswer {
    var answer = GraphAnswer(status: response.status)
    answer.retryAfter = HTTPDate.retryAfter(response, longest: settings.maxRetryWait)
    answer.date = response.header("Date").flatMap(HTTPDate.parse)
    guard !response.body.isEmpty else { return answer }
    do {
      answer.body = try JSONValue(parsing: response.body, mendsHalves: true)
    } catch {
      guard answer.isSuccess else {
        answer.page = ServerWords.shown(response.body)
        return answer
      }
      let kind = response.header("Content-Type").map { " of type " + ServerWords.shown($0) } ?? ""
      throw .unexpected(
        "\(call.method) was answered with \(response.status)\(kind) and no JSON (\(error))",
        words: ServerWords.shown(response.body))
    }
    return answer
  }

  /// Has the next request come with a new token: the server does not take this one any more.
  func forgetToken() async { await tokens.forget() }

  private func note(_ response: HTTPResponse) {
    guard let percent = response.header("x-ms-throttle-limit-percentage").flatMap(Self.percent)
    else { return }
    used.withLock { $0 = percent }
  }

  /// The percentage that a share of what is allowed comes to, from 0.8 to 1.8 as a rule; nil if the
  /// text is no share.
  static func percent(_ share: String) -> Int? {
    guard let share = Double(share), share.isFinite else { return nil }
    return Int((max(0, min(share, 100)) * 100).rounded())
  }

  /// Holds everything back as one answer in a batch wishes; the answer is for how many seconds.
  ///
  /// - Throws: ``RequestError`` if it wishes for longer than is allowed.
  @discardableResult
  func hold(_ answer: GraphAnswer, attempt: Int) throws(RequestError) -> Double {
    try client.hold(seconds: answer.retryAfter, words: answer.error.words, attempt: attempt)
  }
}
