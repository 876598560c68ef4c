import JSON
import Testing

@testable import Tenant

/// How clients find the endpoint for tokens, as Microsoft's own ask for it.
@Suite("Where sign-ins are")
struct LoginDocumentTests {
  private let open = ["Authorization": ""]

  @Test(
    "Paths of the endpoint for sign-ins are known in any case",
    arguments: [
      ("contoso.com/oauth2/v2.0/token", LoginPath.token(tenant: "contoso.com")),
      ("t/v2.0/.well-known/openid-configuration", .configuration(tenant: "t")),
      ("t/discovery/v2.0/keys", .keys), ("common/discovery/instance", .instance),
      ("Common/Discovery/Instance", .instance),
      ("common/userrealm/ada@contoso.com", .realm(user: "ada@contoso.com")),
      ("t/userrealm/ada", nil), ("oauth2/v2.0/token", nil), ("scim/v2/Users", nil), ("", nil),
    ])
  func paths(_ path: String, _ place: LoginPath?) {
    #expect(LoginPath(path.split(separator: "/").map(String.init)) == place)
  }

  @Test("The configuration names the endpoints at the server's own URL, and needs no token")
  func configuration() async throws {
    let tenant = try await RunningTenant()
    let path = "/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration"
    let answer = try await tenant.send("GET", path, headers: open)
    #expect(answer.status == 200)
    let origin = "http://127.0.0.1:\(tenant.port)"
    let document = try #require(answer.json)
    let issuer = try #require(document["issuer"]?.string)
    #expect(issuer.hasPrefix(origin + "/") && issuer.hasSuffix("/v2.0"))
    let root = String(issuer.dropLast(5))
    #expect(document["token_endpoint"]?.string == root + "/oauth2/v2.0/token")
    #expect(document["authorization_endpoint"]?.string == root + "/oauth2/v2.0/authorize")
    let keys = try #require(document["jwks_uri"]?.string)
    #expect(document["tenant_region_scope"]?.string?.isEmpty == false)
    #expect(document["msgraph_host"]?.string == "127.0.0.1:\(tenant.port)")
    let found = try await tenant.send(
      "GET", String(keys.dropFirst(origin.count)), headers: open)
    #expect(found.status == 200 && found.json?["keys"] == [])
    await tenant.server.stop()
  }

  @Test("A name in the Host header makes no other server of this one")
  func foreignHost() async throws {
    let tenant = try await RunningTenant()
    let answer = try await tenant.send(
      "GET", "/common/v2.0/.well-known/openid-configuration",
      headers: ["Authorization": "", "Host": "login.evil.test"])
    #expect(answer.json?["token_endpoint"]?.string?.contains("evil") == false)
    await tenant.server.stop()
  }

  @Test("The authority that a client asks about is one of this server, whose users sign in here")
  func instance() async throws {
    let tenant = try await RunningTenant()
    let origin = "http://127.0.0.1:\(tenant.port)"
    let asked = Percent.encode("\(origin)/contoso.com/oauth2/v2.0/authorize")
    let answer = try await tenant.send(
      "GET", "/common/discovery/instance?api-version=1.1&authorization_endpoint=\(asked)",
      headers: open)
    #expect(
      answer.json?["tenant_discovery_endpoint"]?.string
        == origin + "/contoso.com/v2.0/.well-known/openid-configuration")
    let aliases = answer.json?["metadata"]?.array?.first?["aliases"]
    #expect(aliases == [.string("127.0.0.1:\(tenant.port)")])
    let realm = try await tenant.send(
      "GET", "/common/userrealm/ada%40contoso.com?api-version=1.0", headers: open)
    #expect(realm.json?["account_type"] == "Managed" && realm.json?["domain_name"] == "contoso.com")
    await tenant.server.stop()
  }

  @Test("Only reading is allowed, and what else is asked without a token is refused as before")
  func others() async throws {
    let tenant = try await RunningTenant()
    let posted = try await tenant.send("POST", "/common/discovery/instance", "x", headers: open)
    #expect(posted.status == 405)
    #expect(try await tenant.send("GET", "/t/oauth2/v2.0/token", headers: open).status == 405)
    #expect(try await tenant.send("GET", "/t/v2.0/else", headers: open).status == 401)
    #expect(try await tenant.send("GET", "/V1.0/users", headers: open).status == 401)
    await tenant.server.stop()
  }
}
