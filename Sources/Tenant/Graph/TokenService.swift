import Foundation
import GRDB
import JSON
import Secrets

/// Gives access tokens to registered applications (RFC 6749 §4.4, RFC 7523 §2.2) and to users who
/// show their password (RFC 6749 §4.3), and knows those that it gave; only their SHA-256 is kept.
struct TokenService: Sendable {
  let store: TenantStore
  let applications: [TenantApplication]
  /// The URL of the token endpoint as clients know it, which an assertion must be meant for.
  let audience: @Sendable (_ tenant: String) -> String
  let lifetime: Int
  /// When an account is locked.
  var policy = SignInCheck.Policy()

  /// Answers a request for a token.
  func answer(
    tenant: String, form: [String: String], password: SecretBytes? = nil
  ) async -> Reply {
    do {
      let (client, subject) = try await check(tenant: tenant, form, password)
      let token = Tenant.makeToken()
      let (hash, seconds) = (SHA256.hexadecimal(token), Int64(lifetime))
      try await store.write { context in
        let database = try context.database
        try database.execute(
          sql: "DELETE FROM access_token WHERE expires < ?", arguments: [Moment.now])
        try Housekeeping.run(database, now: Moment.now)
        try database.execute(
          sql: "INSERT INTO access_token (hash, client, expires, subject) VALUES (?, ?, ?, ?)",
          arguments: [hash, client, Moment.now + seconds * 1000, subject])
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

  /// Whose the token is.
  ///
  /// - Throws: ``GraphError`` if it is none that was given and still holds.
  func holder(ofToken token: String) async throws(GraphError) -> TokenHolder {
    let hash = SHA256.hexadecimal(token)
    let row = try? await store.read { database in
      try Row.fetchOne(
        database, sql: "SELECT client, expires, subject FROM access_token WHERE hash = ?",
        arguments: [hash]
      ).map { TokenRow(client: $0[0], expires: $0[1], subject: $0[2]) }
    }
    guard let row = row.flatMap(\.self) else {
      throw Self.invalid("CompactToken parsing failed.")
    }
    guard row.expires > Moment.now else {
      throw Self.invalid("Lifetime validation failed, the token is expired.")
    }
    if let user = row.subject { return .user(id: user) }
    let application = applications.first { $0.clientID == row.client }
    return .application(maySetPasswords: application?.maySetPasswords ?? false)
  }

  private struct TokenRow: Sendable {
    var client: String
    var expires: Int64
    var subject: String?
  }

  /// The refusal of a token.
  static func invalid(_ why: String) -> GraphError {
    GraphError(
      401, "InvalidAuthenticationToken", why,
      headers: ["WWW-Authenticate": "Bearer realm=\"graph\", error=\"invalid_token\""])
  }

  // MARK: Parts

  // The application, and the user if a user shows a password.
  private func check(
    tenant: String, _ form: [String: String], _ password: SecretBytes?
  ) async throws -> (client: String, subject: String?) {
    switch form["grant_type"] {
    case "client_credentials":
      guard let scope = form["scope"], scope.hasSuffix("/.default") else {
        throw OAuthError(400, "invalid_scope", 1_002_012, "The scope must end with /.default.")
      }
      if let resource = TokenScope.stranger(scope) {
        throw OAuthError(
          400, "invalid_resource", 500011,
          "The resource principal named \(resource) was not found in the tenant named "
            + "\(tenant.prefix(64)): the tenant has Graph, whose scope is "
            + "https://graph.microsoft.com/.default or the tenant's own address with /.default.")
      }
      let application = try application(form)
      try prove(application, tenant: tenant, form)
      return (application.clientID, nil)
    case "password":
      // What is public can prove nothing, and needs not to.
      if form["client_id"]?.lowercased() == Tenant.publicClientID {
        return (Tenant.publicClientID, try await signIn(form, password))
      }
      let application = try application(form)
      if application.secretHash != nil || application.certificate != nil {
        try prove(application, tenant: tenant, form)
      }
      return (application.clientID, try await signIn(form, password))
    default:
      throw OAuthError(
        400, "unsupported_grant_type", 70003,
        "The grant type must be client_credentials or password.")
    }
  }

  private func application(_ form: [String: String]) throws -> TenantApplication {
    let id = form["client_id"] ?? ""
    // An id is a GUID, which is the same in capitals.
    let folded = id.lowercased()
    guard let application = applications.first(where: { $0.clientID.lowercased() == folded }) else {
      throw OAuthError(
        400, "unauthorized_client", 700016,
        "Application with identifier '\(id.prefix(64))' was not found in the directory.")
    }
    return application
  }

  private func prove(
    _ application: TenantApplication, tenant: String, _ form: [String: String]
  ) throws {
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
  }

  // The id of the user who signs in.
  private func signIn(_ form: [String: String], _ password: SecretBytes?) async throws -> String {
    func missing(_ name: String) -> OAuthError {
      OAuthError(
        400, "invalid_request", 900144,
        "The request body must contain the following parameter: '\(name)'.")
    }
    guard let name = form["username"], !name.isEmpty else { throw missing("username") }
    guard let password, password.count > 0 else { throw missing("password") }
    guard form["scope"]?.isEmpty == false else { throw missing("scope") }
    let policy = policy
    let hash = PasswordHash.ntHash(ofUTF8: password)
    let outcome = try await store.write {
      try SignInCheck(context: $0, policy: policy).outcome(name, hash)
    }
    guard case .success(let id) = outcome else { throw OAuthError(outcome) }
    return id
  }

  private func refusal(_ error: OAuthError) -> Reply {
    var body = JSONObject([
      "error": .string(error.error),
      "error_description": .string("AADSTS\(error.number): \(error.words)"),
      "error_codes": [.integer(Int64(error.number))],
      "timestamp": .string(String(Moment.text(Moment.now).prefix(19)) + "Z"),
      "trace_id": .string(ResourceID.make()), "correlation_id": .string(ResourceID.make()),
    ])
    if let more = error.suberror { body["suberror"] = .string(more) }
    return reply(error.status, .object(body))
  }

  private func reply(_ status: Int, _ body: JSONValue) -> Reply {
    var reply = Reply(status, body, headers: ["Cache-Control": "no-store"])
    reply.contentType = "application/json; charset=utf-8"
    return reply
  }
}

/// The ids that the server makes.
enum ResourceID {
  /// A new GUID in lower case.
  static func make() -> String { UUID().uuidString.lowercased() }
}
