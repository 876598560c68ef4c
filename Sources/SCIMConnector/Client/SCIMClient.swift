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
  /// Whether a full import has found that the server can't be asked for what changed.
  let tellsNoChanges = Mutex(false)
  /// How many more objects the server counts than it lists, by endpoint.
  let surplus = Mutex<[String: Int]>([:])
  /// Whether the time of a group's last change moves with its members.
  let memberStamps = Mutex(MemberStamps.unasked)
  /// Whether the server takes bodies only as plain JSON.
  private let wantsPlainJSON = Mutex(false)
  /// The lists in which a filter has found an object by its name.
  let filtersNames = Mutex<Set<String>>([])
  /// Whether the server takes a list of values to be removed for those alone, and not for all; nil
  /// until it has shown that.
  let takesRemovedLists = Mutex<Bool?>(nil)
  /// How often somebody may still look for that: a server that shows late never shows it.
  let looksForRemovedLists = Mutex(10)
  /// Whether the server takes members out by no other way than a list of values.
  let wantsRemovedLists = Mutex(false)
  /// The lists of whose objects the server takes no changes, whatever it says, but takes the whole.
  let takesOnlyWhole = Mutex<Set<String>>([])
  /// Which paths the server takes.
  let valuePaths = ValuePathMemory()

  /// - Parameter waits: Where is kept what the server asks for that wants more patience than a run
  ///   has; nil to ask again whenever somebody wants to.
  init(_ settings: SCIMConnectorSettings, waits: LongWaits? = nil) {
    self.settings = settings
    var options = HTTPClient.Settings()
    options.connectTimeout = settings.connectTimeout
    options.caFile = settings.caFile
    options.maxResponseSize = settings.maxResponseSize
    options.connectionsPerHost = max(1, settings.requestsInFlight)
    options.isReadOnly = settings.isReadOnly
    client = PatientClient(
      HTTPClient(options), limit: settings.requestsInFlight, retry: settings.retry,
      longestWait: settings.maxRetryWait, waits: waits)
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
    func send(_ contentType: String) async throws(RequestError) -> SCIMResponse {
      let answer = try await client.send(
        isRepeatable: isRepeatable, rank: rank,
        words: { SCIMErrorMessage(SCIMResponse(http: $0, request: name)).words },
        { () throws(RequestError) in
          request.headers = try headers(contentType: request.body == nil ? nil : contentType)
          if let ifMatch { request.headers.append((name: "If-Match", value: ifMatch)) }
          return request
        })
      return SCIMResponse(http: answer, request: name)
    }
    let isPlain = wantsPlainJSON.withLock(\.self)
    var response = try await send(isPlain ? Self.json : "application/scim+json")
    // What came as SCIM was not looked at; RFC 7644 §3.1 has servers take it as plain JSON, too.
    if response.status == 415, request.body != nil, !isPlain {
      response = try await send(Self.json)
      if response.status != 415 { wantsPlainJSON.withLock { $0 = true } }
    }
    if response.status == 401 { throw .refused(SCIMErrorMessage(response).words) }
    return response
  }

  private static let json = "application/json"

  private func headers(
    contentType: String?
  ) throws(RequestError) -> [(name: String, value: String)] {
    let token: String
    do {
      token = try settings.token()
    } catch {
      throw RequestError(ofSecret: error)
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
    if let contentType { headers.append((name: "Content-Type", value: contentType)) }
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
