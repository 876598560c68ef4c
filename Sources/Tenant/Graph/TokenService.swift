import Foundation
import GRDB
import JSON

/// Gives access tokens to registered applications (RFC 6749 §4.4, RFC 7523 §2.2) and knows those
/// that it gave; only their SHA-256 is kept.
struct TokenService: Sendable {
  let store: TenantStore
  let applications: [TenantApplication]
  /// The URL of the token endpoint as clients know it, which an assertion must be meant for.
  let audience: @Sendable (_ tenant: String) -> String
  let lifetime: Int

  /// Answers a request for a token.
  func answer(tenant: String, form: [String: String]) async -> Reply {
    do {
      let client = try await check(tenant: tenant, form)
      let token = Tenant.makeToken()
      let (hash, seconds) = (SHA256.hexadecimal(token), Int64(lifetime))
      try await store.write { context in
        let database = try context.database
        try database.execute(
          sql: "DELETE FROM access_token WHERE expires < ?", arguments: [Moment.now])
        try database.execute(
          sql: "INSERT INTO access_token (hash, client, expires) VALUES (?, ?, ?)",
          arguments: [hash, client, Moment.now + seconds * 1000])
      }
      return reply(
        200,
        [
          "token_type": "Bearer", "expires_in": .integer(seconds),
          "ext_expires_in": .integer(seconds), "access_token": .string(token),
        ])
    } catch let error as OAuthError {
      return refusal(error)
    } catch {
      return refusal(OAuthError(500, "server_error", 90033, "The store failed: \(error)."))
    }
  }

  /// Why the token is not one that was given and still holds; nil if it is one.
  func refusal(ofToken token: String) async -> GraphError? {
    let hash = SHA256.hexadecimal(token)
    let expires = try? await store.read {
      try Int64.fetchOne(
        $0, sql: "SELECT expires FROM access_token WHERE hash = ?", arguments: [hash])
    }
    guard let expires else { return Self.invalid("CompactToken parsing failed.") }
    guard expires > Moment.now else {
      return Self.invalid("Lifetime validation failed, the token is expired.")
    }
    return nil
  }

  /// The refusal of a token.
  static func invalid(_ why: String) -> GraphError {
    GraphError(
      401, "InvalidAuthenticationToken", why,
      headers: ["WWW-Authenticate": "Bearer realm=\"graph\", error=\"invalid_token\""])
  }

  // MARK: Parts

  private func check(tenant: String, _ form: [String: String]) async throws -> String {
    guard form["grant_type"] == "client_credentials" else {
      throw OAuthError(
        400, "unsupported_grant_type", 70003, "The grant type must be client_credentials.")
    }
    guard let scope = form["scope"], scope.hasSuffix("/.default") else {
      throw OAuthError(400, "invalid_scope", 1002012, "The scope must end with /.default.")
    }
    let id = form["client_id"] ?? ""
    guard let application = applications.first(where: { $0.clientID == id }) else {
      throw OAuthError(
        400, "unauthorized_client", 700016,
        "Application with identifier '\(id.prefix(64))' was not found in the directory.")
    }
    if let assertion = form["client_assertion"] {
      guard
        form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
      else {
        throw OAuthError(
          401, "invalid_client", 50027, "The client_assertion_type must be jwt-bearer.")
      }
      try ClientAssertion(assertion).check(
        application, audience: audience(tenant), now: Moment.now / 1000)
    } else {
      guard let secret = form["client_secret"], let hash = application.secretHash,
        SHA256.isEqual(SHA256.hexadecimal(secret), hash)
      else {
        throw OAuthError(401, "invalid_client", 7_000_215, "Invalid client secret provided.")
      }
    }
    return id
  }

  private func refusal(_ error: OAuthError) -> Reply {
    reply(
      error.status,
      [
        "error": .string(error.error),
        "error_description": .string("AADSTS\(error.number): \(error.words)"),
        "error_codes": [.integer(Int64(error.number))],
        "timestamp": .string(String(Moment.text(Moment.now).prefix(19)) + "Z"),
        "trace_id": .string(ResourceID.make()), "correlation_id": .string(ResourceID.make()),
      ])
  }

  private func reply(_ status: Int, _ body: JSONValue) -> Reply {
    var reply = Reply(status, body, headers: ["Cache-Control": "no-store"])
    reply.contentType = "application/json; charset=utf-8"
    return reply
  }
}

/// Why no token is given (RFC 6749 §5.2, with the numbers of Microsoft's AADSTS codes).
struct OAuthError: Error, Hashable, Sendable {
  var status: Int
  var error: String
  var number: Int
  var words: String

  /// A refusal of these parts.
  init(_ status: Int, _ error: String, _ number: Int, _ words: String) {
    self.status = status
    self.error = error
    self.number = number
    self.words = words
  }
}

/// The ids that the server makes.
enum ResourceID {
  /// A new GUID in lower case.
  static func make() -> String { UUID().uuidString.lowercased() }
}
