import Foundation
import JSON

/// The documents by which clients find the endpoint for tokens, with the members of Microsoft's own
/// (learn.microsoft.com, "OpenID Connect on the Microsoft identity platform").
///
/// They name the server by the URL that it was given: what a client says in its Host header would make
/// it the audience of assertions that were meant for another.
struct LoginDocuments: Sendable {
  let store: TenantStore
  /// The URL of the server, without a slash at its end.
  let origin: String

  /// The document that `place` asks for.
  ///
  /// - Throws: what the store throws.
  func reply(to place: LoginPath, _ query: [String: String]) async throws -> Reply {
    let body =
      switch place {
      case .configuration, .token: try await configuration()
      case .keys: Self.keys
      case .instance: instance(query["authorization_endpoint"])
      case .realm(let user): realm(of: user)
      }
    var reply = Reply(200, body)
    reply.contentType = "application/json; charset=utf-8"
    return reply
  }

  /// Where the tenant's endpoints are.
  ///
  /// Any name stands for the one tenant, as its domains do.
  ///
  /// - Throws: what the store throws.
  func configuration() async throws -> JSONValue {
    let id = try await store.tenantID()
    let tenant = "\(origin)/\(id)"
    let host = Self.host(of: origin)
    return [
      "token_endpoint": .string("\(tenant)/oauth2/v2.0/token"),
      "token_endpoint_auth_methods_supported": [
        "client_secret_post", "private_key_jwt",
      ],
      "jwks_uri": .string("\(tenant)/discovery/v2.0/keys"),
      "response_modes_supported": ["query"],
      "subject_types_supported": ["pairwise"],
      "id_token_signing_alg_values_supported": ["RS256"],
      "response_types_supported": ["code"],
      "scopes_supported": ["openid", "profile", "email", "offline_access"],
      "issuer": .string("\(tenant)/v2.0"),
      "request_uri_parameter_supported": false,
      "userinfo_endpoint": .string("\(origin)/oidc/userinfo"),
      "authorization_endpoint": .string("\(tenant)/oauth2/v2.0/authorize"),
      "device_authorization_endpoint": .string("\(tenant)/oauth2/v2.0/devicecode"),
      "http_logout_supported": true,
      "frontchannel_logout_supported": true,
      "end_session_endpoint": .string("\(tenant)/oauth2/v2.0/logout"),
      "claims_supported": ["sub", "iss", "aud", "exp", "iat"],
      "kerberos_endpoint": .string("\(tenant)/kerberos"),
      "tenant_region_scope": "EU",
      "cloud_instance_name": .string(host),
      "cloud_graph_host_name": .string(host),
      "msgraph_host": .string(host),
      "rbac_url": .string(origin),
    ]
  }

  /// The hosts that are one cloud, which is this server, and where `authorization`, the URL that a
  /// client asks about, has its configuration.
  func instance(_ authorization: String?) -> JSONValue {
    let parts = URLComponents(string: authorization ?? "")?.path.split(separator: "/") ?? []
    let tenant = parts.first.map(String.init) ?? "common"
    let host = JSONValue.string(Self.host(of: origin))
    return [
      "tenant_discovery_endpoint": .string(
        "\(origin)/\(Percent.encode(tenant))/v2.0/.well-known/openid-configuration"),
      "api-version": "1.1",
      "metadata": [["preferred_network": host, "preferred_cache": host, "aliases": [host]]],
    ]
  }

  /// That everybody signs in here: nobody is federated.
  func realm(of user: String) -> JSONValue {
    let domain = user.split(separator: "@").last.map(String.init) ?? ""
    return [
      "ver": "1.0", "account_type": "Managed", "domain_name": .string(domain),
      "cloud_instance_name": .string(Self.host(of: origin)),
      "cloud_audience_urn": "urn:federation:MicrosoftOnline",
    ]
  }

  /// No keys: the tokens are random, and the server itself knows them.
  static let keys: JSONValue = ["keys": []]

  private static func host(of origin: String) -> String {
    origin.split(separator: "/").dropFirst().joined(separator: "/")
  }
}
