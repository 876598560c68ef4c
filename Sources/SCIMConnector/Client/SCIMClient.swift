import Directory
import HTTP
import JSON

/// Sends requests to one SCIM server: with the token, with patience, a limited number of times.
final class SCIMClient: Sendable {
  let settings: SCIMConnectorSettings
  let throttle = Throttle()
  private let http: HTTPClient

  init(_ settings: SCIMConnectorSettings) {
    self.settings = settings
    var options = HTTPClient.Settings()
    options.connectTimeout = settings.connectTimeout
    options.caFile = settings.caFile
    options.maxResponseSize = settings.maxResponseSize
    options.connectionsPerHost = max(1, settings.requestsInFlight)
    options.isReadOnly = settings.isReadOnly
    http = HTTPClient(options)
  }

  /// Sends a request and waits for its answer.
  ///
  /// What the server has surely not carried out is sent again: a request that never left, one that
  /// was answered with 429. A repeatable request is sent again after anything that may pass. One
  /// that is not, such as a POST, comes back with the error or the 5xx answer: its sender finds
  /// out what became of it.
  ///
  /// - Throws: ``SCIMRequestError``, also for 401.
  func send(
    _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
    encoded: [UInt8]? = nil, isRepeatable: Bool? = nil
  ) async throws(SCIMRequestError) -> SCIMResponse {
    let isRepeatable = isRepeatable ?? (method != "POST")
    var request = HTTPRequest(
      method, url(path, query), body: encoded ?? body?.encoded, isRepeatable: isRepeatable,
      timeout: settings.timeout)
    for attempt in 0... {
      let isLast = attempt + 1 >= settings.retry.tries
      try await pass()
      request.headers = try headers(hasBody: request.body != nil)
      let response: SCIMResponse
      do {
        response = SCIMResponse(http: try await http.send(request), request: method + " " + path)
      } catch {
        try await judge(error, isRepeatable: isRepeatable, isLast: isLast, attempt: attempt)
        continue
      }
      if response.status == 401 { throw .refused(SCIMErrorMessage(response).words) }
      guard try await isToBeSentAgain(response, isRepeatable: isRepeatable, attempt: attempt),
        !isLast
      else { return response }
    }
    throw .cancelled
  }

  /// Waits if the error may pass and the request may be sent again; else throws.
  private func judge(
    _ error: HTTPError, isRepeatable: Bool, isLast: Bool, attempt: Int
  ) async throws(SCIMRequestError) {
    if error.code == .cancelled { throw .cancelled }
    let mayPass = error.code == .couldNotConnect || error.code == .unanswered && isRepeatable
    guard mayPass, !isLast else { throw .http(error) }
    try await sleep(settings.retry.delay(after: attempt))
  }

  private func isToBeSentAgain(
    _ response: SCIMResponse, isRepeatable: Bool, attempt: Int
  ) async throws(SCIMRequestError) -> Bool {
    switch response.status {
    case 429, 503:
      let words = SCIMErrorMessage(response).words
      let seconds = HTTPDate.retryAfter(response.http)
      if let seconds, seconds > settings.maxRetryWait {
        throw .waitTooLong(seconds: seconds, words: words)
      }
      throttle.hold(seconds: seconds ?? settings.retry.delay(after: attempt), words: words)
      return isRepeatable || response.status == 429
    case 500, 502, 504:
      guard isRepeatable, attempt + 1 < settings.retry.tries else { return false }
      try await sleep(settings.retry.delay(after: attempt))
      return true
    default: return false
    }
  }

  private func headers(
    hasBody: Bool
  ) throws(SCIMRequestError) -> [(name: String, value: String)] {
    let token: String
    do {
      token = try settings.token()
    } catch {
      throw .token(String(describing: error))
    }
    // A line break would end the header field and begin another.
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .token("it is empty, or has characters that no token may have (RFC 6750 §2.1)")
    }
    var headers = [
      (name: "Authorization", value: "Bearer " + token),
      (name: "Accept", value: "application/scim+json, application/json"),
      (name: "User-Agent", value: "lockstep"),
    ]
    if hasBody { headers.append((name: "Content-Type", value: "application/scim+json")) }
    return headers
  }

  private func url(_ path: String, _ query: [(String, String)]) -> String {
    let text = settings.baseURL + path
    guard !query.isEmpty else { return text }
    return text + "?"
      + query.map { $0.0 + "=" + HTTPURL.encode($0.1) }.joined(separator: "&")
  }

  private func pass() async throws(SCIMRequestError) {
    do { try await throttle.pass() } catch { throw .cancelled }
  }

  private func sleep(_ seconds: Double) async throws(SCIMRequestError) {
    do { try await Task.sleep(for: .seconds(seconds)) } catch { throw .cancelled }
  }
}

extension SCIMClient {
  /// The path of one resource: ids come from outside.
  static func path(_ type: SCIMResourceType, _ id: String) -> String {
    type.endpoint + "/" + HTTPURL.encode(id)
  }
}
