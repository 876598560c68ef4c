import Directory
import HTTP
import JSON
import Synchronization

/// Sends calls to one tenant: with a token, with patience, a limited number of times.
final class GraphClient: Sendable {
  let settings: GraphConnectorSettings
  let throttle = Throttle()
  private let http: HTTPClient
  private let tokens: AccessTokens
  /// The share of the allowed requests that was used up when the server last told, in percent.
  private let used = Mutex<Int?>(nil)

  /// How many calls Graph takes in one batch.
  static let batchSize = 20

  init(_ settings: GraphConnectorSettings) {
    self.settings = settings
    var options = HTTPClient.Settings()
    options.connectTimeout = settings.connectTimeout
    options.caFile = settings.caFile
    options.connectionsPerHost = max(1, settings.requestsInFlight)
    let tokenClient = HTTPClient(options)
    tokens = AccessTokens(settings, http: tokenClient)
    options.isReadOnly = settings.isReadOnly
    http = HTTPClient(options)
  }

  /// The share of the allowed requests that was used up when the server last told, from 0 to 1 and
  /// above; nil if it has not told (`x-ms-throttle-limit-percentage`).
  var quotaUsed: Double? { used.withLock { $0 }.map { Double($0) / 100 } }

  /// Sends a call and waits for its answer.
  ///
  /// What was surely not carried out is sent again. A repeatable call is sent again after anything
  /// that may pass; one that is not comes back, so that its sender finds out what became of it.
  ///
  /// - Throws: ``GraphRequestError``.
  func send(
    _ call: GraphCall, headers: [(name: String, value: String)] = []
  ) async throws(GraphRequestError) -> GraphAnswer {
    var token = try await tokens.current()
    var isRenewed = false
    for attempt in 0... {
      try await pass()
      let response: HTTPResponse
      do {
        response = try await http.send(try request(call, token, headers))
      } catch let error as HTTPError {
        try await judge(error, call, attempt: attempt)
        continue
      } catch {
        throw (error as? GraphRequestError) ?? .cancelled
      }
      note(response)
      let answer = try Self.answer(response, to: call)
      if answer.status == 401 {
        guard !isRenewed else { throw .refused(answer.error.words) }
        isRenewed = true
        token = try await tokens.current(insteadOf: token)
        continue
      }
      guard try await isToBeSentAgain(answer, call, attempt: attempt) else { return answer }
    }
    throw .cancelled
  }

  /// Sends up to 20 calls in one request and gives their answers in order; those of a chain wait
  /// for the one before.
  ///
  /// - Throws: ``GraphRequestError`` if the batch as a whole was not answered.
  func batch(
    _ calls: [GraphCall], chained: Set<Int> = []
  ) async throws(GraphRequestError) -> [GraphAnswer] {
    if calls.count == 1 { return [try await send(calls[0])] }
    let requests = calls.enumerated().map { index, call -> JSONValue in
      var item = JSONObject([
        "id": .string(String(index)), "method": .string(call.method), "url": .string(call.path),
      ])
      if let body = call.body {
        item["headers"] = ["Content-Type": "application/json"]
        item["body"] = body
      }
      if chained.contains(index) { item["dependsOn"] = [.string(String(index - 1))] }
      return .object(item)
    }
    let answer = try await send(
      GraphCall(
        "POST", "/$batch", ["requests": .array(requests)],
        isRepeatable: calls.allSatisfy(\.isRepeatable)))
    guard answer.isSuccess, let responses = answer.object["responses"]?.array else {
      throw .unexpected(
        "POST /$batch was answered with \(answer.status)", words: answer.error.words)
    }
    return try Self.sorted(responses, count: calls.count)
  }

  private static func sorted(
    _ responses: [JSONValue], count: Int
  ) throws(GraphRequestError) -> [GraphAnswer] {
    var answers = [GraphAnswer?](repeating: nil, count: count)
    for response in responses {
      guard let index = response["id"]?.lenientInteger.map({ Int($0) }), answers.indices ~= index,
        let status = response["status"]?.lenientInteger
      else { continue }
      var answer = GraphAnswer(status: Int(status), body: response["body"])
      let header = response["headers"]?.object?["Retry-After"]
      answer.retryAfter = header?.lenientInteger.map { Double($0) }
      answers[index] = answer
    }
    guard !answers.contains(where: { $0 == nil }) else {
      throw .unexpected("POST /$batch did not answer each of its requests", words: "")
    }
    return answers.compactMap(\.self)
  }

