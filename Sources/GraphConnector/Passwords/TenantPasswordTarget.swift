import Directory
import HTTP
import JSON
public import PasswordSync
import Secrets

/// A tenant that takes passwords of its users at an endpoint for them alone, beside Graph.
///
/// What is sent is what ``TransformedHash`` makes of a hash; the hash itself stays here. A batch that
/// got no answer is sent again with the same numbers, by which the tenant knows what it has taken.
public final class TenantPasswordTarget: PasswordTarget {
  /// The path of the endpoint below the tenant's root.
  public static let path = "/passwords/v1"

  private let client: GraphClient

  /// The tenant that `settings` name, signed in to as for Graph; nothing is sent yet.
  ///
  /// Of the settings, those of how much is read at once have no meaning here.
  public init(_ settings: GraphConnectorSettings) {
    var settings = settings
    settings.path = Self.path
    client = GraphClient(settings)
  }

  /// Sends the passwords in one request.
  ///
  /// - Throws: ``PasswordTargetFailure`` if the batch as a whole was not taken, or the answer is
  ///   lost.
  public func provision(_ changes: [PasswordChange]) async throws -> [PasswordAnswer] {
    guard !changes.isEmpty else { return [] }
    guard changes.count <= PasswordBatch.limit else {
      throw PasswordTargetFailure(
        "\(changes.count) passwords were to go in one batch, which takes \(PasswordBatch.limit)",
        hint: "This is a fault of the program; report it")
    }
    let credentials = await TransformedHash.credentials(of: changes.map(\.hash))
    let items = zip(changes, credentials).map { Self.item($0, $1) }
    let answer = try await send("/credentials", ["items": .array(items)])
    return try Self.answers(answer, to: changes, url: client.settings.base)
  }

  /// Tells the tenant that this side lives.
  ///
  /// - Throws: ``PasswordTargetFailure``.
  public func ping() async throws { _ = try await send("/ping", nil) }

  private func send(_ path: String, _ body: JSONValue?) async throws -> GraphAnswer {
    let url = client.settings.base + path
    let answer: GraphAnswer
    do throws(RequestError) {
      answer = try await client.send(GraphCall("POST", path, body, isRepeatable: true))
    } catch {
      throw PasswordTargetFailure(error, url: url)
    }
    guard answer.isSuccess else { throw PasswordTargetFailure(answer, url: url) }
    return answer
  }

  private static func item(_ change: PasswordChange, _ credential: Credential) -> JSONValue {
    var item = JSONObject(["requestId": .string(change.request)])
    if !change.sourceAnchor.isEmpty { item["sourceAnchor"] = .string(change.sourceAnchor) }
    if !change.targetAnchor.isEmpty { item["cloudAnchor"] = .string(change.targetAnchor) }
    item["changeDate"] = .string(change.changed.description)
    item["credentialData"] = .string(
      credential.encoded.withBytes { String(decoding: $0, as: UTF8.self) })
    item["forcePasswordChangeOnLogon"] = .boolean(change.mustChange)
    return .object(item)
  }

  private static func answers(
    _ answer: GraphAnswer, to changes: [PasswordChange], url: String
  ) throws -> [PasswordAnswer] {
    let results = answer.object["results"]?.array ?? []
    let byRequest = Dictionary(
      results.map { ($0["requestId"]?.string ?? "", $0) }, uniquingKeysWith: { first, _ in first })
    return try changes.map { change in
      guard let result = byRequest[change.request], let code = result["result"]?.lenientInteger
      else {
        throw PasswordTargetFailure(
          "\(url) did not answer for each password of the batch",
          hint: "They are sent again; check that the URL is that of the tenant")
      }
      let words = WordsWithoutHashes.shown(
        ServerWords.shown(result["extendedErrorInformation"]?.string ?? "", limit: 1000),
        inBase64: false)
      switch code {
      case 0: return .success
      case 2: return .retry(words)
      case 3: return .filtered(words)
      default: return .failed(words.isEmpty ? "result \(code) without words" : words)
      }
    }
  }
}

extension RequestError {
  /// For how many seconds the server wants to be left alone, if that is why; nil otherwise.
  fileprivate var waitSeconds: Double? {
    switch self {
    case .waitTooLong(let seconds, _): seconds
    case .afterLoss(let error): error.waitSeconds
    default: nil
    }
  }
}

extension PasswordTargetFailure {
  /// The failure of a request that has no answer.
  init(_ error: RequestError, url: String) {
    let failure = error.failure(url: url, isStart: true)
    let words = failure.serverWords.isEmpty ? "" : ": " + failure.serverWords
    var hint = failure.hint
    if case .unexpected = error { hint = "Check that the URL is that of a tenant" }
    if error.waitSeconds != nil {
      hint = "It is asked again then, and at once by 'lockstep password-sync run'"
    }
    self.init(failure.message + words, hint: hint.hasSuffix(".") ? String(hint.dropLast()) : hint)
    waitSeconds = error.waitSeconds
    // One that gives no answer may fail at one of the batch.
    mayBeOfOne = !error.nothingWasSent && !error.isCancelled
  }

  /// The failure that an answer tells, in the form of the original's `ProvisionException`.
  init(_ answer: GraphAnswer, url: String) {
    let object = answer.object
    let code = object["errorCode"]?.lenientInteger
    // Anchors are base64 of sixteen bytes, too, and no hash is sent in that form.
    let words = WordsWithoutHashes.shown(
      ServerWords.shown(object["errorDescription"]?.string ?? "", limit: 1000), inBase64: false)
    var text = "An error occurred."
    if let code { text += " Error Code: \(code)." }
    text += " Error Description: " + (words.isEmpty ? "HTTP status \(answer.status)" : words)
    if let id = object["trackingId"]?.string {
      text += " Tracking ID: " + ServerWords.shown(id, limit: 80)
    }
    self.init(
      text + " Server Name: " + url, hint: Self.hint(status: answer.status, code: code),
      isRefusal: Self.refusals.contains(answer.status))
    mayBeOfOne = Self.ofSome.contains(answer.status)
  }

  // A request that is malformed, too large, or not to be processed (RFC 9110 §15.5.1, 15.5.14 and
  // 15.5.21); other numbers speak of who sends it, where to, or when.
  private static let refusals: Set<Int> = [400, 413, 422]
  // What something between here and the tenant says of a request that it does not like, and a server
  // that fails at one.
  private static let ofSome: Set<Int> = [403, 406, 409, 415, 500, 501]

  private static func hint(status: Int, code: Int64?) -> String {
    switch (status, code) {
    case (_, 90): "Switch password synchronization on in the tenant"
    case (_, 81), (500..., _): "It is sent again by itself"
    case (403, _): "Give the application the right to set passwords"
    case (404, _): "Check that the URL is that of a tenant that takes passwords"
    default: "What was sent is not what the tenant takes; see that both are of one version"
    }
  }
}
