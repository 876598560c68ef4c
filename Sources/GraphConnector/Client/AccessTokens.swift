import Directory
import HTTP
import JSON

/// Gets access tokens by client credentials (RFC 6749 §4.4) and keeps one until it is about to end.
actor AccessTokens {
  private let settings: GraphConnectorSettings
  private let client: PatientClient
  private var token: String?
  private var ends: ContinuousClock.Instant?
  private var pending: Task<Result<(String, Double), RequestError>, Never>?

  /// Tokens by way of `client`, which must be one that may send `POST`.
  init(_ settings: GraphConnectorSettings, client: PatientClient) {
    self.settings = settings
    self.client = client
  }

  /// A token that holds; a new one if there is none, it ends within 5 minutes or `old` is it.
  ///
  /// - Throws: ``RequestError``.
  func current(insteadOf old: String? = nil) async throws(RequestError) -> String {
    if case .bearer(let read) = settings.credentials {
      return try Self.checked(Self.read(read))
    }
    if let token, token != old, let ends, ContinuousClock.now < ends { return token }
    let (fresh, seconds) = try await fetched().get()
    token = fresh
    // Renewed early, so that no request leaves with a token that ends on its way.
    ends = .now.advanced(by: .seconds(max(seconds - 300, seconds / 2)))
    return fresh
  }

  /// Takes no more from the token that is kept.
  func forget() { token = nil }

  /// What the endpoint answers to whoever asks now; one request is enough for all.
  private func fetched() async -> Result<(String, Double), RequestError> {
    while true {
      let task = pending ?? Task { await fetch() }
      pending = task
      let result = await withTaskCancellationHandler {
        await task.value
      } onCancel: {
        task.cancel()
      }
      if pending == task { pending = nil }
      // Who is not cancelled asks again what another, who was, has broken off.
      if case .failure(let error) = result, error.isCancelled, !Task.isCancelled { continue }
      return result
    }
  }

  private func fetch() async -> Result<(String, Double), RequestError> {
    do throws(RequestError) {
      return .success(try await request())
    } catch {
      return .failure(error)
    }
  }

  private func request() async throws(RequestError) -> (String, Double) {
    let url = settings.loginRoot + "/" + HTTPURL.encode(settings.tenant) + "/oauth2/v2.0/token"
    var request = HTTPRequest(
      "POST", url,
      headers: [
        (name: "Content-Type", value: "application/x-www-form-urlencoded"),
        (name: "Accept", value: "application/json"),
      ], isRepeatable: true, timeout: settings.timeout)
    let response = try await client.send(
      isRepeatable: true, words: { _ in "the endpoint for tokens is busy" },
      { () throws(RequestError) in
        let sent = try fields(audience: url)
        request.body = Array(
          sent.map { $0.0 + "=" + HTTPURL.encode($0.1) }.joined(separator: "&").utf8)
        request.secrets = sent.filter { Self.secretFields.contains($0.0) }.map(\.1)
        return request
      })
    return try Self.token(in: response)
  }

  private static let secretFields: Set = ["client_secret", "client_assertion"]

  private func fields(audience: String) throws(RequestError) -> [(String, String)] {
    var fields = [("grant_type", "client_credentials"), ("scope", settings.scope)]
    switch settings.credentials {
    case .bearer: break
    case .secret(let application, let read):
      fields += [("client_id", application), ("client_secret", try Self.read(read))]
    case .certificate(let application, let certificate, let key):
      let signer: AssertionSigner
      let assertion: String
      do {
        signer = try AssertionSigner(
          certificate: try Self.read(certificate), key: try Self.read(key))
        assertion = try signer.assertion(
          application: application, audience: audience, now: Timestamp.now)
      } catch let error as RequestError {
        throw error
      } catch {
        throw .credentials(String(describing: error))
      }
      fields += [
        ("client_id", application),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
      ]
    }
    return fields
  }

  private static func token(
    in response: HTTPResponse
  ) throws(RequestError) -> (String, Double) {
    let json = try? JSONValue(parsing: response.body)
    guard (200..<300).contains(response.status) else {
      let words = GraphErrorMessage(
        status: response.status, json: json, page: ServerWords.shown(response.body)
      ).words
      // 4xx but for those that say nothing of who asks.
      let isBusy = [408, 425, 429].contains(response.status) || response.status >= 500
      guard isBusy else { throw .refused(words) }
      throw .busy(
        "The endpoint for tokens answered \(response.status)", words: words, wasAsked: false)
    }
    guard let token = json?["access_token"]?.string,
      json?["token_type"]?.string?.lowercased() == "bearer"
    else {
      throw .unexpected(
        "The endpoint for tokens gave none", words: "no access_token of type Bearer")
    }
    return (try checked(token), Double(json?["expires_in"]?.lenientInteger ?? 3600))
  }

  private static func read(
    _ read: @Sendable () throws -> String
  ) throws(RequestError) -> String {
    do { return try read() } catch { throw RequestError(ofSecret: error) }
  }

  // A line break would end the header field and begin another.
  private static func checked(_ token: String) throws(RequestError) -> String {
    guard !token.isEmpty, token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw .credentials("the token is empty, or has characters that none may have (RFC 6750 §2.1)")
    }
    return token
  }
}