  // MARK: Parts

  private func request(
    _ call: GraphCall, _ token: String, _ more: [(name: String, value: String)]
  ) throws(GraphRequestError) -> HTTPRequest {
    let url = call.path.hasPrefix("/") ? settings.base + call.path : try checked(call.path)
    var headers =
      [
        (name: "Authorization", value: "Bearer " + token),
        (name: "Accept", value: "application/json"), (name: "User-Agent", value: "lockstep"),
      ] + more
    if call.body != nil { headers.append((name: "Content-Type", value: "application/json")) }
    return HTTPRequest(
      call.method, url, headers: headers, body: call.body?.encoded,
      isRepeatable: call.isRepeatable, timeout: settings.timeout)
  }

  /// A link that the server gave, if it leads to the same server: the token travels with it.
  ///
  /// - Throws: ``GraphRequestError`` for any other.
  func checked(_ link: String) throws(GraphRequestError) -> String {
    let isPlain = link.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard isPlain, link.hasPrefix(settings.base + "/") else {
      throw .unexpected(
        "A link leads elsewhere and is not followed", words: ServerWords.shown(link, limit: 200))
    }
    return link
  }

  private static func answer(
    _ response: HTTPResponse, to call: GraphCall
  ) throws(GraphRequestError) -> GraphAnswer {
    var answer = GraphAnswer(status: response.status)
    answer.retryAfter = HTTPDate.retryAfter(response)
    guard !response.body.isEmpty else { return answer }
    do {
      answer.body = try JSONValue(parsing: response.body)
    } catch {
      guard answer.isSuccess else { return answer }
      let kind = response.header("Content-Type").map { " of type " + ServerWords.shown($0) } ?? ""
      throw .unexpected(
        "\(call.method) was answered with \(response.status)\(kind) and no JSON (\(error))",
        words: ServerWords.shown(response.body))
    }
    return answer
  }

  private func note(_ response: HTTPResponse) {
    guard let text = response.header("x-ms-throttle-limit-percentage"), let share = Double(text)
    else { return }
    // The header is a share from 0.8 to 1.8 of what is allowed.
    used.withLock { $0 = Int(min(share, 100) * 100) }
  }

  private func judge(
    _ error: HTTPError, _ call: GraphCall, attempt: Int
  ) async throws(GraphRequestError) {
    if error.code == .cancelled { throw .cancelled }
    let mayPass = error.code == .couldNotConnect || error.code == .unanswered && call.isRepeatable
    guard mayPass, attempt + 1 < settings.retry.tries else { throw .http(error) }
    try await sleep(settings.retry.delay(after: attempt))
  }

  private func isToBeSentAgain(
    _ answer: GraphAnswer, _ call: GraphCall, attempt: Int
  ) async throws(GraphRequestError) -> Bool {
    let isLast = attempt + 1 >= settings.retry.tries
    switch answer.status {
    case 429, 503:
      try hold(answer, attempt: attempt)
      return !isLast && (call.isRepeatable || answer.status == 429)
    case 500, 502, 504:
      guard call.isRepeatable, !isLast else { return false }
      try await sleep(settings.retry.delay(after: attempt))
      return true
    default: return false
    }
  }

  /// Holds everything back as the server wishes.
  ///
  /// - Throws: ``GraphRequestError`` if it wishes for longer than is allowed.
  func hold(_ answer: GraphAnswer, attempt: Int) throws(GraphRequestError) {
    let words = answer.error.words
    if let seconds = answer.retryAfter, seconds > settings.maxRetryWait {
      throw .waitTooLong(seconds: seconds, words: words)
    }
    throttle.hold(
      seconds: answer.retryAfter ?? settings.retry.delay(after: attempt), words: words)
  }

  private func pass() async throws(GraphRequestError) {
    do { try await throttle.pass() } catch { throw .cancelled }
  }

  private func sleep(_ seconds: Double) async throws(GraphRequestError) {
    do { try await Task.sleep(for: .seconds(seconds)) } catch { throw .cancelled }
  }
}
