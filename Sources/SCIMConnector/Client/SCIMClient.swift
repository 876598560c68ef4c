import Directory
import HTTP
import JSON
import Synchronization

/// Sends requests to one SCIM server: with the token, with patience, a limited number of times.
final class SCIMClient: Sendable {
  let settings: SCIMConnectorSettings
  private let client: PatientClient
  /// Whether the server has refused to list nothing, as who counts asks it to.
  let givesNoEmptyPage = Mutex(false)
  /// Which paths the server takes.
  let valuePaths = ValuePathMemory()

  init(_ settings: SCIMConnectorSettings) {
    self.settings = settings
    var options = HTTPClient.Settings()
    options.connectTimeout = settings.connectTimeout
    options.caFile = settings.caFile
    options.maxResponseSize = settings.maxResponseSize
    options.connectionsPerHost = max(1, settings.requestsInFlight)
    options.isReadOnly = settings.isReadOnly
    client = PatientClient(
      HTTPClient(options), limit: settings.requestsInFlight, retry: settings.retry,
      longestWait: settings.maxRetryWait)
  }

  /// What lets the requests pass.
  var gate: RequestGate { client.gate }
  /// How the server is waited for that does not answer; nil while nothing is waited for.
  var silence: ServiceSilence? { client.silence }

  /// Sends a request and waits for its answer, with patience and again where that is safe.
  ///
  /// - Throws: ``RequestError``, also for 401.
  func send(
    _ method: String, _ path: String, query: [(String, String)] = [], body: JSONValue? = nil,
    encoded: [UInt8]? = nil, ifMatch: String? = nil, isRepeatable: Bool? = nil, rank: Int = 1
  ) async throws(RequestError) -> SCIMResponse {
    let isRepeatable = isRepeatable ?? (method != "POST")
    let name = method + " " + path
    var request = HTTPRequest(
      method, url(path, query), body: encoded ?? body?.encoded, isRepeatable: isRepeatable,
      timeout: settings.timeout)
    let answer = try await client.send(
      isRepeatable: isRepeatable, rank: rank,
      words: { SCIMErrorMessage(SCIMResponse(http: $0, request: name)).words },
      { () throws(RequestError) in
        request.headers = try headers(hasBody: request.body != nil)
        if let ifMatch { request.headers.append((name: "If-Match", value: ifMatch)) }
        return request
      })
    let response = SCIMResponse(http: answer, request: name)
    if response.status == 401 { throw .refused(SCIMErrorMessage(response).words) }
    return response
  }

  private func headers(
    hasBody: Bool
  ) throws(RequestError) -> [(name: String, value: String)] {
    let token: String
    do {
      token = try settings.token()
    } catch {
      throw .credentials(String(describing: error))
    }
    // A line break would end the header field and begin another.
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .credentials("it is empty, or has characters that no token may have (RFC 6750 §2.1)")
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
}

extension SCIMClient {
  /// The path of one resource: ids come from outside.
  static func path(_ type: SCIMResourceType, _ id: String) -> String {
    type.endpoint + "/" + HTTPURL.encode(id)
  }
}
